"""What settles a loan on a day."""

from dataclasses import dataclass
from datetime import date

from app.domain.loans.accrual import Span, planned_spans, rounded_interest, until
from app.domain.loans.allocation import Part
from app.domain.loans.book import Book
from app.domain.loans.periods import Period, make_periods
from app.domain.loans.schedule import Schedule
from app.domain.loans.terms import PayoffInterest


@dataclass(frozen=True, slots=True)
class PayoffQuote:
    """`interest_minor` is what is due and unpaid, and that of the period under way to `counted_to`."""

    on: date
    counted_to: date
    principal_minor: int
    interest_minor: int
    fees_minor: int
    penalties_minor: int

    @property
    def total_minor(self) -> int:
        return self.principal_minor + self.interest_minor + self.fees_minor + self.penalties_minor


def quote_payoff(schedule: Schedule, book: Book, on: date, convention: PayoffInterest) -> PayoffQuote:
    """All unpaid principal; interest, fees and penalties that are due, and the current period's interest.

    To the date: round(balance x rate x days elapsed / days of the period), on the planned balance. To the due date: all
    of it. Later periods bear none. Interest paid in advance counts. Raises ValueError before the disbursement.
    """
    terms = schedule.terms
    if on < terms.disbursed_on:
        msg = f"{on} is before the disbursement of {terms.disbursed_on}"
        raise ValueError(msg)
    owed = {part: book.unpaid([part], due_by=on) for part in Part}
    counted_to = on
    current = next((period for period in make_periods(terms) if period.due_on > on), None)
    if current and any(row.due_on == current.due_on for row in schedule.rows):
        is_under_way = on > current.begins_on or current.n == 1
        if convention is PayoffInterest.TILL_DUE_DATE and is_under_way:
            counted_to = current.due_on
        in_advance = sum(one.paid_minor for one in book.items if one.part is Part.INTEREST and one.due_on > on)
        owed[Part.INTEREST] = max(0, owed[Part.INTEREST] + _interest(schedule, current.n, counted_to) - in_advance)
    to_come = sum(draw.amount_minor for draw in terms.further_disbursements if draw.on > on)
    to_come += sum(row.capitalised_minor for row in schedule.rows if row.due_on > on)
    return PayoffQuote(
        on,
        counted_to,
        principal_minor=max(0, book.unpaid([Part.PRINCIPAL]) - to_come),
        interest_minor=owed[Part.INTEREST],
        fees_minor=owed[Part.FEE],
        penalties_minor=owed[Part.PENALTY],
    )


def _interest(schedule: Schedule, n: int, day: date) -> int:
    """Of period `n` up to `day`, with what waits from periods before it that have grace on their payment."""
    terms, periods = schedule.terms, make_periods(schedule.terms)
    waiting = [one for one in periods[: n - 1] if n <= terms.grace.interest_payment + 1]
    return sum(
        rounded_interest(one, until(_spans(schedule, one), day), terms.rounding) for one in (*waiting, periods[n - 1])
    )


def _spans(schedule: Schedule, period: Period) -> list[Span]:
    terms = schedule.terms
    before = [draw.amount_minor for draw in terms.further_disbursements if draw.on <= period.begins_on]
    inside = [draw for draw in terms.further_disbursements if period.begins_on < draw.on < period.due_on]
    lent = terms.lent_minor + sum(before)
    opening = next((row.balance_minor for row in reversed(schedule.rows) if row.due_on <= period.begins_on), lent)
    return planned_spans(period, opening, lent, sorted(inside, key=lambda one: one.on), is_flat=terms.is_flat)
