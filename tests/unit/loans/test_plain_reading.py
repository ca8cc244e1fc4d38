"""Two readings of the same words, made apart, agree: on the public cases, and on random ones of the whole form."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.loans.form import read_product, write_schedule
from app.domain.loans.schedule import make_schedule
from tests.unit.loans.plain_reading import plain_schedule
from tests.unit.loans.products import DRAW, EVENTS, OVERDUE, PAYOFF, RATE, products

TOGETHER = (
    (),
    *((one,) for one in EVENTS),
    (RATE, DRAW),
    (RATE, PAYOFF),
    (DRAW, OVERDUE),
    (OVERDUE, PAYOFF),
    EVENTS,
)
CASES = json.loads((Path(__file__).parent / "cases" / "loan_schedules.json").read_text("utf-8"))["cases"]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_the_plain_reading_reproduces_the_public_cases(case: dict[str, Any]) -> None:
    assert plain_schedule(case["product"]) == case["expected"]


@pytest.mark.parametrize("events", TOGETHER, ids=lambda events: " and ".join(events) or "any or none")
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_the_engine_reads_the_words_as_the_plain_reading_does(events: tuple[str, ...], data: st.DataObject) -> None:
    product = data.draw(products(*events))
    made = write_schedule(make_schedule(read_product(product)), product["decimals"])
    assert made["expected"] == plain_schedule(product)
