"""Giving a role, at its state: a member by name, a phone for who isn't one."""

from app import wiring
from app.domain.identity.phones import example_phone
from app.kit.db import Database
from app.web.admin.states.people import NEW, PeopleState
from app.web.place import PlaceState
from tests.doors.tabs import act, call, open_tab
from tests.factories.groups import id_of, make_group, new_phone
from tests.factories.payments import Programme, make_programme


async def opened(programme: Programme) -> PeopleState:
    act(programme.group.admin, "admin")
    state = await open_tab(PeopleState)
    await call(state, "load")
    return state


async def test_a_role_is_given_to_a_member_who_is_chosen_by_name(programme: Programme):
    state = await opened(programme)
    wanted = str(await id_of(programme.database, programme.member))
    (row,) = [one for one in state.takers if one.id == wanted]
    assert row.has_phone
    await call(state, "choose_member", wanted)
    await call(state, "give", {"member": wanted, "role": "auditor"})
    assert row.words in state.code_title
    await call(state, "confirm", {"code": code_in(state)})
    assert (state.problem, state.code_title, state.member) == ("", "", "")
    assert (wanted, "auditor") in [(one.member_id, one.role) for one in state.rows]


def code_in(state: PeopleState) -> str:
    return "".join(symbol for symbol in state.shown_code if symbol.isdigit())


async def test_nobody_chosen_and_another_groups_member_are_refused(programme: Programme, database: Database):
    other = await make_programme(database)
    state = await opened(programme)
    await call(state, "give", {"member": "", "role": "auditor"})
    assert state.problem_field == "member"
    for stranger in (str(await id_of(database, other.member)), "zzz"):
        await call(state, "choose_member", stranger)
        await call(state, "give", {"member": stranger, "role": "auditor"})
        assert (state.code_title, state.problem != "") == ("", True)


async def test_a_newcomers_fields_have_examples(services: wiring.Services):
    for country, currency, timezone, phone in (
        ("KE", "KES", "Africa/Nairobi", example_phone("KE")),
        ("IN", "INR", "Asia/Kolkata", example_phone("IN")),
    ):
        group = await make_group(
            services.database,
            country=country,
            currency=currency,
            timezone=timezone,
            admin_member_no="SHG/01",
            pay_to="",
        )
        act(group.admin, "admin")
        state = await open_tab(PeopleState)
        await call(state, "load")
        assert state.number_hint == "Such as SHG/02"
        assert (await state.get_state(PlaceState)).phone_hint == f"Such as {phone}"


async def test_who_is_no_member_yet_is_named_by_phone(programme: Programme):
    state = await opened(programme)
    await call(state, "choose_member", NEW)
    assert state.is_new
    await call(state, "give", {"phone": new_phone(), "member_no": "N/1", "name": "Zawadi Were", "role": "auditor"})
    assert ("Zawadi Were" in state.code_title, state.problem) == (True, "")
