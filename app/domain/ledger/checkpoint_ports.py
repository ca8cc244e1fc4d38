"""Where checkpoints go so that they lie outside: a place that keeps small files under their names."""

from typing import Protocol

MAX_BYTES = 100_000_000
"""The heads of 150,000 groups are fewer."""


class CannotKeep(Exception):
    """The place took or gave nothing; the text says why, without a secret."""


class OutsidePlace(Protocol):
    """`put` replaces nothing: a name that is there with the same content is fine, another content is CannotKeep.

    `get` is None for a name that isn't there, and CannotKeep for a content of more than MAX_BYTES.
    """

    name: str
    """Which place it is, for a person."""

    async def put(self, name: str, content: bytes) -> None: ...

    async def get(self, name: str) -> bytes | None: ...
