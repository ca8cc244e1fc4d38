"""A month closes only when bank and books agree, or each difference is said; a line may be in the books already."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from app.domain.groups.members import member_contacts
from app.domain.ledger import recipes
from app.domain.ledger import service as ledger
from app.domain.ledger.views import NewEntry
from app.domain.reconciliation import service as reconciliation
from app.domain.reconciliation.bank import balancing, booked, choices, queue
from app.domain.reconciliation.bank.balancing_views import AgreementView, BookOpening, ExplainDifference
from app.domain.reconciliation.bank.errors import (
    AlreadyConfirmed,
    EntryTaken,
    NotExplained,
    NothingBefore,
    NothingToExplain,
)
from app.domain.reconciliation.bank.queue_views import BookOther, IgnoreLine, MatchBooked, MatchView, QueueRow
from app.domain.reconciliation.views import ClosePeriod, RecordCount
from app.domain.reports.holding import find_contradiction
from app.kit.db import Database
from app.kit.errors import InvalidInput, NotPermitted
from app.kit.ids import in_fours
from tests.factories.groups import id_of
from tests.factories.payments import EACH, make_programme, new_code
from tests.services.reconciliation.bank_books import HEADER, bring
from tests.services.reconciliation.test_bank_queue import Desk, books


@pytest_asyncio.fixture(loop_scope="session")
async def desk(database: Database) -> Desk:
    told = await make_programme(database, members=4)
    await told.open_call()
    return Desk(told)


async def bring_days(desk: Desk, opening: int, *rows: tuple[int, str, str, int]) -> None:
    """An M-Pesa statement: days before today, code, words, amount; it began with `opening`."""
    today, balance, text = await desk.told.today(), opening, HEADER
    for number, (ago, code, words, amount) in enumerate(rows):
        balance += amount
        paid_in, out = (f"{amount / 100:.2f}", "") if amount > 0 else ("", f"{amount / 100:.2f}")
        at = f"{today - timedelta(days=ago)} 08:{number:02d}:00"
        text += f"{code},{at},{words},Completed,{paid_in},{out},{balance / 100:.2f}\n"
    assert (await bring(desk.told, text.encode())).state == "read"


async def agreement(desk: Desk, day: date) -> AgreementView:
    (found,) = [one for one in await desk.ask(balancing.list_agreements, day) if one.account == "1020"]
    return found


async def close(desk: Desk, through: date) -> bool:
    return await desk.ask(reconciliation.close_period, ClosePeriod(through))


async def post(desk: Desk, kind: str, amount: int, on: date) -> int:
    """An entry by hand on mobile money."""
    told = desk.told
    async with told.database.transaction(told.treasurer) as session:
        lines = recipes.build_other(kind, money="1020", amount_minor=amount)
        for one in lines:
            code = one.account
            await ledger.open_account(session, told.group.id, code=code, class_=recipes.CONTROL[code], currency="KES")
        actor = await id_of(told.database, told.treasurer)
        posted = await ledger.post_entry(session, NewEntry(told.group.id, kind, on, actor, str(uuid4()), lines))
    return posted.seq


async def settle(desk: Desk, code: str) -> MatchView:
    return await desk.confirm((await desk.accept(await desk.row(code))).id)


async def test_a_month_closes_when_everything_is_said(desk: Desk):
    today = await desk.told.today()
    yesterday = today - timedelta(days=1)
    due = await desk.due()
    ours, stray = new_code(), new_code()
    await bring_days(
        desk,
        5_000_00,
        (3, ours, f"Pay Bill from 254722***101 - AKINYI Acc. {in_fours(due.reference)}", EACH),
        (2, stray, "Pay Bill from 254799***999 - ZUHURA Acc. x", 70_00),
        (0, new_code(), "Pay Bill from 254799***990 - TODAY Acc. y", 1_00),
    )
    found = await agreement(desk, yesterday)
    assert (found.bank_minor, found.books_minor, found.is_said) == (5_570_00, 0, True)
    assert {what: one.amount_minor for what, one in found.sums.items()} == {"open": 570_00, "before": 5_000_00}
    assert found.may_open
    with pytest.raises(NotExplained) as caught:
        await close(desk, yesterday)
    assert caught.value.params["count"] == 3

    await settle(desk, ours)
    await desk.ask(queue.ignore_line, IgnoreLine((await desk.row(stray)).line.id, "sent to us by mistake", "stray"))
    with pytest.raises(NotExplained):
        await close(desk, yesterday)
    seq = await desk.ask(balancing.book_opening, BookOpening("1020", yesterday))
    with pytest.raises(NothingBefore):
        await desk.ask(balancing.book_opening, BookOpening("1020", yesterday))
    found = await agreement(desk, yesterday)
    assert {what: one.amount_minor for what, one in found.sums.items()} == {"ignored": 70_00}
    assert found.is_explained
    assert await close(desk, yesterday)
    assert not await close(desk, yesterday)
    closes = await desk.ask(reconciliation.list_closes)
    assert [(one.through, one.seq) for one in closes.rows] == [(yesterday, seq)]
    assert await books(desk.told) == {"1020": 5_500_00, "3010": -5_000_00, "4010": -EACH, "receipts": 1}


async def test_an_entry_that_no_statement_shows_wants_a_reason(desk: Desk):
    today = await desk.told.today()
    yesterday = today - timedelta(days=1)
    seq = await post(desk, "other_expense", 20_00, yesterday)
    await bring_days(desk, 0, (0, new_code(), "Pay Bill from 254799***990 - TODAY Acc. y", 1_00))
    await bring_days(desk, 0, (5, new_code(), "Pay Bill from 254799***991 - FAR Acc. z", 1_00))
    for row in await desk.queue():
        await desk.ask(queue.ignore_line, IgnoreLine(row.line.id, "not ours", str(uuid4())))
    with pytest.raises(NotExplained):
        await close(desk, yesterday)
    for wrong in (ExplainDifference("1020", yesterday, seq + 99, "x"), ExplainDifference("1030", yesterday, seq, "x")):
        with pytest.raises(NothingToExplain):
            await desk.ask(balancing.explain_difference, wrong)
    with pytest.raises(InvalidInput):
        await desk.ask(balancing.explain_difference, ExplainDifference("1020", yesterday, seq, " "))
    found = await agreement(desk, yesterday)
    assert [(one.what, one.seq, one.kind) for one in found.items if not one.is_explained] == [
        ("booked", seq, "other_expense"),
        ("gap", 0, ""),
    ]
    await bring_days(desk, 1_00, (3, new_code(), "Pay Bill Charge", -1_00))
    (row,) = await desk.queue()
    await desk.ask(queue.ignore_line, IgnoreLine(row.line.id, "paid back", "paid"))
    await desk.ask(balancing.explain_difference, ExplainDifference("1020", yesterday, seq, "sent on the last day"))
    (said,) = [one for one in (await agreement(desk, yesterday)).items if one.what == "booked"]
    assert (said.reason, said.is_explained) == ("sent on the last day", True)
    assert await close(desk, yesterday)


async def test_what_somebody_read_at_the_bank_stands_for_the_months_end(desk: Desk):
    today = await desk.told.today()
    yesterday = today - timedelta(days=1)
    code = new_code()
    await bring_days(desk, 0, (9, code, "Pay Bill from 254799***990 - FAR Acc. y", 80_00))
    await desk.ask(queue.book_other, BookOther((await desk.row(code)).line.id, "income", "interest", "k"))
    (match,) = await desk.ask(queue.list_matches)
    await desk.confirm(match.id)
    assert not (await agreement(desk, yesterday)).is_said
    with pytest.raises(NotExplained):
        await close(desk, yesterday)
    await desk.ask(reconciliation.record_count, RecordCount("1020", yesterday, 79_00, "wrong"))
    with pytest.raises(NotExplained):
        await close(desk, yesterday)
    await desk.ask(reconciliation.record_count, RecordCount("1020", yesterday, 80_00, "right"))
    assert await close(desk, yesterday)


async def test_a_line_that_the_books_had_before(desk: Desk):
    today = await desk.told.today()
    seq = await post(desk, "other_expense", 20_00, today - timedelta(days=2))
    await desk.bring((new_code(), "Business Payment to 600111 - PRINTERS", -20_00))
    (row,) = await desk.queue()
    (one,) = await desk.ask(booked.find_booked, row.line.id)
    assert (one.seq, one.kind, one.name) == (seq, "other_expense", "")
    with pytest.raises(EntryTaken):
        await desk.ask(booked.match_booked, MatchBooked(row.line.id, seq + 1, "k"))
    before = await books(desk.told)
    match = await desk.ask(booked.match_booked, MatchBooked(row.line.id, seq, "k"))
    assert await desk.ask(booked.match_booked, MatchBooked(row.line.id, seq, "k")) == match
    assert (await desk.confirm(match.id)).entry_seq == seq
    assert await books(desk.told) == before
    assert "booked" not in (await agreement(desk, today)).sums
    assert (await desk.ask(queue.undo_match, match.id)).state == "undone"
    assert (await agreement(desk, today)).sums["open"].amount_minor == -20_00


async def test_two_lines_never_stand_for_one_entry(desk: Desk):
    seq = await post(desk, "other_expense", 20_00, await desk.told.today())
    await desk.bring(*((new_code(), f"Business Payment {n}", -20_00) for n in range(2)))
    one, two = await desk.queue()

    async def take(row: QueueRow) -> str:
        return (await desk.ask(booked.match_booked, MatchBooked(row.line.id, seq, str(uuid4())))).state

    results = await asyncio.gather(take(one), take(two), return_exceptions=True)
    assert sorted(type(one).__name__ for one in results) == ["EntryTaken", "str"]


async def test_a_reversed_payment_gives_its_line_back(desk: Desk):
    due = await desk.due()
    code = new_code()
    await desk.bring((code, f"Pay Bill from 254722***101 - AKINYI Acc. {in_fours(due.reference)}", EACH))
    done = await settle(desk, code)
    with pytest.raises(AlreadyConfirmed):
        await desk.ask(queue.undo_match, done.id)
    await desk.told.reverse(done.payments[0].id)
    today = await desk.told.today()
    assert (await agreement(desk, today)).sums["booked"].amount_minor == EACH
    assert (await desk.ask(queue.undo_match, done.id)).state == "undone"
    assert {
        what: one.amount_minor for what, one in (await agreement(desk, today)).sums.items() if what != "before"
    } == {"open": EACH}
    again = await settle(desk, code)
    assert again.payments[0].state == "confirmed"


async def test_whom_a_line_may_be_assigned_to(desk: Desk):
    me = await id_of(desk.told.database, desk.told.member)
    async with desk.told.database.transaction(desk.told.treasurer) as session:
        mine = next(one for one in await member_contacts(session, desk.told.group.id) if one.id == me)
    for words in (mine.member_no, mine.name.upper(), mine.phone[-6:]):
        found = await desk.ask(choices.find_payers, words)
        assert me in {one.member_id for one in found}
    (her,) = await desk.ask(choices.find_payers, mine.member_no)
    assert [one.amount_minor for one in her.dues] == [EACH]
    assert await desk.ask(choices.find_payers, "  ") == []


async def test_members_neither_see_nor_explain(desk: Desk):
    today = await desk.told.today()
    member = Desk(desk.told, desk.told.member)
    for service, argument in (
        (balancing.list_agreements, today),
        (balancing.explain_difference, ExplainDifference("1020", today, 0, "x")),
        (balancing.book_opening, BookOpening("1020", today)),
    ):
        with pytest.raises(NotPermitted):
            await member.ask(service, argument)


async def race(desk: Desk, first: Callable[[], Coroutine[Any, Any, Any]]) -> list[str]:
    """A line of yesterday is confirmed while `first` goes on."""
    due, code = await desk.due(), new_code()
    await bring_days(desk, 0, (1, code, f"Pay Bill from 254722***101 - AKINYI Acc. {in_fours(due.reference)}", EACH))
    match = await desk.accept(await desk.row(code))
    results = await asyncio.gather(first(), desk.confirm(match.id), return_exceptions=True)
    return [type(one).__name__ for one in results]


async def test_a_close_and_a_confirmation_never_both_win_unseen(desk: Desk):
    """Either the line was in the books when they closed, or they did not close."""
    yesterday = await desk.told.today() - timedelta(days=1)
    closed, confirmed = await race(desk, lambda: close(desk, yesterday))
    assert confirmed == "MatchView"
    assert closed in ("bool", "NotExplained")
    if closed == "NotExplained":
        assert await close(desk, yesterday)
    assert (await agreement(desk, yesterday)).is_explained


async def test_a_bare_close_would_have_left_the_line_out_of_its_month(desk: Desk):
    """The control: without asking the bank the books close, and the line comes in only on the day after, found late."""
    told, yesterday = desk.told, await desk.told.today() - timedelta(days=1)
    due, code = await desk.due(), new_code()
    await bring_days(desk, 0, (1, code, f"Pay Bill from 254722***101 - AKINYI Acc. {in_fours(due.reference)}", EACH))
    match = await desk.accept(await desk.row(code))
    actor = await id_of(told.database, told.treasurer)
    async with told.database.transaction(told.treasurer) as session:
        assert await ledger.close_period(session, told.group.id, through=yesterday, actor=actor)
    (made,) = (await desk.confirm(match.id)).payments
    assert made.entry_seq is not None
    async with told.database.transaction(told.treasurer) as session:
        entry = await ledger.get_entry(session, told.group.id, made.entry_seq)
        head = await ledger.head(session, told.group.id)
        assert head is not None
        assert await find_contradiction(session, told.group.id, head) is None
    assert entry is not None
    assert (made.paid_on, entry.effective_on) == (yesterday, yesterday + timedelta(days=1))
    assert entry.memo == f"Paid on {yesterday}, found late."
