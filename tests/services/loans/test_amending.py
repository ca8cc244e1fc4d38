"""A loan that closes another, a new schedule for what is left, and what comes back after a write-off."""

from datetime import date, timedelta

import pytest
import pytest_asyncio

from app.domain.governance.errors import OwnDecision
from app.domain.governance.ports import Matter
from app.domain.loans import amending, lending, reading
from app.domain.loans.commands import QuoteReschedule
from app.domain.loans.errors import (
    ApplicationMoved,
    NotEligible,
    ReplacedLoanOver,
    SettlesTooLittle,
    WrittenOffSince,
)
from app.domain.loans.limits import Why
from app.domain.loans.quoting import quote_loan
from app.domain.loans.views import LoanView, QuoteLoan
from app.domain.payments.errors import NothingToPay
from app.domain.receipts import service as receipts
from app.domain.reports.loan_papers import read_loan_paper
from app.domain.reports.report_views import Interest, Narrowed
from app.domain.reports.reporting import read_report
from app.kit.db import Database
from app.kit.errors import InvalidInput, NotFound, NotPermitted
from app.kit.i18n import show_day
from app.web.paper.loans import loan_paper
from app.web.paper.tables import money, write
from app.web.presenters.reports import report_table
from tests.factories.governance import EACH
from tests.factories.loans import AMOUNT, Lenders, make_lenders

MONTH = timedelta(days=30)
INTEREST = 1_200
"""60,000 at 2 % for a first month."""


@pytest_asyncio.fixture(loop_scope="session")
async def lenders(database: Database) -> Lenders:
    return await make_lenders(database, guarantors=0)


async def late(lenders: Lenders, **how: object) -> LoanView:
    """A loan of which the first instalment was due yesterday."""
    made = await lenders.active(guarantors=(), **how)
    lenders.go((made.instalments[0].due_on - await lenders.today()).days + 1)
    return await lenders.get(made.id)


async def first_of(lenders: Lenders) -> date:
    """A due date some weeks from now."""
    return (await lenders.today() + timedelta(days=40)).replace(day=20)


async def test_a_top_up_closes_the_old_loan_in_one_entry(lenders: Lenders) -> None:
    old = await lenders.active(guarantors=())
    lenders.go(10)
    settles = (await lenders.get(old.id)).payoff_minor
    before = await lenders.balances()
    draft = await lenders.save(80_000, guarantors=(), replaces=old.id)
    assert (draft.replaces_id, draft.replaces_no) == (old.id, old.no)
    async with lenders.database.transaction(lenders.borrower) as session:
        command = QuoteLoan(lenders.product.product_id, 80_000, 6, old.id)
        quote = await quote_loan(session, lenders.borrower, command)
    assert (quote.settles_minor, quote.in_hand_minor, quote.reasons) == (settles, 80_000 - settles, ())
    assert quote.limit_minor == 3 * EACH, "what it closes is owed no more"
    new = await lenders.active(amount_minor=80_000, guarantors=(), replaces=old.id)
    interest = settles - AMOUNT
    assert interest > 0
    assert await lenders.balances() == before | {
        "1010": before["1010"] - (80_000 - settles),
        "1210": 80_000,
        "4020": -interest,
    }
    was = await lenders.get(old.id)
    assert (was.state, was.unpaid_minor, was.closed_on) == ("closed", 0, await lenders.today())
    (change,) = was.changes
    assert (change.kind, change.other_no, change.principal_minor, change.interest_minor) == (
        "refinanced",
        new.no,
        AMOUNT,
        interest,
    )
    (change,) = (await lenders.get(new.id)).changes
    assert (change.kind, change.other_no, change.entry_seq) == ("refinances", old.no, new.entry_seq)
    with pytest.raises(NothingToPay):
        await lenders.pay(old, 1_000)
    async with lenders.database.transaction(lenders.treasurer) as session:
        found = await lending.portfolio(session, lenders.treasurer)
    assert (found.changed, found.changed_minor, found.lent_minor) == (1, 80_000, 80_000)
    assert [row.changed for row in found.rows if row.state == "active"] == ["refinanced"]
    assert [one.at_risk_minor for one in found.at_risk] == [0, 0, 0], "counted apart, not as late"


async def test_what_settles_too_little_is_refused_before_it_is_sent_and_when_it_is_paid_out(lenders: Lenders) -> None:
    old = await lenders.active(guarantors=())
    draft = await lenders.save(AMOUNT - 1, guarantors=(), replaces=old.id)
    async with lenders.database.transaction(lenders.borrower) as session:
        file = await reading.get_loan_file(session, lenders.borrower, draft.id)
    assert [(one.why, one.limit) for one in file.reasons] == [(Why.BELOW_PAYOFF, AMOUNT)]
    with pytest.raises(NotEligible):
        await lenders.send(draft.id)
    approved = await lenders.approved(guarantors=(), replaces=old.id)
    lenders.go(15)
    with pytest.raises(SettlesTooLittle) as stopped:
        await lenders.disburse(approved.id)
    missing = stopped.value.params["left_minor"]
    assert isinstance(missing, int)
    assert missing > 0
    await lenders.pay(old, missing)
    new = await lenders.disburse(approved.id)
    assert (new.state, new.entry_seq) == ("active", None), "the same sum: nothing is posted"
    assert (await lenders.get(old.id)).state == "closed"
    assert (await lenders.balances())["1210"] == AMOUNT


async def test_only_ones_own_running_loan_is_closed_by_another(lenders: Lenders) -> None:
    old = await lenders.active(guarantors=())
    other = lenders.council.programme.members[3]
    with pytest.raises(NotFound):
        await lenders.save(guarantors=(), by=other, replaces=old.id)
    approved = await lenders.approved(amount_minor=70_000, guarantors=(), replaces=old.id)
    await lenders.pay(old, AMOUNT)
    with pytest.raises(ReplacedLoanOver):
        await lenders.disburse(approved.id)
    await lenders.withdraw(approved.id)
    with pytest.raises(ReplacedLoanOver):
        await lenders.save(guarantors=(), replaces=old.id)


async def test_who_stands_for_both_is_bound_once(lenders: Lenders) -> None:
    product = await lenders.define(guarantors=2)
    old = await lenders.active(product=product)
    new = await lenders.asked(amount_minor=80_000, product=product, replaces=old.id)
    assert sum(one.lien_minor for one in new.guarantors) == 20_000, "60,000 of it stand already"
    new = await lenders.send(new.id)
    assert new.proposal_id
    for who in (lenders.council.admin, lenders.council.president):
        await lenders.council.approve(new.proposal_id, who)
    new = await lenders.disburse(new.id)
    assert [one.lien_minor for one in new.guarantors] == [40_000, 40_000]
    assert [one.lien_minor for one in (await lenders.get(old.id)).guarantors] == [0, 0]


async def test_reversing_a_payment_of_a_loan_that_was_closed_by_another_opens_it_for_that_alone(
    lenders: Lenders,
) -> None:
    old = await late(lenders)
    paid = await lenders.pay(old, 10_712)
    await lenders.active(amount_minor=80_000, guarantors=(), replaces=old.id)
    await lenders.reverse(paid.id)
    now = await lenders.get(old.id)
    assert (now.state, now.unpaid_minor, now.principal_minor) == ("active", 10_712, 10_712 - INTEREST)
    assert (await lenders.balances())["1210"] == 80_000 + 10_712 - INTEREST
    await lenders.pay(old, now.payoff_minor)
    assert (await lenders.get(old.id)).state == "closed"


async def test_a_new_schedule_asks_for_what_is_left_and_posts_nothing(lenders: Lenders) -> None:
    old = await late(lenders)
    before, first_on = await lenders.balances(), await first_of(lenders)
    async with lenders.database.transaction(lenders.borrower) as session:
        quote = await amending.quote_reschedule(session, lenders.borrower, QuoteReschedule(old.id, 12, first_on))
    assert (quote.principal_minor, quote.capitalised_minor) == (AMOUNT, 0)
    assert quote.carried_minor == old.payoff_minor - AMOUNT
    asked = await lenders.ask_reschedule(old.id, 12, first_on)
    with pytest.raises(NotPermitted):
        await lenders.council.approve(asked.id, lenders.borrower)
    await lenders.council.approve(asked.id, lenders.council.admin)
    now = await lenders.get(old.id)
    assert (await lenders.balances()) == before
    assert (now.state, now.standing, now.days_late, now.overdue_minor) == ("active", "current", 0, 0)
    assert (now.principal_minor, now.payoff_minor) == (AMOUNT, old.payoff_minor)
    assert [row.n for row in now.instalments] == list(range(1, 14)), "what was owed besides, then twelve"
    assert [row.due_minor for row in now.instalments[:1]] == [quote.carried_minor]
    assert now.next_minor == quote.carried_minor + quote.schedule.rows[0].total_minor
    assert [row.due_on for row in now.instalments[1:]] == [row.due_on for row in quote.schedule.rows]
    (change,) = now.changes
    assert (change.kind, change.days_late, change.repayments, change.first_on) == ("rescheduled", 1, 12, first_on)
    async with lenders.database.transaction(lenders.treasurer) as session:
        found = await lending.portfolio(session, lenders.treasurer)
    assert (found.changed, found.changed_minor, found.rows[0].changed) == (1, AMOUNT, "rescheduled")
    await lenders.pay(now, now.payoff_minor)
    assert (await lenders.get(old.id)).state == "closed"
    assert (await lenders.balances())["4020"] == -quote.carried_minor


async def test_where_the_rule_says_so_interest_joins_the_principal(lenders: Lenders) -> None:
    product = await lenders.define(guarantors=0, is_capitalised=True)
    old = await late(lenders, product=product)
    interest = old.payoff_minor - AMOUNT
    now = await lenders.rescheduled(old.id, 6, await first_of(lenders))
    balances = await lenders.balances()
    assert (balances["1210"], balances["4020"]) == (AMOUNT + interest, -interest)
    assert (now.principal_minor, now.payoff_minor) == (AMOUNT + interest, AMOUNT + interest)
    assert (now.changes[0].is_capitalised, now.changes[0].entry_seq is not None) == (True, True)


async def test_penalties_go_on_by_the_new_schedule(lenders: Lenders) -> None:
    product = await lenders.define(guarantors=0, penalty_minor=500)
    old = await late(lenders, product=product)
    await lenders.night()
    assert (await lenders.get(old.id)).instalments[0].penalties_minor == 500
    now = await lenders.rescheduled(old.id, 6, await first_of(lenders))
    assert now.instalments[0].penalties_minor == 500, "owed with the first"
    lenders.go(5)
    await lenders.night()
    assert sum(row.penalties_minor for row in (await lenders.get(old.id)).instalments) == 500, "nothing is late"
    lenders.go((now.instalments[1].due_on - await lenders.today()).days + 1)
    await lenders.night()
    assert [row.penalties_minor for row in (await lenders.get(old.id)).instalments[:2]] == [1_000, 500]


async def test_what_no_schedule_can_be_is_refused(lenders: Lenders) -> None:
    old = await lenders.active(guarantors=())
    today, fits = await lenders.today(), await first_of(lenders)
    for repayments, first_on, field in (
        (0, fits, "repayments"),
        (13, fits, "repayments"),
        (6, today, "first_on"),
        (6, today + timedelta(days=400), "first_on"),
        (6, (today + timedelta(days=90)).replace(month=10, day=30), "first_on"),
    ):
        with pytest.raises(InvalidInput) as wrong:
            await lenders.ask_reschedule(old.id, repayments, first_on)
        assert wrong.value.field == field
    other = lenders.council.programme.members[3]
    with pytest.raises(NotFound):
        async with lenders.database.transaction(other) as session:
            await amending.quote_reschedule(session, other, QuoteReschedule(old.id, 6, fits))
    asked = await lenders.ask_reschedule(old.id, 6, fits)
    await lenders.pay(old, AMOUNT)
    with pytest.raises(ApplicationMoved):
        await lenders.council.approve(asked.id, lenders.council.admin)


async def test_nobody_signs_for_her_own_new_schedule(lenders: Lenders) -> None:
    free = await lenders.define(guarantors=0, savings_ppm=None)
    draft = await lenders.save(guarantors=(), product=free, by=lenders.treasurer)
    sent = await lenders.send(draft.id, lenders.treasurer)
    assert sent.proposal_id
    for who in (lenders.council.admin, lenders.council.president):
        await lenders.council.approve(sent.proposal_id, who)
    await lenders.disburse(draft.id, lenders.council.admin)
    asked = await lenders.ask_reschedule(draft.id, 6, await first_of(lenders), lenders.treasurer)
    with pytest.raises(OwnDecision):
        await lenders.council.approve(asked.id, lenders.treasurer)
    proposed = await lenders.council.approve(asked.id, lenders.council.admin)
    assert proposed.state == "carried"


async def write_off(lenders: Lenders, loan: LoanView) -> None:
    made = await lenders.council.propose("loan_write_off", Matter(note="She left", subject_id=loan.id))
    for who in (lenders.council.president, lenders.council.secretary):
        await lenders.council.approve(made.id, who)


async def test_what_comes_back_after_a_write_off_is_income(lenders: Lenders) -> None:
    loan = await late(lenders)
    early = await lenders.pay(loan, 10_712)
    await write_off(lenders, loan)
    lost = AMOUNT - (10_712 - INTEREST)
    now = await lenders.get(loan.id)
    assert (now.state, now.recoverable_minor) == ("written_off", lost)
    before = await lenders.balances()
    paid = await lenders.pay(loan, 5_000)
    assert await lenders.balances() == before | {"1010": before["1010"] + 5_000, "4060": -5_000}
    assert (await lenders.get(loan.id)).recoverable_minor == lost - 5_000
    assert paid.receipt_id
    async with lenders.database.transaction(lenders.treasurer) as session:
        receipt = await receipts.get_receipt(session, lenders.council.group.id, paid.receipt_id)
    assert [(line.purpose, line.amount_minor) for line in receipt.lines] == [("loan_recovered", 5_000)]
    with pytest.raises(WrittenOffSince):
        await lenders.reverse(early.id)
    await lenders.reverse(paid.id)
    assert await lenders.balances() == before
    assert (await lenders.get(loan.id)).recoverable_minor == lost
    await lenders.pay(loan, lost + 300)
    assert (await lenders.balances())["2030"] == -300, "what is over is kept for her"
    with pytest.raises(NothingToPay):
        await lenders.pay(loan, 100)


async def test_who_lost_the_group_money_borrows_nothing_until_it_is_back(lenders: Lenders) -> None:
    loan = await late(lenders)
    await write_off(lenders, loan)
    lost = (await lenders.get(loan.id)).recoverable_minor
    command = QuoteLoan(lenders.product.product_id, AMOUNT, 6)
    async with lenders.database.transaction(lenders.borrower) as session:
        quote = await quote_loan(session, lenders.borrower, command)
        file = await reading.get_loan_file(session, lenders.borrower, loan.id)
    assert (quote.limit_minor, quote.reasons[0].why, quote.reasons[0].limit) == (0, Why.WRITTEN_OFF, lost)
    record = file.record
    assert (record.loans_written_off, record.instalments_paid, record.instalments_late) == (1, 0, 1)
    await lenders.pay(loan, lost)
    async with lenders.database.transaction(lenders.borrower) as session:
        assert (await quote_loan(session, lenders.borrower, command)).reasons == ()


async def test_what_is_unpaid_after_its_day_counts_as_late(lenders: Lenders) -> None:
    loan = await late(lenders)
    async with lenders.database.transaction(lenders.treasurer) as session:
        record = (await reading.get_loan_file(session, lenders.treasurer, loan.id)).record
    assert (record.instalments_paid, record.instalments_late) == (0, 1)


async def test_the_signed_schedule_stays_beside_the_new_one(lenders: Lenders) -> None:
    old = await late(lenders)
    assert old.agreed == old.instalments
    now = await lenders.rescheduled(old.id, 12, await first_of(lenders))
    assert now.agreed == old.agreed != now.instalments
    async with lenders.database.transaction(lenders.treasurer) as session:
        agreement = loan_paper(await read_loan_paper(session, lenders.treasurer, old.id, "agreement"), "en").html
        schedule = loan_paper(await read_loan_paper(session, lenders.treasurer, old.id, "schedule"), "en").html
    last = show_day(old.agreed[-1].due_on, "en")
    assert f"In {len(old.agreed)} instalments, the last on {last}" in agreement
    assert "New schedule: 12 instalments" in agreement
    assert show_day(now.instalments[-1].due_on, "en") in schedule


async def test_a_preview_counts_the_penalties_that_the_payment_will(lenders: Lenders) -> None:
    product = await lenders.define(guarantors=0, penalty_minor=500)
    loan = await late(lenders, product=product)
    today = await lenders.today()
    async with lenders.database.transaction(lenders.treasurer) as session:
        seen = await reading.preview_repayment(session, lenders.treasurer, loan.id, 5_000, today)
    assert dict(seen.shares)["loan_penalty"] == 500
    paid = await lenders.pay(loan, 5_000)
    assert paid.receipt_id
    async with lenders.database.transaction(lenders.treasurer) as session:
        receipt = await receipts.get_receipt(session, lenders.council.group.id, paid.receipt_id)
    assert {line.purpose: line.amount_minor for line in receipt.lines} == dict(seen.shares)


async def test_provisions_follow_the_rule_that_the_loan_was_made_on(lenders: Lenders) -> None:
    strict = await lenders.define(guarantors=0, provision_ppm=(10_000, 200_000, 500_000, 1_000_000, 1_000_000))
    await lenders.active(guarantors=())
    await lenders.active(guarantors=(), product=strict)
    async with lenders.database.transaction(lenders.treasurer) as session:
        found = await lending.portfolio(session, lenders.treasurer)
    assert [(one.loans, one.provision_minor) for one in found.ageing][:2] == [(2, 600), (0, 0)]
    with pytest.raises(InvalidInput) as wrong:
        await lenders.define(provision_ppm=(0, 0, 0, 0, 1_000_001))
    assert wrong.value.field == "provision"


async def test_what_loans_earned_by_month_and_member(lenders: Lenders) -> None:
    """As it was paid, and as a reversal took it back; the sums are those of the books."""
    product = await lenders.define(guarantors=0, penalty_minor=500, fee_ppm=10_000)
    loan = await late(lenders, product=product)
    paid = await lenders.pay(loan, 12_000)
    lenders.go(31)
    await lenders.pay(loan, (await lenders.get(loan.id)).payoff_minor)
    async with lenders.database.transaction(lenders.treasurer) as session:
        found = await read_report(session, lenders.treasurer, "interest")
        other = await read_report(session, lenders.treasurer, "interest", Narrowed(member_id=loan.member_id))
        later = await read_report(session, lenders.treasurer, "interest", Narrowed(since=await lenders.today()))
    assert isinstance(found, Interest)
    assert isinstance(later, Interest)
    books = await lenders.balances()
    sums = (found.interest_minor, found.fees_minor, found.penalties_minor)
    assert sums == tuple(-books[code] for code in ("4020", "4030", "4040"))
    assert found.fees_minor == AMOUNT // 100
    assert [row.member_id for row in found.rows] == [loan.member_id] * found.total
    assert sorted({row.month for row in found.rows}) == [row.month for row in found.rows]
    assert sum(row.total_minor for row in found.rows) == sum(sums)
    table = report_table(found)
    assert [line.cells[0] for line in table.lines] == [f"{row.month:%Y-%m}" for row in found.rows]
    assert table.totals[-1] == money(sum(sums), "KES")
    assert b"Interest earned" in write(table, "csv")
    assert len(write(table, "xlsx")) > 1_000
    assert (other.total, later.interest_minor < found.interest_minor) == (found.total, True)
    await lenders.reverse(paid.id)
    books = await lenders.balances()
    async with lenders.database.transaction(lenders.treasurer) as session:
        found = await read_report(session, lenders.treasurer, "interest")
    assert isinstance(found, Interest)
    assert found.interest_minor == -books["4020"]
