"""A payment over what is owed: no unit is made or lost, and the order is the rule's. Interest is in every loan here."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.loans.allocation import DEFAULT, Claim, Part, Strategy, allocate
from app.domain.loans.book import Book
from app.domain.loans.schedule import make_schedule
from app.domain.loans.terms import LoanTerms, Unit

START = date(2026, 1, 1)
TERMS = LoanTerms(1_200_000, 240_000, 6, Unit.MONTHS, START, START)
ORDERS = st.permutations(list(Part)).map(tuple)
STRATEGIES = st.builds(Strategy, ORDERS, ORDERS, st.booleans())
DAYS = st.dates(START, START + timedelta(days=250))


@st.composite
def claims(draw: st.DrawFn) -> list[Claim]:
    """Of up to six instalments, each with some parts; charges have dates of their own."""
    made = []
    for n in range(1, draw(st.integers(1, 6)) + 1):
        falls_on = START + timedelta(days=30 * n)
        for part in draw(st.sets(st.sampled_from(list(Part)))):
            is_charge = part in (Part.PENALTY, Part.FEE)
            due_on = falls_on - timedelta(days=draw(st.integers(0, 29))) if is_charge else falls_on
            made.append(Claim(n, part, due_on, falls_on, draw(st.integers(0, 500))))
    return draw(st.permutations(made))


@given(claims(), st.integers(0, 8_000), DAYS, STRATEGIES)
def test_no_unit_is_made_or_lost(owed: list[Claim], amount: int, on: date, strategy: Strategy) -> None:
    found = allocate(owed, amount, on, strategy)
    assert sum(one.amount_minor for one in found.portions) + found.rest_minor == amount
    assert len({one.claim for one in found.portions}) == len(found.portions)
    assert all(0 < one.amount_minor <= owed[one.claim].unpaid_minor for one in found.portions)
    if found.rest_minor:
        assert amount - found.rest_minor == sum(claim.unpaid_minor for claim in owed)


@given(claims(), st.integers(0, 8_000), DAYS, STRATEGIES)
def test_the_order_is_the_rules(owed: list[Claim], amount: int, on: date, strategy: Strategy) -> None:
    """Against the words, one unit at a time: the first claim in turn that is unpaid takes it."""
    left = [claim.unpaid_minor for claim in owed]

    def turn(at: int) -> tuple[object, ...]:
        claim = owed[at]
        if claim.due_on > on:
            return (1, claim.n, strategy.in_advance.index(claim.part), claim.due_on)
        if strategy.is_oldest_first:
            return (0, claim.n, strategy.due.index(claim.part), claim.due_on)
        return (0, strategy.due.index(claim.part), claim.due_on)

    given_by_hand: Counter[int] = Counter()
    for at in sorted(range(len(owed)), key=turn):
        taken = min(amount, left[at])
        amount -= taken
        given_by_hand[at] += taken
    found = allocate(owed, sum(given_by_hand.values()) + amount, on, strategy)
    assert {one.claim: one.amount_minor for one in found.portions} == {k: v for k, v in given_by_hand.items() if v}


@given(claims(), st.integers(0, 8_000), DAYS, STRATEGIES, st.randoms(use_true_random=False))
def test_the_order_of_the_list_means_nothing(
    owed: list[Claim], amount: int, on: date, strategy: Strategy, chance
) -> None:
    other = list(owed)
    chance.shuffle(other)
    one, two = (allocate(given, amount, on, strategy) for given in (owed, other))
    assert {owed[p.claim]: p.amount_minor for p in one.portions} == {
        other[p.claim]: p.amount_minor for p in two.portions
    }


def _paid(payments: list[tuple[int, date]], strategy: Strategy) -> list[int]:
    book = Book.of(make_schedule(TERMS).rows, strategy)
    book.charge(Part.FEE, START + timedelta(days=40), 700)
    book.charge(Part.PENALTY, START + timedelta(days=45), 900)
    for amount, on in payments:
        book.pay(amount, on)
    return [item.paid_minor for item in book.items]


@settings(deadline=None)
@given(st.lists(st.integers(0, 400_000), min_size=1, max_size=4), DAYS, STRATEGIES)
def test_payments_of_one_day_may_come_in_any_order_or_at_once(sums: list[int], on: date, strategy: Strategy) -> None:
    at_once = _paid([(sum(sums), on)], strategy)
    assert all(_paid([(one, on) for one in order], strategy) == at_once for order in permutations(sums))


def test_the_default_takes_penalties_fees_interest_principal() -> None:
    book = Book.of(make_schedule(TERMS).rows)
    row = make_schedule(TERMS).rows[0]
    book.charge(Part.FEE, row.due_on, 700)
    book.charge(Part.PENALTY, row.due_on, 900)
    assert book.pay(1_000, row.due_on) == {Part.PENALTY: 900, Part.FEE: 100, Part.INTEREST: 0, Part.PRINCIPAL: 0}
    assert book.pay(600 + row.interest_minor + 5, row.due_on)[Part.PRINCIPAL] == 5


def test_interest_of_all_that_is_due_comes_before_principal() -> None:
    schedule = make_schedule(TERMS)
    first, second = schedule.rows[:2]
    book = Book.of(schedule.rows)
    given_ = book.pay(first.interest_minor + second.interest_minor + 1, second.due_on)
    assert (given_[Part.INTEREST], given_[Part.PRINCIPAL]) == (first.interest_minor + second.interest_minor, 1)
    oldest = Book.of(schedule.rows, replace(DEFAULT, is_oldest_first=True))
    assert oldest.pay(first.total_minor, second.due_on)[Part.INTEREST] == first.interest_minor


def test_an_early_payment_is_in_advance_a_late_one_late_and_one_on_its_day_neither() -> None:
    rows = make_schedule(TERMS).rows
    book = Book.of(rows)
    book.pay(100, rows[0].due_on - timedelta(days=1))
    book.pay(200, rows[0].due_on)
    book.pay(400, rows[0].due_on + timedelta(days=1))
    first = book.standings()[0]
    assert (first.paid_minor, first.in_advance_minor, first.late_minor) == (700, 100, 400)
    assert first.outstanding_minor == rows[0].total_minor - 700


def test_an_over_payment_is_left_over() -> None:
    schedule = make_schedule(TERMS)
    book = Book.of(schedule.rows)
    total = schedule.totals.total_minor
    assert book.allocation(total + 7, START).rest_minor == 7
    assert sum(book.pay(total + 7, START).values()) == total
    assert book.unpaid() == 0
    assert all(one.outstanding_minor == 0 for one in book.standings())


def test_a_charge_is_under_the_instalment_that_comes_next_or_the_last() -> None:
    rows = make_schedule(TERMS).rows
    book = Book.of(rows)
    for on in (START, rows[0].due_on, rows[0].due_on + timedelta(days=1), rows[-1].due_on + timedelta(days=9)):
        book.charge(Part.FEE, on, 1)
    assert [item.n for item in book.items[-4:]] == [1, 1, 2, 6]
    assert book.unpaid([Part.FEE], due_by=rows[0].due_on) == 2


@pytest.mark.parametrize(
    "name",
    [
        "",
        "DUE_PENALTY_FEE_INTEREST_PRINCIPAL",
        "DUE_PENALTY_FEE_INTEREST_INTEREST_IN_ADVANCE_PENALTY_FEE_INTEREST_PRINCIPAL",
        "DUE_PENALTY_FEE_INTEREST_PRINCIPAL_IN_ADVANCE_PENALTY_FEE_INTEREST_PRINCIPAL_FEE",
        "due_penalty_fee_interest_principal_in_advance_penalty_fee_interest_principal",
    ],
)
def test_a_name_that_is_no_strategy_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is no strategy"):
        Strategy.parse(name)


def test_a_name_is_read_as_it_says() -> None:
    read = Strategy.parse("DUE_PRINCIPAL_INTEREST_FEE_PENALTY_IN_ADVANCE_FEE_PENALTY_PRINCIPAL_INTEREST")
    assert read.due == (Part.PRINCIPAL, Part.INTEREST, Part.FEE, Part.PENALTY)
    assert read.in_advance == (Part.FEE, Part.PENALTY, Part.PRINCIPAL, Part.INTEREST)


def test_a_negative_payment_is_refused() -> None:
    with pytest.raises(ValueError, match="not negative"):
        allocate([], -1, START)
