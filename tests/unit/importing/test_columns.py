"""Columns by their headers in two languages, by vague headers, by content."""

import pytest

from app.domain.groups.importing.columns import FAINT, LIKELY, SURE, Guess, guess_columns, header_field


def guess(header: str, *rows: str) -> dict[str, int]:
    found = guess_columns(tuple(header.split(",")), [tuple(row.split(",")) for row in rows])
    return {name: one.column for name, one in found.items()}


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Member No,Full Name,Phone (M-Pesa),County,Sex,Date Joined,Notes", "0123456"),
        ("Jina kamili,Nambari ya mwanachama,Simu,Kaunti,Jinsia,Alijiunga,Maoni", "1023456"),
        ("JINA,NAMBA YA MWANACHAMA,NAMBA YA SIMU,WILAYA,JINSIA,TAREHE YA KUJIUNGA,MAELEZO", "1023456"),
    ],
)
def test_by_header(header: str, expected: str):
    fields = ("member_no", "name", "phone", "region", "gender", "joined_on", "remarks")
    assert guess(header) == {name: int(index) for name, index in zip(fields, expected, strict=True)}


def test_the_surest_column_wins_not_the_first():
    assert guess("No,Member No,Name,Contact,Phone") == {"member_no": 1, "name": 2, "phone": 4}
    assert guess("No,Name,Contact") == {"member_no": 0, "name": 1, "phone": 2}


def test_confidence():
    found = guess_columns(("No", "Full Nmae", "Number to pay", "Phone"), [("1", "Abdi", "x", "y")])
    assert found["phone"] == Guess(3, SURE)
    assert found["member_no"] == Guess(0, LIKELY)
    assert found["name"].column == 1
    assert 85 <= found["name"].confidence < SURE


def test_by_content_where_no_header_speaks():
    rows = [
        ("1", "Abdi", "0700 000 101", "Homabay"),
        ("2", "Were", "+254 700-000-102", "kisumu"),
        ("3", "Noor", "", "Busia"),
    ]
    found = guess_columns(("Namba", "Jina", "Nyingine", "Anakoishi"), rows)
    assert found["phone"] == Guess(2, FAINT)
    assert found["region"] == Guess(3, FAINT)
    assert "region" not in guess_columns(("Namba", "Jina", "Nyingine", "Anakoishi"), rows, country="IN")


@pytest.mark.parametrize("cell", ["", "   ", "()", "Kitambulisho", "0700000101", "Abdi Noor"])
def test_what_no_header_is(cell: str):
    assert header_field(cell) is None
