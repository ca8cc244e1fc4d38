"""What doors ask of payments. Every `key` makes its command repeatable."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Part:
    claim_id: UUID
    amount_minor: int
    kind: str = "contribution"


@dataclass(frozen=True, slots=True)
class SubmitPayment:
    """A member's "I have paid" for her own dues."""

    parts: tuple[Part, ...]
    method: str
    provider_code: str
    paid_on: date
    key: str


@dataclass(frozen=True, slots=True)
class RecordCash:
    """Cash that the treasurer has in hand; confirmed at once."""

    member_id: UUID
    parts: tuple[Part, ...]
    paid_on: date
    key: str


@dataclass(frozen=True, slots=True)
class RecordBanked:
    """Money that stands on the bank's statement; confirmed at once. `method` is mpesa, upi or bank.

    `provider_code` is empty where the bank gives none, or where another part of the same line carries it.
    """

    member_id: UUID
    parts: tuple[Part, ...]
    method: str
    provider_code: str
    paid_on: date
    key: str


@dataclass(frozen=True, slots=True)
class UseKept:
    """What is kept for a member pays her dues today; confirmed at once."""

    member_id: UUID
    parts: tuple[Part, ...]
    key: str


@dataclass(frozen=True, slots=True)
class DecidePayment:
    """Confirm (no reason) or reject (with one)."""

    payment_id: UUID
    key: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReversePayment:
    """`step_up_id` proves a fresh one-time code of the person who reverses."""

    payment_id: UUID
    reason: str
    step_up_id: UUID | None
    key: str
