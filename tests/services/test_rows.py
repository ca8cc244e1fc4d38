"""Many rows in one statement: what comes back is what was given, of every kind of column."""

from datetime import date, timedelta
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import select, type_coerce
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from app.domain.notifications.models import Notification
from app.domain.payments.models import Payment
from app.domain.reconciliation.bank.models import BankMatch
from app.kit.actor import Actor
from app.kit.clock import SystemClock
from app.kit.db import Database
from app.kit.hints import has_written
from app.kit.ids import new_id
from app.kit.rows import _columns, among, insert_rows, update_rows
from tests.factories.counting import counted
from tests.factories.groups import id_of
from tests.factories.payments import Programme, make_programme

WORDS = "Ñandú \"quoted\" \\ 'it''s' शुक्ल 🌱\n{braces}, :colon %percent"
NOW = SystemClock().now()


@pytest_asyncio.fixture(loop_scope="session")
async def programme(database: Database) -> Programme:
    return await make_programme(database, members=1)


def notices(count: int) -> list[dict[str, object]]:
    return [
        {"id": new_id(), "facts": {"title": f"{WORDS} {n}", "amount_minor": 2**53 + n}, "subject_id": None}
        for n in range(count)
    ]


async def keep(database: Database, who: Actor, rows: list[dict[str, object]], **more: bool) -> bool:
    """Whether the commit says that something was written."""
    same = {"group_id": who.group_id, "person_id": who.person_id, "kind": "payment_confirmed", "at": NOW}
    async with database.transaction(who) as session:
        await insert_rows(session, Notification, rows, same, **more)
        return has_written(session.info)


async def found(database: Database, who: Actor, rows: list[dict[str, object]]) -> dict[UUID, Notification]:
    async with database.transaction(who) as session:
        read = await session.execute(select(Notification).where(among(Notification.id, [row["id"] for row in rows])))
        return {one.id: one for one in read.scalars()}


async def test_rows_come_back_as_they_were_given(database: Database, programme: Programme):
    rows = notices(500)
    with counted(database) as seen:
        assert await keep(database, programme.treasurer, rows)
    assert len([one for one in seen if "INSERT" in one]) == 1
    kept = await found(database, programme.treasurer, rows)
    assert len(kept) == 500
    for row in rows:
        one = kept[row["id"]]  # type: ignore[index]
        assert (one.facts, one.subject_id, one.at, one.read_at) == (row["facts"], None, NOW, None)


async def test_nothing_is_nothing(database: Database, programme: Programme):
    assert not await keep(database, programme.treasurer, [])


async def test_what_is_there_is_refused_or_left_out(database: Database, programme: Programme):
    first, second = notices(2)
    await keep(database, programme.treasurer, [first])
    with pytest.raises(IntegrityError):
        await keep(database, programme.treasurer, [first, second])
    assert list(await found(database, programme.treasurer, [first, second])) == [first["id"]]
    await keep(database, programme.treasurer, [first, second], skip_known=True)
    assert len(await found(database, programme.treasurer, [first, second])) == 2


async def test_another_groups_rows_are_neither_written_nor_changed(database: Database, programme: Programme):
    other = await make_programme(database, members=1)
    rows = notices(2)
    await keep(database, programme.treasurer, rows)
    changes = [{"id": row["id"], "read_at": NOW} for row in rows]
    same = {"group_id": programme.treasurer.group_id}
    with pytest.raises(StaleDataError, match="0 of 2 rows"):
        async with database.transaction(other.treasurer) as session:
            await update_rows(session, Notification, changes, same, by=("group_id", "id"))
    assert {one.read_at for one in (await found(database, programme.treasurer, rows)).values()} == {None}


async def test_each_row_is_changed_to_its_own_value(database: Database, programme: Programme):
    one, two, other = notices(3)
    await keep(database, programme.treasurer, [one, two, other])
    changes = [{"id": one["id"], "read_at": NOW}, {"id": two["id"], "read_at": NOW + timedelta(seconds=1)}]
    async with database.transaction(programme.treasurer) as session:
        same = {"group_id": programme.treasurer.group_id}
        await update_rows(session, Notification, changes, same, by=("group_id", "id"))
    kept = await found(database, programme.treasurer, [one, two, other])
    seen = [kept[row["id"]].read_at for row in (one, two, other)]  # type: ignore[index]
    assert seen == [NOW, NOW + timedelta(seconds=1), None]


async def test_bytes_are_told_by_the_column_not_by_the_first_row(database: Database, programme: Programme):
    """A key has bytes or nothing; each row comes back with its own."""
    who = programme.treasurer
    notes = [None, b"\x00\xff\\", b""]
    rows = [{"id": new_id(), "line_id": new_id(), "note_enc": note, "accept_key": str(new_id())} for note in notes]
    kinds = {row["id"]: row["note_enc"] for row in rows}
    columns = BankMatch.__table__.c  # type: ignore[attr-defined]
    statement = _columns(BankMatch, rows, {"group_id": who.group_id})
    async with database.transaction(who) as session:
        asked = select(statement["id"], type_coerce(statement["note_enc"], columns.note_enc.type))
        found = (await session.execute(asked)).all()
    assert {id_: None if note is None else bytes(note) for id_, note in found} == kinds


async def test_bytes_days_and_wide_numbers(database: Database, programme: Programme):
    member = programme.members[0]
    rows = [
        {
            "id": new_id(),
            "submit_key": str(n),
            "submit_fingerprint": bytes([n, 0, 255, 92]),
            "paid_on": date(1969, 12, n),
        }
        for n in (1, 31)
    ]
    same = {
        "group_id": member.group_id,
        "member_id": await id_of(database, member),
        "state": "submitted",
        "source": "member",
        "method": "cash",
        "amount_minor": 2**62 + 1,
        "currency": "KES",
        "submitted_by": await id_of(database, member),
        "submitted_at": NOW,
    }
    async with database.transaction(member) as session:
        await insert_rows(session, Payment, rows, same)
    async with database.transaction(member) as session:
        read = await session.execute(select(Payment).where(among(Payment.submit_key, ["1", "31"])))
        kept = {one.id: one for one in read.scalars()}
    for row in rows:
        one = kept[row["id"]]
        assert (one.submit_fingerprint, one.paid_on, one.amount_minor) == (
            row["submit_fingerprint"],
            row["paid_on"],
            2**62 + 1,
        )
