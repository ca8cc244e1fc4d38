"""The interest of one period: on the balances of its parts, planned or really unpaid."""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from app.domain.loans.exact import ZERO, Ratio, Rounding, add, round_ratio
from app.domain.loans.periods import Period
from app.domain.loans.terms import BadTerms, Flow, LoanTerms, PayoffInterest


class Span(NamedTuple):
    """Some days of a period on which interest runs on the same `balance`; `lent` is all that was disbursed by then."""

    since: date
    until: date
    balance: int
    lent: int


def planned_spans(period: Period, balance: int, lent: int, draws: Sequence[Flow], *, is_flat: bool) -> list[Span]:
    """A period's parts between the disbursements inside it. Flat interest is on all that was lent."""
    cuts = [period.begins_on, *(draw.on for draw in draws), period.due_on]
    added = [0, *(draw.amount_minor for draw in draws)]
    spans = []
    for (since, until), amount in zip(pairwise(cuts), added, strict=True):
        balance, lent = balance + amount, lent + amount
        spans.append(Span(since, until, lent if is_flat else balance, lent))
    return spans


def rounded_interest(period: Period, spans: Iterable[Span], rounding: Rounding) -> int:
    """The sum of the parts, each rounded: round(balance x rate x actual days / actual days of the period)."""
    return sum(round_ratio(*_interest(period, span), rounding) for span in spans)


def exact_interest(period: Period, spans: Iterable[Span]) -> Ratio:
    found = ZERO
    for span in spans:
        found = add(found, _interest(period, span))
    return found


def _interest(period: Period, span: Span) -> Ratio:
    numerator, denominator = period.part(span.since, span.until)
    return span.balance * numerator, denominator


def until(spans: Iterable[Span], day: date) -> list[Span]:
    """What of them lies before `day`."""
    return [span._replace(until=min(span.until, day)) for span in spans if span.since < day]


class Draws:
    """Further disbursements by period: those `inside` it, and the sum of those `on_due` of its due date.

    Number 0 is the disbursement itself: what comes on its day is in the balance from the beginning. Raises BadTerms for
    one that leaves no instalment to repay it.
    """

    def __init__(self, terms: LoanTerms, periods: Sequence[Period]) -> None:
        self.inside: dict[int, list[Flow]] = {}
        self.on_due: dict[int, int] = {}
        self.last_on: date | None = None
        last_due = periods[-1].due_on
        for position, draw in sorted(enumerate(terms.further_disbursements), key=lambda one: one[1].on):
            if draw.on >= last_due:
                path = f"further_disbursements[{position}].on"
                raise BadTerms(path, f"{draw.on} leaves no instalment to repay it: the last is due {last_due}")
            self.last_on = draw.on
            n = next(period.n for period in periods if draw.on <= period.due_on)
            if draw.on == terms.disbursed_on:
                self._add(0, draw)
            elif draw.on == periods[n - 1].due_on:
                self._add(n, draw)
            else:
                self.inside.setdefault(n, []).append(draw)

    def _add(self, n: int, draw: Flow) -> None:
        self.on_due[n] = self.on_due.get(n, 0) + draw.amount_minor

    def are_open(self, day: date) -> bool:
        """Whether one comes on `day` or later."""
        return self.last_on is not None and self.last_on >= day


class Paid:
    """The payments of the terms against what fell due besides principal: how much principal is really unpaid.

    Money first pays the interest and charges that are due; only what is over lowers the balance, from its own day on.
    """

    def __init__(self, terms: LoanTerms) -> None:
        self.payments = sorted(terms.payments, key=lambda one: one.on)
        self.business_on = terms.business_on
        self.due_minor = 0
        """Interest, fees and penalties due so far."""

    def by(self, day: date) -> int:
        return sum(one.amount_minor for one in self.payments if one.on <= day)

    def payoff(self, period: Period, spans: Sequence[Span], waiting: int, terms: LoanTerms) -> tuple[date, date] | None:
        """The first payment in this period that covers balance and interest: its day, and how far interest runs.

        Covered must be all that was lent, what fell due besides, the interest that is `waiting` and this period's.
        """
        earlier = 0
        for payment in self.payments:
            if payment.on <= period.due_on and (payment.on > period.begins_on or period.n == 1):
                ends_on = payment.on if terms.payoff is PayoffInterest.TILL_DATE else period.due_on
                lent = max(span.lent for span in spans if span.since <= payment.on)
                interest = rounded_interest(period, until(spans, ends_on), terms.rounding)
                if earlier + payment.amount_minor >= lent + self.due_minor + waiting + interest:
                    return payment.on, ends_on
            earlier += payment.amount_minor
        return None

    def real_spans(self, spans: Sequence[Span]) -> list[Span]:
        """On the real unpaid balance up to the business date, on the planned one after it. Equal neighbours join."""
        business_on = self.business_on
        assert business_on is not None
        found: list[Span] = []
        for span in spans:
            days = {span.since, span.until, business_on, *(one.on for one in self.payments)}
            cuts = sorted(day for day in days if span.since <= day <= span.until)
            for since, until_day in pairwise(cuts):
                balance = self._unpaid(span.lent, since) if until_day <= business_on else span.balance
                if found and found[-1].balance == balance:
                    found[-1] = found[-1]._replace(until=until_day)
                else:
                    found.append(Span(since, until_day, balance, span.lent))
        return found

    def _unpaid(self, lent: int, day: date) -> int:
        return max(0, lent - max(0, self.by(day) - self.due_minor))
