"""From the bytes of a file to a sheet of text, pure. Anything it can't take is InvalidInput with the line."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from app.domain.groups.importing.columns import FIELDS, REQUIRED, count_fields
from app.kit.decoding import decode
from app.kit.errors import InvalidInput

__all__ = ["FIELDS", "MAX_BYTES", "MAX_ROWS", "REQUIRED", "Sheet", "SheetRow", "parse", "sheet_of"]

MAX_BYTES = 2_000_000
MAX_ROWS = 2_000
MAX_COLUMNS = 50
HEADER_WITHIN = 20
DELIMITERS = ",;\t|"
_LONG_NUMBER = re.compile(r"\d{6}")


@dataclass(frozen=True, slots=True)
class SheetRow:
    """`line` is the file's line, from 1, on which the row begins; cells are as written.

    `is_cut`: the file ends inside this row, though it has other rows of full width.
    """

    line: int
    cells: tuple[str, ...]
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """`rows` are those below the header with something in them; `empty_lines` of them had nothing."""

    header_line: int
    columns: tuple[str, ...]
    rows: tuple[SheetRow, ...]
    empty_lines: int = 0


def parse(data: bytes) -> Sheet:
    """Raises InvalidInput(file): file_empty, file_too_large, file_not_text, file_truncated, file_quote,
    file_too_many_rows, file_too_wide, file_no_header, file_no_members."""
    if len(data) > MAX_BYTES:
        raise InvalidInput("file", "file_too_large", megabytes=MAX_BYTES // 10**6)
    if not data.strip():
        raise InvalidInput("file", "file_empty")
    text, is_cut = decode(data)
    rows, empty = _read(text, _delimiter(text))
    sheet = sheet_of(rows, empty)
    if is_cut or not text.endswith(("\n", "\r")):
        sheet = replace(sheet, rows=tuple(_mark_cut(list(sheet.rows), len(sheet.columns), is_cut=is_cut)))
    return sheet


def sheet_of(rows: list[SheetRow], empty: list[int]) -> Sheet:
    """Header and body. `rows` have something in them, the lines `empty` have nothing.

    Raises InvalidInput(file): file_empty, file_no_header, file_no_members, file_too_many_rows.
    """
    if not rows:
        raise InvalidInput("file", "file_empty")
    header = rows[_find_header(rows)]
    body = [row for row in rows if row.line > header.line]
    if not body:
        raise InvalidInput("file", "file_no_members")
    if len(body) > MAX_ROWS:
        raise InvalidInput("file", "file_too_many_rows", limit=MAX_ROWS)
    below = sum(line > header.line for line in empty)
    return Sheet(header_line=header.line, columns=header.cells, rows=tuple(body), empty_lines=below)


def _delimiter(text: str) -> str:
    """The separator that makes a header of the first lines; if none does, the most regular one."""
    lines = [line for line in text[:100_000].splitlines() if line.strip()][:HEADER_WITHIN]

    def score(mark: str) -> tuple[int, int, int]:
        fields = max(count_fields(cell.strip(' "') for cell in line.split(mark)[:MAX_COLUMNS]) for line in lines)
        counts = [line.count(mark) for line in lines]
        usual = max(set(counts), key=counts.count)
        return (fields if fields > 1 else 0), (usual > 0) * counts.count(usual), usual

    return max(DELIMITERS, key=score) if lines else ","


class _Lines:
    """The text's lines for csv, with a note when all are read."""

    def __init__(self, text: str) -> None:
        self._lines = io.StringIO(text, newline="")
        self.has_ended = False

    def __iter__(self) -> Iterator[str]:
        yield from self._lines
        self.has_ended = True


def _read(text: str, delimiter: str) -> tuple[list[SheetRow], list[int]]:
    """Rows with something in them, and the lines of those without."""
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    rows: list[SheetRow] = []
    empty: list[int] = []
    start = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append(SheetRow(start, _bounded(cells, start)))
            else:
                empty.append(start)
            if len(rows) > MAX_ROWS + HEADER_WITHIN:
                raise InvalidInput("file", "file_too_many_rows", limit=MAX_ROWS)
            start = reader.line_num + 1
    except csv.Error as error:
        never_closed = lines.has_ended or "limit" in str(error)
        raise InvalidInput("file", "file_truncated" if never_closed else "file_quote", line=start) from None
    return rows, empty


def _bounded(cells: list[str], line: int) -> tuple[str, ...]:
    if len(cells) > MAX_COLUMNS:
        if any(cell.strip() for cell in cells[MAX_COLUMNS:]):
            raise InvalidInput("file", "file_too_wide", line=line, limit=MAX_COLUMNS)
        cells = cells[:MAX_COLUMNS]
    return tuple(cells)


def _find_header(rows: list[SheetRow]) -> int:
    """The first row that names two fields; else one; else the first of two cells, unless it looks like a member."""
    named = [count_fields(row.cells) for row in rows[:HEADER_WITHIN]]
    for least in (2, 1):
        for index, count in enumerate(named):
            if count >= least and _filled(rows[index]) > 1:
                return index
    for index, row in enumerate(rows[:HEADER_WITHIN]):
        if _filled(row) > 1:
            if any(_LONG_NUMBER.search(cell) for cell in row.cells):
                break
            return index
    raise InvalidInput("file", "file_no_header")


def _filled(row: SheetRow) -> int:
    return sum(bool(cell.strip()) for cell in row.cells)


def _mark_cut(body: list[SheetRow], width: int, *, is_cut: bool) -> list[SheetRow]:
    """A last row without line end is cut when its last character is, or when it alone is short."""
    if not body:
        return body
    *others, last = body
    is_short = len(last.cells) < width and all(len(row.cells) >= width for row in others)
    return [*others, replace(last, is_cut=True)] if is_cut or (is_short and others) else body
