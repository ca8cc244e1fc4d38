"""Canonical form v1 is frozen: these vectors were computed by PostgreSQL and sha256sum, not by our Python."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app.domain.ledger import canon
from app.domain.ledger.views import EntryLine, EntryView, Line, NewEntry

GOLDEN = json.loads((Path(__file__).parent / "golden.json").read_text(encoding="utf-8"))
ID = UUID(int=7)


def entry_of(values: dict[str, Any]) -> EntryView:
    return EntryView(
        group_id=UUID(values["group_id"]),
        seq=values["seq"],
        entry_id=UUID(values["entry_id"]),
        kind=values["kind"],
        effective_on=date.fromisoformat(values["effective_on"]),
        recorded_at=datetime.fromisoformat(values["recorded_at"]),
        actor=UUID(values["actor"]),
        idempotency_key=values["idempotency_key"],
        doc=bytes.fromhex(values["doc"]),
        prev_hash=bytes.fromhex(values["prev_hash"]),
        hash=b"",
        reverses_seq=values["reverses_seq"],
        reversed_by_seq=None,
        memo=None,
        salt=None,
        lines=tuple(EntryLine(no, "", account, *rest) for no, account, *rest in values["lines"]),
    )


@pytest.mark.parametrize("vector", GOLDEN["entries"], ids=lambda v: v["name"])
def test_an_entry_has_the_frozen_bytes_and_hash(vector: dict[str, Any]) -> None:
    entry = entry_of(vector["entry"])
    assert canon.canonical(entry).decode() == vector["canonical"]
    assert canon.entry_hash(entry).hex() == vector["hash"]


@pytest.mark.parametrize("vector", GOLDEN["documents"])
def test_a_memo_has_the_frozen_commitment(vector: dict[str, str]) -> None:
    assert canon.doc_commitment(bytes.fromhex(vector["salt"]), vector["memo"]).hex() == vector["doc"]


def test_the_vectors_form_a_chain_from_32_zero_bytes() -> None:
    hashes = [canon.GENESIS.hex(), *(v["hash"] for v in GOLDEN["entries"])]
    assert [v["entry"]["prev_hash"] for v in GOLDEN["entries"]] == hashes[:-1]


def test_an_instant_is_written_in_utc_with_microseconds() -> None:
    nairobi = timezone(timedelta(hours=3))
    assert canon.instant(datetime(2026, 1, 1, 2, 0, tzinfo=nairobi)) == "2025-12-31T23:00:00.000000Z"
    assert canon.instant(datetime(2026, 1, 1, 2, 0, 0, 5, tzinfo=UTC)) == "2026-01-01T02:00:00.000005Z"


def request(**changes: Any) -> bytes:
    values: dict[str, Any] = {
        "group_id": ID,
        "kind": "contribution_confirmed",
        "effective_on": date(2026, 1, 1),
        "actor": ID,
        "idempotency_key": "k",
        "lines": (Line("1010", 5), Line("4010", -5)),
    }
    return canon.request_hash(NewEntry(**(values | changes)))


@pytest.mark.parametrize(
    "change",
    [
        {"group_id": UUID(int=8)},
        {"kind": "reversal"},
        {"effective_on": date(2026, 1, 2)},
        {"actor": UUID(int=8)},
        {"lines": (Line("1010", 6), Line("4010", -6))},
        {"lines": (Line("4010", -5), Line("1010", 5))},
        {"reverses_seq": 1},
    ],
)
def test_a_request_hash_tells_requests_apart(change: dict[str, Any]) -> None:
    assert request() == request(idempotency_key="other")
    assert request(**change) != request()


def test_a_request_hash_says_nothing_about_the_memo() -> None:
    """It is kept after the memo's erasure and has no salt."""
    assert request(memo="for Amina's hospital bill") == request()
