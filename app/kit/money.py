"""Money in minor units. No floats, and no division but by `allocate`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from babel.numbers import get_currency_precision, is_currency

from app.kit.errors import InvalidInput

MAX_MINOR = 10**15
"""Larger amounts are refused everywhere: they are typing errors."""
_GROUPED = re.compile(r"[0-9]{1,3}(,[0-9]{2,3})*,[0-9]{3}")
"""Thousands, or lakhs and crores: a comma anywhere else may have been meant as the decimal point."""


def exponent(currency: str) -> int:
    """Digits after the decimal point that the currency has (KES 2, UGX 0)."""
    return get_currency_precision(currency)


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """`minor` in the smallest unit of `currency` (ISO 4217)."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if not is_currency(self.currency):
            raise InvalidInput("currency", "currency", value=self.currency)

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            msg = f"{self.currency} and {other.currency} are never added"
            raise ValueError(msg)

    def allocate(self, weights: Sequence[int]) -> list["Money"]:
        """Split by non-negative integer weights, largest remainder first, ties by position; the sum is kept."""
        total = sum(weights)
        if total <= 0 or any(w < 0 for w in weights):
            msg = "weights are non-negative and not all zero"
            raise ValueError(msg)
        sign = -1 if self.minor < 0 else 1
        parts = [abs(self.minor) * w // total for w in weights]
        remainders = [abs(self.minor) * w % total for w in weights]
        rest = abs(self.minor) - sum(parts)
        for i in sorted(range(len(weights)), key=lambda i: (-remainders[i], i))[:rest]:
            parts[i] += 1
        return [Money(sign * p, self.currency) for p in parts]


def parse_amount(text: str, currency: str, *, field: str = "amount", may_be_zero: bool = False) -> int:
    """Minor units from what a person typed: `500`, `1,00,000.50`, Devanagari digits. Raises InvalidInput."""
    cleaned = "".join(str(ord(c) - 0x966) if 0x966 <= ord(c) <= 0x96F else c for c in text).strip()
    cleaned = cleaned.removeprefix(currency).strip().replace("\u00a0", ",").replace(" ", ",")
    below_zero = cleaned.startswith(("-", "\u2212"))
    whole, _, fraction = cleaned.lstrip("-\u2212").partition(".")
    if _GROUPED.fullmatch(whole):
        whole = whole.replace(",", "")
    digits = exponent(currency)
    if not whole.isascii() or not whole.isdigit() or (fraction and not (fraction.isascii() and fraction.isdigit())):
        raise InvalidInput(field, "amount")
    if below_zero:
        raise InvalidInput(field, "amount_not_positive")
    if len(fraction) > digits:
        raise InvalidInput(field, "amount_decimals", digits=digits)
    if len(whole) > 15:
        raise InvalidInput(field, "amount_too_large")
    minor = int(whole) * 10**digits + int((fraction or "0").ljust(digits, "0") or "0")
    if minor <= 0 and not may_be_zero:
        raise InvalidInput(field, "amount_not_positive")
    if minor > MAX_MINOR:
        raise InvalidInput(field, "amount_too_large")
    return minor
