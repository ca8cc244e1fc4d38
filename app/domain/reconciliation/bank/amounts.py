"""Amounts as banks write them, to minor units; pure."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence

from app.kit.money import MAX_MINOR

_COMMA = re.compile(r"\d{1,3}(?:[.' \u00a0]?\d{3})*,\d{1,2}(?!\d)")
_POINT = re.compile(r"\.\d{1,2}(?!\d)")
_SIDE = re.compile(r"(?i)(?<![a-z])(dr|cr|d|c)\.?$")
_SYMBOLS = re.compile(r"(?i)^(?:rs\.?|inr|kes|ksh\.?|kshs\.?|tzs|ugx|usd|eur|gbp|[₹$€£])\s*|\s*(?:/[-=]|[₹$€£])$")
_MINUS = str.maketrans({"\u2212": "-", "\u2013": "-", "\u2012": "-"})
_GROUPED = re.compile(r"\d+|\d{1,3}(?:[.,' _\u2019]\d{2,3})*[.,' _\u2019]\d{3}")
"""Thousands as they are set apart, India's lakhs too. `1,5` beside points, or `1 2 3`, is none."""

_SHAPES = bytes(ord("9") if chr(code).isdecimal() else code for code in range(128)) + bytes(range(128, 256))
_PLAIN = re.compile(rb"(?:(?:9{1,3}(?:,9{2,3}){0,2},9{3}|9{1,13})\.9{2})?")
"""Of an amount as nearly all are written, with each digit as 9: a column has few of these shapes."""
NOTHING = frozenset({"", "-", "--"})


LONGEST = 60
"""Characters of an amount."""


def has_decimal_comma(texts: Iterable[str]) -> bool:
    """Whether a column writes 1.250,00: some cell does, and none writes a decimal point."""
    joined = "\n".join(text for text in texts if len(text) <= LONGEST)
    return not _POINT.search(joined) and _COMMA.search(joined) is not None


def money_reader(exponent: int, *, comma: bool) -> Callable[[str], int | None]:
    """Reads one column of stripped cells, None where nothing stands, else as `to_minor`."""
    is_usual = exponent == 2 and not comma

    def read(text: str) -> int | None:
        if is_usual and text[-3:-2] == ".":  # `1,250.00`, as nearly all are written
            whole = text[:-3]
            digits = whole.replace(",", "") + text[-2:]
            if 2 < len(digits) < 16 and digits.isdecimal() and ("," not in whole or _GROUPED.fullmatch(whole)):
                return int(digits)
        return None if text in NOTHING else to_minor(text, exponent, comma=comma)

    return read


def money_column(texts: Sequence[str], read: Callable[[str], int | None], exponent: int) -> list[int | None] | None:
    """A whole column, as `read` reads each cell; None where some cell is no amount.

    Where all are written as usual, with two decimals, they are read together: a call for each cell would take longer
    than all the rest.
    """
    if not any(texts):
        return list[int | None]([None]) * len(texts)
    joined = "\n".join(texts).encode()
    if exponent == 2 and all(map(_PLAIN.fullmatch, set(joined.translate(_SHAPES).split(b"\n")))):
        digits = joined.translate(None, b",.").split(b"\n")
        if len(digits) == len(texts):
            return [int(text) if text else None for text in digits] if b"" in digits else list(map(int, digits))
    try:
        return [read(text) for text in texts]
    except ValueError:
        return None


def to_minor(text: str, exponent: int, *, comma: bool = False) -> int:
    """`1,00,000.00`, `(250.00)`, `-5.5`, `1,250.00 Dr`, `KES 500`. Raises ValueError; more decimals only as zeros.

    Digits of any script count; raised or encircled ones don't: “5²” is not 52.
    """
    if len(text) > LONGEST or any(unicodedata.category(c) == "No" for c in text):
        raise ValueError(text[:LONGEST])
    text = unicodedata.normalize("NFKC", text).translate(_MINUS).strip()
    sign = 1
    if text.startswith("(") and text.endswith(")"):
        sign, text = -1, text[1:-1]
    if side := _SIDE.search(text):
        sign, text = (-sign if side[1].lower() in ("dr", "d") else sign), text[: side.start()].strip()
    before, text = _unsigned(text)
    after, text = _unsigned(_SYMBOLS.sub("", text).strip())
    digits = "".join(str(unicodedata.decimal(c, c)) for c in text)
    whole, _, fraction = digits.partition("," if comma else ".")
    if whole and not _GROUPED.fullmatch(whole):
        raise ValueError(text)
    whole = "".join(c for c in whole if c.isdecimal())
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
    if text.endswith("-") and not text.endswith("/-"):
        return -1, text[:-1].strip()
    return 1, text.removeprefix("+").strip()
