"""Tables for spreadsheets: what people typed stays text."""

import csv
import zipfile
from datetime import date
from decimal import Decimal
from io import BytesIO, StringIO
from xml.etree import ElementTree as Xml

import pytest
from python_calamine import CalamineWorkbook

from app.kit.sheets import is_dangerous, neutral, to_csv, to_xlsx

DANGEROUS = [
    "=1+1",
    "+A1",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "  =1+1",
    "\u00a0=1+1",
    "＝1+1",
    '=HYPERLINK("https://evil.example","x")',
    "=cmd|' /C calc'!A0",
    "-",
]
SAFE = ["", "Akinyi Odhiambo", "A=B", "5 - 3", "BSS/002", "'=quoted'", "ﾃ", "K7M2-Q9XM"]
NS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.mark.parametrize("text", DANGEROUS)
def test_formulas_are_neutralised(text: str) -> None:
    assert is_dangerous(text)
    assert neutral(text) == f"'{text}"
    (row,) = csv.reader(StringIO(to_csv([[text, "x"]]).decode("utf-8-sig"), newline=""))
    assert row == [f"'{text}", "x"]


@pytest.mark.parametrize("text", SAFE)
def test_other_text_is_left_alone(text: str) -> None:
    assert neutral(text) == text


def test_csv_is_utf8_with_a_mark_and_quotes_what_needs_it() -> None:
    made = to_csv([["सुनंदा", 'a "b", c', None], [Decimal("-37000.50"), date(2026, 11, 21), "two\nlines"]])
    assert made.startswith(b"\xef\xbb\xbf")
    assert made.decode("utf-8-sig") == 'सुनंदा,"a ""b"", c",\r\n-37000.50,2026-11-21,"two\nlines"\r\n'
    assert b"\0" not in to_csv([["a\0b"]])


def parts_of(made: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(made)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def test_xlsx_holds_text_numbers_and_dates_and_no_formula() -> None:
    rows = [["Date", "What", "In"], [date(2026, 11, 21), "=1+1", Decimal("12345678901.25")], [None, "https://x.y", ""]]
    parts = parts_of(to_xlsx(rows, name="Statement", heads=[0], widths=[12, 30, 14]))
    sheet = Xml.fromstring(parts["xl/worksheets/sheet1.xml"])
    assert sheet.findall(f".//{NS}f") == []
    assert sheet.findall(f".//{NS}hyperlink") == []
    cells = {cell.get("r"): cell for cell in sheet.iter(f"{NS}c")}
    assert set(cells) == {"A1", "B1", "C1", "A2", "B2", "C2", "B3"}
    assert "".join(cells["B2"].itertext()) == "=1+1"
    assert cells["B2"].get("t") == "inlineStr"
    assert Decimal(cells["C2"].findtext(f"{NS}v") or "") == Decimal("12345678901.25")
    assert b'quotePrefix="1"' in parts["xl/styles.xml"]


def test_xlsx_keeps_the_largest_amounts_exact() -> None:
    parts = parts_of(to_xlsx([[Decimal(10**15 - 1).scaleb(-2)]], name="S", heads=[], widths=[]))
    sheet = Xml.fromstring(parts["xl/worksheets/sheet1.xml"])
    assert sheet.findtext(f".//{NS}v") == "9999999999999.99"


def test_another_program_reads_what_was_written() -> None:
    rows = [["When", "What"], [date(2026, 11, 21), Decimal("1234567.50")], ['<&>"\0\x0b', "=1+1\r\n2"], ["", "सुनंदा"]]
    made = to_xlsx(rows, name="A & B <c>", heads=[0], widths=[12, 30])
    book = CalamineWorkbook.from_filelike(BytesIO(made))
    assert book.sheet_names == ["A & B <c>"]
    assert book.get_sheet_by_index(0).to_python() == [
        ["When", "What"],
        [date(2026, 11, 21), 1234567.5],
        ['<&>"', "=1+1\r\n2"],
        ["", "सुनंदा"],
    ]
