"""What others see of notifications."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

KINDS = (
    "payment_sent",
    "payment_confirmed",
    "kept_used",
    "payment_rejected",
    "payment_reversed",
    "call_opened",
    "call_changed",
    "call_closed",
    "pay_to_changed",
    "due_before",
    "due_on",
    "due_after",
    "fine_charged",
    "late_rule_set",
    "group_live",
    "group_cleared",
    "group_begun",
    "member_left",
    "role_given",
    "role_withdrawn",
    "phone_changing",
    "phone_changed",
    "approvals_set",
    "decision_waiting",
    "decision_carried",
    "decision_refused",
    "decision_expired",
    "claim_reported",
    "claim_accepted",
    "claim_refused",
    "welfare_rules_set",
    "loan_stand_for",
    "loan_agreed",
    "loan_refused",
    "loan_paid_out",
    "loan_late",
)
"""A closed list; each has its sentence in the catalogues, `notice.<kind>`."""
ABOUT_MEMBER = frozenset({"member_left"})
"""Their `subject_id` is a member."""
WAITING = "payment_sent"
"""Says only that something waits, however much."""


@dataclass(frozen=True, slots=True)
class KeptNotice:
    """What was told `at` an instant and waits for its person."""

    id: UUID
    kind: str
    facts: dict[str, str | int]
    subject_id: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class NotificationView:
    """`facts` fill the sentence of `kind`; `subject_id` is what it is about: a receipt, a call, a loan, and of a
    rejected payment the due.
    """

    id: UUID
    kind: str
    facts: dict[str, str | int]
    subject_id: UUID | None
    at: datetime
    is_read: bool
