"""What a loan is agreed on. Amounts in minor units, rates in millionths a year, dates civil."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from app.domain.loans.exact import Rounding
from app.kit.money import MAX_MINOR

PPM = 1_000_000
MAX_REPAYMENTS = 1_200
"""A hundred years of months, or 23 of weeks."""
MAX_EVERY = 1_000
MAX_RATE_PPM = 100 * PPM
"""Ten thousand percent a year."""
MAX_EVENTS = 1_000
"""Of payments, further disbursements, rate changes, charges: each."""


class BadTerms(ValueError):
    """Terms that no schedule can follow: `path` names the field of LoanTerms, `reason` says why."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class Unit(StrEnum):
    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"


class InterestType(StrEnum):
    FLAT = "flat"
    DECLINING_BALANCE = "declining_balance"


class InterestPeriod(StrEnum):
    SAME_AS_REPAYMENT = "same_as_repayment_period"
    DAILY = "daily"


class Amortization(StrEnum):
    EQUAL_INSTALLMENTS = "equal_installments"
    EQUAL_PRINCIPAL = "equal_principal"


class PayoffInterest(StrEnum):
    """How far a pay-off pays interest: to its own date, or to the next due date."""

    TILL_DATE = "till_date"
    TILL_DUE_DATE = "till_due_date"


class ChargeKind(StrEnum):
    FEE = "fee"
    PENALTY = "penalty"


class ChargeBasis(StrEnum):
    """The part of an instalment that a percentage is taken of."""

    PRINCIPAL = "principal"
    INTEREST = "interest"
    PRINCIPAL_AND_INTEREST = "principal_and_interest"


@dataclass(frozen=True, slots=True)
class Grace:
    """Periods from the first one on: `principal` pays interest alone; interest of `interest_payment` is collected with
    the period after them; in `interest_free` none accrues; `capitalised` pays nothing, its interest joins the balance.
    """

    principal: int = 0
    interest_payment: int = 0
    interest_free: int = 0
    capitalised: int = 0


@dataclass(frozen=True, slots=True)
class Charge:
    """A percentage of every instalment. The row of a down payment bears none."""

    kind: ChargeKind
    basis: ChargeBasis
    rate_ppm: int


@dataclass(frozen=True, slots=True)
class RateChange:
    """The instalment due on `from_due_on` is the first at the new rate."""

    from_due_on: date
    rate_ppm: int


@dataclass(frozen=True, slots=True)
class Flow:
    """Money on a day: a further disbursement, or a payment."""

    on: date
    amount_minor: int


@dataclass(frozen=True, slots=True)
class UpfrontFee:
    """Paid at disbursement: kept back from the money paid out, or added to what is owed."""

    amount_minor: int
    is_added: bool = False


@dataclass(frozen=True, slots=True)
class LoanTerms:
    """Row k is due k periods of `every` `unit`s after `starts_on`; `repayments` does not count a down payment.

    `year_days` and `month_days` are None for actual ones; an actual year has 365 days, leap years too. `multiple_minor`
    is the step of an instalment; 1 is the minor unit itself. `balloon_minor` is paid on top of the last instalment.
    `business_on` is the day up to which `payments` are known; both serve `is_interest_on_overdue` and `payoff` alone.
    """

    principal_minor: int
    rate_ppm: int
    repayments: int
    unit: Unit
    disbursed_on: date
    starts_on: date
    every: int = 1
    interest_type: InterestType = InterestType.DECLINING_BALANCE
    interest_period: InterestPeriod = InterestPeriod.SAME_AS_REPAYMENT
    amortization: Amortization = Amortization.EQUAL_INSTALLMENTS
    year_days: int | None = None
    month_days: int | None = None
    multiple_minor: int = 1
    rounding: Rounding = Rounding.HALF_EVEN
    grace: Grace = field(default_factory=Grace)
    charges: tuple[Charge, ...] = ()
    upfront_fee: UpfrontFee | None = None
    down_payment_ppm: int = 0
    balloon_minor: int = 0
    rate_changes: tuple[RateChange, ...] = ()
    further_disbursements: tuple[Flow, ...] = ()
    has_emi_smoothing: bool = False
    is_interest_on_overdue: bool = False
    payoff: PayoffInterest | None = None
    payments: tuple[Flow, ...] = ()
    business_on: date | None = None

    @property
    def is_flat(self) -> bool:
        return self.interest_type is InterestType.FLAT

    @property
    def lent_minor(self) -> int:
        """The first disbursement's principal, with a fee that is added to it."""
        added = self.upfront_fee.amount_minor if self.upfront_fee and self.upfront_fee.is_added else 0
        return self.principal_minor + added


def check_terms(terms: LoanTerms) -> None:
    """Raises BadTerms for the first thing that can't be. What depends on due dates is checked where they are made."""
    _within("repayments", terms.repayments, 1, MAX_REPAYMENTS)
    _within("every", terms.every, 1, MAX_EVERY)
    _within("principal_minor", terms.principal_minor, 1, MAX_MINOR)
    _within("rate_ppm", terms.rate_ppm, 0, MAX_RATE_PPM)
    _within("multiple_minor", terms.multiple_minor, 1, MAX_MINOR)
    _within("down_payment_ppm", terms.down_payment_ppm, 0, PPM - 1)
    _within("balloon_minor", terms.balloon_minor, 0, terms.principal_minor)
    if terms.upfront_fee:
        most = MAX_MINOR if terms.upfront_fee.is_added else terms.principal_minor
        _within("upfront_fee.amount_minor", terms.upfront_fee.amount_minor, 0, most)
    _check_grace(terms)
    _check_lists(terms)
    _check_combinations(terms)


def _check_grace(terms: LoanTerms) -> None:
    grace, n = terms.grace, terms.repayments
    _within("grace.principal", grace.principal, 0, n - 1)
    _within("grace.interest_payment", grace.interest_payment, 0, n - 1)
    _within("grace.interest_free", grace.interest_free, 0, n)
    _within("grace.capitalised", grace.capitalised, 0, n - 1)


def _check_lists(terms: LoanTerms) -> None:
    for name in ("charges", "rate_changes", "further_disbursements", "payments"):
        if len(getattr(terms, name)) > MAX_EVENTS:
            raise BadTerms(name, f"more than {MAX_EVENTS} entries")
    for n, charge in enumerate(terms.charges):
        _within(f"charges[{n}].rate_ppm", charge.rate_ppm, 0, MAX_RATE_PPM)
    for n, change in enumerate(terms.rate_changes):
        _within(f"rate_changes[{n}].rate_ppm", change.rate_ppm, 0, MAX_RATE_PPM)
    for name in ("further_disbursements", "payments"):
        for n, flow in enumerate(getattr(terms, name)):
            _within(f"{name}[{n}].amount_minor", flow.amount_minor, 1, MAX_MINOR)
            if flow.on < terms.disbursed_on:
                raise BadTerms(f"{name}[{n}].on", f"{flow.on} is before the disbursement of {terms.disbursed_on}")


def _check_combinations(terms: LoanTerms) -> None:
    if terms.is_interest_on_overdue:
        if terms.is_flat:
            raise BadTerms("is_interest_on_overdue", "flat interest is on the whole principal, paid or not")
        if terms.grace.capitalised:
            raise BadTerms("grace.capitalised", "not together with interest on what is overdue")
        if terms.business_on is None:
            raise BadTerms("business_on", "interest on what is overdue needs the day up to which payments are known")
        for n, payment in enumerate(terms.payments):
            if payment.on > terms.business_on:
                raise BadTerms(f"payments[{n}].on", f"{payment.on} is after the business date of {terms.business_on}")
    is_annuity = not terms.is_flat and terms.amortization is Amortization.EQUAL_INSTALLMENTS
    if terms.balloon_minor and not is_annuity:
        raise BadTerms("balloon_minor", "only with equal instalments on a declining balance")
    if terms.grace.capitalised and (terms.is_flat or terms.payoff):
        raise BadTerms("grace.capitalised", "only on a declining balance, and not together with a pay-off")


def _within(path: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise BadTerms(path, f"{value} is not within {least} and {most}")
