"""Documents go out by authorised requests: receipts, statements, reports, invoices, vouchers, papers of loans.

An address is worth nothing without the session of somebody who may read what it names; to all others it is not found.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from fastapi.routing import APIRoute
from limits import parse

from app import wiring
from app.api import limiting
from app.api.current import actor_of
from app.api.html import page
from app.domain.groups.access import get_group
from app.domain.receipts import service as receipts
from app.domain.reports import files
from app.domain.reports.activity import MOST, group_activity
from app.domain.reports.issuing import open_statement
from app.domain.reports.loan_papers import read_loan_paper
from app.domain.reports.ports import CannotPrint
from app.domain.reports.programmes import list_programmes
from app.domain.reports.report_files import read_report_file
from app.domain.reports.report_views import Narrowed
from app.domain.reports.reporting import my_invoice, read_report
from app.domain.reports.vouchers import read_voucher
from app.kit.actor import NOBODY, Actor
from app.kit.db import Session
from app.kit.errors import DomainError, InvalidInput, NotFound
from app.kit.i18n import t
from app.kit.sheets import to_csv, to_xlsx
from app.web.audit_address import Narrowing
from app.web.paper.loans import loan_paper
from app.web.paper.receipts import Size, receipt_paper
from app.web.paper.rendering import language
from app.web.paper.reports import programmes_paper, report_paper
from app.web.paper.statements import WIDTHS, file_name, statement_table
from app.web.paper.tables import write
from app.web.paper.vouchers import voucher_paper
from app.web.presenters.activity import LOG_WIDTHS, log_table
from app.web.presenters.reports import programmes_table, report_table
from app.web.report_address import ReportAddress


class Answering(APIRoute):
    """What a document can't be is said on a page: not found, refused, not printed."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except DomainError as error:
                return _refused(error)
            except CannotPrint:
                return page("no_document.html", status=503, problem=t("document.unprinted"))

        return answer


router = APIRouter(route_class=Answering)
PRINTS = parse("60 per minute")
"""Documents per address; a whole meeting may share one."""
DEMO_PRINTS = parse("10 per minute")
"""Documents as PDF per visitor of a public demo: they are made one after another, whoever asks."""
PDF = "application/pdf"
TABLES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@router.get("/documents/receipts/{receipt_id}.pdf")
async def receipt_pdf(request: Request, receipt_id: str, size: str = "a4", lang: str = "") -> Response:
    """One's own receipt, or anyone's for those who read the group; `size` is a4 or phone."""
    kind: Size = "phone" if size == "phone" else "a4"
    async with _asking(request) as (session, actor):
        found = await receipts.get_receipt_for(session, actor, _uuid(receipt_id))
    paper = await asyncio.to_thread(receipt_paper, found, kind, language(lang), _public_url())
    pdf = await wiring.services().printer.pdf(paper.html, paper.attachments)
    return _file(pdf, PDF, f"{paper.name}{'-A4' if kind == 'a4' else ''}.pdf")


@router.get("/documents/statements/{statement_id}.pdf")
async def statement_pdf(request: Request, statement_id: str, lang: str = "") -> Response:
    """What the worker printed; not found before that."""
    async with _asking(request) as (session, actor):
        wanted = _uuid(statement_id)
        signed = await open_statement(session, actor, wanted)
        pdf = await files.read_file(session, actor, wanted, language(lang))
    return _file(pdf, PDF, f"{file_name(signed.statement)}.pdf")


@router.get("/documents/statements/{statement_id}.csv")
async def statement_csv(request: Request, statement_id: str, lang: str = "") -> Response:
    return await _table(request, statement_id, "csv", lang)


@router.get("/documents/statements/{statement_id}.xlsx")
async def statement_xlsx(request: Request, statement_id: str, lang: str = "") -> Response:
    return await _table(request, statement_id, "xlsx", lang)


async def _table(request: Request, statement_id: str, kind: Literal["csv", "xlsx"], lang: str) -> Response:
    async with _asking(request) as (session, actor):
        signed = await open_statement(session, actor, _uuid(statement_id))
    chosen = language(lang)

    def write() -> bytes:
        table = statement_table(signed, chosen, _public_url())
        if kind == "csv":
            return to_csv(table.rows)
        return to_xlsx(table.rows, name=t("paper.statement", chosen), heads=[table.head], widths=WIDTHS)

    return _file(await asyncio.to_thread(write), TABLES[kind], f"{file_name(signed.statement)}.{kind}")


@router.get("/documents/audit.csv")
async def audit_csv(request: Request) -> Response:
    return await _audit(request, "csv")


@router.get("/documents/audit.xlsx")
async def audit_xlsx(request: Request) -> Response:
    return await _audit(request, "xlsx")


async def _audit(request: Request, kind: Literal["csv", "xlsx"]) -> Response:
    """The group's log as the page narrows it, the newest 10,000 events; for those who read the books."""
    wanted = Narrowing.of(request.query_params).arguments()
    async with _asking(request) as (session, actor):
        found = await group_activity(session, actor, limit=MOST, **wanted)

    def write() -> bytes:
        rows = log_table(found)
        if kind == "csv":
            return to_csv(rows)
        return to_xlsx(rows, name=t("audit.file"), heads=[0], widths=LOG_WIDTHS)

    return _file(await asyncio.to_thread(write), TABLES[kind], f"{found.group_code}-audit.{kind}")


@router.get("/documents/reports/{kind}.csv")
async def report_csv(request: Request, kind: str, lang: str = "") -> Response:
    return await _report(request, kind, "csv", lang)


@router.get("/documents/reports/{kind}.xlsx")
async def report_xlsx(request: Request, kind: str, lang: str = "") -> Response:
    return await _report(request, kind, "xlsx", lang)


async def _report(request: Request, kind: str, ending: Literal["csv", "xlsx"], lang: str) -> Response:
    """A report as its page narrows it, up to 10,000 rows; for those who read the books."""
    async with _asking(request) as (session, actor):
        currency = (await get_group(session, actor)).currency
        wanted = ReportAddress.of(request.query_params).narrowed(currency)
        found = await read_report(session, actor, kind, wanted)
    if found.total > MOST:
        raise InvalidInput("from", "report_long", limit=f"{MOST:,}")
    table = report_table(found, language(lang))
    content = await asyncio.to_thread(write, table, ending)
    return _file(content, TABLES[ending], f"{table.name}.{ending}")


@router.get("/documents/report-files/{report_id}.pdf")
async def report_pdf(request: Request, report_id: str, lang: str = "") -> Response:
    """What the worker printed; not found before that."""
    async with _asking(request) as (session, actor):
        kind, pdf = await read_report_file(session, actor, _uuid(report_id), language(lang))
        code = (await get_group(session, actor)).code
    return _file(pdf, PDF, f"{code}-{kind}.pdf")


@router.get("/documents/programmes.{ending}")
async def programmes_file(request: Request, ending: Literal["csv", "xlsx", "pdf"], lang: str = "") -> Response:
    """The groups of whoever asks, side by side."""
    chosen = language(lang)
    async with _asking(request) as (session, actor):
        found = await list_programmes(session, actor)
    if ending == "pdf":
        paper = await asyncio.to_thread(programmes_paper, found, chosen)
        return _file(await wiring.services().printer.pdf(paper.html), PDF, f"{paper.name}.pdf")
    table = programmes_table(found, chosen)
    return _file(await asyncio.to_thread(write, table, ending), TABLES[ending], f"{table.name}.{ending}")


@router.get("/documents/invoices/{member_id}.pdf")
async def invoice_pdf(request: Request, member_id: str, lang: str = "") -> Response:
    """What a member owes: anyone's for those who read the books; `mine` is one's own."""
    async with _asking(request) as (session, actor):
        if member_id == "mine":
            found = await my_invoice(session, actor)
        else:
            found = await read_report(session, actor, "invoices", Narrowed(member_id=_uuid(member_id)))
    if not found.rows:
        raise NotFound
    paper = await asyncio.to_thread(report_paper, found, language(lang))
    pdf = await wiring.services().printer.pdf(paper.html, paper.attachments)
    return _file(pdf, PDF, f"{paper.name}.pdf")


@router.get("/documents/vouchers/{proposal_id}.pdf")
async def voucher_pdf(request: Request, proposal_id: str, lang: str = "") -> Response:
    """Of money that went out, for whoever may read the decision."""
    async with _asking(request) as (session, actor):
        found = await read_voucher(session, actor, _uuid(proposal_id))
    paper = await asyncio.to_thread(voucher_paper, found, language(lang))
    pdf = await wiring.services().printer.pdf(paper.html, paper.attachments)
    return _file(pdf, PDF, f"voucher-{paper.name}.pdf")


@router.get("/documents/loans/{loan_id}/{kind}.pdf")
async def loan_pdf(request: Request, loan_id: str, kind: str, lang: str = "") -> Response:
    """A loan's agreement, schedule, statement or invoice, for whoever may read the loan's file."""
    async with _asking(request) as (session, actor):
        found = await read_loan_paper(session, actor, _uuid(loan_id), kind)
    paper = await asyncio.to_thread(loan_paper, found, language(lang))
    pdf = await wiring.services().printer.pdf(paper.html, paper.attachments)
    return _file(pdf, PDF, f"{paper.name}.pdf")


@asynccontextmanager
async def _asking(request: Request) -> AsyncIterator[tuple[Session, Actor]]:
    """A transaction under the request's own actor. Raises TooManyRequests, and NotFound without a session."""
    is_print = request.url.path.endswith(".pdf")
    is_narrow = is_print and wiring.services().settings.is_demo
    limiting.check_rate(request, DEMO_PRINTS if is_narrow else PRINTS, "documents")
    async with wiring.services().database.transaction(NOBODY) as session:
        yield session, await actor_of(session, request)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None


def _public_url() -> str:
    return wiring.services().settings.public_url.rstrip("/")


def _file(content: bytes, kind: str, name: str) -> Response:
    headers = {
        "content-disposition": f'attachment; filename="{name}"',
        "cache-control": "private, no-store",
        "x-robots-tag": "noindex",
    }
    return Response(content, media_type=kind, headers=headers)


def _refused(error: DomainError) -> HTMLResponse:
    problem = t("document.gone") if isinstance(error, NotFound) else t(error.message_key, **error.params)
    response = page("no_document.html", status=error.http_status, problem=problem)
    if "wait_s" in error.params:
        response.headers["retry-after"] = str(error.params["wait_s"])
    return response
