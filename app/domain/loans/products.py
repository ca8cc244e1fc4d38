"""The terms on which a group lends, as rules: what they may be, and the loan that they make."""

from dataclasses import dataclass
from datetime import date

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


@dataclass(frozen=True, slots=True)
class ProductRules:
    """Rates in millionths: `rate_ppm` a year, `fee_ppm` of the amount, `savings_ppm` of a member's savings (3,000,000
    lends three times them; None asks for none). `most_minor` None is no bound. A treasurer approves up to
    `treasurer_minor` alone.
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
    is_offered: bool = True


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
    ):
        if value is not None and not least <= value <= most:
            raise InvalidInput(field, "between", least=least, most=most)
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
