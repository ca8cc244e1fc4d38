"""Live pages: what one does shows on the others' open pages of that group within a second.

Hints (`app.kit.hints`) come in on one LISTEN connection per process. Each open page that a hint concerns then gets an
event of the server's own, which passes the gate as any other: a page whose session ended, or whose role was withdrawn,
is sent away and gets nothing. A page's socket and its events are in one process, so the register is local, also when
the state is in Redis.

Relies on internals of Reflex 0.10.1, held by tests: `event_namespace.on_disconnect`, `_build_static_router_data`,
`sid_to_token`, `event_processor.enqueue`.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any

import psycopg
import reflex as rx
from reflex_base.event import Event

from app.kit.actor import Actor
from app.kit.hints import CHANNEL, Hint
from app.kit.i18n import LANGUAGE_COOKIE

COALESCE_S = 0.3
AGAIN_S = 2.0
PARALLEL = 8
"""Pages that are read again at the same time, in one process."""
PATIENCE_S = 15
HEARTBEAT_S = 15
KEEP_COOKIE_S = 60
"""A closed socket's last events still have their sender."""
KEEPALIVE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "connect_timeout": 5}
log = logging.getLogger("sanduk.live")


@dataclass(eq=False, slots=True)
class Page:
    """One open page: whose, and what its socket sends along with every event."""

    actor: Actor
    token: str
    event: str
    router_data: dict[str, Any]
    shows_all: bool = True
    is_asked: bool = False
    not_before: float = 0.0
    task: asyncio.Task[None] | None = None


class Hub:
    """This process's open pages by socket, and who is told what."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.events: dict[str, str] = {}
        """The event that reads a page again, by the page's address. Other pages are not live."""
        self.refreshes: frozenset[str] = frozenset()
        """Those events."""
        self.own: frozenset[str] = frozenset()
        """Addresses of pages that show a person's own affairs, not the whole group's."""
        self._tokens: dict[str, str] = {}
        self._gate = asyncio.Semaphore(PARALLEL)
        self._app: rx.App | None = None

    def serve(self, events: Mapping[str, str], own: Collection[str] = ()) -> None:
        """These addresses are live."""
        self.events, self.refreshes, self.own = dict(events), frozenset(events.values()), frozenset(own)

    def attach(self, app: rx.App, cookie_name: str) -> None:
        """Keep the cookies but the language's out of what Reflex keeps of a socket, and notice the socket's end."""
        namespace = app.event_namespace
        assert namespace is not None
        self._app = app
        build, leave = namespace._build_static_router_data, namespace.on_disconnect

        def build_without_cookie(sid: str, environ: dict) -> dict[str, Any]:
            data = build(sid, environ)
            cookies = data["headers"].pop("cookie", "")
            self._tokens[sid] = cookie_in(cookies, cookie_name)
            if chosen := cookie_in(cookies, LANGUAGE_COOKIE):
                data["headers"]["cookie"] = f"{LANGUAGE_COOKIE}={chosen}"
            return data

        def on_disconnect(sid: str, *_: object) -> asyncio.Task | None:
            self.forget(sid)
            asyncio.get_running_loop().call_later(KEEP_COOKIE_S, self._tokens.pop, sid, None)
            return leave(sid)

        namespace._build_static_router_data = build_without_cookie
        namespace.on_disconnect = on_disconnect

    def token_of(self, router_data: Mapping[str, Any]) -> str | None:
        """The session token of an event's socket; None for a socket that is not known."""
        return self._tokens.get(router_data.get("sid", ""))

    def watch(self, router_data: Mapping[str, Any], actor: Actor) -> None:
        """Remember, before the page reads anything, that it is open; a page that isn't live is forgotten."""
        sid, address = router_data.get("sid", ""), router_data.get("pathname", "").rstrip("/")
        event = self.events.get(address)
        if event is None or not self._is_open(sid, router_data.get("token", "")):
            self.forget(sid)
            return
        page = self.pages.get(sid)
        if page is None:
            page = self.pages[sid] = Page(actor, router_data["token"], event, dict(router_data))
        page.actor, page.token, page.event = actor, router_data["token"], event
        page.router_data, page.shows_all = dict(router_data), address not in self.own

    def forget(self, sid: str) -> None:
        page = self.pages.pop(sid, None)
        if page is not None:
            page.is_asked = False

    def expects(self, router_data: Mapping[str, Any]) -> dict[str, Any] | None:
        """Where the socket's page really is, None when it is closed: an event may have been overtaken."""
        page = self.pages.get(router_data.get("sid", ""))
        return page.router_data if page else None

    def _is_open(self, sid: str, token: str) -> bool:
        if self._app is None or self._app.event_namespace is None:
            return False
        return self._app.event_namespace.sid_to_token.get(sid) == token

    def hear(self, hint: Hint) -> None:
        """Call only from a task of the hub's own, never from an event: what it starts would inherit that sender."""
        for sid, page in list(self.pages.items()):
            if hint.concerns(page.actor, shows_all=page.shows_all):
                self.ask(sid)

    def hear_all(self) -> None:
        """Whatever was missed: every page reads again."""
        for sid in list(self.pages):
            self.ask(sid)

    def ask(self, sid: str) -> None:
        page = self.pages.get(sid)
        if page is None:
            return
        page.is_asked = True
        if page.task is None:
            page.task = asyncio.create_task(self._serve(sid, page))

    def postpone(self, router_data: Mapping[str, Any]) -> None:
        """The page could not be read now: again in a while. May be called from an event: its page is being served."""
        page = self.pages.get(router_data.get("sid", ""))
        if page is not None:
            page.is_asked, page.not_before = True, asyncio.get_running_loop().time() + AGAIN_S

    async def _serve(self, sid: str, page: Page) -> None:
        """At once, then at most every 300 ms; slower when so many pages ask that reading takes longer than that."""
        loop = asyncio.get_running_loop()
        try:
            while page.is_asked and self.pages.get(sid) is page:
                await asyncio.sleep(max(0.0, page.not_before - loop.time()))
                asked_at = loop.time()
                async with self._gate:
                    page.is_asked = False
                    page.not_before = loop.time() + COALESCE_S
                    await self._push(sid, page)
                page.not_before = max(page.not_before, 2 * loop.time() - asked_at)
        finally:
            page.task = None

    async def _push(self, sid: str, page: Page) -> None:
        if not self._is_open(sid, page.token):
            self.forget(sid)
            return
        assert self._app is not None
        event = Event(name=page.event, payload={}, router_data=dict(page.router_data))
        done = await self._app.event_processor.enqueue(page.token, event)
        await asyncio.wait([done], timeout=PATIENCE_S)
        if done.done() and not done.cancelled() and (error := done.exception()):
            log.error("a page could not be read again: %s", type(error).__name__)

    @asynccontextmanager
    async def listening(self, address: str) -> AsyncIterator[None]:
        """Hear hints until the block ends. `address` is libpq's, direct: a pooler would not keep the connection."""
        task = asyncio.create_task(listen(address, self.hear, self.hear_all))
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def cookie_in(header: str, name: str) -> str:
    """One cookie of a `Cookie` header, empty without it."""
    try:
        morsel = SimpleCookie(header).get(name)
    except CookieError:
        return ""
    return morsel.value if morsel else ""


async def listen(address: str, hear: Callable[[Hint], None], hear_all: Callable[[], None]) -> None:
    """For ever. A lost connection is made again, from 0.2 s to 5 s apart; `hear_all` makes the gap good."""
    delay, is_first = 0.2, True
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(address, autocommit=True, **KEEPALIVE) as connection:
                await connection.execute(f"LISTEN {CHANNEL}")
                if not is_first:
                    log.info("hints are heard again")
                    hear_all()
                delay, is_first = 0.2, False
                while True:
                    async for note in connection.notifies(timeout=HEARTBEAT_S):
                        if hint := Hint.parse(note.payload):
                            hear(hint)
                    await asyncio.wait_for(connection.execute("SELECT"), 5)
        except (psycopg.Error, OSError, TimeoutError) as error:
            log.warning("hints are not heard: %s", type(error).__name__)
            is_first = False
            await asyncio.sleep(delay)
            delay = min(5.0, delay * 2)


hub = Hub()
"""This process's."""
