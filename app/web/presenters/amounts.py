"""Amounts as people read them: ISO code, one no-break space, the locale's digits."""

from decimal import Decimal
from functools import lru_cache

from babel.numbers import format_decimal

from app.kit.i18n import language
from app.kit.money import exponent

NBSP = "\u00a0"
LAKH = "#,##,##0"
THOUSANDS = "#,##0"


def _number(minor: int, currency: str, decimals: int) -> str:
    return _written(minor, currency, decimals, language.get())


@lru_cache(4096)
def _written(minor: int, currency: str, decimals: int, locale: str) -> str:
    pattern = LAKH if currency == "INR" else THOUSANDS
    value = Decimal(minor).scaleb(-exponent(currency))
    return format_decimal(value, pattern + ("." + "0" * decimals if decimals else ""), locale=locale)


def exact(minor: int, currency: str) -> str:
    """The number alone, with all decimals of the currency: receipts, passbooks, tables."""
    return _number(minor, currency, exponent(currency))


def amount(minor: int, currency: str) -> str:
    """`KES 500.00`."""
    return f"{currency}{NBSP}{exact(minor, currency)}"


def digits(minor: int, currency: str) -> str:
    """`500` or `499.50`: as people type it into M-Pesa."""
    return exact(minor, currency).replace(",", "").removesuffix(".00")


def with_code(minor: int, currency: str) -> tuple[str, str]:
    return currency, exact(minor, currency)


def tile(minor: int, currency: str) -> str:
    """The number for a tile: no decimals when the amount is whole."""
    whole = minor % 10 ** exponent(currency) == 0
    return _number(minor, currency, 0 if whole else exponent(currency))
