"""What doors see of the books. Amounts in minor units of `currency`; debit positive unless a field says otherwise."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.domain.ledger.views import BalanceView, EntryView


@dataclass(frozen=True, slots=True)
class TrialBalance:
    """`rows` by control account; `debit_minor` equals `credit_minor`."""

    currency: str
    rows: tuple[BalanceView, ...]
    debit_minor: int
    credit_minor: int
    entries: int
    head: str


@dataclass(frozen=True, slots=True)
class JournalRow:
    """An entry as the journal lists it. `amount_minor` is what came in (positive) or went out, seen from the account
    asked for, else from the group's money; `balance_after_minor` is that account's, None without one.

    `members` are those whose accounts it touches, by name. A reversal has the receipt of what it reverses.
    """

    entry: EntryView
    amount_minor: int
    balance_after_minor: int | None
    members: tuple[str, ...]
    receipt_id: UUID | None
    receipt_number: str | None


@dataclass(frozen=True, slots=True)
class EntryProof:
    """An entry between its neighbours, with the names of those it concerns."""

    entry: EntryView
    previous_hash: str
    next_hash: str
    recorded_by: str
    members: dict[UUID, str]
    receipt_id: UUID | None
    receipt_number: str | None


@dataclass(frozen=True, slots=True)
class PassbookRow:
    """One line of a member's account. `amount_minor` is positive for what the member gave."""

    seq: int
    kind: str
    effective_on: date
    recorded_at: datetime
    amount_minor: int
    balance_after_minor: int
    title: str
    receipt_id: UUID | None
    receipt_number: str | None
    is_reversed: bool


@dataclass(frozen=True, slots=True)
class Passbook:
    """Newest first; `next_before_seq` asks for the next page, None at the end."""

    member_id: UUID
    member_no: str
    name: str
    currency: str
    balance_minor: int
    rows: tuple[PassbookRow, ...]
    next_before_seq: int | None
