"""What every schedule keeps, whatever its terms; and the kinds of loan that the public form has no word for."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy_financial as npf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.loans.form import read_product
from app.domain.loans.instalment import annuity
from app.domain.loans.periods import make_periods
from app.domain.loans.schedule import Schedule, make_schedule
from app.domain.loans.terms import (
    BadTerms,
    Flow,
    Grace,
    InterestPeriod,
    InterestType,
    LoanTerms,
    PayoffInterest,
    RateChange,
    Unit,
    UpfrontFee,
)
from tests.unit.loans.products import DRAW, OVERDUE, RATE, products

START = date(2026, 1, 31)
TERMS = LoanTerms(1_000_000, 120_000, 12, Unit.MONTHS, START, START)
LATER = (Flow(date(2027, 1, 1), 1),)


def lent(schedule: Schedule) -> int:
    terms = schedule.terms
    return terms.lent_minor + sum(draw.amount_minor for draw in terms.further_disbursements)


@settings(max_examples=300, deadline=None)
@given(st.one_of(products(), products(DRAW), products(RATE, OVERDUE)))
def test_a_schedule_closes_to_zero_and_its_sums_are_exact(product: dict[str, Any]) -> None:
    schedule = make_schedule(read_product(product))
    rows, totals = schedule.rows, schedule.totals
    assert rows[-1].balance_minor == 0
    assert totals.principal_minor == lent(schedule)
    assert totals.total_minor == sum(row.total_minor for row in rows)
    assert [row.n for row in rows] == list(range(1, len(rows) + 1))
    assert all(early.due_on < late.due_on for early, late in pairwise(rows))
    least = min((min(row[3:]) for row in rows), default=0)
    is_flat = schedule.terms.interest_type is InterestType.FLAT
    assert least >= (-len(rows) if is_flat else 0), (
        "flat's last interest makes up for rounding, all else is not negative"
    )


@settings(max_examples=200, deadline=None)
@given(products())
def test_a_balance_is_the_one_before_less_principal_with_what_was_paid_out(product: dict[str, Any]) -> None:
    schedule = make_schedule(read_product(product))
    terms = schedule.terms
    for n, row in enumerate(schedule.rows):
        paid_out = terms.lent_minor + sum(d.amount_minor for d in terms.further_disbursements if d.on <= row.due_on)
        assert row.balance_minor == paid_out - sum(one.principal_minor for one in schedule.rows[: n + 1])


@settings(max_examples=200, deadline=None)
@given(products(RATE))
def test_flat_interest_is_exact_in_total(product: dict[str, Any]) -> None:
    product |= {"interest_type": "flat", "installment_multiple": None}
    terms = read_product(product)
    schedule = make_schedule(terms)
    exact = sum(Fraction(*period.rate) for period in make_periods(terms)) * terms.principal_minor
    is_whole = len(schedule.rows) == terms.repayments + bool(terms.down_payment_ppm)
    if is_whole and terms.principal_minor > 100_000:
        assert schedule.totals.interest_minor == round(exact)


RATES = st.lists(st.tuples(st.integers(0, 400_000), st.just(12_000_000)), min_size=1, max_size=36)


@settings(deadline=None)
@given(st.integers(1, 10**9), RATES, st.integers(0, 300_000))
def test_the_unrounded_instalment_rises_with_the_rate(principal: int, rates: list[tuple[int, int]], more: int) -> None:
    higher = [(numerator + more, denominator) for numerator, denominator in rates]
    assert annuity(Decimal(principal), rates) <= annuity(Decimal(principal), higher)


@settings(deadline=None)
@given(
    st.integers(10_000, 10**9),
    st.integers(1, 36),
    st.integers(0, 600_000),
    st.sampled_from([1, 100, 500]),
    st.booleans(),
)
def test_the_rounded_schedule_is_within_n_multiples(
    principal: int, n: int, rate_ppm: int, multiple: int, is_smooth: bool
) -> None:
    """Of an instalment by no more than half a multiple (a smoothed one by as much as it moved); of the total by n."""
    terms = replace(
        TERMS,
        principal_minor=principal,
        repayments=n,
        rate_ppm=rate_ppm,
        multiple_minor=multiple,
        has_emi_smoothing=is_smooth,
    )
    schedule = make_schedule(terms)
    plain = annuity(Decimal(principal), [(rate_ppm, 12_000_000)] * n)
    if len(schedule.rows) == n:
        growth = (1 + Decimal(rate_ppm) / 12_000_000) ** n
        assert abs(schedule.totals.total_minor - plain * n) <= n * multiple * growth + n
    if len(schedule.rows) > 1 and not is_smooth:
        assert abs(schedule.rows[0].total_minor - plain) * 2 <= multiple


@settings(deadline=None)
@given(st.integers(1000, 10**9), st.integers(1, 60), st.integers(1, 600_000))
def test_numpy_financial_agrees_on_the_instalment(principal: int, n: int, rate_ppm: int) -> None:
    ours = annuity(Decimal(principal), [(rate_ppm, 12_000_000)] * n)
    assert float(ours) == pytest.approx(-float(npf.pmt(rate_ppm / 12e6, n, principal)), rel=1e-6)


@settings(deadline=None)
@given(st.integers(10_000, 10**9), st.integers(2, 60), st.integers(1, 600_000), st.integers(0, 9_000))
def test_numpy_financial_agrees_on_a_balloon(principal: int, n: int, rate_ppm: int, balloon: int) -> None:
    schedule = make_schedule(
        replace(TERMS, principal_minor=principal, repayments=n, rate_ppm=rate_ppm, balloon_minor=balloon)
    )
    expected = -float(npf.pmt(rate_ppm / 12e6, n, principal, -balloon))
    if len(schedule.rows) == n:
        assert schedule.rows[0].total_minor == pytest.approx(expected, abs=0.51 + expected * 1e-6)
        drift = n * float((1 + Decimal(rate_ppm) / 12_000_000) ** n)
        assert schedule.rows[-1].total_minor == pytest.approx(expected + balloon, abs=drift + 1)


def test_the_last_day_of_a_month_stays_it() -> None:
    dues = [row.due_on for row in make_schedule(replace(TERMS, repayments=4)).rows]
    assert dues == [date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 31)]


def test_interest_only_pays_the_principal_at_the_end() -> None:
    rows = make_schedule(replace(TERMS, grace=Grace(principal=11))).rows
    assert [row.total_minor for row in rows] == [10_000] * 11 + [1_010_000]


def test_a_single_payment_holds_all_interest() -> None:
    year = make_schedule(replace(TERMS, repayments=1, every=12)).rows
    assert [(row.due_on, row.principal_minor, row.interest_minor) for row in year] == [
        (date(2027, 1, 31), 1_000_000, 120_000)
    ]
    monthly = make_schedule(replace(TERMS, grace=Grace(principal=11, interest_payment=11))).rows
    assert [row.total_minor for row in monthly] == [0] * 11 + [1_120_000]


def test_a_moratorium_capitalises_by_the_formula() -> None:
    schedule = make_schedule(replace(TERMS, principal_minor=100_000, grace=Grace(capitalised=3)))
    assert [row.balance_minor for row in schedule.rows[:3]] == [101_000, 102_010, 103_030]
    assert [row.capitalised_minor for row in schedule.rows[:4]] == [1_000, 1_010, 1_020, 0]
    assert schedule.totals.principal_minor == 103_030 == round(100_000 * Fraction(101, 100) ** 3)
    emi = annuity(Decimal(103_030), [(120_000, 12_000_000)] * 9)
    assert schedule.rows[3].total_minor == round(emi)


def test_a_moratorium_takes_further_disbursements() -> None:
    draws = (Flow(date(2026, 2, 14), 50_000), Flow(date(2026, 3, 31), 25_000))
    terms = replace(TERMS, principal_minor=100_000, grace=Grace(capitalised=3), further_disbursements=draws)
    rows = make_schedule(terms).rows
    first = Fraction(100_000) * Fraction(101, 100) + 50_000 * (1 + Fraction(1, 100) * 14 / 28)
    second = first * Fraction(101, 100) + 25_000
    assert [row.balance_minor for row in rows[:2]] == [round(first), round(second)]
    assert rows[-1].balance_minor == 0
    assert sum(row.principal_minor - row.capitalised_minor for row in rows) == 175_000


def test_a_fee_that_is_added_is_owed_and_one_kept_back_is_not() -> None:
    added = make_schedule(replace(TERMS, upfront_fee=UpfrontFee(20_000, is_added=True)))
    kept_back = make_schedule(replace(TERMS, upfront_fee=UpfrontFee(20_000)))
    assert added.totals.principal_minor == 1_020_000
    assert kept_back.rows == make_schedule(TERMS).rows


def test_a_part_first_period_bears_part_of_the_interest() -> None:
    part = replace(TERMS, disbursed_on=date(2026, 2, 14))
    assert make_schedule(part).rows[0].interest_minor == 5_000, "14 of 28 days of 1 %"
    longer = replace(TERMS, disbursed_on=date(2026, 1, 17))
    assert make_schedule(longer).rows[0].interest_minor == 15_000, "42 days, where the period has 28"


def test_a_rate_that_has_no_finite_decimal_is_not_rounded_first() -> None:
    """600 at 7 % / 12 is exactly 3.5: half even gives 4, the rounded rate 0.005833.. would give 3."""
    terms = replace(TERMS, principal_minor=600, rate_ppm=70_000, grace=Grace(principal=1), repayments=2)
    assert make_schedule(terms).rows[0].interest_minor == 4


def test_a_multiple_that_is_too_large_ends_the_schedule_early() -> None:
    """300,000 over 12 months of about 25,000 each: in steps of 100,000 nothing is left after three."""
    terms = replace(TERMS, principal_minor=300_000, multiple_minor=100_000, rate_ppm=0)
    assert [row.total_minor for row in make_schedule(terms).rows] == [0] * 11 + [300_000], "25,000 rounds to nothing"
    up = make_schedule(replace(terms, repayments=5)).rows
    assert [row.total_minor for row in up] == [100_000, 100_000, 100_000]
    flat = make_schedule(replace(terms, repayments=5, rate_ppm=12_000, interest_type=InterestType.FLAT))
    assert [row.total_minor for row in flat.rows] == [100_000, 100_000, 100_000, 1_200]


def test_weeks_and_days_have_rates_of_their_own() -> None:
    weekly = replace(TERMS, unit=Unit.WEEKS, rate_ppm=520_000, every=2, repayments=3)
    assert make_schedule(weekly).rows[0].interest_minor == 20_000
    daily = replace(TERMS, unit=Unit.DAYS, rate_ppm=365_000, every=10, repayments=3)
    assert make_schedule(daily).rows[0].interest_minor == 10_000
    stated = replace(daily, year_days=360, interest_period=InterestPeriod.SAME_AS_REPAYMENT)
    assert make_schedule(stated).rows[0].interest_minor == round(Fraction(365_000 * 10, 360))


def test_a_change_of_rate_is_not_known_before_its_row() -> None:
    """Instalments before it are those of the old rate; those after it are figured anew on the balance."""
    changed = replace(TERMS, rate_changes=(RateChange(date(2026, 8, 31), 240_000),))
    before, after = make_schedule(TERMS).rows, make_schedule(changed).rows
    assert before[:6] == after[:6]
    emi = annuity(Decimal(after[5].balance_minor), [(240_000, 12_000_000)] * 6)
    assert after[6].total_minor == round(emi)


def test_smoothing_begins_above_half_a_unit_a_row() -> None:
    """Of four rows the last may differ by two units; by three, the instalment moves by one (3/4), and is nearer."""
    smooth = replace(TERMS, repayments=4, rate_ppm=0, has_emi_smoothing=True)
    for principal, first, last in ((40_002, 10_000, 10_002), (40_003, 10_001, 10_000)):
        rows = make_schedule(replace(smooth, principal_minor=principal)).rows
        assert (rows[0].total_minor, rows[-1].total_minor) == (first, last)


def test_interest_that_waits_is_collected_when_the_schedule_ends_early() -> None:
    terms = replace(TERMS, principal_minor=300_000, multiple_minor=100_000, repayments=5)
    rows = make_schedule(replace(terms, interest_type=InterestType.FLAT, grace=Grace(interest_payment=4))).rows
    assert [row.interest_minor for row in rows] == [0, 0, 0, 12_000]


def test_what_comes_after_a_pay_off_is_refused() -> None:
    terms = replace(
        TERMS,
        payoff=PayoffInterest.TILL_DATE,
        payments=(Flow(date(2026, 2, 10), 2_000_000),),
        further_disbursements=(Flow(date(2026, 4, 2), 100),),
    )
    with pytest.raises(BadTerms, match=r"further_disbursements\[0\].on: the loan is paid off on 2026-02-10"):
        make_schedule(terms)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"balloon_minor": 1, "interest_type": InterestType.FLAT}, "balloon_minor"),
        ({"balloon_minor": 1_000_001}, "balloon_minor"),
        ({"grace": Grace(capitalised=1), "interest_type": InterestType.FLAT}, "grace.capitalised"),
        ({"grace": Grace(capitalised=12)}, "grace.capitalised"),
        ({"is_interest_on_overdue": True}, "business_on"),
        (
            {"is_interest_on_overdue": True, "business_on": START, "payments": (Flow(date(2027, 1, 1), 1),)},
            "payments[0].on",
        ),
        ({"upfront_fee": UpfrontFee(1_000_001)}, "upfront_fee.amount_minor"),
    ],
)
def test_terms_that_can_not_be_are_named(changes: dict[str, Any], path: str) -> None:
    with pytest.raises(BadTerms) as refused:
        make_schedule(replace(TERMS, **changes))
    assert refused.value.path == path


def test_the_longest_loan_is_scheduled() -> None:
    schedule = make_schedule(replace(TERMS, principal_minor=10**15, repayments=1200, rate_ppm=100_000_000))
    assert schedule.rows[-1].balance_minor == 0
    assert json.dumps([row.total_minor for row in schedule.rows])
