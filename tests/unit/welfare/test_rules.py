"""Eligibility with its reasons, what an event brings and what a call asks, rule by rule."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from app.domain.welfare.examples import EXAMPLES
from app.domain.welfare.rules import (
    CHECK,
    NO,
    YES,
    Facts,
    Levy,
    amount_of,
    benefit_steps,
    judge,
    levy_of,
    months_between,
    share_of,
    topup_of,
    verdict_of,
)
from app.domain.welfare.scheme import CALL, Benefit, Scheme, check_scheme, scheme_of
from app.kit.errors import InvalidInput

PREMIUM = next(one.scheme for one in EXAMPLES if one.name == "premium")
TABLE = Scheme(benefits=(Benefit("parent", 40_000_00), Benefit("child", 20_000_00)))
JOINED, HAPPENED = date(2026, 1, 10), date(2026, 6, 1)


def facts(**changes: Any) -> Facts:
    base = Facts("death", "parent", "natural", HAPPENED, HAPPENED, JOINED, documents=1)
    return replace(base, **changes)


def verdict(scheme: Scheme, code: str, **changes: Any) -> str | None:
    return next((one.verdict for one in judge(scheme, facts(**changes)) if one.code == code), None)


def test_who_is_not_in_the_table_is_not_covered() -> None:
    assert [(one.code, one.verdict) for one in judge(TABLE, facts(relation="sibling"))] == [("covered", NO)]
    assert verdict_of(judge(TABLE, facts(event="hospital"))) == NO
    assert verdict_of(judge(TABLE, facts())) == YES


@pytest.mark.parametrize(
    ("happened", "cause", "expected"),
    [
        (date(2026, 3, 10), "natural", NO),
        (date(2026, 3, 11), "natural", YES),
        (date(2026, 1, 10), "accident", YES),
        (date(2026, 1, 9), "accident", NO),
    ],
)
def test_the_waiting_period_is_over_on_its_day(happened: date, cause: str, expected: str) -> None:
    assert verdict(PREMIUM, "waiting", happened_on=happened, cause=cause) == expected


@pytest.mark.parametrize(
    ("relation", "born", "expected"),
    [
        ("child", date(2025, 12, 1), YES),
        ("child", date(2025, 12, 2), NO),
        ("child", date(2000, 6, 2), YES),
        ("child", date(2000, 6, 1), NO),
        ("parent", date(1945, 1, 11), YES),
        ("parent", date(1945, 1, 10), NO),
        ("member", date(2008, 1, 10), YES),
        ("member", date(2008, 1, 11), NO),
        ("child", None, CHECK),
    ],
)
def test_ages_on_the_day_and_at_the_entry(relation: str, born: date | None, expected: str) -> None:
    """A child from 6 months to 25 years; a parent at most 80 when the member joined; a member from 18."""
    assert verdict(PREMIUM, "age", relation=relation, born_on=born) == expected


def test_more_people_than_covered_need_the_extra_premium() -> None:
    assert verdict(PREMIUM, "most", earlier=3) == YES
    assert verdict(PREMIUM, "most", earlier=4) == CHECK
    assert verdict(replace(PREMIUM, extra_minor=0), "most", earlier=4) == NO
    assert verdict(TABLE, "most", earlier=9) is None


def test_arrears_suspend_where_the_rules_say_so() -> None:
    strict = replace(TABLE, suspend_days=30)
    assert verdict(TABLE, "arrears", arrears_minor=1) is None
    assert verdict(strict, "arrears", arrears_minor=1) == NO
    assert verdict(strict, "arrears") == YES


def test_late_reports_papers_and_marriage() -> None:
    assert verdict(replace(TABLE, report_days=14), "reported", reported_on=date(2026, 6, 15)) == YES
    assert verdict(replace(TABLE, report_days=14), "reported", reported_on=date(2026, 6, 16)) == NO
    assert verdict(TABLE, "documents", documents=0) == CHECK
    assert verdict(replace(TABLE, needs_document=False), "documents", documents=0) is None
    for was, expected in ((True, YES), (False, NO), (None, CHECK)):
        assert verdict(PREMIUM, "single", relation="child", was_single=was) == expected


def test_a_share_is_capped_and_further_members_get_their_part_of_what_is_paid() -> None:
    scheme = next(one.scheme for one in EXAMPLES if one.name == "share")
    row = scheme.benefit_for("death", "parent")
    assert row is not None
    steps = benefit_steps(scheme, row, members=300, place=2)
    assert [(one.kind, one.amount_minor) for one in steps] == [
        ("share", 12_000_00),
        ("cap", 4_000_00),
        ("further", 500_00),
    ]
    assert amount_of(benefit_steps(replace(scheme, further_ppm=0), row, members=50, place=2)) == 0


def test_a_call_pays_what_it_brings_and_no_more_than_the_table() -> None:
    open_, fixed = Benefit("parent"), Benefit("parent", 500)
    scheme = Scheme(source=CALL, levy_minor=10, benefits=(open_,))
    assert amount_of(benefit_steps(scheme, open_, collected_minor=730)) == 730
    assert amount_of(benefit_steps(scheme, fixed, collected_minor=730)) == 500
    assert amount_of(benefit_steps(scheme, fixed, collected_minor=430)) == 430
    assert amount_of(benefit_steps(scheme, fixed)) == 0


def test_a_year_has_a_cap() -> None:
    row = TABLE.benefits[0]
    for paid, expected in ((0, 40_000_00), (15_000_00, 35_000_00), (60_000_00, 0)):
        found = benefit_steps(replace(TABLE, year_cap_minor=50_000_00), row, paid_this_year_minor=paid)
        assert amount_of(found) == expected


def test_a_call_asks_once_for_two_events_of_one_member() -> None:
    scheme = next(one.scheme for one in EXAMPLES if one.name == "call")
    assert levy_of(scheme, ["member"]) == Levy(25_00, 14)
    assert levy_of(scheme, ["child"]) == Levy(15_00, 14)
    assert levy_of(scheme, ["child", "spouse"]) == Levy(30_00, 20)
    assert levy_of(scheme, ["child", "spouse", "parent"]) == Levy(45_00, 20)
    assert levy_of(replace(scheme, levy_two_minor=0), ["child", "spouse"]) == Levy(30_00, 14)


def test_the_fund_is_topped_up_below_its_threshold() -> None:
    scheme = replace(TABLE, topup_below_minor=100, topup_minor=7)
    assert [topup_of(scheme, fund) for fund in (-5, 99, 100)] == [7, 7, 0]
    assert topup_of(TABLE, -5) == 0


def test_halves_go_to_the_even_unit() -> None:
    assert [share_of(amount, 500_000) for amount in (1, 2, 3, 5)] == [0, 1, 2, 2]
    assert share_of(10**15, 1_000_000) == 10**15


def test_months() -> None:
    assert months_between(date(2025, 12, 31), date(2026, 6, 30)) == 5
    assert months_between(date(2025, 12, 30), date(2026, 6, 30)) == 6


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"benefits": ()}, "benefits"),
        ({"benefits": (Benefit("parent", 5), Benefit("parent", 6))}, "benefits"),
        ({"benefits": (Benefit("parent"),)}, "amount_death_parent"),
        ({"benefits": (Benefit("parent", 5, youngest=30, oldest=20),)}, "age_death_parent"),
        ({"benefits": (Benefit("parent", share_ppm=5),)}, "deposit_minor"),
        ({"source": CALL}, "levy_minor"),
        ({"topup_minor": 5}, "topup_below_minor"),
        ({"topup_below_minor": 5}, "topup_minor"),
        ({"waiting_days": -1}, "waiting_days"),
        ({"further_ppm": 1_000_001}, "further_ppm"),
        ({"levy_days": 0}, "levy_days"),
        ({"deposit_minor": 10**16}, "deposit_minor"),
    ],
)
def test_a_scheme_that_makes_no_sense_is_refused(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_scheme(replace(TABLE, **changes))
    assert caught.value.field == field


@pytest.mark.parametrize(
    "terms", [{"other": 1}, {"benefits": [{"amount_minor": 1}]}, {"levy_days": None}, {"deposit_minor": True}]
)
def test_terms_that_no_scheme_has_are_refused(terms: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        scheme_of(terms)
