"""How much a member may borrow, and why not."""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.loans.exact import round_ratio
from app.domain.loans.products import ProductRules
from app.domain.loans.terms import PPM


class Why(StrEnum):
    NOT_OFFERED = "not_offered"
    WRITTEN_OFF = "written_off"
    TOO_LITTLE = "too_little"
    ABOVE_PRODUCT = "above_product"
    ABOVE_SAVINGS = "above_savings"
    ABOVE_CASH = "above_cash"
    BELOW_PAYOFF = "below_payoff"
    TOO_FEW_REPAYMENTS = "too_few_repayments"
    TOO_MANY_REPAYMENTS = "too_many_repayments"


@dataclass(frozen=True, slots=True)
class Reason:
    """`limit` is what would do: an amount in minor units, or a number of repayments."""

    why: Why
    limit: int = 0


@dataclass(frozen=True, slots=True)
class Means:
    """A member's savings and what she owes on loans already; the fund's cash. `settles_minor` of the new loan goes to
    the one that it closes. `lost_minor` of her loans was written off and has not come back."""

    savings_minor: int
    owed_minor: int
    cash_minor: int
    settles_minor: int = 0
    lost_minor: int = 0


def savings_limit(rules: ProductRules, means: Means) -> int | None:
    """k x savings - own outstanding, rounded down; None where the rule asks for no savings."""
    if rules.savings_ppm is None:
        return None
    return max(0, means.savings_minor * rules.savings_ppm // PPM - means.owed_minor)


def limit_of(rules: ProductRules, means: Means) -> int:
    """min(k x savings - own outstanding, fund cash available, product maximum). [DOMAIN.md 4] Nothing for who has not
    paid back what was written off."""
    if means.lost_minor:
        return 0
    bounds = (savings_limit(rules, means), rules.most_minor, max(0, means.cash_minor))
    return min(one for one in bounds if one is not None)


def reasons_against(rules: ProductRules, means: Means, amount_minor: int, repayments: int) -> tuple[Reason, ...]:
    """Every reason, in the order of Why; none when she is eligible."""
    savings = savings_limit(rules, means)
    cash = max(0, means.cash_minor)
    kept_back = 0 if rules.is_fee_added else round_ratio(amount_minor * rules.fee_ppm, PPM)
    found = (
        Reason(Why.NOT_OFFERED) if not rules.is_offered else None,
        Reason(Why.WRITTEN_OFF, means.lost_minor) if means.lost_minor else None,
        Reason(Why.TOO_LITTLE, rules.least_minor) if amount_minor < rules.least_minor else None,
        Reason(Why.ABOVE_PRODUCT, rules.most_minor) if rules.most_minor and amount_minor > rules.most_minor else None,
        Reason(Why.ABOVE_SAVINGS, savings) if savings is not None and amount_minor > savings else None,
        Reason(Why.ABOVE_CASH, cash) if amount_minor > cash else None,
        Reason(Why.BELOW_PAYOFF, means.settles_minor) if amount_minor - kept_back < means.settles_minor else None,
        Reason(Why.TOO_FEW_REPAYMENTS, rules.least_repayments) if repayments < rules.least_repayments else None,
        Reason(Why.TOO_MANY_REPAYMENTS, rules.most_repayments) if repayments > rules.most_repayments else None,
    )
    return tuple(one for one in found if one)
