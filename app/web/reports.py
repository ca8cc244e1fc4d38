"""What browsers send about themselves, and sockets send that is no event: bounded before it is looked at."""

import logging
import re
import time
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from reflex.app import EventNamespace

from app.kit.config import settings
from app.kit.logs import one_line
from app.kit.metrics import EVENTS, PAGE_FAILURES
from app.web.session import registered_events

log = logging.getLogger("sanduk.web")
REPORT_LIMIT = 200
"""Symbols of a browser's own report."""
REPORTS, PER_SECONDS = 20, 60.0
NAME_LIMIT = 300
KIND = re.compile(r"\b[A-Z][A-Za-z]{2,30}Error\b")


@dataclass(slots=True)
class Allowance:
    """At most REPORTS in PER_SECONDS, of all browsers together: reports come from anybody."""

    _began: float = field(default_factory=time.monotonic)
    _count: int = 0

    def take(self) -> bool:
        now = time.monotonic()
        if now - self._began > PER_SECONDS:
            self._began, self._count = now, 0
        self._count += 1
        return self._count <= REPORTS


_allowance = Allowance()


def report_page(exception: Exception) -> None:
    """A page failed in a browser, or somebody says so. Its words may name persons: JSON logs tell the kind alone."""
    PAGE_FAILURES.inc()
    if _allowance.take():
        text = str(exception)
        if settings().logs_json:
            kind = KIND.search(text)
            text = kind[0] if kind else "unknown"
        log.warning("a page reports: %s", one_line(text, REPORT_LIMIT))


def is_event(data: object) -> bool:
    """Whether the message has an event's shape; what its payload must be is the gate's question."""
    if not isinstance(data, dict):
        return False
    name = data.get("name")
    parts = (data.get("payload", {}), data.get("router_data", {}))
    return isinstance(name, str) and len(name) <= NAME_LIMIT and all(isinstance(part, dict) for part in parts)


def take_only_events(namespace: EventNamespace | None) -> None:
    """Drop what has no event's shape or name: the framework would write the whole of it, or a trace, into the log."""
    assert namespace is not None
    inner, known = namespace.on_event, cache(registered_events)

    async def on_event(sid: str, data: Any = None) -> None:
        if sid not in namespace.sid_to_token or not is_event(data):
            return
        if data["name"] in known():
            await inner(sid, data)
        else:
            EVENTS.labels("other").inc()

    namespace.on_event = on_event  # pyright: ignore[reportAttributeAccessIssue]
