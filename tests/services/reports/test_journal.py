"""The journal: whose entry, which receipt, in or out, and what the account then held."""

from collections.abc import Sequence

import pytest_asyncio

from app.domain.groups.members import name_of_actor
from app.domain.reports import books
from app.domain.reports.views import JournalRow
from app.kit.db import Database
from tests.factories.groups import id_of
from tests.factories.payments import EACH, Programme, make_programme


@pytest_asyncio.fixture(loop_scope="session")
async def told(database: Database) -> Programme:
    """Two confirmed payments, the first taken back, then cash."""
    programme = await make_programme(database, members=2)
    await programme.open_call()
    first = await programme.submit()
    await programme.confirm(first.id)
    await programme.confirm((await programme.submit(programme.members[1])).id)
    await programme.reverse(first.id)
    await programme.take_cash(await programme.cash_command(programme.member, 20_000))
    return programme


async def journal(programme: Programme, control: str | None = None, **page: int) -> Sequence[JournalRow]:
    async with programme.database.transaction(programme.treasurer) as session:
        return await books.journal(session, programme.treasurer, control=control, **page)


async def test_each_entry_names_its_member_receipt_and_direction(told: Programme):
    rows = await journal(told)
    assert [row.entry.seq for row in rows] == [4, 3, 2, 1]
    assert [row.amount_minor for row in rows] == [20_000, -EACH, EACH, EACH]
    assert [(row.receipt_number or "")[-6:] for row in rows] == ["000003", "000001", "000002", "000001"]
    assert {row.balance_after_minor for row in rows} == {None}
    async with told.database.transaction(told.treasurer) as session:
        names = [
            await name_of_actor(session, told.group.id, await id_of(told.database, who))
            for who in (told.member, told.member, told.members[1], told.member)
        ]
    assert [row.members for row in rows] == [(name,) for name in names]


async def test_an_account_runs_from_entry_to_entry(told: Programme):
    assert [(row.amount_minor, row.balance_after_minor) for row in await journal(told, "4010")] == [
        (20_000, EACH + 20_000),
        (-EACH, EACH),
        (EACH, 2 * EACH),
        (EACH, EACH),
    ]
    assert [(row.entry.seq, row.balance_after_minor) for row in await journal(told, "1020")] == [
        (3, EACH),
        (2, 2 * EACH),
        (1, EACH),
    ]
    assert [row.balance_after_minor for row in await journal(told, "1010")] == [20_000]


async def test_a_later_page_goes_on_where_the_first_ended(told: Programme):
    whole = [(row.entry.seq, row.balance_after_minor) for row in await journal(told, "4010")]
    first = await journal(told, "4010", limit=2)
    rest = await journal(told, "4010", before_seq=first[-1].entry.seq)
    assert [(row.entry.seq, row.balance_after_minor) for row in (*first, *rest)] == whole
