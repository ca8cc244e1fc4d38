"""What visitors of a public demo may use up: requests, bodies, sockets and what the server keeps for open pages.

Counted per visitor (an IPv4 address or IPv6 /64) and, for sockets and pages, over all of this process. Elsewhere a
visitor has signed in; here anybody has come.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import wiring
from app.api import limiting
from app.kit.errors import TooManyRequests
from app.kit.i18n import t

REQUESTS = limiting.parse("1200 per minute")
"""A page is some forty files the first time."""
CONNECTS = limiting.parse("120 per 5 minutes")
"""A fifth of KEPT in the time that a page is kept: one visitor alone doesn't fill the demo."""
SOCKETS, SOCKETS_EACH = 300, 60
KEPT = 600
"""Pages whose state is kept: some minutes after their last event (`launch/web.py`)."""
BODY, BODY_S = 20_000, 10
"""Bytes of a form, and seconds in which it must have come."""
BUSY = 1013


@dataclass(slots=True)
class Kept:
    """How many pages' states this process keeps; the application says how to count them."""

    count: Callable[[], int] = lambda: 0

    def has_room(self) -> bool:
        return self.count() < KEPT


kept = Kept()


class Bounds:
    """Outermost in a public demo; elsewhere everything passes."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._sockets: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or not wiring.services().settings.is_demo:
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self._request(scope, receive, send)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refused before it is accepted when there are too many."""
        connection = HTTPConnection(scope)
        visitor = limiting.network_of(limiting.client_address(connection))
        if not self._has_room(connection, visitor):
            await send({"type": "websocket.close", "code": BUSY, "reason": ""})
            return
        self._sockets[visitor] += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self._sockets[visitor] -= 1
            if not self._sockets[visitor]:
                del self._sockets[visitor]

    def _has_room(self, connection: HTTPConnection, visitor: str) -> bool:
        if self._sockets[visitor] >= SOCKETS_EACH or self._sockets.total() >= SOCKETS or not kept.has_room():
            return False
        try:
            limiting.check_rate(connection, CONNECTS, "demo_socket")
        except TooManyRequests:
            return False
        return True

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            limiting.check_rate(HTTPConnection(scope), REQUESTS, "demo_request")
        except TooManyRequests as error:
            headers = {"retry-after": str(error.params["wait_s"]), "cache-control": "no-store"}
            await PlainTextResponse(t(error.message_key, **error.params), 429, headers)(scope, receive, send)
            return
        body = await _read(receive)
        if body is None:
            await PlainTextResponse(t("demo.too_large"), 413, {"connection": "close"})(scope, receive, send)
            return
        await self.app(scope, _replayed(body, receive), send)


async def _read(receive: Receive) -> bytes | None:
    """The whole body; None when it is too large or too slow."""
    body = b""
    try:
        async with asyncio.timeout(BODY_S):
            while True:
                message = await receive()
                body += message.get("body", b"")
                if len(body) > BODY:
                    return None
                if not message.get("more_body", False):
                    return body
    except TimeoutError:
        return None


def _replayed(body: bytes, receive: Receive) -> Receive:
    """The body in one piece, then whatever comes (that the visitor left)."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def next_message() -> Message:
        return waiting.pop() if waiting else await receive()

    return next_message
