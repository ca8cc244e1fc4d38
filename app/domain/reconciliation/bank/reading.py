"""From a file's bytes to statements: what it is, is told by its content, never by its name."""

import codecs
import re
from collections.abc import Iterable
from itertools import islice

from app.domain.reconciliation.bank.camt import read_camt
from app.domain.reconciliation.bank.ofx import read_ofx
from app.domain.reconciliation.bank.ports import Mt940Reader
from app.domain.reconciliation.bank.refusing import refused
from app.domain.reconciliation.bank.rows import Row, delimiter_of, read_csv_rows
from app.domain.reconciliation.bank.sheets import read_sheet
from app.domain.reconciliation.bank.tables import table_of, table_of_text
from app.domain.reconciliation.bank.types import MAX_BYTES, BankFile, Said
from app.kit.decoding import decode
from app.kit.errors import InvalidInput
from app.kit.workbooks import is_workbook, read_workbook

_MT940 = re.compile(r"(?m)^:(?:20|25|28C?|60[FM]|61|62[FM]):|^\{1:")
_OFX = re.compile(r"<OFX>|^\s*OFXHEADER\s*[:=]|<\?OFX\b", re.IGNORECASE)
_XML = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:\?xml|!DOCTYPE|!--|[A-Za-z_:][\w.:-]*[\s/>])")
_CONTROL = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")


def read_file(data: bytes, mt940: Mt940Reader, said: Said | None = None, *, currency: str | None = None) -> BankFile:
    """The statements of a file of up to MAX_BYTES. Raises InvalidInput(file), as each reader says.

    `said` is for sheets whose header isn't understood; `currency` is meant where a sheet names none.
    """
    if len(data) > MAX_BYTES:
        raise refused("bank_too_large", megabytes=MAX_BYTES // 10**6)
    if not data.strip(b"\xef\xbb\xbf \t\r\n\0"):
        raise refused("bank_empty")
    if is_workbook(data):
        return _workbook(data, said, currency)
    if _XML.match(data) and b"<OFX" not in data[:10_000].upper():
        return BankFile("camt053", read_camt(data.lstrip(b" \t\r\n")))
    text, is_cut = _decoded(data)
    if _OFX.search(text[:10_000]):
        return BankFile("ofx", read_ofx(text))
    if _MT940.search(text[:20_000]):
        return BankFile("mt940", mt940.read(text))
    if text.startswith("<") and data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return BankFile("camt053", read_camt(data))  # expat knows the mark
    if text.lstrip().startswith("<"):
        raise refused("bank_unknown")
    is_cut = is_cut or not text.endswith(("\n", "\r"))
    mpesa, statement = read_sheet(table_of_text(text, said, is_cut=is_cut), currency=currency)
    return BankFile("mpesa_csv" if mpesa else "csv", (statement,))


def _decoded(data: bytes) -> tuple[str, bool]:
    """Banks' older formats may hold stray control characters; NUL alone is never text."""
    try:
        return decode(data)
    except InvalidInput:
        if b"\0" in data:
            raise refused("bank_not_text", data[: data.index(b"\0")].count(b"\n") + 1) from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeError:
        text = data.decode("latin-1")
    if not _MT940.search(text[:20_000]):
        raise refused("bank_not_text")
    return _CONTROL.sub(" ", text), False


def _workbook(data: bytes, said: Said | None, currency: str | None) -> BankFile:
    """Every sheet with a header is a statement; the first fault counts when none has."""
    found, first = [], None
    for sheet in read_workbook(data):
        try:
            if sheet.fault:
                raise sheet.fault
            found.append(read_sheet(table_of(sheet.rows, said), currency=currency)[1])
        except InvalidInput as error:
            if error.why not in ("bank_empty", "bank_no_header", "bank_no_lines"):
                raise
            first = first or error
    if not found:
        raise first or refused("bank_empty")
    return BankFile("xlsx", tuple(found))


def read_rows(data: bytes, most: int) -> list[tuple[int, tuple[str, ...]]]:
    """The first rows of a sheet with something in them, as they are; of a workbook, of its first sheet."""
    if is_workbook(data):
        found: Iterable[Row] = next((sheet.rows for sheet in read_workbook(data) if sheet.rows), ())
    else:
        text, _ = _decoded(data)
        found = read_csv_rows(text, delimiter_of(text))
    filled = ((line, tuple(cells)) for line, cells in found if any(cell.strip() for cell in cells))
    return list(islice(filled, most))
