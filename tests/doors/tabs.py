"""A browser's tab without a browser: the state of a page, and its events as the gate lets them through."""

from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
import reflex as rx

from app.kit.actor import Actor
from app.web import session as web_session
from app.web.session import Current


def act(actor: Actor, role: str) -> None:
    """The events that follow are sent by the actor, as the gate lets them through."""
    web_session._current.set(Current(uuid4(), actor.person_id, actor.group_id, role))


async def open_tab(kind: type[rx.State]) -> Any:
    root = rx.State(_reflex_internal_init=True)  # type: ignore[call-arg]
    return await root.get_state(kind)


async def call(state: rx.State, handler: str, *values: Any) -> None:
    """Run a handler as an event does."""
    await type(state).event_handlers[handler].fn(state, *values)


def look_at(monkeypatch: pytest.MonkeyPatch, kind: type[rx.State], **query: str) -> None:
    """The page's address has this query."""
    monkeypatch.setattr(kind, "router", SimpleNamespace(url=SimpleNamespace(query_parameters=query)))
