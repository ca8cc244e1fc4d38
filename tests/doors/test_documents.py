"""Receipts and statements as files: who gets them, what they are made of, and that they prove themselves."""

import csv
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from io import BytesIO, StringIO
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from pypdf import PdfReader, PdfWriter
from python_calamine import CalamineWorkbook

from app import wiring
from app.api import checks, documents, limiting
from app.api.guard import Guard
from app.domain.identity import sessions
from app.domain.receipts.service import list_my_receipts
from app.domain.reports import files, report_files
from app.domain.reports.issuing import issue_statement
from app.domain.reports.ports import CannotPrint
from app.domain.reports.report_views import KINDS, Narrowed
from app.domain.reports.statement import Period
from app.domain.reports.views import SignedStatement
from app.integrations import weasy_pdf
from app.integrations.console import ConsoleSender
from app.kit.actor import Actor
from app.kit.config import Settings
from app.kit.db import Database
from app.kit.signing import Signer
from app.launch.paths import ROOT
from app.web.paper.rendering import TEMPLATES
from app.web.paper.statements import statement_paper
from app.web.presenters.amounts import exact
from app.worker.jobs import Handlers
from tests.factories.governance import make_council
from tests.factories.groups import id_of, make_officer
from tests.factories.loans import make_lenders
from tests.factories.payments import Programme, make_programme

ADDRESS = "http://127.0.0.1:8000"
FORMULA = '=HYPERLINK("https://evil.example","Pay here")'


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def services(database: Database, tools: dict[str, object]) -> AsyncIterator[wiring.Services]:
    signer = tools["signer"]
    assert isinstance(signer, Signer)
    made = wiring.Services(settings=Settings(), database=database, signer=signer, sender=ConsoleSender())
    yield made
    await made.printer.close()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def told(database: Database) -> Programme:
    """One confirmed payment of the first of two members."""
    programme = await make_programme(database, members=2)
    await programme.open_call()
    await programme.confirm((await programme.submit()).id)
    return programme


@pytest_asyncio.fixture(loop_scope="session")
async def client(services: wiring.Services, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without a session, at the real routers on the module's database."""
    monkeypatch.setattr(wiring, "services", lambda: services)
    limiting.forget_all()
    app = FastAPI()
    for room in (documents, checks):
        app.include_router(room.router)
    app.add_middleware(Guard)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ADDRESS) as made:
        yield made


async def as_(client: httpx.AsyncClient, database: Database, actor: Actor, role: str) -> httpx.AsyncClient:
    assert actor.person_id
    async with database.transaction(Actor(person_id=actor.person_id)) as session:
        token = await sessions.open_session(session, actor.person_id, user_agent="test")
        found = await sessions.find_session(session, token)
        assert found
        await sessions.set_place(session, found.id, actor.group_id, role)
    client.cookies.set(Settings().cookie_name, token)
    return client


@dataclass(frozen=True)
class Facts:
    id: str
    number: str
    check_code: str


async def receipt_of(programme: Programme) -> Facts:
    async with programme.database.transaction(programme.member) as session:
        (one,) = await list_my_receipts(session, programme.member)
    return Facts(str(one.id), one.number, one.check_code)


async def sign(programme: Programme) -> SignedStatement:
    today = await programme.today()
    async with programme.database.transaction(programme.member) as session:
        made = await issue_statement(session, programme.member, Period(date(today.year, 1, 1), today))
        await files.ask_file(session, programme.member, made.id, "en")
        return made


def sanduk(*words: str | Path, keys: Path) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("SANDUK_", "DATABASE_"))}
    return subprocess.run(
        [sys.executable, "-m", "app.cli", "verify-receipt", *words],
        cwd=ROOT,
        env={**clean, "SANDUK_KEY_FOLDER": str(keys)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def run(*command: str | Path) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def text_of(path: Path) -> str:
    return " ".join(run("pdftotext", path, "-").split())


def assert_well_made(path: Path, *, title: str, lang: str = "en") -> PdfReader:
    """Sound, tagged, with title and language, every font embedded and cut down to what is used."""
    assert "No syntax or stream encoding errors found" in run("qpdf", "--check", path)
    fonts = run("pdffonts", path).splitlines()[2:]
    assert fonts
    for line in fonts:
        assert re.match(r"[A-Z]{6}\+Paper", line), line  # none of the machine's own
        assert line.split()[-5:-2] == ["yes", "yes", "yes"], line  # embedded, subset, with Unicode
    reader = PdfReader(path)
    root = reader.trailer["/Root"]
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == (lang, True)  # type: ignore[index]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"].value  # type: ignore[index]
    assert "/StructTreeRoot" in root  # type: ignore[operator]
    assert reader.metadata is not None
    assert title in (reader.metadata.title or "")
    xmp = reader.xmp_metadata
    assert xmp is not None
    assert re.search(rb"pdfuaid:part(>|=\")1", xmp.stream.get_data())
    return reader


def scan(path: Path, folder: Path) -> str:
    """What a phone's camera reads from the first code of the first page."""
    run("pdftoppm", "-r", "150", "-f", "1", "-png", path, folder / "page")
    pages = sorted(folder.glob("page*.png"))
    return run("zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", *pages).strip()


@pytest.mark.parametrize(("size", "lang"), [("a4", "en"), ("phone", "en"), ("phone", "sw")])
async def test_a_receipt_on_paper(
    size: str, lang: str, client: httpx.AsyncClient, told: Programme, key_folder: Path, tmp_path: Path
):
    receipt = await receipt_of(told)
    member = await as_(client, told.database, told.member, "member")
    answer = await member.get(f"/documents/receipts/{receipt.id}.pdf?size={size}&lang={lang}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert (
        answer.headers["content-disposition"]
        == f'attachment; filename="{receipt.number}{"-A4" if size == "a4" else ""}.pdf"'
    )
    assert answer.headers["cache-control"] == "private, no-store"
    path = tmp_path / "receipt.pdf"
    path.write_bytes(answer.content)
    reader = assert_well_made(path, title=receipt.number, lang=lang)
    assert len(reader.pages) == 1
    words = text_of(path)
    for wanted in (receipt.number, "KES 500.00", "Five hundred Kenyan shillings only", "November contribution"):
        assert wanted in words
    assert ("Imepokewa kutoka" in words) == (lang == "sw")
    assert "Shilingi za Kenya mia tano tu" in words
    assert scan(path, tmp_path) == f"{ADDRESS}/c/{receipt.check_code}"
    assert list(reader.attachments) == ["receipt.jws"]
    token = reader.attachments["receipt.jws"][0]
    (tmp_path / "receipt.jws").write_bytes(token)
    for file in (path, tmp_path / "receipt.jws"):
        done = sanduk(file, keys=key_folder)
        assert done.returncode == 0, done.stdout + done.stderr
        lines = done.stdout.splitlines()
        assert lines[0] == "valid"
        assert {f"number {receipt.number}", "amount KES 500.00", f"check {receipt.check_code}"} <= set(lines)
        assert f"{ADDRESS}/c/{receipt.check_code}" in done.stderr


async def test_files_are_for_those_who_may_read_them(client: httpx.AsyncClient, told: Programme):
    receipt, made = await receipt_of(told), await sign(told)
    paths = [f"/documents/receipts/{receipt.id}.pdf"]
    paths += [f"/documents/statements/{made.id}.{kind}" for kind in ("pdf", "csv", "xlsx")]
    paths += [f"/documents/receipts/{uuid4()}.pdf", "/documents/receipts/x.pdf", f"/documents/statements/{uuid4()}.csv"]
    stranger = await make_programme(told.database)
    for who, role in ((None, ""), (told.members[1], "member"), (stranger.treasurer, "treasurer")):
        client.cookies.clear()
        if who:
            await as_(client, told.database, who, role)
        for path in paths:
            answer = await client.get(path)
            assert answer.status_code == 404, (role, path)
            assert "There is no such document for you" in answer.text
    auditor = await as_(client, told.database, await make_officer(told.database, told.group, "auditor"), "auditor")
    assert (await auditor.get(paths[0])).status_code == 200
    assert (await auditor.get(paths[2])).status_code == 200


async def test_a_statement_printed_by_the_worker(
    client: httpx.AsyncClient, services: wiring.Services, told: Programme, key_folder: Path, tmp_path: Path
):
    made = await sign(told)
    member = await as_(client, told.database, told.member, "member")
    assert (await member.get(f"/documents/statements/{made.id}.pdf")).status_code == 404
    print_statement = Handlers(services).all()[files.PRINT]
    for _ in range(2):  # a job may come twice
        await print_statement(group_id=str(told.group.id), statement_id=str(made.id), language="en")
    answer = await member.get(f"/documents/statements/{made.id}.pdf")
    assert answer.status_code == 200
    assert made.statement.name not in answer.headers["content-disposition"]
    path = tmp_path / "statement.pdf"
    path.write_bytes(answer.content)
    reader = assert_well_made(path, title="Member statement")
    words = text_of(path)
    for wanted in ("KES 500.00", "Five hundred Kenyan shillings only", made.statement.lines[0].receipt_number):
        assert wanted in words
    assert scan(path, tmp_path) == f"{ADDRESS}/s/{made.check_code}"
    assert reader.attachments["statement.jws"] == [made.token.encode()]
    done = sanduk(path, keys=key_folder)
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "valid"), done.stdout
    assert "closing KES 500.00" in done.stdout.splitlines()
    client.cookies.clear()
    page = await client.get(f"/s/{made.check_code}")
    assert page.status_code == 200
    assert "This statement is genuine" in page.text
    assert made.statement.name not in page.text
    answered = (await client.get(f"/s/{made.check_code}.json")).json()
    assert (answered["state"], answered["statement"]["closing_minor"]) == ("valid", 50_000)
    assert (await client.get("/c", params={"code": made.check_code})).status_code == 200


async def test_tables_hold_no_formula(client: httpx.AsyncClient, database: Database):
    programme = await make_programme(database)
    await programme.open_call(title=FORMULA)
    await programme.confirm((await programme.submit()).id)
    made = await sign(programme)
    member = await as_(client, database, programme.member, "member")
    answer = await member.get(f"/documents/statements/{made.id}.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert next(row for row in rows if row[1:2] == [f"'{FORMULA}"])[5:8] == ["500.00", "", "500.00"]
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "@", "\t"))]
    content = (await member.get(f"/documents/statements/{made.id}.xlsx")).content
    table = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python()
    line = next(row for row in table if row[1:2] == [FORMULA])
    assert (line[0], Decimal(str(line[5]))) == (await programme.today(), Decimal(500))


async def test_a_paper_that_says_something_else_is_found(
    client: httpx.AsyncClient, services: wiring.Services, told: Programme, key_folder: Path, tmp_path: Path
):
    receipt = await receipt_of(told)
    member = await as_(client, told.database, told.member, "member")
    answer = await member.get(f"/documents/receipts/{receipt.id}.pdf")
    token = PdfReader(BytesIO(answer.content)).attachments["receipt.jws"][0]
    forged = await services.printer.pdf(
        f"<html lang=en><title>x</title><p>{receipt.number} KES\u00a05,000.00 {receipt.check_code}</p></html>"
    )
    writer = PdfWriter(clone_from=BytesIO(forged))
    writer.add_attachment("receipt.jws", token)
    with (tmp_path / "forged.pdf").open("wb") as out:
        writer.write(out)
    done = sanduk(tmp_path / "forged.pdf", keys=key_folder)
    assert done.returncode == 1
    assert done.stdout.splitlines()[0] == "invalid"
    assert "reason the PDF shows KES 5000.00, which was not signed" in done.stdout
    assert "reason the PDF does not show KES 500.00" in done.stdout
    (tmp_path / "bare.pdf").write_bytes(forged)
    bare = sanduk(tmp_path / "bare.pdf", keys=key_folder)
    assert (bare.returncode, bare.stdout.splitlines()[0]) == (1, "invalid")
    (tmp_path / "changed.jws").write_bytes(token[:-3] + b"AAA")
    assert sanduk(tmp_path / "changed.jws", keys=key_folder).returncode == 1
    others = tmp_path / "others"
    jwks = tmp_path / "jwks.json"
    jwks.write_text(json.dumps(Signer.load(others, may_create=True).jwks()))
    (tmp_path / "receipt.jws").write_bytes(token)
    assert sanduk(tmp_path / "receipt.jws", "--keys", jwks, keys=key_folder).returncode == 1
    jwks.write_text(json.dumps(services.signer.jwks()))
    assert sanduk(tmp_path / "receipt.jws", "--keys", jwks, keys=tmp_path / "none").returncode == 0
    for words in (("absent.pdf",), ("receipt.jws", "--keys", "absent.json")):
        refused = sanduk(*(tmp_path / one if "." in one else one for one in words), keys=key_folder)
        assert (refused.returncode, refused.stdout) == (2, "")
    assert sanduk(tmp_path / "receipt.jws", "--data", tmp_path, keys=tmp_path / "none").returncode == 2


async def test_a_document_names_nothing_outside_itself(services: wiring.Services, tmp_path: Path):
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"x")
    for address in (f"file://{secret}", "http://127.0.0.1:9/x.png", "font:../tokens.py"):
        style = f"<style>@font-face {{ font-family: X; src: url({address}) }}</style>"
        for html in (f'<img src="{address}" alt="x">', style):
            try:
                made = await services.printer.pdf(f"<html lang=en><title>t</title>{html}<p>x</p></html>")
            except CannotPrint:
                continue
            assert b"secret" not in made
    assert (await services.printer.pdf("<html lang=en><title>t</title><p>x</p></html>")).startswith(b"%PDF-")


async def test_words_in_devanagari_keep_the_space_between_them(services: wiring.Services, tmp_path: Path):
    """In the text, and on the page: the font of their letters has a space of its own."""
    style, words, path = (TEMPLATES / "paper.css").read_text(), "शिवण यंत्र", tmp_path / "words.pdf"
    page = f"<html lang=en><title>t</title><style>{style}</style><p>{words}</p><p><b>{words}</b></p>"
    path.write_bytes(await services.printer.pdf(page))
    assert text_of(path) == f"{words} {words}"
    assert PdfReader(path).pages[0].extract_text() == f"{words}\n{words}", "by its letters, not by their places"
    found = re.findall(r'<word xMin="([0-9.]+)" yMin="[0-9.]+" xMax="([0-9.]+)"', run("pdftotext", "-bbox", path, "-"))
    boxes = [(float(left), float(right)) for left, right in found]
    assert len(boxes) == 4
    for (_, end), (begin, _) in zip(boxes[::2], boxes[1::2], strict=True):
        assert 1.5 < begin - end < 4, "a quarter of nine points, more or less"


async def test_a_printer_that_died_is_started_again(services: wiring.Services):
    page = "<html lang=en><title>t</title><p>x</p></html>"
    await services.printer.pdf(page)
    child = services.printer._child
    assert child is not None
    child.kill()
    await child.wait()
    assert (await services.printer.pdf(page)).startswith(b"%PDF-")


async def test_a_printer_sent_away_is_followed_by_another_and_leaves_no_files(
    services: wiring.Services, told: Programme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    await services.printer.close()
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    page = statement_paper(await sign(told), "en", ADDRESS).html
    await services.printer.pdf(page)
    first = services.printer._child
    assert first is not None
    weasy_pdf._dismiss(first)
    assert (await services.printer.pdf(page)).startswith(b"%PDF-")
    assert await first.wait() == 0
    await services.printer.close()
    assert not [*tmp_path.rglob("*")]  # noqa: ASYNC240


async def test_a_long_document_takes_nothing_from_the_pages(services: wiring.Services, told: Programme):
    """Printing is another process's time: this one, which serves pages, has next to nothing to do."""
    made = await sign(told)
    lines = made.statement.lines * 400
    paper = statement_paper(replace(made, statement=replace(made.statement, lines=lines)), "en", ADDRESS)
    await services.printer.pdf("<html lang=en><title>t</title><p>x</p></html>")
    began, used = time.monotonic(), time.process_time()
    pdf = await services.printer.pdf(paper.html, paper.attachments)
    took, used = time.monotonic() - began, time.process_time() - used
    assert len(PdfReader(BytesIO(pdf)).pages) > 10
    assert used < took / 5


async def test_the_log_as_a_table(client: httpx.AsyncClient, told: Programme) -> None:
    """Who reads the books gets it, narrowed as its page; a formula in a name is text."""
    await told.open_call(title=FORMULA)
    await as_(client, told.database, told.treasurer, "treasurer")
    answer = await client.get("/documents/audit.csv")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    head, *rows = list(csv.reader(StringIO(answer.content.decode("utf-8-sig"))))
    assert (head[0], head[2], head[6]) == ("Time (Africa/Nairobi)", "In words", "Code")
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", row[0]) for row in rows)
    assert [int(row[4]) for row in rows] == list(range(len(rows), 0, -1))
    assert "payment.confirmed" in {row[6] for row in rows}
    assert all(len(row[5]) == 64 for row in rows)
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)
    only = await client.get("/documents/audit.csv", params={"what": "roles"})
    assert {row[6] for row in list(csv.reader(StringIO(only.text)))[1:]} <= {"role.given", "role.withdrawn"}
    sheet = CalamineWorkbook.from_filelike(BytesIO((await client.get("/documents/audit.xlsx")).content))
    assert len(sheet.get_sheet_by_index(0).to_python()) == len(rows) + 1


@pytest.mark.parametrize("query", ["?who=nobody", f"?who={UUID(int=7)}", "?what=other"])
async def test_a_log_of_nobody_is_not_found(client: httpx.AsyncClient, told: Programme, query: str) -> None:
    await as_(client, told.database, told.treasurer, "treasurer")
    assert (await client.get(f"/documents/audit.csv{query}")).status_code == 404


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
async def test_the_log_is_for_who_reads_the_books(client: httpx.AsyncClient, told: Programme, kind: str) -> None:
    assert (await client.get(f"/documents/audit.{kind}")).status_code == 404
    await as_(client, told.database, told.member, "member")
    assert (await client.get(f"/documents/audit.{kind}")).status_code in (403, 404)


async def test_reports_as_tables_without_formulas(client: httpx.AsyncClient, database: Database):
    programme = await make_programme(database, members=2)
    await programme.open_call(title=FORMULA)
    await programme.confirm((await programme.submit()).id)
    await as_(client, database, programme.treasurer, "treasurer")
    for kind in KINDS:
        answer = await client.get(f"/documents/reports/{kind}.csv")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8"), kind
        rows = list(csv.reader(StringIO(answer.content.decode("utf-8-sig"), newline="")))
        assert not [cell for row in rows for cell in row if cell.startswith(("=", "@", "\t"))]
        content = (await client.get(f"/documents/reports/{kind}.xlsx")).content
        table = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python()
        assert len(table) == len(rows), kind
    answer = await client.get("/documents/reports/overdue.csv", params={"lang": "sw"})
    assert f"'{FORMULA}".replace('"', '""') in answer.text
    assert "Wanaodaiwa" in answer.text
    today = await programme.today()
    none = await client.get("/documents/reports/transactions.csv", params={"until": f"{today.year - 1}-01-01"})
    assert "500.00" not in none.text
    for wrong in (
        "other.csv",
        "transactions.csv?from=x",
        "transactions.csv?account=9999",
        f"overdue.csv?call={uuid4()}",
    ):
        assert (await client.get(f"/documents/reports/{wrong}")).status_code in (404, 422), wrong


async def test_a_report_an_invoice_and_programmes_on_paper(
    client: httpx.AsyncClient, services: wiring.Services, tmp_path: Path
):
    told = await make_programme(services.database, members=2)
    await told.open_call()
    await told.confirm((await told.submit()).id)
    await as_(client, told.database, told.treasurer, "treasurer")
    path = tmp_path / "report.pdf"
    for kind, lang, title in (("contributions", "en", "Contributions by member"), ("invoices", "sw", "Ankara")):
        async with told.database.transaction(told.treasurer) as session:
            asked = await report_files.ask_report(session, told.treasurer, kind, Narrowed(), "", lang)
        address = f"/documents/report-files/{asked.subject_id}.pdf?lang={lang}"
        assert (await client.get(address)).status_code == 404
        job = Handlers(services).all()[report_files.PRINT]
        for _ in range(2):  # a job may come twice
            await job(group_id=str(told.group.id), report_id=str(asked.subject_id), language=lang)
        path.write_bytes((await client.get(address)).content)
        assert_well_made(path, title=title, lang=lang)
        assert "500.00" in text_of(path)
    other = await id_of(told.database, told.members[1])
    for address in (f"/documents/invoices/{other}.pdf", "/documents/programmes.pdf"):
        answer = await client.get(address)
        assert answer.status_code == 200, address
        path.write_bytes(answer.content)
        assert_well_made(path, title="Invoice" if "invoices" in address else "My programmes")
    await as_(client, told.database, told.members[1], "member")
    assert (await client.get("/documents/invoices/mine.pdf")).status_code == 200
    for address in (f"/documents/invoices/{other}.pdf", "/documents/programmes.csv", "/documents/reports/members.csv"):
        assert (await client.get(address)).status_code in (403, 404), address
    await as_(client, told.database, told.member, "member")
    assert (await client.get("/documents/invoices/mine.pdf")).status_code == 404, "nothing is owed"


async def test_a_voucher_on_paper(client: httpx.AsyncClient, services: wiring.Services, tmp_path: Path):
    council = await make_council(services.database)
    proposed = await council.propose("withdrawal", await council.withdrawal())
    await council.approve(proposed.id, council.president)
    await as_(client, services.database, council.treasurer, "treasurer")
    address = f"/documents/vouchers/{proposed.id}.pdf"
    assert (await client.get(address)).status_code == 404, "one more must sign"
    carried = await council.approve(proposed.id, council.secretary)
    for lang, title in (("en", "Payment voucher"), ("sw", "Hati ya malipo")):
        path = tmp_path / f"{lang}.pdf"
        path.write_bytes((await client.get(f"{address}?lang={lang}")).content)
        assert_well_made(path, title=title, lang=lang)
        words = text_of(path)
        for wanted in (carried.proposed_by, *(one.name for one in carried.signatures), f"-{carried.entry_seq}"):
            assert wanted in words
    await as_(client, services.database, council.member, "member")
    assert (await client.get(address)).status_code == 200, "it is her money"


LOAN_PAPERS = {
    "agreement": {
        "en": ("Loan agreement", "School fees, L-1", "KES 600.00", "Six hundred Kenyan shillings only",
               "24 % a year on what is still owed", "Penalties, fees, interest, principal", "Guarantor",
               "Stands for KES 300.00", "For the group, date and signature", "Bring a quotation"),
        "sw": ("Mkataba wa mkopo", "Shilingi za Kenya mia sita tu", "Mdhamini", "Kwa niaba ya kikundi"),
    },
    "schedule": {"en": ("Loan schedule", "107.12", "Principal left"), "sw": ("Ratiba ya mkopo", "Msingi uliobaki")},
    "statement": {"en": ("Loan statement", "107.12", "Reversed, no longer counts"), "sw": ("Taarifa ya mkopo",)},
    "invoice": {"en": ("Invoice", "Instalment 2 of 6", "principal"), "sw": ("Ankara", "Awamu ya 2 kati ya 6")},
}  # fmt: skip
"""What must stand in each paper of a loan, by language."""


async def test_a_loan_on_paper(
    client: httpx.AsyncClient, services: wiring.Services, database: Database, tmp_path: Path
):
    lenders = await make_lenders(database, most_minor=100_000)
    asked = await lenders.signing()
    await lenders.conditions(asked.id, "Bring a quotation")
    borrower = await as_(client, database, lenders.borrower, "member")
    for kind in LOAN_PAPERS:
        assert (await borrower.get(f"/documents/loans/{asked.id}/{kind}.pdf")).status_code == 404, kind
    assert asked.proposal_id
    for who in (lenders.council.admin, lenders.council.president):
        await lenders.council.approve(asked.proposal_id, who)
    for kind, status in (("agreement", 200), ("schedule", 200), ("statement", 404), ("invoice", 404)):
        assert (await borrower.get(f"/documents/loans/{asked.id}/{kind}.pdf")).status_code == status, kind
    loan = await lenders.disburse(asked.id, met=True)
    wrong = await lenders.pay(loan, 5_000)
    await lenders.reverse(wrong.id)
    first = loan.instalments[0]
    paid = await lenders.pay(loan, first.due_minor)
    for kind, texts in LOAN_PAPERS.items():
        for lang, wanted in texts.items():
            answer = await borrower.get(f"/documents/loans/{loan.id}/{kind}.pdf?lang={lang}")
            assert answer.status_code == 200, (kind, lang)
            assert loan.member_name not in answer.headers["content-disposition"]
            path = tmp_path / f"{kind}-{lang}.pdf"
            path.write_bytes(answer.content)
            assert_well_made(path, title=wanted[0], lang=lang)
            said = text_of(path)
            assert not [one for one in (*wanted, loan.member_name) if one not in said], (kind, lang, said)
            assert "@@" not in said
    assert paid.receipt_number
    assert wrong.receipt_number
    assert {paid.receipt_number, wrong.receipt_number} <= set(text_of(tmp_path / "statement-en.pdf").split())


async def test_the_schedule_of_a_loan_that_was_repaid_early_says_what_was_paid(
    client: httpx.AsyncClient, database: Database, tmp_path: Path
):
    lenders = await make_lenders(database)
    loan = await lenders.active()
    await lenders.pay(loan, loan.payoff_minor)
    borrower = await as_(client, database, lenders.borrower, "member")
    path = tmp_path / "schedule.pdf"
    path.write_bytes((await borrower.get(f"/documents/loans/{loan.id}/schedule.pdf?lang=en")).content)
    said = text_of(path)
    assert "Paid back in all" in said
    planned = sum(one.principal_minor + one.interest_minor for one in loan.instalments)
    assert (exact(loan.payoff_minor, "KES") in said, exact(planned, "KES") in said) == (True, False)


async def test_papers_of_a_loan_are_for_who_may_read_its_file(client: httpx.AsyncClient, database: Database):
    lenders = await make_lenders(database)
    loan = await lenders.active()
    stranger = await make_programme(database)
    for who, role, status in (
        (lenders.guarantors[0], "member", 404),
        (stranger.treasurer, "treasurer", 404),
        (lenders.treasurer, "treasurer", 200),
        (lenders.borrower, "member", 200),
    ):
        await as_(client, database, who, role)
        for kind in LOAN_PAPERS:
            answer = await client.get(f"/documents/loans/{loan.id}/{kind}.pdf")
            assert answer.status_code == status, (role, kind)
    for path in (f"{uuid4()}/agreement", "x/agreement", f"{loan.id}/will"):
        assert (await client.get(f"/documents/loans/{path}.pdf")).status_code == 404
