"""What doors see of the audit log."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class AuditView:
    id: UUID
    actor_id: UUID | None
    action: str
    subject: str
    subject_id: str | None
    facts: Mapping[str, str | int]
    at: datetime


@dataclass(frozen=True, slots=True)
class Kind:
    """Events of these subjects: `only` those of some actions, or all `but` those of some."""

    subjects: tuple[str, ...]
    only: tuple[str, ...] = ()
    but: tuple[str, ...] = ()
