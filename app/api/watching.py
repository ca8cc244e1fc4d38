"""Every HTTP request, counted, timed and logged by its route: never by its address, which may hold a code."""

import logging
import time
from uuid import uuid4

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.kit.metrics import REQUESTS, SECONDS

log = logging.getLogger("sanduk.http")
PAGES = "pages"
"""The route of everything that the HTTP side passes on: built pages, their files, the socket's polling."""
UNLOGGED = ("/health", "/ready", "/metrics")
METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"})


class Watch:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500

        async def send_and_note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=uuid4().hex):
            try:
                await self.app(scope, receive, send_and_note)
            finally:
                _note(scope, status, time.perf_counter() - started)


def _note(scope: Scope, status: int, seconds: float) -> None:
    route = getattr(scope.get("route"), "path", "") or PAGES
    method = scope["method"] if scope["method"] in METHODS else "OTHER"
    REQUESTS.labels(method, route, str(status)).inc()
    SECONDS.labels(route).observe(seconds)
    if route not in UNLOGGED and route != PAGES:
        facts = {"method": method, "route": route, "status": status, "ms": round(seconds * 1000, 1)}
        log.info("request", extra=facts)
