"""The clock is injected; civil dates belong to a zone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    def now(self) -> datetime: ...


class SystemClock:
    """UTC, microseconds."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class MovedClock:
    """Another clock, as far ahead or behind as development wants it."""

    real: Clock
    shift: timedelta

    def now(self) -> datetime:
        return self.real.now() + self.shift


def today_in(zone: str, now: datetime) -> date:
    """The civil date of the instant `now` in the IANA zone."""
    return now.astimezone(ZoneInfo(zone)).date()
