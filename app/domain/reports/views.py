"""What doors see of the books. Amounts in minor units of `currency`; debit positive unless a field says otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from app.domain.ledger.views import BalanceView, EntryView
from app.domain.receipts.views import ReceiptRef
from app.domain.reconciliation.bank.views import LineView


@dataclass(frozen=True, slots=True)
class AsOf:
    """Without an instant: what is known today of the end of `day`, by the date of the money.

    With one, of that day: what the books said then, whatever was recorded later.
    """

    day: date
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TrialBalance:
    """`rows` by control account; `debit_minor` equals `credit_minor`. `entries` and `head` are the chain's end, which
    as of a moment lies where it lay then.
    """

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

    `members` are those whose accounts it touches, by name. A reversal has the receipt of what it reverses. `said` is
    what was said of the bank's line from which it is booked.
    """

    entry: EntryView
    amount_minor: int
    balance_after_minor: int | None
    members: tuple[str, ...]
    receipt_id: UUID | None
    receipt_number: str | None
    said: str = ""


@dataclass(frozen=True, slots=True)
class EntryProof:
    """An entry between its neighbours, with the names of those it concerns; `line` is the bank's, where it is booked
    from one, and `said` what was said of that.
    """

    entry: EntryView
    previous_hash: str
    next_hash: str
    recorded_by: str
    members: dict[UUID, str]
    receipt_id: UUID | None
    receipt_number: str | None
    line: LineView | None = None
    said: str = ""


@dataclass(frozen=True, slots=True)
class PassbookRow:
    """One line of a member's accounts. `amount_minor` is positive for what the member gave, for `purpose`.

    `balance_after_minor` is of the account that the group's payments stand on; None for a line that isn't on it, as a
    fine's beside savings.
    """

    seq: int
    kind: str
    effective_on: date
    recorded_at: datetime
    amount_minor: int
    balance_after_minor: int | None
    title: str
    receipt_id: UUID | None
    receipt_number: str | None
    is_reversed: bool
    purpose: str


@dataclass(frozen=True, slots=True)
class Passbook:
    """Newest first; `next_before_seq` asks for the next page, None at the end. `holds_savings`: the balance is hers.

    `kept_minor` stands beside it: what she paid over what she owed, for a later due.
    """

    member_id: UUID
    member_no: str
    name: str
    currency: str
    balance_minor: int
    kept_minor: int
    holds_savings: bool
    rows: tuple[PassbookRow, ...]
    next_before_seq: int | None


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One entry on the member's account. `in_minor` is what the member gave, `out_minor` what went back; one is 0.

    `reverses_seq` names the entry that this line takes back, `reversed_by_seq` the one that took this line back.
    """

    seq: int
    effective_on: date
    title: str
    method: str
    provider_code: str
    receipt_id: UUID | None
    receipt_number: str
    in_minor: int
    out_minor: int
    balance_after_minor: int
    reverses_seq: int | None
    reversed_by_seq: int | None
    kind: str


@dataclass(frozen=True, slots=True)
class MemberStatement:
    """A member's account from `from_on` to `until_on`, oldest line first, as the book stood at entry `head_seq`.

    `opening_minor + in_minor - out_minor = closing_minor`.
    """

    group_id: UUID
    group_name: str
    timezone: str
    member_id: UUID
    member_no: str
    name: str
    currency: str
    exponent: int
    from_on: date
    until_on: date
    opening_minor: int
    in_minor: int
    out_minor: int
    closing_minor: int
    lines: tuple[StatementLine, ...]
    head_seq: int
    head_hash: bytes


@dataclass(frozen=True, slots=True)
class SignedStatement:
    """`digest` commits to every line; `token` is the signed form; `check_code` opens the public page."""

    id: UUID
    statement: MemberStatement
    check_code: str
    digest: bytes
    made_at: datetime
    token: str


@dataclass(frozen=True, slots=True)
class PrintedFile:
    """A PDF of one subject in one language: queued, ready, failed (staff see the job), or forgotten (ask again).

    `waited_s`: seconds since it was asked for.
    """

    subject_id: UUID
    language: str
    state: Literal["queued", "ready", "failed", "forgotten"]
    waited_s: int


@dataclass(frozen=True, slots=True)
class PublicStatement:
    """What anyone with the code may see: initials, no name; balances to compare, no lines.

    `member_initials` and `member_no` are None once the member is erased; `timezone` is the group's.
    """

    check_code: str
    group_name: str
    timezone: str
    member_initials: str | None
    member_no: str | None
    from_on: date
    until_on: date
    opening_minor: int
    in_minor: int
    out_minor: int
    closing_minor: int
    currency: str
    exponent: int
    lines: int
    made_at: datetime
    head_seq: int
    digest: str
    token: str


@dataclass(frozen=True, slots=True)
class StatementCheck:
    """The public answer. `statement` is there when it is valid or outdated: genuine, but the period changed since.

    `why`, `given`, `wrong_symbols` and `suggestion` as in the check of a receipt.
    """

    state: Literal["valid", "outdated", "invalid", "unknown"]
    given: str = ""
    why: str = ""
    wrong_symbols: str = ""
    suggestion: str = ""
    statement: PublicStatement | None = None


@dataclass(frozen=True, slots=True)
class ActivityRow:
    """One event of a log. `by` is a name, "staff" or "system", empty where nobody is known.

    `about` is the name of the member concerned, with `about_id`; empty where there is none, or where the log is hers.
    `is_hers`: who did it is the member whom it concerns, or whose log it is. `facts` are codes, counts and amounts,
    `receipt` is that of a payment, `title` that of a call, `seq` and `hash` the event's place in the log's chain.
    """

    id: UUID
    at: datetime
    action: str
    by: str
    about: str
    about_id: UUID | None
    is_hers: bool
    facts: Mapping[str, str | int]
    receipt: ReceiptRef | None
    title: str
    seq: int = 0
    hash: str = ""


@dataclass(frozen=True, slots=True)
class Activity:
    """Newest first; `next_before` asks for the next page, empty at the end."""

    rows: tuple[ActivityRow, ...]
    next_before: str


@dataclass(frozen=True, slots=True)
class ActorRef:
    """Somebody who did what a log tells of; `name` as in `ActivityRow.by`."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class GroupActivity:
    """A page of a group's log, as `Activity`. `people` are all who ever did anything, by name; seats come last.

    `seq` and `hash` are where the whole log ends, whatever the page is narrowed to. `timezone` is the group's.
    """

    rows: tuple[ActivityRow, ...]
    next_before: str
    people: tuple[ActorRef, ...]
    seq: int
    hash: str
    group_code: str
    timezone: str
