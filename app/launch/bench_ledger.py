"""`./sanduk bench ledger`: how fast entries are posted and read, with every guarantee on, against what is the limit.

One scratch cluster that writes to disk; every round measures everything in turn, so that a slow minute of the machine
meets all. A row's value is the median of its rounds, its ratios are medians of the rounds' ratios, percentiles are of
all calls. `hot` is the same two accounts in all calls; otherwise calls go to a random group each. With `grown` a
second database of the cluster holds many books, and is measured in turn with the fresh one.
"""

import asyncio
import json
import os
import random
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql
from sqlalchemy import text

from app import embedded, migrate, wiring
from app.domain.ledger import service as ledger
from app.kit import roles
from app.kit.actor import Actor
from app.kit.db import Database, Session, psycopg_url
from app.kit.hints import CHANNEL
from app.launch import bench_books as books
from app.launch import bench_payments as payments
from app.launch import bench_posting as posting
from app.launch.bench import Row, machine, percentiles, scratch
from app.launch.bench_posting import Measured, Place
from app.launch.paths import Refusal, say

FRESH, GROWN = "sanduk", "grown"
INSERTS, PGLEDGER, NOTHING = "insert", "pgledger", "nothing"
READING = (NOTHING, "balance-as-of", "last-50-lines", "month")
QUESTIONS = 40
"""Of each statement in a round."""
MONTH = timedelta(days=30)
SAMPLE = 20

_ONE = text("SELECT 1")
_TABLES = "CREATE TABLE bench_insert (id uuid PRIMARY KEY); GRANT INSERT ON bench_insert TO sanduk_app;"
_PGLEDGER = """
INSERT INTO pgledger_accounts (id, name, currency, allow_negative_balance, allow_positive_balance, created_at,
    updated_at)
  SELECT 'pgla_' || side || n, side || n, 'KES', true, true, now(), now()
  FROM generate_series(%(low)s::int, %(high)s::int) n, unnest(ARRAY['f', 't']) side"""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure. `grown_postings` are two to an entry, evenly in `grown_groups`; 0 measures the fresh alone."""

    rounds: int = 3
    seconds: float = 3.0
    pgledger: tuple[Path, ...] = ()
    grown_postings: int = 0
    grown_groups: int = 50_000
    connections: tuple[int, ...] = (1, 4, 16)
    groups: int = 1000
    payers: int = 16
    account_postings: int = 100_000


@dataclass(frozen=True, slots=True)
class LedgerRow(Row):
    """`low` and `high`: the slowest and fastest round. Ratios to what was measured in the same rounds, or None."""

    low: float
    high: float
    to_pgledger: float | None
    to_fresh: float | None


@dataclass(slots=True)
class Run:
    """Results of all rounds by name and connections, and how many hints were heard meanwhile."""

    plan: Plan
    found: dict[tuple[str, int], list[Measured]] = field(default_factory=dict)
    hints: int = 0

    def note(self, name: str, connections: int, measured: Measured) -> None:
        self.found.setdefault((name, connections), []).append(measured)


def run(plan: Plan) -> str:
    """The measurement as JSON. Raises Refusal without pgbench, or for a pgledger that can't be read."""
    posting.find_pgbench()
    theirs = [_read(path) for path in plan.pgledger]
    before = machine()
    with scratch() as (server, folder):
        os.environ |= {
            "DATABASE_URL": server.url(roles.APPLICATION),
            "SANDUK_KEY_FOLDER": str(folder / "keys"),
        }
        loaded = {
            name: _prepare(server, name, plan, theirs) for name in (FRESH, GROWN)[: 1 + bool(plan.grown_postings)]
        }
        measured, verified = asyncio.run(_measure(server, plan, list(loaded)))
    failed = sum(one.failed for rounds in measured.found.values() for one in rounds)
    params = {k: v for k, v in asdict(plan).items() if k != "pgledger"} | {"pgledger": bool(theirs), "loaded": loaded}
    result = {
        "bench": "ledger",
        "params": params,
        "machine": {**before, "load_after": machine()["load"]},
        "rounds": plan.rounds,
        "rows": [asdict(_row(measured, name, connections)) for name, connections in measured.found],
        "verified": verified,
        "hints_heard": measured.hints,
        "errors": failed + sum(len(one["faults"]) for one in verified.values()),
    }
    return json.dumps(result, indent=1)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path} can't be read: {error}."
        raise Refusal(msg, 2) from error


def _prepare(server: embedded.Server, name: str, plan: Plan, theirs: list[str]) -> dict[str, float]:
    """A database with its books, and pgledger beside the fresh ones. Returns what was loaded, and in how long."""
    if name != FRESH:
        roles.create_database(server.url(embedded.SUPERUSER, "postgres"), name)
    migrate.upgrade(server.url(roles.OWNER, name))
    groups = plan.groups if name == FRESH else plan.grown_groups
    each = plan.grown_postings // 2 // groups if name == GROWN else 0
    say(f"{name}: loading {groups} books of {each} entries, and one of {plan.account_postings} ...")
    began = time.perf_counter()
    books.load(server, name, 0, groups, each)
    books.load(server, name, groups, 1, plan.account_postings)
    took = round(time.perf_counter() - began, 1)
    with psycopg.connect(server.url(roles.OWNER, name)) as connection:
        connection.execute(_TABLES)
        if name == FRESH and theirs:
            _prepare_pgledger(connection, theirs, groups)
    return {"groups": groups, "entries": groups * each + plan.account_postings, "seconds": took}


def _prepare_pgledger(connection: psycopg.Connection, theirs: list[str], groups: int) -> None:
    try:
        for script in theirs:
            connection.execute(script.encode())
        connection.execute(_PGLEDGER, {"low": books.FIRST, "high": books.FIRST + groups - 1})
    except psycopg.Error as error:
        msg = f"pgledger's SQL is refused: {error}"
        raise Refusal(msg, 2) from error


async def _measure(server: embedded.Server, plan: Plan, names: list[str]) -> tuple[Run, dict[str, Any]]:
    wired = wiring.services()
    result = Run(plan)
    places: list[tuple[Place, list[payments.Payers]]] = []
    listeners = []
    try:
        for name in names:
            database = _database(server, name, wired.database, max(plan.connections))
            groups = plan.groups if name == FRESH else plan.grown_groups
            place = Place(server, name, groups, database)
            places.append((place, await payments.make_payers(database, plan.payers)))
            listeners.append(asyncio.create_task(_listen(place, result)))
        for number in range(plan.rounds):
            for connections in plan.connections:
                say(f"Round {number + 1} of {plan.rounds}, {connections} connections ...")
                await _measure_posting(result, places, connections)
            for place, _ in places:
                await asyncio.to_thread(_analyze, place)
                await _measure_reading(result, place)
        verified = {place.name: await _verify(place, payers) for place, payers in places}
    finally:
        for task in listeners:
            task.cancel()
        for place, _ in places:
            await place.database.close()
        await wired.database.close()
    return result, verified


def _database(server: embedded.Server, name: str, wired: Database, size: int) -> Database:
    """As served: with hints to open pages, the keyring and the signer."""
    return Database(psycopg_url(server.url(roles.APPLICATION, name)), pool_size=size, tools=wired.tools, hints=True)


async def _listen(place: Place, result: Run) -> None:
    """As a process that serves pages hears of writes."""
    url = place.server.url(roles.APPLICATION, place.name)
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute(f"LISTEN {CHANNEL}".encode())
        async for _ in connection.notifies():
            result.hints += 1


def _analyze(place: Place) -> None:
    """What autovacuum does within minutes of such a load: plans for empty books read full ones very slowly."""
    with psycopg.connect(place.server.url(roles.OWNER, place.name), autocommit=True) as connection:
        for table in books.TABLES:
            connection.execute(sql.SQL("ANALYZE ledger.{}").format(sql.Identifier(table)))


async def _measure_posting(result: Run, places: list[tuple[Place, list[payments.Payers]]], connections: int) -> None:
    plan, seconds = result.plan, result.plan.seconds
    fresh = places[0][0]
    measured = await asyncio.to_thread(posting.by_pgbench, fresh, posting.INSERT, connections, seconds, is_hot=True)
    result.note(INSERTS, connections, measured)
    for is_hot in (False, True):
        ending = "-hot" if is_hot else ""
        if plan.pgledger:
            measured = await asyncio.to_thread(
                posting.by_pgbench, fresh, posting.PGLEDGER, connections, seconds, is_hot=is_hot, role=roles.OWNER
            )
            result.note(PGLEDGER + ending, connections, measured)
        for way in ("posting", "psycopg", "session", "service", "batch", "batch-session"):
            for place, payers in places:
                measured = await _post(way, place, payers, connections, seconds, is_hot=is_hot)
                result.note(_named(place, way + ending), connections, measured)


async def _post(
    way: str, place: Place, payers: list[payments.Payers], connections: int, seconds: float, *, is_hot: bool
) -> Measured:
    if way == "psycopg":
        return await posting.by_psycopg(place, connections, seconds, is_hot=is_hot)
    if way == "service":
        return await payments.by_service(place, payers, connections, seconds, is_hot=is_hot)
    entries = posting.BATCH if way.startswith("batch") else 1
    if way in ("session", "batch-session"):
        return await posting.by_session(place, connections, seconds, is_hot=is_hot, entries=entries)
    script = posting.POSTING_BATCH if entries > 1 else posting.POSTING
    return await asyncio.to_thread(
        posting.by_pgbench, place, script, connections, seconds, is_hot=is_hot, entries=entries
    )


def _named(place: Place, name: str) -> str:
    return name if place.name == FRESH else f"{place.name}/{name}"


Question = Callable[[Session], Awaitable[object]]


async def _measure_reading(result: Run, place: Place) -> None:
    """Statements of the account with many postings, each in a transaction of its own; `nothing` is one that asks 1."""
    group, entries = books.group_id(place.groups), result.plan.account_postings
    questions: dict[str, Question] = {
        NOTHING: lambda session: session.execute(_ONE),
        "balance-as-of": lambda session: ledger.balance_on(session, group, books.MONEY, _any_day(entries)),
        "last-50-lines": lambda session: ledger.account_lines(session, group, books.MONEY, limit=50),
        "month": lambda session: _month(session, group, entries),
    }
    times: dict[str, list[float]] = {name: [] for name in questions}
    for _ in range(QUESTIONS):
        for name, question in questions.items():
            started = time.perf_counter()
            async with place.database.transaction(Actor(group_id=group)) as session:
                await question(session)
            times[name].append((time.perf_counter() - started) * 1000)
    for name, found in times.items():
        result.note(_named(place, name), 1, Measured(1000 * len(found) / sum(found), found))


async def _month(session: Session, group: UUID, entries: int) -> object:
    since = _any_day(entries)
    return await ledger.period_lines(
        session, group, books.MONEY, since=since, until=since + MONTH, upto=entries, limit=entries
    )


def _any_day(entries: int) -> date:
    return books.day_of(random.randint(1, entries), entries)  # noqa: S311


async def _verify(place: Place, payers: list[payments.Payers]) -> dict[str, Any]:
    """The verifier over the hot books, the long ones, those of the payers, and a sample of the others."""
    numbers = {0, place.groups, *random.sample(range(place.groups), min(SAMPLE, place.groups))}
    ids = [books.group_id(number) for number in sorted(numbers)] + [one.admin.group_id for one in payers]
    began, entries, faults = time.perf_counter(), 0, []
    for one in ids:
        assert one is not None
        async with place.database.transaction(Actor(group_id=one), is_snapshot=True) as session:
            if fault := await ledger.find_fault(session, one):
                faults.append({"group": str(one), "seq": fault.seq, "reason": fault.reason})
            entries += (await ledger.head(session, one)).seq
    took = round(time.perf_counter() - began, 1)
    of = place.groups + 1 + len(payers)
    return {"groups": len(ids), "of": of, "entries": entries, "seconds": took, "faults": faults}


def _row(result: Run, name: str, connections: int) -> LedgerRow:
    rounds = result.found[name, connections]
    plain, ending = name.removeprefix(f"{GROWN}/"), "-hot" if name.endswith("-hot") else ""
    base = name.removesuffix(plain) + NOTHING if plain in READING else INSERTS
    rates = [one.rate for one in rounds]
    p50, p95, p99 = (round(ms, 2) for ms in percentiles([ms for one in rounds for ms in one.times]))
    bases = [one.rate for one in result.found[base, connections]]
    return LedgerRow(
        name=name,
        connections=connections,
        value=round(statistics.median(rates), 1),
        unit="statements/s" if plain in READING else "entries/s",
        p50=p50,
        p95=p95,
        p99=p99,
        baseline=round(statistics.median(bases), 1),
        ratio=_ratio(rates, bases),
        low=round(min(rates), 1),
        high=round(max(rates), 1),
        to_pgledger=None if plain in READING else _to(result, rates, PGLEDGER + ending, connections),
        to_fresh=_to(result, rates, plain, connections) if plain != name else None,
    )


def _to(result: Run, rates: list[float], name: str, connections: int) -> float | None:
    found = result.found.get((name, connections))
    return _ratio(rates, [one.rate for one in found]) if found else None


def _ratio(rates: list[float], bases: list[float]) -> float:
    """The median of the rounds' own ratios: both sides met the same minutes of the machine."""
    return round(statistics.median(mine / base for mine, base in zip(rates, bases, strict=True)), 3)
