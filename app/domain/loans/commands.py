"""What doors ask of loans. Every `key` makes its command repeatable; the others are what they say, however often."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True)
class SaveApplication:
    """The draft as it shall be; `guarantors` are members, who stand for equal shares. `replaces` is a running loan of
    hers that this one closes: it settles that, and the rest is paid out.
    """

    product_id: UUID
    amount_minor: int
    repayments: int
    purpose: str
    guarantors: tuple[UUID, ...] = ()
    replaces: UUID | None = None


@dataclass(frozen=True, slots=True)
class AnswerGuarantee:
    loan_id: UUID
    agrees: bool


@dataclass(frozen=True, slots=True)
class SendApplication:
    loan_id: UUID
    key: str


@dataclass(frozen=True, slots=True)
class SetConditions:
    """What must be met before the money is paid out; empty for nothing."""

    loan_id: UUID
    conditions: str


@dataclass(frozen=True, slots=True)
class DisburseLoan:
    """`step_up_id` proves a fresh one-time code of who pays out."""

    loan_id: UUID
    method: str
    key: str
    conditions_met: bool = False
    step_up_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class QuoteReschedule:
    """What is left in so many instalments, the first due on `first_on`."""

    loan_id: UUID
    repayments: int
    first_on: date
