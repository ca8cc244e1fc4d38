"""Where the papers of claims lie: a place that keeps sealed files under their names."""

from typing import Protocol


class CannotStore(Exception):
    """The place took or gave nothing; the text says why, for the log."""


class Storage(Protocol):
    """`put` replaces nothing. `get` is None for a name that isn't there. Names are `<uuid>/<uuid>`."""

    async def put(self, name: str, content: bytes) -> None: ...

    async def get(self, name: str) -> bytes | None: ...
