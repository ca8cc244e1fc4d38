"""Several confirmed at once: what is kept is what was answered; a code that only the writing finds books nothing."""

from dataclasses import fields
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from app.domain.groups.access import authorise
from app.domain.groups.permissions import Permission
from app.domain.ledger import service as ledger
from app.domain.payments import store
from app.domain.payments.commands import Part, RecordBanked
from app.domain.payments.confirming import confirm_each
from app.domain.payments.errors import CodeAlreadySent
from app.domain.payments.models import NewPayment, Payment
from app.domain.receipts import service as receipts
from app.kit.errors import DomainError
from app.kit.halves import in_halves
from app.kit.rows import among
from tests.factories.groups import id_of
from tests.factories.payments import EACH, Programme, make_programme, new_code


async def banked(programme: Programme, *codes: str) -> list[RecordBanked]:
    """A command of each code, the next member's oldest due."""
    today, found = await programme.today(), []
    for member, code in zip(programme.members, codes, strict=False):
        (due, *_) = await programme.dues(member)
        member_id = await id_of(programme.database, member)
        part = Part(due.id, EACH)
        found.append(RecordBanked(member_id, (part,), "mpesa", code, today, str(uuid4())))
    return found


async def confirmed(programme: Programme, commands: list[RecordBanked]) -> list[Any]:
    """Each for itself, as the queue of the bank's lines does it."""
    async with programme.database.transaction(programme.treasurer) as session:
        acting = await authorise(session, programme.treasurer, Permission.CONFIRM_PAYMENTS)
        return await in_halves(session, commands, lambda some: confirm_each(session, acting, [[one] for one in some]))


async def numbers(programme: Programme) -> tuple[int, int]:
    """Entries and receipts; the books hold."""
    async with programme.database.transaction(programme.treasurer) as session:
        assert await ledger.find_fault(session, programme.group.id) is None
        entries = await ledger.list_entries(session, programme.group.id, limit=50)
        return len(entries), len(await receipts.list_receipts(session, programme.group.id))


async def test_what_is_kept_is_what_was_answered(database):
    programme = await make_programme(database, members=3)
    await programme.open_call()
    made = [one for (one,) in await confirmed(programme, await banked(programme, *(new_code() for _ in range(3))))]
    async with database.transaction(programme.treasurer) as session:
        read = await session.execute(select(Payment).where(among(Payment.id, [one.id for one in made])))
        kept = {row.id: row for row in read.scalars()}
    for one in made:
        names = [field.name for field in fields(NewPayment)]
        assert [getattr(kept[one.id], name) for name in names] == [getattr(one, name) for name in names]
    assert await numbers(programme) == (3, 3)


@pytest.mark.parametrize("count", [1, 3])
async def test_a_code_found_by_the_writing_alone_books_nothing(database, monkeypatch, count: int):
    """As when another sends it at the same moment: the entry stood already, and goes with the rest."""

    async def none(*_: object) -> frozenset[tuple[str, str]]:
        return frozenset()

    programme = await make_programme(database, members=4)
    await programme.open_call()
    sent = await programme.submit(programme.members[3])
    commands = (await banked(programme, new_code(), new_code(), sent.provider_code or ""))[-count:]
    monkeypatch.setattr(store, "busy_codes", none)
    found = await confirmed(programme, commands)
    assert [type(one) for one in found] == [list] * (count - 1) + [CodeAlreadySent]
    assert await numbers(programme) == (count - 1, count - 1)
    assert not any(isinstance(one, DomainError) for one in await confirmed(programme, commands[:-1]))
    assert await numbers(programme) == (count - 1, count - 1)
