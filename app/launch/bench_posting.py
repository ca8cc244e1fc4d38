"""The ways of `./sanduk bench ledger` to post: SQL by pgbench, the same by psycopg, and through our own doors."""

import asyncio
import os
import random
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import psycopg

from app import embedded
from app.domain.ledger import service as ledger
from app.domain.ledger.views import Line, NewEntry
from app.kit import roles
from app.kit.actor import Actor
from app.kit.db import Database
from app.kit.ids import new_id
from app.launch.bench_books import ACTOR, FIRST, INCOME, KIND, MONEY, PREFIX, group_id
from app.launch.paths import Refusal

BATCH = 50
_GROUP = f"set_config('app.group_id', '{PREFIX}' || {{g}}, true) t"
_POST = f"""SELECT p.seq FROM {_GROUP}, ledger.post_entry(CAST(t AS uuid), uuidv7(), '{KIND}', current_date, '{ACTOR}',
 CAST(uuidv7() AS text), sha256('\\x00'), '', uuid_send(gen_random_uuid()), ARRAY['{MONEY}','{INCOME}'],
 ARRAY[500,-500]::bigint[]) p"""  # noqa: S608
_POST_BATCH = f"""SELECT count(*) FROM {_GROUP}, ledger.post_entries(CAST(t AS uuid),
 ARRAY(SELECT uuidv7() FROM generate_series(1, {BATCH})), array_fill(CAST('{KIND}' AS text), ARRAY[{BATCH}]),
 array_fill(current_date, ARRAY[{BATCH}]), array_fill(CAST('{ACTOR}' AS uuid), ARRAY[{BATCH}]),
 ARRAY(SELECT CAST(uuidv7() AS text) FROM generate_series(1, {BATCH})), array_fill(sha256('\\x00'), ARRAY[{BATCH}]),
 array_fill(CAST('' AS text), ARRAY[{BATCH}]),
 ARRAY(SELECT uuid_send(gen_random_uuid()) FROM generate_series(1, {BATCH})),
 array_fill(CAST(NULL AS bigint), ARRAY[{BATCH}]), array_fill(2, ARRAY[{BATCH}]), ARRAY['{MONEY}','{INCOME}'],
 ARRAY(SELECT 1 + n % 2 FROM generate_series(0, {2 * BATCH - 1}) n),
 ARRAY(SELECT CAST(500 - n % 2 * 1000 AS bigint) FROM generate_series(0, {2 * BATCH - 1}) n))"""  # noqa: S608
_RANDOM = "\\set g random(:low, :high)\n"
INSERT = "INSERT INTO bench_insert VALUES (uuidv7());\n"
POSTING = _RANDOM + " ".join(_POST.format(g="CAST(:g AS text)").split()) + ";\n"
POSTING_BATCH = _RANDOM + " ".join(_POST_BATCH.format(g="CAST(:g AS text)").split()) + ";\n"
_FROM, _TO = "'pgla_f' || CAST(:g AS text)", "'pgla_t' || CAST(:g AS text)"
PGLEDGER = f"{_RANDOM}SELECT * FROM pgledger_create_transfer({_FROM}, {_TO}, 500);\n"  # noqa: S608
_BY_PSYCOPG = _POST.format(g="%s").encode()


@dataclass(frozen=True, slots=True)
class Measured:
    """`rate` per second (of entries), each call's milliseconds, and calls that failed."""

    rate: float
    times: list[float]
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """A database with `groups` open books, numbered from 0; the application's connections come from `database`."""

    server: embedded.Server
    name: str
    groups: int
    database: Database

    def numbers(self, *, is_hot: bool) -> range:
        return range(1 if is_hot else self.groups)


def find_pgbench() -> Path:
    """The wheel's, or the system's. Refusal names what is missing."""
    ours = embedded.wheel_binaries() / "pgbench"
    found = str(ours) if ours.exists() else shutil.which("pgbench")
    if not found:
        msg = "pgbench is missing, in the wheel and in PATH. Debian has it in the package postgresql."
        raise Refusal(msg, 2)
    return Path(found)


def by_pgbench(
    place: Place, script: str, connections: int, seconds: float, *, is_hot: bool, entries: int = 1, role: str = ""
) -> Measured:
    """Run a script prepared; below a second a fixed number of calls. pgbench says nothing of a call but its time."""
    numbers = place.numbers(is_hot=is_hot)
    length = ["-T", str(round(seconds))] if seconds >= 1 else ["-t", str(max(1, round(seconds * 100)))]
    with tempfile.TemporaryDirectory(prefix="sanduk-pgbench-") as folder:
        path = Path(folder) / "script.sql"
        path.write_text(script, encoding="utf-8")
        command = [str(find_pgbench()), "-h", str(place.server.sockets), "-U", role or roles.APPLICATION, "-n"]
        command += ["-M", "prepared", "-c", str(connections), "-j", str(min(connections, os.cpu_count() or 1))]
        command += ["-D", f"low={FIRST + numbers.start}", "-D", f"high={FIRST + numbers.stop - 1}", *length]
        command += ["-f", str(path), "-l", "--log-prefix", str(Path(folder) / "log"), place.name]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        rate = re.search(r"^tps = ([0-9.]+)", done.stdout, re.MULTILINE)
        if done.returncode or not rate:
            msg = f"pgbench failed:\n{done.stderr.strip()[-2000:]}"
            raise Refusal(msg)
        lines = [line.split() for log in Path(folder).glob("log.*") for line in log.read_text().splitlines()]
    times = [int(line[2]) / 1000 for line in lines if line[2].isdigit()]
    return Measured(float(rate[1]) * entries, times, len(lines) - len(times))


async def by_psycopg(place: Place, connections: int, seconds: float, *, is_hot: bool) -> Measured:
    """pgbench's very statement, prepared, by as many connections of this one process."""
    url, numbers = place.server.url(roles.APPLICATION, place.name), place.numbers(is_hot=is_hot)
    open_ones = [await psycopg.AsyncConnection.connect(url, autocommit=True) for _ in range(connections)]

    def step(connection: psycopg.AsyncConnection) -> Callable[[], Awaitable[object]]:
        return lambda: connection.execute(_BY_PSYCOPG, (str(FIRST + random.choice(numbers)),), prepare=True)  # noqa: S311

    try:
        return await drive([step(one) for one in open_ones], seconds)
    finally:
        for one in open_ones:
            await one.close()


async def by_session(place: Place, connections: int, seconds: float, *, is_hot: bool, entries: int = 1) -> Measured:
    """Our own door to the ledger: tenant, `post_entries`, commit, the hint to open pages."""
    numbers = place.numbers(is_hot=is_hot)

    async def step() -> None:
        group = group_id(random.choice(numbers))  # noqa: S311
        async with place.database.transaction(Actor(group_id=group)) as session:
            await ledger.post_entries(session, [_entry(group) for _ in range(entries)])

    return await drive([step] * connections, seconds, entries)


def _entry(group: UUID) -> NewEntry:
    today, lines = datetime.now(UTC).date(), (Line(MONEY, 500), Line(INCOME, -500))
    return NewEntry(
        group_id=group, kind=KIND, effective_on=today, actor=ACTOR, idempotency_key=str(new_id()), lines=lines
    )


async def drive(steps: Sequence[Callable[[], Awaitable[object]]], seconds: float, entries: int = 1) -> Measured:
    """Each step over and over until the time is over, all at once; `entries` are what one call posts."""
    began = time.perf_counter()
    end = began + seconds

    async def work(step: Callable[[], Awaitable[object]]) -> list[float]:
        times = []
        while (started := time.perf_counter()) < end:
            await step()
            times.append((time.perf_counter() - started) * 1000)
        return times

    times = [one for found in await asyncio.gather(*(work(step) for step in steps)) for one in found]
    return Measured(len(times) * entries / (time.perf_counter() - began), times)
