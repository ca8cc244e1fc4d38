"""Checkpoints: one signed root over the heads of all groups, and each group's place in it.

For the worker and the operator: no actor. Locks: one checkpoint is made at a time (an advisory lock until the end of
the transaction); no lock of the ledger is taken.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.domain.ledger import standing
from app.domain.ledger.checkpoint_holding import MISSING, SERIES, SIGNATURE, Claims
from app.domain.ledger.checkpoint_notes import Checkpoint, note_hash, origin_of, read_note
from app.domain.ledger.checkpoint_tree import Tree, leaf_hash, root_from
from app.domain.ledger.standing import CUT, ENTRIES, Claim, Mark, Standing, read_grown, read_record, record_of
from app.domain.ledger.views import Fault, Head
from app.kit import notes
from app.kit.actor import NOBODY, Actor
from app.kit.db import Session, real_clock_of, set_tenant, signer_of

DUE = timedelta(hours=2)
"""The time of the day, UTC, from which a day's checkpoint is asked for."""
PLATFORM = UUID(int=0)
SETTLED = timedelta(minutes=10)
"""An entry this much older than a checkpoint had long been committed when it was made."""

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('sanduk checkpoints', 0))")
_NEWEST = text("SELECT number, made_at, size, note, kept_at FROM checkpoints ORDER BY number DESC LIMIT 1")
_GROUPS = text("SELECT group_id FROM lookup.every_head() ORDER BY group_id")
_ADD = text(
    """INSERT INTO checkpoints (number, made_at, size, root, note, heads)
       VALUES (:number, :made_at, :size, :root, :note, :heads)"""
)
_ADD_HEAD = text(
    """INSERT INTO checkpoint_heads (group_id, number, leaf, seq, hash, path, record)
       VALUES (:group_id, :number, :leaf, :seq, :hash, :path, :record)"""
)
_LAST_OUTSIDE = text("SELECT max(kept_at) FROM checkpoints")
_WAITING = text("SELECT number, note, heads FROM checkpoints WHERE heads IS NOT NULL ORDER BY number LIMIT 1")
_KEPT = text("UPDATE checkpoints SET heads = NULL, kept_at = :at WHERE number = :number AND heads IS NOT NULL")
_KEPT_NUMBERS = text("SELECT number FROM checkpoints WHERE number >= :first AND kept_at IS NOT NULL")
OWN = """SELECT h.number, h.leaf, h.seq, h.hash, h.path, h.record, c.note, c.made_at, c.kept_at FROM checkpoint_heads h
  JOIN checkpoints c ON c.number = h.number WHERE h.group_id = :group_id"""
_NEWEST_OWN = text(f"{OWN} ORDER BY h.number DESC LIMIT 1")
_NAMED = text("SELECT group_id FROM lookup.groups_of_checkpoints() ORDER BY group_id")
_SIZES = text(
    """SELECT c.number, c.note, coalesce(n.heads, 0) AS heads FROM checkpoints c
       LEFT JOIN lookup.heads_of_checkpoints() n ON n.number = c.number ORDER BY c.number"""
)
_FIRST_ENTRY = text("SELECT recorded_at FROM ledger.journal_entry WHERE group_id = :group_id AND seq = 1")
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


class BooksDepart(Exception):
    """A group's books are not what a checkpoint said: no further one is signed. The nil UUID is the platform."""

    def __init__(self, group_id: UUID, fault: Fault) -> None:
        super().__init__(f"group {group_id}: {fault.place} {fault.seq} ({fault.reason})")
        self.group_id, self.fault = group_id, fault


@dataclass(frozen=True, slots=True)
class Proof:
    """That a group's `standing` is in a checkpoint: its place `leaf` and the `path` of hashes to the signed root."""

    group_id: UUID
    number: int
    leaf: int
    standing: Standing
    path: bytes
    note: str
    made_at: datetime
    kept_at: datetime | None

    @property
    def head(self) -> Head:
        return self.standing.head

    def record(self) -> dict[str, str]:
        """As an export carries it."""
        return {
            "note": self.note,
            "leaf": str(self.leaf),
            "record": record_of(self.group_id, self.standing).decode(),
            "path": self.path.hex(),
        }

    def is_inside(self) -> bool:
        """Whether the path leads from the record to the note's root; the note's signature is not asked for."""
        made = read_note(self.note)
        record = record_of(self.group_id, self.standing)
        return made is not None and root_from(record, self.leaf, made.size, self.path) == made.root


async def make_checkpoint(
    session: Session, *, goes_out: bool, is_due_only: bool = False, claims: Claims | None = None
) -> CheckpointView | None:
    """Sign one over all groups as they stand now. With `goes_out` its list of heads waits for `next_waiting`.

    With `is_due_only` None when today's is there already: safe to run twice, late, or by two workers at once.
    Raises BooksDepart when a group is not what its newest own checkpoint, or one of `claims` from outside, says of it.
    """
    await session.execute(_LOCK)
    before, now = await newest(session), real_clock_of(session).now().replace(microsecond=0)
    if is_due_only and before is not None and before.made_at >= _last_due(now):
        return None
    if lost := await find_lost(session):
        raise BooksDepart(*lost)
    standings = await _stand(session, before, claims)
    records = [record_of(group_id, one) for group_id, one in standings]
    tree, signer = Tree([leaf_hash(record) for record in records]), signer_of(session)
    made = Checkpoint(
        origin=origin_of(signer.issuer),
        number=before.number + 1 if before else 1,
        at=now,
        size=tree.size,
        root=tree.root,
        previous=note_hash(before.note) if before else None,
    )
    if claims is not None and any(number >= made.number for number in claims.notes_by_number()):
        raise BooksDepart(PLATFORM, Fault(made.number, SERIES))
    note = notes.sign_note(signer, made.origin, made.text)
    values: dict[str, Any] = {"number": made.number, "made_at": now, "size": made.size, "root": made.root, "note": note}
    lines = b"".join(record + b"\n" for record in records).decode() if goes_out else None
    await session.execute(_ADD, values | {"heads": lines})
    await _add_heads(session, made.number, standings, tree)
    return CheckpointView(made.number, now, made.size, note, None)


async def every_group(session: Session) -> list[UUID]:
    """Those that have books, in order of their ids."""
    return list((await session.execute(_GROUPS)).scalars())


async def find_lost(session: Session) -> tuple[UUID, Fault] | None:
    """A group that our own checkpoints name and that has no books; else the first checkpoint without a record of each.

    Of that the group is the platform: who was lost stands nowhere any more. Two queries.
    """
    there = {PLATFORM, *(await every_group(session))}
    for group_id in (await session.execute(_NAMED)).scalars():
        if group_id not in there:
            return group_id, Fault(1, CUT)
    for row in await session.execute(_SIZES):
        made = read_note(row.note)
        if made is not None and made.size != row.heads:
            return PLATFORM, Fault(row.number, MISSING)
    return None


async def first_entry_at(session: Session, group_id: UUID) -> datetime | None:
    """When the group's first entry was recorded; None without entries."""
    return await session.scalar(_FIRST_ENTRY, {"group_id": group_id})


async def _stand(session: Session, before: CheckpointView | None, claims: Claims | None) -> list[tuple[UUID, Standing]]:
    """The platform and every group, each read behind its own wall and held against what was last signed of it."""
    groups = [PLATFORM, *await every_group(session)]
    if claims is not None and (gone := sorted(claims.groups - set(groups))):
        raise BooksDepart(gone[0], Fault(1, CUT))
    made = read_note(before.note) if before else None
    if before and (made is None or not notes.is_note_signed(signer_of(session), made.origin, before.note)):
        raise BooksDepart(PLATFORM, Fault(before.number, SERIES))
    connection, found = await session.connection(), []
    for group_id in groups:
        await set_tenant(connection, Actor(group_id=group_id))
        grown = await read_grown(session, group_id)
        said = await _said(session, group_id, made) if made else []
        said += claims.of(group_id) if claims is not None else []
        if fault := await standing.find_departure(session, group_id, grown, said):
            raise BooksDepart(group_id, fault)
        found.append((group_id, grown.standing))
    await set_tenant(connection, NOBODY)
    return found


async def _said(session: Session, group_id: UUID, made: Checkpoint) -> list[Claim]:
    """What the newest checkpoint, whose note is signed, says of the group; nothing of one that was too young for it.

    Raises BooksDepart where it should name the group and doesn't, or what is kept of it is not what was signed.
    """
    last = await newest_proof(session, group_id)
    if last is None:
        born = await first_entry_at(session, group_id)
        if born is not None and made.at > born + SETTLED:
            raise BooksDepart(group_id, Fault(made.number, MISSING))
        return []
    if last.number != made.number:
        raise BooksDepart(group_id, Fault(made.number, MISSING))
    if not last.is_inside():
        raise BooksDepart(group_id, Fault(max(last.head.seq, 1), SIGNATURE))
    return [Claim(last.number, what, mark) for what, mark in last.standing.marks()]


def _last_due(now: datetime) -> datetime:
    return (now - DUE).replace(hour=0, minute=0, second=0) + DUE


async def _add_heads(session: Session, number: int, standings: list[tuple[UUID, Standing]], tree: Tree) -> None:
    """Each row behind its group's own wall; nobody acts afterwards."""
    connection = await session.connection()
    for leaf, (group_id, one) in enumerate(standings):
        await set_tenant(connection, Actor(group_id=group_id))
        values = {"group_id": group_id, "number": number, "leaf": leaf, "seq": one.head.seq, "hash": one.head.hash}
        record = record_of(group_id, one).decode()
        await session.execute(_ADD_HEAD, values | {"path": tree.path(leaf), "record": record})
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


async def kept_outside(session: Session, first: int) -> set[int]:
    """The numbers from `first` on that came to lie outside."""
    return set((await session.execute(_KEPT_NUMBERS, {"first": first})).scalars())


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
    return proof_of(group_id, row) if row else None


def proof_of(group_id: UUID, row: Any) -> Proof:
    """What the row says; a record that can't be read, or is another group's, leads to no root."""
    found = read_record(row.record) if row.record else None
    said = Standing(Head(row.seq, bytes(row.hash))) if found is None or found[0] != group_id else found[1]
    return Proof(group_id, row.number, row.leaf, said, bytes(row.path), row.note, row.made_at, row.kept_at)


async def hashes_at(session: Session, group_id: UUID, seqs: list[int]) -> dict[int, bytes]:
    """The hashes of these entries, as far as they are there."""
    rows = await session.execute(_HASHES, {"group_id": group_id, "seqs": seqs})
    return {row.seq: bytes(row.hash) for row in rows}


def departure(shown: Head, last: int, found: bytes | None) -> Fault | None:
    """What a head that was once shown says against a chain that ends at entry `last` and has `found` in its place."""
    return standing.departure(Claim(0, ENTRIES, Mark(shown.seq, shown.hash)), last, found)
