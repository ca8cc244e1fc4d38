"""What doors see of the audit log."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class AuditView:
    """`seq` and `hash` are the event's place in the chain; 0 and empty until its transaction has committed."""

    id: UUID
    actor_id: UUID | None
    action: str
    subject: str
    subject_id: str | None
    facts: Mapping[str, str | int]
    at: datetime
    seq: int = 0
    hash: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """Events of these subjects: `only` those of some actions, or all `but` those of some."""

    subjects: tuple[str, ...]
    only: tuple[str, ...] = ()
    but: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AuditHead:
    """The last event's number and hash; 0 and 32 zero bytes before the first."""

    seq: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class AuditFault:
    """The first number that doesn't hold, and why: a name of `chain`."""

    seq: int
    reason: str
