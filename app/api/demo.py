"""The public demo's doors: choose a role in place of signing in. Nothing that would be recorded gets further."""

from fastapi import FastAPI, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app import wiring
from app.api import limiting
from app.api.current import forget_cookie, set_cookie
from app.api.html import page
from app.api.places import HOMES, NEVER_KEPT, SEE_OTHER
from app.demo.doors import DOORS, token_of
from app.kit.crypto import Keyring
from app.kit.errors import DomainError, ReadOnly, TooManyRequests
from app.kit.i18n import t

CHOICES = limiting.parse("60 per 10 minutes")
DAY_S = 86_400
SAFE = ("GET", "HEAD", "OPTIONS")
AS_EVER = ("/session/language", "/c", "/s")
"""Forms that change nothing but a cookie, and checks that anybody may make."""
OWN = ("/sign-in", "/sign-in/code", "/session/code", "/session/verify", "/session/place", "/session/end")
"""Addresses that the demo answers in the product's place, besides its own form's."""
CHOOSER = "/sign-in"
FORM = "/session/demo"

doors = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)


class Demo:
    """In front of the HTTP side: in a public demo its doors take the place of sign-in, and no other form is taken."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self.app
        if scope["type"] == "http" and wiring.services().settings.is_demo:
            if scope["path"] in (*OWN, FORM):
                answer = doors
            elif scope["method"] not in SAFE and scope["path"] not in AS_EVER:
                answer = refused(ReadOnly())
        await answer(scope, receive, send)


def refused(error: DomainError) -> HTMLResponse:
    """What is refused in the demo, in a sentence; the way on is another role."""
    response = page("demo_refused.html", status=error.http_status, problem=t(error.message_key, **error.params))
    if isinstance(error, TooManyRequests):
        response.headers["retry-after"] = str(error.params["wait_s"])
    return response


@doors.get(CHOOSER)
async def choose() -> HTMLResponse:
    return page("demo.html", groups={one.group: [two for two in DOORS if two.group == one.group] for one in DOORS})


@doors.post(FORM)
async def enter(request: Request, role: str = Form("")) -> Response:
    """Act as whom the form names, in the session that everybody shares who does. An unknown name chooses nothing."""
    try:
        limiting.check_rate(request, CHOICES, "demo")
    except TooManyRequests as error:
        return refused(error)
    door = next((one for one in DOORS if one.name == role), None)
    if door is None:
        return _to_chooser()
    services = wiring.services()
    keyring = services.database.tools["keyring"]
    assert isinstance(keyring, Keyring)
    response = RedirectResponse(HOMES[door.role], SEE_OTHER, headers=NEVER_KEPT)
    set_cookie(response, services.settings.cookie_name, token_of(keyring, door), DAY_S)
    return response


@doors.post("/session/end")
async def leave() -> Response:
    """The browser forgets; the session is everybody's and goes on."""
    response = RedirectResponse("/", SEE_OTHER)
    forget_cookie(response, wiring.services().settings.cookie_name)
    return response


@doors.api_route("/{rest:path}", methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def elsewhere() -> Response:
    """Whatever asks for a code or another place: choosing again is the way."""
    return _to_chooser()


def _to_chooser() -> RedirectResponse:
    return RedirectResponse(CHOOSER, SEE_OTHER, headers=NEVER_KEPT)
