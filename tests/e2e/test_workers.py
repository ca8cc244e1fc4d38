"""Two workers with Redis: a change made anywhere shows on the pages of both, and Redis never holds a session's key."""

import asyncio
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import redis

from app.kit.actor import Actor
from tests.factories.background import Background
from tests.factories.live import OpenPage, database_of, opened, sign_in
from tests.factories.payments import Programme, make_programme
from tests.factories.site import Site, running_redis, running_site

ESTABLISHED = "01"


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with running_redis() as redis_url, running_site(workers=2, redis_url=redis_url) as running:
        yield running


def sockets_by_process(site: Site) -> Counter[int]:
    """How many connections to the site's port each process serves."""
    port = f"{urlsplit(site.address).port:04X}"
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    inodes = {line[9] for line in lines if line[1].endswith(f":{port}") and line[3] == ESTABLISHED}
    found: Counter[int] = Counter()
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            named = re.fullmatch(r"socket:\[(\d+)\]", str(link.readlink()))
        except OSError:
            continue
        if named and named[1] in inodes:
            found[int(link.parts[2])] += 1
    return found


async def open_many(stack: AsyncExitStack, site: Site, programme: Programme, who: Actor, times: int) -> list[OpenPage]:
    token = await sign_in(programme.database, who, "member")
    opening = [stack.enter_async_context(opened(site, token, "/home")) for _ in range(times)]
    return list(await asyncio.gather(*opening))


def test_a_confirmation_shows_within_a_second_on_the_pages_of_both(site: Site, background: Background) -> None:
    background.run(a_confirmation_shows_within_a_second_on_the_pages_of_both(site))


async def a_confirmation_shows_within_a_second_on_the_pages_of_both(site: Site) -> None:
    async with database_of(site) as database:
        ours, theirs = [await make_programme(database, members=1) for _ in range(2)]
        for programme in (ours, theirs):
            await programme.open_call()
        async with AsyncExitStack() as stack:
            homes = await open_many(stack, site, ours, ours.member, 10)
            others = await open_many(stack, site, theirs, theirs.member, 10)
            served = sockets_by_process(site)
            assert len(served) == 2
            assert sum(served.values()) >= 20
            sent = await ours.submit()
            await asyncio.gather(*(page.wait_for("to be confirmed", 1) for page in homes))
            confirmed = await ours.confirm(sent.id)
            await asyncio.gather(*(page.wait_for(confirmed.receipt_number or "", 1) for page in homes))
            await asyncio.gather(*(page.quiet() for page in others))
            assert [page.heard for page in others] == [[]] * 10


def test_redis_never_holds_the_key_of_a_session(site: Site, background: Background) -> None:
    background.run(redis_never_holds_the_key_of_a_session(site))


async def redis_never_holds_the_key_of_a_session(site: Site) -> None:
    async with database_of(site) as database:
        programme = await make_programme(database, members=1)
        token, tab = await sign_in(database, programme.member, "member"), str(uuid4())
        async with opened(site, token, "/home", token=tab) as page:
            assert token not in page.text()
            with redis.Redis.from_url(site.redis_url) as store:
                keys = [key for key in store.scan_iter() if store.type(key) == b"string"]
                kept = [value for value in map(store.get, keys) if isinstance(value, bytes)]
        assert any(tab.encode() in key for key in keys)
        assert all(token.encode() not in value for value in kept)


def test_a_page_whose_state_expired_is_whole_again_with_the_next_change(site: Site, background: Background) -> None:
    background.run(a_page_whose_state_expired_is_whole_again_with_the_next_change(site))


async def a_page_whose_state_expired_is_whole_again_with_the_next_change(site: Site) -> None:
    async with database_of(site) as database:
        programme = await make_programme(database, members=1)
        await programme.open_call()
        token = await sign_in(database, programme.member, "member")
        async with opened(site, token, "/home") as page:
            with redis.Redis.from_url(site.redis_url) as store:
                store.flushall()
            await programme.submit()
            await page.wait_for("to be confirmed", 3)
            await page.wait_for(programme.group.view.short_name, 3)
            assert "to=start" not in page.text()
