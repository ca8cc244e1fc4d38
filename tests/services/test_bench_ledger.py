"""`./sanduk bench ledger`, tiny: the form of what it says, and books that hold. No time is asserted."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest

from app.domain.ledger import canon
from app.domain.ledger.views import EntryLine, EntryView, Line, NewEntry
from app.kit.config import settings
from app.launch import bench_books as books
from app.launch import bench_ledger
from app.launch.bench_ledger import Plan
from app.launch.paths import ROOT, Refusal

ENTRIES = 20
TINY = Plan(
    rounds=1,
    seconds=0.1,
    grown_postings=20_000,
    grown_groups=100,
    connections=(1, 2),
    groups=10,
    payers=2,
    account_postings=500,
)
WAYS = ("posting", "psycopg", "session", "service", "batch", "batch-session")
KEYS = ["name", "connections", "value", "unit", "p50", "p95", "p99", "baseline", "ratio", "low", "high"]


@pytest.fixture
def environment() -> Iterator[None]:
    """As in a process of its own: settings are read once."""
    before = dict(os.environ)
    settings.cache_clear()
    yield
    os.environ.clear()
    os.environ.update(before)
    settings.cache_clear()


@pytest.mark.usefixtures("environment")
def test_a_tiny_run_says_every_row_and_its_books_hold() -> None:
    said = json.loads(bench_ledger.run(TINY))
    assert list(said) == [
        "bench", "params", "machine", "rounds", "rows", "verified", "hints_heard", "errors",
    ]  # fmt: skip
    assert (said["bench"], said["rounds"], said["errors"]) == ("ledger", 1, 0)
    rows = {(row["name"], row["connections"]): row for row in said["rows"]}
    plain = {"insert"} | {f"{place}{way}{hot}" for place in ("", "grown/") for way in WAYS for hot in ("", "-hot")}
    asked = {f"{place}{name}" for place in ("", "grown/") for name in bench_ledger.READING}
    assert set(rows) == {(name, n) for name in plain for n in (1, 2)} | {(name, 1) for name in asked}
    for (name, _), row in rows.items():
        assert list(row) == [*KEYS, "to_pgledger", "to_fresh"]
        assert 0 < row["low"] <= row["value"] <= row["high"]
        assert 0 < row["p50"] <= row["p95"] <= row["p99"]
        assert (row["to_pgledger"], row["to_fresh"] is None) == (None, not name.startswith("grown/"))
    assert said["params"]["loaded"]["grown"]["entries"] == 10_000 + 500
    assert said["verified"]["grown"]["groups"] >= 20
    assert [one["faults"] for one in said["verified"].values()] == [[], []]
    assert said["verified"]["sanduk"]["entries"] > 500
    assert said["hints_heard"] > 0


def test_a_loaded_chain_has_the_hashes_that_posting_gives() -> None:
    group = books.group_id(3)
    rows = {
        table: "".join(lines).splitlines() for table, lines in books.make_chain(group, books.moments(ENTRIES)).items()
    }
    prev = canon.GENESIS
    for place in range(ENTRIES):
        fields = rows["journal_entry"][place].split("\t")
        lines = [one.split("\t") for one in rows["posting"][2 * place : 2 * place + 2]]
        salt = bytes.fromhex(rows["entry_detail"][place].split("\t")[3].removeprefix("\\\\x"))
        draft = _entry(group, fields, lines, prev)
        assert canon.doc_commitment(salt, "") == draft.doc
        assert canon.entry_hash(draft) == draft.hash
        assert fields[8] == "\\\\x" + canon.request_hash(_request(draft)).hex()
        prev = draft.hash
    assert rows["chain_head"][0].split("\t")[3] == "\\\\x" + prev.hex()


def test_a_file_that_is_not_there_and_a_name_that_is_not_known_are_refused() -> None:
    with pytest.raises(Refusal) as refused:
        bench_ledger.run(Plan(pgledger=(Path("/nowhere/pgledger.sql"),)))
    assert refused.value.code == 2
    command = [sys.executable, "-m", "app.cli", "bench", "ledger-one-group"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")


def _entry(group: UUID, fields: list[str], lines: list[list[str]], prev: bytes) -> EntryView:
    return EntryView(
        group_id=group,
        seq=int(fields[1]),
        entry_id=UUID(fields[2]),
        kind=fields[3],
        effective_on=date.fromisoformat(fields[4]),
        recorded_at=datetime.strptime(fields[5], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC),
        actor=UUID(fields[6]),
        idempotency_key=fields[7],
        doc=bytes.fromhex(fields[10].removeprefix("\\\\x")),
        prev_hash=prev,
        hash=bytes.fromhex(fields[13].removeprefix("\\\\x")),
        reverses_seq=None,
        reversed_by_seq=None,
        memo="",
        salt=None,
        lines=tuple(
            EntryLine(int(one[2]), "1010" if one[4] == "1" else "4010", int(one[4]), one[5], int(one[6]), int(one[7]))
            for one in lines
        ),
    )


def _request(entry: EntryView) -> NewEntry:
    return NewEntry(
        group_id=entry.group_id,
        kind=entry.kind,
        effective_on=entry.effective_on,
        actor=entry.actor,
        idempotency_key=entry.idempotency_key,
        lines=tuple(Line(line.account, line.amount_minor) for line in entry.lines),
    )
