"""The programme's own list: exactly what the story says of it, in every way it may be saved."""

import csv
import hashlib
import io
from collections import Counter

import pytest

from app.domain.groups.importing.columns import SURE, guess_columns
from app.domain.groups.importing.parsing import parse
from tests.unit.importing.lists import SHIPPED, check, here

DIGEST = "e0ac4d6f8c26073356838e3c63ff9fbcc6997ecac3c3ae5e834ca45d4afd0823"
DATA = SHIPPED.read_bytes()
TEXT = DATA.decode("utf-8-sig").replace("\r\n", "\n")


def with_delimiter(mark: str) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=mark).writerows(csv.reader(io.StringIO(TEXT, newline="")))
    return out.getvalue()


SAVED = {
    "as it is": DATA,
    "without mark": TEXT.encode(),
    "windows": TEXT.encode("cp1252"),
    "latin-1": TEXT.replace("’", "'").encode("latin-1"),
    "utf-16 little": b"\xff\xfe" + TEXT.encode("utf-16-le"),
    "utf-16 big": b"\xfe\xff" + TEXT.encode("utf-16-be"),
    "utf-16 without mark": TEXT.encode("utf-16-le"),
    "semicolons": with_delimiter(";").encode(),
    "tabs": with_delimiter("\t").encode("utf-16"),
    "bars": with_delimiter("|").encode(),
    "windows line ends": TEXT.replace("\n", "\r\n").encode(),
    "old mac line ends": TEXT.replace("\n", "\r").encode(),
}


def test_it_is_shipped_byte_for_byte():
    assert hashlib.sha256(DATA).hexdigest() == DIGEST


@pytest.mark.parametrize("saved", SAVED)
def test_its_lines(saved: str):
    sheet = parse(SAVED[saved])
    assert (sheet.header_line, len(sheet.rows), sheet.empty_lines) == (1, 77, 2)
    assert [row.line for row in sheet.rows] == list(range(2, 79))
    guesses = guess_columns(sheet.columns, [row.cells for row in sheet.rows])
    assert {name: guess.column for name, guess in guesses.items()} == {
        "member_no": 0, "name": 1, "phone": 2, "region": 3, "gender": 4, "joined_on": 5, "remarks": 6,
    }  # fmt: skip
    assert {guess.confidence for guess in guesses.values()} == {SURE}


@pytest.mark.parametrize("saved", SAVED)
def test_what_is_wrong_with_it(saved: str):
    rows = check(SAVED[saved])
    assert Counter(row.status for row in rows) == {"new": 74, "error": 2, "duplicate": 1}
    flagged = {row.written["member_no"]: (row.line, row.wrong, row.why, dict(row.params)) for row in rows if row.why}
    assert flagged == {
        "BSS/075": (21, "phone", "import_phone_short", {"digits": 5}),
        "BSS/076": (49, "region", "import_region_empty", {}),
        "BSS/077": (65, "phone", "import_same_phone", {"line": 7}),
    }


def test_after_leaving_out_the_three_74_come_in_from_14_counties():
    treasurer_and_admin = here(
        ("BSS/001", "+254700000101"), ("BSS/002", "+254700000102"), empty=("region", "gender", "joined_on")
    )
    rows = check(DATA, treasurer_and_admin, left_out=(21, 49, 65))
    assert Counter(row.status for row in rows) == {"new": 72, "already": 2, "left_out": 3}
    coming = [row for row in rows if row.status != "left_out"]
    assert len({row.values["region"] for row in coming}) == 14
    already = [row for row in rows if row.known]
    assert [row.known.member_no for row in already if row.known] == ["BSS/001", "BSS/002"]
    assert {row.fills for row in already} == {("region", "gender", "joined_on")}


def test_mended_the_three_come_in_too():
    fixes = {21: {"phone": "0700 000 175"}, 49: {"region": "muranga"}, 65: {"phone": "0700000177"}}
    rows = check(DATA, fixes=fixes)
    assert Counter(row.status for row in rows) == {"new": 77}
    assert rows[47].values["region"] == "Murang'a"


def test_spellings_of_counties_are_mapped_and_shown():
    rows = check(DATA, left_out=(21, 49, 65))
    spelt = {(row.written["region"], row.values["region"]) for row in rows if "region" in row.changed}
    assert spelt == {
        ("KISUMU ", "Kisumu"),
        ("kisumu", "Kisumu"),
        ("Kisumu County", "Kisumu"),
        ("HOMA BAY", "Homa Bay"),
        ("Homabay", "Homa Bay"),
        ("Nairobi City", "Nairobi"),
        ("Uasin-Gishu", "Uasin Gishu"),
        ("Tharaka Nithi", "Tharaka-Nithi"),
        ("Murang’a", "Murang'a"),
    }


def test_names_and_formulas():
    by_no = {row.written["member_no"]: row for row in check(DATA)}
    assert by_no["BSS/008"].values["name"] == "Odhiambo Nyambura-Gathecha"
    assert by_no["BSS/033"].values["name"] == "Mumbi Ogola"
    assert by_no["BSS/051"].values["name"] == "Daniel Ogola"
    assert "name" in by_no["BSS/051"].changed
    assert by_no["BSS/046"].formulas == ("remarks",)
    assert by_no["BSS/046"].values["remarks"] == '=HYPERLINK("http://example.com","paid")'
    assert by_no["BSS/059"].values["remarks"] == "alikuwa safarini, ñandú"
    assert {row.values["phone"] for row in by_no.values() if row.values} == {
        f"+2547000001{number:02d}" for number in range(1, 75)
    }
