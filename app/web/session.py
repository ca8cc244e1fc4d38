"""The gate of the pages: no event runs unless its handler says who may, and the cookie says who asks.

Every method of a state class is a public endpoint, so the gate denies by default; services authorise again.
"""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from inspect import Parameter, isasyncgenfunction, signature
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import reflex as rx
from reflex.middleware.middleware import Middleware
from reflex.state import BaseState, StateUpdate
from reflex_base.event import Event

from app import wiring
from app.domain.identity import codes, sending, sessions
from app.domain.identity.errors import CodeUnsent
from app.kit.actor import NOBODY, Actor
from app.kit.db import UNREACHABLE, Session
from app.kit.errors import SignedOut
from app.kit.i18n import LANGUAGE_COOKIE, choose, language, t
from app.web.live import cookie_in, hub
from app.web.presenters.dates import ZONE, zone

ROLES = {
    "public": frozenset({"", "member", "treasurer", "admin", "auditor", "staff"}),
    "member": frozenset({"member", "treasurer", "admin", "auditor"}),
    "treasurer": frozenset({"treasurer", "admin", "auditor"}),
    "admin": frozenset({"admin"}),
    "staff": frozenset({"staff"}),
    "account": frozenset({"member", "treasurer", "admin", "auditor", "staff"}),
}
"""Which acting roles may send an event that is marked with the key."""

ROOT = "reflex___state____state."
INTERNAL = frozenset(
    ROOT + name
    for name in (
        "hydrate",
        "hydrate_and_load",
        "set_is_hydrated",
        "reflex___state____on_load_internal_state.on_load_internal",
        "reflex___state____on_load_internal_state.set_is_hydrated",
        "reflex___state____update_vars_internal_state.update_vars_internal",
        "reflex___state____frontend_event_exception_state.handle_frontend_exception",
    )
)
MARK = "_sanduk_role"
log = logging.getLogger("sanduk.web")
FORM = "__reflex_form_data__"
"""How a form's pairs of name and text arrive."""


@dataclass(frozen=True, slots=True)
class Current:
    """Who sends this event. `role` is the acting role, empty without a session."""

    session_id: UUID | None = None
    person_id: UUID | None = None
    group_id: UUID | None = None
    role: str = ""
    is_staff: bool = False

    @property
    def actor(self) -> Actor:
        return Actor(person_id=self.person_id, group_id=self.group_id)

    @property
    def owner(self) -> str:
        """Whose a tab's state is: a session in one group and role."""
        return f"{self.session_id} {self.group_id} {self.role}" if self.session_id else ""


_current: ContextVar[Current | None] = ContextVar("current", default=None)


def event(role: str) -> Callable[[Callable[..., Any]], Any]:
    """Marks a handler as an event that those acting in `role` (a key of ROLES) may send."""
    assert role in ROLES

    def mark(handler: Callable[..., Any]) -> Any:
        reached = _reaching(handler)
        setattr(reached, MARK, role)
        return rx.event(reached)

    return mark


class ReadLater(Exception):
    """An open page that could not be read again keeps what it shows: the hub tries again."""


def _reaching(handler: Callable[..., Any]) -> Callable[..., Any]:
    """The handler; where the records are away or too busy for it to begin, the page says so and keeps what is typed."""
    if isasyncgenfunction(handler):

        @wraps(handler)
        async def stepped(state: rx.State, *given: Any, **named: Any) -> Any:
            try:
                async for step in handler(state, *given, **named):
                    yield step
            except ReadLater:
                return
            except UNREACHABLE as error:
                yield _unreached(state, error)

        return stepped

    @wraps(handler)
    async def reached(state: rx.State, *given: Any, **named: Any) -> Any:
        try:
            return await handler(state, *given, **named)
        except ReadLater:
            return None
        except UNREACHABLE as error:
            return _unreached(state, error)

    return reached


def _unreached(state: rx.State, error: BaseException) -> Any:
    log.warning("the records were not reached: %s", type(error).__name__)
    return None if _say_unreachable(state) else rx.redirect("/leave?to=unreachable")


def _say_unreachable(screen: Any) -> bool:
    """On the page itself; one that was loading shows nothing old. False where it has no place for it."""
    if "problem" not in screen.vars:
        return False
    screen.problem, screen.problem_field = t("error.records_unreachable"), ""
    if getattr(screen, "phase", "") == "loading":
        screen.phase = "error"
    return True


def _state_classes() -> list[type[BaseState]]:
    """Every state class, those above first."""
    found: list[type[BaseState]] = [rx.State]
    for cls in found:
        found.extend(cls.get_substates())
    return found


def registered_events() -> dict[str, str]:
    """Every event name of every state with the role it needs, `""` when it is denied to all."""
    return {
        f"{cls.get_full_name()}.{name}": getattr(handler.fn, MARK, "")
        for cls in _state_classes()
        for name, handler in cls.event_handlers.items()
    }


_roles: dict[str, str] = {}
_parameters: dict[str, dict[str, Parameter]] = {}


def role_needed(name: str) -> str:
    """The role that an event needs; empty for unmarked and unknown ones."""
    if name not in _roles:
        _roles.update(registered_events())
    return _roles.get(name, "")


def parameters(name: str) -> dict[str, Parameter]:
    """What the handler of a known event is written for: text, whole numbers, or a form of texts."""
    if name not in _parameters:
        for cls in _state_classes():
            for handler, its in cls.event_handlers.items():
                _parameters[f"{cls.get_full_name()}.{handler}"] = dict(list(signature(its.fn).parameters.items())[1:])
    return _parameters[name]


def _drop_absent(payload: dict[str, Any]) -> None:
    """A form sends null for a field that the page does not show now: it is left out."""
    for value in payload.values():
        pairs = value.get(FORM) if isinstance(value, dict) else None
        if isinstance(pairs, list):
            pairs[:] = [
                one for one in pairs if not (isinstance(one, list | tuple) and len(one) == 2 and one[1] is None)
            ]


def _is_well_formed(event: Event) -> bool:
    wanted = parameters(event.name)
    missing = [one for name, one in wanted.items() if name not in event.payload and one.default is Parameter.empty]
    return not missing and all(
        name in wanted and _fits(value, wanted[name].annotation) for name, value in event.payload.items()
    )


def _fits(value: object, kind: object) -> bool:
    if kind != dict[str, str]:
        return type(value) is kind and _is_unicode(value)
    pairs = value.get(FORM, list(value.items())) if isinstance(value, dict) else None
    return isinstance(pairs, list) and all(
        isinstance(pair, list | tuple) and [type(one) for one in pair] == [str, str] and all(map(_is_unicode, pair))
        for pair in pairs
    )


def _is_unicode(value: object) -> bool:
    """False for text with half a symbol or a NUL, which nothing behind the gate can write down."""
    return not isinstance(value, str) or not any("\ud800" <= one <= "\udfff" or one == "\0" for one in value)


class OwnerState(rx.State):
    """Whose session, in which place, filled this tab's state: another's never shows.

    `answers` counts the person's events that were let through, so that every answer changes something on the page.
    """

    answers: int = 0
    _owner: str = ""
    _zone: str = ""
    _code: tuple[str, str] = ("", "")
    """The request of the fresh code that was sent last and not used yet, and what development shows of it."""

    def _stand_in(self, timezone: str) -> None:
        """From now on instants are told in this zone."""
        self._zone = timezone
        self._tell_zone()

    def _tell_zone(self) -> None:
        zone.set(ZoneInfo(self._zone) if self._zone else ZONE)


def cookie_of(router_data: dict[str, Any], name: str = "") -> str:
    """A cookie of the handshake, the session token when none is named; empty without one.

    The hub takes the token out of what Reflex keeps of a socket, because a tab's state may lie in Redis.
    """
    taken = None if name else hub.token_of(router_data)
    if taken is not None:
        return taken
    header = router_data.get("headers", {}).get("cookie", "")
    return cookie_in(header, name or wiring.services().settings.cookie_name)


def language_of(router_data: dict[str, Any]) -> str:
    """What this browser reads, as the HTTP side tells it."""
    return choose(cookie_of(router_data, LANGUAGE_COOKIE), router_data.get("headers", {}).get("accept-language", ""))


async def find_current(router_data: dict[str, Any]) -> Current:
    """The live session behind an event's cookie, looked up in the database."""
    token = cookie_of(router_data)
    if not token:
        return Current()
    database = wiring.services().database
    found = await database.ask(lambda session: sessions.look_up_session(session, token))
    if found and found.is_to_note:
        async with database.transaction(NOBODY) as session:
            found = await sessions.find_session(session, token)
    if found is None:
        return Current()
    return Current(found.id, found.person_id, found.group_id, found.role or "", found.is_staff)


class Gate(Middleware):
    """Runs before every event, those that the server sends itself too."""

    async def preprocess(self, app: rx.App, state: BaseState, event: Event) -> StateUpdate | None:  # noqa: ARG002
        _current.set(None)
        source = event.router_data or state.router_data
        language.set(language_of(source))
        is_live = event.name in hub.refreshes
        if is_live and _is_overtaken(state, source):
            return StateUpdate()
        try:
            sender = await find_current(source)
        except UNREACHABLE:
            return _later(source) if is_live else await _nobody_known(state, event)
        _current.set(sender)
        is_left = await _forget_former(state, sender.owner)
        mark = await state._get_root_state().get_state(OwnerState)
        mark._tell_zone()
        if not is_live:
            _follow(source, sender)
        if event.name in INTERNAL:
            return None
        needed = role_needed(event.name)
        if not needed or is_left or sender.role not in ROLES[needed]:
            return _go("/start", await _emptied(state) if is_left else {}) if needed else StateUpdate()
        _drop_absent(event.payload)
        if not _is_well_formed(event):
            return StateUpdate()
        if not is_live:
            mark.answers += 1
        return None


def _later(source: dict[str, Any]) -> StateUpdate:
    """An open page keeps what it shows, and is read again in a while."""
    hub.postpone(source)
    return StateUpdate()


def _follow(source: dict[str, Any], sender: Current) -> None:
    """Keep the hub's knowledge of the page fresh, before the page reads anything."""
    if sender.role in ROLES["account"]:
        hub.watch(source, sender.actor)
    else:
        hub.forget(source.get("sid", ""))


def _is_overtaken(state: BaseState, source: dict[str, Any]) -> bool:
    """True when the page that should be read again was closed or left meanwhile; its address is then put right."""
    now = hub.expects(source)
    if now is not None and now != source and source.get("token") == now.get("token"):
        state.router_data = state._update_router_vars(dict(now), state.router_data)
    return now != source


async def _forget_former(state: BaseState, owner: str) -> bool:
    """Empty the whole tab when its state is another's. True when there was a former owner: its page is then stale."""
    root = state._get_root_state()
    mark = await root.get_state(OwnerState)
    former = mark._owner
    if former == owner:
        return False
    for cls in _state_classes():
        await root.get_state(cls)  # a store may hold parts that this event did not load
    root.reset()
    mark._owner = owner
    return former != ""


async def _nobody_known(state: BaseState, event: Event) -> StateUpdate | None:
    """The sessions can't be looked up: the page says so."""
    if event.name in INTERNAL:
        await _forget_former(state, "")
        return None
    if not role_needed(event.name):
        return StateUpdate()
    root = state._get_root_state()
    cls = rx.State.get_class_substate(tuple(event.name.split(".")[:-1]))
    if not _say_unreachable(await root.get_state(cls)):
        return _go("/unreachable")
    (await root.get_state(OwnerState)).answers += 1
    return StateUpdate(delta=await _emptied(state))


async def _emptied(state: BaseState) -> dict[str, Any]:
    """What takes everything off the page, before it leaves."""
    root = state._get_root_state()
    delta = await root._get_resolved_delta()
    root._clean()
    return delta


def _go(address: str, delta: dict[str, Any] | None = None) -> StateUpdate:
    """A full page load, by way of the page that makes one: a new socket then has the browser's cookies of now."""
    return StateUpdate(
        delta=delta or {}, events=Event.from_event_type(rx.redirect(f"/leave?to={address.removeprefix('/')}"))
    )


async def current(_state: rx.State) -> Current:
    """Who sent the event that runs now. Raises SignedOut outside of one."""
    found = _current.get()
    if found is None or found.person_id is None:
        raise SignedOut
    return found


@asynccontextmanager
async def transaction(state: rx.State) -> AsyncIterator[tuple[Session, Actor]]:
    """A transaction under the event's own actor."""
    actor = (await current(state)).actor
    async with wiring.services().database.transaction(actor) as session:
        yield session, actor


async def send_step_up_code(state: rx.State, request_id: UUID) -> str:
    """Send a fresh code to the sender's own phone; returns it where it may be shown (development).

    Raises CodeUnsent.
    """
    services = wiring.services()
    async with transaction(state) as (session, actor):
        assert actor.person_id is not None
        started = await codes.start_step_up(session, actor.person_id, request_id=request_id)
    if await sending.deliver(services.database, services.sender, started, language.get()) not in sending.FINE:
        raise CodeUnsent
    return "" if services.settings.is_production else services.sender.shown_code(request_id)


async def confirm_step_up(state: rx.State, request_id: UUID, code: str) -> UUID:
    """The proof that the code is right. Raises CodeWrong or CodeExpired; the attempt is counted either way."""
    services, actor = wiring.services(), (await current(state)).actor
    checked = await sending.check(services.database, services.sender, request_id, code, purpose="step_up", actor=actor)
    codes.raise_failure(checked)
    async with transaction(state) as (session, actor):
        assert actor.person_id is not None
        return await codes.confirm_step_up(session, actor.person_id, checked)
