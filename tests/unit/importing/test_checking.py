"""Each line against the rules, the other lines and the members that are here."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.groups.importing.checking import FLAGGED
from app.kit.i18n import t
from tests.unit.importing.lists import HEADER, check, here, lines, one

GOOD = "A/1,Grace Owuor,0700000101,Busia,F,01/02/2025,"


@pytest.mark.parametrize(
    ("row", "wrong", "why"),
    [
        (",Grace Owuor,0700000101,Busia", "member_no", "import_no_empty"),
        ("A/12345678901234567890,Grace,0700000101,Busia", "member_no", "import_no_long"),
        ("A/1,,0700000101,Busia", "name", "import_name_empty"),
        ("A/1,123,0700000101,Busia", "name", "import_name_empty"),
        (f"A/1,{'x' * 121},0700000101,Busia", "name", "import_name_long"),
        ("A/1,=1+1,0700000101,Busia", "name", "import_formula"),
        ("A/1,Grace,=B2&B3,Busia", "phone", "import_formula"),
        ("A/1,Grace,07000,Busia", "phone", "import_phone_short"),
        ("A/1,Grace,07000001011111111,Busia", "phone", "import_phone_long"),
        ("A/1,Grace,+999700000101,Busia", "phone", "import_phone_country"),
        ("A/1,Grace,none,Busia", "phone", "import_phone_empty"),
        ("A/1,Grace,0700000101,", "region", "import_region_empty"),
        ("A/1,Grace,0700000101,Atlantis", "region", "import_region_unknown"),
        ("A/1,Grace,0700000101,Mombsa", "region", "import_region_suggested"),
        ("A/1,Grace,0700000101,Busia,x", "gender", "import_gender"),
        ("A/1,Grace,0700000101,Busia,F,31/02/2025", "joined_on", "import_date"),
        ("A/1,Grace,0700000101,Busia,F,22/11/2026", "joined_on", "import_date_range"),
        ("A/1,Grace,0700000101,Busia,F,01/01/1949", "joined_on", "import_date_range"),
        (f"A/1,Grace,0700000101,Busia,F,,{'x' * 501}", "remarks", "import_remarks_long"),
        ("A/1,Owuor, Grace,0700000101,Busia,F,01/02/2025,", "phone", "import_phone_empty"),
        ("A/1,Owuor, Grace,0700000101,Busia,F,01/02/2025,x", "name", "import_cells"),
        ("Total,,,77", "name", "import_total"),
        ("JUMLA:,,,", "name", "import_total"),
    ],
)
def test_errors(row: str, wrong: str, why: str):
    found = one(row)
    assert (found.status, found.wrong, found.why) == ("error", wrong, why)
    assert t(f"invalid.{why}", **found.params)


def test_a_good_line():
    found = one('A/1,"OWUOR, GRACE",0700 000 101,BUSIA,Mke,1/2/2025,  pays   late ')
    assert found.status == "new"
    assert found.values == {
        "member_no": "A/1",
        "name": "Grace Owuor",
        "phone": "+254700000101",
        "region": "Busia",
        "gender": "F",
        "joined_on": "2025-02-01",
        "remarks": "pays late",
    }
    assert set(found.changed) == {"name", "phone", "region", "gender", "joined_on", "remarks"}


@pytest.mark.parametrize(
    "phone", ["700000101", "254700000101", "+254 700-000-101", "0700 000 101", '"=""0700000101"""']
)
def test_a_phone_is_the_same_however_written(phone: str):
    first, second = check(lines(GOOD, f"A/2,Other,{phone},Busia"))
    assert (first.status, second.status) == ("new", "duplicate")
    assert (second.wrong, second.why, dict(second.params)) == ("phone", "import_same_phone", {"line": 2})


def test_numbers_are_the_same_in_any_case():
    _, second = check(lines("a/1,Grace,0700000101,Busia", "A/1,Other,0700000102,Busia"))
    assert (second.status, second.wrong, second.why) == ("duplicate", "member_no", "import_same_no")


def test_a_twin_comes_in_when_the_first_is_left_out():
    rows = check(lines(GOOD, "A/2,Other,0700000101,Busia"), left_out=[2])
    assert [row.status for row in rows] == ["left_out", "new"]


def test_two_lines_without_phone_are_two_members():
    rows = check(lines("A/1,Grace,,Busia", "A/2,Other,,Busia"))
    assert [row.status for row in rows] == ["new", "new"]


def test_mending_stands_in_the_place_of_the_cell():
    data = lines("A/1,Grace,07000,Busia", "A/2,Other,0700000102,Mombsa")
    first, second = check(data)
    assert second.suggestion == "Mombasa"
    rows = check(data, fixes={2: {"phone": "0700000101"}, 3: {second.wrong: second.suggestion}})
    assert [row.status for row in rows] == ["new", "new"]
    assert rows[0].written["phone"] == "0700000101"
    assert check(data, fixes={2: {"phone": "07000"}})[0].why == first.why


def test_a_line_of_too_many_cells_is_written_anew():
    data = lines("A/1,Owuor, Grace,0700000101,Busia,F,01/02/2025,x")
    fix = {
        "name": "Grace Owuor",
        "phone": "0700000101",
        "region": "Busia",
        "gender": "F",
        "joined_on": "",
        "remarks": "",
    }
    (row,) = check(data, fixes={2: fix})
    assert row.status == "new"


def test_the_line_in_which_a_file_breaks_off():
    data = lines(GOOD, "A/2,Other,0700000102,Busia,M,15/12/20").rstrip("\n")
    _, cut = check(data)
    assert (cut.status, cut.wrong, cut.why) == ("error", "joined_on", "import_cut")
    _, mended = check(data, fixes={3: {"joined_on": "15/12/2025"}})
    assert mended.status == "new"


def test_an_empty_line_is_ignored_even_when_left_out():
    data = "Member No,Full Name,Phone,Other\nA/1,Grace,0700000101,\n,,,something\n"
    assert [row.status for row in check(data, left_out=[3])] == ["new", "empty"]


def test_without_a_column_for_counties_none_is_asked_for():
    (row,) = check("Member No,Full Name,Phone\nA/1,Grace,0700000101\n")
    assert (row.status, row.values["region"]) == ("new", "")


def test_columns_that_are_not_chosen_make_each_line_an_error():
    for columns in ({}, {"phone": 2}):
        (row,) = check(lines(GOOD), columns=columns)
        assert (row.status, row.wrong, row.why) == ("error", "member_no", "import_column_missing")


def test_known_by_phone():
    members = here(("B/9", "+254700000101"), empty=("region", "remarks"))
    row = one(GOOD, members)
    assert (row.status, row.known and row.known.member_no) == ("already", "B/9")
    assert row.fills == ("region",)


def test_known_by_number_when_the_line_has_no_phone():
    row = one("A/1,Grace,,Busia", here(("A/1", "+254700000101")))
    assert row.status == "already"


def test_a_number_that_another_has():
    row = one(GOOD, here(("A/1", "+254700000199")))
    assert (row.status, row.wrong, row.why) == ("error", "member_no", "import_no_taken")
    row = one(GOOD, here(("A/1", None)))
    assert (row.status, row.why) == ("error", "import_no_taken")


def test_number_and_phone_of_two_members():
    row = one(GOOD, here(("A/1", "+254700000199"), ("A/2", "+254700000101")))
    assert (row.status, row.why) == ("error", "import_two_members")
    assert dict(row.params) == {"number": "A/1", "other": "A/2"}
    assert t(f"invalid.{row.why}", **row.params)


def test_two_lines_for_one_member_here():
    rows = check(lines("X/9,Grace,0700000101,Busia", "A/1,Grace,,Busia"), here(("A/1", "+254700000101")))
    assert [(row.status, row.why) for row in rows] == [("already", ""), ("duplicate", "import_same_member")]


ROWS = st.lists(st.lists(st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=15), max_size=7), max_size=8)
FILLED = ROWS.filter(lambda table: any(cell.strip() for row in table for cell in row))


@given(FILLED)
def test_every_line_gets_a_status_and_every_cause_has_words(table: list[list[str]]):
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([HEADER.split(","), *table])
    for row in check(out.getvalue()):
        assert row.status in {"new", "error", "duplicate", "empty"}
        assert (row.status in FLAGGED) == bool(row.why) == bool(row.wrong)
        if row.why:
            assert t(f"invalid.{row.why}", **row.params)
