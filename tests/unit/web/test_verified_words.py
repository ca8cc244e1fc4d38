"""What a night's verification is said to have verified."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from app.domain.ledger.views import Fault, Head
from app.domain.reports.verified import BookCheck
from app.web.presenters.verified import kind_of, title_of

NAIROBI, NOW = ZoneInfo("Africa/Nairobi"), datetime(2026, 11, 21, 12, tzinfo=UTC)


def found(seq: int, fault: Fault | None = None) -> BookCheck:
    return BookCheck(datetime(2026, 11, 20, 23, tzinfo=UTC), Head(seq, bytes(32)), 0, 0, fault)


def test_it_says_up_to_which_entry() -> None:
    assert title_of(found(1_144), NAIROBI, NOW) == "Books verified today, 02:00, to entry 1,144"
    assert kind_of(found(1_144)) == "ok"


def test_books_without_an_entry_are_not_called_verified() -> None:
    """The first entries come after such a night: nothing of them was looked at."""
    assert title_of(found(0), NAIROBI, NOW) == title_of(None, NAIROBI, NOW) == "Books not verified yet"
    assert kind_of(found(0)) == ""
