"""The terms on which a group lends, as rules: what they may be, and the loan that they make."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from app.domain.loans.allocation import Strategy
from app.domain.loans.arrears import ArrearsRule, PenaltyPer, PenaltyRule
from app.domain.loans.exact import round_ratio
from app.domain.loans.periods import IN_YEAR
from app.domain.loans.terms import (
    MAX_EVERY,
    MAX_RATE_PPM,
    MAX_REPAYMENTS,
    PPM,
    Amortization,
    Grace,
    InterestPeriod,
    InterestType,
    LoanTerms,
    PayoffInterest,
    Unit,
    UpfrontFee,
)
from app.kit.errors import InvalidInput
from app.kit.money import MAX_MINOR

MAX_NAME = 60
MAX_YEARS = 100
MAX_GUARANTORS = 10
MAX_SAVINGS_PPM = 1_000 * PPM
YEARS = (None, 360, 364, 365)
MONTHS = (None, 30)
MAX_DAYS = 3_660
ALLOCATION = "DUE_PENALTY_FEE_INTEREST_PRINCIPAL_IN_ADVANCE_PENALTY_FEE_INTEREST_PRINCIPAL"
"""Penalties, fees, interest, principal. [DOMAIN.md 4]"""
OVER_DAYS = (-1, 0, 30, 60, 90)
"""Where a bucket of lateness begins: loans more days late than that, -1 for all that are not."""
PROVISIONS = (0, 50_000, 250_000, 500_000, 1_000_000)
"""0, 5, 25, 50 and 100 % of the principal, until the group says otherwise."""
LAST_DAY = 28
"""Of a month: due dates after it move with the month's end."""


@dataclass(frozen=True, slots=True)
class ProductRules:
    """Rates in millionths: `rate_ppm` a year, `fee_ppm` of the amount, `savings_ppm` of a member's savings (3,000,000
    lends three times them; None asks for none). `most_minor` None is no bound. A treasurer approves up to
    `treasurer_minor` alone; who stands for a loan signs it only where `guarantors_sign`.

    `allocation` names a Strategy, by which payments are spread. A penalty is `penalty_minor` and `penalty_ppm` of what
    is overdue, for each `penalty_per`; see `arrears`. `provision_ppm` of the principal is set aside in each bucket of
    OVER_DAYS. `is_capitalised`: with a new schedule the interest that is owed joins the principal.
    """

    name: str
    rate_ppm: int
    most_repayments: int
    unit: Unit = Unit.MONTHS
    every: int = 1
    least_repayments: int = 1
    grace_periods: int = 0
    interest_type: InterestType = InterestType.DECLINING_BALANCE
    interest_period: InterestPeriod = InterestPeriod.SAME_AS_REPAYMENT
    amortization: Amortization = Amortization.EQUAL_INSTALLMENTS
    year_days: int | None = None
    month_days: int | None = None
    multiple_minor: int = 1
    fee_ppm: int = 0
    is_fee_added: bool = False
    least_minor: int = 1
    most_minor: int | None = None
    savings_ppm: int | None = None
    treasurer_minor: int = 0
    guarantors: int = 0
    guarantors_sign: bool = False
    allocation: str = ALLOCATION
    is_oldest_first: bool = False
    payoff: PayoffInterest = PayoffInterest.TILL_DATE
    overdue_after_days: int = 0
    default_after_days: int = 90
    penalty_per: PenaltyPer = PenaltyPer.ONCE
    penalty_minor: int = 0
    penalty_ppm: int = 0
    penalty_grace_days: int = 0
    penalty_cap_minor: int | None = None
    penalty_cap_ppm: int | None = None
    provision_ppm: tuple[int, ...] = PROVISIONS
    is_capitalised: bool = False
    is_offered: bool = True

    @property
    def strategy(self) -> Strategy:
        named = Strategy.parse(self.allocation)
        return Strategy(named.due, named.in_advance, self.is_oldest_first)

    @property
    def arrears(self) -> ArrearsRule:
        return ArrearsRule(self.overdue_after_days, self.default_after_days)

    @property
    def penalty(self) -> PenaltyRule:
        return PenaltyRule(
            self.penalty_per,
            self.penalty_minor,
            self.penalty_ppm,
            self.penalty_grace_days,
            self.penalty_cap_minor,
            self.penalty_cap_ppm,
        )


def check_product(rules: ProductRules) -> None:
    """Raises InvalidInput, naming the field."""
    if not 1 <= len(rules.name.strip()) <= MAX_NAME:
        raise InvalidInput("name", "product_name", most=MAX_NAME)
    for field, value, least, most in (
        ("rate_ppm", rules.rate_ppm, 0, MAX_RATE_PPM),
        ("every", rules.every, 1, MAX_EVERY),
        ("least_repayments", rules.least_repayments, 1, MAX_REPAYMENTS),
        ("most_repayments", rules.most_repayments, rules.least_repayments, MAX_REPAYMENTS),
        ("grace_periods", rules.grace_periods, 0, rules.least_repayments - 1),
        ("multiple_minor", rules.multiple_minor, 1, MAX_MINOR),
        ("fee_ppm", rules.fee_ppm, 0, PPM),
        ("least_minor", rules.least_minor, 1, MAX_MINOR),
        ("most_minor", rules.most_minor, rules.least_minor, MAX_MINOR),
        ("savings_ppm", rules.savings_ppm, 1, MAX_SAVINGS_PPM),
        ("treasurer_minor", rules.treasurer_minor, 0, MAX_MINOR),
        ("guarantors", rules.guarantors, 0, MAX_GUARANTORS),
        ("overdue_after_days", rules.overdue_after_days, 0, MAX_DAYS),
        ("default_after_days", rules.default_after_days, rules.overdue_after_days, MAX_DAYS),
        ("penalty_minor", rules.penalty_minor, 0, MAX_MINOR),
        ("penalty_ppm", rules.penalty_ppm, 0, PPM),
        ("penalty_grace_days", rules.penalty_grace_days, 0, MAX_DAYS),
        ("penalty_cap_minor", rules.penalty_cap_minor, 0, MAX_MINOR),
        ("penalty_cap_ppm", rules.penalty_cap_ppm, 0, 100 * PPM),
    ):
        if value is not None and not least <= value <= most:
            raise InvalidInput(field, "between", least=least, most=most)
    if len(rules.provision_ppm) != len(OVER_DAYS) or not all(0 <= one <= PPM for one in rules.provision_ppm):
        raise InvalidInput("provision", "provision")
    try:
        Strategy.parse(rules.allocation)
    except ValueError:
        raise InvalidInput("allocation", "allocation") from None
    most = MAX_YEARS * IN_YEAR[rules.unit] // rules.every
    if rules.most_repayments > most:
        raise InvalidInput("most_repayments", "between", least=rules.least_repayments, most=most)
    if rules.year_days not in YEARS or rules.month_days not in MONTHS:
        raise InvalidInput("year_days" if rules.year_days not in YEARS else "month_days", "day_count")


def terms_of(rules: ProductRules, amount_minor: int, repayments: int, on: date) -> LoanTerms:
    """The loan of `amount_minor` that is paid out on `on`."""
    fee = round_ratio(amount_minor * rules.fee_ppm, PPM)
    return LoanTerms(
        principal_minor=amount_minor,
        rate_ppm=rules.rate_ppm,
        repayments=repayments,
        unit=rules.unit,
        every=rules.every,
        disbursed_on=on,
        starts_on=on,
        interest_type=rules.interest_type,
        interest_period=rules.interest_period,
        amortization=rules.amortization,
        year_days=rules.year_days,
        month_days=rules.month_days,
        multiple_minor=rules.multiple_minor,
        grace=Grace(principal=min(rules.grace_periods, repayments - 1)),
        upfront_fee=UpfrontFee(fee, is_added=rules.is_fee_added) if fee else None,
    )


def terms_left(
    rules: ProductRules, principal_minor: int, rate_ppm: int, repayments: int, on: date, starts_on: date
) -> LoanTerms:
    """A new schedule, agreed on `on`, for principal that is left: `repayments` periods from `starts_on`, without a fee.

    Interest runs from `on` to the first due date.
    """
    terms = terms_of(rules, principal_minor, repayments, on)
    return replace(terms, rate_ppm=rate_ppm, starts_on=starts_on, grace=Grace(), upfront_fee=None)


def starts_for(rules: ProductRules, first_on: date) -> date:
    """The day from which the first instalment is due on `first_on`. Raises InvalidInput for what no month has."""
    if rules.unit is not Unit.MONTHS:
        return first_on - timedelta(days=rules.every * (7 if rules.unit is Unit.WEEKS else 1))
    if first_on.day > LAST_DAY:
        raise InvalidInput("first_on", "loan_first_day", last=LAST_DAY)
    years, month = divmod(first_on.month - 1 - rules.every, 12)
    return date(first_on.year + years, month + 1, first_on.day)
