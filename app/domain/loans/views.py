"""What goes in and out of the services of loans."""

from dataclasses import dataclass
from uuid import UUID

from app.domain.loans.cost import TrueCost
from app.domain.loans.limits import Reason
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
    product_id: UUID
    amount_minor: int
    repayments: int


@dataclass(frozen=True, slots=True)
class LoanQuote:
    """What a loan paid out today would come to. `reasons` why she can't have it; empty when she can apply.

    `limit_minor` is the most that she may borrow now. `needs_committee`: beyond what a treasurer approves alone.
    """

    product: ProductView
    schedule: Schedule
    cost: TrueCost | None
    limit_minor: int
    reasons: tuple[Reason, ...]
    needs_committee: bool
