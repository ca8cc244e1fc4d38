"""What doors see of payments."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class PaymentLineView:
    kind: str
    claim_id: UUID
    title: str
    reference: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class PaymentView:
    """`state` is submitted, withdrawn, rejected, confirmed or reversed; `receipt_id` is set once receipted."""

    id: UUID
    member_id: UUID
    state: str
    source: str
    method: str
    provider_code: str | None
    amount_minor: int
    currency: str
    paid_on: date
    submitted_at: datetime
    decided_at: datetime | None
    reason: str | None
    reversal_reason: str | None
    entry_seq: int | None
    lines: tuple[PaymentLineView, ...]
    receipt_id: UUID | None = None
    receipt_number: str | None = None


@dataclass(frozen=True, slots=True)
class MySent:
    """What the reader sent for one claim: what waits, newest first; `rejected` is the newest of all, if it was."""

    waiting: tuple[PaymentView, ...]
    rejected: PaymentView | None


@dataclass(frozen=True, slots=True)
class SettledPart:
    """What one confirmed payment put towards a claim, in minor units, with its receipt."""

    amount_minor: int
    paid_on: date
    method: str
    provider_code: str | None
    receipt_id: UUID | None
    receipt_number: str


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of a payment: `state` as PaymentView's, `by` a name, empty when the member took it back."""

    state: str
    by: str
    receipt_id: UUID | None = None
    receipt_number: str = ""


@dataclass(frozen=True, slots=True)
class WaitingPayment:
    """A line of the list to confirm. `is_own`: the reader can't decide it.

    `titles` are what it is for, by its lines.
    `is_over`: more than settles what it is for today; the rest would be kept for the member.
    `rejected_before` is the newest reason why this member's same code was rejected, None when it was not.
    """

    id: UUID
    member_id: UUID
    member_no: str
    member_name: str
    region: str
    method: str
    provider_code: str | None
    titles: tuple[str, ...]
    reference: str
    amount_minor: int
    currency: str
    paid_on: date
    submitted_at: datetime
    is_own: bool
    is_over: bool = False
    rejected_before: str | None = None


@dataclass(frozen=True, slots=True)
class WaitingList:
    total: int
    total_minor: int
    rows: tuple[WaitingPayment, ...]


@dataclass(frozen=True, slots=True)
class WaitingSum:
    """Submitted payments of one member, in minor units of the group's currency."""

    count: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class LiveCode:
    """A provider's code that pays something: sent, for `claim_ids`, or confirmed."""

    payment_id: UUID
    member_id: UUID
    code: str
    amount_minor: int
    claim_ids: tuple[UUID, ...]
    is_confirmed: bool
