"""Amounts as people type them."""

import pytest

from app.kit.errors import InvalidInput
from app.kit.money import parse_amount


@pytest.mark.parametrize(
    ("typed", "minor"),
    [
        ("500", 50_000),
        ("KES 1,500.5", 150_050),
        ("1,00,000.50", 10_000_050),
        ("1,000,000", 100_000_000),
        ("12 000", 1_200_000),
        ("५००", 50_000),
    ],
)
def test_amounts_are_read_as_written(typed: str, minor: int) -> None:
    assert parse_amount(typed, "KES") == minor


@pytest.mark.parametrize("typed", ["1,0,0", "100,50", "1,00", ",500", "500,", "1,,000", "12,34,56", "5 00", "0", "-5"])
def test_what_could_mean_two_amounts_means_none(typed: str) -> None:
    with pytest.raises(InvalidInput):
        parse_amount(typed, "KES")
