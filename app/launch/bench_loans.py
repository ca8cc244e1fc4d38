"""`./sanduk bench loans`: schedules and allocations, against bare Decimal loops of the same formulas in the same run.

Every round makes all of both, ours and bare ones in turn, in small batches, so that a slow minute of the machine meets
both. A value is microseconds each, so a ratio says how many times the bare loop's time ours takes; medians of rounds.
"""

import json
import random
import statistics
import time
from calendar import monthrange
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from app.domain.loans.allocation import Claim, Part, allocate
from app.domain.loans.book import Book
from app.domain.loans.schedule import make_schedule
from app.domain.loans.terms import LoanTerms, Unit
from app.launch.bench import Row, machine, percentiles
from app.launch.paths import say

INSTALMENTS = 24
BATCH = 200
SEED = 6
ORDER = tuple(Part)


@dataclass(frozen=True, slots=True)
class Plan:
    rounds: int = 3
    schedules: int = 10_000
    allocations: int = 100_000


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do in two ways, each told the same `inputs`; both must give the same `figures`."""

    name: str
    inputs: Sequence[Any]
    ours: Callable[[Any], Any]
    bare: Callable[[Any], Any]
    figures: Callable[[Any, Any], bool]


def run(plan: Plan) -> str:
    """The measurement as JSON."""
    before = machine()
    tasks = [_schedules(plan.schedules), _allocations(plan.allocations)]
    rows, errors = [], 0
    for task in tasks:
        errors += sum(not task.figures(task.ours(one), task.bare(one)) for one in task.inputs)
        rows.append(asdict(_measure(task, plan.rounds)))
    result = {
        "bench": "loans",
        "params": {**asdict(plan), "instalments": INSTALMENTS},
        "machine": {**before, "load_after": machine()["load"]},
        "rounds": plan.rounds,
        "rows": rows,
        "errors": errors,
    }
    return json.dumps(result, indent=1)


def _measure(task: Task, rounds: int) -> Row:
    mine: list[list[float]] = []
    theirs: list[list[float]] = []
    for number in range(rounds):
        say(f"{task.name}: round {number + 1} of {rounds} ...")
        mine.append([])
        theirs.append([])
        for begin in range(0, len(task.inputs), BATCH):
            batch = task.inputs[begin : begin + BATCH]
            mine[-1] += _times(task.ours, batch)
            theirs[-1] += _times(task.bare, batch)
    means = [statistics.fmean(times) for times in mine]
    bases = [statistics.fmean(times) for times in theirs]
    p50, p95, p99 = (round(us / 1000, 4) for us in percentiles([one for times in mine for one in times]))
    return Row(
        name=task.name,
        connections=1,
        value=round(statistics.median(means), 2),
        unit="us each",
        p50=p50,
        p95=p95,
        p99=p99,
        baseline=round(statistics.median(bases), 2),
        ratio=round(statistics.median(one / base for one, base in zip(means, bases, strict=True)), 3),
    )


def _times(do: Callable[[Any], Any], batch: Sequence[Any]) -> list[float]:
    """Microseconds of each call."""
    found = []
    for one in batch:
        started = time.perf_counter()
        do(one)
        found.append((time.perf_counter() - started) * 1e6)
    return found


# --- schedules: an annuity by months


def _schedules(count: int) -> Task:
    chance = random.Random(SEED)  # noqa: S311
    inputs = []
    for _ in range(count):
        start = date(2020, 1, 1) + timedelta(days=chance.randrange(3650))
        principal, rate = chance.randrange(1_000_00, 1_000_000_00), chance.choice([90_000, 120_000, 180_000, 240_000])
        inputs.append(LoanTerms(principal, rate, INSTALMENTS, Unit.MONTHS, start, start))
    return Task("schedules", inputs, make_schedule, bare_schedule, _is_same_schedule)


def bare_schedule(terms: LoanTerms) -> list[tuple[date, Decimal, Decimal, Decimal]]:
    """E = P i / (1 - (1+i)^-n), interest round(balance x i), the last row takes the balance: nothing else."""
    unit, start, n = Decimal(1), terms.starts_on, terms.repayments
    balance, rate = Decimal(terms.principal_minor), Decimal(terms.rate_ppm) / 12_000_000
    emi = (balance * rate / (1 - (1 + rate) ** -n)).quantize(unit)
    rows = []
    for k in range(1, n + 1):
        years, month = divmod(start.month - 1 + k, 12)
        year = start.year + years
        due_on = date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))
        interest = (balance * rate).quantize(unit)
        principal = emi - interest if k < n else balance
        balance -= principal
        rows.append((due_on, principal, interest, balance))
    return rows


def _is_same_schedule(ours: Any, bare: list[tuple[date, Decimal, Decimal, Decimal]]) -> bool:
    return [(row.due_on, row.principal_minor, row.interest_minor, row.balance_minor) for row in ours.rows] == bare


# --- allocations: penalties, fees, interest, principal over the instalments of a running loan

Bare = tuple[tuple[tuple[int, date, Part, Decimal], ...], ...]
"""Instalments of (position, due, part, unpaid)."""


@dataclass(frozen=True, slots=True)
class Payment:
    """`bare` says the same as `claims`."""

    claims: tuple[Claim, ...]
    bare: Bare
    on: date
    amount_minor: int


def _allocations(count: int) -> Task:
    chance = random.Random(SEED)  # noqa: S311
    loans = [_loan(date(2024, 1, 1) + timedelta(days=n), 100_000_00 + n) for n in range(100)]
    inputs = []
    for _ in range(count):
        claims, bare = chance.choice(loans)
        on = claims[0].due_on + timedelta(days=chance.randrange(800))
        inputs.append(Payment(claims, bare, on, chance.randrange(1, 60_000_00)))
    return Task("allocations", inputs, _allocate, bare_allocation, _is_same_allocation)


def _loan(start: date, principal: int) -> tuple[tuple[Claim, ...], Bare]:
    book = Book.of(make_schedule(LoanTerms(principal, 120_000, INSTALMENTS, Unit.MONTHS, start, start)).rows)
    book.charge(Part.PENALTY, start + timedelta(days=40), 500)
    claims = tuple(item.claim() for item in book.items if item.unpaid_minor)
    numbered = [(one.n, (at, one.due_on, one.part, Decimal(one.unpaid_minor))) for at, one in enumerate(claims)]
    return claims, tuple(tuple(one for n, one in numbered if n == row) for row in range(1, INSTALMENTS + 1))


def _allocate(one: Payment) -> Any:
    return allocate(one.claims, one.amount_minor, one.on)


def bare_allocation(payment: Payment) -> tuple[list[tuple[int, Decimal]], Decimal]:
    """What is due, part by part; then what is not, instalment by instalment: portions by position, and the rest."""
    rest, on, given = Decimal(payment.amount_minor), payment.on, []
    for wanted in ORDER:
        for row in payment.bare:
            for position, due_on, part, unpaid in row:
                if part is wanted and due_on <= on:
                    taken = min(rest, unpaid)
                    given.append((position, taken))
                    rest -= taken
                    if not rest:
                        return given, rest
    for row in payment.bare:
        for wanted in ORDER:
            for position, due_on, part, unpaid in row:
                if part is wanted and due_on > on:
                    taken = min(rest, unpaid)
                    given.append((position, taken))
                    rest -= taken
                    if not rest:
                        return given, rest
    return given, rest


def _is_same_allocation(ours: Any, bare: tuple[list[tuple[int, Decimal]], Decimal]) -> bool:
    return (list(ours.portions), ours.rest_minor) == bare
