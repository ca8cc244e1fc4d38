"""What goes into meetings and what is read from them. Amounts in minor units of `currency`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

ATTENDANCE = ("present", "late", "absent", "excused")


@dataclass(frozen=True, slots=True)
class NewMeeting:
    """A meeting as it is about to be recorded, before the money of its sheet."""

    id: UUID
    held_on: date
    sheet_minor: int
    counted_minor: int


@dataclass(frozen=True, slots=True)
class MeetingView:
    """`attendance` is by member, for those who were marked; `payments` by member, for those who paid."""

    id: UUID
    held_on: date
    currency: str
    sheet_minor: int
    counted_minor: int
    recorded_by: UUID
    recorded_at: datetime
    attendance: Mapping[UUID, str]
    payments: Mapping[UUID, UUID]
