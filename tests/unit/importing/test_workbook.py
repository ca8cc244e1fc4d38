"""Workbooks: what a sheet says, which sheet is meant, and files that mean harm or are something else."""

import random
from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest

from app.domain.groups.importing.columns import guess_columns
from app.domain.groups.importing.parsing import Sheet
from app.domain.groups.importing.workbook import parse_workbook
from app.kit import workbooks as workbook
from app.kit.errors import InvalidInput
from app.kit.i18n import t
from app.kit.sheets import to_xlsx
from app.kit.workbooks import is_workbook
from app.web.treasurer.states.imports import REFUSED, refusal
from tests.unit.importing.books import HEADER, book, line, packed, parts_of, sheet, text

GRACE = ("Z/1", "Grace Wanjiru", "0719000001", "Kisumu")


def read(data: bytes) -> dict[str, Sheet]:
    assert is_workbook(data)
    return parse_workbook(data)


def refused(data: bytes) -> InvalidInput:
    """Why it is not taken; each refusal has its sentence on the import page."""
    with pytest.raises(InvalidInput) as caught:
        read(data)
    error = caught.value
    assert error.field == "file"
    assert set(REFUSED[error.why]) == set(error.params)
    assert refusal({"refused": error.why, **{name: str(value) for name, value in error.params.items()}})
    return error


def only(data: bytes) -> Sheet:
    (found,) = read(data).values()
    return found


def test_numbers_are_digits_and_days_are_days():
    rows = [
        ["Our members, 2026"],
        [],
        ["Member No", "Full Name", "Phone", "Joined", "County"],
        [Decimal(7), "Grace Wanjiru", Decimal(254719000001), date(2025, 1, 22), "Kisumu"],
        [],
        [Decimal("7.5"), "Ann Were", "0719000002", date(2023, 6, 5), "Busia"],
    ]
    found = only(to_xlsx(rows, name="Members", heads=[2], widths=[]))
    assert (found.header_line, found.columns, found.empty_lines) == (3, tuple(rows[2]), 1)
    assert [(row.line, row.cells) for row in found.rows] == [
        (4, ("7", "Grace Wanjiru", "254719000001", "2025-01-22", "Kisumu")),
        (6, ("7.5", "Ann Were", "0719000002", "2023-06-05", "Busia")),
    ]
    assert {name: guess.column for name, guess in guess_columns(found.columns, ()).items()} == {
        "member_no": 0, "name": 1, "phone": 2, "joined_on": 3, "region": 4,
    }  # fmt: skip


def test_a_formula_is_its_value_and_text_like_one_stays_text():
    value = '<c r="B2" t="str"><f>A2&amp;"x"</f><v>Grace Were</v></c>'
    empty = '<c r="C2" t="str"><f>""</f><v></v></c>'
    fault = '<c r="D2" t="e"><f>1/0</f><v>#DIV/0!</v></c>'
    found = only(book(line(2, "Z/1", value, empty, fault), line(3, "Z/2", '=HYPERLINK("x")', "07", "Busia")))
    assert found.rows[0].cells == ("Z/1", "Grace Were", "", "#DIV/0!")
    assert found.rows[1].cells[1] == '=HYPERLINK("x")'


def test_a_formula_that_was_never_worked_out_is_said_with_its_cell():
    error = refused(book(line(2, *GRACE), line(3, "Z/2", '<c r="B3"><f>A3</f></c>')))
    assert (error.why, error.params) == ("file_formula_unsaved", {"sheet": 1, "cell": "B3"})
    assert "Sheet 1, cell B3" in t("invalid.file_formula_unsaved", **error.params)


def test_columns_without_a_name_are_called_as_the_spreadsheet_calls_them():
    found = only(book(line(2, *GRACE, "", "treasurer once")))
    assert found.columns == (*HEADER, "E", "F")
    assert found.rows[0].cells == (*GRACE, "", "treasurer once")


def test_the_first_sheet_with_a_header_and_those_that_may_be_meant_too():
    members = sheet(line(1, *HEADER), line(2, *GRACE))
    sheets = {
        "Read me": sheet(line(1, "Our list")),
        "Now": members,
        "Secret": members,
        "2024": members,
        "Empty": sheet(),
    }
    assert list(parse_workbook(packed(parts_of(sheets, hidden=("Secret",))))) == ["Now", "2024"]
    assert refused(packed(parts_of({"Empty": sheet(), "Read me": sheet(line(1, "Our list"))}))).why == "file_no_header"
    assert refused(packed(parts_of({"Empty": sheet()}))).why == "file_empty"
    assert refused(packed(parts_of({"Members": members}, hidden=("Members",)))).why == "file_empty"
    assert refused(book()).why == "file_no_members"


def test_a_members_sheet_at_fault_is_not_passed_over_for_another():
    wrong = sheet(line(1, *HEADER), line(2, "Z/1", '<c r="B2"><f>A2</f></c>'))
    other = sheet(line(1, "County", "Name"), line(2, "Busia", "Busia"))
    assert refused(packed(parts_of({"Members": wrong, "Counties": other}))).params == {"sheet": 1, "cell": "B2"}
    assert list(parse_workbook(packed(parts_of({"Counties": other, "Members": wrong})))) == ["Counties"]


@pytest.mark.parametrize(
    ("data", "why", "params"),
    [
        (book(line(2, *GRACE, text("XFD2", "far"))), "file_cell_wide", {"sheet": 1, "cell": "XFD2", "limit": 50}),
        (book(line(2, *GRACE), line(1_048_576, text("A1048576", "x"))), "file_cell_far",
         {"sheet": 1, "cell": "A1048576", "limit": 30_000}),
        (book(line(2, *GRACE[:3], "k" * 2_001)), "file_cell_long", {"sheet": 1, "cell": "D2", "limit": 2_000}),
        (book(*[line(n, *GRACE) for n in range(2, 2_003)]), "file_too_many_rows", {"limit": 2_000}),
    ],
)  # fmt: skip
def test_a_sheet_that_is_no_members_list(data: bytes, why: str, params: dict[str, object]):
    error = refused(data)
    assert (error.why, error.params) == (why, params)


def test_an_empty_cell_far_away_does_no_harm():
    assert len(only(book(line(2, *GRACE), line(1_048_576, '<c r="XFD1048576" s="0"/>'))).rows) == 1


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ({"xl/vbaProject.bin": b"x"}, "file_macros"),
        ({"[Content_Types].xml": "<Types>application/vnd.ms-excel.sheet.macroEnabled.main+xml</Types>"}, "file_macros"),
        ({"xl/workbook.bin": b"x"}, "file_binary_workbook"),
        ({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}, "file_open_document"),
        ({"xl/media/image1.png": b"\0" * 41_000_000}, "file_unpacks"),
        ({"xl/sharedStrings.xml": b" " * 3_000_000}, "file_unpacks"),
        ({f"xl/media/{n}": b"" for n in range(501)}, "file_unpacks"),
        ({"xl/workbook.xml": "<workbook"}, "file_broken"),
        ({"xl/_rels/workbook.xml.rels": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}, "file_broken"),
        ({"xl/worksheets/sheet1.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}, "file_broken"),
        ({"xl/worksheets/sheet1.xml": sheet('<row r="x"/>')}, "file_broken"),
        ({"XL/workbook.xml": "<workbook/>"}, "file_broken"),
    ],
)
def test_what_is_in_the_package_decides(parts: dict[str, str | bytes], why: str):
    whole = parts_of({"Members": sheet(line(1, *HEADER), line(2, *GRACE))})
    assert refused(packed(whole | parts)).why == why


def test_other_kinds_of_files_are_named():
    assert refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600).why == "file_old_workbook"
    locked = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le")
    assert refused(locked).why == "file_locked"
    assert refused(b"%PDF-1.7\n").why == "file_pdf"
    assert refused(packed({"notes.txt": "hello"})).why == "file_zip"
    assert refused(b"PK\x03\x04" + b"\0" * 100).why == "file_broken"
    assert not is_workbook(b"Member No,Full Name\n")


def test_a_bomb_that_lies_about_its_size_is_stopped():
    data = bytearray(packed(parts_of({"Members": sheet(line(1, *HEADER), *[line(n, *GRACE) for n in range(2, 900)])})))
    place = data.rindex(b"xl/worksheets/sheet1.xml") - 46
    data[place + 24 : place + 28] = (100).to_bytes(4, "little")
    assert refused(bytes(data)).why == "file_broken"


def test_sheets_of_one_name_and_many_sheets():
    members = sheet(line(1, *HEADER), line(2, *GRACE))
    assert refused(packed(parts_of({f"S{n}": members for n in range(21)}))).why == "file_many_sheets"
    twice = packed(parts_of({"Members": members}) | {"xl/worksheets/sheetX.xml": "<worksheet/>"})
    assert refused(twice.replace(b"sheetX.xml", b"sheet1.xml")).why == "file_broken"


def test_a_reader_that_dies_or_takes_too_long_is_a_refusal(monkeypatch: pytest.MonkeyPatch, tmp_path):
    slow, greedy = tmp_path / "slow.py", tmp_path / "greedy.py"
    slow.write_text("import time; time.sleep(30)")
    greedy.write_text("import os; os.abort()")
    monkeypatch.setattr(workbook, "SECONDS", 0.5)
    for child in (slow, greedy):
        monkeypatch.setattr(workbook, "CHILD", child)
        assert refused(book(line(2, *GRACE))).why == "file_heavy"


def test_damaged_workbooks_are_always_refused_or_read_never_more():
    """Cut off, and with bytes changed; whatever comes, it is a list or a sentence."""
    whole, chance = book(*[line(n, *GRACE) for n in range(2, 20)]), random.Random(3)
    for _ in range(25):
        data = bytearray(whole[: chance.randrange(4, len(whole))] if chance.random() < 0.3 else whole)
        for _ in range(chance.randrange(1, 5)):
            data[chance.randrange(4, len(data))] = chance.randrange(256)
        with suppress(InvalidInput):
            assert parse_workbook(bytes(data))
