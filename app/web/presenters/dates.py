"""Dates as `21 Nov 2026`; instants in the reader's group's zone."""

from contextvars import ContextVar
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime

from app.kit.i18n import language, show_day, t

ZONE = ZoneInfo("Africa/Nairobi")
"""Where no group is."""
zone: ContextVar[ZoneInfo] = ContextVar("zone", default=ZONE)
"""The reader's group's, during an event."""


def day(on: date) -> str:
    return show_day(on)


def day_of(at: datetime) -> str:
    """The day of an instant in the reader's group's zone."""
    return day(at.astimezone(zone.get()).date())


def month(on: date) -> str:
    return format_date(on, "MMMM y", locale=language.get())


def long_day(on: date) -> str:
    return format_date(on, "EEEE d MMM y", locale=language.get())


def moment(at: datetime, within: ZoneInfo | None = None) -> str:
    """`21 Nov 2026, 14:02`, in the reader's group's zone or that of `within`."""
    return format_datetime(at.astimezone(within or zone.get()), "d MMM y, HH:mm", locale=language.get())


def days_until(on: date, today: date) -> str:
    """In words: today, in 9 days, 2 days late."""
    left = (on - today).days
    if left == 0:
        return t("date.today")
    return t("date.in_days", count=left) if left > 0 else t("date.days_late", count=-left)
