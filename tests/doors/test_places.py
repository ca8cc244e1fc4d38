"""Where one may act: each group once."""

from app.web.member.states.home import HomeState
from app.web.place import PlaceState
from tests.doors.tabs import act, call, open_tab
from tests.factories.payments import Programme


async def test_a_group_stands_once_with_every_role_there(programme: Programme):
    act(programme.treasurer, "member")
    state = await open_tab(HomeState)
    await call(state, "load")
    (row,) = (await state.get_state(PlaceState)).places
    assert row.group == "BSS Welfare"
    assert [(one.role, one.word, one.is_here) for one in row.roles] == [
        ("treasurer", "treasurer", False),
        ("member", "member", True),
    ]
