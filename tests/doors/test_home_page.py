"""A member's home, at its state: what everyone opens first asks little of the database."""

from app.web.member.states.home import HomeState
from tests.doors.tabs import act, call, open_tab
from tests.factories.counting import counted
from tests.factories.payments import Programme


async def test_a_members_home_asks_five_queries_however_much_there_is(programme: Programme):
    """Six with the one that looks up her session."""
    await programme.open_call(title="Harambee")
    await programme.confirm((await programme.submit(amount_minor=10_000)).id)
    await programme.submit(amount_minor=10_000)
    await programme.open_call(title="Burial")
    act(programme.member, "member")
    state = await open_tab(HomeState)
    with counted(programme.database) as statements:
        await call(state, "load")
    assert (state.phase, len(state.dues), len(state.receipts)) == ("ready", 2, 1)
    assert len(statements) == 5, statements
