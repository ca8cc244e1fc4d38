"""The canonical form of the log is frozen: these bytes never change."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from app.domain.audit import chain
from app.domain.audit.chain import Link

GOLDEN = json.loads(Path(__file__).with_name("golden.json").read_text(encoding="utf-8"))
SALT = bytes(range(16))


def link_of(values: dict[str, str]) -> Link:
    return Link(
        group_id=UUID(values["group_id"]),
        seq=int(values["seq"]),
        event_id=UUID(values["event_id"]),
        actor_id=UUID(values["actor"]) if values["actor"] else None,
        action=values["action"],
        subject=values["subject"],
        subject_id=values["subject_id"] or None,
        at=datetime.fromisoformat(values["at"]),
        facts_commit=bytes.fromhex(values["facts"]),
        prev_hash=bytes.fromhex(values["prev"]),
    )


@pytest.mark.parametrize("vector", GOLDEN["links"])
def test_bytes_and_hash_are_the_golden_ones(vector: dict) -> None:
    link = link_of(json.loads(vector["canonical"]))
    assert chain.canonical(link).decode() == vector["canonical"]
    assert chain.link_hash(link).hex() == vector["hash"]


@pytest.mark.parametrize("vector", GOLDEN["facts"])
def test_facts_are_committed_to_as_strings(vector: dict) -> None:
    assert chain.facts_commitment(SALT, vector["facts"]).hex() == vector["commitment"]
    assert chain.facts_commitment(SALT[::-1], vector["facts"]).hex() != vector["commitment"]


def test_every_field_counts() -> None:
    link = link_of(json.loads(GOLDEN["links"][0]["canonical"]))
    others = {
        "group_id": UUID(int=7),
        "seq": 99,
        "event_id": UUID(int=8),
        "actor_id": None,
        "action": "x",
        "subject": "y",
        "subject_id": None,
        "at": datetime(2030, 1, 1, tzinfo=UTC),
        "facts_commit": bytes(32),
        "prev_hash": b"\x07" * 32,
    }
    assert set(others) == set(Link.__slots__)
    changed = {chain.link_hash(replace(link, **{name: value})) for name, value in others.items()}
    assert len(changed | {chain.link_hash(link)}) == len(others) + 1
