"""The repayment schedule of a loan: rows of whole minor units that bring its balance to nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from app.domain.loans.accrual import Draws, Paid, exact_interest, planned_spans, rounded_interest, until
from app.domain.loans.charges import charge_instalment
from app.domain.loans.exact import PRECISION, ZERO, Ratio, add, round_decimal, round_ratio
from app.domain.loans.instalment import plan_for
from app.domain.loans.periods import Period, make_periods
from app.domain.loans.terms import PPM, BadTerms, Flow, LoanTerms, check_terms


class ScheduleRow(NamedTuple):
    """`balance_minor` is the principal still owed after this row and after a disbursement on its date.

    `capitalised_minor` is interest that joined the balance instead of falling due.
    """

    n: int
    due_on: date
    days: int
    principal_minor: int
    interest_minor: int
    balance_minor: int
    fees_minor: int = 0
    penalties_minor: int = 0
    capitalised_minor: int = 0

    @property
    def total_minor(self) -> int:
        return self.principal_minor + self.interest_minor + self.fees_minor + self.penalties_minor


@dataclass(frozen=True, slots=True)
class Totals:
    principal_minor: int
    interest_minor: int
    fees_minor: int
    penalties_minor: int

    @property
    def total_minor(self) -> int:
        return self.principal_minor + self.interest_minor + self.fees_minor + self.penalties_minor


@dataclass(frozen=True, slots=True)
class Schedule:
    """What `terms` come to. Principal due is what was lent, and the interest that was capitalised."""

    terms: LoanTerms
    rows: tuple[ScheduleRow, ...]
    paid_off_on: date | None = None

    @property
    def totals(self) -> Totals:
        return Totals(
            sum(row.principal_minor for row in self.rows),
            sum(row.interest_minor for row in self.rows),
            sum(row.fees_minor for row in self.rows),
            sum(row.penalties_minor for row in self.rows),
        )


def make_schedule(terms: LoanTerms) -> Schedule:
    """Raises BadTerms for what can't be scheduled."""
    check_terms(terms)
    walk = _Walk(terms)
    walk.go()
    return Schedule(terms, tuple(walk.rows), walk.paid_off_on)


class _Walk:
    """From period to period. `balance` is the planned one; what was really paid is `paid`'s."""

    def __init__(self, terms: LoanTerms) -> None:
        self.terms = terms
        self.is_flat, self.grace, self.rounding = terms.is_flat, terms.grace, terms.rounding
        self.periods = make_periods(terms)
        self.draws = Draws(terms, self.periods)
        self.paid = Paid(terms) if terms.is_interest_on_overdue or terms.payoff else None
        self.plan = plan_for(terms)
        self.is_stale = True
        """The plan must be figured before the next principal."""
        self.rows: list[ScheduleRow] = []
        self.lent = self.balance = terms.lent_minor
        self.deferred = 0
        """Interest of periods with grace on its payment, collected with the next."""
        self.exact_interest: Ratio = ZERO
        self.rounded_interest = 0
        """Both of all rows so far: flat's last row makes up the difference."""
        self.compounded: Decimal | None = None
        self.paid_off_on: date | None = None

    def go(self) -> None:
        self._pay_down()
        for period in self.periods:
            if period.n <= self.grace.capitalised:
                self._capitalise(period)
            elif self._add_row(period):
                return

    def _pay_down(self) -> None:
        """The down payment is a row on the disbursement date without interest."""
        if self.terms.down_payment_ppm:
            principal = round_ratio(self.balance * self.terms.down_payment_ppm, PPM, self.rounding)
            self._append(0, self.terms.disbursed_on, 0, principal, 0)
        else:
            self._draw(self.draws.on_due.get(0, 0))

    def _draw(self, amount: int) -> None:
        if amount:
            self.balance += amount
            self.lent += amount
            self.is_stale = True

    def _capitalise(self, period: Period) -> None:
        """Nothing falls due: P' = P (1+i)^g, rounded once for each row that shows it. [DOMAIN.md 4]"""
        grown = Decimal(self.balance) if self.compounded is None else self.compounded
        grown += _times(grown, period.rate)
        for draw in self.draws.inside.get(period.n, ()):
            grown += draw.amount_minor + _times(Decimal(draw.amount_minor), period.part(draw.on, period.due_on))
            self._draw(draw.amount_minor)
        interest = round_decimal(grown, self.rounding) - self.balance
        self.balance += interest
        self.compounded = grown + self.draws.on_due.get(period.n, 0)
        self._append(period.n, period.due_on, period.days, 0, 0, capitalised=interest)

    def _add_row(self, period: Period) -> bool:
        """Whether it was the last: the last period's, or the first that covers the balance."""
        inside = self.draws.inside.get(period.n, ())
        if inside or self.paid:
            planned, exact, interest = self._eventful_interest(period, inside)
        else:
            base = self.lent if self.is_flat else self.balance
            exact = base * period.rate[0], period.rate[1]
            planned = interest = round_ratio(*exact, self.rounding)
        principal, is_last = 0, False
        if period.n > self.grace.principal:
            if self.is_stale or (period.is_new_rate and self.plan.follows_rates and not self.paid_off_on):
                self.plan.figure(self.balance, self._rates_from(period, planned if inside else None))
                self.is_stale = False
            principal = self.plan.principal(interest, exact)
            is_last = period.n == self.terms.repayments
            if is_last or principal >= self.balance:
                principal = self.balance
                is_last = is_last or not self.draws.are_open(period.due_on)
        if self.is_flat:
            interest = self._flat_interest(exact, interest, is_last=is_last)
        self._collect(period, principal, interest, is_last=is_last)
        return is_last

    def _flat_interest(self, exact: Ratio, interest: int, *, is_last: bool) -> int:
        """The last row's is round(P x sum of the rates) less the earlier: never negative."""
        self.exact_interest = add(self.exact_interest, exact)
        if is_last:
            interest = max(0, round_ratio(*self.exact_interest, self.rounding) - self.rounded_interest)
        self.rounded_interest += interest
        return interest

    def _eventful_interest(self, period: Period, inside: Sequence[Flow]) -> tuple[int, Ratio, int]:
        """The row's interest as planned, and as it is: exact and rounded. A pay-off ends it."""
        terms = self.terms
        spans = planned_spans(period, self.balance, self.lent, inside, is_flat=self.is_flat)
        planned = rounded_interest(period, spans, self.rounding)
        self._draw(sum(draw.amount_minor for draw in inside))
        if self.paid_off_on:
            return planned, ZERO, 0
        if self.paid and terms.is_interest_on_overdue:
            spans = self.paid.real_spans(spans)
        if self.paid and terms.payoff and (found := self.paid.payoff(period, spans, self.deferred, terms)):
            self.paid_off_on, ends_on = found
            self._refuse_draws_after(self.paid_off_on, period)
            spans = until(spans, ends_on)
        return planned, exact_interest(period, spans), rounded_interest(period, spans, self.rounding)

    def _refuse_draws_after(self, day: date, period: Period) -> None:
        """What comes on the day is covered, but not what comes after the instalment of a due date."""
        for position, draw in enumerate(self.terms.further_disbursements):
            if draw.on > day or draw.on == day == period.due_on:
                raise BadTerms(f"further_disbursements[{position}].on", f"the loan is paid off on {day}")

    def _rates_from(self, period: Period, planned: int | None) -> Sequence[Ratio]:
        """The rates of the rows from here on, as far as they are known now: changes to come are not.

        A period with disbursements inside has the rate of its `planned` interest over the new balance.
        """
        left = self.periods[period.n - 1 :]
        rates = [one.rate for one in left]
        if self.terms.rate_changes:
            known = [one for one in self.terms.rate_changes if one.from_due_on <= period.due_on]
            now = max(known, key=lambda one: one.from_due_on).rate_ppm if known else self.terms.rate_ppm
            rates = [one.rate_at(now) for one in left]
        if planned is not None:
            rates[0] = planned, self.balance
        return rates

    def _collect(self, period: Period, principal: int, interest: int, *, is_last: bool) -> None:
        """Interest of periods with grace on its payment waits for the next one."""
        if self.grace.interest_payment:
            interest, self.deferred = interest + self.deferred, 0
            if period.n <= self.grace.interest_payment and not is_last:
                interest, self.deferred = 0, interest
        fees = penalties = 0
        if self.terms.charges:
            fees, penalties = charge_instalment(self.terms.charges, principal, interest, self.rounding)
        if self.paid:
            self.paid.due_minor += interest + fees + penalties
        days = period.days
        if period.n == 1 and self.rows:  # since the down payment
            days = (period.due_on - period.begins_on).days
        self._append(period.n, period.due_on, days, principal, interest, fees, penalties)

    def _append(
        self,
        period: int,
        due_on: date,
        days: int,
        principal: int,
        interest: int,
        fees: int = 0,
        penalties: int = 0,
        *,
        capitalised: int = 0,
    ) -> None:
        """A row; a disbursement on its date comes after it, and is in its balance."""
        self.balance -= principal
        if self.draws.on_due:
            self._draw(self.draws.on_due.get(period, 0))
        self.rows.append(
            ScheduleRow(
                len(self.rows) + 1, due_on, days, principal, interest, self.balance, fees, penalties, capitalised
            )
        )


def _times(amount: Decimal, rate: Ratio) -> Decimal:
    return PRECISION.divide(PRECISION.multiply(amount, Decimal(rate[0])), Decimal(rate[1]))
