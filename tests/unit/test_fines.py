"""Fines and reminders by rule: what a due has earned, whenever it is asked."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.domain.contributions.fines import Charge, charges, fine_minor, reminder
from app.domain.groups.late_rules import LateRule

DUE = date(2026, 1, 31)
ONCE = LateRule(fine="amount", amount_minor=5_000, grace_days=7, title="Late fee")
WEEKLY = LateRule(fine="share", rate_ppm=100_000, grace_days=0, every_days=7, steps=3, title="Late fee")


def day(late: int) -> date:
    return DUE + timedelta(days=late)


def test_a_fine_comes_the_day_after_the_days_of_grace():
    assert charges(ONCE, DUE, 50_000, [], day(7)) == []
    assert charges(ONCE, DUE, 50_000, [], day(8)) == [Charge(1, day(8), 5_000)]
    assert charges(ONCE, DUE, 50_000, [], day(300)) == [Charge(1, day(8), 5_000)]


def test_what_was_paid_in_time_earns_none_even_if_it_is_known_late():
    assert charges(ONCE, DUE, 50_000, [(day(7), 50_000)], day(300)) == []
    assert charges(ONCE, DUE, 50_000, [(day(8), 50_000)], day(300)) == [Charge(1, day(8), 5_000)]
    assert charges(ONCE, DUE, 50_000, [(day(7), 49_999)], day(300)) == [Charge(1, day(8), 5_000)]


def test_steps_end_when_it_is_paid():
    steps = [one.on for one in charges(WEEKLY, DUE, 50_000, [], day(90))]
    assert steps == [day(1), day(8), day(15)]
    assert len(charges(WEEKLY, DUE, 50_000, [(day(3), 20_000), (day(6), 30_000)], day(90))) == 1


def test_a_share_is_of_what_was_asked_rounded_half_up():
    assert fine_minor(WEEKLY, 50_005) == 5_001
    assert fine_minor(WEEKLY, 1) == 1
    assert charges(LateRule(), DUE, 50_000, [], day(90)) == []


@given(
    st.lists(st.tuples(st.integers(-20, 60), st.integers(1, 60_000)), max_size=5),
    st.integers(0, 20),
    st.integers(0, 10),
    st.integers(1, 4),
    st.integers(0, 80),
    st.integers(0, 30),
)
def test_a_missed_night_changes_nothing(
    paid: list[tuple[int, int]], grace: int, every: int, steps: int, today: int, later: int
):
    """What is asked later begins with what was earned before: no fine comes to be otherwise, none goes."""
    rule = LateRule(
        fine="amount", amount_minor=100, grace_days=grace, every_days=every, steps=steps if every else 1, title="x"
    )
    days = [(day(on), minor) for on, minor in paid]
    now, then = (charges(rule, DUE, 50_000, days, day(late)) for late in (today, today + later))
    assert then[: len(now)] == now
    assert all(one.on > day(today) for one in then[len(now) :])
    assert [one.step for one in then] == list(range(1, len(then) + 1))


def test_a_reminder_is_at_one_place():
    rule = LateRule(before_days=3, on_due=True, after_days=7)
    said = [reminder(rule, DUE, day(late)) for late in (-4, -3, -1, 0, 6, 7, 100)]
    assert said == ["", "before", "before", "on", "on", "after", "after"]
    quiet = LateRule(before_days=0, on_due=False, after_days=0)
    assert {reminder(quiet, DUE, day(late)) for late in range(-10, 20)} == {""}
