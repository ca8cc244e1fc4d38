"""What goes in and out of the services of loans."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.domain.loans.cost import TrueCost
from app.domain.loans.limits import Reason, Why
from app.domain.loans.portfolio import AtRisk
from app.domain.loans.products import ProductRules
from app.domain.loans.schedule import Schedule


@dataclass(frozen=True, slots=True)
class DefineProduct:
    """The rules as they shall be. A new product has no `product_id` and version 0; `version` is the one looked at."""

    rules: ProductRules
    product_id: UUID | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class ProductView:
    product_id: UUID
    version: int
    rules: ProductRules
    currency: str


@dataclass(frozen=True, slots=True)
class QuoteLoan:
    """`replaces` is the loan of hers that this one would close."""

    product_id: UUID
    amount_minor: int
    repayments: int
    replaces: UUID | None = None


@dataclass(frozen=True, slots=True)
class LoanQuote:
    """What a loan paid out today would come to. `reasons` why she can't have it; empty when she can apply.

    `limit_minor` is the most that she may borrow now. `needs_committee`: beyond what a treasurer approves alone.
    `settles_minor` goes to the loan that it closes, `in_hand_minor` to her; negative when it is too little.
    """

    product: ProductView
    schedule: Schedule
    cost: TrueCost | None
    limit_minor: int
    reasons: tuple[Reason, ...]
    needs_committee: bool
    settles_minor: int
    in_hand_minor: int


@dataclass(frozen=True, slots=True)
class GuarantorView:
    """`state` is named, asked, agreed or refused. `lien_minor` of her savings are bound now."""

    member_id: UUID
    name: str
    pledge_minor: int
    state: str
    answered_at: datetime | None
    lien_minor: int
    is_me: bool


@dataclass(frozen=True, slots=True)
class InstalmentView:
    """`unpaid_minor` is asked for still, `waived_minor` no more. Penalties are of this instalment's lateness."""

    n: int
    due_on: date
    principal_minor: int
    interest_minor: int
    penalties_minor: int
    paid_minor: int
    waived_minor: int

    @property
    def due_minor(self) -> int:
        return self.principal_minor + self.interest_minor + self.penalties_minor

    @property
    def unpaid_minor(self) -> int:
        return self.due_minor - self.paid_minor - self.waived_minor


@dataclass(frozen=True, slots=True)
class ChangeView:
    """What happened to a loan: `refinanced` (closed by loan `other_no`), `refinances` (it closed that one), or
    `rescheduled`. The parts are what was owed of the old by then. `first_on` is None but for a new schedule.
    """

    kind: str
    on: date
    days_late: int
    principal_minor: int
    interest_minor: int
    fees_minor: int
    penalties_minor: int
    other_id: UUID | None
    other_no: int
    repayments: int
    first_on: date | None
    is_capitalised: bool
    entry_seq: int | None

    @property
    def total_minor(self) -> int:
        return self.principal_minor + self.interest_minor + self.fees_minor + self.penalties_minor


@dataclass(frozen=True, slots=True)
class LoanView:
    """A loan at whatever point. `state` is draft, asked (guarantors), signing, approved, active, closed, refused,
    withdrawn, expired (not signed, or not paid out, in time) or written_off.

    `instalments` are planned for today until it is paid out; `agreed` are those that were signed, before any change.
    `standing` is current, overdue or default, by today.
    `changes`, oldest first; `replaces_no` is the loan that it closes or is to close, 0 for none.

    `payoff_minor` settles it today; `recoverable_minor` may come back after a write-off. `next_minor` is due on
    `next_on`; of a late loan all that is due by today, and the oldest day.
    """

    id: UUID
    no: int
    reference: str
    member_id: UUID
    member_name: str
    product_id: UUID
    rules: ProductRules
    amount_minor: int
    currency: str
    repayments: int
    purpose: str
    state: str
    conditions: str
    sent_at: datetime | None
    approved_on: date | None
    expires_on: date | None
    method: str | None
    disbursed_on: date | None
    closed_on: date | None
    lent_minor: int
    fee_minor: int
    entry_seq: int | None
    proposal_id: UUID | None
    guarantors: tuple[GuarantorView, ...]
    instalments: tuple[InstalmentView, ...]
    agreed: tuple[InstalmentView, ...]
    unpaid_minor: int
    principal_minor: int
    overdue_minor: int
    next_on: date | None
    next_minor: int
    payoff_minor: int
    days_late: int
    standing: str
    today: date
    is_mine: bool
    changes: tuple[ChangeView, ...]
    replaces_id: UUID | None
    replaces_no: int
    recoverable_minor: int

    @property
    def changed(self) -> str:
        """What marks a running loan in the portfolio: `rescheduled`, `refinanced` or nothing."""
        kinds = {one.kind for one in self.changes}
        return "rescheduled" if "rescheduled" in kinds else "refinanced" if "refinances" in kinds else ""


@dataclass(frozen=True, slots=True)
class MemberRecord:
    """What those who sign look at. Instalments count once wholly paid; `late` were not paid by their day."""

    savings_minor: int
    owed_minor: int
    pledged_minor: int
    loans_repaid: int
    loans_written_off: int
    instalments_paid: int
    instalments_late: int
    dues_paid: int
    dues_asked: int
    meetings_there: int
    meetings_held: int


@dataclass(frozen=True, slots=True)
class LoanFile:
    """A loan as those read it who decide about it: with the member's record, and what bounds her."""

    loan: LoanView
    record: MemberRecord
    cost: TrueCost | None
    bounds: tuple[tuple[Why, int], ...]
    limit_minor: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class StandFor:
    """A loan that the reader stands for or is asked to: `free_minor` of her savings are bound by nothing.

    `schedule` is as if it were paid out today, for who is asked.
    """

    loan_id: UUID
    no: int
    member_name: str
    amount_minor: int
    repayments: int
    purpose: str
    pledge_minor: int
    lien_minor: int
    free_minor: int
    currency: str
    state: str
    answer: str
    schedule: Schedule | None = None


@dataclass(frozen=True, slots=True)
class MyLoans:
    """Loans newest first, drafts among them; what the reader stands for; what the group lends on."""

    currency: str
    loans: tuple[LoanView, ...]
    stands_for: tuple[StandFor, ...]
    products: tuple[ProductView, ...]


@dataclass(frozen=True, slots=True)
class LoanDue:
    """What a running loan asks for next, on `due_on`: all that is overdue, where anything is. `left_minor`: in all.

    `waiting_minor` was sent for it and waits to be confirmed.
    """

    id: UUID
    no: int
    due_on: date
    due_minor: int
    left_minor: int
    waiting_minor: int = 0

    @property
    def to_send_minor(self) -> int:
        """What of it nobody has sent."""
        return max(0, self.due_minor - self.waiting_minor)


@dataclass(frozen=True, slots=True)
class LoansNow:
    """One's loans in short: what they ask for, and how many others' loans one is asked to stand for."""

    dues: tuple[LoanDue, ...]
    asked: int


@dataclass(frozen=True, slots=True)
class PortfolioRow:
    """`next_on` is the oldest day on which anything is unpaid. `signed` of `needed` signatures, while it is signed."""

    id: UUID
    no: int
    member_name: str
    purpose: str
    amount_minor: int
    left_minor: int
    principal_minor: int
    next_on: date | None
    next_minor: int
    days_late: int
    state: str
    standing: str
    changed: str


@dataclass(frozen=True, slots=True)
class Ageing:
    """Loans by days late: more than `over_days` (-1: none late), up to the next bucket."""

    over_days: int
    loans: int
    principal_minor: int
    provision_minor: int


@dataclass(frozen=True, slots=True)
class Coming:
    """What is unpaid of instalments due in a month, from today on; `month` is its first day, None for all later."""

    month: date | None
    instalments: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Portfolio:
    """`lent_minor` is all principal owed; `due_minor` falls due this month, of which `paid_minor` is paid.

    `at_risk` goes by lateness alone. Loans that were refinanced or rescheduled are counted apart: `changed` of them,
    with `changed_minor` of principal. `coming` are this month and the next five, and all after them.
    """

    currency: str
    today: date
    rows: tuple[PortfolioRow, ...]
    lent_minor: int
    cash_minor: int
    due_minor: int
    paid_minor: int
    at_risk: tuple[AtRisk, ...]
    ageing: tuple[Ageing, ...]
    changed: int
    changed_minor: int
    coming: tuple[Coming, ...]


@dataclass(frozen=True, slots=True)
class RepaymentPreview:
    """What a payment of that day would go to, by purpose; `credit` is kept for the member.

    `interest_ahead_minor` of it is interest of instalments that are not asked for yet.
    """

    shares: tuple[tuple[str, int], ...]
    left_minor: int
    payoff_minor: int
    closes: bool
    interest_ahead_minor: int


@dataclass(frozen=True, slots=True)
class SignedTerms:
    """What is signed for: `schedule` asks for each instalment, `before_minor` is one of the schedule that it takes the
    place of. `carried_minor` falls due besides, with the first; `settles_minor` of the money closes another loan. A new
    schedule has no `conditions`.
    """

    schedule: Schedule
    cost: TrueCost | None
    conditions: str | None = None
    before_minor: int = 0
    carried_minor: int = 0
    settles_minor: int = 0


@dataclass(frozen=True, slots=True)
class RescheduleQuote:
    """What is left of a loan today as a new schedule would ask for it.

    `carried_minor` (interest, fees, penalties owed so far) falls due with the first instalment, unless the interest
    joins the principal: `capitalised_minor`.
    """

    principal_minor: int
    carried_minor: int
    capitalised_minor: int
    currency: str
    schedule: Schedule


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member who may be asked to stand for a loan; not one of whose savings nothing is free."""

    member_id: UUID
    member_no: str
    name: str
    can_stand: bool
