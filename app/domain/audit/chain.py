"""The verifier of the log: recomputes a group's chain from its events, trusting no hash that is stored.

Canonical form v1, the same bytes as `audit.canon` in the database: RFC 8785 JSON, keys sorted, every scalar a string.
Frozen by tests/unit/audit/golden.json: never change it, add a v2.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import text

from app.domain.audit.views import AuditFault, AuditHead
from app.kit import canonical as texts
from app.kit.db import UNREADABLE, Session

GENESIS = bytes(32)
"""The predecessor's hash of a group's first event."""
PAGE = 500

GAP, CHAIN, HASH, FACTS, EVENT, HEAD, UNCHAINED = "gap", "chain", "hash", "facts", "event", "head", "unchained"
UNREADABLE_LINE = "unreadable"

_LINKS = text(
    """SELECT c.seq, c.event_id, c.salt, c.facts_commit, c.prev_hash, c.hash,
  e.id, e.actor_id, e.action, e.subject, e.subject_id, e.facts, e.at
FROM audit.chain c LEFT JOIN audit_events e ON e.group_id = c.group_id AND e.id = c.event_id
WHERE c.group_id = :group_id AND c.seq > :after ORDER BY c.seq LIMIT :limit"""
)
_HEAD = text("SELECT seq, hash FROM audit.head WHERE group_id = :group_id")
_EVENTS = text("SELECT count(*) FROM audit_events WHERE group_id = :group_id")


@dataclass(frozen=True, slots=True)
class Link:
    """An event in its place: what was chained."""

    group_id: UUID
    seq: int
    event_id: UUID
    actor_id: UUID | None
    action: str
    subject: str
    subject_id: str | None
    at: datetime
    facts_commit: bytes
    prev_hash: bytes


def facts_commitment(salt: bytes, facts: Mapping[str, str | int]) -> bytes:
    """Of codes, counts and amounts, all as strings; `salt` has 16 bytes."""
    written = texts.encode({key: str(value) for key, value in facts.items()})
    return hashlib.sha256(b"\x01" + salt + written).digest()


def canonical(link: Link) -> bytes:
    """The bytes that are hashed."""
    return texts.encode(
        {
            "action": link.action,
            "actor": str(link.actor_id or ""),
            "at": link.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "event_id": str(link.event_id),
            "facts": link.facts_commit.hex(),
            "group_id": str(link.group_id),
            "prev": link.prev_hash.hex(),
            "seq": str(link.seq),
            "subject": link.subject,
            "subject_id": link.subject_id or "",
            "v": "1",
        }
    )


def link_hash(link: Link) -> bytes:
    return hashlib.sha256(canonical(link)).digest()


async def head(session: Session, group_id: UUID) -> AuditHead:
    """Where the group's log ends; seq 0 before its first event."""
    row = (await session.execute(_HEAD, {"group_id": group_id})).one_or_none()
    return AuditHead(row.seq, bytes(row.hash)) if row else AuditHead(0, GENESIS)


async def find_fault(session: Session, group_id: UUID) -> AuditFault | None:
    """The first thing wrong in the group's log: its links in order, then the stored head, then events outside it.

    `group_id` is the nil UUID for the platform's log. Locks nothing; run it in one REPEATABLE READ transaction when
    others may write meanwhile. A cut tail is told by a head shown elsewhere alone: backups keep it in their manifest.
    """
    seq, before, limit = 0, GENESIS, PAGE
    while True:
        try:
            rows = (await session.execute(_LINKS, {"group_id": group_id, "after": seq, "limit": limit})).all()
            for row in rows:
                if reason := _reason(group_id, row, seq, before):
                    return AuditFault(seq + 1 if reason == GAP else row.seq, reason)
                seq, before = row.seq, bytes(row.hash)
        except UNREADABLE:  # one by one then, so that the line has a number
            if limit == 1:
                return AuditFault(seq + 1, UNREADABLE_LINE)
            limit = 1
            continue
        if not rows:
            break
    stored = await head(session, group_id)
    if stored != AuditHead(seq, before):
        return AuditFault(min(stored.seq, seq) + (stored.seq != seq), HEAD)
    events = (await session.execute(_EVENTS, {"group_id": group_id})).scalar_one()
    return AuditFault(seq + 1, UNCHAINED) if events != seq else None


def _reason(group_id: UUID, row, seq: int, before: bytes) -> str | None:
    if row.seq != seq + 1:
        return GAP
    if bytes(row.prev_hash) != before:
        return CHAIN
    if row.id is None:
        return EVENT
    if facts_commitment(bytes(row.salt), row.facts) != bytes(row.facts_commit):
        return FACTS
    link = Link(
        group_id=group_id,
        seq=row.seq,
        event_id=row.event_id,
        actor_id=row.actor_id,
        action=row.action,
        subject=row.subject,
        subject_id=row.subject_id,
        at=row.at,
        facts_commit=bytes(row.facts_commit),
        prev_hash=bytes(row.prev_hash),
    )
    return None if link_hash(link) == bytes(row.hash) else HASH
