"""Sign-in by one-time code, and sign-out. Plain forms: they work without JavaScript."""

import asyncio
from uuid import UUID, uuid4

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app import wiring
from app.api import limiting
from app.api.current import forget_cookie, session_of, set_cookie
from app.api.html import page
from app.api.joining import CODE_COOKIE, invited_code
from app.api.places import SEE_OTHER, Place, settle
from app.domain.groups.members import claim_profiles
from app.domain.groups.phones import complete_due
from app.domain.identity import codes, sending, sessions
from app.domain.identity import service as identity
from app.domain.identity.asking import KNOWN_FOR, Asker, make_proof
from app.domain.identity.phones import display_phone, parse_phone, prefix_of
from app.domain.identity.views import CodeAsked, CodeStarted
from app.kit.actor import NOBODY, Actor
from app.kit.db import Session, clock_of, keyring_of, set_tenant
from app.kit.errors import DomainError, TooManyRequests
from app.kit.i18n import language, t

router = APIRouter()
REQUEST_COOKIE = "sanduk-request"
REQUEST_COOKIE_S = 900
KNOWN_COOKIE = "sanduk-known"
"""Says that this browser has signed in with a phone before; it opens nothing, and stays after signing out."""
LONGEST, MESSAGE = 40, 400
"""Symbols of a typed phone, and of a code or the message that holds it, that are looked at."""
_sending: set[asyncio.Task[str]] = set()


@router.get("/sign-in")
async def sign_in() -> HTMLResponse:
    return _sign_in_page()


@router.get("/session/code")
async def back_to_sign_in() -> RedirectResponse:
    """The address that a refused form leaves in the address bar, asked for again."""
    return RedirectResponse("/sign-in", SEE_OTHER)


@router.get("/session/verify")
async def back_to_code() -> RedirectResponse:
    return RedirectResponse("/sign-in/code", SEE_OTHER)


@router.post("/session/code", response_model=None)
async def send_code(
    request: Request, phone: str = Form(""), country: str = Form(""), channel: str = Form("")
) -> Response:
    """Ask for a code. The answer is the same, and as quick, whether or not the phone is known."""
    chosen = wiring.services().settings
    phone, country = phone[:LONGEST], country if country in chosen.otp_countries else chosen.otp_countries[0]
    channel = channel if channel in chosen.otp_channels else chosen.otp_channels[0]
    request_id = uuid4()
    try:
        limiting.check_rate(request, limiting.CODES, "code")
        number = parse_phone(phone, country)
        async with wiring.services().database.transaction(NOBODY) as session:
            await complete_due(session, number)
        async with wiring.services().database.transaction(NOBODY) as session:
            started = await codes.start_code(
                session,
                number,
                purpose="sign_in",
                request_id=request_id,
                asker=_asker(request),
                channel=channel,
                may=True if await invited_code(session, request) else None,
            )
    except TooManyRequests as error:
        return await _too_soon(request, error, phone, country)
    except DomainError as error:
        return _sign_in_page(error, phone, country)
    _send(started)
    response = RedirectResponse("/sign-in/code", SEE_OTHER)
    set_cookie(response, REQUEST_COOKIE, str(request_id), REQUEST_COOKIE_S)
    return response


def _asker(request: Request) -> Asker:
    network = limiting.network_of(limiting.client_address(request))
    return Asker(address=network, proof=request.cookies.get(KNOWN_COOKIE, ""))


def _send(started: CodeStarted) -> None:
    """Beside the answer, so that a known phone answers no slower than an unknown one."""
    services = wiring.services()
    task = asyncio.create_task(sending.deliver(services.database, services.sender, started, language.get()))
    _sending.add(task)
    task.add_done_callback(_sending.discard)


async def _too_soon(request: Request, error: TooManyRequests, phone: str, country: str) -> HTMLResponse:
    """On the code page for who waits there for this very phone, else on the sign-in page."""
    request_id, asked = await _asked(request)
    if asked and asked.wait_s and asked.phone == phone:
        response = _code_page(request_id, asked, status=error.http_status, too_soon=True)
    else:
        response = _sign_in_page(error, phone, country)
    response.headers["retry-after"] = str(error.params["wait_s"])
    return response


def _sign_in_page(error: DomainError | None = None, phone: str = "", country: str = "") -> HTMLResponse:
    chosen = wiring.services().settings
    return page(
        "signin.html",
        status=error.http_status if error else 200,
        problem=_sentence(error) if error else "",
        phone=phone,
        country=country,
        countries={one: prefix_of(one) for one in chosen.otp_countries},
        channels=chosen.otp_channels,
    )


async def _asked(request: Request) -> tuple[UUID, CodeAsked | None]:
    """The request that this browser made, by its cookie; a fresh id and None without one."""
    try:
        request_id = UUID(request.cookies.get(REQUEST_COOKIE, ""))
    except ValueError:
        return uuid4(), None
    async with wiring.services().database.transaction(NOBODY) as session:
        return request_id, await codes.find_request(session, request_id)


@router.get("/sign-in/code", response_model=None)
async def code_page(request: Request) -> Response:
    request_id, asked = await _asked(request)
    return _code_page(request_id, asked) if asked else RedirectResponse("/sign-in", SEE_OTHER)


def _code_page(
    request_id: UUID, asked: CodeAsked, *, status: int = 200, problem: str = "", too_soon: bool = False
) -> HTMLResponse:
    services = wiring.services()
    return page(
        "code.html",
        status=status,
        phone=display_phone(asked.phone),
        number=asked.phone,
        is_open=asked.is_open,
        channel=asked.channel,
        channels=services.settings.otp_channels,
        wait=f"{asked.wait_s // 60}:{asked.wait_s % 60:02d}" if asked.wait_s else "",
        wait_s=asked.wait_s,
        problem=problem,
        too_soon=too_soon,
        shown="" if services.settings.is_production else services.sender.shown_code(request_id),
    )


def _sentence(error: DomainError) -> str:
    return t(error.message_key, **error.params)


@router.post("/session/verify", response_model=None)
async def verify(request: Request, code: str = Form("")) -> Response:
    """Check the code; open a session with a token of its own, end the browser's former one, choose a place."""
    services = wiring.services()
    request_id, asked = await _asked(request)
    if asked is None:
        return RedirectResponse("/sign-in", SEE_OTHER)
    try:
        limiting.check_rate(request, limiting.TRIES, "verify")
        checked = await sending.check(services.database, services.sender, request_id, code[:MESSAGE])
        codes.raise_failure(checked)
    except DomainError as error:
        asked = (await _asked(request))[1] or asked
        return _code_page(request_id, asked, status=error.http_status, problem=_sentence(error))
    async with services.database.transaction(NOBODY) as session:
        if former := await session_of(session, request):
            await sessions.end_session(session, former.id)
        token, place = await _open(session, checked.phone, request.headers.get("user-agent", ""))
        proof = make_proof(keyring_of(session), checked.phone, clock_of(session).now())
        invited = await invited_code(session, request)
    response = RedirectResponse(f"/join/{invited}" if invited else place.home, SEE_OTHER)
    set_cookie(response, services.settings.cookie_name, token, int(sessions.ABSOLUTE.total_seconds()))
    set_cookie(response, KNOWN_COOKIE, proof, int(KNOWN_FOR.total_seconds()))
    forget_cookie(response, REQUEST_COOKIE)
    return response


async def _open(session: Session, phone: str, user_agent: str) -> tuple[str, Place]:
    """A new session in the person's first place, with the profiles that wait for this phone."""
    person = await identity.get_or_create_person(session, phone)
    await set_tenant(await session.connection(), Actor(person_id=person.id))
    await claim_profiles(session, person.id, phone)
    token = await sessions.open_session(session, person.id, user_agent=user_agent)
    found = await sessions.find_session(session, token)
    assert found is not None
    return token, await settle(session, found)


@router.post("/session/end")
async def end(request: Request) -> RedirectResponse:
    """Sign out: the session is over everywhere at once."""
    async with wiring.services().database.transaction(NOBODY) as session:
        found = await session_of(session, request)
        if found is not None:
            await sessions.end_session(session, found.id)
    response = RedirectResponse("/", SEE_OTHER)
    for name in (wiring.services().settings.cookie_name, REQUEST_COOKIE, CODE_COOKIE):
        forget_cookie(response, name)
    return response
