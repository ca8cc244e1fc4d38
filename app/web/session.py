"""The gate of the pages: no event runs unless its handler says who may, and the cookie says who asks.

Every method of a state class is a public endpoint, so the gate denies by default; services authorise again.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any
from uuid import UUID

import reflex as rx
from reflex.middleware.middleware import Middleware
from reflex.state import BaseState, StateUpdate
from reflex_base.event import Event
from sqlalchemy.exc import SQLAlchemyError

from app import wiring
from app.domain.identity import codes, sessions
from app.kit.actor import NOBODY, Actor
from app.kit.db import Session
from app.kit.errors import SignedOut

ROLES = {
    "public": frozenset({"", "member", "treasurer", "admin", "auditor", "staff"}),
    "member": frozenset({"member", "treasurer", "admin", "auditor"}),
    "treasurer": frozenset({"treasurer", "admin", "auditor"}),
    "admin": frozenset({"admin"}),
    "staff": frozenset({"staff"}),
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


@dataclass(frozen=True, slots=True)
class Current:
    """Who sends this event. `role` is the acting role, empty without a session."""

    session_id: UUID | None = None
    person_id: UUID | None = None
    group_id: UUID | None = None
    role: str = ""

    @property
    def actor(self) -> Actor:
        return Actor(person_id=self.person_id, group_id=self.group_id)


_current: ContextVar[Current | None] = ContextVar("current", default=None)


def event(role: str) -> Callable[[Callable[..., Any]], Any]:
    """Marks a handler as an event that those acting in `role` (a key of ROLES) may send."""
    assert role in ROLES

    def mark(handler: Callable[..., Any]) -> Any:
        setattr(handler, MARK, role)
        return rx.event(handler)

    return mark


def registered_events() -> dict[str, str]:
    """Every event name of every state with the role it needs, `""` when it is denied to all."""
    found = {}

    def walk(state: type[BaseState]) -> None:
        for name, handler in state.event_handlers.items():
            found[f"{state.get_full_name()}.{name}"] = getattr(handler.fn, MARK, "")
        for sub in state.get_substates():
            walk(sub)

    walk(rx.State)
    return found


_roles: dict[str, str] = {}


def role_needed(name: str) -> str:
    """The role that an event needs; empty for unmarked and unknown ones."""
    if name not in _roles:
        _roles.update(registered_events())
    return _roles.get(name, "")


class OwnerState(rx.State):
    """Whose session filled this tab's state: another's never shows."""

    _session_id: str = ""


def cookie_of(router_data: dict[str, Any]) -> str:
    """The session token in the handshake's cookies, empty without one."""
    try:
        jar = SimpleCookie(router_data.get("headers", {}).get("cookie", ""))
    except CookieError:
        return ""
    morsel = jar.get(wiring.services().settings.cookie_name)
    return morsel.value if morsel else ""


async def find_current(router_data: dict[str, Any]) -> Current:
    """The live session behind an event's cookie, looked up in the database."""
    token = cookie_of(router_data)
    if not token:
        return Current()
    async with wiring.services().database.transaction(NOBODY) as session:
        found = await sessions.find_session(session, token)
    if found is None:
        return Current()
    role = found.role or ""
    if role == "staff" and not found.is_staff:
        role = ""
    return Current(session_id=found.id, person_id=found.person_id, group_id=found.group_id, role=role)


class Gate(Middleware):
    """Runs before every event, those that the server sends itself too."""

    async def preprocess(self, app: rx.App, state: BaseState, event: Event) -> StateUpdate | None:  # noqa: ARG002
        try:
            current = await find_current(event.router_data or state.router_data)
        except (SQLAlchemyError, OSError):
            # the records can't be reached: nobody is known, pages show their error phase
            current = Current()
            if event.name in INTERNAL:
                return None
            return StateUpdate(events=Event.from_event_type(rx.redirect("/unreachable", is_external=True)))
        _current.set(current)
        await _reset_if_anothers(state, str(current.session_id or ""))
        if event.name in INTERNAL:
            return None
        needed = role_needed(event.name)
        if needed and current.role in ROLES[needed]:
            return None
        return StateUpdate(events=Event.from_event_type(rx.redirect("/start", is_external=True)) if needed else [])


async def _reset_if_anothers(state: BaseState, session_id: str) -> None:
    root = state._get_root_state()
    owner = await root.get_state(OwnerState)
    if owner._session_id != session_id:
        root.reset()
        owner._session_id = session_id


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
    """Send a fresh code to the sender's own phone; returns it where it may be shown (development)."""
    services = wiring.services()
    async with transaction(state) as (session, actor):
        assert actor.person_id is not None
        started = await codes.start_step_up(session, actor.person_id, request_id=request_id)
    if started.code:
        await services.sender.send(request_id, started.phone, started.code, "en")
    return "" if services.settings.is_production else services.sender.shown_code(request_id)


async def confirm_step_up(state: rx.State, request_id: UUID, code: str) -> UUID:
    """The proof that the code is right. Raises CodeWrong or CodeExpired; the attempt is counted either way."""
    async with transaction(state) as (session, _):
        checked = await codes.check_code(session, request_id, code, purpose="step_up")
    codes.raise_failure(checked)
    async with transaction(state) as (session, actor):
        assert actor.person_id is not None
        return await codes.confirm_step_up(session, actor.person_id, checked)
