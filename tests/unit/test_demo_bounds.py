"""What a public demo needs to start, how the clock is moved by words, and how fast events may come."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from app.kit.config import Settings
from app.launch.clock import FARTHEST, shift_to
from app.launch.paths import Refusal
from app.launch.web import Workers
from app.web import pacing
from app.web.pacing import ALL_AT_ONCE, EACH_AT_ONCE, OWN_AT_ONCE, VISITORS, Pace

NOW = datetime(2026, 11, 21, 14, 30, tzinfo=UTC)
NONE = timedelta()


def test_a_public_demo_needs_no_vendor_of_codes_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"SANDUK_ENV": "production", "DATABASE_URL": "postgresql://x"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SANDUK_PUBLIC_URL", "https://demo.example.org")
    assert any("SANDUK_OTP" in one for one in Settings().refusals())
    monkeypatch.setenv("SANDUK_DEMO", "public")
    assert Settings().refusals() == []
    monkeypatch.setenv("SANDUK_PUBLIC_URL", "http://demo.example.org")
    assert any("https" in one for one in Settings().refusals())


def test_steps_go_on_from_where_the_clock_is() -> None:
    assert shift_to("+30d", NOW, NONE) == timedelta(days=30)
    assert shift_to("+30d", NOW, timedelta(days=5)) == timedelta(days=35)
    assert shift_to("-7d", NOW, timedelta(days=5)) == timedelta(days=-2)


def test_a_day_begins_in_its_morning() -> None:
    there = NOW + shift_to("2027-01-15", NOW, timedelta(days=99))
    assert there == datetime(2027, 1, 15, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    "words", ["30d", "tomorrow", "+d", "2027-13-01", f"+{FARTHEST.days + 1}d", "1900-01-01", "+9m"]
)
def test_other_words_are_refused(words: str) -> None:
    with pytest.raises(Refusal) as refused:
        shift_to(words, NOW, NONE)
    assert refused.value.code == 2


def test_one_visitor_is_slowed_before_the_others() -> None:
    pace = Pace()
    assert sum(pace.takes("a") for _ in range(1000)) < EACH_AT_ONCE + 50
    assert pace.takes("b")


def test_a_crowd_that_sends_much_leaves_the_others_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [start := time.monotonic()]
    monkeypatch.setattr(pacing.time, "monotonic", lambda: now[0])
    pace, taken, refused = Pace(), 0, 0
    for tick in range(30 * 120):  # two minutes: eight that send 30 a second each, and one that sends one a second
        now[0] = start + tick / 30
        taken += sum(pace.takes(f"crowd {number}") for number in range(8))
        if tick % 30 == 0:
            refused += not pace.takes("one")
    assert refused == 0
    assert taken < 120 * (pacing.ALL + 8 * pacing.OWN) + ALL_AT_ONCE + 8 * OWN_AT_ONCE


def test_all_visitors_together_are_bounded_and_forgotten() -> None:
    pace = Pace()
    for number in range(VISITORS + 100):
        pace.takes(str(number))
    assert len(pace._each) == VISITORS
    crowd = [str(number) for number in range(100)]
    taken = sum(pace.takes(one) for _ in range(int(EACH_AT_ONCE)) for one in crowd)
    assert taken < len(crowd) * OWN_AT_ONCE + ALL_AT_ONCE + 500


def test_a_public_demo_has_no_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANDUK_DEMO", "public")
    Workers().check()
    with pytest.raises(Refusal) as refused:
        Workers(1, "redis://127.0.0.1:1").check()
    assert "one process" in str(refused.value)
