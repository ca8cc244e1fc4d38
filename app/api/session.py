"""Sign-in by one-time code, sign-out, and the choice of group and role. Plain forms: they work without JavaScript."""

import asyncio
from uuid import UUID, uuid4

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app import wiring
from app.api import limiting
from app.api.html import page
from app.domain.groups import access
from app.domain.groups.members import claim_profiles
from app.domain.groups.views import MyGroup
from app.domain.identity import codes, sessions
from app.domain.identity import service as identity
from app.domain.identity.errors import CodeExpired
from app.domain.identity.phones import display_phone, parse_phone
from app.domain.identity.views import SessionView
from app.kit.actor import NOBODY, Actor
from app.kit.db import Session, set_tenant
from app.kit.errors import DomainError, InvalidInput, NotFound
from app.kit.i18n import t

router = APIRouter()
SEE_OTHER = 303
OFFICE = ("treasurer", "admin")
REQUEST_COOKIE = "sanduk-request"


def _cookie(response: Response, name: str, value: str, max_age_s: int) -> None:
    secure = wiring.services().settings.is_https
    response.set_cookie(name, value, max_age=max_age_s, httponly=True, secure=secure, samesite="lax", path="/")


def _sentence(error: DomainError) -> str:
    return t(error.message_key, **error.params)


@router.get("/sign-in")
async def sign_in() -> HTMLResponse:
    return page("signin.html", phone="", problem="")


@router.post("/session/code", response_model=None)
async def send_code(request: Request, phone: str = Form("", max_length=40)) -> Response:
    """Ask for a code. The answer is the same whether or not the phone is known."""
    try:
        limiting.check_rate(request, limiting.CODES, "code")
        number = parse_phone(phone)
        request_id = uuid4()
        async with wiring.services().database.transaction(NOBODY) as session:
            started = await codes.start_code(session, number, purpose="sign_in", request_id=request_id)
    except DomainError as error:
        return page("signin.html", status=error.http_status, phone=phone, problem=_sentence(error))
    if started.code:
        # sent beside the answer, so that a known phone answers no slower than an unknown one
        task = asyncio.create_task(wiring.services().sender.send(request_id, number, started.code, "en"))
        _sending.add(task)
        task.add_done_callback(_sending.discard)
        await asyncio.sleep(0)
    response = RedirectResponse("/sign-in/code", SEE_OTHER)
    _cookie(response, REQUEST_COOKIE, f"{request_id}:{number}", 900)
    return response


_sending: set[asyncio.Task[None]] = set()


def _asked(request: Request) -> tuple[UUID, str]:
    """The request and the phone that this browser asked for. Raises CodeExpired."""
    first, _, number = request.cookies.get(REQUEST_COOKIE, "").partition(":")
    try:
        return UUID(first), parse_phone(number)
    except (ValueError, InvalidInput):
        raise CodeExpired from None


@router.get("/sign-in/code", response_model=None)
async def code_page(request: Request) -> Response:
    try:
        request_id, number = _asked(request)
    except CodeExpired:
        return RedirectResponse("/sign-in", SEE_OTHER)
    return _code_page(request_id, number)


def _code_page(request_id: UUID, number: str, *, status: int = 200, problem: str = "") -> HTMLResponse:
    services = wiring.services()
    shown = "" if services.settings.is_production else services.sender.shown_code(request_id)
    return page(
        "code.html",
        status=status,
        phone=display_phone(number),
        number=number,
        problem=problem,
        shown=shown,
    )


@router.post("/session/verify", response_model=None)
async def verify(request: Request, code: str = Form("", max_length=20)) -> Response:
    """Check the code; open a session with a token of its own and choose a place."""
    try:
        limiting.check_rate(request, limiting.TRIES, "verify")
        request_id, number = _asked(request)
    except CodeExpired:
        return RedirectResponse("/sign-in", SEE_OTHER)
    except DomainError as error:
        return page("signin.html", status=error.http_status, phone="", problem=_sentence(error))
    database = wiring.services().database
    async with database.transaction(NOBODY) as session:
        checked = await codes.check_code(session, request_id, code)
    try:
        codes.raise_failure(checked)
    except DomainError as error:
        return _code_page(request_id, number, status=error.http_status, problem=_sentence(error))
    async with database.transaction(NOBODY) as session:
        token, home = await _open(session, checked.phone, request.headers.get("user-agent", ""))
    response = RedirectResponse(home, SEE_OTHER)
    _cookie(response, wiring.services().settings.cookie_name, token, int(sessions.ABSOLUTE.total_seconds()))
    response.delete_cookie(REQUEST_COOKIE, path="/")
    return response


async def _open(session: Session, phone: str, user_agent: str) -> tuple[str, str]:
    """A new session in the person's first place; returns the token and where to go."""
    person = await identity.get_or_create_person(session, phone)
    me = Actor(person_id=person.id)
    await set_tenant(await session.connection(), me)
    await claim_profiles(session, person.id, phone)
    token = await sessions.open_session(session, person.id, user_agent=user_agent)
    groups = await access.list_my_groups(session, me)
    found = await sessions.find_session(session, token)
    assert found is not None
    if groups:
        await sessions.set_place(session, found.id, groups[0].group_id, _first_role(groups[0]))
    elif found.is_staff:
        await sessions.set_place(session, found.id, None, "staff")
    return token, _home_of(_first_role(groups[0]) if groups else "staff" if found.is_staff else "")


def _first_role(group: MyGroup) -> str:
    return next((role for role in OFFICE if role in group.roles), "member")


def _home_of(role: str) -> str:
    return {"member": "/home", "treasurer": "/today", "admin": "/today", "staff": "/staff"}.get(role, "/no-group")


async def session_of(session: Session, request: Request) -> SessionView | None:
    """The live session of the request's cookie; the transaction then acts as its person."""
    token = request.cookies.get(wiring.services().settings.cookie_name, "")
    return await sessions.find_session(session, token) if token else None


@router.get("/start")
async def start(request: Request) -> RedirectResponse:
    """Where the session was left; the sign-in page without one."""
    async with wiring.services().database.transaction(NOBODY) as session:
        found = await session_of(session, request)
    return RedirectResponse(_home_of(found.role or "") if found else "/sign-in", SEE_OTHER)


@router.get("/no-group")
async def no_group() -> HTMLResponse:
    return page("no_group.html")


@router.post("/session/place")
async def choose_place(
    request: Request, role: str = Form(max_length=20), group: str = Form("", max_length=36)
) -> RedirectResponse:
    """Act in another role or group; only in those that one has."""
    async with wiring.services().database.transaction(NOBODY) as session:
        found = await session_of(session, request)
        if found is None:
            return RedirectResponse("/sign-in", SEE_OTHER)
        groups = await access.list_my_groups(session, Actor(person_id=found.person_id))
        wanted = group or str(found.group_id)
        if role == "staff" and found.is_staff:
            await sessions.set_place(session, found.id, None, "staff")
        elif mine := next((one for one in groups if str(one.group_id) == wanted and role in one.roles), None):
            await sessions.set_place(session, found.id, mine.group_id, role)
        else:
            role = found.role or ""
    return RedirectResponse(_home_of(role), SEE_OTHER)


@router.post("/session/end")
async def end(request: Request) -> RedirectResponse:
    """Sign out: the session is over everywhere at once."""
    async with wiring.services().database.transaction(NOBODY) as session:
        found = await session_of(session, request)
        if found is not None:
            await sessions.end_session(session, found.id)
    response = RedirectResponse("/", SEE_OTHER)
    response.delete_cookie(wiring.services().settings.cookie_name, path="/")
    return response


@router.get("/unreachable")
async def unreachable() -> HTMLResponse:
    return page("unreachable.html", status=503)


async def actor_of(session: Session, request: Request) -> Actor:
    """Who makes this HTTP request, in the session's group; the transaction acts as that. Raises NotFound."""
    found = await session_of(session, request)
    if found is None or found.group_id is None:
        raise NotFound
    actor = Actor(person_id=found.person_id, group_id=found.group_id)
    await set_tenant(await session.connection(), actor)
    return actor
