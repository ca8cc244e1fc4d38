"""The public check of receipts (`/c`) and statements (`/s`): a page without JavaScript, and an answer for programs."""

from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, JSONResponse
from limits import parse

from app import wiring
from app.api import limiting
from app.api.html import page
from app.domain.receipts import service as receipts
from app.domain.receipts.views import CheckResult, PublicReceipt
from app.domain.reports.checking import check_statement
from app.domain.reports.views import PublicStatement, StatementCheck
from app.kit.actor import NOBODY
from app.kit.db import UNREACHABLE, clock_of
from app.kit.errors import TooManyRequests
from app.kit.i18n import t
from app.web.presenters.checks import CheckSheet, check_sheet
from app.web.presenters.statement_checks import statement_check_sheet

router = APIRouter()

CHECKS = parse("60 per minute")
"""Per address: a meeting behind one router scans at once; 60 bits of code are safe from guessing at any rate."""

STATUS = {"valid": 200, "reversed": 200, "outdated": 200, "unknown": 404, "invalid": 422}


@router.get("/c")
@router.get("/s")
async def check_typed(request: Request, code: str = "", token: str = "") -> HTMLResponse:
    """The empty form, or the answer for a code or a token of the query."""
    if given := code.strip() or token.strip():
        return await _answer(request, given)
    return _form()


@router.post("/c")
@router.post("/s")
async def check_pasted(request: Request, token: str = Form("", max_length=20_000)) -> HTMLResponse:
    """The answer for a pasted token, which is too long for an address. Changes nothing."""
    return await _answer(request, token) if token.strip() else _form()


@router.get("/c/{code}.json")
@router.get("/s/{code}.json")
async def check_for_programs(request: Request, code: str) -> JSONResponse:
    """The page's answer as JSON with the token, so that anyone can verify it by herself. Any site may read it."""
    try:
        limiting.check_rate(request, CHECKS, "check")
        result, _ = await _look_up(code)
    except TooManyRequests as error:
        wait_s = error.params["wait_s"]
        return _json({"error": {"code": error.code, "wait_s": wait_s}}, 429, {"retry-after": str(wait_s)})
    except UNREACHABLE:
        return _json({"error": {"code": "records_unreachable"}}, 503, {"retry-after": "10"})
    return _json(_for_programs(result), STATUS[result.state])


@router.get("/c/{code}")
@router.get("/s/{code}")
async def check_code(request: Request, code: str) -> HTMLResponse:
    """The page that the square code of a receipt or statement opens; either address answers for both."""
    return await _answer(request, code)


async def _answer(request: Request, given: str) -> HTMLResponse:
    try:
        limiting.check_rate(request, CHECKS, "check")
        result, sheet = await _look_up(given)
    except TooManyRequests as error:
        wait_s = error.params["wait_s"]
        return _form(429, t("check.busy"), t(error.message_key, wait_s=wait_s), {"retry-after": str(wait_s)})
    except UNREACHABLE:
        return _form(503, t("check.unreachable"), t("check.unreachable_note"), {"retry-after": "10"})
    return _page("check.html", STATUS[result.state], sheet=sheet)


async def _look_up(given: str) -> tuple[CheckResult | StatementCheck, CheckSheet]:
    """A receipt's answer; a statement's when the code or token is one's."""
    async with wiring.services().database.transaction(NOBODY) as session:
        result, now = await receipts.check(session, given), clock_of(session).now()
        if result.state == "unknown" or result.why == "signature":
            other = await check_statement(session, given)
            if other.statement is not None or other.why == "record":
                return other, statement_check_sheet(other, now)
        return result, check_sheet(result, now)


def _form(status: int = 200, title: str = "", note: str = "", headers: dict[str, str] | None = None) -> HTMLResponse:
    response = _page("check_form.html", status, problem_title=title, problem_note=note)
    response.headers.update(headers or {})
    return response


def _page(template: str, status: int, **values: object) -> HTMLResponse:
    host = urlsplit(wiring.services().settings.public_url).netloc
    return page(template, status=status, host=host, **values)


def _json(content: dict[str, Any], status: int, headers: dict[str, str] | None = None) -> JSONResponse:
    common = {"cache-control": "no-store", "x-robots-tag": "noindex", "access-control-allow-origin": "*"}
    return JSONResponse(content, status, headers={**common, **(headers or {})})


def _for_programs(result: CheckResult | StatementCheck) -> dict[str, Any]:
    answer: dict[str, Any] = {"state": result.state}
    if result.why:
        answer["why"] = result.why
    keys = f"{wiring.services().signer.issuer}/.well-known/jwks.json"
    if isinstance(result, StatementCheck):
        if (found := result.statement) is not None:
            answer |= {"statement": _statement_for_programs(found), "token": found.token, "keys": keys}
    elif result.receipt is not None:
        answer |= {"receipt": _receipt_for_programs(result.receipt), "token": result.receipt.token, "keys": keys}
    return answer


def _statement_for_programs(found: PublicStatement) -> dict[str, Any]:
    return {
        "from": found.from_on.isoformat(),
        "until": found.until_on.isoformat(),
        "opening_minor": found.opening_minor,
        "in_minor": found.in_minor,
        "out_minor": found.out_minor,
        "closing_minor": found.closing_minor,
        "currency": found.currency,
        "exponent": found.exponent,
        "lines": found.lines,
        "made_at": found.made_at.isoformat(),
        "group": found.group_name,
        "member_initials": found.member_initials,
        "member_no": found.member_no,
        "seq": found.head_seq,
        "digest": found.digest,
    }


def _receipt_for_programs(receipt: PublicReceipt) -> dict[str, Any]:
    return {
        "number": receipt.number,
        "amount_minor": receipt.amount_minor,
        "currency": receipt.currency,
        "exponent": receipt.exponent,
        "paid_on": receipt.paid_on.isoformat(),
        "issued_at": receipt.issued_at.isoformat(),
        "reversed_at": receipt.reversed_at.isoformat() if receipt.reversed_at else None,
        "group": receipt.group_name,
        "member_initials": receipt.member_initials,
        "member_no": receipt.member_no,
        "method": receipt.method,
        "provider_code": receipt.provider_code,
        "seq": receipt.seq,
        "hash": receipt.hash,
    }
