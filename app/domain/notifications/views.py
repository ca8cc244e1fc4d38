"""What others see of notifications."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

KINDS = (
    "payment_sent",
    "payment_confirmed",
    "payment_rejected",
    "payment_reversed",
    "call_opened",
    "call_changed",
    "call_closed",
    "pay_to_changed",
    "member_left",
    "approvals_set",
    "decision_waiting",
    "decision_carried",
    "decision_refused",
    "decision_expired",
)
"""A closed list; each has its sentence in the catalogues, `notice.<kind>`."""
WAITING = "payment_sent"
"""Says only that something waits, however much."""


@dataclass(frozen=True, slots=True)
class NotificationView:
    """`facts` fill the sentence of `kind`; `subject_id` is the receipt or call that it is about."""

    id: UUID
    kind: str
    facts: dict[str, str | int]
    subject_id: UUID | None
    at: datetime
    is_read: bool
