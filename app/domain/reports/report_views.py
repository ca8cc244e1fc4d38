"""Reports on a group as doors see them. Amounts in minor units of `currency`."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.domain.contributions.views import RegionRow
from app.domain.groups.views import MemberView
from app.domain.ledger.views import BalanceView
from app.domain.receipts.views import ReceiptFor
from app.domain.reports.views import JournalRow

KINDS = (
    *("contributions", "overdue", "regions", "transactions", "balance", "receipts", "members", "invoices"),
    *("interest", "fines"),
)


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What a report is narrowed to; a kind looks only at what is in FIELDS of it. None and empty leave nothing out.

    Days are both included: of dues for what is owed, of the money for what moved. `is_late`: only what is late.
    """

    since: date | None = None
    until: date | None = None
    call_id: UUID | None = None
    member_id: UUID | None = None
    entry: str = ""
    account: str = ""
    least_minor: int | None = None
    most_minor: int | None = None
    is_late: bool = False


FIELDS: dict[str, frozenset[str]] = {
    "contributions": frozenset({"call_id", "since", "until"}),
    "overdue": frozenset({"call_id", "is_late"}),
    "regions": frozenset({"call_id", "since", "until"}),
    "transactions": frozenset({"since", "until", "entry", "account", "member_id", "least_minor", "most_minor"}),
    "balance": frozenset({"until"}),
    "receipts": frozenset({"since", "until", "member_id"}),
    "members": frozenset(),
    "invoices": frozenset({"until", "member_id"}),
    "interest": frozenset({"since", "until", "member_id"}),
    "fines": frozenset({"since", "until", "member_id"}),
}


@dataclass(frozen=True, slots=True)
class ReportHead:
    """Of what and when; `call_title` and `member_name` are what it is narrowed to, `seq` the newest entry then."""

    kind: str
    narrowed: Narrowed
    group_name: str
    group_code: str
    currency: str
    timezone: str
    region_kind: str
    way: str
    pay_to: str
    today: date
    made_at: datetime
    call_title: str = ""
    member_name: str = ""


@dataclass(frozen=True, slots=True)
class MemberLine:
    """What a member was asked and paid; `open_minor` is neither paid nor sent, `waiting_minor` is sent."""

    member_id: UUID
    member_no: str
    name: str
    region: str
    dues: int
    paid_dues: int
    asked_minor: int
    confirmed_minor: int
    waiting_minor: int
    open_minor: int


@dataclass(frozen=True, slots=True)
class OwedLine:
    """A due of which `open_minor` is neither paid nor sent. `days_late` is 0 until it is late."""

    due_id: UUID
    member_id: UUID
    member_no: str
    name: str
    region: str
    title: str
    reference: str
    due_on: date
    days_late: int
    open_minor: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """Arrears of an age: `first` to `last` days late, `last` None for all that is older; 0 is not late yet."""

    first: int
    last: int | None
    dues: int
    open_minor: int


@dataclass(frozen=True, slots=True)
class EntryLine:
    """An entry with what came in and went out: of the account that is asked for, else of the group's money."""

    row: JournalRow
    in_minor: int
    out_minor: int


@dataclass(frozen=True, slots=True)
class Invoice:
    """What one member owes up to a day, oldest first, with the references to pay under."""

    member_id: UUID
    member_no: str
    name: str
    lines: tuple[OwedLine, ...]
    total_minor: int


@dataclass(frozen=True, slots=True)
class Contributions:
    """`total` rows there are; `rows` are the first of them, by member number. The sums are of all."""

    head: ReportHead
    total: int
    asked_minor: int
    confirmed_minor: int
    waiting_minor: int
    open_minor: int
    rows: tuple[MemberLine, ...]


@dataclass(frozen=True, slots=True)
class Overdue:
    """Late first, then by member number; `ages` and the sum are of all."""

    head: ReportHead
    total: int
    members: int
    open_minor: int
    ages: tuple[Bucket, ...]
    rows: tuple[OwedLine, ...]


@dataclass(frozen=True, slots=True)
class Regions:
    head: ReportHead
    total: int
    rows: tuple[RegionRow, ...]


@dataclass(frozen=True, slots=True)
class Transactions:
    """Newest first by the day of the money; the sums are of all."""

    head: ReportHead
    total: int
    in_minor: int
    out_minor: int
    rows: tuple[EntryLine, ...]


@dataclass(frozen=True, slots=True)
class Balance:
    """The trial balance at the end of `head.narrowed.until`, now without it; debits equal credits."""

    head: ReportHead
    total: int
    debit_minor: int
    credit_minor: int
    rows: tuple[BalanceView, ...]


@dataclass(frozen=True, slots=True)
class Receipts:
    """Newest first; `valid_minor` leaves reversed ones out."""

    head: ReportHead
    total: int
    valid_minor: int
    reversed: int
    rows: tuple[ReceiptFor, ...]


@dataclass(frozen=True, slots=True)
class Members:
    """Members of today, by name."""

    head: ReportHead
    total: int
    rows: tuple[MemberView, ...]


@dataclass(frozen=True, slots=True)
class Invoices:
    """Of everybody who owes something up to `head.narrowed.until`, by member number."""

    head: ReportHead
    total: int
    open_minor: int
    rows: tuple[Invoice, ...]


@dataclass(frozen=True, slots=True)
class EarnedLine:
    """What a member's loans earned in the month that begins on `month`."""

    month: date
    member_id: UUID
    member_no: str
    name: str
    interest_minor: int
    fees_minor: int
    penalties_minor: int

    @property
    def total_minor(self) -> int:
        return self.interest_minor + self.fees_minor + self.penalties_minor


@dataclass(frozen=True, slots=True)
class Interest:
    """What loans earned, by month of the money and member, oldest first; the sums are of all."""

    head: ReportHead
    total: int
    interest_minor: int
    fees_minor: int
    penalties_minor: int
    rows: tuple[EarnedLine, ...]


@dataclass(frozen=True, slots=True)
class FineLine:
    """A fine, charged from the day `charged_on`: what of it is paid, waived, sent, and none of these.

    `is_dropped`: the money turned out to have come in time, or the due was called off.
    """

    due_id: UUID
    member_id: UUID
    member_no: str
    name: str
    title: str
    charged_on: date
    amount_minor: int
    confirmed_minor: int
    waived_minor: int
    waiting_minor: int
    open_minor: int
    is_dropped: bool


@dataclass(frozen=True, slots=True)
class Fines:
    """Newest first, then by member number; the sums are of all. `asked_minor` leaves dropped ones out."""

    head: ReportHead
    total: int
    asked_minor: int
    confirmed_minor: int
    waived_minor: int
    waiting_minor: int
    open_minor: int
    rows: tuple[FineLine, ...]


Report = Contributions | Overdue | Regions | Transactions | Balance | Receipts | Members | Invoices | Interest | Fines
