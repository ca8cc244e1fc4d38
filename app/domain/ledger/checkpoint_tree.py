"""The Merkle tree of RFC 6962 over the heads of all groups: its root, a head's proof of inclusion, and their check."""

import hashlib
from collections.abc import Sequence

STEP = 32
"""Bytes of a hash."""
MAX_STEPS = 63


def leaf_hash(record: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + record).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """`leaves` are leaf hashes. About twice their memory."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self._levels: list[list[bytes]] = [list(leaves)]
        while len(self._levels[-1]) > 1:
            below = self._levels[-1]
            above = [node_hash(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)]
            self._levels.append(above + below[len(above) * 2 :])  # an odd one rises as it is

    @property
    def size(self) -> int:
        return len(self._levels[0])

    @property
    def root(self) -> bytes:
        """The hash of nothing for an empty tree."""
        return self._levels[-1][0] if self.size else hashlib.sha256(b"").digest()

    def path(self, leaf: int) -> bytes:
        """The hashes from the leaf's neighbour upwards, one after another."""
        found, at = b"", leaf
        for level in self._levels[:-1]:
            neighbour = at ^ 1
            if neighbour < len(level):
                found += level[neighbour]
            at //= 2
        return found


def root_from(record: bytes, leaf: int, size: int, path: bytes) -> bytes | None:
    """The root that a record at place `leaf` of `size` leads to by `path`; None when no tree has such a path."""
    if not 0 <= leaf < size or len(path) % STEP or len(path) > MAX_STEPS * STEP:
        return None
    steps = [path[i : i + STEP] for i in range(0, len(path), STEP)]
    found, at, last = leaf_hash(record), leaf, size - 1
    while last:
        if at % 2 or at < last:
            if not steps:
                return None
            step = steps.pop(0)
            found = node_hash(step, found) if at % 2 else node_hash(found, step)
        at, last = at // 2, last // 2
    return None if steps else found
