"""What the import page makes of lines, counts and refusals."""

import pytest

from app.web.treasurer.states.imports import import_label, line_row, refusal, region_of, result_line
from tests.unit.importing.lists import one


def test_dates_and_phones_are_written_as_elsewhere():
    row = line_row(one("A/1,Grace,0700000101,Busia,F,2025-02-01,"))
    assert (row.joined, row.phone) == ("1 Feb 2025", "+254 700 000101")


def test_a_wrong_line_shows_what_is_written():
    row = line_row(one("A/1,Grace,07,Busia,F,2025-02-01,"))
    assert (row.joined, row.phone, row.wrong) == ("2025-02-01", "07", "phone")
    assert row.why == "The phone number is too short: 2 digits."


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("KISUMU", ""),
        ("kisumu ", ""),
        ("Kisumu", ""),
        ("Kisumu County", "your file says “Kisumu County”"),
        ("Muranga", "your file says “Muranga”"),
    ],
)
def test_only_another_spelling_of_a_county_is_shown(written: str, said: str):
    row = line_row(one(f"A/1,Grace,0700000101,{written}"))
    assert (row.was_region, row.was_name) == (said, "")


@pytest.mark.parametrize(
    ("written", "chosen"),
    [("Mombsa", "Mombasa"), ("KISUMU", "Kisumu"), ("Atlantis", "Atlantis"), ("", "")],
)
def test_the_list_of_counties_begins_with_the_suggestion(written: str, chosen: str):
    assert region_of(one(f"A/1,Grace,0700000101,{written}"), "KE") == chosen


def test_no_part_that_is_none_is_named():
    assert import_label(72, 2) == "Import 72 new, 2 already here"
    assert import_label(1, 0) == "Import 1 new member"
    assert import_label(0, 2) == "Bring 2 members up to date"
    assert result_line(72, 2).startswith("72 new members came in. 2 were here already")
    assert result_line(1, 0) == "1 new member came in."


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"refused": "file_missing"}, "Choose a file first."),
        ({"refused": "file_truncated", "line": "3"}, "opens on line 3"),
        ({"refused": "file_too_wide", "line": "3", "limit": "50"}, "more than 50 cells"),
        ({"refused": "file_truncated"}, ""),
        ({"refused": "file_truncated", "line": "call 0700"}, ""),
        ({"refused": "file_truncated", "line": "9" * 10}, ""),
        ({"refused": "not_found"}, ""),
        ({}, ""),
    ],
)
def test_the_page_says_only_sentences_of_its_own(query: dict[str, str], words: str):
    said = refusal(query)
    assert words in said
    assert bool(said) == bool(words)
