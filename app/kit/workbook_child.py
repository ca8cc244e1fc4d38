"""Reads one workbook in a process of its own, with little memory and time: bytes on stdin, JSON on stdout.

Run by path (`workbooks.py`), so that nothing else of Sanduk is loaded and no secret is near. The answer is
`{"sheets": [{"name", "rows": [[line, [text, ...]], ...], "empty": [line, ...]} | {"name", "why", "params"}]}`, visible
sheets only, or `{"why", "params"}` for the workbook as a whole.
"""

import json
import resource
import sys
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from io import BytesIO
from posixpath import join, normpath
from xml.parsers.expat import ExpatError, ParserCreate
from zipfile import BadZipFile, ZipFile

MEMORY, CPU_SECONDS = 768 * 2**20, 10
MAX_UNPACKED, MAX_RATIO, RATIO_FROM = 40_000_000, 250, 2_000_000
MAX_PARTS, MAX_SHEETS = 500, 20
MAX_COLUMNS, MAX_LINE, CELL_LIMIT = 50, 30_000, 2_000
UNREADABLE = (BadZipFile, zlib.error, ExpatError, KeyError, EOFError, OSError, ValueError, RuntimeError)
OPEN_DOCUMENT = b"application/vnd.oasis.opendocument"


class Refused(Exception):
    def __init__(self, why: str, **params: str | int) -> None:
        super().__init__(why)
        self.why, self.params = why, params


def read(data: bytes) -> list[dict]:
    """The visible sheets in order. Raises Refused."""
    try:
        with ZipFile(BytesIO(data)) as packed:
            _check_package(packed)
            places = list(_places(packed))
            guards = [_watched(packed, path, n) for n, (_, path) in enumerate(places, 1)]
    except UNREADABLE:
        raise Refused("file_broken") from None
    return [_rows(data, name, guard) for (name, _), guard in zip(places, guards, strict=True)]


def _refusal(name: str, fault: Refused) -> dict:
    return {"name": name, "why": fault.why, "params": fault.params}


def _check_package(packed: ZipFile) -> None:
    """What it is, and how large once unpacked, by its table of contents alone."""
    parts = packed.infolist()
    names = {part.filename for part in parts}
    if len({name.lower() for name in names}) < len(parts):
        raise Refused("file_broken")  # two parts of one name: which is read depends on the reader
    if len(parts) > MAX_PARTS:
        raise Refused("file_unpacks", megabytes=MAX_UNPACKED // 10**6)
    total = sum(part.file_size for part in parts)
    steep = any(part.file_size > max(RATIO_FROM, MAX_RATIO * part.compress_size) for part in parts)
    if total > MAX_UNPACKED or steep:
        raise Refused("file_unpacks", megabytes=MAX_UNPACKED // 10**6)
    if any(part.flag_bits & 1 for part in parts):
        raise Refused("file_locked")
    if "mimetype" in names and packed.read("mimetype").startswith(OPEN_DOCUMENT):
        raise Refused("file_open_document")
    if "xl/workbook.bin" in names:
        raise Refused("file_binary_workbook")
    if "[Content_Types].xml" not in names or "xl/workbook.xml" not in names:
        raise Refused("file_zip")
    kinds = packed.read("[Content_Types].xml").lower()
    if b"macroenabled" in kinds or b"vbaproject" in kinds or any("vbaproject" in name.lower() for name in names):
        raise Refused("file_macros")


def _places(packed: ZipFile) -> Iterator[tuple[str, str]]:
    """Name and part of each visible sheet, in the order of their tabs."""
    links = {
        found["Id"]: normpath(join("xl", found["Target"])).lstrip("/")
        for kind, found in _elements(packed.read("xl/_rels/workbook.xml.rels"))
        if kind == "Relationship" and found.get("Type", "").endswith("/worksheet")
    }
    count = 0
    for kind, found in _elements(packed.read("xl/workbook.xml")):
        if kind != "sheet" or found.get("state", "visible") != "visible":
            continue
        path = links.get(next((text for name, text in found.items() if name.endswith(":id")), ""))
        if path is not None:
            count += 1
            if count > MAX_SHEETS:
                raise Refused("file_many_sheets", limit=MAX_SHEETS)
            yield found["name"], path


def _elements(content: bytes) -> list[tuple[str, dict[str, str]]]:
    """Each element's local name and attributes. Raises ExpatError; Refused for a document type: no workbook has one."""
    found: list[tuple[str, dict[str, str]]] = []
    parser = ParserCreate()
    parser.StartDoctypeDeclHandler = _no_doctype
    parser.StartElementHandler = lambda name, attributes: found.append((name.rpartition(":")[2], attributes))
    parser.Parse(content, True)  # noqa: FBT003
    return found


def _no_doctype(*_: object) -> None:
    raise Refused("file_broken")


def _watched(packed: ZipFile, path: str, sheet: int) -> "_Guard":
    """`sheet` counts the visible ones from 1."""
    guard = _Guard(sheet)
    parser = ParserCreate()
    parser.StartDoctypeDeclHandler = _no_doctype
    parser.StartElementHandler, parser.EndElementHandler = guard.start, guard.end
    parser.CharacterDataHandler = guard.words
    try:
        with packed.open(path) as part:
            while chunk := part.read(2**16):
                parser.Parse(chunk, False)  # noqa: FBT003
            parser.Parse(b"", True)  # noqa: FBT003
    except Refused as fault:
        if fault.why == "file_broken":
            raise
        guard.fault = fault
    return guard


class _Guard:
    """Looks at where a sheet's values stand, before anything makes room for them.

    `fault` makes the sheet unreadable. `errors` are cells that show one (#N/A), which calamine reads as empty.
    """

    def __init__(self, sheet: int) -> None:
        self.sheet, self.row, self.column = sheet, 0, 0
        self.has_formula = self.has_value = self.is_error = False
        self.fault: Refused | None = None
        self.errors: dict[tuple[int, int], str] = {}
        self._words: list[str] | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        match name.rpartition(":")[2]:
            case "row":
                self.row, self.column = int(attributes.get("r", self.row + 1)), 0
            case "c":
                self._enter(attributes.get("r", ""))
                self.is_error = attributes.get("t") == "e"
            case "f":
                self.has_formula = True
            case "v" | "is":
                self.has_value = True
                self._words = [] if self.is_error else None

    def words(self, text: str) -> None:
        if self._words is not None:
            self._words.append(text)

    def _enter(self, place: str) -> None:
        letters = place.rstrip("0123456789")
        self.column = number(letters) if letters else self.column + 1
        self.row = int(place[len(letters) :]) if place[len(letters) :] else self.row
        self.has_formula = self.has_value = False

    def end(self, name: str) -> None:
        if name.rpartition(":")[2] == "v" and self._words is not None:
            self.errors[self.row, self.column], self._words = "".join(self._words)[:20], None
        if name.rpartition(":")[2] != "c":
            return
        cell = f"{letters_of(self.column)}{self.row}"
        if self.has_formula and not self.has_value:
            raise Refused("file_formula_unsaved", sheet=self.sheet, cell=cell)
        if self.has_value and self.column > MAX_COLUMNS:
            raise Refused("file_cell_wide", sheet=self.sheet, cell=cell, limit=MAX_COLUMNS)
        if self.has_value and self.row > MAX_LINE:
            raise Refused("file_cell_far", sheet=self.sheet, cell=cell, limit=MAX_LINE)


def number(letters: str) -> int:
    """A is 1, Z 26, AA 27. Raises ValueError for what no column is called."""
    if not letters.isascii() or not letters.isalpha() or len(letters) > 3:
        raise ValueError(letters)
    found = 0
    for letter in letters.upper():
        found = found * 26 + ord(letter) - 64
    return found


def letters_of(column: int) -> str:
    text = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def _rows(data: bytes, name: str, guard: _Guard) -> dict:
    from python_calamine import CalamineError, CalamineWorkbook

    if guard.fault:
        return _refusal(name, guard.fault)
    try:
        with CalamineWorkbook.from_filelike(BytesIO(data)) as book:
            cells = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except (CalamineError, ValueError, OSError):
        raise Refused("file_broken") from None
    rows, empty = [], []
    for line, row in enumerate(cells, start=1):
        texts = [text_of(cell) or guard.errors.get((line, n), "") for n, cell in enumerate(row, start=1)]
        while texts and not texts[-1].strip():
            texts.pop()
        for column, text in enumerate(texts, start=1):
            if len(text) > CELL_LIMIT:
                fault = Refused(
                    "file_cell_long", sheet=guard.sheet, cell=f"{letters_of(column)}{line}", limit=CELL_LIMIT
                )
                return _refusal(name, fault)
        if texts:
            rows.append([line, texts])
        else:
            empty.append(line)
    return {"name": name, "rows": rows, "empty": empty}


def text_of(cell: object) -> str:
    """As the sheet means it: 700000101 without `.0`, days as 2025-01-22 without midnight."""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 10**15 else f"{cell:.15g}"
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return "" if cell is None else str(cell)


def main() -> None:
    for which, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(which, (most, most))
    try:
        answer = {"sheets": read(sys.stdin.buffer.read())}
    except Refused as fault:
        answer = {"why": fault.why, "params": fault.params}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
