"""Counts and closes: what is asked for and what doors see. Amounts in minor units of the group's currency."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.domain.ledger.views import Source

SOURCES: dict[str, Source] = {"1010": "cash_count", "1020": "bank_balance", "1030": "bank_balance"}
"""Where a group's money lies -> how one knows what is there: counted in the box, or read from an account."""


@dataclass(frozen=True, slots=True)
class RecordCount:
    """`account` is a key of SOURCES; `stated_minor`, from 0, is what was there at the end of `as_of`."""

    account: str
    as_of: date
    stated_minor: int
    key: str


@dataclass(frozen=True, slots=True)
class ClosePeriod:
    through: date


@dataclass(frozen=True, slots=True)
class CloseView:
    """The books are closed through a day, with entry `seq` the newest; `by` is who closed them."""

    through: date
    seq: int
    by: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class ClosesView:
    """`first` is the first day of any money in the books, None before it. Closes newest first, at most 24."""

    today: date
    first: date | None
    rows: tuple[CloseView, ...]


@dataclass(frozen=True, slots=True)
class CountView:
    """`difference_minor` = what was there - what the books said of that day; `by` is who recorded it."""

    id: UUID
    account: str
    source: Source
    as_of: date
    stated_minor: int
    books_minor: int
    difference_minor: int
    currency: str
    by: str
    recorded_at: datetime
