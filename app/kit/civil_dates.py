"""Civil dates as lists write them; pure."""

import re
from collections.abc import Iterable
from datetime import date

_NUMBERS = re.compile(r"(\d{1,4})[/.\- ](\d{1,2})[/.\- ](\d{2,4})(?:[ T]00:00(?::00(?:\.0+)?)?)?", re.ASCII)
_WORDS = re.compile(r"(\d{1,2})[/.\- ]+([a-z]{3,9})[/.,\- ]+(\d{4}|\d{2})", re.ASCII)
_MONTHS = {
    "jan": 1, "feb": 2, "mar": 3, "mac": 3, "apr": 4, "may": 5, "mei": 5, "jun": 6, "jul": 7, "aug": 8, "ago": 8,
    "sep": 9, "oct": 10, "okt": 10, "nov": 11, "dec": 12, "des": 12,
}  # fmt: skip


def day_first(texts: Iterable[str]) -> bool:
    """Whether a column writes the day before the month: so most of its unambiguous dates say, or none does."""
    day, month = 0, 0
    for text in texts:
        match = _NUMBERS.fullmatch(text.strip())
        if match and len(match[1]) <= 2:
            first, second = int(match[1]), int(match[2])
            day += first > 12 >= second
            month += second > 12 >= first
    return day >= month


def parse_civil(text: str, *, is_day_first: bool) -> date:
    """`22/01/2025`, `2025-01-22`, `22 Jan 2025`, `22-Mei-25`. Raises ValueError."""
    if match := _WORDS.fullmatch(text.casefold()):
        return date(_year(match[3]), _MONTHS.get(match[2][:3], 0), int(match[1]))
    match = _NUMBERS.fullmatch(text)
    if match is None or len(match[1]) == 3:
        raise ValueError(text)
    if len(match[1]) == 4:
        return date(int(match[1]), int(match[2]), int(match[3]))
    one, two = int(match[1]), int(match[2])
    return date(_year(match[3]), two, one) if is_day_first else date(_year(match[3]), one, two)


def _year(text: str) -> int:
    return int(text) + 2000 if len(text) == 2 else int(text)
