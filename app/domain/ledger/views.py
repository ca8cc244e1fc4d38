"""What goes into the ledger and what is read from it. Amounts in minor units, debit positive."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal
from uuid import UUID

Source = Literal["cash_count", "bank_balance"]
"""What is held against the books: money that was counted, or what a bank or a mobile money account says."""


@dataclass(frozen=True, slots=True)
class Line:
    """`account` is a code; an account occurs once per entry."""

    account: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class NewEntry:
    """2 to 1,000 lines, each currency summing to zero. `actor` is a member's or a seat's id in the group."""

    group_id: UUID
    kind: str
    effective_on: date
    actor: UUID
    idempotency_key: str
    lines: tuple[Line, ...]
    memo: str = ""
    reverses_seq: int | None = None


@dataclass(frozen=True, slots=True)
class PostedEntry:
    """`replayed`: the key was known with the same request, and this is the entry of then."""

    entry_id: UUID
    seq: int
    hash: bytes
    recorded_at: datetime
    replayed: bool


@dataclass(frozen=True, slots=True)
class EntryLine:
    """`balance_after_minor` is the account's balance once this entry is in, in recorded order."""

    line_no: int
    account: str
    account_no: int
    currency: str
    amount_minor: int
    balance_after_minor: int


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry as recorded. `memo` and `salt` are None once erased; `doc` is what they were committed to."""

    group_id: UUID
    seq: int
    entry_id: UUID
    kind: str
    effective_on: date
    recorded_at: datetime
    actor: UUID
    idempotency_key: str
    doc: bytes
    prev_hash: bytes
    hash: bytes
    reverses_seq: int | None
    reversed_by_seq: int | None
    memo: str | None
    salt: bytes | None = field(repr=False)
    lines: tuple[EntryLine, ...]


@dataclass(frozen=True, slots=True)
class BalanceView:
    """A control account's balance, as a debit or as a credit, the other being 0."""

    control_code: str
    class_: str
    debit_minor: int
    credit_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One entry's effect on one account."""

    code: str
    seq: int
    kind: str
    effective_on: date
    recorded_at: datetime
    amount_minor: int
    balance_after_minor: int
    hash: bytes
    reverses_seq: int | None


@dataclass(frozen=True, slots=True)
class PeriodLine:
    """One entry's effect on one account, within a period of civil dates; debit positive."""

    seq: int
    kind: str
    effective_on: date
    recorded_at: datetime
    amount_minor: int
    reverses_seq: int | None
    reversed_by_seq: int | None


@dataclass(frozen=True, slots=True)
class ClosedPeriod:
    """The books are closed through a day; `seq` was the newest entry then."""

    through: date
    seq: int
    actor: UUID
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class PeriodBalance:
    """An account at a close: turnover since the close before, and its balance, debit positive."""

    account: str
    class_: str
    currency: str
    debit_minor: int
    credit_minor: int
    balance_minor: int


@dataclass(frozen=True, slots=True)
class AssertionView:
    """What was counted (`stated_minor`) beside the books at the end of `as_of`; difference = stated - books.

    `seq` was the newest entry then: later entries of an earlier date are not in `ledger_minor`.
    """

    id: UUID
    account: str
    currency: str
    source: Source
    as_of: date
    stated_minor: int
    ledger_minor: int
    difference_minor: int
    seq: int
    actor: UUID
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Head:
    """Where the chain of a group ends."""

    seq: int
    hash: bytes


_PLACES = {
    "accounts": "account",
    "audit": "line",
    "closes": "close",
    "counts": "count",
    "missing": "checkpoint",
    "numbers": "receipt",
    "outside": "checkpoint",
    "receipts": "receipt",
    "series": "checkpoint",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing that does not hold, and why; reasons are the constants of `verifying` and `holding`.

    `seq` numbers an entry, or what the reason speaks of: see `place`.
    """

    seq: int
    reason: str

    @property
    def place(self) -> str:
        """What `seq` counts."""
        return _PLACES.get(self.reason, "entry")
