"""What a loan truly costs: the rate at which what is paid back is worth what was received (IRR)."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext

from app.domain.loans.exact import PRECISION
from app.domain.loans.periods import IN_YEAR, due_dates
from app.domain.loans.schedule import Schedule

TOLERANCE = Decimal("1e-18")
HIGHEST = Decimal(1_000_000)
"""A hundred million percent a period: beyond it there is no rate to speak of."""
STEPS = 200


@dataclass(frozen=True, slots=True)
class TrueCost:
    """`cost_minor` is all that is paid above what was received. Rates as fractions, not rounded: 0.2394 is 23.94 %."""

    received_minor: int
    repaid_minor: int
    monthly: Decimal
    nominal_annual: Decimal
    effective_annual: Decimal

    @property
    def cost_minor(self) -> int:
        return self.repaid_minor - self.received_minor


def true_cost(schedule: Schedule) -> TrueCost | None:
    """Rates from the periodic IRR p, k periods a year: effective (1+p)^k - 1, monthly its twelfth root, nominal k p.

    Time is counted in repayment periods, parts of one by their days. None where no rate brings both sides together: all
    is paid back on the first day, or nothing was received. [DOMAIN.md 4: flat 12 % over 18 months is 1.805 % a month]
    """
    flows = cash_flows(schedule)
    rate = internal_rate(_in_periods(schedule, flows))
    if rate is None:
        return None
    terms = schedule.terms
    with localcontext(PRECISION):
        a_year = Decimal(IN_YEAR[terms.unit]) / terms.every
        effective = (1 + rate) ** a_year - 1
        return TrueCost(
            received_minor=-sum(amount for _, amount in flows if amount < 0),
            repaid_minor=sum(amount for _, amount in flows if amount > 0),
            monthly=(1 + effective) ** (Decimal(1) / 12) - 1,
            nominal_annual=rate * a_year,
            effective_annual=effective,
        )


def cash_flows(schedule: Schedule) -> list[tuple[date, int]]:
    """By day, in order: money received is negative, money paid back positive."""
    terms = schedule.terms
    kept_back = terms.upfront_fee.amount_minor if terms.upfront_fee and not terms.upfront_fee.is_added else 0
    flows = [(terms.disbursed_on, kept_back - terms.principal_minor)]
    flows += [(draw.on, -draw.amount_minor) for draw in terms.further_disbursements]
    flows += [(row.due_on, row.total_minor) for row in schedule.rows if row.total_minor]
    return sorted(flows)


def yearly_rate(flows: Sequence[tuple[date, int]]) -> Decimal | None:
    """The effective rate a year by calendar days, year of 365 (XIRR). For flows that follow no period."""
    first = min(on for on, _ in flows)
    with localcontext(PRECISION):
        return internal_rate([(Decimal((on - first).days) / 365, amount) for on, amount in flows])


def _in_periods(schedule: Schedule, flows: Sequence[tuple[date, int]]) -> list[tuple[Decimal, int]]:
    """A day within a period lies its days before the due date over the days of the whole one, between due dates.

    A first period that begins earlier than a whole one is longer than 1. [the words of the public loan cases]
    """
    days = due_dates(schedule.terms)
    begins = [schedule.terms.starts_on, *days]

    def time_of(on: date) -> Decimal:
        place = bisect_left(days, on)
        return place + 1 - Decimal((days[place] - on).days) / (days[place] - begins[place]).days

    with localcontext(PRECISION):
        first = time_of(flows[0][0])
        return [(time_of(on) - first, amount) for on, amount in flows]


def internal_rate(flows: Sequence[tuple[Decimal, int]]) -> Decimal | None:
    """The rate r with sum(amount / (1+r)^time) = 0, found by bracketing. None without one above -100 %.

    Flows are netted by time first. With further disbursements there may be several; the one nearest to 0 from above is
    found first.
    """
    net: dict[Decimal, int] = {}
    for time, amount in flows:
        net[time] = net.get(time, 0) + amount
    kept = [(time, Decimal(amount)) for time, amount in sorted(net.items()) if amount]
    if not any(amount < 0 for _, amount in kept) or not any(amount > 0 for _, amount in kept):
        return None

    def worth(rate: Decimal) -> Decimal:
        return sum((amount / (1 + rate) ** time for time, amount in kept), Decimal(0))

    with localcontext(PRECISION):
        bracket = _bracket(worth)
        return _solve(worth, *bracket) if bracket else None


def _bracket(worth: Callable[[Decimal], Decimal]) -> tuple[Decimal, Decimal] | None:
    """Two rates between which the worth passes zero; it falls as the rate rises."""
    at_zero = worth(Decimal(0))
    if not at_zero:
        return Decimal(0), Decimal(0)
    if at_zero > 0:
        low, high = Decimal(0), Decimal("0.01")
        while worth(high) > 0:
            low, high = high, high * 2
            if high > HIGHEST:
                return None
        return low, high
    low, high = Decimal("-0.5"), Decimal(0)
    while worth(low) < 0:
        low, high = (low - 1) / 2, low
        if low < Decimal("-0.999999"):
            return None
    return low, high


def _solve(worth: Callable[[Decimal], Decimal], low: Decimal, high: Decimal) -> Decimal:
    """Regula falsi with the Illinois step: superlinear, and never outside the bracket."""
    at_low, at_high = worth(low), worth(high)
    side = 0
    for _ in range(STEPS):
        if high - low < TOLERANCE or not at_low:
            return low
        if not at_high:
            return high
        middle = (low * at_high - high * at_low) / (at_high - at_low)
        value = worth(middle)
        if abs(value) < TOLERANCE:
            return middle
        if value > 0:
            low, at_low = middle, value
            at_high = at_high / 2 if side > 0 else at_high
            side = 1
        else:
            high, at_high = middle, value
            at_low = at_low / 2 if side < 0 else at_low
            side = -1
    return (low + high) / 2
