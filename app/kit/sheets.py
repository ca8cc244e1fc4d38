"""Tables as CSV and XLSX. Text from people never becomes a formula in whatever opens the file.

A cell is text, an amount (Decimal), a civil date, or None. Amounts and dates are written by us, text is neutralised.
"""

import csv
import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from io import BytesIO, StringIO
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZipFile

Cell = str | Decimal | date | None

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What spreadsheets take for the beginning of a formula; also in the wide forms of East Asian keyboards."""


def is_dangerous(text: str) -> bool:
    """Whether a spreadsheet might run it; blanks before the sign don't help."""
    return text.startswith(_STARTS) or text.lstrip().startswith(_STARTS)


def neutral(text: str) -> str:
    """`=1+1` as `'=1+1`: shown as text by every spreadsheet. NUL, which ends a file early, is left out."""
    text = text.replace("\0", "")
    return f"'{text}" if is_dangerous(text) else text


def to_csv(rows: Sequence[Sequence[Cell]]) -> bytes:
    """RFC 4180 in UTF-8 with a byte order mark; amounts with a point and no grouping, dates as 2026-11-21."""
    out = StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows([[_plain(cell) for cell in row] for row in rows])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _plain(cell: Cell) -> str:
    if cell is None:
        return ""
    return neutral(cell) if isinstance(cell, str) else str(cell)


_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PLACE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD, _QUOTED, _DATE, _AMOUNT = 1, 2, 3, 4
"""Styles of cells, places in `cellXfs`; amounts with n decimals are _AMOUNT + n."""
_FIRST_DAY = date(1899, 12, 30)
"""Day 0 of a spreadsheet's calendar, right for days from March 1900 on."""
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_xlsx(rows: Sequence[Sequence[Cell]], *, name: str, heads: Sequence[int], widths: Sequence[int]) -> bytes:
    """One sheet. `heads` are the rows in bold; the last of them stays in sight. No formula, link or macro is written.

    `widths` in characters. Amounts have at most four decimals.
    """
    parts = {
        "[Content_Types].xml": _content_types(),
        "_rels/.rels": _relations(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": _workbook(name[:31]),
        "xl/_rels/workbook.xml.rels": _relations(("worksheet", "worksheets/sheet1.xml"), ("styles", "styles.xml")),
        "xl/styles.xml": _styles(),
        "xl/worksheets/sheet1.xml": _sheet(rows, heads, widths),
    }
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as packed:
        for path, content in parts.items():
            packed.writestr(path, f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n{content}')
    return out.getvalue()


def _content_types() -> str:
    kinds = {"workbook": "sheet.main", "worksheets/sheet1": "worksheet", "styles": "styles"}
    parts = "".join(
        f'<Override PartName="/xl/{path}.xml" ContentType="{_KIND}.{kind}+xml"/>' for path, kind in kinds.items()
    )
    return (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{parts}</Types>'
    )


def _relations(*targets: tuple[str, str]) -> str:
    lines = "".join(
        f'<Relationship Id="rId{n}" Type="{_PLACE}/{kind}" Target="{path}"/>'
        for n, (kind, path) in enumerate(targets, start=1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{lines}</Relationships>'


def _workbook(name: str) -> str:
    sheet = f'<sheet name={quoteattr(name)} sheetId="1" r:id="rId1"/>'
    return f'<workbook xmlns="{_MAIN}" xmlns:r="{_PLACE}"><sheets>{sheet}</sheets></workbook>'


def _styles() -> str:
    """Dangerous text is marked as text (`quotePrefix`), so that it stays text when it is edited."""
    patterns = ["yyyy-mm-dd", *("#,##0" + ("." + "0" * places if places else "") for places in range(5))]
    formats = "".join(f'<numFmt numFmtId="{200 + n}" formatCode="{one}"/>' for n, one in enumerate(patterns))
    plain = '<xf xfId="0" fontId="0" fillId="0" borderId="0" numFmtId='
    amounts = "".join(f'{plain}"{201 + places}" applyNumberFormat="1"/>' for places in range(5))
    return (
        f'<styleSheet xmlns="{_MAIN}"><numFmts count="{len(patterns)}">{formats}</numFmts>'
        '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
        '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        f'<cellXfs count="{_AMOUNT + 5}">{plain}"0"/>'
        '<xf xfId="0" fontId="1" fillId="0" borderId="0" numFmtId="0" applyFont="1"/>'
        f'{plain}"49" quotePrefix="1" applyNumberFormat="1"/>'
        f'{plain}"200" applyNumberFormat="1" applyAlignment="1"><alignment horizontal="left"/></xf>{amounts}</cellXfs>'
        "</styleSheet>"
    )


def _sheet(rows: Sequence[Sequence[Cell]], heads: Sequence[int], widths: Sequence[int]) -> str:
    view = ""
    if heads:
        top = max(heads) + 1
        pane = f'<pane ySplit="{top}" topLeftCell="A{top + 1}" activePane="bottomLeft" state="frozen"/>'
        view = f'<sheetViews><sheetView workbookViewId="0">{pane}</sheetView></sheetViews>'
    columns = "".join(
        f'<col min="{n}" max="{n}" width="{width}" customWidth="1"/>' for n, width in enumerate(widths, start=1)
    )
    lines = "".join(
        f'<row r="{n}">{"".join(_cell(cell, n, column, n - 1 in heads) for column, cell in enumerate(row))}</row>'
        for n, row in enumerate(rows, start=1)
    )
    columns = f"<cols>{columns}</cols>" if columns else ""
    return f'<worksheet xmlns="{_MAIN}">{view}{columns}<sheetData>{lines}</sheetData></worksheet>'


def _cell(cell: Cell, row: int, column: int, is_head: bool) -> str:
    place = f'r="{chr(ord("A") + column)}{row}"'
    if cell is None or cell == "":
        return ""
    if isinstance(cell, Decimal):
        return f'<c {place} s="{_AMOUNT - int(cell.as_tuple().exponent)}"><v>{cell:f}</v></c>'
    if isinstance(cell, date):
        return f'<c {place} s="{_DATE}"><v>{(cell - _FIRST_DAY).days}</v></c>'
    style = _HEAD if is_head else _QUOTED if is_dangerous(cell) else 0
    text = escape(_NO_XML.sub("", cell), {"\r": "&#13;"})
    return f'<c {place} s="{style}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
