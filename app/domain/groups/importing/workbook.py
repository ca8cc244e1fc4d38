"""The sheets of a workbook that might be a members' list."""

from dataclasses import replace

from app.domain.groups.importing.parsing import MAX_BYTES, Sheet, SheetRow, sheet_of
from app.kit.errors import InvalidInput
from app.kit.workbook_child import letters_of
from app.kit.workbooks import Rows, read_workbook


def parse_workbook(data: bytes) -> dict[str, Sheet]:
    """The sheets with a header, by name, in the order of their tabs; at least one.

    The first sheet that has one counts: if that can't be read, the file is refused. Later ones that can't are left out.
    Raises InvalidInput(file): what `read_workbook` and `sheet_of` raise, and a sheet's fault.
    """
    if len(data) > MAX_BYTES:
        raise InvalidInput("file", "file_too_large", megabytes=MAX_BYTES // 10**6)
    found: dict[str, Sheet] = {}
    first: InvalidInput | None = None
    for one in read_workbook(data):
        try:
            found[one.name] = _sheet(one)
        except InvalidInput as error:
            if not found and error.why not in ("file_empty", "file_no_header"):
                raise
            first = first if first and first.why != "file_empty" else error
    if not found:
        raise first or InvalidInput("file", "file_empty")
    return found


def _sheet(one: Rows) -> Sheet:
    if one.fault:
        raise one.fault
    if not one.rows:
        raise InvalidInput("file", "file_empty")
    sheet = sheet_of([SheetRow(line, cells) for line, cells in one.rows], list(one.empty))
    width = max(len(sheet.columns), *(len(row.cells) for row in sheet.rows))
    padded = sheet.columns + ("",) * (width - len(sheet.columns))
    named = tuple(name if name.strip() else letters_of(n) for n, name in enumerate(padded, start=1))
    full = tuple(replace(row, cells=row.cells + ("",) * (width - len(row.cells))) for row in sheet.rows)
    return replace(sheet, columns=named, rows=full)
