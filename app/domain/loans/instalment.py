"""How an instalment is figured: the annuity with its multiple and its smoothing, equal principal, flat."""

from collections.abc import Sequence
from decimal import Decimal, localcontext
from typing import Protocol

from app.domain.loans.exact import PRECISION, Ratio, Rounding, round_decimal, round_ratio
from app.domain.loans.terms import Amortization, LoanTerms


def annuity(balance: Decimal, rates: Sequence[Ratio], balloon: Decimal = Decimal(0)) -> Decimal:
    """The equal instalment E, not rounded, that brings `balance` down to `balloon` over periods of these rates.

    One rate i: E = (P - B (1+i)^-n) i / (1 - (1+i)^-n). Uneven, f_k the rate of period k: E = (P prod(1+f_k) - B) / F_n
    with F_1 = 1, F_k = 1 + F_(k-1) (1+f_k). [DOMAIN.md 4; the second is the first for equal f_k]
    """
    with localcontext(PRECISION):
        if rates.count(rates[0]) == len(rates):
            if not rates[0][0]:
                return (balance - balloon) / len(rates)
            rate = Decimal(rates[0][0]) / rates[0][1]
            grown = (1 + rate) ** len(rates)
            return (balance * grown - balloon) * rate / (grown - 1)
        grown, fold = Decimal(1), Decimal(0)
        for numerator, denominator in rates:
            growth = 1 + Decimal(numerator) / denominator
            grown *= growth
            fold = 1 + fold * growth
        return (balance * grown - balloon) / fold


def to_multiple(value: Decimal, multiple: int, rounding: Rounding) -> int:
    """To whole multiples of `multiple` minor units."""
    if multiple == 1:
        return round_decimal(value, rounding)
    return round_decimal(PRECISION.divide(value, Decimal(multiple)), rounding) * multiple


def figure_emi(terms: LoanTerms, balance: int, rates: Sequence[Ratio]) -> int:
    """The rounded equal instalment for these periods, smoothed where the terms say so."""
    emi = to_multiple(
        annuity(Decimal(balance), rates, Decimal(terms.balloon_minor)), terms.multiple_minor, terms.rounding
    )
    return _smooth(terms, balance, rates, emi) if terms.has_emi_smoothing else emi


def _smooth(terms: LoanTerms, balance: int, rates: Sequence[Ratio], emi: int) -> int:
    """One step: if |last - EMI| > floor(n/2) minor units, EMI += round((last - EMI)/n), kept if it brings them nearer.

    [The public loan cases' words; a balloon does not count as part of the last instalment]
    """
    n = len(rates)
    gap = _last_instalment(terms, balance, rates, emi) - emi
    if abs(gap) <= n // 2:
        return emi
    step = round_ratio(abs(gap), n, terms.rounding)
    other = to_multiple(Decimal(emi + (step if gap > 0 else -step)), terms.multiple_minor, terms.rounding)
    is_nearer = abs(_last_instalment(terms, balance, rates, other) - other) < abs(gap)
    return other if is_nearer else emi


def _last_instalment(terms: LoanTerms, balance: int, rates: Sequence[Ratio], emi: int) -> int:
    for numerator, denominator in rates[:-1]:
        interest = round_ratio(balance * numerator, denominator, terms.rounding)
        if emi - interest >= balance:
            return balance + interest - terms.balloon_minor
        balance -= max(0, emi - interest)
    numerator, denominator = rates[-1]
    return balance + round_ratio(balance * numerator, denominator, terms.rounding) - terms.balloon_minor


class Plan(Protocol):
    """How principal is spread over rows. `figure` is told the balance and the rates of the rows that are left."""

    follows_rates: bool
    """Whether a new rate means figuring anew."""

    def figure(self, balance: int, rates: Sequence[Ratio]) -> None: ...

    def principal(self, interest: int, exact: Ratio) -> int:
        """Of a row, from its interest, rounded and exact; never negative."""
        ...


class EqualInstalments:
    """principal = E - interest."""

    follows_rates = True

    def __init__(self, terms: LoanTerms) -> None:
        self.terms = terms
        self.emi = 0

    def figure(self, balance: int, rates: Sequence[Ratio]) -> None:
        self.emi = figure_emi(self.terms, balance, rates)

    def principal(self, interest: int, exact: Ratio) -> int:  # noqa: ARG002
        return self.emi - interest if self.emi > interest else 0


class EqualPrincipal:
    """principal = round(P/n); multiples do not apply. [DOMAIN.md 4]"""

    follows_rates = False

    def __init__(self, terms: LoanTerms) -> None:
        self.terms = terms
        self.share = 0

    def figure(self, balance: int, rates: Sequence[Ratio]) -> None:
        self.share = round_ratio(balance, len(rates), self.terms.rounding)

    def principal(self, interest: int, exact: Ratio) -> int:  # noqa: ARG002
        return self.share


class FlatInstalments:
    """instalment = round to multiple(P/n + P f_k), principal = instalment - interest. [DOMAIN.md 4]"""

    follows_rates = False

    def __init__(self, terms: LoanTerms) -> None:
        self.terms = terms
        self.share: Ratio = (0, 1)

    def figure(self, balance: int, rates: Sequence[Ratio]) -> None:
        self.share = balance, len(rates)

    def principal(self, interest: int, exact: Ratio) -> int:
        (balance, n), (numerator, denominator), multiple = self.share, exact, self.terms.multiple_minor
        both = balance * denominator + numerator * n
        return max(0, round_ratio(both, n * denominator * multiple, self.terms.rounding) * multiple - interest)


def plan_for(terms: LoanTerms) -> Plan:
    if terms.amortization is Amortization.EQUAL_PRINCIPAL:
        return EqualPrincipal(terms)
    return FlatInstalments(terms) if terms.is_flat else EqualInstalments(terms)
