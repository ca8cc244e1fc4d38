"""Where checkpoints go so that they lie outside: a place that keeps small files under their names."""

from typing import Protocol


class CannotKeep(Exception):
    """The place took nothing; the text says why, without a secret."""


class OutsidePlace(Protocol):
    """`put` replaces nothing: a name that is there with the same content is fine, another content is CannotKeep."""

    name: str
    """Which place it is, for a person."""

    async def put(self, name: str, content: bytes) -> None: ...
