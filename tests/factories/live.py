"""Open pages of a served Sanduk without a browser: many sockets, each keeping what it was sent."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from simple_websocket import AioClient, ConnectionClosed

from app import embedded
from app.domain.identity import sessions
from app.integrations.local_keys import LocalKeys
from app.kit import roles
from app.kit.actor import Actor
from app.kit.crypto import Keyring
from app.kit.db import Database, psycopg_url
from app.kit.signing import Signer
from tests.factories.site import Site
from tests.services.identity.signing_in import new_session

STATE = "reflex___state____state."
HYDRATE = f"{STATE}hydrate_and_load"


@asynccontextmanager
async def database_of(site: Site) -> AsyncIterator[Database]:
    """The site's own database and keys, for services called from here as another process; its pages hear of it."""
    keys = site.data / "keys"
    tools = {
        "keyring": Keyring(LocalKeys(keys, create=False)),
        "signer": Signer.load(keys, issuer=site.address, may_create=False),
    }
    made = Database(psycopg_url(embedded.url(site.data, roles.APPLICATION)), tools=tools, hints=True)
    try:
        yield made
    finally:
        await made.close()


async def sign_in(database: Database, who: Actor, role: str) -> str:
    """A session acting in the actor's group; its token, which is the cookie."""
    token = await new_session(database, who)
    async with database.transaction(who) as session:
        found = await sessions.find_session(session, token)
        assert found is not None
        await sessions.set_place(session, found.id, who.group_id, role)
    return token


@dataclass(eq=False)
class OpenPage:
    """A page's socket: engine.io 4 and socket.io 5. `heard` holds what came since `forget`, with its moment."""

    path: str
    socket: Any
    heard: list[tuple[float, str]] = field(default_factory=list)
    task: asyncio.Task[None] | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def _listen(self) -> None:
        try:
            while True:
                message = str(await self.socket.receive())
                if message == "2":
                    await self.socket.send("3")
                elif message.startswith("42/_event,"):
                    self.heard.append((time.perf_counter(), message))
                    self.changed.set()
        except ConnectionClosed:
            return

    async def send(self, name: str, **payload: object) -> None:
        router_data = {"pathname": self.path, "query": {}, "asPath": self.path}
        event = {"name": name, "payload": payload, "router_data": router_data}
        await self.socket.send("42/_event," + json.dumps(["event", event]))

    async def wait_for(self, words: str, within_s: float = 10) -> float:
        """The moment at which what matches the words came. Fails when it doesn't."""
        async with asyncio.timeout(within_s):
            while True:
                self.changed.clear()
                for moment, message in self.heard:
                    if re.search(words, message):
                        return moment
                await self.changed.wait()

    async def quiet(self, for_s: float = 1.0) -> None:
        """Until nothing has come for a while."""
        while True:
            self.changed.clear()
            try:
                await asyncio.wait_for(self.changed.wait(), for_s)
            except TimeoutError:
                return

    def forget(self) -> None:
        self.heard.clear()

    def text(self) -> str:
        return "\n".join(message for _, message in self.heard)


@asynccontextmanager
async def opened(
    site: Site, cookie: str, path: str, token: str = "", *, ready: str = r'"group_name_rx_state_":"[^"]'
) -> AsyncIterator[OpenPage]:
    """The page is loaded when the block begins: it was sent something that matches `ready`."""
    address = site.address.replace("http", "ws", 1)
    headers = {"Origin": site.address, "Cookie": f"sanduk={cookie}"}
    query = f"EIO=4&transport=websocket&token={token or uuid4()}"
    socket = await AioClient.connect(f"{address}/_event/?{query}", headers=headers)
    page = OpenPage(path, socket)
    try:
        await socket.send("40/_event,")
        while not str(await socket.receive(timeout=10)).startswith("40/_event"):
            pass
        page.task = asyncio.create_task(page._listen())
        await page.send(HYDRATE)
        await page.wait_for(ready)
        await page.quiet(0.15)
        page.forget()
        yield page
    finally:
        if page.task:
            page.task.cancel()
        await socket.close()
