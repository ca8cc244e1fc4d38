"""Pages of loans, at their states: what is signed for, asked for, paid and due."""

from datetime import date, timedelta

import pytest
import pytest_asyncio

from app import wiring
from app.web.admin.states.lending_terms import LendingTermsState
from app.web.member.states.signing import SigningState
from app.web.presenters.amounts import amount
from app.web.treasurer.states.loan_file import LoanFileState
from tests.doors.tabs import act, call, look_at, open_tab
from tests.factories.loans import Lenders, make_lenders


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
    each = made.instalments[0].due_minor
    assert told["Each instalment"] == f"{kes(each)}, 6 times"
    assert told["It costs in all"] == kes(sum(one.interest_minor for one in made.instalments))
    assert told["True cost, a year"].endswith(" %")
    assert told["Conditions"] == "A quotation"


async def test_a_card_of_a_new_schedule_says_the_new_instalment_and_the_old(lenders: Lenders) -> None:
    loan = await lenders.active()
    await lenders.ask_reschedule(loan.id, 12, await first_on(lenders))
    told = await terms_of_first(lenders)
    before = kes(loan.instalments[0].due_minor)
    assert (", 12 times; before " in told["Each instalment"], before in told["Each instalment"]) == (True, True)
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
