"""A notification's sentence: an amount stands only where the sentence has a place for it."""

from datetime import UTC, datetime
from uuid import UUID

from app.domain.notifications.views import NotificationView
from app.web.presenters.notices import notice_row

FACTS: dict[str, str | int] = {"title": "Burial", "amount_minor": 100_000, "currency": "KES", "due_on": "2026-11-30"}


def row_of(kind: str):
    return notice_row(
        NotificationView(UUID(int=1), kind, FACTS, UUID(int=2), datetime(2026, 11, 21, tzinfo=UTC), is_read=False)
    )


def test_a_closed_contribution_says_no_sum() -> None:
    row = row_of("call_closed")
    assert (row.before, row.amount, row.after) == ("Burial is closed: you are not asked for it any more.", "", "")


def test_an_opened_one_says_it_in_its_place() -> None:
    row = row_of("call_opened")
    assert (row.before, row.amount[-8:], row.after) == ("Burial: please pay ", "1,000.00", " by 30 Nov 2026.")
