"""Amounts, dates and codes as people read them."""

import re
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from app.kit.errors import InvalidInput
from app.launch.paths import ROOT
from app.web.presenters import amounts, dates
from app.web.presenters.qr import qr_path
from app.web.screen import parse_date


@pytest.mark.parametrize(
    ("minor", "currency", "shown"),
    [
        (3_700_000, "KES", "37,000.00"),
        (0, "KES", "0.00"),
        (5, "KES", "0.05"),
        (-50_000, "KES", "-500.00"),
        (123_456_750, "INR", "12,34,567.50"),
        (10_000_000, "INR", "1,00,000.00"),
        (500, "UGX", "500"),
    ],
)
def test_the_number_has_all_decimals_of_its_currency(minor: int, currency: str, shown: str) -> None:
    assert amounts.exact(minor, currency) == shown


def test_an_amount_is_its_code_one_no_break_space_and_the_number() -> None:
    assert amounts.amount(50_000, "KES") == "KES\u00a0500.00"


@pytest.mark.parametrize(("minor", "shown"), [(3_700_000, "37,000"), (3_700_050, "37,000.50"), (0, "0")])
def test_tiles_leave_out_the_decimals_of_whole_amounts(minor: int, shown: str) -> None:
    assert amounts.tile(minor, "KES") == shown


def test_large_amounts_stay_exact() -> None:
    assert amounts.exact(922_337_203_685_477_580_7, "KES") == "92,233,720,368,547,758.07"


def test_days_and_moments() -> None:
    assert dates.day(date(2026, 11, 21)) == "21 Nov 2026"
    assert dates.long_day(date(2026, 11, 21)) == "Saturday 21 Nov 2026"
    late = datetime(2026, 11, 21, 22, 5, tzinfo=UTC)
    assert dates.moment(late, ZoneInfo("Africa/Nairobi")) == "22 Nov 2026, 01:05"


def test_a_moment_is_told_in_the_readers_zone() -> None:
    late = datetime(2026, 11, 21, 22, 5, tzinfo=UTC)
    token = dates.zone.set(ZoneInfo("Asia/Kolkata"))
    try:
        assert dates.moment(late) == "22 Nov 2026, 03:35"
    finally:
        dates.zone.reset(token)


@pytest.mark.parametrize(
    ("due", "words"), [(21, "today"), (22, "in 1 day"), (30, "in 9 days"), (20, "1 day late"), (1, "20 days late")]
)
def test_how_far_a_day_is(due: int, words: str) -> None:
    assert dates.days_until(date(2026, 11, due), date(2026, 11, 21)) == words


def test_a_qr_code_is_runs_of_modules_with_a_quiet_zone_of_four() -> None:
    path, box = qr_path("https://sanduk.example/c/7Q4MK9TD2HXW6")
    size = int(box.split()[2]) - 8
    assert box == f"-4 -4 {size + 8} {size + 8}"
    assert path.startswith("M0 0h7v1h-7z")  # the top line of the first finder pattern
    runs = re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", path)
    assert "".join(f"M{x} {y}h{w}v1h-{w}z" for x, y, w in runs) == path
    assert all(int(x) + int(w) <= size and int(y) < size for x, y, w in runs)


def test_the_day_of_an_instant_is_the_groups() -> None:
    """22 Nov 00:15 in India is still the 21st by the world's clock; nowhere is that clock's day shown."""
    token = dates.zone.set(ZoneInfo("Asia/Kolkata"))
    try:
        assert dates.day_of(datetime(2026, 11, 21, 18, 45, tzinfo=UTC)) == "22 Nov 2026"
    finally:
        dates.zone.reset(token)
    sources = (ROOT / "app" / "web").rglob("*.py")
    assert not [path.name for path in sources if "_at.date()" in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("typed", ["2026-W47-1", "20261122", "2026-02-30", "22.11.2026", ""])
def test_a_day_is_written_in_one_way(typed: str) -> None:
    assert parse_date(" 2026-11-22 ", field="day") == date(2026, 11, 22)
    with pytest.raises(InvalidInput):
        parse_date(typed, field="day")
