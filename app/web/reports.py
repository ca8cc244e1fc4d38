"""What browsers send about themselves, and sockets send that is no event: bounded before it is looked at."""

import logging
import re
import time
from dataclasses import dataclass, field
from typing import Any

from reflex.app import EventNamespace

from app.kit.config import settings
from app.kit.logs import one_line
from app.kit.metrics import PAGE_FAILURES

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
    """Drop what has no event's shape: the framework would write the whole of it into the log."""
    assert namespace is not None
    inner = namespace.on_event

    async def on_event(sid: str, data: Any = None) -> None:
        if sid in namespace.sid_to_token and is_event(data):
            await inner(sid, data)

    namespace.on_event = on_event  # pyright: ignore[reportAttributeAccessIssue]
