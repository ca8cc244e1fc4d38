"""The way into a group: the public page of an invitation, and what one has asked. Plain forms, full page loads."""

from collections.abc import Sequence
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse
from limits import parse

from app import wiring
from app.api import limiting
from app.api.current import forget_cookie, session_of, set_cookie
from app.api.html import CODE_COOKIE, page
from app.domain.contributions.former import list_left_groups
from app.domain.groups.access import list_my_groups
from app.domain.groups.joining import requests
from app.domain.groups.joining.errors import InviteUnknown
from app.domain.groups.joining.invites import find_invite, is_live
from app.domain.groups.joining.views import AskToJoin, InviteSeen, MyRequest
from app.domain.identity.views import SessionView
from app.kit.actor import NOBODY, Actor
from app.kit.db import Session
from app.kit.errors import DomainError, TooManyRequests
from app.kit.i18n import t
from app.kit.ids import in_fours, normalise_code
from app.web.presenters.dates import moment
from app.web.presenters.left import left_row

router = APIRouter()
SEE_OTHER = 303
CODE_COOKIE_S = 3600
"""The code on its way through the sign-in: it counts as invited there, and leads back here."""
LOOKS = parse("60 per minute")
"""Per address: a meeting behind one router opens the link at once; 60 bits of code are safe from guessing."""
ANSWERS = parse("3000 per minute")
"""The same of those who wait: a page asks every few seconds whether its request was answered."""
LONGEST = 400


@router.get("/join", response_model=None)
async def join_typed(code: str = "") -> Response:
    """The form for a code that was read aloud, or the page of the one that was typed."""
    if typed := normalise_code(code[:60]):
        return RedirectResponse(_address(typed), SEE_OTHER)
    return _form()


@router.get("/join/{code}")
async def join(request: Request, code: str) -> HTMLResponse:
    """Who invites, and the next step: to sign in, to ask, to wait, to go in."""
    return await _page(request, code)


@router.post("/join/{code}", response_model=None)
async def ask(request: Request, code: str, name: str = Form("")) -> Response:
    """Ask to be let in. Twice is one request."""
    try:
        limiting.check_rate(request, LOOKS, "join")
        async with wiring.services().database.transaction(NOBODY) as session:
            found = await session_of(session, request)
            if found is None:
                return RedirectResponse(_address(code), SEE_OTHER)
            await requests.ask_to_join(session, _me(found), AskToJoin(code, name[:LONGEST]))
    except DomainError as error:
        return await _page(request, code, error, name[:LONGEST])
    response = RedirectResponse(_address(code), SEE_OTHER)
    forget_cookie(response, CODE_COOKIE)
    return response


@router.post("/requests/withdraw")
async def withdraw(request: Request, id: str = Form(""), back: str = Form("")) -> RedirectResponse:  # noqa: A002
    """Take one's own request back. Another's, or one that was answered, stays as it is."""
    try:
        async with wiring.services().database.transaction(NOBODY) as session:
            if found := await session_of(session, request):
                await requests.withdraw_request(session, _me(found), UUID(id))
    except (DomainError, ValueError):
        pass
    return RedirectResponse(_address(back) if back else "/no-group", SEE_OTHER)


@router.get("/requests/state")
async def request_states(request: Request) -> PlainTextResponse:
    """What became of one's own requests, for a page that waits (`assets/waiting.js`); changes with every answer."""
    try:
        limiting.check_rate(request, ANSWERS, "waiting")
    except TooManyRequests as error:
        return PlainTextResponse("", error.http_status, {"retry-after": str(error.params["wait_s"])})
    async with wiring.services().database.transaction(NOBODY) as session:
        found = await session_of(session, request)
        mine = await requests.list_my_requests(session, _me(found)) if found else []
    return PlainTextResponse(_states(mine), headers={"cache-control": "no-store"})


@router.get("/no-group", response_model=None)
async def no_group(request: Request) -> Response:
    """Signed in and a member of nothing, or no more: what is still owed, what was asked, and the form for a code.

    Who has been let in meanwhile is sent on.
    """
    async with wiring.services().database.transaction(NOBODY) as session:
        found = await session_of(session, request)
        mine = await requests.list_my_requests(session, _me(found)) if found else []
        groups = await list_my_groups(session, _me(found)) if found else []
        left = await list_left_groups(session, _me(found)) if found else []
    if groups and not left:
        return RedirectResponse("/start", SEE_OTHER)
    return page(
        "no_group.html",
        asked=[_row(one) for one in mine if one.kind == "join" and not (left and one.state == "approved")][:5],
        states=_states(mine),
        left=[left_row(one) for one in left],
        has_group=bool(groups),
    )


async def invited_code(session: Session, request: Request) -> str:
    """The code that this browser came with, while it is live; empty without one."""
    code = request.cookies.get(CODE_COOKIE, "")
    return code if code and await is_live(session, code) else ""


def _me(found: SessionView) -> Actor:
    return Actor(person_id=found.person_id)


def _address(code: str) -> str:
    return f"/join/{quote(normalise_code(code[:60]), safe='')}"


async def _page(request: Request, code: str, error: DomainError | None = None, name: str = "") -> HTMLResponse:
    try:
        if not isinstance(error, TooManyRequests):
            limiting.check_rate(request, LOOKS, "join")
        async with wiring.services().database.transaction(NOBODY) as session:
            seen = await find_invite(session, code)
            found = await session_of(session, request)
            asked, is_member = await _mine(session, found, seen)
            states = _states(await requests.list_my_requests(session, _me(found))) if found else ""
    except (InviteUnknown, TooManyRequests) as refusal:
        return _form(refusal, code)
    state = "member" if is_member else asked.state if asked else seen.state
    problem = _sentence(error) if error and not is_member else ""
    if state in ("expired", "used_up", "revoked"):
        problem = t(f"error.invite_{state}")
    response = page(
        "join.html",
        status=error.http_status if error else 410 if state in ("expired", "used_up", "revoked") else 200,
        group=seen.group_name,
        group_id=seen.group_id,
        code=normalise_code(code),
        shown=in_fours(normalise_code(code)),
        state=state,
        is_signed_in=found is not None,
        asked=_row(asked) if asked else None,
        states=states,
        problem=problem,
        name=name,
    )
    if found is None and seen.state == "live":
        set_cookie(response, CODE_COOKIE, normalise_code(code), CODE_COOKIE_S)
    return response


async def _mine(session: Session, found: SessionView | None, seen: InviteSeen) -> tuple[MyRequest | None, bool]:
    """What the signed-in person has asked of this group and still counts, and whether she is its member."""
    if found is None:
        return None, False
    if any(one.group_id == seen.group_id for one in await list_my_groups(session, _me(found))):
        return None, True
    for one in await requests.list_my_requests(session, _me(found)):
        if one.group_id == seen.group_id and one.kind == "join":
            is_this = one.state == "waiting" or (one.state == "denied" and one.invite_id == seen.invite_id)
            return (one if is_this else None), False
    return None, False


def _states(mine: Sequence[MyRequest]) -> str:
    return " ".join(f"{one.id}:{one.state}" for one in mine if one.kind == "join")


def _row(one: MyRequest) -> dict[str, str]:
    return {
        "id": str(one.id),
        "group": one.group_name,
        "name": one.name,
        "state": one.state,
        "reason": one.reason or "",
        "asked": moment(one.asked_at),
    }


def _form(error: DomainError | None = None, code: str = "") -> HTMLResponse:
    status = error.http_status if error else 200
    response = page("join_form.html", status=status, problem=_sentence(error), code=in_fours(normalise_code(code[:60])))
    if isinstance(error, TooManyRequests):
        response.headers["retry-after"] = str(error.params["wait_s"])
    return response


def _sentence(error: DomainError | None) -> str:
    return t(error.message_key, **error.params) if error else ""
