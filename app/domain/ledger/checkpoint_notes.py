"""A checkpoint's text, as C2SP tlog-checkpoint: origin, number of groups, root; ours adds which one it is, and when.

Each checkpoint is a tree of its own over the heads of a moment; `previous` chains them. It is no append-only log: a
later tree need not hold the leaves of an earlier one.
"""

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from app.kit import notes

_TEXT = re.compile(
    r"(?P<origin>[^\s+]+)\n(?P<size>0|[1-9]\d{0,17})\n(?P<root>[A-Za-z0-9+/]{43}=)\n"
    r"number (?P<number>[1-9]\d{0,17})\nat (?P<at>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)\n"
    r"previous (?P<previous>[A-Za-z0-9+/]{43}=|none)\n"
)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """`previous` is the SHA-256 of the note before, None for the first; `at` has whole seconds."""

    origin: str
    number: int
    at: datetime
    size: int
    root: bytes
    previous: bytes | None

    @property
    def text(self) -> str:
        before = base64.b64encode(self.previous).decode() if self.previous else "none"
        return (
            f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"
            f"number {self.number}\nat {self.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}\nprevious {before}\n"
        )


def origin_of(issuer: str) -> str:
    """The name of an installation's checkpoints: its address without the scheme, and what they are."""
    parts = urlsplit(issuer)
    place = re.sub(r"[\s+]", "", parts.netloc + parts.path.rstrip("/"))
    return f"{place or 'sanduk'}/heads"


def note_hash(note: str) -> bytes:
    return hashlib.sha256(note.encode()).digest()


def read_note(note: str) -> Checkpoint | None:
    """What a note says, its signature unseen; None for what is no checkpoint of ours."""
    found = _TEXT.fullmatch(notes.text_of(note) or "")
    if found is None:
        return None
    previous = None if found["previous"] == "none" else base64.b64decode(found["previous"])
    try:
        at = datetime.strptime(found["at"], "%Y-%m-%dT%H:%M:%S%z")
    except ValueError:
        return None
    size, number, root = int(found["size"]), int(found["number"]), base64.b64decode(found["root"])
    made = Checkpoint(found["origin"], number, at, size, root, previous)
    return made if made.text == found[0] else None
