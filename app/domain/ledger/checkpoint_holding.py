"""What checkpoints that lie outside say of each group: what it must still hold, and whether they fit together."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice, pairwise
from uuid import UUID

from app.domain.ledger.checkpoint_notes import Checkpoint, note_hash, read_note
from app.domain.ledger.checkpoint_tree import Tree, leaf_hash
from app.domain.ledger.standing import CHECKPOINT, CUT, MAX_RECORD, Claim, Mark, read_record
from app.kit import notes
from app.kit.signing import Verifier

__all__ = [
    "CHECKPOINT",
    "CUT",
    "MAX_RECORD",
    "MISSING",
    "RECEIPT",
    "SERIES",
    "SIGNATURE",
    "BadCheckpoint",
    "Claim",
    "Claims",
    "Series",
]

MAX_MISSING = 1_000
RECEIPT, SIGNATURE, MISSING, SERIES = "receipt", "signature", "missing", "series"
"""Reasons: a receipt says otherwise than its entry; what should be signed is not; a checkpoint that names a group has
no row of it; our own checkpoints don't follow one another, or are not those that lie outside."""


class BadCheckpoint(Exception):
    """A file is no checkpoint, its list of heads is not what it signs, or it doesn't fit the others; in words."""


@dataclass(frozen=True, slots=True)
class Series:
    """The checkpoints of one place as a row: the first and last number, those `missing` between, the newest's time."""

    first: int
    last: int
    missing: tuple[int, ...]
    newest_at: datetime


class Claims:
    """Filled once, then asked. Remembers of each group a mark once, however many checkpoints repeat it."""

    def __init__(self) -> None:
        self._of: dict[bytes, dict[tuple[str, int, bytes], int]] = {}
        self._counts: Counter[bytes] = Counter()
        self._notes: dict[int, tuple[str, Checkpoint, str]] = {}
        self.copies = 0

    def add(self, name: str, note: str, records: Iterable[bytes]) -> None:
        """Take a checkpoint in, its `records` a line each; a copy of one that is here says nothing more.

        Raises BadCheckpoint. Its signature is asked for later.
        """
        made = read_note(note)
        if made is None:
            msg = f"{name} is no checkpoint"
            raise BadCheckpoint(msg)
        if made.number in self._notes:
            if self._notes[made.number][2] != note:
                msg = f"{name} and {self._notes[made.number][0]} are two checkpoints with the number {made.number}"
                raise BadCheckpoint(msg)
            self.copies += 1
            return
        leaves, seen = [], set[bytes]()
        for number, line in enumerate(records, 1):
            record = line.rstrip(b"\n")
            found = read_record(record.decode("ascii", errors="replace"))
            if found is None or found[0].bytes in seen:
                msg = f"line {number} of the heads of {name} is none"
                raise BadCheckpoint(msg)
            leaves.append(leaf_hash(record))
            group = found[0].bytes
            seen.add(group)
            self._counts[group] += 1
            for what, mark in found[1].marks():
                self._of.setdefault(group, {}).setdefault((what, mark.count, mark.digest), made.number)
            self._of.setdefault(group, {})
        if len(leaves) != made.size or Tree(leaves).root != made.root:
            msg = f"the heads beside {name} are not those that it signs"
            raise BadCheckpoint(msg)
        self._notes[made.number] = (name, made, note)

    @property
    def groups(self) -> set[UUID]:
        """Those that are named; the nil UUID is the platform."""
        return {UUID(bytes=group) for group in self._of}

    def __len__(self) -> int:
        return len(self._notes)

    def of(self, group_id: UUID) -> list[Claim]:
        """The different marks that are claimed, the lowest first."""
        marks = self._of.get(group_id.bytes, {})
        return [Claim(number, what, Mark(count, digest)) for (what, count, digest), number in sorted(marks.items())]

    def held(self, group_id: UUID) -> int:
        """How many checkpoints name the group."""
        return self._counts[group_id.bytes]

    def unsigned(self, verifier: Verifier) -> str:
        """The name of the first checkpoint that none of the keys signed; empty when all are."""
        return next(
            (name for name, made, note in self._row() if not notes.is_note_signed(verifier, made.origin, note)), ""
        )

    def series(self) -> Series | None:
        """How they follow one another; None of none. Raises BadCheckpoint for one that is not over the one before it,
        and for one of another installation; an installation whose address moved goes on in its own row.
        """
        row = self._row()
        for (before, earlier, note), (name, made, _) in pairwise(row):
            follows = made.number == earlier.number + 1
            if follows and made.previous != note_hash(note):
                msg = f"{name} does not follow {before}"
                raise BadCheckpoint(msg)
            if not follows and made.origin != earlier.origin:
                msg = f"{name} is of {made.origin[:80]}, {before} of {earlier.origin[:80]}"
                raise BadCheckpoint(msg)
        if not row:
            return None
        first, newest = row[0][1].number, row[-1][1]
        there = self._notes.keys()
        missing = islice((number for number in range(first, newest.number) if number not in there), MAX_MISSING)
        return Series(first, newest.number, tuple(missing), newest.at)

    def notes_by_number(self) -> dict[int, str]:
        return {number: note for number, (_, _, note) in self._notes.items()}

    def _row(self) -> list[tuple[str, Checkpoint, str]]:
        return [self._notes[number] for number in sorted(self._notes)]
