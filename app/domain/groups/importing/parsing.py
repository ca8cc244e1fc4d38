"""From the bytes of a file to a sheet of text, pure. Anything it can't take is InvalidInput with the line."""

import csv
import io
from dataclasses import dataclass

from app.kit.errors import InvalidInput

MAX_BYTES = 2_000_000
MAX_ROWS = 2_000
MAX_COLUMNS = 50
MAX_CELL = 500
DELIMITERS = ",;\t|"
BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))

HEADERS: dict[str, tuple[str, ...]] = {
    "member_no": ("member no", "member number", "membership no", "no", "namba", "namba ya mwanachama", "id"),
    "name": ("full name", "name", "member name", "names", "jina", "jina kamili"),
    "phone": ("phone", "phone number", "mobile", "telephone", "tel", "simu", "namba ya simu", "mpesa number"),
    "region": ("county", "region", "district", "kaunti", "mkoa"),
    "gender": ("gender", "sex", "jinsia"),
    "joined_on": ("joined", "joined on", "date joined", "join date", "alijiunga", "tarehe ya kujiunga"),
    "remarks": ("remarks", "notes", "comment", "comments", "maoni"),
}
FIELDS = tuple(HEADERS)
REQUIRED = ("member_no", "name")


@dataclass(frozen=True, slots=True)
class SheetRow:
    """`line` is the file's line, from 1, on which the row begins."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    header_line: int
    columns: tuple[str, ...]
    rows: tuple[SheetRow, ...]


def parse(data: bytes) -> Sheet:
    """Raises InvalidInput(file): file_empty, file_too_large, file_not_text, file_truncated, file_too_many_rows,
    file_no_header."""
    if not data.strip():
        raise InvalidInput("file", "file_empty")
    if len(data) > MAX_BYTES:
        raise InvalidInput("file", "file_too_large", megabytes=MAX_BYTES // 10**6)
    text = _decode(data)
    rows = _read(text, _delimiter(text))
    header = _find_header(rows)
    body = [row for row in rows if row.line > rows[header].line]
    columns = rows[header].cells
    return Sheet(header_line=rows[header].line, columns=columns, rows=tuple(body))


def _decode(data: bytes) -> str:
    encodings = [name for bom, name in BOMS if data.startswith(bom)] or ["utf-8", "cp1252", "latin-1"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeError:
            continue
        if any(ord(c) < 32 and c not in "\t\r\n" for c in text):
            break
        return text
    raise InvalidInput("file", "file_not_text")


def _delimiter(text: str) -> str:
    """The separator that is most regular over the first lines."""
    lines = [line for line in text.splitlines() if line.strip()][:20]

    def score(mark: str) -> tuple[int, int]:
        counts = [line.count(mark) for line in lines]
        usual = max(set(counts), key=counts.count) if counts else 0
        return (usual > 0) * counts.count(usual), usual

    return max(DELIMITERS, key=score)


def _read(text: str, delimiter: str) -> list[SheetRow]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[SheetRow] = []
    start = 1
    try:
        for cells in reader:
            if len(rows) > MAX_ROWS + 50:
                raise InvalidInput("file", "file_too_many_rows", limit=MAX_ROWS)
            kept = tuple(" ".join(cell.split())[:MAX_CELL] for cell in cells[:MAX_COLUMNS])
            rows.append(SheetRow(line=start, cells=kept))
            start = reader.line_num + 1
    except csv.Error:
        raise InvalidInput("file", "file_truncated", line=start) from None
    while rows and not any(rows[-1].cells):
        rows.pop()
    if len(rows) > MAX_ROWS + 1:
        raise InvalidInput("file", "file_too_many_rows", limit=MAX_ROWS)
    return rows


def _known(cell: str) -> str | None:
    plain = "".join(c if c.isalnum() else " " for c in cell.casefold().split("(")[0])
    wanted = " ".join(plain.split())
    return next((field for field, names in HEADERS.items() if wanted in names), None)


def _find_header(rows: list[SheetRow]) -> int:
    """The first of the first 20 rows that names at least two known columns."""
    for index, row in enumerate(rows[:20]):
        if len({_known(cell) for cell in row.cells} - {None}) >= 2:
            return index
    raise InvalidInput("file", "file_no_header")


def guess_columns(sheet: Sheet) -> dict[str, int]:
    """Field to column, for the columns whose header is known; the first wins."""
    found: dict[str, int] = {}
    for index, cell in enumerate(sheet.columns):
        field = _known(cell)
        if field:
            found.setdefault(field, index)
    return found
