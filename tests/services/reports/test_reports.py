"""Reports agree with the books and the first screen, are narrowed as asked, and cost a fixed number of queries."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text

from app.domain.contributions import reading as contributions
from app.domain.ledger import service as ledger
from app.domain.reports import report_files
from app.domain.reports.report_views import (
    KINDS,
    Balance,
    Contributions,
    Invoices,
    Members,
    Narrowed,
    Overdue,
    Receipts,
    Regions,
    Report,
    Transactions,
)
from app.domain.reports.reporting import my_invoice, read_report
from app.domain.reports.vouchers import read_voucher
from app.kit.actor import Actor
from app.kit.db import Database
from app.kit.errors import InvalidInput, NotFound, NotPermitted
from tests.factories.counting import counted
from tests.factories.governance import make_council
from tests.factories.groups import id_of, make_member
from tests.factories.payments import EACH, Programme, make_programme

MOST_QUERIES = {
    "contributions": 7,
    "overdue": 7,
    "regions": 5,
    "transactions": 8,
    "balance": 3,
    "receipts": 7,
    "members": 4,
    "invoices": 7,
    "interest": 7,
    "fines": 6,
}


@pytest_asyncio.fixture(loop_scope="session")
async def told(database: Database) -> Programme:
    """Of three members one has paid, one has paid a part in cash and sent the rest, one owes all; one is reversed."""
    programme = await make_programme(database, members=3)
    await programme.open_call()
    first, second, _ = programme.members
    wrong = await programme.submit(first)
    await programme.confirm(wrong.id)
    await programme.reverse(wrong.id)
    await programme.confirm((await programme.submit(first)).id)
    await programme.take_cash(await programme.cash_command(second, 20_000))
    await programme.submit(second, 10_000)
    return programme


async def read(programme: Programme, kind: str, *, limit: int = 500, who: Actor | None = None, **by: object) -> Report:
    who = who or programme.treasurer
    async with programme.database.transaction(who) as session:
        return await read_report(session, who, kind, Narrowed(**by), limit=limit)  # type: ignore[arg-type]


async def test_contributions_by_member_come_to_what_the_first_screen_says(told: Programme):
    report = await read(told, "contributions")
    assert isinstance(report, Contributions)
    async with told.database.transaction(told.treasurer) as session:
        screen = await contributions.today(session, told.treasurer)
    assert report.confirmed_minor == screen.confirmed_minor == EACH + 20_000
    assert report.waiting_minor == screen.waiting_minor == 10_000
    assert report.asked_minor - report.confirmed_minor == screen.pending_minor
    assert report.open_minor == screen.pending_minor - screen.waiting_minor
    rows = {row.member_id: row for row in report.rows}
    second = rows[await id_of(told.database, told.members[1])]
    assert (second.asked_minor, second.confirmed_minor, second.waiting_minor) == (EACH, 20_000, 10_000)
    assert (second.open_minor, second.dues, second.paid_dues) == (20_000, 1, 0)
    assert report.total == len(report.rows) == screen.members
    assert [row.member_no for row in report.rows] == sorted(row.member_no for row in report.rows)


async def test_days_are_those_on_which_contributions_are_due(told: Programme):
    due = await told.today() + timedelta(days=9)
    on_the_day = await read(told, "contributions", since=due, until=due)
    before = await read(told, "contributions", until=due - timedelta(days=1))
    assert isinstance(on_the_day, Contributions)
    assert isinstance(before, Contributions)
    assert on_the_day.confirmed_minor == EACH + 20_000
    assert (before.asked_minor, before.confirmed_minor, before.waiting_minor) == (0, 0, 0)


async def test_who_owes_leaves_out_what_is_sent_and_says_since_when(told: Programme):
    report = await read(told, "overdue")
    assert isinstance(report, Overdue)
    third = await id_of(told.database, told.members[2])
    (row,) = [one for one in report.rows if one.member_id == third]
    assert (row.open_minor, row.days_late) == (EACH, 0)
    second = await id_of(told.database, told.members[1])
    assert [one.open_minor for one in report.rows if one.member_id == second] == [20_000]
    assert report.open_minor == sum(one.open_minor for one in report.rows)
    assert [(age.first, age.open_minor) for age in report.ages if age.dues] == [(0, report.open_minor)]
    late = await read(told, "overdue", is_late=True)
    assert late.total == 0


async def test_what_is_late_stands_under_its_age(told: Programme):
    """Dues of 1, 31 and 100 days ago."""
    today = await told.today()
    async with told.database.transaction(told.treasurer) as session:
        await session.execute(
            text("UPDATE contributions SET due_on = :day WHERE group_id = kit.tenant() AND state = 'expected'"),
            {"day": today - timedelta(days=31)},
        )
        await session.execute(
            text("UPDATE contributions SET due_on = :day WHERE group_id = kit.tenant() AND state = 'part_paid'"),
            {"day": today - timedelta(days=100)},
        )
    report = await read(told, "overdue", is_late=True)
    assert isinstance(report, Overdue)
    assert [(age.first, age.last, age.open_minor) for age in report.ages if age.dues] == [
        (31, 60, report.open_minor - 20_000),
        (91, None, 20_000),
    ]
    assert report.rows[0].days_late == 100
    async with told.database.transaction(told.members[1]) as session:
        mine = await my_invoice(session, told.members[1])
    assert [(line.open_minor, line.days_late) for line in mine.rows[0].lines] == [(20_000, 100)]


async def test_regions_come_to_the_same(told: Programme):
    report = await read(told, "regions")
    assert isinstance(report, Regions)
    assert sum(row.confirmed_minor for row in report.rows) == EACH + 20_000


async def test_transactions_are_the_books_narrowed(told: Programme):
    every = await read(told, "transactions")
    assert isinstance(every, Transactions)
    assert (every.total, every.in_minor, every.out_minor) == (4, 2 * EACH + 20_000, EACH)
    assert [(line.in_minor, line.out_minor) for line in every.rows] == [
        (20_000, 0),
        (EACH, 0),
        (0, EACH),
        (EACH, 0),
    ]
    kinds = await read(told, "transactions", entry="reversal")
    assert [line.row.entry.reverses_seq for line in kinds.rows] == [1]  # type: ignore[union-attr]
    cash = await read(told, "transactions", account="1010")
    assert isinstance(cash, Transactions)
    assert (cash.total, cash.in_minor, cash.out_minor) == (1, 20_000, 0)
    income = await read(told, "transactions", account="4010")
    assert isinstance(income, Transactions)
    assert (income.total, income.in_minor, income.out_minor) == (4, 2 * EACH + 20_000, EACH)
    second = await id_of(told.database, told.members[1])
    of_member = await read(told, "transactions", member_id=second)
    assert isinstance(of_member, Transactions)
    assert [line.in_minor for line in of_member.rows] == [20_000]
    small = await read(told, "transactions", most_minor=20_000)
    large = await read(told, "transactions", least_minor=20_001)
    assert (small.total, large.total) == (1, 3)
    assert (await read(told, "transactions", until=await told.today() - timedelta(days=1))).total == 0
    page = await read(told, "transactions", limit=2)
    assert (page.total, len(page.rows)) == (4, 2)


async def test_the_balance_is_the_books_at_the_end_of_a_day(told: Programme):
    now = await read(told, "balance")
    assert isinstance(now, Balance)
    assert now.debit_minor == now.credit_minor == EACH + 20_000
    before = await read(told, "balance", until=await told.today() - timedelta(days=1))
    assert isinstance(before, Balance)
    assert before.debit_minor == 0
    with pytest.raises(InvalidInput):
        await read(told, "balance", until=await told.today() + timedelta(days=1))


async def test_receipts_count_what_is_valid(told: Programme):
    report = await read(told, "receipts")
    assert isinstance(report, Receipts)
    assert (report.total, report.reversed, report.valid_minor) == (3, 1, EACH + 20_000)
    first = await id_of(told.database, told.members[0])
    assert (await read(told, "receipts", member_id=first)).total == 2


async def test_members_and_invoices(told: Programme):
    members, invoices = await read(told, "members"), await read(told, "invoices")
    assert isinstance(members, Members)
    assert isinstance(invoices, Invoices)
    owing = await read(told, "overdue")
    assert isinstance(owing, Overdue)
    assert (invoices.open_minor, invoices.total) == (owing.open_minor, owing.members)
    due = await told.today() + timedelta(days=9)
    assert (await read(told, "invoices", until=due - timedelta(days=1))).total == 0
    assert (await read(told, "invoices", until=due)).total == owing.members


@pytest.mark.parametrize("kind", KINDS)
async def test_no_query_comes_with_a_row(told: Programme, kind: str):
    async with told.database.transaction(told.treasurer) as session:
        await read_report(session, told.treasurer, kind)
        with counted(told.database) as found:
            await read_report(session, told.treasurer, kind)
    assert len(found) <= MOST_QUERIES[kind], found


async def test_only_who_reads_the_books_reads_reports(told: Programme):
    with pytest.raises(NotPermitted):
        await read(told, "contributions", who=told.member)
    outsider = await make_member(told.database, (await make_programme(told.database)).group)
    with pytest.raises(NotFound):
        await read(told, "contributions", who=Actor(outsider.person_id, told.group.id))
    for by in ({"member_id": uuid4()}, {"call_id": uuid4()}):
        with pytest.raises(NotFound):
            await read(told, "contributions" if "call_id" in by else "transactions", **by)
    with pytest.raises(NotFound):
        await read(told, "secrets")
    with pytest.raises(InvalidInput):
        await read(told, "transactions", since=date(2026, 2, 1), until=date(2026, 1, 1))
    with pytest.raises(InvalidInput):
        await read(told, "transactions", least_minor=2, most_minor=1)


async def test_a_file_is_asked_for_once_until_something_happens(told: Programme):
    async def ask() -> object:
        async with told.database.transaction(told.treasurer) as session:
            return await report_files.ask_report(session, told.treasurer, "overdue", Narrowed(), "", "en")

    first, again = await ask(), await ask()
    assert first == again
    await told.withdraw((await told.submit(told.members[2])).id, told.members[2])
    assert (await ask()).subject_id != first.subject_id  # type: ignore[attr-defined]
    with pytest.raises(NotPermitted):
        async with told.database.transaction(told.member) as session:
            await report_files.ask_report(session, told.member, "overdue", Narrowed(), "", "en")


async def test_a_voucher_names_who_asked_and_signed_and_the_entry(database: Database):
    council = await make_council(database)
    proposed = await council.propose("withdrawal", await council.withdrawal())
    await council.approve(proposed.id, council.president)
    with pytest.raises(NotFound):
        async with database.transaction(council.treasurer) as session:
            await read_voucher(session, council.treasurer, proposed.id)
    carried = await council.approve(proposed.id, council.secretary)
    for reader in (council.treasurer, council.member, council.president):
        async with database.transaction(reader) as session:
            found = await read_voucher(session, reader, proposed.id)
        assert found.entry.seq == carried.entry_seq
        assert found.number.endswith(f"-{carried.entry_seq}")
        assert [one.choice for one in found.decision.signatures if one.at] == ["approved", "approved"]
        assert found.decision.proposed_by != ""
    async with database.transaction(council.treasurer) as session:
        entry = await ledger.get_entry(session, council.group.id, found.entry.seq)
    assert entry is not None
    assert entry.hash == found.entry.hash
    other = await make_member(database, council.group)
    with pytest.raises(NotFound):
        async with database.transaction(other) as session:
            await read_voucher(session, other, proposed.id)
