"""What doors ask about lines and what they see of suggestions and decisions. Amounts in minor units of the group's
currency."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.domain.payments.views import PaymentView
from app.domain.reconciliation.bank.facts import Reason
from app.domain.reconciliation.bank.views import LineView
from app.kit.errors import DomainError


@dataclass(frozen=True, slots=True)
class MatchPart:
    """A part of a line: on a due of `member_id`, or with `due_id` None kept for her."""

    member_id: UUID
    amount_minor: int
    due_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class AcceptMatch:
    """This line pays these parts, or the member's submission `payment_id` (no parts then)."""

    line_id: UUID
    key: str
    parts: tuple[MatchPart, ...] = ()
    payment_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class BookOther:
    """This line is of no member: `kind` is income, expense or charge; `note` says what for (a charge needs none)."""

    line_id: UUID
    kind: str
    note: str
    key: str


@dataclass(frozen=True, slots=True)
class IgnoreLine:
    line_id: UUID
    reason: str
    key: str


@dataclass(frozen=True, slots=True)
class PairReversal:
    """The line `line_id`, money that left, takes the line `pair_id` back."""

    line_id: UUID
    pair_id: UUID
    key: str


@dataclass(frozen=True, slots=True)
class MatchBooked:
    """This line stands in the books already, as entry `seq`."""

    line_id: UUID
    seq: int
    key: str


@dataclass(frozen=True, slots=True)
class ConfirmMatch:
    match_id: UUID
    key: str


@dataclass(frozen=True, slots=True)
class ConfirmedMatch:
    """What became of one of many: `refusal` says why it was not confirmed."""

    match_id: UUID
    refusal: DomainError | None


@dataclass(frozen=True, slots=True)
class PartView:
    """`due_id` None: kept for the member."""

    member_id: UUID
    member_no: str
    member_name: str
    due_id: UUID | None
    title: str
    reference: str
    due_on: date | None
    amount_minor: int


@dataclass(frozen=True, slots=True)
class CandidateView:
    """`reasons` are texts `reason.<key>` with their parameters. `score`, at most 100, puts suggestions in order.

    `member_no` and `member_name` are empty where it is nobody's.
    """

    score: int
    member_no: str
    member_name: str
    parts: tuple[PartView, ...]
    payment_id: UUID | None
    pair_id: UUID | None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class QueueRow:
    line: LineView
    verdict: str
    rule: str
    candidates: tuple[CandidateView, ...]


@dataclass(frozen=True, slots=True)
class QueueView:
    """`counts` of the oldest 5,000 open lines by verdict; `rows` those that were asked for, of `total` that fit.

    `later` are newer lines, for which nothing was worked out yet.
    """

    counts: dict[str, int]
    total: int
    rows: tuple[QueueRow, ...]
    later: int


@dataclass(frozen=True, slots=True)
class PayerView:
    """A member with her dues that have room."""

    member_id: UUID
    member_no: str
    name: str
    dues: tuple[PartView, ...]
    is_own: bool


@dataclass(frozen=True, slots=True)
class BookedView:
    """An entry that a line may stand for; `name` is the member's whose payment it is, empty where it is of nobody."""

    seq: int
    kind: str
    on: date
    name: str


@dataclass(frozen=True, slots=True)
class MatchCounts:
    """Decisions that stand: `to_confirm` and their sum (in and out), `ignored`, `confirmed`."""

    to_confirm: int
    to_confirm_minor: int
    ignored: int
    confirmed: int


@dataclass(frozen=True, slots=True)
class MatchView:
    """`kind` is dues, submission, income, expense, charge, reversal, booked or ignored; `state` accepted, undone or
    confirmed.

    `is_own`: the reader's own money is in it, so somebody else confirms. `payments` once it is confirmed; `entry_seq`
    is the entry of money of no member, or the one that the books had before.
    """

    id: UUID
    line: LineView
    kind: str
    state: str
    rule: str
    score: int
    parts: tuple[PartView, ...]
    payment_id: UUID | None
    pair_id: UUID | None
    note: str
    accepted_at: datetime
    is_own: bool
    payments: tuple[PaymentView, ...] = ()
    entry_seq: int | None = None


@dataclass(frozen=True, slots=True)
class AcceptedMany:
    """How many sure lines were accepted, their sum, and the matches to be confirmed one by one."""

    count: int
    amount_minor: int
    match_ids: tuple[UUID, ...]
