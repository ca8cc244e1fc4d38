"""The exception queue: what is suggested, decided, taken back and confirmed; each line once, whoever is quicker."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from app.domain.contributions import reading
from app.domain.contributions.views import DueView
from app.domain.groups.members import member_contacts
from app.domain.ledger import service as ledger
from app.domain.payments.errors import AmountTooHigh, ApprovalNeeded, NothingToPay, OwnPayment
from app.domain.receipts import service as receipts
from app.domain.reconciliation.bank import confirming, deciding, knowing, queue
from app.domain.reconciliation.bank.errors import (
    AlreadyConfirmed,
    LineTaken,
    MatchUndone,
    NoPair,
    PartsDiffer,
    PaymentStands,
)
from app.domain.reconciliation.bank.models import BankLineRow
from app.domain.reconciliation.bank.queue_views import (
    AcceptedMany,
    AcceptMatch,
    BookOther,
    ConfirmMatch,
    IgnoreLine,
    MatchPart,
    MatchView,
    PairReversal,
    QueueRow,
)
from app.domain.reports.books import entry_proof, journal
from app.kit.actor import Actor
from app.kit.db import Database, Session
from app.kit.errors import IdempotencyConflict, InvalidInput, NotFound, NotPermitted
from app.kit.ids import in_fours
from tests.factories.groups import id_of, make_officer
from tests.factories.payments import EACH, Programme, let_spend, make_programme, new_code
from tests.services.reconciliation.bank_books import HEADER, bring, lines

Row = tuple[str, str, int]
"""Code, words, amount in minor units."""


@pytest_asyncio.fixture(loop_scope="session")
async def told(database: Database) -> Programme:
    made = await make_programme(database, members=4)
    await made.open_call()
    return made


class Desk:
    """A treasurer at the queue of a group."""

    def __init__(self, told: Programme, by: Actor | None = None) -> None:
        self.told, self.by = told, by or told.treasurer

    async def ask(self, service: Any, *arguments: Any, **named: Any) -> Any:
        async with self.told.database.transaction(self.by) as session:
            return await service(session, self.by, *arguments, **named)

    async def bring(self, *rows: Row, on: date | None = None) -> None:
        """An M-Pesa statement of today, in the order of the rows."""
        day, balance, text = on or await self.told.today(), 1_000_000_00, HEADER
        for number, (code, words, amount) in enumerate(rows):
            balance += amount
            paid_in, out = (f"{amount / 100:.2f}", "") if amount > 0 else ("", f"{amount / 100:.2f}")
            at = f"{day} {number // 60:02d}:{number % 60:02d}:00"
            text += f"{code},{at},{words},Completed,{paid_in},{out},{balance / 100:.2f}\n"
        view = await bring(self.told, text.encode())
        assert (view.state, view.why) == ("read", None)

    async def queue(self, **asked: Any) -> list[QueueRow]:
        return list((await self.ask(queue.propose_matches, limit=500, **asked)).rows)

    async def row(self, code: str) -> QueueRow:
        return next(row for row in await self.queue() if row.line.bank_id == code)

    async def accept(self, row: QueueRow, candidate: int = 0, **changes: Any) -> MatchView:
        chosen = row.candidates[candidate] if row.candidates else None
        parts = tuple(MatchPart(one.member_id, one.amount_minor, one.due_id) for one in chosen.parts) if chosen else ()
        command = AcceptMatch(row.line.id, str(uuid4()), parts, chosen.payment_id if chosen else None)
        return await self.ask(queue.accept_match, replace(command, **changes))

    async def sure(self, key: str = "") -> AcceptedMany:
        return await self.ask(queue.accept_sure, key=key or str(uuid4()))

    async def confirm(self, match_id: UUID, key: str = "") -> MatchView:
        return await self.ask(confirming.confirm_match, ConfirmMatch(match_id, key or str(uuid4())))

    async def due(self, member: int = 0) -> DueView:
        return (await self.told.dues(self.told.members[member]))[0]


@pytest_asyncio.fixture(loop_scope="session")
async def desk(told: Programme) -> Desk:
    return Desk(told)


async def books(told: Programme) -> dict[str, int]:
    """Balances by control account, debit positive, of a book that holds; and how many receipts."""
    async with told.database.transaction(told.treasurer) as session:
        assert await ledger.verify_group(session, told.group.id) is None
        found = {
            one.control_code: one.debit_minor - one.credit_minor
            for one in await ledger.trial_balance(session, told.group.id)
        }
        found["receipts"] = len(await receipts.list_group_receipts(session, told.treasurer))
    return {code: amount for code, amount in found.items() if amount}


async def at_once(*attempts: Any) -> Counter[str]:
    results: Sequence[Any] = await asyncio.gather(*attempts, return_exceptions=True)
    return Counter(type(r).__name__ if isinstance(r, BaseException) else r.state for r in results)


async def test_a_line_with_a_reference_becomes_a_receipt_only_by_confirmation(desk: Desk):
    due = await desk.due()
    code = new_code()
    await desk.bring((code, f"Pay Bill from 254722***101 - AKINYI Acc. {in_fours(due.reference)}", EACH))
    row = await desk.row(code)
    assert (row.verdict, row.rule, row.candidates[0].score) == ("sure", "reference", 100)
    accepted = await desk.accept(row)
    assert (accepted.state, accepted.kind, accepted.rule, accepted.score) == ("accepted", "dues", "reference", 100)
    assert await books(desk.told) == {}
    assert await desk.queue() == []
    done = await desk.confirm(accepted.id)
    (payment,) = done.payments
    assert (payment.state, payment.source, payment.provider_code) == ("confirmed", "statement", code)
    assert payment.receipt_number
    assert await books(desk.told) == {"1020": EACH, "4010": -EACH, "receipts": 1}
    assert await desk.told.dues() == ()


async def test_a_members_own_submission_is_joined(desk: Desk):
    sent = await desk.told.submit()
    assert sent.provider_code is not None
    await desk.bring((sent.provider_code, "Pay Bill from 254722***101 - AKINYI Acc. november", EACH))
    row = await desk.row(sent.provider_code)
    assert (row.verdict, row.rule, row.candidates[0].payment_id) == ("sure", "submission", sent.id)
    done = await desk.confirm((await desk.accept(row)).id)
    assert [one.id for one in done.payments] == [sent.id]
    assert await books(desk.told) == {"1020": EACH, "4010": -EACH, "receipts": 1}


async def test_one_line_for_two_members_is_two_payments(desk: Desk):
    first, second = await desk.due(0), await desk.due(1)
    await desk.bring((new_code(), f"Pay Bill Acc. {first.reference} {second.reference}", 2 * EACH))
    (row,) = await desk.queue()
    done = await desk.confirm((await desk.accept(row)).id)
    assert [one.amount_minor for one in done.payments] == [EACH, EACH]
    assert [bool(one.provider_code) for one in done.payments] == [True, False]
    assert len({one.member_id for one in done.payments}) == 2
    assert await books(desk.told) == {"1020": 2 * EACH, "4010": -2 * EACH, "receipts": 2}


async def test_what_is_over_is_kept_for_the_member(desk: Desk):
    due = await desk.due()
    await desk.bring((new_code(), f"Pay Bill Acc. {due.reference}", EACH + 200_00))
    (row,) = await desk.queue()
    assert (row.verdict, [one.due_id for one in row.candidates[0].parts]) == ("over", [due.id, None])
    done = await desk.confirm((await desk.accept(row)).id)
    (payment,) = done.payments
    assert payment.amount_minor == EACH + 200_00
    assert await books(desk.told) == {"1020": EACH + 200_00, "2030": -200_00, "4010": -EACH, "receipts": 1}


async def test_what_is_under_leaves_the_rest_due_and_many_lines_pay_one_due(desk: Desk):
    due = await desk.due()
    rows = [(new_code(), f"Pay Bill Acc. {due.reference}", amount) for amount in (200_00, EACH - 200_00)]
    await desk.bring(*rows)
    found = {row.line.amount_minor: row for row in await desk.queue()}
    assert sorted(row.verdict for row in found.values()) == ["sure", "under"]
    first = await desk.accept(found[200_00])
    assert (await desk.row(rows[1][0])).verdict == "sure"
    await desk.confirm(first.id)
    assert (await desk.due()).open_minor == EACH - 200_00
    await desk.confirm((await desk.accept(await desk.row(rows[1][0]))).id)
    assert await desk.told.dues() == ()


async def test_a_mistyped_reference_is_suggested_and_booked_only_by_a_hand(desk: Desk):
    due = await desk.due()
    typed = due.reference[:3] + due.reference[4] + due.reference[3] + due.reference[5:]
    if typed == due.reference:
        typed = due.reference[:-1]
    code = new_code()
    await desk.bring((code, f"Pay Bill from 254799***999 - ZAWADI Acc. {typed}", EACH))
    row = await desk.row(code)
    assert (row.verdict, row.rule) == ("likely", "typo")
    assert await desk.sure() == AcceptedMany(0, 0, ())
    accepted = await desk.accept(row)
    assert (accepted.rule, accepted.score) == ("typo", row.candidates[0].score)
    await desk.confirm(accepted.id)
    assert (await books(desk.told))["receipts"] == 1


async def test_the_sure_are_accepted_at_once_and_confirmed_one_by_one(desk: Desk):
    dues = [await desk.due(n) for n in range(4)]
    rows = [(new_code(), f"Pay Bill Acc. {due.reference}", EACH) for due in dues]
    await desk.bring(*rows, (new_code(), "Pay Bill Acc. hello", 123_00), (new_code(), "Pay Bill Charge", -33_00))
    many = await desk.sure("monday")
    assert (many.count, many.amount_minor) == (4, 4 * EACH)
    assert await desk.sure("monday") == many
    assert (await desk.ask(queue.propose_matches)).counts == {"unknown": 1, "out": 1}
    waiting = await desk.ask(queue.list_matches)
    assert {one.id for one in waiting} == set(many.match_ids)
    for match_id in many.match_ids:
        await desk.confirm(match_id)
    assert await books(desk.told) == {"1020": 4 * EACH, "4010": -4 * EACH, "receipts": 4}


async def test_undone_until_it_is_confirmed(desk: Desk):
    due = await desk.due()
    await desk.bring((new_code(), f"Pay Bill Acc. {due.reference}", EACH))
    (row,) = await desk.queue()
    accepted = await desk.accept(row)
    for _ in range(2):
        assert (await desk.ask(queue.undo_match, accepted.id)).state == "undone"
    with pytest.raises(MatchUndone):
        await desk.confirm(accepted.id)
    (again,) = await desk.queue()
    done = await desk.confirm((await desk.accept(again)).id, "k")
    assert await desk.confirm(done.id, "k") == done
    with pytest.raises(AlreadyConfirmed):
        await desk.ask(queue.undo_match, done.id)
    with pytest.raises(AlreadyConfirmed):
        await desk.confirm(done.id, "another")
    assert (await books(desk.told))["receipts"] == 1


async def test_an_expense_is_signed_where_the_rule_wants_it(desk: Desk):
    await desk.bring(("TKL0000003", "Tent", -900_00))
    (row,) = await desk.queue()
    with pytest.raises(ApprovalNeeded):
        await desk.ask(queue.book_other, BookOther(row.line.id, "expense", "tent", "k"))
    assert len(await desk.queue()) == 1


async def test_a_charge_is_one_by_the_banks_own_words(desk: Desk):
    """Else an expense that others must sign would be booked alone under another name."""
    await desk.bring(
        ("TKL0000003", "Tent", -900_00),
        ("TKL0000004", "Merchant fees to 600111 - PRINTERS LTD", -900_01),
        ("TKL0000005", "Pay Bill Charge", -900_02),
    )
    rows = {row.line.amount_minor: row.line.id for row in await desk.queue()}
    for amount_minor in (-900_00, -900_01):
        with pytest.raises(ApprovalNeeded):
            await desk.ask(queue.book_other, BookOther(rows[amount_minor], "charge", "tent", str(uuid4())))
    with pytest.raises(InvalidInput) as found:
        await desk.ask(queue.book_other, BookOther(rows[-900_02], "", "", str(uuid4())))
    assert found.value.why == "bank_kind_missing"
    made = await desk.ask(queue.book_other, BookOther(rows[-900_02], "charge", "", str(uuid4())))
    await let_spend(desk.told)
    tent = await desk.ask(queue.book_other, BookOther(rows[-900_00], "charge", "tent", str(uuid4())))
    await let_spend(desk.told, 0)
    await desk.confirm(made.id)
    with pytest.raises(ApprovalNeeded):
        await desk.confirm(tent.id)


async def test_money_of_no_member(desk: Desk):
    await let_spend(desk.told)
    await desk.bring(
        ("TKL0000001", "Interest", 75_00), ("TKL0000002", "Pay Bill Charge", -33_00), ("TKL0000003", "Tent", -900_00)
    )
    kinds = {"TKL0000001": "income", "TKL0000002": "charge", "TKL0000003": "expense"}
    for row in await desk.queue():
        kind = kinds[row.line.bank_id]
        wrong = "expense" if kind == "income" else "income"
        with pytest.raises(InvalidInput):
            await desk.ask(queue.book_other, BookOther(row.line.id, wrong, "x", str(uuid4())))
        note = "" if kind == "charge" else "for the meeting"
        made = await desk.ask(queue.book_other, BookOther(row.line.id, kind, note, str(uuid4())))
        assert (made.note, made.kind) == (note, kind)
        await desk.confirm(made.id)
    assert await books(desk.told) == {"1020": 75_00 - 33_00 - 900_00, "4090": -75_00, "5010": 900_00, "5090": 33_00}
    told = desk.told
    async with told.database.transaction(told.treasurer) as session:
        said = {row.entry.kind: (row.entry.seq, row.said) for row in await journal(session, told.treasurer)}
        tent = await entry_proof(session, told.treasurer, said["other_expense"][0])
    assert {kind: words for kind, (_, words) in said.items()} == {
        "bank_charge": "",
        "other_expense": "for the meeting",
        "other_income": "for the meeting",
    }
    assert tent.line is not None
    assert (tent.line.bank_id, tent.said) == ("TKL0000003", "for the meeting")


async def test_a_line_is_left_out_with_its_reason_and_put_back(desk: Desk):
    await desk.bring(("TKL0000001", "hello", 75_00))
    (row,) = await desk.queue()
    with pytest.raises(InvalidInput):
        await desk.ask(queue.ignore_line, IgnoreLine(row.line.id, " ", "k"))
    made = await desk.ask(queue.ignore_line, IgnoreLine(row.line.id, "another programme's", "k"))
    assert await desk.ask(queue.ignore_line, IgnoreLine(row.line.id, "another programme's", "k")) == made
    with pytest.raises(IdempotencyConflict):
        await desk.ask(queue.ignore_line, IgnoreLine(row.line.id, "otherwise", "k"))
    assert (made.note, (await lines(desk.told)).rows[0].state) == ("another programme's", "ignored")
    with pytest.raises(LineTaken):
        await desk.confirm(made.id)
    await desk.ask(queue.undo_match, made.id)
    assert len(await desk.queue()) == 1


async def test_what_the_bank_took_back(desk: Desk):
    """Before it is settled nothing is posted; after, the payment is reversed first."""
    due = await desk.due()
    await desk.bring(
        ("TKL0000001", f"Pay Bill Acc. {due.reference}", EACH),
        ("TKL0000002", "Pay Bill Acc. x", 70_00),
        ("TKL0000002", "Reversal of TKL0000002", -70_00),
    )
    came, back = [row for row in await desk.queue() if row.rule == "reversal"]
    assert (came.verdict, back.verdict) == ("taken_back", "out")
    assert (came.candidates[0].pair_id, back.candidates[0].pair_id) == (back.line.id, came.line.id)
    pair = PairReversal(came.line.id, back.line.id, str(uuid4()))
    made = await desk.ask(queue.pair_reversal, pair)
    assert {row.line.bank_id for row in await desk.queue()} == {"TKL0000001"}
    assert (await desk.confirm(made.id)).payments == ()
    assert await books(desk.told) == {}

    paid = await desk.row("TKL0000001")
    accepted = await desk.accept(paid)
    await desk.bring(("TKL0000001", "Reversal of TKL0000001", -EACH))
    large = await desk.row("TKL0000001")
    assert (large.rule, large.candidates[0].pair_id) == ("reversal", paid.line.id)
    pair = PairReversal(large.line.id, paid.line.id, str(uuid4()))
    with pytest.raises(LineTaken):
        await desk.ask(queue.pair_reversal, pair)
    done = await desk.confirm(accepted.id)
    with pytest.raises(PaymentStands):
        await desk.ask(queue.pair_reversal, pair)
    await desk.told.reverse(done.payments[0].id)
    await desk.confirm((await desk.ask(queue.pair_reversal, pair)).id)
    assert {line.state for line in (await lines(desk.told)).rows} == {"settled"}
    assert await books(desk.told) == {"receipts": 1}
    with pytest.raises((LineTaken, NoPair)):
        await desk.ask(queue.pair_reversal, PairReversal(paid.line.id, large.line.id, str(uuid4())))


async def test_what_does_not_add_up_is_refused(desk: Desk):
    mine, other = await desk.due(0), await desk.due(1)
    await desk.bring((new_code(), "hello", 2 * EACH), (new_code(), "hi", -5_00))
    row = next(row for row in await desk.queue() if row.line.amount_minor > 0)
    ids = [await id_of(desk.told.database, who) for who in desk.told.members[:2]]
    for parts, why in (
        ((), PartsDiffer),
        ((MatchPart(ids[0], EACH, mine.id),), PartsDiffer),
        ((MatchPart(ids[0], 2 * EACH, mine.id),), AmountTooHigh),
        ((MatchPart(ids[0], EACH, mine.id), MatchPart(ids[0], EACH, other.id)), NotFound),
        ((MatchPart(ids[0], 3 * EACH, mine.id), MatchPart(ids[1], -EACH, other.id)), PartsDiffer),
        ((MatchPart(uuid4(), 2 * EACH),), NotFound),
    ):
        with pytest.raises(why):
            await desk.accept(row, parts=parts)
    by_hand = (MatchPart(ids[0], EACH, mine.id), MatchPart(ids[1], EACH - 1, other.id), MatchPart(ids[1], 1))
    made = await desk.accept(row, parts=by_hand)
    assert (made.rule, made.score) == ("hand", 0)
    await desk.confirm(made.id)
    assert await books(desk.told) == {"1020": 2 * EACH, "2030": -1, "4010": 1 - 2 * EACH, "receipts": 2}


async def test_a_due_that_is_accepted_has_no_room_for_another_line(desk: Desk):
    due = await desk.due()
    await desk.bring(*((new_code(), f"Pay Bill Acc. {due.reference}", EACH) for _ in range(2)))
    first, second = await desk.queue()
    await desk.accept(first)
    (left,) = await desk.queue()
    assert (left.line.id, left.verdict) == (second.line.id, "duplicate")
    with pytest.raises(NothingToPay):
        await desk.accept(left, parts=(MatchPart(due.member_id, EACH, due.id),))
    await desk.confirm((await desk.accept(left)).id)
    assert (await books(desk.told))["2030"] == -EACH


async def test_nobody_confirms_their_own(desk: Desk):
    (due,) = await desk.told.dues(desk.told.treasurer)
    await desk.bring((new_code(), f"Pay Bill Acc. {due.reference}", EACH))
    many = await desk.sure()
    (match,) = await desk.ask(queue.list_matches)
    assert match.is_own
    with pytest.raises(OwnPayment):
        await desk.confirm(many.match_ids[0])
    assert (await desk.ask(queue.get_match, match.id)).state == "accepted"
    await Desk(desk.told, desk.told.group.admin).confirm(match.id)
    assert (await books(desk.told))["receipts"] == 1


async def test_who_may(desk: Desk):
    auditor = Desk(desk.told, await make_officer(desk.told.database, desk.told.group, "auditor"))
    await desk.bring((new_code(), "hello", 5_00))
    (row,) = await auditor.queue()
    for who in (auditor, Desk(desk.told, desk.told.member)):
        with pytest.raises(NotPermitted):
            await who.ask(queue.ignore_line, IgnoreLine(row.line.id, "x", "k"))
    stranger = await make_programme(desk.told.database)
    with pytest.raises(NotFound):
        await Desk(stranger).ask(queue.ignore_line, IgnoreLine(row.line.id, "x", "k"))


async def test_two_treasurers_at_once(desk: Desk):
    other = Desk(desk.told, await make_officer(desk.told.database, desk.told.group, "treasurer"))
    dues = [await desk.due(n) for n in range(2)]
    await desk.bring(*((new_code(), f"Pay Bill Acc. {due.reference}", EACH) for due in dues))
    row, next_row = await desk.queue()
    assert await at_once(*(who.accept(row) for who in (desk, other, desk))) == {"accepted": 1, "LineTaken": 2}
    counts = await asyncio.gather(desk.sure(), other.sure())
    assert sorted(one.count for one in counts) == [0, 1]
    waiting = [one.id for one in await desk.ask(queue.list_matches)]
    assert len(waiting) == 2
    for match_id in waiting:
        found = await at_once(*(who.confirm(match_id) for who in (desk, other, desk)))
        assert found == {"confirmed": 1, "AlreadyConfirmed": 2}
    assert await books(desk.told) == {"1020": 2 * EACH, "4010": -2 * EACH, "receipts": 2}
    assert next_row.line.id != row.line.id


async def test_without_the_lines_lock_the_race_shows(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    """Negative control: read without FOR UPDATE, two who confirm both book the charge: the ledger's key alone stands
    between them and a second entry, and both believe they did it."""

    async def read_only(session: Session, group_id: UUID, ids: Iterable[UUID]) -> dict[UUID, BankLineRow]:
        found = {line_id: await session.get_one(BankLineRow, (group_id, line_id)) for line_id in ids}
        await both_have_read.wait()
        return found

    await desk.bring(("TKL0000002", "Pay Bill Charge", -33_00))
    (row,) = await desk.queue()
    made = await desk.ask(queue.book_other, BookOther(row.line.id, "charge", "", str(uuid4())))
    both_have_read = asyncio.Barrier(2)
    monkeypatch.setattr(deciding, "lock_lines", read_only)
    commands = [[ConfirmMatch(made.id, key)] for key in ("a", "b")]
    found = await asyncio.gather(*(desk.ask(confirming.confirm_matches, some) for some in commands))
    assert [one.refusal for (one,) in found] == [None, None]


async def test_phones_are_matched_and_never_kept_in_the_clear(desk: Desk):
    async with desk.told.database.transaction(desk.told.treasurer) as session:
        contacts = {one.id: one for one in await member_contacts(session, desk.told.group.id)}
    due = await desk.due()
    who = contacts[due.member_id]
    await desk.bring((new_code(), f"Pay Bill from {who.phone[1:]} - {who.name.upper()} Acc. november", EACH))
    (row,) = await desk.queue()
    assert (row.verdict, row.rule) == ("likely", "payer")
    assert [part.due_id for part in row.candidates[0].parts] == [due.id]
    assert {"amount", "phone", "near"} <= {reason.key for reason in row.candidates[0].reasons}
    async with desk.told.database.transaction(desk.told.treasurer) as session:
        assert due.id in {one.id for one in await reading.dues_to_match(session, desk.told.group.id)}


async def test_only_the_sure_lines_that_were_looked_at_are_accepted(desk: Desk):
    dues = [await desk.due(member) for member in range(2)]
    codes = [new_code() for _ in dues]
    await desk.bring(
        *((code, f"Pay Bill Acc. {in_fours(due.reference)}", EACH) for code, due in zip(codes, dues, strict=True))
    )
    looked_at = frozenset({(await desk.row(codes[0])).line.id})
    made = await desk.ask(queue.accept_sure, key=str(uuid4()), only=looked_at)
    assert (made.count, [row.line.bank_id for row in await desk.queue()]) == (1, codes[1:])
    with pytest.raises(NotFound):
        await desk.ask(queue.accept_sure, key=str(uuid4()), only=frozenset({uuid4()}))


async def test_suggestions_are_for_the_oldest_lines_and_the_rest_is_counted(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    today = await desk.told.today()
    for ago, count in ((0, 2), (1, 3)):
        nobody = [(new_code(), f"Pay Bill from nobody {n}", 100_00 + n) for n in range(count)]
        await desk.bring(*nobody, on=today - timedelta(days=ago))
    whole = await desk.ask(queue.propose_matches)
    assert (whole.total, whole.later) == (5, 0)
    for module in (queue, knowing):
        monkeypatch.setattr(module, "MOST_OPEN", 3)
    view = await desk.ask(queue.propose_matches)
    assert (view.total, view.later) == (3, 2)
    assert [row.line.id for row in view.rows] == [row.line.id for row in whole.rows[:3]]
    await desk.ask(queue.ignore_line, IgnoreLine(view.rows[0].line.id, "not ours", str(uuid4())))
    assert (await desk.ask(queue.propose_matches)).later == 1
