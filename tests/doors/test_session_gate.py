"""The gate before every event of the pages: who passes, and what is forgotten before anything is shown."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest
import reflex as rx
from reflex.state import BaseState, StateUpdate
from reflex_base.event import Event

from app import wiring
from app.app import app
from app.domain.groups import roles
from app.domain.groups.views import WithdrawRole
from app.domain.identity import service as identity
from app.domain.identity import sessions
from app.kit.actor import NOBODY, Actor
from app.kit.db import Database
from app.kit.errors import SignedOut
from app.web import session as web_session
from app.web.live import Page, hub
from app.web.member.states.home import HomeState
from app.web.session import INTERNAL, ROLES, Gate, OwnerState, registered_events
from app.web.treasurer.states.payments import PaymentsState
from app.web.treasurer.states.today import TodayState
from tests.factories.groups import id_of, make_group, make_member, make_officer, prove
from tests.services.identity.signing_in import new_person, new_phone, new_session

HYDRATE = "reflex___state____state.hydrate_and_load"
EVENTS = registered_events()
MARKED = {name: role for name, role in EVENTS.items() if role}
SENDERS = ("", "member", "treasurer", "admin", "auditor", "staff")


def name_of(state: type[BaseState], handler: str) -> str:
    return f"{state.get_full_name()}.{handler}"


def tab(token: str = "") -> rx.State:
    """A page's state, with the cookies of its socket."""
    root = rx.State(_reflex_internal_init=True)  # type: ignore[call-arg]
    take_cookie(root, token)
    return root


def take_cookie(root: rx.State, token: str) -> None:
    root.router_data = {"headers": {"cookie": f"theme=dark; sanduk={token}; x=1"}} if token else {"headers": {}}


async def send(root: rx.State, name: str) -> StateUpdate | None:
    """What the gate answers; None lets the event through."""
    return await Gate().preprocess(app, root, Event(name=name, payload=payload_of(name)))


def payload_of(name: str) -> dict[str, object]:
    """Nothing, in the shapes that the handler is written for."""
    empty: dict[object, object] = {str: "", int: 0, dict[str, str]: {}}
    wanted = web_session.parameters(name) if name in MARKED else {}
    return {key: empty[one.annotation] for key, one in wanted.items()}


def target(update: StateUpdate | None) -> str:
    """Where the answer sends the browser."""
    assert update is not None
    return ", ".join(str(event.payload["path"]) for event in update.events)


async def session_as(database: Database, role: str, phone: str = "") -> tuple[Actor, str]:
    """A person who holds the role in a group of its own, with a live session in it, and its token."""
    if role == "staff":
        async with database.transaction(NOBODY) as session:
            me = Actor(person_id=(await identity.add_staff(session, new_phone())).id)
    elif role == "member":
        me = await make_member(database, await make_group(database))
    else:
        me = await make_officer(database, await make_group(database), role, phone)
    token = await new_session(database, me)
    await place(database, me, token, me.group_id, role)
    return me, token


async def place(database: Database, me: Actor, token: str, group_id: UUID | None, role: str) -> None:
    async with database.transaction(me) as session:
        found = await sessions.find_session(session, token)
        assert found is not None
        await sessions.set_place(session, found.id, group_id, role)


async def end(database: Database, me: Actor, token: str) -> None:
    async with database.transaction(me) as session:
        found = await sessions.find_session(session, token)
        assert found is not None
        await sessions.end_session(session, found.id)


def test_every_event_is_marked_or_denied():
    assert MARKED
    assert set(MARKED.values()) <= set(ROLES)
    assert set(EVENTS) >= INTERNAL
    unmarked = {name for name in EVENTS if name not in MARKED and name not in INTERNAL}
    assert {name.rsplit(".", 1)[1] for name in unmarked} == {"setvar"}


async def test_a_field_that_a_form_does_not_show_is_left_out(database: Database, services: wiring.Services):
    """The browser sends null for it; anything else that is no text is refused with its whole event."""
    token = (await session_as(database, "admin"))[1]
    name = next(one for one in MARKED if one.endswith("settings_state.save_rules"))
    for value, passes in ((None, True), (5, False), ([None], False)):
        pairs = [["amount", "400"], ["due_day", value]]
        event = Event(name=name, payload={"form": {web_session.FORM: pairs}})
        assert (await Gate().preprocess(app, tab(token), event) is None) is passes
        assert (pairs == [["amount", "400"]]) is passes


def test_no_internal_event_is_ours():
    assert all(name.rsplit(".", 2)[-2].startswith("reflex___") for name in INTERNAL)


def test_who_may_is_said_for_every_state_of_a_room():
    """A state's file stands in the folder of those who may send its events."""
    for name, role in MARKED.items():
        room = name.split("app___web___", 1)[1].split("___", 1)[0]
        assert room == role, name


@pytest.mark.parametrize("role", SENDERS)
async def test_the_sweep(database: Database, services: wiring.Services, role: str):
    """Every event by every role: let through exactly when the table says so."""
    token = (await session_as(database, role))[1] if role else ""
    root = tab(token)
    assert await send(root, HYDRATE) is None
    for name, needed in EVENTS.items():
        if name in hub.refreshes:  # sent by the server to a page that it knows is open
            hub.pages[""] = Page(Actor(), "", name, root.router_data)
        answer = await send(root, name)
        if name in INTERNAL or (needed and role in ROLES[needed]):
            assert answer is None, name
        else:
            assert target(answer) == ("/leave?to=start" if needed else ""), name
            assert answer is not None
            assert answer.delta == {}


async def test_a_page_that_is_closed_is_not_read_again(database: Database, services: wiring.Services):
    """Whatever the socket's former sender was: the tab may be another's by now."""
    root = tab((await session_as(database, "treasurer"))[1])
    assert await send(root, HYDRATE) is None
    hub.forget("")
    for name in hub.refreshes:
        answer = await send(root, name)
        assert answer is not None
        assert (answer.delta, list(answer.events)) == ({}, [])


@pytest.mark.parametrize(
    "name", ["", ".", "nonsense", "reflex___state____state.", "reflex___state____state.setvar", "setvar", "a.b.c.load"]
)
async def test_unknown_names_do_nothing(database: Database, services: wiring.Services, name: str):
    _, token = await session_as(database, "admin")
    root = tab(token)
    await send(root, HYDRATE)
    assert target(await send(root, name)) == ""


@pytest.mark.parametrize(
    "cookie", ["sanduk=", "sanduk=x", "sanduk=\x00", "=;=;", "\udcff", "sanduk" * 9000, 'sanduk="']
)
async def test_broken_cookies_are_nobodys(services: wiring.Services, cookie: str):
    root = tab()
    root.router_data = {"headers": {"cookie": cookie}}
    assert await send(root, HYDRATE) is None
    assert target(await send(root, name_of(HomeState, "load"))) == "/leave?to=start"


async def test_an_event_knows_its_sender(database: Database, services: wiring.Services):
    me, token = await session_as(database, "treasurer")
    root = tab(token)
    await send(root, HYDRATE)
    assert await send(root, name_of(PaymentsState, "load")) is None
    current = await web_session.current(root)
    assert (current.person_id, current.group_id, current.role) == (me.person_id, me.group_id, "treasurer")
    async with web_session.transaction(root) as (session, actor):
        assert actor == me
        assert me.person_id is not None
        assert await identity.person_phone(session, me.person_id)


async def test_after_another_event_the_former_sender_is_forgotten(database: Database, services: wiring.Services):
    _, token = await session_as(database, "member")
    await send(tab(token), name_of(HomeState, "load"))
    await send(tab(), HYDRATE)
    with pytest.raises(SignedOut):
        await web_session.current(tab())


async def fill(root: rx.State) -> tuple[TodayState, HomeState]:
    """Rows on two screens, as their loads would leave them."""
    today, home = await root.get_state(TodayState), await root.get_state(HomeState)
    today.phase = home.phase = "ready"
    today.problem = home.problem = "Akinyi Odhiambo has paid KES 500"
    return today, home


def shown(root: rx.State) -> str:
    return str(root.dict())


async def test_after_sign_out_the_same_tab_shows_nothing_old(database: Database, services: wiring.Services):
    me, token = await session_as(database, "treasurer")
    root = tab(token)
    await send(root, HYDRATE)
    await fill(root)
    assert await send(root, HYDRATE) is None
    assert "Akinyi" in shown(root)
    await end(database, me, token)
    assert await send(root, HYDRATE) is None
    assert "Akinyi" not in shown(root)
    assert target(await send(root, name_of(TodayState, "load"))) == "/leave?to=start"


async def test_an_ended_sessions_next_event_empties_the_tab(database: Database, services: wiring.Services):
    me, token = await session_as(database, "treasurer")
    root = tab(token)
    await send(root, HYDRATE)
    await fill(root)
    await end(database, me, token)
    assert target(await send(root, name_of(TodayState, "load"))) == "/leave?to=start"
    assert "Akinyi" not in shown(root)


async def test_another_person_in_the_same_tab_sees_nothing_old(database: Database, services: wiring.Services):
    _, token = await session_as(database, "treasurer")
    _, other = await session_as(database, "treasurer")
    root = tab(token)
    await send(root, HYDRATE)
    await fill(root)
    take_cookie(root, other)
    assert await send(root, HYDRATE) is None
    assert "Akinyi" not in shown(root)
    assert await send(root, name_of(TodayState, "load")) is None


@pytest.mark.parametrize(("role", "same_group"), [("member", True), ("treasurer", False)])
async def test_a_change_of_place_in_another_tab_makes_this_one_start_anew(
    database: Database, services: wiring.Services, role: str, same_group: bool
):
    phone = new_phone()
    me, token = await session_as(database, "treasurer", phone)
    other = await make_officer(database, await make_group(database), "treasurer", phone)
    assert other.person_id == me.person_id
    root = tab(token)
    await send(root, HYDRATE)
    await fill(root)
    await place(database, me, token, (me if same_group else other).group_id, role)
    assert target(await send(root, name_of(HomeState, "load"))) == "/leave?to=start"
    assert "Akinyi" not in shown(root)
    assert await send(root, HYDRATE) is None
    assert await send(root, name_of(HomeState, "load")) is None


async def test_a_withdrawn_role_ends_with_the_next_event(database: Database, services: wiring.Services):
    group = await make_group(database)
    me = await make_officer(database, group, "treasurer")
    token = await new_session(database, me)
    await place(database, me, token, me.group_id, "treasurer")
    root = tab(token)
    await send(root, HYDRATE)
    await fill(root)
    async with database.transaction(group.admin) as session:
        held = WithdrawRole(await id_of(database, me), "treasurer", await prove(session, group.admin))
        await roles.withdraw_role(session, group.admin, held)
    assert target(await send(root, name_of(TodayState, "load"))) == "/leave?to=start"
    assert "Akinyi" not in shown(root)
    assert target(await send(root, name_of(TodayState, "load"))) == "/leave?to=start"


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"payment_id": None},
        {"payment_id": 5},
        {"payment_id": ["a"]},
        {"payment_id": {"a": "b"}},
        {"payment_id": "a", "more": "b"},
        {"payment_id": "\ud800"},
        {"form": "a"},
    ],
)
async def test_what_no_page_sends_does_nothing(
    database: Database, services: wiring.Services, payload: dict[str, object]
):
    _, token = await session_as(database, "treasurer")
    root = tab(token)
    await send(root, HYDRATE)
    for handler in ("confirm_one", "reject", "tick"):
        name = name_of(PaymentsState, handler)
        answer = await Gate().preprocess(app, root, Event(name=name, payload=payload))
        assert answer is not None
        assert (answer.delta, answer.events) == ({}, [])


async def test_the_owner_is_never_sent(database: Database, services: wiring.Services):
    _, token = await session_as(database, "member")
    root = tab(token)
    await send(root, HYDRATE)
    owner = await root.get_state(OwnerState)
    assert owner._owner
    assert owner._owner not in shown(root)
    assert token not in shown(root)


async def test_staff_who_are_no_longer_staff_act_as_nobody(database: Database, services: wiring.Services):
    me = await new_person(database)
    token = await new_session(database, me)
    await place(database, me, token, None, "staff")
    root = tab(token)
    await send(root, HYDRATE)
    assert (await web_session.find_current(root.router_data)).role == ""
    staff_only = next(name for name, role in MARKED.items() if role == "staff" and name not in hub.refreshes)
    assert target(await send(root, staff_only)) == "/leave?to=start"


async def test_while_the_database_is_away(
    database: Database, services: wiring.Services, monkeypatch: pytest.MonkeyPatch
):
    """A ready page keeps its rows and says what is; a loading one is in error; a new page shows nothing old."""
    _, token = await session_as(database, "treasurer")
    root = tab(token)
    await send(root, HYDRATE)
    today, home = await fill(root)
    home.phase = "loading"
    away = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    monkeypatch.setattr(wiring, "services", lambda: replace(services, database=away))
    answer = await send(root, name_of(TodayState, "load"))
    assert answer is not None
    assert "records can’t be reached" in str(answer.delta)
    assert (today.phase, today.problem[:11]) == ("ready", "The records")
    await send(root, name_of(HomeState, "load"))
    assert home.phase == "error"
    with pytest.raises(SignedOut):
        await web_session.current(root)
    for denied in ("reflex___state____state.setvar", "nonsense"):
        answer = await send(root, denied)
        assert answer is not None
        assert (answer.delta, answer.events) == ({}, [])
    assert await send(root, HYDRATE) is None
    assert "Akinyi" not in shown(root)
    assert today.phase == "loading"
    monkeypatch.setattr(wiring, "services", lambda: services)
    assert await send(root, HYDRATE) is None
    assert await send(root, name_of(TodayState, "load")) is None
    await away.close()


async def test_records_that_go_away_behind_the_gate(
    database: Database, services: wiring.Services, monkeypatch: pytest.MonkeyPatch
):
    """The page says so and keeps its rows; one that is only read again says nothing."""
    _, token = await session_as(database, "treasurer")
    root = tab(token)
    await send(root, HYDRATE)
    today, _ = await fill(root)
    assert await send(root, name_of(TodayState, "load")) is None
    away = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    monkeypatch.setattr(wiring, "services", lambda: replace(services, database=away))
    handlers = TodayState.event_handlers
    before = today.problem
    await handlers["refresh"].fn(today)
    assert (today.phase, today.problem) == ("ready", before)
    await handlers["load"].fn(today)
    assert (today.phase, today.problem[:11]) == ("ready", "The records")
    await away.close()


async def test_a_step_up_through_the_pages(database: Database, services: wiring.Services):
    """Its code is sent to the sender's own phone; the proof is hers."""
    _, token = await session_as(database, "treasurer")
    root = tab(token)
    await send(root, HYDRATE)
    await send(root, name_of(PaymentsState, "load"))
    request_id = uuid4()
    code = await web_session.send_step_up_code(root, request_id)
    assert len(code) == 6
    assert await web_session.confirm_step_up(root, request_id, code)
