"""How soon others see what one does, and what a bulk costs, on the served product: `python -m tests.e2e.measure_live`.

Two groups of 74 members, everybody's home open. In one of them the treasurer confirms on her own page: first some
payments one by one, then 74 at once. Writes JSON, a row for one worker and one for two workers with Redis. Moments are
counted from the press of the button; the sockets of all pages are read by this process, on the same cores.
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack, ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.kit.actor import Actor
from app.kit.db import Database
from app.launch.paths import say
from tests.factories.groups import make_members, make_person, new_phone
from tests.factories.live import OpenPage, database_of, opened, sign_in
from tests.factories.payments import Programme, make_programme
from tests.factories.site import Site, running_redis, running_site

MEMBERS = 74
SINGLE = 12
PAYMENTS = "reflex___state____state.app___web___treasurer___states___payments____payments_state"
TICK = os.sysconf("SC_CLK_TCK")
KINDS = {"granian": "web", "postgres": "database", "redis-server": "redis"}


def cpu_seconds() -> Counter[str]:
    """User and system seconds so far of this process's descendants, by what they are, and of itself (`sockets`)."""
    parents, used, names = {}, {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            head, _, tail = (folder / "stat").read_text().rpartition(")")
        except OSError:
            continue
        values, pid = tail.split(), int(folder.name)
        parents[pid], used[pid] = int(values[1]), (int(values[11]) + int(values[12])) / TICK
        names[pid] = head.partition("(")[2]
    total: Counter[str] = Counter()
    for pid, seconds in used.items():
        above = pid
        while above in parents and above != os.getpid():
            above = parents[above]
        if above == os.getpid():
            kind = next((kind for word, kind in KINDS.items() if names[pid].startswith(word)), "")
            total["sockets" if pid == os.getpid() else kind or "other"] += seconds
    return total


def spent(before: Counter[str]) -> dict[str, float]:
    after = cpu_seconds()
    return {kind: round(after[kind] - before[kind], 2) for kind in ("web", "database", "redis", "sockets")}


def in_ms(moments: Sequence[float]) -> dict[str, float]:
    cuts = statistics.quantiles(moments, n=20)
    return {
        "p50": round(statistics.median(moments) * 1000),
        "p95": round(cuts[18] * 1000),
        "max": round(max(moments) * 1000),
    }


async def open_all(stack: AsyncExitStack, site: Site, database: Database, people: Sequence[Actor]) -> list[OpenPage]:
    few = asyncio.Semaphore(4)

    async def open_one(who: Actor) -> OpenPage:
        async with few:
            return await stack.enter_async_context(opened(site, await sign_in(database, who, "member"), "/home"))

    return list(await asyncio.gather(*map(open_one, people)))


async def programme_of(database: Database) -> Programme:
    """A group of 74 members who have signed in, a treasurer, and a contribution that nobody has paid."""
    made = await make_programme(database, members=0)
    phones = [new_phone() for _ in range(MEMBERS)]
    await make_members(database, made.group, phones=phones)
    people = [await make_person(database, phone) for phone in phones]
    whole = replace(made, members=tuple(who.within(made.group.id) for who in people))
    await whole.open_call()
    return whole


async def one_by_one(desk: OpenPage, programme: Programme, homes: list[OpenPage]) -> dict[str, float]:
    """From the press to the payer's page, in ms."""
    moments = []
    for who, home in list(zip(programme.members, homes, strict=True))[:SINGLE]:
        sent = await programme.submit(who)
        await desk.wait_for(sent.provider_code or "")
        await home.wait_for("to be confirmed")
        await asyncio.sleep(0.5)
        home.forget()
        pressed = time.perf_counter()
        await desk.send(f"{PAYMENTS}.confirm_one", payment_id=str(sent.id))
        moments.append(await home.wait_for('"paid_this_year_rx_state_"') - pressed)
    return in_ms(moments)


async def at_once(desk: OpenPage, watching: list[OpenPage]) -> dict[str, Any]:
    """All that wait, from the press to the last page."""
    await desk.send(f"{PAYMENTS}.load")
    await desk.quiet()
    await desk.send(f"{PAYMENTS}.tick_all")
    await desk.quiet()
    for page in (desk, *watching):
        page.forget()
    before, pressed = cpu_seconds(), time.perf_counter()
    await desk.send(f"{PAYMENTS}.confirm_ticked")
    done = await desk.wait_for(f"{MEMBERS} payments confirmed", 60) - pressed
    seen = [await page.wait_for('"paid_this_year_rx_state_"', 60) - pressed for page in watching]
    await asyncio.gather(*(page.quiet() for page in watching))
    result: dict[str, Any] = {"bulk_s": round(done, 2), "cpu_s": spent(before)}
    if watching:
        updates = [len(page.heard) for page in watching]
        result["last_page_after_the_bulk_ms"] = round(max(0.0, max(seen) - done) * 1000)
        result["updates_a_page"] = {"mean": round(statistics.mean(updates), 1), "max": max(updates)}
    return result


async def measure(site: Site, workers: int) -> dict[str, Any]:
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(database_of(site))
        ours, theirs = [await programme_of(database) for _ in range(2)]
        say("made")
        token = await sign_in(database, ours.treasurer, "treasurer")
        desk = await stack.enter_async_context(opened(site, token, "/payments"))
        result: dict[str, Any] = {"workers": workers, "pages": 0}
        for who in ours.members:
            await ours.submit(who)
        result["nobody_else_looks"] = await at_once(desk, [])
        await ours.open_call(title="December contribution")
        say("measured with nobody else")
        homes = await open_all(stack, site, database, ours.members)
        others = await open_all(stack, site, database, theirs.members)
        result["pages"] = len(homes) + len(others) + 1
        say("opened")
        await asyncio.gather(*(page.quiet() for page in (*homes, *others)))
        for page in others:
            page.forget()
        result["one_ms"] = await one_by_one(desk, ours, homes)
        await ours.open_call(title="January contribution")
        for who in ours.members:
            await ours.submit(who)
        await asyncio.gather(*(page.quiet() for page in homes))
        result["everybody_looks"] = await at_once(desk, homes)
        result["updates_of_the_other_group"] = sum(len(page.heard) for page in others)
        for page in others:
            say(page.text()[:300]) if page.heard else None
        return result


def main() -> None:
    rows = []
    for workers in (1, 2):
        with ExitStack() as stack:
            redis_url = stack.enter_context(running_redis()) if workers > 1 else ""
            site = stack.enter_context(running_site(workers=workers, redis_url=redis_url))
            rows.append(asyncio.run(measure(site, workers)))
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    head = {"bench": "live", "machine": {"cpus": os.cpu_count()}, "commit": commit.stdout.strip()}
    sys.stdout.write(json.dumps({**head, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
