"""What checkpoints that lie outside say of each group: heads that its chain must still hold."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from app.domain.ledger.checkpoint_notes import Checkpoint, read_note
from app.domain.ledger.checkpoint_tree import Tree, leaf_hash
from app.domain.ledger.views import Head
from app.kit import notes
from app.kit.signing import Verifier

CHECKPOINT, CUT, RECEIPT, SIGNATURE = "checkpoint", "cut", "receipt", "signature"
"""Reasons: an entry's hash is not what a checkpoint holds; the chain ends before an entry that was once shown; a
receipt says otherwise than its entry; what should be signed is not."""
_RECORD = re.compile(
    rb'\{"group":"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})",'
    rb'"hash":"([0-9a-f]{64})","seq":"(0|[1-9]\d{0,17})","v":"1"\}'
)


class BadCheckpoint(Exception):
    """A file is no checkpoint, or its list of heads is not what it signs; the text says which."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One checkpoint's word on one group."""

    number: int
    head: Head


class Claims:
    """Filled once, then asked. Remembers of each group a head once, however many checkpoints repeat it."""

    def __init__(self) -> None:
        self._of: dict[bytes, dict[tuple[int, bytes], int]] = {}
        self._counts: Counter[bytes] = Counter()
        self._notes: list[tuple[str, Checkpoint, str]] = []

    def add(self, name: str, note: str, records: Iterable[bytes]) -> None:
        """Take a checkpoint in, its `records` a line each. Raises BadCheckpoint. Its signature is asked for later."""
        made = read_note(note)
        if made is None:
            msg = f"{name} is no checkpoint"
            raise BadCheckpoint(msg)
        leaves = []
        for number, line in enumerate(records, 1):
            record = line.rstrip(b"\n")
            found = _RECORD.fullmatch(record)
            if found is None:
                msg = f"line {number} of the heads of {name} is none"
                raise BadCheckpoint(msg)
            leaves.append(leaf_hash(record))
            group, head = UUID(found[1].decode()).bytes, (int(found[3]), bytes.fromhex(found[2].decode()))
            self._of.setdefault(group, {}).setdefault(head, made.number)
            self._counts[group] += 1
        if len(leaves) != made.size or Tree(leaves).root != made.root:
            msg = f"the heads beside {name} are not those that it signs"
            raise BadCheckpoint(msg)
        self._notes.append((name, made, note))

    @property
    def groups(self) -> set[UUID]:
        return {UUID(bytes=group) for group in self._of}

    def __len__(self) -> int:
        return len(self._notes)

    def of(self, group_id: UUID) -> list[Claim]:
        """The different heads that are claimed, the lowest first; an empty chain is none."""
        heads = self._of.get(group_id.bytes, {})
        return [Claim(number, Head(seq, hash_)) for (seq, hash_), number in sorted(heads.items()) if seq]

    def held(self, group_id: UUID) -> int:
        """How many checkpoints name the group."""
        return self._counts[group_id.bytes]

    def unsigned(self, verifier: Verifier) -> str:
        """The name of the first checkpoint that none of the keys signed; empty when all are."""
        return next(
            (name for name, made, note in self._notes if not notes.is_note_signed(verifier, made.origin, note)), ""
        )
