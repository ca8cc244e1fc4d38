"""Days and instants as statements write them; pure."""

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta

from app.kit.civil_dates import day_first, parse_civil

_TIME = re.compile(
    r"(?i)(.*?\d)(?:[ T,]+|,)(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?(?:[.,]\d+)?\s*+([ap])?\.?m?\.?"
    r"\s*+(?:Z|[+-]\d\d:?\d\d|EAT|IST)?"
)
_PACKED = re.compile(r"(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?")
_MONTH_FIRST = re.compile(r"([A-Za-z]{3,9})\.? +(\d{1,2}),? +(\d{4}|\d{2})")
_ISO = r"2[01]\d\d-\d\d-\d\d \d\d:\d\d:\d\d"
_ISO_COLUMN = re.compile(rf"{_ISO}(?:\n{_ISO})*", re.ASCII)
CENTURIES = ("20", "21")
KEPT = 100_000
LONGEST = 60
"""Characters of a day with its time; nothing longer is looked at."""
UNKNOWN, UNKNOWN_TIME = datetime(1, 1, 1), timedelta.min  # noqa: DTZ001
"""Not read yet."""


def day_first_of(texts: Sequence[str]) -> bool:
    """Whether a column writes the day before the month, as most of its unambiguous dates do."""
    if _ISO_COLUMN.fullmatch("\n".join(texts)):
        return True  # none is of that kind
    days = {text: _split(text)[0] for text in set(texts)}
    return day_first(days[text] for text in texts)


def instant_reader(is_day_first: bool) -> Callable[[str], datetime | None]:
    """Reads one column; midnight where no time is given, None for what is no date. Days and times repeat: they are
    kept.
    """
    known: dict[str, datetime | None] = {}
    times: dict[str, timedelta | None] = {}

    def whole(text: str) -> datetime | None:
        found = known.get(text, UNKNOWN)
        if found is UNKNOWN:
            if len(known) > KEPT:
                known.clear()
            found = known[text] = _instant(text, is_day_first)
        return found

    def read(text: str) -> datetime | None:
        if len(text) != 19 or text[10] != " ":
            return whole(text)
        if text[:2] in CENTURIES and text[4] == text[7] == "-" and text[13] == text[16] == ":":
            try:
                return datetime.fromisoformat(text)
            except ValueError:
                return whole(text)
        day = whole(text[:10])
        after = times.get(text[11:], UNKNOWN_TIME)
        if after is UNKNOWN_TIME:
            after = times[text[11:]] = _since_midnight(text[11:])
        return day + after if day is not None and after is not None else whole(text)

    return read


def instant_column(texts: Sequence[str], read: Callable[[str], datetime | None]) -> list[datetime | None]:
    """A whole column, as `read` reads each cell."""
    if texts and _ISO_COLUMN.fullmatch(texts[0]) and _ISO_COLUMN.fullmatch("\n".join(texts)):
        with suppress(ValueError):
            return list(map(datetime.fromisoformat, texts))
    return list(map(read, texts))


def _since_midnight(text: str) -> timedelta | None:
    """Of `21:14:09`."""
    hour, minute, second = text[:2], text[3:5], text[6:]
    if text[2] != ":" or text[5] != ":" or not (hour + minute + second).isdecimal():
        return None
    if int(hour) > 23 or int(minute) > 59 or int(second) > 59:
        return None
    return timedelta(hours=int(hour), minutes=int(minute), seconds=int(second))


def _instant(text: str, is_day_first: bool) -> datetime | None:
    text = text.strip().strip("'")
    if len(text) > LONGEST:
        return None
    try:
        if packed := _PACKED.fullmatch(text):
            found = datetime(*(int(part or 0) for part in packed.groups()))  # noqa: DTZ001
        else:
            day, at = _split(text)
            if words := _MONTH_FIRST.fullmatch(day):
                day = f"{words[2]} {words[1]} {words[3]}"
            found = datetime.combine(parse_civil(day, is_day_first=is_day_first), at)
    except ValueError:
        return None
    return found if 1970 <= found.year < 2200 else None


def _split(text: str) -> tuple[str, time]:
    text = text.strip()
    match = _TIME.fullmatch(text) if len(text) <= LONGEST else None
    if match is None:
        return text, time()
    hour = int(match[2])
    if match[5]:
        hour = hour % 12 + (12 if match[5].lower() == "p" else 0)
    try:
        return match[1].strip(), time(hour, int(match[3]), int(match[4] or 0))
    except ValueError:
        return text, time()


def packed_day(text: str) -> date:
    """`20261105...` as OFX and M-Pesa's confirmations write it. Raises ValueError."""
    if len(text) < 8 or not text[:8].isdecimal():
        raise ValueError(text)
    return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
