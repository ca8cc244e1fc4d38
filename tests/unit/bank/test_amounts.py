"""Amounts as banks write them; what could be read as ten times as much is not read at all."""

import re

import pytest

from app.domain.reconciliation.bank.amounts import money_reader, to_minor


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("1,00,000.00", 100_000_00),
        ("12,50,000", 1_250_000_00),
        ("1,250.00 Dr", -1_250_00),
        ("(250.00)", -250_00),
        ("1 234.5", 1_234_50),
        ("1\u2019234.50", 1_234_50),
        ("5,000/-", 5_000_00),
        ("\u0967\u0968", 12_00),
        (".50", 50),
    ],
)
def test_as_banks_write_them(text: str, minor: int) -> None:
    assert to_minor(text, 2) == minor
    assert money_reader(2, comma=False)(text) == minor


def test_with_a_decimal_comma() -> None:
    assert [to_minor(text, 2, comma=True) for text in ("1.250,00", "1.000.000", "1 250,5")] == [
        1_250_00,
        10**8,
        1_250_50,
    ]


@pytest.mark.parametrize(
    "text",
    [
        "5\u00b2",
        "\u2460",
        "1\u00bd",
        "1,5",
        "1 2 3",
        "1,2,3.00",
        "1,5.00",
        "1,25,0.00",
        "10,00.00",
        "1_0",
        "1e3",
        "nan",
    ],
)
def test_what_no_bank_writes_is_refused(text: str) -> None:
    for read in (lambda given: to_minor(given, 2), money_reader(2, comma=False)):
        with pytest.raises(ValueError, match=re.escape(text[:1])):
            read(text)
