"""Repayments of loans by the bank's statement: suggested, confirmed from the queue, allocated as any other."""

from datetime import timedelta
from uuid import uuid4

import pytest
import pytest_asyncio

from app.domain.loans.views import LoanView
from app.domain.payments.errors import ClaimReplaced
from app.domain.reconciliation.bank import choices, queue
from app.domain.reconciliation.bank.errors import DueReplaced, PartsDiffer
from app.domain.reconciliation.bank.queue_views import MatchPart
from app.kit.db import Database
from app.kit.errors import InvalidInput, NotFound
from app.kit.ids import in_fours
from tests.factories.loans import Lenders, make_lenders
from tests.factories.payments import new_code
from tests.services.reconciliation.test_bank_queue import Desk


@pytest_asyncio.fixture(loop_scope="session")
async def lenders(database: Database) -> Lenders:
    return await make_lenders(database)


async def desk_of(lenders: Lenders) -> tuple[Desk, LoanView]:
    return Desk(lenders.council.programme), await lenders.active()


async def test_a_line_with_a_loans_reference_is_its_repayment(lenders: Lenders):
    desk, loan = await desk_of(lenders)
    code, first = new_code(), loan.instalments[0]
    await desk.bring((code, f"Pay Bill from 254700***999 - X Acc. {in_fours(loan.reference)}", first.due_minor))
    row = await desk.row(code)
    assert (row.verdict, row.rule) == ("sure", "reference")
    (part,) = row.candidates[0].parts
    assert (part.due_id, part.title, part.amount_minor) == (loan.id, "School fees, L-1", first.due_minor)
    done = await desk.sure("sure")
    assert done.count == 1
    before = await lenders.balances()
    confirmed = await desk.confirm(done.match_ids[0], "once")
    again = await desk.confirm(done.match_ids[0], "once")
    assert [one.id for one in again.payments] == [one.id for one in confirmed.payments]
    (payment,) = confirmed.payments
    assert (payment.source, payment.provider_code, payment.receipt_number != "") == ("statement", code, True)
    assert confirmed.parts[0].title == "School fees, L-1"
    now = await lenders.balances()
    assert now["1020"] == first.due_minor
    assert before["1210"] - now["1210"] == first.principal_minor
    assert now["4020"] == -first.interest_minor
    paid = await lenders.get(loan.id)
    assert (paid.instalments[0].unpaid_minor, paid.unpaid_minor) == (0, loan.unpaid_minor - first.due_minor)


async def test_by_the_bank_and_by_a_submission_a_loan_is_paid_alike(lenders: Lenders):
    desk, loan = await desk_of(lenders)
    sent = await lenders.submit(loan, 20_000)
    await lenders.confirm(sent.id)
    submitted = await lenders.get(loan.id)
    await lenders.reverse(sent.id)
    code = new_code()
    await desk.bring((code, f"Pay Bill Acc. {loan.reference}", 20_000))
    await desk.confirm((await desk.accept(await desk.row(code))).id)
    banked = await lenders.get(loan.id)
    assert banked.instalments == submitted.instalments
    assert (banked.unpaid_minor, banked.payoff_minor) == (submitted.unpaid_minor, submitted.payoff_minor)


async def test_what_is_accepted_is_not_suggested_twice(lenders: Lenders):
    desk, loan = await desk_of(lenders)
    one, two = sorted((new_code(), new_code()))  # lines of one day are taken by their codes
    await desk.bring((one, f"Acc. {loan.reference}", loan.payoff_minor), (two, f"Acc. {loan.reference}", 5_000))
    assert [(await desk.row(code)).verdict for code in (one, two)] == ["sure", "duplicate"]
    accepted = await desk.accept(await desk.row(one))
    assert (await desk.row(two)).verdict == "duplicate"
    await desk.confirm(accepted.id)
    closed = await lenders.get(loan.id)
    assert closed.state == "closed"
    assert (await desk.row(two)).verdict == "duplicate"


async def test_a_loan_can_be_chosen_by_hand_and_only_its_members(lenders: Lenders):
    desk, loan = await desk_of(lenders)
    code = new_code()
    await desk.bring((code, "Pay Bill Acc. thanks", 7_000))
    row = await desk.row(code)
    found = await desk.ask(choices.find_payers, loan.member_name)
    assert [(one.due_id, one.amount_minor) for one in found[0].dues] == [(loan.id, loan.instalments[0].due_minor)]
    other = lenders.guarantors[0]
    theirs = next(one.member_id for one in loan.guarantors)
    assert other
    with pytest.raises(NotFound):
        await desk.accept(row, parts=(MatchPart(theirs, 7_000, loan.id),), key=str(uuid4()))
    with pytest.raises(PartsDiffer):
        await desk.accept(row, parts=(MatchPart(loan.member_id, 6_000, loan.id),))
    accepted = await desk.accept(row, parts=(MatchPart(loan.member_id, 7_000, loan.id),))
    assert (accepted.rule, accepted.parts[0].reference) == ("hand", loan.reference)
    await desk.confirm(accepted.id)
    assert (await lenders.get(loan.id)).unpaid_minor == loan.unpaid_minor - 7_000


async def test_a_line_whose_loan_is_refinanced_before_it_is_confirmed_goes_on_to_the_new_loan(lenders: Lenders):
    """As it was accepted it is refused, plainly; undone, its old reference stands for the loan that took over."""
    desk, old = await desk_of(lenders)
    code, later = new_code(), new_code()
    await desk.bring((code, f"Acc. {old.reference}", 5_000))
    waits = await desk.accept(await desk.row(code))
    lenders.go(1)
    new = await lenders.active(amount_minor=80_000, replaces=old.id)
    with pytest.raises(DueReplaced) as refused:
        await desk.confirm(waits.id)
    assert refused.value.params["title"] == "School fees, L-1"
    assert (await desk.ask(queue.undo_match, waits.id)).state == "undone"
    row = await desk.row(code)
    assert (row.verdict, row.rule, [one.due_id for one in row.candidates[0].parts]) == ("sure", "reference", [new.id])
    done = await desk.confirm((await desk.accept(row)).id)
    assert done.parts[0].title == f"School fees, L-{new.no}"
    assert (await lenders.get(new.id)).unpaid_minor == new.unpaid_minor - 5_000
    assert (await lenders.balances())["1020"] == 5_000
    await desk.bring((later, f"Acc. {old.reference} {new.reference}", 2_000))
    assert [one.due_id for one in (await desk.row(later)).candidates[0].parts] == [new.id]


async def test_a_loan_that_took_over_takes_no_payment_from_before_the_first(lenders: Lenders):
    lenders.go(3)
    _, old = await desk_of(lenders)
    began = await lenders.today()
    lenders.go(2)
    new = await lenders.active(amount_minor=80_000, replaces=old.id)
    with pytest.raises(ClaimReplaced):
        await lenders.pay(old, 1_000)
    with pytest.raises(InvalidInput, match="invalid"):
        await lenders.pay(new, 1_000, on=began - timedelta(days=1))
    await lenders.pay(new, 1_000, on=began)
    assert (await lenders.get(new.id)).unpaid_minor == new.unpaid_minor - 1_000
