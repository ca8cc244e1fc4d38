"""Workbooks written by hand, as wrong as they need to be."""

from io import BytesIO
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZipFile

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PLACE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
HIDDEN = 'state="hidden"'
HEADER = ("Member No", "Full Name", "Phone", "County")


def text(place: str, words: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(words)}</t></is></c>'


def line(number: int, *cells: str) -> str:
    """Texts in A, B, C ...; what begins with `<` is a cell as it is."""
    written = [cell if cell.startswith("<") else text(f"{chr(65 + n)}{number}", cell) for n, cell in enumerate(cells)]
    return f'<row r="{number}">{"".join(written)}</row>'


def sheet(*lines: str) -> str:
    return f'<worksheet xmlns="{MAIN}"><sheetData>{"".join(lines)}</sheetData></worksheet>'


def packed(parts: dict[str, str | bytes]) -> bytes:
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for path, content in parts.items():
            archive.writestr(path, content)
    return out.getvalue()


def parts_of(sheets: dict[str, str], hidden: tuple[str, ...] = ()) -> dict[str, str | bytes]:
    listed = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{n}" {HIDDEN if name in hidden else ""} r:id="r{n}"/>'
        for n, name in enumerate(sheets, 1)
    )
    links = "".join(
        f'<Relationship Id="r{n}" Type="{PLACE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    root = f'<Relationship Id="r1" Type="{PLACE}/officeDocument" Target="xl/workbook.xml"/>'
    found: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{root}</Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{PLACE}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{links}</Relationships>',
    }
    return found | {f"xl/worksheets/sheet{n}.xml": content for n, content in enumerate(sheets.values(), 1)}


def book(*lines: str) -> bytes:
    """One sheet, Members, with the usual header on line 1 and these below."""
    return packed(parts_of({"Members": sheet(line(1, *HEADER), *lines)}))
