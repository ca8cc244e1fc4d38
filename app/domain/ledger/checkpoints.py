"""Checkpoints: one signed root over the heads of all groups, and each group's place in it.

For the worker and the operator: no actor. Locks: one checkpoint is made at a time (an advisory lock until the end of
the transaction); no lock of the ledger is taken.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.domain.ledger.checkpoint_holding import CHECKPOINT, CUT, SIGNATURE
from app.domain.ledger.checkpoint_notes import Checkpoint, note_hash, origin_of, read_note
from app.domain.ledger.checkpoint_tree import Tree, head_record, leaf_hash, root_from
from app.domain.ledger.views import Fault, Head
from app.kit import notes
from app.kit.actor import NOBODY, Actor
from app.kit.db import Session, real_clock_of, set_tenant, signer_of

DUE = timedelta(hours=2)
"""The time of the day, UTC, from which a day's checkpoint is asked for."""

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('sanduk checkpoints', 0))")
_NEWEST = text("SELECT number, made_at, size, note, kept_at FROM checkpoints ORDER BY number DESC LIMIT 1")
_HEADS = text("SELECT group_id, seq, hash FROM lookup.every_head()")
_ADD = text(
    """INSERT INTO checkpoints (number, made_at, size, root, note, heads)
       VALUES (:number, :made_at, :size, :root, :note, :heads)"""
)
_ADD_HEAD = text(
    """INSERT INTO checkpoint_heads (group_id, number, leaf, seq, hash, path)
       VALUES (:group_id, :number, :leaf, :seq, :hash, :path)"""
)
_LAST_OUTSIDE = text("SELECT max(kept_at) FROM checkpoints")
_WAITING = text("SELECT number, note, heads FROM checkpoints WHERE heads IS NOT NULL ORDER BY number LIMIT 1")
_KEPT = text("UPDATE checkpoints SET heads = NULL, kept_at = :at WHERE number = :number AND heads IS NOT NULL")
_OWN = """SELECT h.number, h.leaf, h.seq, h.hash, h.path, c.note, c.made_at, c.kept_at FROM checkpoint_heads h
  JOIN checkpoints c ON c.number = h.number WHERE h.group_id = :group_id"""
_NEWEST_OWN = text(f"{_OWN} ORDER BY h.number DESC LIMIT 1")
_ALL_OWN = text(f"{_OWN} AND h.number > :after ORDER BY h.number LIMIT 500")
_HASHES = text(
    "SELECT seq, hash FROM ledger.journal_entry WHERE group_id = :group_id AND seq = ANY(CAST(:seqs AS bigint[]))"
)


@dataclass(frozen=True, slots=True)
class CheckpointView:
    """`kept_at` is when it came to lie outside, None while it doesn't."""

    number: int
    made_at: datetime
    size: int
    note: str
    kept_at: datetime | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A checkpoint on its way out: its note, and the list of heads that it signs."""

    number: int
    note: str
    heads: str


@dataclass(frozen=True, slots=True)
class Proof:
    """That a group's head is in a checkpoint: its place `leaf` and the `path` of hashes to the signed root."""

    group_id: UUID
    number: int
    leaf: int
    head: Head
    path: bytes
    note: str
    made_at: datetime
    kept_at: datetime | None

    def record(self) -> dict[str, str]:
        """As an export carries it."""
        return {
            "note": self.note,
            "leaf": str(self.leaf),
            "seq": str(self.head.seq),
            "hash": self.head.hash.hex(),
            "path": self.path.hex(),
        }

    def is_inside(self) -> bool:
        """Whether the path leads from the head to the note's root; the note's signature is not asked for."""
        made = read_note(self.note)
        record = head_record(self.group_id, self.head)
        return made is not None and root_from(record, self.leaf, made.size, self.path) == made.root


async def make_checkpoint(session: Session, *, goes_out: bool, is_due_only: bool = False) -> CheckpointView | None:
    """Sign one over the heads of now. With `goes_out` its list of heads waits for `next_waiting`.

    With `is_due_only` None when today's is there already: safe to run twice, late, or by two workers at once.
    """
    await session.execute(_LOCK)
    before, now = await newest(session), real_clock_of(session).now().replace(microsecond=0)
    if is_due_only and before is not None and before.made_at >= _last_due(now):
        return None
    heads = [(row.group_id, Head(row.seq, bytes(row.hash))) for row in await session.execute(_HEADS)]
    records = [head_record(group_id, head) for group_id, head in heads]
    tree, signer = Tree([leaf_hash(record) for record in records]), signer_of(session)
    made = Checkpoint(
        origin=origin_of(signer.issuer),
        number=before.number + 1 if before else 1,
        at=now,
        size=tree.size,
        root=tree.root,
        previous=note_hash(before.note) if before else None,
    )
    note = notes.sign_note(signer, made.origin, made.text)
    values: dict[str, Any] = {"number": made.number, "made_at": now, "size": made.size, "root": made.root, "note": note}
    lines = b"".join(record + b"\n" for record in records).decode() if goes_out else None
    await session.execute(_ADD, values | {"heads": lines})
    await _add_heads(session, made.number, heads, tree)
    return CheckpointView(made.number, now, made.size, note, None)


def _last_due(now: datetime) -> datetime:
    return (now - DUE).replace(hour=0, minute=0, second=0) + DUE


async def _add_heads(session: Session, number: int, heads: list[tuple[UUID, Head]], tree: Tree) -> None:
    """Each row behind its group's own wall; nobody acts afterwards."""
    connection = await session.connection()
    for leaf, (group_id, head) in enumerate(heads):
        await set_tenant(connection, Actor(group_id=group_id))
        values = {"group_id": group_id, "number": number, "leaf": leaf, "seq": head.seq, "hash": head.hash}
        await session.execute(_ADD_HEAD, values | {"path": tree.path(leaf)})
    await set_tenant(connection, NOBODY)


async def is_due(session: Session) -> bool:
    """Whether the day has no checkpoint yet."""
    found = await newest(session)
    return found is None or found.made_at < _last_due(real_clock_of(session).now())


async def newest(session: Session) -> CheckpointView | None:
    row = (await session.execute(_NEWEST)).one_or_none()
    return CheckpointView(row.number, row.made_at, row.size, row.note, row.kept_at) if row else None


async def outside_age(session: Session) -> int:
    """Seconds since a checkpoint last came to lie outside; -1 when none ever did."""
    at = await session.scalar(_LAST_OUTSIDE)
    return -1 if at is None else int((real_clock_of(session).now() - at).total_seconds())


async def next_waiting(session: Session) -> Waiting | None:
    """The oldest that has not come to lie outside yet."""
    row = (await session.execute(_WAITING)).one_or_none()
    return Waiting(row.number, row.note, row.heads) if row else None


async def mark_kept(session: Session, number: int) -> None:
    """It lies outside now. Repeating changes nothing."""
    await session.execute(_KEPT, {"number": number, "at": real_clock_of(session).now()})


async def newest_proof(session: Session, group_id: UUID) -> Proof | None:
    """Of the group's head in the newest checkpoint that names it. The caller has authorised."""
    row = (await session.execute(_NEWEST_OWN, {"group_id": group_id})).one_or_none()
    return _proof(group_id, row) if row else None


def _proof(group_id: UUID, row: Any) -> Proof:
    head = Head(row.seq, bytes(row.hash))
    return Proof(group_id, row.number, row.leaf, head, bytes(row.path), row.note, row.made_at, row.kept_at)


async def hashes_at(session: Session, group_id: UUID, seqs: list[int]) -> dict[int, bytes]:
    """The hashes of these entries, as far as they are there."""
    rows = await session.execute(_HASHES, {"group_id": group_id, "seqs": seqs})
    return {row.seq: bytes(row.hash) for row in rows}


async def find_departure(session: Session, group_id: UUID, head: Head) -> tuple[Fault | None, int]:
    """Where the group's chain, which ends in `head`, is not what its own checkpoints say; how many were asked.

    A proof that doesn't lead to a signed root counts as a departure too.
    """
    signer, after, asked = signer_of(session), 0, 0
    seen: dict[str, bool] = {}
    while rows := (await session.execute(_ALL_OWN, {"group_id": group_id, "after": after})).all():
        proofs = [_proof(group_id, row) for row in rows]
        found = await hashes_at(session, group_id, [one.head.seq for one in proofs])
        for one in proofs:
            made = read_note(one.note)
            if one.note not in seen:
                seen[one.note] = made is not None and notes.is_note_signed(signer, made.origin, one.note)
            if not seen[one.note] or not one.is_inside():
                return Fault(max(one.head.seq, 1), SIGNATURE), asked
            if fault := departure(one.head, head.seq, found.get(one.head.seq)):
                return fault, asked
        asked, after = asked + len(proofs), proofs[-1].number
    return None, asked


def departure(claimed: Head, last: int, found: bytes | None) -> Fault | None:
    """What a head that was once shown says against a chain that ends at entry `last` and has `found` in its place."""
    if claimed.seq == 0 or found == claimed.hash:
        return None
    return Fault(last + 1, CUT) if claimed.seq > last else Fault(claimed.seq, CHECKPOINT)
