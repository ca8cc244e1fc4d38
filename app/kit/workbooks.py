"""Workbooks as rows of text, and what a file is by its content.

A workbook is unpacked and read by `workbook_child.py`, a process with limits of its own: whatever is in the file, this
one goes on.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore

from app.kit.errors import InvalidInput

CHILD = Path(__file__).with_name("workbook_child.py")
SECONDS = 20
_ZIP, _OLE, _PDF = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"%PDF-"
_LOCKED = "EncryptedPackage".encode("utf-16-le")
_at_once = BoundedSemaphore(2)


@dataclass(frozen=True, slots=True)
class Rows:
    """A visible sheet: rows with something in them, each with its line from 1, and the lines that have nothing.

    A sheet that can't be read has `fault` instead.
    """

    name: str
    rows: tuple[tuple[int, tuple[str, ...]], ...] = ()
    empty: tuple[int, ...] = ()
    fault: InvalidInput | None = None


def is_workbook(data: bytes) -> bool:
    """Whether the file is packed as workbooks are. Raises InvalidInput(file) for kinds that are named, but not read:
    file_locked, file_old_workbook, file_pdf."""
    if data.startswith(_OLE):
        raise InvalidInput("file", "file_locked" if _LOCKED in data else "file_old_workbook")
    if data.startswith(_PDF):
        raise InvalidInput("file", "file_pdf")
    return data.startswith((_ZIP, b"PK\x05\x06"))


def read_workbook(data: bytes) -> list[Rows]:
    """The visible sheets in the order of their tabs.

    Raises InvalidInput(file): file_broken, file_zip, file_macros, file_locked, file_open_document,
    file_binary_workbook, file_unpacks, file_many_sheets, file_heavy. A sheet's fault: file_formula_unsaved,
    file_cell_wide, file_cell_far, file_cell_long.
    """
    answer = _ask(data)
    if "why" in answer:
        raise _fault(answer)
    return [_rows(one) for one in answer["sheets"]]


def _rows(one: dict) -> Rows:
    if "why" in one:
        return Rows(one["name"], fault=_fault(one))
    return Rows(one["name"], tuple((line, tuple(cells)) for line, cells in one["rows"]), tuple(one["empty"]))


def _fault(found: dict) -> InvalidInput:
    return InvalidInput("file", found["why"], **found["params"])


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
