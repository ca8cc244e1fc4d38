"""One's own page, at its state."""

import re

from app.web.account.states.profile import ProfileState
from tests.doors.tabs import act, call, open_tab
from tests.factories.groups import new_phone
from tests.factories.payments import Programme


def faults(state: ProfileState) -> list[str]:
    return [name for name, problem in state.problems.items() if problem]


async def test_both_codes_of_a_new_phone_are_marked_at_once(programme: Programme):
    act(programme.member, "member")
    state = await open_tab(ProfileState)
    await call(state, "load")
    await call(state, "start", "phone")
    await call(state, "send_codes", {"phone": "12"})
    assert (faults(state), state.step) == (["phone"], "phone")
    await call(state, "send_codes", {"phone": new_phone()})
    assert (faults(state), state.step) == ([], "codes")
    old, new = re.findall(r"\d{6}", state.shown_codes)
    wrong = {code: f"{(int(code) + 1) % 1_000_000:06}" for code in (old, new)}
    await call(state, "check_codes", {"old_code": wrong[old], "new_code": ""})
    assert (faults(state), state.proved) == (["old_code", "new_code"], [])
    await call(state, "check_codes", {"old_code": wrong[old], "new_code": new})
    assert (faults(state), state.proved) == (["old_code"], ["new"])
    await call(state, "check_codes", {"old_code": old})
    assert (faults(state), state.problem, state.step) == ([], "", "")
    assert state.change_phone
    assert state.done


async def test_a_name_that_is_none_is_said_at_its_field(programme: Programme):
    act(programme.member, "member")
    state = await open_tab(ProfileState)
    await call(state, "load")
    await call(state, "start", "name")
    await call(state, "ask_name", {"name": ""})
    assert (faults(state), state.step) == (["name"], "name")
    await call(state, "keep")
    assert not faults(state)
