"""Spreadsheets: what a file is by its content, and the sheets of a workbook as rows of text.

A workbook is unpacked and read by `workbook_child.py`, a process with limits of its own: whatever is in the file, this
one goes on.
"""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from threading import BoundedSemaphore

from app.domain.groups.importing.parsing import MAX_BYTES, Sheet, SheetRow, sheet_of
from app.domain.groups.importing.workbook_child import letters_of
from app.kit.errors import InvalidInput

CHILD = Path(__file__).with_name("workbook_child.py")
SECONDS = 20
_ZIP, _OLE, _PDF = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"%PDF-"
_LOCKED = "EncryptedPackage".encode("utf-16-le")
_at_once = BoundedSemaphore(2)


def is_workbook(data: bytes) -> bool:
    """Whether the file is packed as workbooks are. Raises InvalidInput(file) for kinds that are named, but not read:
    file_locked, file_old_workbook, file_pdf."""
    if data.startswith(_OLE):
        raise InvalidInput("file", "file_locked" if _LOCKED in data else "file_old_workbook")
    if data.startswith(_PDF):
        raise InvalidInput("file", "file_pdf")
    return data.startswith((_ZIP, b"PK\x05\x06"))


def parse_workbook(data: bytes) -> dict[str, Sheet]:
    """The sheets with a header, by name, in the order of their tabs; at least one.

    The first sheet that has one counts: if that can't be read, the file is refused. Later ones that can't are left out.
    Raises InvalidInput(file), also what `sheet_of` raises: file_broken, file_zip, file_macros, file_locked,
    file_open_document, file_binary_workbook, file_unpacks, file_many_sheets, file_heavy, file_formula_unsaved,
    file_cell_wide, file_cell_far, file_cell_long.
    """
    if len(data) > MAX_BYTES:
        raise InvalidInput("file", "file_too_large", megabytes=MAX_BYTES // 10**6)
    answer = _ask(data)
    if "why" in answer:
        raise InvalidInput("file", answer["why"], **answer["params"])
    found: dict[str, Sheet] = {}
    first: InvalidInput | None = None
    for one in answer["sheets"]:
        try:
            found[one["name"]] = _sheet(one)
        except InvalidInput as error:
            if not found and error.why not in ("file_empty", "file_no_header"):
                raise
            first = first if first and first.why != "file_empty" else error
    if not found:
        raise first or InvalidInput("file", "file_empty")
    return found


def _sheet(one: dict) -> Sheet:
    if "why" in one:
        raise InvalidInput("file", one["why"], **one["params"])
    if not one["rows"]:
        raise InvalidInput("file", "file_empty")
    rows = [SheetRow(line, tuple(cells)) for line, cells in one["rows"]]
    sheet = sheet_of(rows, one["empty"])
    width = max(len(sheet.columns), *(len(row.cells) for row in sheet.rows))
    padded = sheet.columns + ("",) * (width - len(sheet.columns))
    named = tuple(name if name.strip() else letters_of(n) for n, name in enumerate(padded, start=1))
    full = tuple(replace(row, cells=row.cells + ("",) * (width - len(row.cells))) for row in sheet.rows)
    return replace(sheet, columns=named, rows=full)


def _ask(data: bytes) -> dict:
    """The child's answer. It gets no environment: nothing of this installation is its business."""
    command = [sys.executable, "-I", "-B", str(CHILD)]
    with _at_once:
        try:
            done = subprocess.run(  # noqa: S603
                command, input=data, capture_output=True, timeout=SECONDS, env={}, check=False
            )
        except subprocess.TimeoutExpired:
            raise InvalidInput("file", "file_heavy") from None
    if done.returncode:
        raise InvalidInput("file", "file_heavy")
    return json.loads(done.stdout)
