"""A loan from the draft to the last payment: guarantors, signatures, the money, and what each payment does."""

from datetime import timedelta
from uuid import uuid4

import pytest
import pytest_asyncio

from app.domain.cashbook.errors import HeldForLoans
from app.domain.contributions import leaving
from app.domain.contributions.errors import OwesLoan
from app.domain.contributions.views import LeaveGroup
from app.domain.governance.errors import DecisionEnded, NotASigner, OwnDecision
from app.domain.governance.ports import Matter
from app.domain.identity.errors import StepUpNeeded
from app.domain.loans import lending, reading
from app.domain.loans.errors import (
    AlreadySignedFor,
    ApplicationMoved,
    ConditionsOpen,
    GuarantorsMissing,
    NotAnswered,
    NotEligible,
    NotEnoughCash,
    NotEnoughSaved,
    OwnLoan,
)
from app.domain.loans.limits import Why
from app.domain.loans.terms import PayoffInterest
from app.domain.payments.errors import NothingToPay, OwnPayment
from app.domain.receipts import service as receipts
from app.kit.actor import Actor
from app.kit.db import Database
from app.kit.errors import InvalidInput, NotFound, NotPermitted
from tests.factories.governance import EACH
from tests.factories.groups import id_of
from tests.factories.loans import AMOUNT, REPAYMENTS, Lenders, make_lenders

INSTALMENT = 10_712
"""60,000 at 2 % a month in six: P i / (1 - (1+i)^-6) = 10,711.55."""


@pytest_asyncio.fixture(loop_scope="session")
async def lenders(database: Database) -> Lenders:
    return await make_lenders(database)


async def test_a_draft_waits_for_its_owner(lenders: Lenders) -> None:
    first = await lenders.save(30_000, guarantors=())
    again = await lenders.save()
    assert (again.id, again.state, again.amount_minor, again.no) == (first.id, "draft", AMOUNT, 1)
    assert [one.pledge_minor for one in again.guarantors] == [30_000, 30_000]
    assert len(again.instalments) == REPAYMENTS
    assert sum(row.principal_minor for row in again.instalments) == AMOUNT
    async with lenders.database.transaction(lenders.borrower) as session:
        mine = await reading.my_loans(session, lenders.borrower)
    assert [one.id for one in mine.loans] == [first.id]
    for who in lenders.guarantors:
        async with lenders.database.transaction(who) as session:
            assert (await reading.my_loans(session, who)).stands_for == ()
        with pytest.raises(NotFound):
            await lenders.get(first.id, who)
    with pytest.raises(NotFound):
        await lenders.ask(first.id, lenders.guarantors[0])


async def test_what_is_not_eligible_says_why_and_is_not_sent(lenders: Lenders) -> None:
    draft = await lenders.save(160_000, guarantors=())
    with pytest.raises(NotEligible):
        await lenders.ask(draft.id)
    async with lenders.database.transaction(lenders.borrower) as session:
        file = await reading.get_loan_file(session, lenders.borrower, draft.id)
    assert [(one.why, one.limit) for one in file.reasons] == [(Why.ABOVE_SAVINGS, 150_000)]
    assert dict(file.bounds) == {Why.ABOVE_SAVINGS: 150_000, Why.ABOVE_CASH: 200_000}
    draft = await lenders.save(guarantors=lenders.guarantors[:1])
    with pytest.raises(GuarantorsMissing):
        await lenders.ask(draft.id)
    for named in ((lenders.borrower,), (lenders.guarantors[0], lenders.guarantors[0])):
        with pytest.raises(InvalidInput):
            await lenders.save(guarantors=named)


async def test_guarantors_answer_for_themselves_and_are_bound(lenders: Lenders) -> None:
    made = await lenders.save()
    with pytest.raises(NotFound):
        await lenders.answer(made.id, lenders.guarantors[0])
    await lenders.ask(made.id)
    with pytest.raises(NotAnswered):
        await lenders.send(made.id)
    one, other = lenders.guarantors
    await lenders.answer(made.id, one)
    assert (await lenders.answer(made.id, one)).state == "asked"
    with pytest.raises(ApplicationMoved):
        await lenders.answer(made.id, one, agrees=False)
    async with lenders.database.transaction(one) as session:
        (stands,) = (await reading.my_loans(session, one)).stands_for
    assert (stands.pledge_minor, stands.lien_minor, stands.free_minor, stands.answer) == (
        30_000,
        30_000,
        20_000,
        "agreed",
    )
    with pytest.raises(HeldForLoans) as stopped:
        await lenders.council.propose("withdrawal", await lenders.council.withdrawal(20_001, one))
    assert stopped.value.params["left_minor"] == 20_000
    await lenders.council.propose("withdrawal", await lenders.council.withdrawal(20_000, one))
    await lenders.answer(made.id, other, agrees=False)
    with pytest.raises(NotAnswered):
        await lenders.send(made.id)
    fourth = lenders.council.programme.members[3]
    changed = await lenders.save(guarantors=(one, fourth))
    assert {each.state for each in changed.guarantors} == {"agreed", "named"}, "who agreed to the same stays"
    assert changed.state == "draft"
    await lenders.ask(made.id)
    await lenders.answer(made.id, fourth)
    assert (await lenders.send(made.id)).state == "signing"
    assert (await lenders.send(made.id)).state == "signing"


async def test_savings_are_not_pledged_twice(lenders: Lenders) -> None:
    await lenders.asked()
    fourth = lenders.council.programme.members[3]
    second = await lenders.save(by=fourth, guarantors=lenders.guarantors)
    await lenders.ask(second.id, fourth)
    with pytest.raises(NotEnoughSaved) as stopped:
        await lenders.answer(second.id, lenders.guarantors[0])
    assert stopped.value.params["left_minor"] == 20_000


async def test_other_terms_are_asked_anew(lenders: Lenders) -> None:
    made = await lenders.asked()
    changed = await lenders.save(50_000)
    assert (changed.id, changed.state) == (made.id, "draft")
    assert {(each.state, each.lien_minor) for each in changed.guarantors} == {("named", 0)}


async def test_signed_by_others_as_the_rules_say(lenders: Lenders) -> None:
    made = await lenders.signing()
    assert made.proposal_id
    proposal = await lenders.council.get(made.proposal_id)
    assert (proposal.kind, proposal.needed, proposal.amount_minor, proposal.note) == (
        "loan",
        2,
        AMOUNT,
        "A sewing machine",
    )
    with pytest.raises(NotPermitted):
        await lenders.council.approve(made.proposal_id, lenders.borrower)
    async with lenders.database.transaction(lenders.council.president) as session:
        file = await reading.get_loan_file(session, lenders.council.president, made.id)
    assert (file.record.savings_minor, file.record.owed_minor, file.record.dues_paid) == (EACH, 0, 1)
    await lenders.council.approve(made.proposal_id, lenders.council.president)
    assert (await lenders.get(made.id)).state == "signing"
    with pytest.raises(ApplicationMoved):
        await lenders.disburse(made.id)
    await lenders.council.approve(made.proposal_id, lenders.treasurer)
    assert (await lenders.get(made.id)).state == "approved"


async def test_a_treasurer_alone_within_the_limit(lenders: Lenders) -> None:
    small = await lenders.define(treasurer_minor=20_000, guarantors=0)
    made = await lenders.signing(amount_minor=20_000, product=small, guarantors=())
    assert made.proposal_id
    assert (await lenders.council.get(made.proposal_id)).needed == 1
    await lenders.council.approve(made.proposal_id, lenders.treasurer)
    assert (await lenders.get(made.id)).state == "approved"
    above = await lenders.signing(amount_minor=20_001, product=small, guarantors=())
    assert above.proposal_id
    assert (await lenders.council.get(above.proposal_id)).needed == 2


async def test_who_stands_for_it_signs_only_where_the_rule_says(lenders: Lenders) -> None:
    await lenders.council.rule("loan", needed=1)
    for may in (False, True):
        product = await lenders.define(guarantors=1, guarantors_sign=may)
        made = await lenders.save(product=product, guarantors=(lenders.council.president,), amount_minor=10_000)
        await _saved(lenders, lenders.council.president)
        await lenders.ask(made.id)
        await lenders.answer(made.id, lenders.council.president)
        sent = await lenders.send(made.id)
        assert sent.proposal_id
        if may:
            await lenders.council.approve(sent.proposal_id, lenders.council.president)
        else:
            with pytest.raises(NotASigner):
                await lenders.council.approve(sent.proposal_id, lenders.council.president)
            await lenders.withdraw(made.id)


async def _saved(lenders: Lenders, who: Actor) -> None:
    programme = lenders.council.programme
    if await programme.dues(who):
        await programme.take_cash(await programme.cash_command(who), lenders.council.admin)


async def test_an_officer_does_not_sign_her_own(lenders: Lenders) -> None:
    president = lenders.council.president
    await _saved(lenders, president)
    small = await lenders.define(guarantors=0)
    made = await lenders.save(10_000, product=small, guarantors=(), by=president)
    sent = await lenders.send(made.id, president)
    assert sent.proposal_id
    with pytest.raises(OwnDecision):
        await lenders.council.approve(sent.proposal_id, president)


async def test_refused_withdrawn_and_late_applications_end(lenders: Lenders) -> None:
    made = await lenders.signing()
    assert made.proposal_id
    for who in (lenders.council.admin, lenders.council.president, lenders.treasurer):
        await lenders.council.refuse(made.proposal_id, who)
    assert (await lenders.get(made.id)).state == "refused"
    assert {one.lien_minor for one in (await lenders.get(made.id)).guarantors} == {0}
    second = await lenders.signing()
    assert second.id != made.id
    await lenders.withdraw(second.id)
    assert (await lenders.withdraw(second.id)).state == "withdrawn"
    third = await lenders.signing()
    lenders.go(15)
    assert (await lenders.get(third.id)).state == "expired"
    with pytest.raises(DecisionEnded):
        await lenders.withdraw(third.id)
    fourth = await lenders.approved()
    lenders.go(31)
    assert (await lenders.get(fourth.id)).state == "expired"
    with pytest.raises(ApplicationMoved):
        await lenders.disburse(fourth.id)
    assert {one.lien_minor for one in (await lenders.get(fourth.id)).guarantors} == {0}


async def test_conditions_are_set_before_the_first_signature_and_met_before_the_money(lenders: Lenders) -> None:
    made = await lenders.signing()
    assert made.proposal_id
    with pytest.raises(NotPermitted):
        await lenders.conditions(made.id, "The quotation", lenders.guarantors[0])
    assert (await lenders.conditions(made.id, " The quotation ")).conditions == "The quotation"
    await lenders.council.approve(made.proposal_id, lenders.council.president)
    with pytest.raises(AlreadySignedFor):
        await lenders.conditions(made.id, "Something else")
    await lenders.council.approve(made.proposal_id, lenders.council.admin)
    with pytest.raises(ConditionsOpen):
        await lenders.disburse(made.id)
    assert (await lenders.disburse(made.id, met=True)).state == "active"


async def test_the_money_leaves_once_with_its_entry(lenders: Lenders) -> None:
    made = await lenders.approved()
    key = str(uuid4())
    with pytest.raises(StepUpNeeded):
        await lenders.disburse(made.id, proof=uuid4())
    paid = await lenders.disburse(made.id, key=key)
    assert (await lenders.disburse(made.id, key=key)).entry_seq == paid.entry_seq
    with pytest.raises(ApplicationMoved):
        await lenders.disburse(made.id)
    assert await lenders.balances() == {"1010": 4 * EACH - AMOUNT, "1210": AMOUNT, "2010": -4 * EACH}
    assert (paid.lent_minor, paid.principal_minor, paid.next_minor) == (AMOUNT, AMOUNT, INSTALMENT)
    assert paid.payoff_minor == AMOUNT
    async with lenders.database.transaction(lenders.borrower) as session:
        with pytest.raises(OwesLoan):
            await leaving.leave_group(session, lenders.borrower, LeaveGroup(0))


async def test_it_waits_for_cash(lenders: Lenders) -> None:
    made = await lenders.approved()
    out = Matter(4 * EACH - AMOUNT + 1, "Chairs", terms={"method": "cash"})
    spent = await lenders.council.propose("expense", out)
    await lenders.council.approve(spent.id, lenders.council.admin)
    await lenders.council.approve(spent.id, lenders.council.president)
    with pytest.raises(NotEnoughCash) as stopped:
        await lenders.disburse(made.id)
    assert stopped.value.params["left_minor"] == AMOUNT - 1
    assert (await lenders.get(made.id)).state == "approved"
    await _saved(lenders, lenders.council.president)
    assert (await lenders.disburse(made.id)).state == "active"


@pytest.mark.parametrize("is_added", [False, True])
async def test_a_fee_up_front(lenders: Lenders, is_added: bool) -> None:
    product = await lenders.define(guarantors=0, fee_ppm=10_000, is_fee_added=is_added)
    made = await lenders.active(amount_minor=20_000, product=product, guarantors=())
    lent, out = (20_200, 20_000) if is_added else (20_000, 19_800)
    assert (made.lent_minor, made.fee_minor, made.principal_minor) == (lent, 200, lent)
    assert await lenders.balances() == {"1010": 4 * EACH - out, "1210": lent, "2010": -4 * EACH, "4030": -200}


async def test_on_time_until_nothing_is_owed(lenders: Lenders) -> None:
    made = await lenders.active()
    liens, now = [], made
    for row in made.instalments:
        lenders.go((row.due_on - await lenders.today()).days)
        assert await lenders.night() == 1
        paid = await lenders.pay(made, row.due_minor)
        now = await lenders.get(made.id)
        liens.append(now.guarantors[0].lien_minor)
        assert paid.receipt_number
    assert (now.state, now.unpaid_minor, now.closed_on) == ("closed", 0, made.instalments[-1].due_on)
    assert liens == sorted(liens, reverse=True)
    assert liens[0] < 30_000
    assert liens[-1] == 0
    interest = sum(row.interest_minor for row in made.instalments)
    assert await lenders.balances() == {"1010": 4 * EACH + interest, "2010": -4 * EACH, "4020": -interest}
    with pytest.raises(NothingToPay):
        await lenders.pay(made, 1)
    async with lenders.database.transaction(lenders.treasurer) as session:
        file = await reading.get_loan_file(session, lenders.treasurer, made.id)
    assert (file.record.loans_repaid, file.record.instalments_paid, file.record.instalments_late) == (1, 6, 0)


async def test_partial_then_the_rest_by_submission(lenders: Lenders) -> None:
    made = await lenders.active()
    lenders.go(40)
    first = await lenders.pay(made, 5_000)
    now = await lenders.get(made.id)
    assert (now.standing, now.overdue_minor, now.days_late > 0) == ("overdue", INSTALMENT - 5_000, True)
    async with lenders.database.transaction(lenders.treasurer) as session:
        receipt = await receipts.find_by_payment(session, lenders.council.group.id, first.id)
    assert receipt is not None
    assert [(line.purpose, line.amount_minor) for line in receipt.lines] == [("loan", 3_800), ("loan_interest", 1_200)]
    sent = await lenders.submit(made, INSTALMENT - 5_000)
    await lenders.confirm(sent.id)
    now = await lenders.get(made.id)
    assert (now.standing, now.overdue_minor, now.instalments[0].unpaid_minor) == ("current", 0, 0)


async def test_more_than_is_owed_closes_it_and_is_kept(lenders: Lenders) -> None:
    made = await lenders.active()
    lenders.go(10)
    owed = (await lenders.get(made.id)).payoff_minor
    assert AMOUNT < owed < AMOUNT + 1_200
    async with lenders.database.transaction(lenders.treasurer) as session:
        seen = await reading.preview_repayment(session, lenders.treasurer, made.id, owed + 500, await lenders.today())
    assert dict(seen.shares) == {"loan": AMOUNT, "loan_interest": owed - AMOUNT, "credit": 500}
    assert seen.closes
    paid = await lenders.pay(made, owed + 500)
    now = await lenders.get(made.id)
    assert (now.state, now.unpaid_minor) == ("closed", 0)
    after = {"1010": 4 * EACH + owed - AMOUNT + 500, "2010": -4 * EACH, "2030": -500, "4020": AMOUNT - owed}
    assert await lenders.balances() == after
    await lenders.reverse(paid.id)
    again = await lenders.get(made.id)
    assert (again.state, again.unpaid_minor, again.payoff_minor) == ("active", made.unpaid_minor, owed)
    assert again.guarantors[0].lien_minor == 30_000
    assert await lenders.balances() == {"1010": 4 * EACH - AMOUNT, "1210": AMOUNT, "2010": -4 * EACH}


@pytest.mark.parametrize("payoff", PayoffInterest)
async def test_a_pay_off_counts_interest_by_the_rule(lenders: Lenders, payoff: PayoffInterest) -> None:
    product = await lenders.define(guarantors=0, payoff=payoff)
    made = await lenders.active(product=product, guarantors=())
    first = made.instalments[0]
    lenders.go(12)
    owed = (await lenders.get(made.id)).payoff_minor
    days = (first.due_on - (await lenders.today() - timedelta(days=12))).days
    expected = 1_200 if payoff is PayoffInterest.TILL_DUE_DATE else round(1_200 * 12 / days)
    assert owed == AMOUNT + expected
    await lenders.pay(made, owed - 1)
    assert (await lenders.get(made.id)).state == "active"
    await lenders.pay(made, (await lenders.get(made.id)).payoff_minor)
    assert (await lenders.get(made.id)).state == "closed"


async def test_past_the_last_day_all_of_it_is_due(lenders: Lenders) -> None:
    made = await lenders.active()
    lenders.go(400)
    now = await lenders.get(made.id)
    assert now.payoff_minor == now.overdue_minor == sum(row.due_minor for row in made.instalments)
    assert now.standing == "default"
    await lenders.pay(made, now.payoff_minor)
    assert (await lenders.get(made.id)).state == "closed"


async def test_a_payment_is_not_before_the_loan(lenders: Lenders) -> None:
    made = await lenders.active()
    with pytest.raises(InvalidInput) as stopped:
        await lenders.pay(made, 100, on=await lenders.today() - timedelta(days=1))
    assert stopped.value.field == "paid_on"


async def test_a_loan_is_written_off_by_signatures(lenders: Lenders) -> None:
    made = await lenders.active()
    lenders.go(200)
    matter = Matter(note="She moved away", subject_id=made.id)
    proposal = await lenders.council.propose("loan_write_off", matter)
    await lenders.council.approve(proposal.id, lenders.council.admin)
    await lenders.pay(made, 12_000)
    with pytest.raises(ApplicationMoved):
        await lenders.council.approve(proposal.id, lenders.council.president)
    await lenders.council.withdraw(proposal.id)
    proposal = await lenders.council.propose("loan_write_off", matter)
    await lenders.council.approve(proposal.id, lenders.council.admin)
    await lenders.council.approve(proposal.id, lenders.council.president)
    now = await lenders.get(made.id)
    assert (now.state, now.unpaid_minor) == ("written_off", 0)
    held = await lenders.balances()
    assert "1210" not in held
    assert held["5030"] == proposal.amount_minor


async def test_the_portfolio_says_what_is_late_and_at_risk(lenders: Lenders) -> None:
    made = await lenders.active()
    small = await lenders.define(guarantors=0)
    fourth = lenders.council.programme.members[3]
    other = await lenders.save(20_000, product=small, guarantors=(), by=fourth)
    sent = await lenders.send(other.id, fourth)
    lenders.go(65)
    async with lenders.database.transaction(lenders.treasurer) as session:
        seen = await lending.portfolio(session, lenders.treasurer)
    assert {row.id: row.state for row in seen.rows} == {made.id: "active", sent.id: "expired"}
    assert seen.lent_minor == AMOUNT
    assert [(one.days, one.at_risk_minor) for one in seen.at_risk] == [(30, AMOUNT), (60, 0), (90, 0)]
    assert [(one.over_days, one.loans, one.provision_minor) for one in seen.ageing] == [
        (-1, 0, 0),
        (0, 0, 0),
        (30, 1, AMOUNT // 4),
        (60, 0, 0),
        (90, 0, 0),
    ]
    with pytest.raises(NotPermitted):
        async with lenders.database.transaction(lenders.borrower) as session:
            await lending.portfolio(session, lenders.borrower)


async def test_nobody_pays_out_her_own(lenders: Lenders) -> None:
    await _saved(lenders, lenders.treasurer)
    small = await lenders.define(guarantors=0)
    made = await lenders.save(10_000, product=small, guarantors=(), by=lenders.treasurer)
    sent = await lenders.send(made.id, lenders.treasurer)
    assert sent.proposal_id
    await lenders.council.approve(sent.proposal_id, lenders.council.admin)
    await lenders.council.approve(sent.proposal_id, lenders.council.president)
    with pytest.raises(OwnLoan):
        await lenders.disburse(made.id)
    paid = await lenders.disburse(made.id, lenders.council.admin)
    with pytest.raises(OwnPayment):
        await lenders.pay(paid, 100)
    assert await id_of(lenders.database, lenders.treasurer) == paid.member_id
