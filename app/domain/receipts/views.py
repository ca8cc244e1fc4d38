"""What goes into receipts and what is read from them. Amounts in minor units of `currency`."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from app.domain.ledger.views import PostedEntry


class Purpose(StrEnum):
    """The closed list of what money is received for, as tokens name it."""

    CONTRIBUTION = "contribution"
    SAVINGS = "savings"
    POT = "pot"
    CREDIT = "credit"
    LOAN = "loan"
    LOAN_INTEREST = "loan_interest"
    LOAN_FEE = "loan_fee"
    LOAN_PENALTY = "loan_penalty"
    LOAN_RECOVERED = "loan_recovered"
    FINE = "fine"


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """`purpose` is a code of Purpose; `title` is what people read, never part of the token."""

    purpose: str
    amount_minor: int
    title: str


@dataclass(frozen=True, slots=True)
class NewReceipt:
    """A receipt for the entry that this transaction posted. `reference` is ours, `provider_code` the provider's."""

    group_id: UUID
    group_code: str
    member_id: UUID
    payment_id: UUID
    entry: PostedEntry
    lines: tuple[ReceiptLine, ...]
    currency: str
    paid_on: date
    method: str
    reference: str
    provider_code: str | None = None


@dataclass(frozen=True, slots=True)
class Reversal:
    """Why a receipt no longer counts, and who said so; `reason` is empty once erased."""

    reason: str
    by: str


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """A receipt as it stands. `state` is issued or reversed; `hash` the entry's; `token` the signed statement.

    `reversal` is filled where a reversed receipt is opened, not in lists.
    """

    id: UUID
    group_id: UUID
    n: int
    number: str
    check_code: str
    member_id: UUID
    payment_id: UUID
    seq: int
    hash: bytes
    amount_minor: int
    currency: str
    exponent: int
    lines: tuple[ReceiptLine, ...]
    paid_on: date
    issued_at: datetime
    method: str
    provider_code: str | None
    reference: str
    token: str
    state: str
    reversed_seq: int | None
    reversed_at: datetime | None
    reversal: Reversal | None = None


@dataclass(frozen=True, slots=True)
class ReceiptRef:
    """What a link to a receipt needs."""

    id: UUID
    number: str


@dataclass(frozen=True, slots=True)
class ReceiptFor:
    """A receipt with the names that its page shows; `timezone` is the group's."""

    receipt: ReceiptView
    member_name: str
    member_no: str
    group_name: str
    timezone: str


@dataclass(frozen=True, slots=True)
class PublicReceipt:
    """What anyone may see of a receipt: initials, no name; the provider's code without its middle.

    `member_initials` and `member_no` are None once the member is erased; `timezone` is the group's.
    """

    number: str
    check_code: str
    group_name: str
    timezone: str
    member_initials: str | None
    member_no: str | None
    amount_minor: int
    currency: str
    exponent: int
    paid_on: date
    issued_at: datetime
    method: str
    provider_code: str | None
    seq: int
    hash: str
    token: str
    reversed_at: datetime | None


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The public answer. `receipt` is there when it is valid or reversed.

    `why` explains invalid: a code's `length`, `symbol` or `typing`, a token's `signature`, or `record` (signed by us,
    but the book says otherwise). `given` is the code as typed, normalised; empty for a token.
    """

    state: Literal["valid", "reversed", "invalid", "unknown"]
    given: str = ""
    why: str = ""
    wrong_symbols: str = ""
    suggestion: str = ""
    receipt: PublicReceipt | None = None


@dataclass(frozen=True, slots=True)
class DayReceipts:
    """Receipts of some days: how many there are, what those that count come to, how many are reversed, the first."""

    total: int
    valid_minor: int
    reversed: int
    rows: tuple[ReceiptView, ...]
