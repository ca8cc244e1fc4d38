"""Many matches confirmed at once: as one by one, each with its own outcome, in as many queries as a few."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from app.domain.contributions import reading
from app.domain.ledger import service as ledger
from app.domain.payments import service as payments
from app.domain.payments.commands import Part, RecordCash
from app.domain.payments.errors import CodeAlreadySent, NothingToPay, OwnPayment
from app.domain.receipts import service as receipts
from app.domain.reconciliation.bank import confirming, queue
from app.domain.reconciliation.bank.errors import AlreadyConfirmed, LineTaken, MatchUndone
from app.domain.reconciliation.bank.queue_views import BookOther, ConfirmedMatch, ConfirmMatch, IgnoreLine, MatchPart
from app.kit.db import Database
from app.kit.errors import InvalidInput, NotFound
from tests.factories.counting import counted
from tests.factories.groups import id_of, make_members, make_officer
from tests.factories.payments import EACH, Programme, make_programme, new_code
from tests.services.reconciliation.test_bank_queue import Desk, books


@pytest_asyncio.fixture(loop_scope="session")
async def desk(database: Database) -> Desk:
    made = await make_programme(database, members=4)
    await make_members(database, made.group, 40)
    await made.open_call()
    return Desk(made)


async def waiting(desk: Desk, count: int) -> list[UUID]:
    """So many accepted matches, each of a due of another member, by their references."""
    dues = await unpaid(desk.told)
    await desk.bring(*((new_code(), f"Pay Bill Acc. {reference}", EACH) for _, reference in dues[:count]))
    return list((await desk.sure()).match_ids)


async def unpaid(told: Programme) -> list[tuple[UUID, str]]:
    """Member and reference of every due that is open, but the treasurer's."""
    async with told.database.transaction(told.treasurer) as session:
        rows = await reading.dues_to_match(session, told.group.id)
    own = {due.id for due in await told.dues(told.treasurer)}
    return [(one.member_id, one.reference) for one in rows if one.open_minor and one.id not in own]


async def confirm(desk: Desk, ids: Sequence[UUID], key: str = "k") -> list[ConfirmedMatch]:
    return await desk.ask(confirming.confirm_matches, [ConfirmMatch(one, f"{key}:{one}") for one in ids])


def refusals(found: Sequence[ConfirmedMatch]) -> list[str]:
    return [type(one.refusal).__name__ if one.refusal else "" for one in found]


async def test_many_at_once_have_an_entry_and_a_receipt_each(desk: Desk):
    ids = await waiting(desk, 20)
    found = await confirm(desk, ids)
    assert [(one.match_id, one.refusal) for one in found] == [(one, None) for one in ids]
    assert await books(desk.told) == {"1020": 20 * EACH, "4010": -20 * EACH, "receipts": 20}
    async with desk.told.database.transaction(desk.told.treasurer) as session:
        issued = await receipts.list_group_receipts(session, desk.told.treasurer)
        assert sorted(one.receipt.n for one in issued) == list(range(1, 21))
        for one in issued:
            assert (await receipts.check(session, one.receipt.token)).state == "valid"
    views = await desk.ask(queue.list_matches, state="confirmed")
    assert {one.id for one in views} == set(ids)
    assert all(one.payments[0].receipt_number for one in views)


async def test_sent_again_they_are_confirmed_once(desk: Desk):
    ids = await waiting(desk, 3)
    assert await confirm(desk, ids[:2]) == [ConfirmedMatch(one, None) for one in ids[:2]]
    assert await confirm(desk, ids) == [ConfirmedMatch(one, None) for one in ids]
    assert refusals(await confirm(desk, ids, "another")) == ["AlreadyConfirmed"] * 3
    assert (await books(desk.told))["receipts"] == 3


async def test_each_kind_in_one_batch(desk: Desk):
    """A submission, two members on one line, money of nobody, and something kept."""
    sent = await desk.told.submit()
    (first, one), (second, two), *_ = [row for row in await unpaid(desk.told) if row[1] != sent.lines[0].reference]
    assert sent.provider_code
    await desk.bring(
        (sent.provider_code, "Pay Bill Acc. november", EACH),
        (new_code(), f"Pay Bill Acc. {one} {two}", 2 * EACH + 5_00),
        ("TKL0000001", "Interest", 75_00),
        ("TKL0000002", "Pay Bill Charge", -33_00),
    )
    rows = {row.line.amount_minor: row for row in await desk.queue()}
    joined = await desk.accept(rows[EACH])
    mixed = await desk.accept(rows[2 * EACH + 5_00])
    income = await desk.ask(queue.book_other, BookOther(rows[75_00].line.id, "income", "interest", str(uuid4())))
    charge = await desk.ask(queue.book_other, BookOther(rows[-33_00].line.id, "charge", "", str(uuid4())))
    assert refusals(await confirm(desk, [joined.id, mixed.id, income.id, charge.id])) == [""] * 4
    assert await books(desk.told) == {
        "1020": 3 * EACH + 5_00 + 75_00 - 33_00,
        "2030": -5_00,
        "4010": -3 * EACH,
        "4090": -75_00,
        "5090": 33_00,
        "receipts": 3,
    }
    done = await desk.ask(queue.get_match, mixed.id)
    assert {one.member_id for one in done.payments} == {first, second}


async def test_one_that_cannot_be_confirmed_leaves_the_others(desk: Desk):
    """Known before anything is written, each with its own cause."""
    ids = await waiting(desk, 6)
    (own,) = await desk.told.dues(desk.told.treasurer)
    await desk.bring((new_code(), f"Pay Bill Acc. {own.reference}", EACH), ("TKL0000001", "hello", 75_00))
    (mine,) = (await desk.sure()).match_ids
    (row,) = await desk.queue()
    ignored = (await desk.ask(queue.ignore_line, IgnoreLine(row.line.id, "another's", "i"))).id
    await desk.ask(queue.undo_match, ids[2])
    view = await desk.ask(queue.get_match, ids[4])
    await desk.ask(confirming.confirm_match, ConfirmMatch(ids[5], "before"))
    assert view.parts[0].due_id
    async with desk.told.database.transaction(desk.told.treasurer) as session:  # the due is paid in cash meanwhile
        command = RecordCash(view.parts[0].member_id, (Part(view.parts[0].due_id, EACH),), view.line.booked_on, "cash")
        await payments.record_cash(session, desk.told.treasurer, command)
    wanted = [ids[0], mine, ids[1], ids[2], ignored, ids[3], ids[4], ids[5]]
    with pytest.raises(NotFound):
        await confirm(desk, [*wanted, uuid4()])
    found = await confirm(desk, wanted)
    names = [OwnPayment, MatchUndone, LineTaken, NothingToPay, AlreadyConfirmed]
    own_, undone, taken, paid, confirmed = [one.__name__ for one in names]
    assert refusals(found) == ["", own_, "", undone, taken, "", paid, confirmed]
    assert (await books(desk.told))["receipts"] == 3 + 1 + 1
    states = Counter(one.state for one in [await desk.ask(queue.get_match, match_id) for match_id in wanted[:7]])
    assert states == {"confirmed": 3, "accepted": 3, "undone": 1}


async def test_what_only_the_writing_finds_leaves_the_others_too(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    """A code that another payment takes between the look and the insert is refused by the index: halves are tried."""
    sent = await desk.told.submit(desk.told.members[1])
    ids = await waiting(desk, 10)
    assert sent.provider_code
    view = await desk.ask(queue.get_match, ids[6])
    real = confirming.normalise_provider_code

    def with_a_twin(method: str, text: str) -> str:
        return sent.provider_code if text == view.line.bank_id and sent.provider_code else real(method, text)

    async def blind(*_: object) -> frozenset[tuple[str, str]]:
        return frozenset()

    monkeypatch.setattr(confirming, "normalise_provider_code", with_a_twin)
    monkeypatch.setattr("app.domain.payments.store.busy_codes", blind)
    found = await confirm(desk, ids)
    expected = [CodeAlreadySent.__name__ if one == ids[6] else "" for one in ids]
    assert refusals(found) == expected
    assert (await books(desk.told))["receipts"] == len(ids) - 1
    async with desk.told.database.transaction(desk.told.treasurer) as session:
        issued = await receipts.list_group_receipts(session, desk.told.treasurer)
    assert sorted(one.receipt.n for one in issued) == list(range(1, len(ids)))


async def test_two_lines_may_pay_one_due_in_one_batch(desk: Desk):
    (member, reference), *_ = await unpaid(desk.told)
    await desk.bring(*((new_code(), f"Pay Bill Acc. {reference}", EACH // 2) for _ in range(2)))
    rows = await desk.queue()
    due_id = next(row.candidates[0].parts[0].due_id for row in rows if row.candidates and row.candidates[0].parts)
    parts = (MatchPart(member, EACH // 2, due_id),)
    ids = [(await desk.accept(row, parts=parts, payment_id=None)).id for row in rows]
    assert refusals(await confirm(desk, ids)) == ["", ""]
    assert await books(desk.told) == {"1020": EACH, "4010": -EACH, "receipts": 2}


async def test_as_many_queries_for_forty_as_for_four(desk: Desk):
    """But for one more where somebody among them has not signed in yet, and is told once she does."""
    few, many = (await waiting(desk, 4)), (await waiting(desk, 40))
    with counted(desk.told.database) as of_few:
        await confirm(desk, few)
    with counted(desk.told.database) as of_many:
        assert not any(refusals(await confirm(desk, many)))
    assert len(many) > 30
    found = [[one for one in some if not one.startswith("INSERT INTO waiting_notices")] for some in (of_few, of_many)]
    assert len(found[0]) == len(found[1]) <= 45, Counter(of_many).most_common(5)
    assert len(of_many) - len(found[1]) <= 1


async def test_two_treasurers_at_once_confirm_each_once(desk: Desk):
    other = Desk(desk.told, await make_officer(desk.told.database, desk.told.group, "treasurer"))
    ids = await waiting(desk, 12)
    first, second = await asyncio.gather(confirm(desk, ids, "a"), confirm(other, ids[::-1], "b"))
    assert sorted([refusals(first), refusals(second)]) == [[""] * 12, ["AlreadyConfirmed"] * 12]
    assert (await books(desk.told))["receipts"] == 12


async def test_lines_of_a_closed_month_are_booked_on_the_first_open_day(desk: Desk):
    """The payment and its receipt keep the line's day; the entry's memo says it; money of nobody likewise."""
    told, today = desk.told, await desk.told.today()
    last, actor = today - timedelta(days=3), await id_of(told.database, told.treasurer)
    (_, reference), *_ = await unpaid(told)
    async with told.database.transaction(told.treasurer) as session:
        actor = ((await ledger.head(session, told.group.id)) and told.group.id) or told.group.id
        await ledger.close_period(session, told.group.id, through=last, actor=actor)
    await desk.bring((new_code(), f"Pay Bill Acc. {reference}", EACH), ("TKL0000001", "Charge", -33_00), on=last)
    ids = list((await desk.sure()).match_ids)
    (row,) = await desk.queue()
    ids.append((await desk.ask(queue.book_other, BookOther(row.line.id, "charge", "", str(uuid4())))).id)
    assert refusals(await confirm(desk, ids)) == ["", ""]
    payment, charge = [await desk.ask(queue.get_match, one) for one in ids]
    (made,) = payment.payments
    assert made.paid_on == last
    for seq in (made.entry_seq, charge.entry_seq):
        assert seq is not None
        async with told.database.transaction(told.treasurer) as session:
            entry = await ledger.get_entry(session, told.group.id, seq)
        assert entry is not None
        assert (entry.effective_on, entry.memo) == (last + timedelta(days=1), f"Paid on {last}, found late.")


async def test_how_many_there_may_be(desk: Desk):
    assert await confirm(desk, []) == []
    one = uuid4()
    for wrong in ([one, one], [uuid4() for _ in range(501)]):
        with pytest.raises(InvalidInput):
            await confirm(desk, wrong)
