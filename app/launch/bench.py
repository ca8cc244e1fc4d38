"""`./sanduk bench NAME`: measure on a throw-away cluster that writes to disk as a real one does."""

import asyncio
import json
import os
import platform
import shutil
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import psycopg
from sqlalchemy import text

from app import embedded, migrate
from app.domain.ledger import service as ledger
from app.domain.ledger.views import Line, NewEntry
from app.kit import roles
from app.kit.actor import Actor
from app.kit.db import Database, psycopg_url
from app.kit.ids import new_id
from app.launch.paths import Refusal, say

CONNECTIONS = (1, 4, 16)
Step = Callable[[Database, UUID], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Row:
    """`value` per second; percentiles in ms; `baseline` is what one plain INSERT reaches at as many connections."""

    name: str
    connections: int
    value: float
    unit: str
    p50: float
    p95: float
    p99: float
    baseline: float
    ratio: float


async def _post(database: Database, group_id: UUID) -> None:
    entry = NewEntry(
        group_id=group_id,
        kind="contribution_confirmed",
        effective_on=datetime.now(UTC).date(),
        actor=group_id,
        idempotency_key=str(new_id()),
        lines=(Line("1010", 500), Line("4010", -500)),
    )
    async with database.transaction(Actor(group_id=group_id)) as session:
        await ledger.post_entry(session, entry)


async def _insert(database: Database, group_id: UUID) -> None:
    async with database.transaction(Actor(group_id=group_id)) as session:
        await session.execute(text("INSERT INTO bench_baseline VALUES (:id)"), {"id": new_id()})


BENCHES: dict[str, tuple[Step, bool]] = {"ledger-one-group": (_post, False), "ledger-many-groups": (_post, True)}
"""By name: what to measure, and whether every connection has a group of its own."""


def run(name: str, rounds: int, seconds: float) -> str:
    """The measurement as JSON. Raises Refusal for an unknown name."""
    if name not in BENCHES:
        msg = f"No such bench: {name}. There are: {', '.join(BENCHES)}."
        raise Refusal(msg, 2)
    step, apart = BENCHES[name]
    folder = Path(tempfile.mkdtemp(prefix="sanduk-bench-"))
    folder.chmod(0o755)
    server = embedded.start(folder / "data")
    try:
        migrate.upgrade(server.url(roles.OWNER))
        with psycopg.connect(server.url(roles.OWNER)) as connection:
            connection.execute(b"CREATE TABLE bench_baseline (id uuid PRIMARY KEY)")
            connection.execute(b"GRANT INSERT ON bench_baseline TO sanduk_app")
        rows = asyncio.run(_measure_all(name, step, server.url(roles.APPLICATION), rounds, seconds, apart=apart))
    finally:
        server.stop()
        shutil.rmtree(server.sockets, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)
    result = {
        "bench": name,
        "params": {"seconds": seconds},
        "machine": {"cpus": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()},
        "rounds": rounds,
        "rows": [asdict(row) for row in rows],
        "errors": 0,
    }
    return json.dumps(result, indent=1)


async def _measure_all(name: str, step: Step, url: str, rounds: int, seconds: float, *, apart: bool) -> list[Row]:
    database = Database(psycopg_url(url), pool_size=max(CONNECTIONS))
    groups = [new_id() for _ in range(max(CONNECTIONS))]
    try:
        for group_id in groups:
            await _open_books(database, group_id)
        rows = []
        for connections in CONNECTIONS:
            chosen = groups[:connections] if apart else groups[:1] * connections
            plain: list[float] = []
            times: list[float] = []
            for number in range(rounds):  # in turn, so that a slow minute of the machine meets both
                say(f"{name}: {connections} connections, round {number + 1} of {rounds}")
                plain += await _measure(_insert, database, chosen, seconds)
                times += await _measure(step, database, chosen, seconds)
            rows.append(_row(name, connections, times, plain, rounds * seconds))
        return rows
    finally:
        await database.close()


async def _open_books(database: Database, group_id: UUID) -> None:
    async with database.transaction(Actor(group_id=group_id)) as session:
        await ledger.open_group(session, group_id, "KES")
        await ledger.open_account(session, group_id, code="1010", class_="A", currency="KES")
        await ledger.open_account(session, group_id, code="4010", class_="I", currency="KES")


async def _measure(step: Step, database: Database, groups: list[UUID], seconds: float) -> list[float]:
    """Milliseconds of every step that ended in time, over as many tasks as there are groups."""
    end = time.perf_counter() + seconds

    async def work(group_id: UUID) -> list[float]:
        times = []
        while (started := time.perf_counter()) < end:
            await step(database, group_id)
            times.append((time.perf_counter() - started) * 1000)
        return times

    return [one for times in await asyncio.gather(*(work(group_id) for group_id in groups)) for one in times]


def _row(name: str, connections: int, times: list[float], plain: list[float], seconds: float) -> Row:
    cuts = statistics.quantiles(times, n=100)
    rate, baseline = len(times) / seconds, len(plain) / seconds
    p50, p95, p99 = (round(cuts[n - 1], 2) for n in (50, 95, 99))
    return Row(name, connections, round(rate, 1), "1/s", p50, p95, p99, round(baseline, 1), round(rate / baseline, 3))
