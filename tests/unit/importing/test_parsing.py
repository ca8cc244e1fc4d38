"""Files as they come: what is read, what is refused and why, and that nothing else ever happens."""

import csv
import io
import time
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.groups.importing.columns import guess_columns
from app.domain.groups.importing.parsing import MAX_BYTES, MAX_COLUMNS, MAX_ROWS, parse
from app.kit.errors import InvalidInput
from app.kit.i18n import catalogue, t
from tests.unit.importing.lists import HEADER, lines


def refusal(data: bytes) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        parse(data)
    assert caught.value.field == "file"
    assert t(caught.value.message_key, **caught.value.params)
    return caught.value


def workbook() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>" * 50)
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [b"", b" \n\r\n ", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n\n", b",,,\n,,,\n", "\n".encode("utf-16")],
)
def test_empty(data: bytes):
    assert refusal(data).why == "file_empty"


@pytest.mark.parametrize(
    "data",
    [
        workbook(),
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        b"%PDF-1.7\n\x80\x81\x02\x03",
        bytes(range(256)) * 4,
        b"Member No,Name\nA,\x00B\n",
        b"\xff\xfe\x00\xd8\x41\x00",
    ],
)
def test_binary(data: bytes):
    assert refusal(data).why == "file_not_text"


def test_unclosed_quotation_mark_names_its_line():
    error = refusal(
        lines("A/1,Abdi,0700000101,Busia", 'A/2,"Wekesa, Grace,0700000102,Busia', "A/3,Were,,Busia").encode()
    )
    assert (error.why, error.params["line"]) == ("file_truncated", 3)


def test_unclosed_quotation_mark_in_a_large_file():
    error = refusal((lines('A/1,"Abdi,0700000101,Busia') + "A/2,Were,0700000102,Busia\n" * 9_000).encode())
    assert (error.why, error.params["line"]) == ("file_truncated", 2)


def test_misplaced_quotation_mark_names_its_line():
    error = refusal(lines("A/1,Abdi,0700000101,Busia", 'A/2,"Wekesa" Grace,0700000102,Busia').encode())
    assert (error.why, error.params["line"]) == ("file_quote", 3)


def test_quotation_mark_inside_a_cell_is_text():
    (row,) = parse(lines('A/1,Abdi "Baba" Noor,0700000101,Busia').encode()).rows
    assert row.cells[1] == 'Abdi "Baba" Noor'


@pytest.mark.parametrize("kept", [1, 10, 20])
def test_a_file_that_breaks_off_marks_its_last_row(kept: int):
    whole = lines("A/1,Abdi,0700000101,Busia,F,01/02/2025,", "A/2,Were,0700000102,Busia,M,01/02/2025,").encode()
    sheet = parse(whole[: whole.index(b"A/2") + kept])
    assert [row.is_cut for row in sheet.rows] == [False, True]
    assert [row.is_cut for row in parse(whole).rows] == [False, False]
    assert [row.is_cut for row in parse(whole.rstrip(b"\n")).rows] == [False, False]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "utf-16"])
def test_a_file_that_breaks_off_inside_a_character(encoding: str):
    data = lines("A/1,Ñandú Abdi,0700000101,Busia,,,ñ", "A/2,Were,0700000102,Busia,,,ñ").encode(encoding)
    end = len("\n".encode(encoding)) - (2 if encoding == "utf-16" else 3 if encoding == "utf-8-sig" else 0)
    sheet = parse(data[: -end - 1])
    assert [row.is_cut for row in sheet.rows] == [False, True]
    assert sheet.rows[0].cells[1] == "Ñandú Abdi"


def test_an_old_encoding_that_ends_in_an_accent_is_whole():
    (row,) = parse((HEADER + "\nA/1,Abdi,0700000101,Busia,,,café").encode("cp1252")).rows
    assert row.cells[6] == "café"
    assert not row.is_cut


def test_too_many_bytes():
    assert refusal(b"a,b\n" * (MAX_BYTES // 4 + 1)).why == "file_too_large"


def test_too_many_rows():
    most = lines(*[f"A/{n},Abdi,,Busia" for n in range(MAX_ROWS)])
    assert len(parse(most.encode()).rows) == MAX_ROWS
    error = refusal((most + "A/X,Abdi,,Busia\n").encode())
    assert (error.why, error.params["limit"]) == ("file_too_many_rows", MAX_ROWS)
    assert refusal(b"a,b\n" * (MAX_BYTES // 4)).why == "file_too_many_rows"


def test_empty_lines_are_counted_not_kept():
    data = lines("A/1,Abdi,0700000101,Busia", "", *[",,,,,,"] * 5_000, "A/2,Were,0700000102,Busia")
    sheet = parse(data.encode())
    assert [row.line for row in sheet.rows] == [2, 5_004]
    assert sheet.empty_lines == 5_001


def test_too_wide():
    error = refusal(lines("A/1" + ",x" * MAX_COLUMNS).encode())
    assert (error.why, error.params["line"]) == ("file_too_wide", 2)
    assert len(parse(lines("A/1" + "," * 100_000).encode()).rows[0].cells) == MAX_COLUMNS


def test_lines_are_the_files_own_also_after_cells_of_several_lines():
    sheet = parse(
        lines('A/1,Abdi,0700000101,Busia,,,"two\nlines, and\r\nmore"', "", "A/2,Were,0700000102,Busia").encode()
    )
    assert [row.line for row in sheet.rows] == [2, 6]
    assert sheet.rows[0].cells[6] == "two\nlines, and\r\nmore"


def test_header_below_a_title():
    data = "Umoja Welfare\n\nMembers 2026\n" + lines("A/1,Abdi,0700000101,Busia")
    sheet = parse(data.encode())
    assert (sheet.header_line, sheet.rows[0].line) == (4, 5)


def test_first_line_that_names_the_separator():
    sheet = parse(b"sep=;\nNamba;Jina kamili;Simu\n1;Were, Abdi;0700000101\n")
    assert sheet.rows[0].cells == ("1", "Were, Abdi", "0700000101")


def test_header_of_unknown_words_is_left_to_the_treasurer():
    sheet = parse(b"Foo,Bar,Baz\nA/1,Abdi,x\n")
    assert (sheet.columns, len(sheet.rows)) == (("Foo", "Bar", "Baz"), 1)
    assert guess_columns(sheet.columns, [row.cells for row in sheet.rows]) == {}


@pytest.mark.parametrize("data", [b"A/1,Abdi,0700000101,Busia\n", b"hello\nworld\n", b"x"])
def test_no_header(data: bytes):
    assert refusal(data).why == "file_no_header"


def test_hostile_files_are_answered_quickly():
    started = time.perf_counter()
    for data in (
        b'"' * MAX_BYTES,
        b'a,"' * 600_000,
        b"," * MAX_BYTES,
        b"\n" * MAX_BYTES,
        b"a" * MAX_BYTES,
        b"a,b\r" * 500_000,
    ):
        assert refusal(data).why.startswith("file_")
    assert time.perf_counter() - started < 10


def _has_words(error: InvalidInput) -> None:
    assert error.message_key in catalogue("en")


@given(st.binary(max_size=400))
def test_any_bytes_give_a_sheet_or_a_refusal(data: bytes):
    try:
        sheet = parse(data)
    except InvalidInput as error:
        _has_words(error)
    else:
        assert all(row.line > sheet.header_line for row in sheet.rows)


@given(st.text(max_size=200), st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1252"]))
def test_any_text_below_a_header_gives_a_sheet_or_a_refusal(text: str, encoding: str):
    try:
        sheet = parse((HEADER + "\n" + text).encode(encoding, "replace"))
    except InvalidInput as error:
        _has_words(error)
    else:
        guess_columns(sheet.columns, [row.cells for row in sheet.rows])


CELLS = st.text(st.characters(exclude_categories=["Cc", "Cs"], include_characters="\n\t"), max_size=20)
FILLED = st.lists(CELLS, min_size=7, max_size=7).filter(lambda row: any(map(str.strip, row)))
TABLES = st.lists(FILLED, min_size=1, max_size=12)


@given(
    TABLES, st.sampled_from(",;\t|"), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]), st.sampled_from(["\n", "\r\n"])
)
def test_what_was_written_is_read(table: list[list[str]], mark: str, encoding: str, end: str):
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=mark, lineterminator=end, quoting=csv.QUOTE_ALL).writerows([HEADER.split(","), *table])
    sheet = parse(out.getvalue().encode(encoding))
    assert [list(row.cells) for row in sheet.rows] == table
    before = [1 + sum(len(cell.split("\n")) - 1 for cell in row) for row in table]
    assert [row.line for row in sheet.rows] == [2 + sum(before[:index]) for index in range(len(table))]


@pytest.mark.parametrize("below", ["", "\n\n", ",,,\n , ,\n"])
def test_a_header_without_members_is_refused(below: str):
    assert refusal(f"Member No,Full Name,Phone,County\n{below}".encode()).why == "file_no_members"
