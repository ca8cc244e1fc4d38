"""`./sanduk bench loans --nightly`: the night's work on many loans, and on a tenth of them, in one run.

Loans are loaded by COPY into a database that is thrown away: groups of a thousand, twelve monthly instalments each, all
past ones paid but for one loan in ten, whose last is overdue under a penalty of a thousandth a day; one in a hundred
is overdue since yesterday. Payments themselves are loaded for those that are late: the night asks for no others. Nobody
has signed in, so that who hears of lateness is looked for, and no notice written.

A value is microseconds a loan; percentiles are milliseconds of a transaction; the ratio of the larger night is its
whole time to the smaller one's, of which 12 is the most it should be.
"""

import asyncio
import json
import resource
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import count
from uuid import UUID

import psycopg
from psycopg import sql
from sqlalchemy import event

from app import embedded, migrate
from app.domain.loans import nightly
from app.domain.loans.allocation import Part
from app.domain.loans.arrears import PenaltyPer
from app.domain.loans.products import ProductRules, terms_of
from app.domain.loans.schedule import ScheduleRow, make_schedule
from app.kit import roles
from app.kit.actor import NOBODY, Actor
from app.kit.clock import today_in
from app.kit.db import Database
from app.kit.ids import ALPHABET, new_id, new_payment_reference
from app.launch.bench import Row, machine, percentiles, scratch
from app.launch.bench_books import at_rest
from app.launch.paths import say

IN_GROUP, TIMES = 1_000, 10
AMOUNT, REPAYMENTS = 60_000_00, 12
LATE, NEWLY = 10, 100
"""One loan in so many."""
ZONE = "Africa/Nairobi"
RULES = ProductRules("Bench", 240_000, REPAYMENTS, penalty_per=PenaltyPer.DAY, penalty_ppm=1_000)
TABLES = ("groups", "members", "loan_products", "loans", "loan_items", "payments", "loan_portions")


@dataclass(frozen=True, slots=True)
class Plan:
    loans: int = 100_000


@dataclass(frozen=True, slots=True)
class Night:
    """`transactions` in milliseconds each; `queries` are all statements, `wrong` what it did not come to."""

    loans: int
    seconds: float
    transactions: list[float]
    queries: int
    wrong: int


def run(plan: Plan) -> str:
    """The measurement as JSON."""
    before = machine()
    with scratch() as (server, _):
        migrate.upgrade(server.url(roles.OWNER))
        nights = asyncio.run(_measure(server, (max(plan.loans // TIMES, 1), plan.loans)))
    few, many = nights
    growth = round(many.seconds / few.seconds, 2)
    result = {
        "bench": "loans nightly",
        "params": {**asdict(plan), "in_group": IN_GROUP, "instalments": REPAYMENTS, "late_one_in": LATE},
        "machine": {**before, "load_after": machine()["load"]},
        "rounds": 1,
        "rows": [asdict(_row(few, few, 1.0)), asdict(_row(many, few, growth))],
        "growth": growth,
        "seconds": {f"{one.loans}": round(one.seconds, 1) for one in nights},
        "queries": {f"{one.loans}": one.queries for one in nights},
        "transactions": {f"{one.loans}": len(one.transactions) for one in nights},
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "errors": sum(one.wrong for one in nights),
    }
    return json.dumps(result, indent=1)


def _row(one: Night, base: Night, ratio: float) -> Row:
    p50, p95, p99 = (round(ms, 2) for ms in percentiles(one.transactions))
    each, baseline = (round(night.seconds * 1e6 / night.loans, 1) for night in (one, base))
    return Row(f"night of {one.loans}", 1, each, "us a loan", p50, p95, p99, baseline, ratio)


async def _measure(server: embedded.Server, sizes: tuple[int, ...]) -> list[Night]:
    url = server.url(roles.APPLICATION).replace("postgresql://", "postgresql+psycopg://")
    database, found = Database(url, pool_size=1), []
    try:
        for count in sizes:
            say(f"Loading {count} loans ...")
            await asyncio.to_thread(load, server, count, today_in(ZONE, datetime.now(UTC)))
            say(f"The night of {count} loans ...")
            found.append(await _night(server, database, count))
    finally:
        await database.engine.dispose()
    return found


async def _night(server: embedded.Server, database: Database, count: int) -> Night:
    """As the worker does it, one transaction after another."""
    sent, times = [0], []

    def note(*_: object) -> None:
        sent[0] += 1

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    before = await asyncio.to_thread(_penalties, server)
    began = time.perf_counter()
    async with database.transaction(NOBODY) as session:
        groups = await nightly.due_groups(session)
    looked = 0
    for group_id in groups:
        some = 1
        while some:
            started = time.perf_counter()
            async with database.transaction(Actor(group_id=group_id)) as session:
                some = await nightly.look_after_loans(session, group_id)
            times.append((time.perf_counter() - started) * 1000)
            looked += some
    seconds = time.perf_counter() - began
    event.remove(database.engine.sync_engine, "before_cursor_execute", note)
    charged = await asyncio.to_thread(_penalties, server) - before
    return Night(count, seconds, times, sent[0], abs(count - looked) + abs(charged - -(-count // LATE)))


def _penalties(server: embedded.Server) -> int:
    with psycopg.connect(server.url(embedded.SUPERUSER)) as connection:
        row = connection.execute("SELECT count(*) FROM loan_items WHERE part = 'penalty'").fetchone()
    assert row
    return row[0]


def load(server: embedded.Server, count: int, today: date) -> None:
    """New groups with so many loans in all, by the owner."""
    with at_rest(server, "sanduk", "public", TABLES) as connection:
        for first in range(0, count, IN_GROUP):
            for table, (columns, rows) in _group(min(IN_GROUP, count - first), first, today).items():
                statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
                    sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
                )
                with connection.cursor() as cursor, cursor.copy(statement) as copy:
                    for row in rows:
                        copy.write_row(row)
    with psycopg.connect(server.url(embedded.SUPERUSER), autocommit=True) as connection:
        connection.execute("CHECKPOINT")  # what was loaded is not written while the night is measured


Rows = Iterator[tuple[object, ...]]


def _group(count: int, first: int, today: date) -> dict[str, tuple[tuple[str, ...], Rows]]:
    """Its rows by table, with their columns."""
    group_id, product_id, at = new_id(), new_id(), datetime.now(UTC)
    code = new_payment_reference()[:6]
    group = (group_id, code, "Bench", "Bench", "chama", "KES", ZONE, "KE", b"\0", at)
    rules = {field.name: getattr(RULES, field.name) for field in fields(ProductRules)}
    product = (group_id, product_id, 1, group_id, at, *map(_cell, rules.values()))
    loans = [(new_id(), new_id(), first + place) for place in range(count)]
    paid = [
        (new_id(), loan_id, member_id, row)
        for loan_id, member_id, n in loans
        if n % LATE == 0
        for row in [row for row in _plan(_start(n, today)) if row.due_on < today][:-1]
    ]
    members = ((group_id, member_id, f"B{n}", b"\0", b"\0", "active", at) for _, member_id, n in loans)
    named = ("group_id", "id", "member_no", "wrapped_key", "name_enc", "state", "created_at")
    return {
        "groups": (
            ("id", "code", "name", "short_name", "template", "currency", "timezone", "country", "wrapped_key",
             "created_at"),
            iter((group,)),
        ),
        "members": (named, members),
        "loan_products": (("group_id", "product_id", "version", "set_by", "set_at", *rules), iter((product,))),
        "loans": (_LOAN, (_loan(group_id, product_id, *one, no, today, at) for no, one in enumerate(loans, 1))),
        "loan_items": (_ITEM, (row for one in loans for row in _items(group_id, one[0], one[2], today))),
        "payments": (_PAYMENT, (_payment(group_id, *one, at) for one in paid)),
        "loan_portions": (_PORTION, (row for one in paid for row in _portions(group_id, *one))),
    }  # fmt: skip


def _cell(value: object) -> object:
    """Names as text; a tuple is an array."""
    return str(value) if isinstance(value, str) else list(value) if isinstance(value, tuple) else value


_LOAN = (
    "group_id", "id", "no", "reference", "member_id", "product_id", "product_version", "amount_minor", "currency",
    "repayments", "purpose", "state", "begun_at", "proposal_id", "lent_minor", "disbursed_on", "disbursed_by",
    "disburse_key", "entry_seq", "looked_on", "standing",
)  # fmt: skip
_ITEM = ("group_id", "loan_id", "item_no", "n", "part", "due_on", "falls_on", "due_minor", "paid_minor")


_PAYMENT = (
    "group_id", "id", "member_id", "state", "source", "method", "amount_minor", "currency", "paid_on", "submitted_by",
    "submitted_at", "decided_by", "decided_at", "submit_key", "submit_fingerprint", "decision_key", "entry_seq",
)  # fmt: skip
_PORTION = ("group_id", "payment_id", "loan_id", "item_no", "amount_minor")


def _payment(
    group_id: UUID, payment_id: UUID, _: UUID, member_id: UUID, row: ScheduleRow, at: datetime
) -> tuple[object, ...]:
    """Of an instalment on its day, by a loan that is late with the next one: of the others nobody asks."""
    key = str(payment_id)
    return (
        group_id, payment_id, member_id, "confirmed", "treasurer", "cash", row.total_minor, "KES", row.due_on, group_id,
        at, group_id, at, key, bytes(32), key, payment_id.int % 2**40,
    )  # fmt: skip


def _portions(group_id: UUID, payment_id: UUID, loan_id: UUID, _: UUID, row: ScheduleRow) -> Rows:
    for place, minor in enumerate((row.principal_minor, row.interest_minor)):
        yield group_id, payment_id, loan_id, 2 * (row.n - 1) + place + 1, minor


def _start(n: int, today: date) -> date:
    """Of those that are overdue since yesterday, whose first instalment was due then, and of the others."""
    if n % NEWLY == 0:
        return _month_before(today - timedelta(days=1))
    return today - timedelta(days=35 + n * 7 % 280)


@cache
def _month_before(day: date) -> date:
    """The latest day whose month later is this one or before."""
    start = day - timedelta(days=31)
    while _plan(start)[0].due_on < day:
        start += timedelta(days=1)
    return start


@cache
def _plan(start: date) -> tuple[ScheduleRow, ...]:
    return make_schedule(terms_of(RULES, AMOUNT, REPAYMENTS, start)).rows


def _loan(
    group_id: UUID, product_id: UUID, loan_id: UUID, member_id: UUID, n: int, no: int, today: date, at: datetime
) -> tuple[object, ...]:
    is_known = n % LATE == 0 and n % NEWLY != 0
    return (
        group_id, loan_id, no, _reference(), member_id, product_id, 1, AMOUNT, "KES", REPAYMENTS, "Bench",
        "active", at, loan_id, AMOUNT, _start(n, today), group_id, str(loan_id), no, today - timedelta(days=1),
        "overdue" if is_known else "current",
    )  # fmt: skip


_numbers = count(1)


def _reference() -> str:
    """One after another: of so many that are drawn two may be the same."""
    left, found = next(_numbers), ""
    for _ in range(8):
        left, at = divmod(left, len(ALPHABET))
        found = ALPHABET[at] + found
    return found


def _items(group_id: UUID, loan_id: UUID, n: int, today: date) -> Rows:
    """What is past is paid, but for the last of who is late."""
    rows = _plan(_start(n, today))
    past = [row.n for row in rows if row.due_on < today]
    unpaid = past[-1] if n % LATE == 0 else 0
    for at, row in enumerate(rows):
        is_paid = row.due_on < today and row.n != unpaid
        for place, part in enumerate((Part.PRINCIPAL, Part.INTEREST)):
            minor = row.principal_minor if part is Part.PRINCIPAL else row.interest_minor
            yield (group_id, loan_id, 2 * at + place + 1, row.n, part.value, row.due_on, row.due_on, minor,
                   minor if is_paid else 0)  # fmt: skip
