"""Files made to harm: each is refused in words, soon and in little memory."""

import io
import resource
import subprocess
import sys
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest

from app.domain.reconciliation.bank.reading import read_file
from app.domain.reconciliation.bank.types import MAX_BYTES
from app.integrations.mt940 import Mt940
from app.kit.errors import InvalidInput
from app.kit.sheets import to_xlsx
from tests.unit.bank import formats, sheets

BOMB = """<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a0 "lol">{}]><Document>&a9;</Document>""".format(
    "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
)
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><Document>&x;</Document>'


def why(data: bytes) -> str:
    with pytest.raises(InvalidInput) as caught:
        read_file(data, Mt940())
    return caught.value.why


def zipped(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize("text", [BOMB, OUTSIDE])
def test_xml_that_declares_anything(text: str) -> None:
    assert why(text.encode()) == "bank_doctype"
    assert why(text.encode("utf-16")) == "bank_doctype"


def test_ofx_that_declares_anything() -> None:
    assert why(f"<!DOCTYPE a [<!ENTITY x 'y'>]>{formats.OFX_XML}".encode()) == "bank_doctype"


@pytest.mark.parametrize("cut", [60, 400, 900, -20])
def test_camt_that_breaks_off(cut: int) -> None:
    assert why(formats.camt(8).encode()[:cut]) in ("bank_truncated", "bank_broken")


def test_xml_as_deep_as_a_well() -> None:
    assert why(b"<?xml version='1.0'?>" + b"<a>" * 1_000_000) == "bank_heavy"


def test_xml_of_another_kind() -> None:
    assert why(b"<?xml version='1.0'?><html><body/></html>") == "bank_unknown"
    assert why(b"<html><body>Sign in to see your statement</body></html>") == "bank_unknown"


def test_packed_files() -> None:
    assert why(zipped("xl/worksheets/sheet1.xml", b"0" * 60_000_000)) == "file_unpacks"
    assert why(zipped("statement.csv", b"Date,Amount\n")) == "file_zip"
    good = to_xlsx([("Date", "Amount"), ("2026-08-05", "5")], name="A", heads=(0,), widths=(9, 9))
    assert why(good[: len(good) // 2]) == "file_broken"


def test_a_workbook_is_read() -> None:
    rows = [
        ("Date", "Details", "Paid in", "Paid out"),
        ("05/08/2026", "dues", "500.00", ""),
        ("06/08/2026", "fee", "", "5"),
    ]
    file = read_file(to_xlsx(rows, name="A", heads=(0,), widths=(9, 9, 9, 9)), Mt940())
    assert file.format == "xlsx"
    assert [line.amount_minor for line in file.statements[0].lines] == [500_00, -5_00]


def test_pictures_and_papers() -> None:
    assert why(b"%PDF-1.7\n...") == "file_pdf"
    assert why(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR") == "bank_not_text"
    assert why(bytes(range(256)) * 50) == "bank_not_text"
    assert why(b"\0" * 5_000_000) == "bank_empty"


def test_more_than_a_statement_is() -> None:
    assert why(b" " * (MAX_BYTES + 1)) == "bank_too_large"
    assert why(b"Date,Amount\n" + b"1/1/26,1\n" * 200_101) == "bank_too_many_lines"


@pytest.mark.parametrize(
    "data",
    [
        b" " * 31_000_000,
        b"," * 31_000_000,
        b'"' * 31_000_000,
        b"Date,Amount\n" + b"1," * 15_000_000,
        b":20:A\n:60F:C260801KES1,00\n" + b":61:" * 7_000_000,
        b"<OFX>" + b"<STMTRS>" * 3_000_000,
        b"<OFX>" + b"<" * 30_000_000,
        b"<Document>" + b"<Stmt><Ntry>" * 2_000_000,
        b"-" * 31_000_000,
    ],
    ids=["blanks", "commas", "quotes", "columns", "tags", "aggregates", "angles", "nested", "dashes"],
)
def test_the_worst_of_the_largest_ends_soon_in_bounded_memory(data: bytes, tmp_path: Path) -> None:
    """As the command does it: within a gigabyte and 20 seconds."""
    file = tmp_path / "statement"
    file.write_bytes(data)
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "statements", "parse", str(file), "--json"],
        capture_output=True,
        timeout=60,
        check=False,
        preexec_fn=lambda: (
            resource.setrlimit(resource.RLIMIT_AS, (1_500_000_000, 1_500_000_000)),
            resource.setrlimit(resource.RLIMIT_CPU, (20, 20)),
        )[0],
    )
    assert done.returncode == 2, done.stderr[-500:]
    assert done.stdout.startswith(b'{"error":'), done.stderr[-500:]


def test_a_gigabyte_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "spaces.csv"
    with file.open("wb") as opened:
        opened.truncate(2**30)
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "statements", "parse", str(file), "--json"],
        capture_output=True,
        timeout=20,
        check=False,
    )
    assert (done.returncode, b'"too_large"' in done.stdout) == (2, True)


def test_whatever_is_cut_or_changed_is_an_answer() -> None:
    """Every prefix of every kind, and every kind with a byte changed: a statement or a refusal, never a defect."""
    for text in (formats.MT940, formats.OFX_SGML, formats.OFX_XML, formats.camt(8), sheets.HDFC, sheets.MPESA_7):
        data = text.encode()
        for at in range(0, len(data), 7):
            for changed in (data[:at], data[:at] + b"\xff" + data[at + 1 :], data[:at] + b'"' + data[at:]):
                with suppress(InvalidInput):
                    assert read_file(changed, Mt940()).statements


def test_the_largest_camt_is_read_in_bounded_memory(tmp_path: Path) -> None:
    """Thirty megabytes of entries, within as much room as the worst files get."""
    text = formats.camt(8)
    at = text.index("<Ntry>")
    entry = text[at : text.index("</Ntry>") + 7]
    file = tmp_path / "statement.xml"
    file.write_text(text[:at] + entry * (30_000_000 // len(entry)) + text[at:])
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (1_200_000_000, 1_200_000_000));"
        "from app.launch.statements import parse; from pathlib import Path;"
        "words, status = parse(Path(sys.argv[1]), as_json=False); print(words, status)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(file)], capture_output=True, timeout=120, check=False)
    assert b"camt053  NL26VAYB8060476890  EUR" in done.stdout, done.stderr[-500:]
