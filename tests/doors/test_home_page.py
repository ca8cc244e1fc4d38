"""A member's home, at its state: what everyone opens first asks little of the database."""

from datetime import timedelta
from uuid import uuid4

from app import wiring
from app.domain.contributions.service import OpenCall, open_call
from app.web.member.states.home import HomeState
from app.web.presenters.amounts import amount, exact
from tests.doors.tabs import act, call, open_tab
from tests.factories.counting import counted
from tests.factories.loans import make_lenders
from tests.factories.payments import Programme


async def test_a_members_home_asks_six_queries_however_much_there_is(programme: Programme):
    """Seven with the one that looks up her session."""
    await programme.open_call(title="Harambee")
    await programme.confirm((await programme.submit(amount_minor=10_000)).id)
    await programme.submit(amount_minor=10_000)
    await programme.open_call(title="Burial")
    act(programme.member, "member")
    state = await open_tab(HomeState)
    with counted(programme.database) as statements:
        await call(state, "load")
    assert (state.phase, len(state.owing), len(state.receipts)) == ("ready", 2, 1)
    assert len(statements) == 5, statements


async def test_what_one_owes_stands_by_its_day(services: wiring.Services):
    """A loan's instalment between a contribution that is due before it and one that is due after."""
    lenders = await make_lenders(services.database)
    loan = await lenders.active()
    first = loan.instalments[0].due_on
    for title, due_on in (("Later", first + timedelta(days=1)), ("Sooner", first - timedelta(days=1))):
        async with lenders.database.transaction(lenders.treasurer) as session:
            await open_call(session, lenders.treasurer, OpenCall(title, 10_000, due_on, str(uuid4())))
    act(lenders.borrower, "member")
    state = await open_tab(HomeState)
    await call(state, "load")
    assert [row.title for row in state.owing] == ["Sooner", f"Loan L-{loan.no}, next instalment", "Later"]
    assert [row.href.partition("?")[0] for row in state.owing] == ["/pay", "/loan", "/pay"]
    assert state.owing[1].state == ""


async def test_what_was_sent_for_a_loan_is_not_asked_for_again(services: wiring.Services):
    lenders = await make_lenders(services.database)
    loan = await lenders.active()
    first = loan.instalments[0].due_minor
    some = await lenders.submit(loan, first - 1_000)
    act(lenders.borrower, "member")
    state = await open_tab(HomeState)
    with counted(lenders.database) as statements:
        await call(state, "load")
    assert len(statements) <= 5, statements
    (row,) = state.owing
    assert (state.pay_amount, row.figure, row.state) == (amount(1_000, "KES"), exact(1_000, "KES"), "")
    assert row.waits == f"{amount(first - 1_000, 'KES')} of {amount(first, 'KES')} sent, to be confirmed"
    assert state.owed_note == f"{amount(some.amount_minor, 'KES')} sent, to be confirmed"
    await lenders.submit(loan, 1_000)
    await call(state, "load")
    assert (state.pay_href, state.is_all_paid, [row.state for row in state.owing]) == ("", False, ["sent"])
