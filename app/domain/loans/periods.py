"""Due dates, and the rate of each period between them."""

from bisect import bisect_right
from calendar import monthrange
from datetime import date, timedelta
from typing import NamedTuple

from app.domain.loans.exact import ZERO, Ratio
from app.domain.loans.terms import PPM, BadTerms, InterestPeriod, LoanTerms, Unit

YEAR_DAYS = 365
"""Of an actual year, leap years too."""
IN_YEAR = {Unit.MONTHS: 12, Unit.WEEKS: 52, Unit.DAYS: YEAR_DAYS}
LAST_YEAR = 9_000


class Period(NamedTuple):
    """The time up to the `n`-th due date. Interest runs from `begins_on`: the due date before, or in the first period
    the disbursement. `days` are calendar days between due dates. `year_part` is the share of a year that interest runs
    (0 in an interest-free period), `rate` the annual rate times it.
    """

    n: int
    begins_on: date
    due_on: date
    days: int
    year_part: Ratio
    rate: Ratio
    is_new_rate: bool = False

    def part(self, since: date, until: date) -> Ratio:
        """The rate of some of its days: its rate x actual days / actual days of the period."""
        numerator, denominator = self.rate
        return numerator * (until - since).days, denominator * (self.due_on - self.begins_on).days

    def rate_at(self, rate_ppm: int) -> Ratio:
        """The period's rate, were the annual one `rate_ppm`."""
        return self.year_part[0] * rate_ppm, self.year_part[1] * PPM


def due_dates(terms: LoanTerms) -> list[date]:
    """Row k is due k periods after `starts_on`; monthly dates keep its day and clamp to the month's end.

    Raises BadTerms when they leave the calendar.
    """
    start, every, rows = terms.starts_on, terms.every, range(1, terms.repayments + 1)
    if start.year + every * terms.repayments // IN_YEAR[terms.unit] > LAST_YEAR:
        raise BadTerms("repayments", f"the last due date would be after the year {LAST_YEAR}")
    if terms.unit is Unit.MONTHS:
        return [_add_months(start, every * k) for k in rows]
    step = timedelta(days=every * (7 if terms.unit is Unit.WEEKS else 1))
    return [start + step * k for k in rows]


def _add_months(start: date, months: int) -> date:
    years, month = divmod(start.month - 1 + months, 12)
    year, day = start.year + years, start.day
    if day > 28:
        day = min(day, monthrange(year, month + 1)[1])
    return date(year, month + 1, day)


def make_periods(terms: LoanTerms) -> list[Period]:
    """The periods with their rates: changes, interest-free periods and a part first period are in them.

    Raises BadTerms for a disbursement on or after the first due date, and a change of rate that meets no due date.
    """
    dates = due_dates(terms)
    if terms.disbursed_on >= dates[0]:
        raise BadTerms("disbursed_on", f"{terms.disbursed_on} is not before the first due date, {dates[0]}")
    annual = _annual_rates(terms, dates)
    known: dict[tuple[int, int], tuple[Ratio, Ratio]] = {}
    free = terms.grace.interest_free
    made, before, earlier = [], terms.starts_on, annual[0]
    for n, (due_on, rate_ppm) in enumerate(zip(dates, annual, strict=True), 1):
        days = (due_on - before).days
        if n <= free:
            part, rate = ZERO, ZERO
        elif found := known.get((days, rate_ppm)):
            part, rate = found
        else:
            part = year_part(terms, days)
            rate = part[0] * rate_ppm, part[1] * PPM
            known[days, rate_ppm] = part, rate
        made.append(Period(n, before, due_on, days, part, rate, rate_ppm != earlier))
        before, earlier = due_on, rate_ppm
    made[0] = _from_disbursement(made[0], terms.disbursed_on)
    return made


def _from_disbursement(first: Period, day: date) -> Period:
    """The first period as a part, when the money went out later than it begins; longer, when earlier."""
    if day == first.begins_on:
        return first
    out = (first.due_on - day).days
    part, rate = ((one[0] * out, one[1] * first.days) for one in (first.year_part, first.rate))
    return first._replace(begins_on=day, days=max(first.days, out), year_part=part, rate=rate)


def year_part(terms: LoanTerms, days: int) -> Ratio:
    """The share of a year that one whole period of `days` actual days counts for; times the annual rate, f_k.

    As the repayment period: 1/12 a month, 1/52 a week, 1/365 a day, unless the year has a stated number of days. Daily:
    days / basis, where a month counts 30 days if the rule says so and its actual ones otherwise. [DOMAIN.md 4, and the
    words of the public loan cases]
    """
    if terms.interest_period is InterestPeriod.SAME_AS_REPAYMENT and terms.year_days is None:
        return terms.every, IN_YEAR[terms.unit]
    if terms.unit is Unit.MONTHS and terms.month_days is not None:
        days = terms.month_days * terms.every
    return days, terms.year_days or YEAR_DAYS


def _annual_rates(terms: LoanTerms, dates: list[date]) -> list[int]:
    """The annual rate of each row."""
    rates = [terms.rate_ppm] * len(dates)
    seen: set[date] = set()
    for position, change in sorted(enumerate(terms.rate_changes), key=lambda one: one[1].from_due_on):
        n = bisect_right(dates, change.from_due_on)
        if not n or dates[n - 1] != change.from_due_on:
            raise BadTerms(f"rate_changes[{position}].from_due_on", f"{change.from_due_on} is no due date")
        if change.from_due_on in seen:
            raise BadTerms(f"rate_changes[{position}].from_due_on", f"{change.from_due_on} stands twice")
        seen.add(change.from_due_on)
        rates[n - 1 :] = [change.rate_ppm] * (len(dates) - n + 1)
    return rates
