"""Exact ratios of whole numbers, and rounding them once.

Interest is balance x rate, and a rate such as 7 % / 12 has no finite decimal: rounding the rate first can move the
last unit (600 x 0.00583.. is 3.5, not 3.4999..). So a rate stays a ratio, and the product is rounded as a whole.
"""

import decimal
from decimal import Decimal
from enum import StrEnum

PRECISION = decimal.Context(prec=40, rounding=decimal.ROUND_HALF_EVEN, Emax=999_999, Emin=-999_999)
"""For what is not a ratio of small numbers: annuities, costs. Amounts have 15 digits: 25 stay behind the point."""

Ratio = tuple[int, int]
"""Numerator and positive denominator; not always in lowest terms."""
ZERO: Ratio = (0, 1)


class Rounding(StrEnum):
    """The values are the words of the rule; each is Decimal's mode of that name."""

    HALF_EVEN = "half_even"
    HALF_UP = "half_up"
    HALF_DOWN = "half_down"
    UP = "up"
    DOWN = "down"


def round_ratio(numerator: int, denominator: int, rounding: Rounding = Rounding.HALF_EVEN) -> int:
    """The whole number nearest to a ratio that is not negative; `denominator` is positive."""
    whole, rest = divmod(numerator, denominator)
    if not rest:
        return whole
    twice = 2 * rest
    if rounding is Rounding.HALF_EVEN:
        is_up = twice > denominator or (twice == denominator and whole % 2 == 1)
    elif rounding is Rounding.HALF_UP:
        is_up = twice >= denominator
    elif rounding is Rounding.HALF_DOWN:
        is_up = twice > denominator
    else:
        is_up = rounding is Rounding.UP
    return whole + is_up


def round_decimal(value: Decimal, rounding: Rounding) -> int:
    return int(value.to_integral_value(rounding=f"ROUND_{rounding.name}"))


def add(one: Ratio, other: Ratio) -> Ratio:
    if one[1] == other[1]:
        return one[0] + other[0], one[1]
    return one[0] * other[1] + other[0] * one[1], one[1] * other[1]
