"""Documents go out by authorised requests: receipts as PDF, signed statements as PDF, CSV and XLSX.

An address is worth nothing without the session of somebody who may read what it names; to all others it is not found.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from limits import parse

from app import wiring
from app.api import limiting
from app.api.current import actor_of
from app.api.html import page
from app.domain.receipts import service as receipts
from app.domain.reports import files
from app.domain.reports.activity import MOST, group_activity
from app.domain.reports.issuing import open_statement
from app.domain.reports.ports import CannotPrint
from app.kit.actor import NOBODY, Actor
from app.kit.db import Session
from app.kit.errors import DomainError, NotFound
from app.kit.i18n import t
from app.kit.sheets import to_csv, to_xlsx
from app.web.audit_address import Narrowing
from app.web.paper.receipts import Size, receipt_paper
from app.web.paper.rendering import language
from app.web.paper.statements import WIDTHS, file_name, statement_table
from app.web.presenters.activity import LOG_WIDTHS, log_table

router = APIRouter()
PRINTS = parse("60 per minute")
"""Documents per address; a whole meeting may share one."""
PDF = "application/pdf"
TABLES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@router.get("/documents/receipts/{receipt_id}.pdf")
async def receipt_pdf(request: Request, receipt_id: str, size: str = "a4", lang: str = "") -> Response:
    """One's own receipt, or anyone's for those who read the group; `size` is a4 or phone."""
    kind: Size = "phone" if size == "phone" else "a4"
    try:
        async with _asking(request) as (session, actor):
            found = await receipts.get_receipt_for(session, actor, _uuid(receipt_id))
        paper = await asyncio.to_thread(receipt_paper, found, kind, language(lang), _public_url())
        pdf = await wiring.services().printer.pdf(paper.html, paper.attachments)
    except DomainError as error:
        return _refused(error)
    except CannotPrint:
        return _unprinted()
    return _file(pdf, PDF, f"{paper.name}.pdf")


@router.get("/documents/statements/{statement_id}.pdf")
async def statement_pdf(request: Request, statement_id: str, lang: str = "") -> Response:
    """What the worker printed; not found before that."""
    try:
        async with _asking(request) as (session, actor):
            wanted = _uuid(statement_id)
            signed = await open_statement(session, actor, wanted)
            pdf = await files.read_file(session, actor, wanted, language(lang))
    except DomainError as error:
        return _refused(error)
    return _file(pdf, PDF, f"{file_name(signed.statement)}.pdf")


@router.get("/documents/statements/{statement_id}.csv")
async def statement_csv(request: Request, statement_id: str, lang: str = "") -> Response:
    return await _table(request, statement_id, "csv", lang)


@router.get("/documents/statements/{statement_id}.xlsx")
async def statement_xlsx(request: Request, statement_id: str, lang: str = "") -> Response:
    return await _table(request, statement_id, "xlsx", lang)


async def _table(request: Request, statement_id: str, kind: Literal["csv", "xlsx"], lang: str) -> Response:
    try:
        async with _asking(request) as (session, actor):
            signed = await open_statement(session, actor, _uuid(statement_id))
    except DomainError as error:
        return _refused(error)

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
    try:
        wanted = Narrowing.of(request.query_params).arguments()
        async with _asking(request) as (session, actor):
            found = await group_activity(session, actor, limit=MOST, **wanted)
    except DomainError as error:
        return _refused(error)

    def write() -> bytes:
        rows = log_table(found)
        if kind == "csv":
            return to_csv(rows)
        return to_xlsx(rows, name=t("audit.file"), heads=[0], widths=LOG_WIDTHS)

    return _file(await asyncio.to_thread(write), TABLES[kind], f"{found.group_code}-audit.{kind}")


@asynccontextmanager
async def _asking(request: Request) -> AsyncIterator[tuple[Session, Actor]]:
    """A transaction under the request's own actor. Raises TooManyRequests, and NotFound without a session."""
    limiting.check_rate(request, PRINTS, "documents")
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


def _unprinted() -> HTMLResponse:
    return page("no_document.html", status=503, problem=t("document.unprinted"))
