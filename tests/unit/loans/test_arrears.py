"""Lateness by rule: states, penalties that a late or repeated job can't make wrong, portfolio at risk, provisions."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.loans.arrears import (
    ArrearsRule,
    LoanState,
    Overdue,
    PenaltyPer,
    PenaltyRule,
    days_late,
    penalty_by,
    state_of,
)
from app.domain.loans.portfolio import AtRisk, Bucket, Position, at_risk, provide

DUE = date(2026, 3, 1)
WHOLE = [Overdue(DUE, 10_000)]


def day(n: int) -> date:
    return DUE + timedelta(days=n)


@pytest.mark.parametrize(
    ("late", "state"),
    [
        (0, LoanState.CURRENT),
        (3, LoanState.CURRENT),
        (4, LoanState.OVERDUE),
        (90, LoanState.OVERDUE),
        (91, LoanState.DEFAULT),
    ],
)
def test_a_state_is_a_matter_of_days(late: int, state: LoanState) -> None:
    assert days_late(DUE, day(late)) == late
    assert state_of(ArrearsRule(overdue_after_days=3), 1, late) is state


def test_nothing_owed_is_closed_and_nothing_unpaid_is_not_late() -> None:
    assert state_of(ArrearsRule(), 0, 500) is LoanState.CLOSED
    assert days_late(None, DUE) == 0
    assert days_late(DUE, DUE - timedelta(days=3)) == 0


@pytest.mark.parametrize(
    ("rule", "late", "penalty"),
    [
        (PenaltyRule(amount_minor=500), 0, 0),
        (PenaltyRule(amount_minor=500), 1, 500),
        (PenaltyRule(amount_minor=500), 300, 500),
        (PenaltyRule(amount_minor=500, grace_days=3), 3, 0),
        (PenaltyRule(amount_minor=500, grace_days=3), 4, 500),
        (PenaltyRule(rate_ppm=20_000), 1, 200),
        (PenaltyRule(PenaltyPer.DAY, rate_ppm=1_000), 10, 100),
        (PenaltyRule(PenaltyPer.DAY, rate_ppm=1_000, grace_days=4), 10, 60),
        (PenaltyRule(PenaltyPer.DAY, amount_minor=5), 10, 50),
        (PenaltyRule(PenaltyPer.WEEK, amount_minor=100), 6, 0),
        (PenaltyRule(PenaltyPer.WEEK, amount_minor=100), 20, 200),
        (PenaltyRule(PenaltyPer.DAY, rate_ppm=1_000, cap_minor=45), 10, 45),
        (PenaltyRule(PenaltyPer.DAY, rate_ppm=10_000, cap_ppm=50_000), 10, 500),
    ],
)
def test_a_penalty_is_the_rules(rule: PenaltyRule, late: int, penalty: int) -> None:
    assert penalty_by(rule, DUE, WHOLE, day(late)) == penalty


def test_a_payment_ends_it_from_the_next_day() -> None:
    rule = PenaltyRule(PenaltyPer.DAY, rate_ppm=1_000)
    partly = [*WHOLE, Overdue(day(4), 5_000)]
    assert penalty_by(rule, DUE, partly, day(4)) == 40
    assert penalty_by(rule, DUE, partly, day(6)) == 50
    assert penalty_by(rule, DUE, [*WHOLE, Overdue(day(4), 0)], day(300)) == 40
    assert penalty_by(PenaltyRule(amount_minor=500), DUE, [Overdue(DUE, 0)], day(9)) == 0
    assert penalty_by(PenaltyRule(amount_minor=500), DUE, [], day(9)) == 0


RULES = st.builds(
    PenaltyRule,
    st.sampled_from(list(PenaltyPer)),
    st.integers(0, 500),
    st.integers(0, 50_000),
    st.integers(0, 10),
    st.none() | st.integers(0, 2_000),
    st.none() | st.integers(0, 500_000),
)


@st.composite
def histories(draw: st.DrawFn) -> list[Overdue]:
    """What is unpaid only falls."""
    unpaid, since, found = draw(st.integers(1, 100_000)), 0, []
    for _ in range(draw(st.integers(1, 4))):
        found.append(Overdue(day(since), unpaid))
        unpaid -= draw(st.integers(0, unpaid))
        since += draw(st.integers(1, 40))
    return found


@given(RULES, histories(), st.lists(st.integers(0, 120), min_size=1, max_size=6))
def test_nights_that_are_missed_or_doubled_change_nothing(
    rule: PenaltyRule, history: list[Overdue], nights: list[int]
) -> None:
    """Posting what is missing on any nights ends at what one night at the end would post; and never falls."""
    posted = 0
    for night in sorted([*nights, 120]):
        missing = penalty_by(rule, DUE, history, day(night)) - posted
        assert missing >= 0
        posted += missing
    assert posted == penalty_by(rule, DUE, history, day(120))


@given(RULES, histories(), st.integers(0, 60), st.integers(1, 1_000))
def test_a_later_payment_does_not_reach_back(rule: PenaltyRule, history: list[Overdue], night: int, less: int) -> None:
    known = [one for one in history if one.since < day(night)] or history[:1]
    later = [*known, Overdue(day(night), max(0, known[-1].unpaid_minor - less))]
    if known[-1].since < day(night):
        assert penalty_by(rule, DUE, known, day(night)) == penalty_by(rule, DUE, later, day(night))


def test_caps_bound_every_penalty() -> None:
    rule = PenaltyRule(PenaltyPer.DAY, amount_minor=50, rate_ppm=10_000, cap_minor=700, cap_ppm=60_000)
    assert penalty_by(rule, DUE, WHOLE, day(400)) == 600
    assert penalty_by(replace(rule, cap_ppm=None), DUE, WHOLE, day(400)) == 700


POSITIONS = [Position(60_000, 0), Position(20_000, 31), Position(15_000, 61), Position(5_000, 90), Position(0, 400)]


def test_a_portfolio_at_risk_counts_whole_loans() -> None:
    assert at_risk(POSITIONS) == [AtRisk(30, 40_000, 100_000), AtRisk(60, 20_000, 100_000), AtRisk(90, 0, 100_000)]
    assert at_risk(POSITIONS)[0].ppm == 400_000
    assert at_risk([])[0].ppm == 0


def test_a_rescheduled_loan_is_at_risk_where_the_rule_says_so() -> None:
    loans = [Position(10_000, 0, is_rescheduled=True), Position(30_000, 0)]
    assert at_risk(loans, [30])[0].ppm == 250_000
    assert at_risk(loans, [30], counts_rescheduled=False)[0].at_risk_minor == 0


@given(st.lists(st.builds(Position, st.integers(0, 10**6), st.integers(0, 400), st.booleans())))
def test_longer_lateness_is_never_more_at_risk(loans: list[Position]) -> None:
    shares = [one.at_risk_minor for one in at_risk(loans)]
    assert shares == sorted(shares, reverse=True)
    provisions = provide(loans, [Bucket(-1, 10_000), Bucket(0, 50_000), Bucket(90, 1_000_000)])
    assert sum(one.principal_minor for one in provisions) == sum(one.principal_minor for one in loans)
    assert sum(one.loans for one in provisions) == len(loans)


def test_provisions_are_by_bucket() -> None:
    found = provide(POSITIONS, [Bucket(0, 100_000), Bucket(30, 250_000), Bucket(90, 1_000_000)])
    assert [(one.loans, one.principal_minor, one.provision_minor) for one in found] == [
        (0, 0, 0),
        (3, 40_000, 10_000),
        (1, 0, 0),
    ]
    with pytest.raises(ValueError, match="rise"):
        provide(POSITIONS, [Bucket(30, 1), Bucket(0, 1)])
