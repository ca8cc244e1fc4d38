"""`./sanduk bench reconcile`: a bank's lines read, matched and confirmed, against bare loops over the same bytes and
keys, and against the rate at which the ledger posts batches.

`parse` reads a statement file: M-Pesa's export, whose narration holds payer and reference, and a bank's CSV of columns.
Its baseline is csv.reader with the two amounts of a row made integers. `match` finds the dues that lines pay by their
reference; its baseline is a dict look-up of the same references and amounts. Each round does all, ours and bare in
turn; a value is microseconds a line, of this process's own time. `growth` is ten times the lines against the lines: 12
is the most it should be. `confirm` is lines a second by the clock, of at most 5,000 in batches of 500
(`bench_confirming.py`), to entries a second that are only posted, in batches as large.
"""

import csv
import io
import json
import random
import resource
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from app import wiring
from app.domain.reconciliation.bank.facts import Due, Known, Line, Payer
from app.domain.reconciliation.bank.matching import match_lines
from app.domain.reconciliation.bank.reading import read_file
from app.integrations.mt940 import Mt940
from app.kit import memory
from app.kit.ids import new_code
from app.launch import bench_confirming
from app.launch.bench import Row, machine, percentiles
from app.launch.paths import say

SEED = 7
MEMBERS, MOST_CONFIRMED = 2_000, 5_000
MPESA = ("Receipt No.", "Completion Time", "Details", "Transaction Status", "Paid In", "Withdrawn", "Balance")
BANK = ("Date", "Narration", "Reference", "Debit", "Credit", "Balance")


@dataclass(frozen=True, slots=True)
class Plan:
    rounds: int = 3
    lines: int = 100_000


@dataclass(frozen=True, slots=True)
class Task:
    """`ours` and `bare` each give how many lines they took."""

    name: str
    lines: int
    ours: Callable[[], int]
    bare: Callable[[], int]


@dataclass(frozen=True, slots=True)
class Paid:
    """A due and the line that pays it."""

    due: Due
    line: Line
    at: datetime


def run(plan: Plan) -> str:
    """The measurement as JSON."""
    before = machine()
    small = max(plan.lines // 10, 1)
    wiring.register()
    payers, paid = _make(plan.lines)
    memory.settle()
    rows, errors, growth = [], 0, {}
    for make in (_mpesa, _bank, _match):
        task = make(payers, paid)
        say(f"{task.name}: {plan.rounds} rounds of {task.lines} lines ...")
        errors += sum(found != task.lines for found in (task.ours(), task.bare()))
        row = _measure(task, plan.rounds)
        rows.append(asdict(row))
        tenth = make(payers, paid[:small])
        few = _measure(tenth, 10 * plan.rounds)  # as many lines in all
        growth[task.name] = round(row.value * task.lines / (few.value * tenth.lines), 2)
    batches = max(1, min(plan.lines, MOST_CONFIRMED) // bench_confirming.BATCH)
    say(f"confirm: {batches} batches of {bench_confirming.BATCH} lines ...")
    confirmed = bench_confirming.measure(batches)
    rows.append(asdict(_confirm_row(confirmed)))
    errors += confirmed.faults
    result = {
        "bench": "reconcile",
        "params": {**asdict(plan), "members": MEMBERS},
        "machine": {**before, "load_after": machine()["load"]},
        "rounds": plan.rounds,
        "rows": rows,
        "growth": growth,
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "errors": errors,
    }
    return json.dumps(result, indent=1)


def _measure(task: Task, rounds: int) -> Row:
    mine, theirs = [], []
    for _ in range(rounds):
        theirs.append(_time(task.bare) / task.lines)
        mine.append(_time(task.ours) / task.lines)
    ratios = [one / base for one, base in zip(mine, theirs, strict=True)]
    middle, worst = statistics.median(mine), max(mine)
    return Row(
        name=task.name,
        connections=1,
        value=round(middle, 3),
        unit="us a line",
        p50=round(middle / 1000, 6),
        p95=round(worst / 1000, 6),
        p99=round(worst / 1000, 6),
        baseline=round(statistics.median(theirs), 3),
        ratio=round(statistics.median(ratios), 2),
    )


def _confirm_row(found: bench_confirming.Confirmed) -> Row:
    """Lines a second to entries a second; percentiles are of a batch's milliseconds."""
    size = bench_confirming.BATCH
    ratios = [post / confirm for confirm, post in zip(found.confirm_s, found.post_s, strict=True)]
    p50, p95, p99 = percentiles([seconds * 1000 for seconds in found.confirm_s])
    return Row(
        name="confirm",
        connections=1,
        value=round(size / statistics.median(found.confirm_s), 1),
        unit="lines/s",
        p50=round(p50, 1),
        p95=round(p95, 1),
        p99=round(p99, 1),
        baseline=round(size / statistics.median(found.post_s), 1),
        ratio=round(statistics.median(ratios), 3),
    )


def _time(do: Callable[[], Any]) -> float:
    """Microseconds of this process: others on the machine don't count. Nothing looks for cycles meanwhile, as where a
    bank's file is read and matched.
    """
    started = time.process_time()
    with memory.unwatched():
        do()
    return (time.process_time() - started) * 1e6


def _make(count: int) -> tuple[tuple[Payer, ...], list[Paid]]:
    """Members, and as many dues as lines that pay them, in the order of their time."""
    chance = random.Random(SEED)  # noqa: S311

    def new() -> UUID:
        return UUID(int=chance.getrandbits(128))

    payers = tuple(Payer(new(), f"Member {n} Mwangi", f"+2547{n:08d}", f"M/{n}") for n in range(MEMBERS))
    references: dict[str, None] = {}
    while len(references) < count:
        references[new_code(7)] = None
    found, at = [], datetime(2026, 1, 1, 8)  # noqa: DTZ001
    for n, reference in enumerate(references):
        payer, amount = payers[n % MEMBERS], chance.randrange(100, 5_000) * 100
        at += timedelta(seconds=chance.randrange(1, 300))
        due = Due(new(), payer.member_id, reference, amount, date(2026, 1, 1) + timedelta(days=n % 300))
        words = f"Pay Bill from {payer.phone[1:]} - {payer.name.upper()} Acc. {reference[:4]}-{reference[4:]}"
        line = Line(new(), at.date(), amount, f"U{n:08d}K", reference, f"{payer.phone[1:]} - {payer.name}", words)
        found.append(Paid(due, line, at))
    return payers, found


def _file(header: Sequence[str], paid: list[Paid], cells: Callable[[Paid, str, str], Sequence[str]]) -> bytes:
    out, balance = io.StringIO(), 0
    rows = csv.writer(out)
    rows.writerow(header)
    for one in paid:
        balance += one.line.amount_minor
        rows.writerow(cells(one, f"{one.line.amount_minor / 100:,.2f}", f"{balance / 100:,.2f}"))
    return out.getvalue().encode()


def _mpesa(_: tuple[Payer, ...], paid: list[Paid]) -> Task:
    def cells(one: Paid, amount: str, balance: str) -> Sequence[str]:
        return one.line.bank_id, f"{one.at:%Y-%m-%d %H:%M:%S}", one.line.description, "Completed", amount, "", balance

    return _reading("parse M-Pesa", _file(MPESA, paid, cells), 4, len(paid))


def _bank(_: tuple[Payer, ...], paid: list[Paid]) -> Task:
    def cells(one: Paid, amount: str, balance: str) -> Sequence[str]:
        return f"{one.at:%d/%m/%Y}", f"TRANSFER {one.line.counterparty}", one.line.reference, "", amount, balance

    return _reading("parse bank", _file(BANK, paid, cells), 4, len(paid))


def _reading(name: str, data: bytes, money_in: int, lines: int) -> Task:
    def ours() -> int:
        (statement,) = read_file(data, Mt940(), currency="KES").statements
        return len(statement.lines) if statement.chain == "ok" else -1

    def bare() -> int:
        rows = csv.reader(io.StringIO(data.decode("utf-8"), newline=""))
        next(rows)
        return len([(row[0], row[1], row[2], _int(row[money_in]), _int(row[-1])) for row in rows])

    return Task(name, lines, ours, bare)


def _int(text: str) -> int:
    return int(text.replace(",", "").replace(".", ""))


def _match(payers: tuple[Payer, ...], paid: list[Paid]) -> Task:
    dues, lines = tuple(one.due for one in paid), [one.line for one in paid]
    random.Random(SEED).shuffle(lines)  # noqa: S311

    def ours() -> int:
        return sum(one.verdict == "sure" for one in match_lines(lines, Known(dues, payers)))

    def bare() -> int:
        known = {due.reference: due for due in dues}
        pairs = [(line, known.get(line.reference)) for line in lines]
        return len([(line.id, due.id) for line, due in pairs if due and due.open_minor == line.amount_minor])

    return Task("match", len(paid), ours, bare)
