"""The clock is injected; civil dates belong to a zone."""

from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    def now(self) -> datetime: ...


class SystemClock:
    """UTC, microseconds."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def today_in(zone: str, now: datetime) -> date:
    """The civil date of the instant `now` in the IANA zone."""
    return now.astimezone(ZoneInfo(zone)).date()
