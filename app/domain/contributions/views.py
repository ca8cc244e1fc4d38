"""What doors see of calls, dues and the group's figures. Amounts in minor units of `currency`."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.domain.payments.views import SettledPart


@dataclass(frozen=True, slots=True)
class CallView:
    """Sums are of dues that stand: `confirmed`, `part_paid` and `unpaid` are their states. `unasked` are active members
    without a due, such as who joined later. `is_touched` once anybody sent or paid anything, whatever became of that.
    """

    id: UUID
    title: str
    amount_minor: int
    currency: str
    due_on: date
    opened_at: datetime
    dues: int
    confirmed: int
    part_paid: int
    unpaid: int
    unasked: int
    paid_minor: int
    expected_minor: int
    is_touched: bool
    is_cancelled: bool


@dataclass(frozen=True, slots=True)
class Rejected:
    """A payment that its treasurer did not find; `code` is empty for cash."""

    reason: str
    code: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class DueView:
    """`open_minor` is not confirmed yet; of that, `waiting_minor` is sent and waits for confirmation.

    `rejected` stands while the newest payment for it was rejected and nothing else was sent.
    """

    id: UUID
    member_id: UUID
    title: str
    reference: str
    amount_minor: int
    open_minor: int
    waiting_minor: int
    currency: str
    due_on: date
    state: str
    is_overdue: bool
    rejected: Rejected | None = None


@dataclass(frozen=True, slots=True)
class UnpaidRow:
    """A member with something neither confirmed nor sent."""

    member_id: UUID
    call_id: UUID
    member_no: str
    name: str
    region: str
    due_id: UUID
    title: str
    reference: str
    unpaid_minor: int
    due_on: date
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class PaidRow:
    """A member who has paid for a call, all of `amount_minor` or a part; `payments` in the order of their days."""

    member_id: UUID
    member_no: str
    name: str
    region: str
    due_id: UUID
    paid_minor: int
    amount_minor: int
    payments: tuple[SettledPart, ...]


@dataclass(frozen=True, slots=True)
class PaidList:
    """`total` and `total_minor` are of all, `in_part` of those who paid a part."""

    title: str
    currency: str
    total: int
    total_minor: int
    in_part: int
    rows: tuple[PaidRow, ...]


@dataclass(frozen=True, slots=True)
class RegionRow:
    """One region's standing; `rank` by confirmed amount, then by share, then by name. `paid_dues` are paid in full."""

    rank: int
    region: str
    members: int
    dues: int
    paid_dues: int
    confirmed_minor: int
    waiting_minor: int
    expected_minor: int


@dataclass(frozen=True, slots=True)
class TodayView:
    """The four figures: members, regions, confirmed and pending. `pending_minor` is all that is open; inside it,
    `waiting_minor` is sent and waits to be confirmed, the rest is not paid.

    Amounts and dues are those of `call`, of all calls without one. `officers` are the members who hold a role;
    `calls` the newest 50 that stand.
    """

    today: date
    currency: str
    members: int
    officers: int
    regions: int
    dues: int
    paid_dues: int
    part_paid_dues: int
    confirmed_minor: int
    pending_minor: int
    waiting_minor: int
    waiting_count: int
    unpaid_members: int
    call: CallView | None
    calls: tuple[CallView, ...]
    ranking: tuple[RegionRow, ...]


@dataclass(frozen=True, slots=True)
class HomeView:
    """A member's own: what is owed, what of it was sent and waits, when the next is due."""

    today: date
    currency: str
    owed_minor: int
    waiting_minor: int
    next_due_on: date | None
    dues: tuple[DueView, ...]


@dataclass(frozen=True, slots=True)
class SuggestedCall:
    """The next call by the group's rules; None where they leave it open."""

    purpose: str
    amount_minor: int | None
    currency: str
    due_on: date | None


@dataclass(frozen=True, slots=True)
class Settlement:
    """Where a member and the group stand. `open_minor` is asked and not confirmed; of that, `waiting_minor` was sent.

    `receipts_minor` is all that was confirmed, ever; of that, `owed_minor` is held for her and paid out before she
    leaves, the rest belongs to the group. `kept_minor`, of what is held, can pay her dues.
    """

    member_id: UUID
    name: str
    member_no: str
    currency: str
    receipts_minor: int
    open_minor: int
    owed_minor: int
    kept_minor: int
    waiting_minor: int
    waiting_count: int
    dues: tuple[DueView, ...]
    roles: frozenset[str]
    left_at: datetime | None
    is_me: bool


@dataclass(frozen=True, slots=True)
class LeftDue:
    """What is open on a due of somebody who left; `reference` is the account number of its payment."""

    title: str
    reference: str
    open_minor: int


@dataclass(frozen=True, slots=True)
class LeftGroup:
    """A group that one was a member of, and what one still owes it; `way` and `pay_to` are how it is paid."""

    name: str
    currency: str
    way: str
    pay_to: str
    left_at: datetime
    dues: tuple[LeftDue, ...]

    @property
    def open_minor(self) -> int:
        return sum(due.open_minor for due in self.dues)


@dataclass(frozen=True, slots=True)
class RemoveMember:
    """`open_dues`: `cancel` stops asking for them, `keep` leaves them owed.

    `open_minor` is the open amount that was shown: another one meanwhile stops the removal.
    """

    member_id: UUID
    open_dues: str
    open_minor: int


@dataclass(frozen=True, slots=True)
class LeaveGroup:
    """`open_minor` is the open amount that was shown: another one meanwhile stops it."""

    open_minor: int


@dataclass(frozen=True, slots=True)
class DueRef:
    """A due as matching needs it; `open_minor` is what no confirmed payment covers."""

    id: UUID
    member_id: UUID
    title: str
    reference: str
    open_minor: int
    due_on: date
