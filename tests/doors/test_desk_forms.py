"""Forms of the desk, at their states: every fault at once, and what is asked before it is done."""

from uuid import uuid4

from app.web.staff.states.groups import GroupsState
from app.web.treasurer.states.joining import JoiningState
from app.web.treasurer.states.members import MembersState
from tests.doors.tabs import act, call, open_tab
from tests.factories.groups import make_staff, new_phone
from tests.factories.payments import Programme


async def test_every_fault_of_a_new_member_is_marked_at_once(programme: Programme):
    act(programme.group.admin, "admin")
    state = await open_tab(MembersState)
    await call(state, "load")
    await call(state, "start_adding")
    assert state.number_hint.startswith("Such as ")
    await call(state, "add", {"name": "", "member_no": "", "phone": "12", "region": ""})
    assert [name for name, problem in state.problems.items() if problem] == ["name", "member_no", "phone"]
    assert state.is_adding
    await call(state, "add", {"name": "Amina Better", "member_no": state.number_hint[8:], "phone": "", "region": ""})
    assert (state.is_adding, state.problem, any(state.problems.values())) == (False, "", False)


async def test_an_invitation_is_ended_after_a_question(programme: Programme):
    act(programme.group.admin, "admin")
    state = await open_tab(JoiningState)
    await call(state, "load")
    await call(state, "start_invite")
    await call(state, "make", {"days": "7", "uses": "10"})
    (made,) = state.invites
    await call(state, "keep")
    await call(state, "end_invite")
    assert [row.state for row in state.invites] == ["live"]
    for none in ("zzz", str(uuid4())):
        await call(state, "ask_end", none)
        assert state.step == ""
    await call(state, "ask_end", made.id)
    assert (state.step, state.invite.shown) == ("end", made.shown)
    await call(state, "end_invite")
    assert (state.step, [row.state for row in state.invites]) == ("", ["revoked"])


async def test_every_fault_of_a_new_group_is_marked_at_once(programme: Programme):
    act(await make_staff(programme.database), "staff")
    state = await open_tab(GroupsState)
    await call(state, "load")
    await call(state, "start")
    before = len(state.rows)
    good = {
        "country": "KE",
        "template": "welfare",
        "name": "Umoja Better Group",
        "short_name": "Umoja",
        "admin_phone": new_phone(),
        "admin_member_no": "U/1",
        "admin_name": "Zawadi Were",
    }
    await call(state, "open_group", good | {"amount": "-5", "name": "", "admin_phone": "12"})
    assert [name for name, problem in state.problems.items() if problem] == ["name", "admin_phone", "amount"]
    assert state.problems["amount"] == "The amount must be more than 0."
    await call(state, "open_group", good | {"amount": "five"})
    assert state.problems["amount"] == "Write the amount in digits, such as 500."
    await call(state, "load")
    assert len(state.rows) == before
