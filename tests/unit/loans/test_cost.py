"""True cost and pay-off quotes, held against numpy-financial, pyxirr and the public figures."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy_financial as npf
import pytest
import pyxirr
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.domain.loans.book import Book
from app.domain.loans.cost import cash_flows, internal_rate, true_cost, yearly_rate
from app.domain.loans.form import read_product
from app.domain.loans.payoff import quote_payoff
from app.domain.loans.schedule import Schedule, make_schedule
from app.domain.loans.terms import Flow, Grace, InterestType, LoanTerms, PayoffInterest, Unit, UpfrontFee
from tests.unit.loans.products import products

START = date(2024, 1, 1)
FLAT = LoanTerms(500_000, 120_000, 18, Unit.MONTHS, START, START, interest_type=InterestType.FLAT, multiple_minor=100)
EMI = LoanTerms(10_000, 70_000, 6, Unit.MONTHS, START, START, year_days=360, month_days=30, has_emi_smoothing=True)


def test_flat_twelve_percent_costs_nearly_twice_that() -> None:
    """1.805 % a month on money really held, 21.66 % nominal, 23.94 % effective. [DOMAIN.md 4]"""
    cost = true_cost(make_schedule(FLAT))
    assert cost is not None
    assert (cost.received_minor, cost.repaid_minor, cost.cost_minor) == (500_000, 590_000, 90_000)
    rounded = [round(100 * one, digits) for one, digits in ((cost.monthly, 3), (cost.nominal_annual, 2))]
    assert [*rounded, round(100 * cost.effective_annual, 2)] == [Decimal("1.805"), Decimal("21.66"), Decimal("23.94")]


def test_a_declining_loan_costs_what_it_says() -> None:
    cost = true_cost(make_schedule(replace(EMI, principal_minor=10_000_000)))
    assert cost is not None
    assert cost.nominal_annual == pytest.approx(Decimal("0.07"), abs=Decimal("0.00001"))


def test_a_loan_without_interest_costs_nothing_and_a_fee_makes_it_cost() -> None:
    free = replace(FLAT, rate_ppm=0)
    cost = true_cost(make_schedule(free))
    assert cost is not None
    assert (cost.monthly, cost.cost_minor) == (0, 0)
    kept = true_cost(make_schedule(replace(free, upfront_fee=UpfrontFee(10_000))))
    added = true_cost(make_schedule(replace(free, upfront_fee=UpfrontFee(10_000, is_added=True))))
    assert kept is not None
    assert added is not None
    assert kept.cost_minor == added.cost_minor == 10_000
    assert kept.monthly > added.monthly > 0, "less money was held for the same fee"


def test_weeks_are_told_by_month_and_year() -> None:
    weekly = replace(FLAT, unit=Unit.WEEKS, multiple_minor=1)
    cost = true_cost(make_schedule(weekly))
    assert cost is not None
    week = cost.nominal_annual / 52
    assert cost.effective_annual == pytest.approx((1 + week) ** 52 - 1)
    assert (1 + cost.monthly) ** 12 - 1 == pytest.approx(cost.effective_annual)


def test_a_long_first_period_counts_by_its_days() -> None:
    """A new schedule from 1 January, due from 15 February: 45 days of a period of 31."""
    terms = replace(
        FLAT,
        principal_minor=1_463_045,
        rate_ppm=180_000,
        repayments=3,
        interest_type=InterestType.DECLINING_BALANCE,
        multiple_minor=1,
        starts_on=date(2024, 1, 15),
    )
    schedule = make_schedule(terms)
    assert [row.due_on for row in schedule.rows] == [date(2024, 2, 15), date(2024, 3, 15), date(2024, 4, 15)]
    cost = true_cost(schedule)
    assert cost is not None
    monthly, first = float(cost.monthly), 45 / 31
    worth = sum(row.total_minor / (1 + monthly) ** (first + place) for place, row in enumerate(schedule.rows))
    assert worth == pytest.approx(1_463_045, rel=1e-9)
    theirs = pyxirr.xirr([START, *(row.due_on for row in schedule.rows)], [-1_463_045.0, *_paid(schedule)])
    assert float(cost.effective_annual) == pytest.approx(theirs, abs=0.003)
    assert round(100 * cost.effective_annual, 2) == Decimal("19.52")


@pytest.mark.parametrize("day", range(2, 32))
@pytest.mark.parametrize("starts_on", [date(2024, 1, 1), date(2024, 1, 31)])
def test_a_first_period_of_any_length_costs_what_the_days_say(starts_on: date, day: int) -> None:
    """Paid out before or after a whole first period would begin: by days nearly the same, by periods exactly."""
    schedule = make_schedule(
        replace(
            FLAT, starts_on=starts_on, disbursed_on=date(2024, 1, day), interest_type=InterestType.DECLINING_BALANCE
        )
    )
    cost = true_cost(schedule)
    assert cost is not None
    theirs = pyxirr.xirr([date(2024, 1, day), *(row.due_on for row in schedule.rows)], [-500_000.0, *_paid(schedule)])
    assert float(cost.effective_annual) == pytest.approx(theirs, abs=0.002)
    assert cost.effective_annual == pytest.approx(Decimal("0.1268"), abs=Decimal("0.0015")), "12 % a year, 1 % a month"


def _paid(schedule: Schedule) -> list[float]:
    return [float(row.total_minor) for row in schedule.rows]


def test_there_is_no_rate_where_nothing_is_held() -> None:
    assert true_cost(make_schedule(replace(FLAT, upfront_fee=UpfrontFee(500_000)))) is None
    assert internal_rate([]) is None
    assert internal_rate([(Decimal(0), -1), (Decimal(0), 5)]) is None
    assert internal_rate([(Decimal(0), -1), (Decimal(1), 10**15)]) is None


@settings(deadline=None, max_examples=60)
@given(
    st.integers(10_000, 10**8),
    st.integers(1, 40),
    st.integers(0, 1_000_000),
    st.sampled_from(list(InterestType)),
    st.integers(0, 3),
)
def test_numpy_financial_and_pyxirr_agree_on_the_rate(
    principal: int, n: int, rate_ppm: int, kind: InterestType, grace: int
) -> None:
    schedule = make_schedule(
        replace(
            FLAT,
            principal_minor=principal,
            repayments=n,
            rate_ppm=rate_ppm,
            interest_type=kind,
            grace=Grace(principal=min(grace, n - 1)),
        )
    )
    cost = true_cost(schedule)
    assert cost is not None
    flows = [float(-principal), *(float(row.total_minor) for row in schedule.rows)]
    period = float(cost.nominal_annual / 12)
    assert period == pytest.approx(npf.irr(flows), abs=1e-7)
    assert period == pytest.approx(pyxirr.irr(flows), abs=1e-7)


@settings(deadline=None, max_examples=60)
@given(products())
def test_pyxirr_agrees_by_the_day(product: dict[str, Any]) -> None:
    assume(not product["further_disbursements"])
    schedule = make_schedule(read_product(product))
    flows = cash_flows(schedule)
    theirs = pyxirr.xirr([on for on, _ in flows], [float(amount) for _, amount in flows], silent=True)
    ours = yearly_rate(flows)
    if ours is not None and theirs is not None and abs(theirs) < 100:
        assert float(ours) == pytest.approx(theirs, abs=1e-6, rel=1e-6)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(st.integers(1, 60), st.integers(1, 10**6)), min_size=1, max_size=12), st.integers(1, 10**7))
def test_the_rate_found_brings_the_worth_to_nothing(paid: list[tuple[int, int]], lent: int) -> None:
    flows = [(Decimal(0), -lent), *((Decimal(time), amount) for time, amount in paid)]
    rate = internal_rate(flows)
    if rate is not None:
        worth = sum(Decimal(amount) / (1 + rate) ** time for time, amount in flows)
        assert abs(worth) < Decimal("1e-6") * lent


def test_a_pay_off_is_quoted_both_ways() -> None:
    """F18 of the public cases: 83.81 = 83.57 + 0.24 on 2024-02-15; to the due date 0.49."""
    schedule = make_schedule(EMI)
    book = Book.of(schedule.rows)
    book.pay(1701, date(2024, 2, 1))
    to_date = quote_payoff(schedule, book, date(2024, 2, 15), PayoffInterest.TILL_DATE)
    assert (to_date.principal_minor, to_date.interest_minor, to_date.total_minor) == (8357, 24, 8381)
    to_due = quote_payoff(schedule, book, date(2024, 2, 15), PayoffInterest.TILL_DUE_DATE)
    assert (to_due.counted_to, to_due.interest_minor, to_due.total_minor) == (date(2024, 3, 1), 49, 8406)


@settings(deadline=None, max_examples=150)
@given(
    days=st.integers(0, 200),
    convention=st.sampled_from(list(PayoffInterest)),
    kind=st.sampled_from(list(InterestType)),
    waiting=st.integers(0, 3),
)
def test_the_engine_takes_the_quote_for_the_pay_off(
    days: int, convention: PayoffInterest, kind: InterestType, waiting: int
) -> None:
    """A quote is what the schedule engine calls covering: one unit less is none. What fell due before is paid."""
    on = START + timedelta(days=min(days, 181))
    terms = replace(
        EMI,
        principal_minor=1_000_000,
        interest_type=kind,
        grace=Grace(interest_payment=waiting),
        further_disbursements=(Flow(START, 500_000),),
    )
    schedule = make_schedule(terms)
    book = Book.of(schedule.rows)
    paid = []
    for row in schedule.rows:
        if row.due_on < on and row.total_minor:
            book.pay(row.total_minor, row.due_on)
            paid.append(Flow(row.due_on, row.total_minor))
    quote = quote_payoff(schedule, book, on, convention).total_minor
    for amount, is_covered in ((quote, True), (quote - 1, False)):
        found = make_schedule(replace(terms, payoff=convention, payments=(*paid, Flow(on, amount))))
        assert (found.paid_off_on == on) is is_covered


def test_what_is_due_and_unpaid_is_in_the_quote() -> None:
    schedule = make_schedule(EMI)
    unpaid = quote_payoff(schedule, Book.of(schedule.rows), date(2024, 2, 15), PayoffInterest.TILL_DATE)
    assert (unpaid.principal_minor, unpaid.interest_minor) == (10_000, 58 + 24)
    late = quote_payoff(schedule, Book.of(schedule.rows), date(2025, 1, 1), PayoffInterest.TILL_DATE)
    assert late.total_minor == schedule.totals.total_minor, "nothing is added after the last due date"
    with pytest.raises(ValueError, match="before the disbursement"):
        quote_payoff(schedule, Book.of(schedule.rows), date(2023, 12, 31), PayoffInterest.TILL_DATE)


def test_interest_paid_in_advance_counts() -> None:
    schedule = make_schedule(EMI)
    book = Book.of(schedule.rows)
    book.pay(30, date(2024, 1, 10))
    quote = quote_payoff(schedule, book, date(2024, 2, 1), PayoffInterest.TILL_DATE)
    assert (quote.principal_minor, quote.interest_minor) == (10_000, 28), "0.58 were due, 0.30 paid early"
    under_way = quote_payoff(schedule, book, date(2024, 1, 31), PayoffInterest.TILL_DATE)
    assert under_way.interest_minor == 56 - 30


def test_capitalised_interest_is_owed_as_far_as_it_has_run() -> None:
    schedule = make_schedule(replace(EMI, principal_minor=1_000_000, grace=Grace(capitalised=2)))
    quote = quote_payoff(schedule, Book.of(schedule.rows), date(2024, 2, 15), PayoffInterest.TILL_DUE_DATE)
    first, second = schedule.rows[:2]
    assert quote.principal_minor == 1_000_000 + first.capitalised_minor
    assert quote.interest_minor == pytest.approx(second.capitalised_minor, abs=1), "the schedule rounds the compound"
