"""Amounts as banks write them, to minor units; pure."""

import re
import unicodedata
from collections.abc import Iterable

from app.kit.money import MAX_MINOR

_COMMA = re.compile(r"\d{1,3}(?:[.' \u00a0]?\d{3})*,\d{1,2}(?!\d)")
_POINT = re.compile(r"\.\d{1,2}(?!\d)")
_SIDE = re.compile(r"(?i)(?<![a-z])(dr|cr|d|c)\.?$")
_SYMBOLS = re.compile(r"(?i)^(?:rs\.?|inr|kes|ksh\.?|kshs\.?|tzs|ugx|usd|eur|gbp|[₹$€£])\s*|\s*(?:/[-=]|[₹$€£])$")
_MINUS = str.maketrans({"\u2212": "-", "\u2013": "-", "\u2012": "-"})


def has_decimal_comma(texts: Iterable[str]) -> bool:
    """Whether a column writes 1.250,00: some cell does, and none writes a decimal point."""
    commas = points = 0
    for text in texts:
        commas += bool(_COMMA.search(text))
        points += bool(_POINT.search(text))
    return commas > 0 and points == 0


def to_minor(text: str, exponent: int, *, comma: bool = False) -> int:
    """`1,00,000.00`, `(250.00)`, `-5.5`, `1,250.00 Dr`, `KES 500`. Raises ValueError; more decimals only as zeros."""
    plain = text.strip()
    if not comma:
        whole, _, fraction = plain.replace(",", "").partition(".")
        digits = whole + fraction
        if len(fraction) == exponent and whole and len(whole) < 14 and digits.isdecimal() and digits.isascii():
            return int(digits)
    return _carefully(plain, exponent, comma=comma)


def _carefully(text: str, exponent: int, *, comma: bool) -> int:
    text = unicodedata.normalize("NFKC", text).translate(_MINUS).strip()
    sign = 1
    if text.startswith("(") and text.endswith(")"):
        sign, text = -1, text[1:-1]
    if side := _SIDE.search(text):
        sign, text = (-sign if side[1].lower() in ("dr", "d") else sign), text[: side.start()].strip()
    before, text = _unsigned(text)
    after, text = _unsigned(_SYMBOLS.sub("", text).strip())
    digits = "".join(str(unicodedata.decimal(c, c)) for c in text if c not in " '_\u2019")
    digits = digits.replace(".", "").replace(",", ".") if comma else digits.replace(",", "")
    whole, _, fraction = digits.partition(".")
    kept, rest = fraction[:exponent], fraction[exponent:]
    if not (whole or fraction) or not (whole + fraction).isascii() or not (whole + fraction).isdecimal():
        raise ValueError(text)
    if rest.strip("0") or len(whole) > 16:
        raise ValueError(text)
    found = int((whole or "0") + kept.ljust(exponent, "0"))
    if found > MAX_MINOR:
        raise ValueError(text)
    return sign * before * after * found


def _unsigned(text: str) -> tuple[int, str]:
    """The sign that stands before or after, and the rest."""
    if text.startswith("-"):
        return -1, text[1:].strip()
    if text.endswith("-"):
        return -1, text[:-1].strip()
    return 1, text.removeprefix("+").strip()
