"""Pages of loans, at their states: what is signed for, asked for, paid and due."""

from datetime import date, timedelta
from uuid import UUID

import pytest
import pytest_asyncio

from app import wiring
from app.kit.actor import Actor
from app.kit.money import parse_amount
from app.web.admin.states.lending_terms import LendingTermsState
from app.web.member.states.loan import LoanState
from app.web.member.states.loan_apply import LoanApplyState
from app.web.member.states.loans import LoansState
from app.web.member.states.notices import NoticesState
from app.web.member.states.signing import SigningState
from app.web.presenters.amounts import amount, digits
from app.web.presenters.dates import day, month
from app.web.presenters.loans import how_often
from app.web.treasurer.states.lending import LendingState
from app.web.treasurer.states.loan_file import LoanFileState
from app.web.treasurer.states.payments import PaymentsState
from tests.doors.tabs import act, call, look_at, open_tab
from tests.factories.groups import id_of
from tests.factories.loans import Lenders, make_lenders
from tests.factories.payments import new_code


@pytest_asyncio.fixture(loop_scope="session")
async def lenders(services: wiring.Services) -> Lenders:
    return await make_lenders(services.database)


def kes(minor: int) -> str:
    return amount(minor, "KES")


async def terms_of_first(lenders: Lenders) -> dict[str, str]:
    """What the card of the newest proposal says, to an admin."""
    act(lenders.council.admin, "admin")
    state = await open_tab(SigningState)
    await call(state, "load")
    assert state.rows, state.problem
    return {one.label: one.value for one in state.rows[0].terms}


async def first_on(lenders: Lenders) -> date:
    return (await lenders.today() + timedelta(days=40)).replace(day=20)


async def test_a_card_says_what_each_instalment_is_what_it_costs_and_on_what_conditions(lenders: Lenders) -> None:
    made = await lenders.signing()
    assert (await terms_of_first(lenders))["Conditions"] == "None"
    await lenders.conditions(made.id, "A quotation")
    told = await terms_of_first(lenders)
    each, last = made.instalments[0].due_minor, made.instalments[-1].due_minor
    assert each != last
    assert told["Each instalment"] == f"{kes(each)}, 6 times, the last {kes(last)}"
    assert told["It costs in all"] == kes(sum(one.interest_minor for one in made.instalments))
    assert told["True cost, a year"].endswith(" %")
    assert told["Conditions"] == "A quotation"


async def test_a_card_of_a_new_schedule_says_the_new_instalment_and_the_old(lenders: Lenders) -> None:
    loan = await lenders.active()
    await lenders.ask_reschedule(loan.id, 12, await first_on(lenders))
    told = await terms_of_first(lenders)
    before = kes(loan.instalments[0].due_minor)
    assert ("12 times" in told["Each instalment"], before in told["Each instalment"]) == (True, True)
    assert {"It costs in all", "True cost, a year"} <= told.keys()
    assert "Conditions" not in told


async def test_a_card_of_a_loan_that_closes_another_says_what_that_takes(lenders: Lenders) -> None:
    old = await lenders.active()
    await lenders.signing(amount_minor=80_000, replaces=old.id)
    told = await terms_of_first(lenders)
    assert told["Of it closes the other loan today"] == kes((await lenders.get(old.id)).payoff_minor)
    assert f"before {kes(old.instalments[0].due_minor)}" in told["Each instalment"]


async def test_limits_are_read_in_words(lenders: Lenders, monkeypatch: pytest.MonkeyPatch) -> None:
    act(lenders.council.admin, "admin")
    terms = await open_tab(LendingTermsState)
    await call(terms, "load")
    words = terms.rows[0].words
    assert "up to 3 times one’s savings, less what is owed" in words
    assert "2 guarantors, the committee signs every loan" in words
    made = await lenders.signing()
    act(lenders.treasurer, "treasurer")
    look_at(monkeypatch, LoanFileState, id=str(made.id))
    file = await open_tab(LoanFileState)
    await call(file, "load")
    assert file.bounds[0].label == "3 times the savings, less what is owed"


async def applying(who: Actor) -> LoanApplyState:
    act(who, "member")
    state = await open_tab(LoanApplyState)
    await call(state, "load")
    return state


async def test_the_length_says_why_it_goes_no_further(lenders: Lenders) -> None:
    state = await applying(lenders.borrower)
    assert (state.repayments, state.edge) == (12, "This kind of loan is paid back in at most 12 months.")
    await call(state, "more")
    assert (state.repayments, state.edge != "") == (12, True)
    await call(state, "fewer")
    assert (state.repayments, state.edge) == (11, "")
    for _ in range(12):
        await call(state, "fewer")
    assert (state.repayments, state.edge) == (1, "This kind of loan takes at least 1 month.")


async def test_an_application_says_what_for(lenders: Lenders) -> None:
    state = await applying(lenders.borrower)
    assert await type(state).event_handlers["save"].fn(state, {"amount": "600", "purpose": "  "}) is None
    assert (state.problem_field, state.problem) == ("purpose", "Say what the loan is for.")
    await call(state, "type_amount", "600")
    assert (state.problem_field, state.cost.each != "") == ("purpose", True), "what was typed before comes after"


async def test_what_was_saved_comes_back_as_it_was(lenders: Lenders) -> None:
    state = await applying(lenders.borrower)
    chosen = sorted([str(await id_of(lenders.database, one)) for one in lenders.guarantors])
    for _ in range(7):
        await call(state, "fewer")
    await call(state, "save", {"amount": "600", "purpose": "Seed", "guarantor_1": chosen[0], "guarantor_2": chosen[1]})
    assert state.problem == ""
    again = await applying(lenders.borrower)
    assert (again.amount, again.repayments, again.length, again.purpose) == ("600", 5, "5 months", "Seed")
    assert [one.member_id for one in again.named] == chosen
    await lenders.define(guarantors=3)
    again = await applying(lenders.borrower)
    other = next(one.value for one in again.products if one.value != again.product_id)
    await call(again, "choose", other)
    assert [one.member_id for one in again.named] == [*chosen, ""]


async def test_who_stands_with_all_her_savings_is_not_chosen_and_reads_the_risk_first(lenders: Lenders) -> None:
    one, who = await lenders.define(guarantors=1), lenders.guarantors[0]
    made = await lenders.save(50_000, product=one, guarantors=(who,))
    await lenders.ask(made.id)
    act(who, "member")
    asked = await open_tab(LoansState)
    await call(asked, "load")
    assert asked.asked[0].risk == (
        f"If {made.member_name} does not pay the loan back, "
        f"you may have to pay up to {kes(50_000)} of it from your savings."
    )
    await lenders.answer(made.id, who)
    hers = str(await id_of(lenders.database, who))
    for reader, is_off in ((lenders.borrower, False), (lenders.council.programme.members[3], True)):
        state = await applying(reader)
        assert [each.is_off for each in state.members if each.value == hers] == [is_off]


async def test_a_loans_payments_and_paid_instalments_lead_to_their_receipts(
    lenders: Lenders, monkeypatch: pytest.MonkeyPatch
) -> None:
    loan = await lenders.active()
    first, second = (one.due_minor for one in loan.instalments[:2])
    one = await lenders.pay(loan, first - 100)
    two = await lenders.pay(loan, 100)
    wrong = await lenders.pay(loan, second)
    await lenders.reverse(wrong.id)
    for kind, who, role in ((LoanState, lenders.borrower, "member"), (LoanFileState, lenders.treasurer, "treasurer")):
        act(who, role)
        look_at(monkeypatch, kind, id=str(loan.id))
        state = await open_tab(kind)
        await call(state, "load")
        assert [(row.receipt, row.is_reversed) for row in state.payments] == [
            (str(wrong.receipt_id), True),
            (str(two.receipt_id), False),
            (str(one.receipt_id), False),
        ]
        assert state.payments[2].figure == kes(first - 100)
        assert [row.receipt for row in state.rows[:2]] == [str(two.receipt_id), ""]
    act(lenders.guarantors[0], "member")
    look_at(monkeypatch, LoanState, id=str(loan.id))
    state = await open_tab(LoanState)
    await call(state, "load")
    assert (state.phase, state.payments, [row.receipt for row in state.rows if row.receipt]) == ("ready", [], [])


async def test_many_payments_stand_folded(lenders: Lenders, monkeypatch: pytest.MonkeyPatch) -> None:
    loan = await lenders.active()
    for _ in range(6):
        await lenders.pay(loan, 1_000)
    act(lenders.borrower, "member")
    look_at(monkeypatch, LoanState, id=str(loan.id))
    state = await open_tab(LoanState)
    await call(state, "load")
    assert (len(state.payments), len(state.earlier)) == (4, 2)


async def test_a_repaid_loan_stands_in_the_list_as_repaid(lenders: Lenders) -> None:
    loan = await lenders.active()
    await lenders.pay(loan, loan.payoff_minor)
    act(lenders.borrower, "member")
    state = await open_tab(LoansState)
    await call(state, "load")
    (row,) = state.loans
    assert (row.figure, row.pill.word) == ("", "Repaid")
    assert row.detail.endswith(f"{kes(loan.amount_minor)} borrowed")


async def notices(who: Actor) -> list[str]:
    """Newest first."""
    act(who, "member")
    state = await open_tab(NoticesState)
    await call(state, "load")
    return [f"{row.before}{row.amount}{row.after}" for row in state.rows]


async def test_a_notice_about_a_loan_says_whose_it_is(lenders: Lenders) -> None:
    made = await lenders.save()
    await lenders.ask(made.id)
    one, two = lenders.guarantors
    assert (await notices(one))[0] == f"{made.member_name} asks you to stand for the loan L-{made.no} of {kes(60_000)}."
    names = {each.member_id: each.name for each in made.guarantors}
    await lenders.answer(made.id, one)
    mine = names[await id_of(lenders.database, one)]
    assert (await notices(lenders.borrower))[0] == f"{mine} stands for your loan L-{made.no} of {kes(60_000)}."
    await lenders.answer(made.id, two)
    await lenders.send(made.id)
    waits = f"Loan, {made.member_name}, {kes(60_000)}: your signature is needed."
    assert (await notices(lenders.council.president))[0] == waits


async def test_who_stands_for_a_late_loan_hears_whose_and_its_borrower_that_it_is_hers(lenders: Lenders) -> None:
    loan = await lenders.active()
    lenders.go((loan.instalments[0].due_on - await lenders.today()).days + 1)
    await lenders.night()
    overdue = kes(loan.instalments[0].due_minor)
    told = f"The loan L-{loan.no} of {loan.member_name}, for which you stand, is late: {overdue} are overdue."
    assert (await notices(lenders.guarantors[0]))[0] == told
    assert (await notices(lenders.borrower))[0] == f"Your loan L-{loan.no} is late: {overdue} are overdue."


async def test_the_portfolio_says_what_each_tab_holds_and_what_falls_due_month_by_month(lenders: Lenders) -> None:
    loan = await lenders.active(repayments=12)
    await lenders.pay(loan, loan.instalments[0].due_minor)
    act(lenders.treasurer, "treasurer")
    state = await open_tab(LendingState)
    await call(state, "load")
    assert state.counts == ["1", "0", "0", "0"]
    *months, later = state.coming
    assert len(months) == 6
    assert (months[0].label, later.label) == (month(loan.today), "Later")
    left = [one for one in loan.instalments[1:] if one.due_on >= loan.today]
    assert sum(int(row.count) for row in state.coming) == len(left) == 11
    assert sum(parse_amount(row.figure, "KES", may_be_zero=True) for row in state.coming) == sum(
        one.due_minor for one in left
    )


async def at_the_desk(lenders: Lenders, loan_id: UUID, monkeypatch: pytest.MonkeyPatch) -> LoanFileState:
    act(lenders.treasurer, "treasurer")
    look_at(monkeypatch, LoanFileState, id=str(loan_id))
    state = await open_tab(LoanFileState)
    await call(state, "load")
    return state


async def test_the_desk_proposes_a_new_schedule(lenders: Lenders, monkeypatch: pytest.MonkeyPatch) -> None:
    loan = await lenders.active()
    state = await at_the_desk(lenders, loan.id, monkeypatch)
    await call(state, "ask", "reschedule")
    assert (state.asking, state.count) == ("reschedule", "6")
    first = (await first_on(lenders)).isoformat()
    await call(state, "type_count", "12")
    assert (state.preview, state.problem) == ([], ""), "what is half typed is not told of"
    await call(state, "type_first", first)
    assert state.preview[0].startswith("12 instalments of ")
    await call(state, "reschedule", {"repayments": "12", "first_on": first, "note": ""})
    assert (state.problem_field, state.asking) == ("note", "reschedule")
    await call(state, "reschedule", {"repayments": "12", "first_on": first, "note": "A bad harvest"})
    assert (state.problem, state.asking, state.code_title) == ("", "", "")
    assert state.asked.startswith("A new schedule is being signed: 12 instalments")
    assert state.done.startswith("Proposed: New schedule for loan L-")


async def test_who_may_write_off_alone_is_asked_for_a_code(lenders: Lenders, monkeypatch: pytest.MonkeyPatch) -> None:
    await lenders.council.rule("loan_write_off", alone_minor=1_000_000_00)
    loan = await lenders.active()
    state = await at_the_desk(lenders, loan.id, monkeypatch)
    await call(state, "ask", "write_off")
    await call(state, "write_off", {"note": "She died"})
    assert (state.code_act, state.code_title) == ("write_off", f"Write off a loan, {state.face.title}")
    await call(state, "confirm", {"code": "000000"})
    assert (state.problem_field, state.face.state) == ("code", "active")
    await call(state, "confirm", {"code": "".join(one for one in state.shown_code if one.isdigit())})
    assert (state.problem, state.code_title, state.asking) == ("", "", "")
    assert (state.face.state, state.done[:6]) == ("written_off", "Done: ")


async def loan_page(who: Actor, monkeypatch: pytest.MonkeyPatch, loan_id: UUID) -> LoanState:
    act(who, "member")
    look_at(monkeypatch, LoanState, id=str(loan_id))
    state = await open_tab(LoanState)
    await call(state, "load")
    return state


async def send(state: LoanState, minor: int, on: date) -> None:
    typed = {"code": new_code(), "amount": digits(minor, "KES"), "paid_on": on.isoformat()}
    await call(state, "pay", typed)


async def test_more_than_the_loan_is_asked_about_and_what_waits_is_taken_back(
    lenders: Lenders, monkeypatch: pytest.MonkeyPatch
) -> None:
    loan, today = await lenders.active(), await lenders.today()
    state = await loan_page(lenders.borrower, monkeypatch, loan.id)
    await send(state, loan.payoff_minor + 50_000, today)
    assert (state.more, state.sent) == (f"More than the loan: {kes(50_000)} would be kept for you.", [])
    await call(state, "change")
    assert state.more == ""
    await send(state, loan.payoff_minor + 50_000, today)
    await call(state, "send_more")
    assert (state.more, state.problem, len(state.sent)) == ("", "", 1)
    act(lenders.treasurer, "treasurer")
    desk = await open_tab(PaymentsState)
    await call(desk, "load")
    assert [row.over != "" for row in desk.rows] == [True]
    act(lenders.borrower, "member")
    await send(state, loan.instalments[0].due_minor, today)
    await call(state, "send_more")
    assert state.problem.startswith(f"{kes(loan.payoff_minor + 50_000)} sent before waits to be confirmed")
    await call(state, "ask_back", state.sent[0].id)
    assert state.taking_back.amount == kes(loan.payoff_minor + 50_000)
    await call(state, "take_payment_back")
    assert (state.taking_back.id, state.sent, state.waits) == ("", [], "")
    await send(state, loan.instalments[0].due_minor, today)
    assert (state.more, state.problem, len(state.sent)) == ("", "", 1)


async def test_a_rejected_payment_leads_to_its_loan_which_says_why(
    lenders: Lenders, monkeypatch: pytest.MonkeyPatch
) -> None:
    loan = await lenders.active()
    sent = await lenders.submit(loan, 1_000)
    await lenders.reject(sent.id, "No such money came")
    act(lenders.borrower, "member")
    state = await open_tab(NoticesState)
    await call(state, "load")
    row = state.rows[0]
    said = f"Your payment of {kes(1_000)} for {loan.rules.name}, L-{loan.no} was not accepted. Open it to see why."
    assert f"{row.before}{row.amount}{row.after}" == said
    assert state._places[row.id] == f"/loan?id={loan.id}"
    page = await loan_page(lenders.borrower, monkeypatch, loan.id)
    assert (page.rejected, (sent.provider_code or "?") in page.rejected_what) == ("No such money came", True)
    await lenders.submit(loan, 1_000)
    assert (await loan_page(lenders.borrower, monkeypatch, loan.id)).rejected == ""


def minor(figure: str) -> int:
    return parse_amount(figure, "KES")


async def test_what_was_paid_early_stands_as_it_was_paid_and_what_is_part_paid_as_what_is_left(
    lenders: Lenders, monkeypatch: pytest.MonkeyPatch
) -> None:
    loan = await lenders.active()
    first = loan.instalments[0].due_minor
    await lenders.pay(loan, first - 3_000)
    page = await loan_page(lenders.borrower, monkeypatch, loan.id)
    row = page.soon[0]
    assert (minor(row.figure), minor(row.total), row.pill.word) == (3_000, first, "Part paid")
    assert f"{kes(first - 3_000)} of {kes(first)} paid" in row.detail
    now = await lenders.get(loan.id)
    await lenders.pay(loan, now.payoff_minor)
    paid = first - 3_000 + now.payoff_minor
    page = await loan_page(lenders.borrower, monkeypatch, loan.id)
    assert sum(minor(row.figure) for row in page.rows) == sum(minor(row.total) for row in page.rows) == paid
    waived = sum(one.interest_minor for one in loan.instalments) - (paid - loan.amount_minor)
    assert waived > 0
    assert [row.pill.word for row in page.rows] == ["Paid"] * 6
    assert page.rows[-1].note == f"Interest of {kes(loan.instalments[-1].interest_minor)} not asked for"
    assert kes(paid) in page.face.left_note


async def test_the_cost_says_when_it_was_agreed(lenders: Lenders, monkeypatch: pytest.MonkeyPatch) -> None:
    made = await lenders.approved()
    assert (await loan_page(lenders.borrower, monkeypatch, made.id)).cost_title == "What it costs"
    loan = await lenders.disburse(made.id)
    assert loan.disbursed_on
    said = f"What it costs, as agreed on {day(loan.disbursed_on)}"
    assert (await loan_page(lenders.borrower, monkeypatch, made.id)).cost_title == said
    act(lenders.treasurer, "treasurer")
    look_at(monkeypatch, LoanFileState, id=str(loan.id))
    file = await open_tab(LoanFileState)
    await call(file, "load")
    assert file.cost_title == said


def test_instalments_are_said_as_they_are() -> None:
    assert how_often([500], "KES") == f"{kes(500)}, once"
    assert how_often([500, 500], "KES") == f"{kes(500)}, 2 times"
    assert how_often([500, 500, 498], "KES") == f"{kes(500)}, 3 times, the last {kes(498)}"
    assert how_often([500, 450, 400], "KES") == f"3 times, the first {kes(500)}, the last {kes(400)}"


async def test_a_guarantors_no_is_said_with_what_comes_next(lenders: Lenders, monkeypatch: pytest.MonkeyPatch) -> None:
    made = await lenders.save()
    page = await loan_page(lenders.borrower, monkeypatch, made.id)
    await call(page, "ask")
    assert (page.done, page.said_no) == ("They have been asked.", "")
    await lenders.answer(made.id, lenders.guarantors[0], agrees=False)
    names = {each.member_id: each.name for each in made.guarantors}
    act(lenders.borrower, "member")
    await call(page, "refresh")
    name = names[await id_of(lenders.database, lenders.guarantors[0])]
    assert (page.done, page.said_no, page.face.pill.word) == ("", f"{name} said no.", "A guarantor said no")
    assert (await loan_page(lenders.guarantors[1], monkeypatch, made.id)).said_no == ""


async def test_a_guarantor_reads_the_terms_and_is_asked_once_more(lenders: Lenders) -> None:
    made = await lenders.save()
    await lenders.ask(made.id)
    act(lenders.guarantors[0], "member")
    state = await open_tab(LoansState)
    await call(state, "load")
    (row,) = state.asked
    assert row.terms.startswith(f"Paid back in 6 months: {kes(made.instalments[0].due_minor)}, 6 times")
    assert kes(sum(one.interest_minor for one in made.instalments)) in row.terms
    await call(state, "ask", row.id)
    assert state.agreeing.sure == f"Bind {kes(30_000)} of your savings?"
    await call(state, "leave")
    await call(state, "agree")
    assert (state.agreeing.id, len(state.asked)) == ("", 1), "nothing was asked"
    await call(state, "ask", row.id)
    await call(state, "agree")
    assert (state.asked, state.problem) == ([], "")
    assert state.stands[0].bound == f"{kes(30_000)} of your savings are bound now; it shrinks with each payment."


@pytest.mark.parametrize("typed", ["0", "-500", "abc", "1,2000.00"])
async def test_what_is_no_amount_is_said_at_its_field(
    lenders: Lenders, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    state = await applying(lenders.borrower)
    await call(state, "type_amount", typed)
    assert (state.problem_field, state.problem != "", state.cost.each) == ("amount", True, "")
    for mended in ("600", ""):
        await call(state, "type_amount", mended)
        assert (state.problem, state.cost.each != "") == ("", mended != "")
    loan = await lenders.active()
    act(lenders.treasurer, "treasurer")
    look_at(monkeypatch, LoanFileState, id=str(loan.id))
    file = await open_tab(LoanFileState)
    await call(file, "load")
    await call(file, "type_amount", typed, file.form_key)
    assert (file.problem_field, file.problem != "", file.shares) == ("amount", True, [])
    for mended in ("60", ""):
        await call(file, "type_amount", mended, file.form_key)
        assert (file.problem, file.shares != []) == ("", mended != "")


async def test_a_fault_is_gone_once_it_is_mended(lenders: Lenders) -> None:
    state = await applying(lenders.borrower)
    twice = dict.fromkeys(("guarantor_1", "guarantor_2"), str(await id_of(lenders.database, lenders.guarantors[0])))
    await call(state, "save", {"amount": "600", "purpose": "Seed", **twice})
    assert state.problem_field == "guarantors"
    await call(state, "type_purpose", "Seed")
    assert state.problem_field == "guarantors"
    await call(state, "pick", "another")
    assert state.problem == ""
    await call(state, "save", {"amount": "600", "purpose": " "})
    await call(state, "type_purpose", " ")
    assert state.problem_field == "purpose"
    await call(state, "type_purpose", "Seed")
    assert state.problem == ""


async def test_paying_ahead_is_told_to_pay_the_next_interest_too(
    lenders: Lenders, monkeypatch: pytest.MonkeyPatch
) -> None:
    loan, today = await lenders.active(), await lenders.today()
    due = loan.instalments[0].due_minor
    told = "More than is due now pays the next instalment, its interest too. Paying all of it back costs less."
    state = await loan_page(lenders.borrower, monkeypatch, loan.id)
    await send(state, due + 2_000, today)
    assert (state.more, state.sent) == (told, [])
    await call(state, "change")
    await send(state, due, today)
    assert (state.more, len(state.sent)) == ("", 1)
    act(lenders.treasurer, "treasurer")
    look_at(monkeypatch, LoanFileState, id=str(loan.id))
    file = await open_tab(LoanFileState)
    await call(file, "load")
    for minor_units, is_told in ((due, False), (due + 2_000, True), (loan.payoff_minor, False)):
        await call(file, "type_amount", digits(minor_units, "KES"), file.form_key)
        assert (told in file.preview_note) == is_told, minor_units


async def test_paying_out_names_the_loan_the_way_and_the_first_day(
    lenders: Lenders, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await lenders.signing()
    await lenders.conditions(made.id, "A quotation")
    assert made.proposal_id
    for who in (lenders.council.admin, lenders.council.president):
        await lenders.council.approve(made.proposal_id, who)
    act(lenders.treasurer, "treasurer")
    look_at(monkeypatch, LoanFileState, id=str(made.id))
    file = await open_tab(LoanFileState)
    await call(file, "load")
    await call(file, "disburse", {"method": "cash", "met": "on"})
    assert file.code_act == "pay_out", file.problem
    first = day(made.instalments[0].due_on)
    assert [one.value for one in file.handing] == [f"{made.rules.name}, L-{made.no}", "Cash", first]
    loan = await lenders.disburse(made.id, lenders.council.admin, met=True)
    page = await loan_page(lenders.borrower, monkeypatch, loan.id)
    assert (page.face.purpose, page.face.met) == ("A sewing machine", "A quotation")
    assert loan.disbursed_on
    said = f"Paid out on {day(loan.disbursed_on)}: Cash, entry {loan.entry_seq} of the group’s book"
    assert page.face.out == said
