"""The reader's language: chosen by cookie, else by the browser; the built pages of that language."""

from functools import cache
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request
from fastapi.responses import FileResponse, RedirectResponse
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request as Asked
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.current import set_cookie
from app.api.pages import built_pages
from app.kit.i18n import DEFAULT, LANGUAGE_COOKIE, LANGUAGES, choose, language

router = APIRouter()
YEAR_S = 365 * 24 * 3600


@router.post("/session/language")
async def choose_language(request: Request, code: str = Form("")) -> RedirectResponse:
    """Keep the choice in this browser and show the page again that it was made on."""
    before = urlsplit(request.headers.get("referer", ""))
    back = f"/{before.path.lstrip('/')}" + (f"?{before.query}" if before.query else "")
    response = RedirectResponse(back, 303)
    if code in LANGUAGES:
        set_cookie(response, LANGUAGE_COOKIE, code, YEAR_S)
    return response


class Languages:
    """Sets `kit.i18n.language` for everything behind it, and asks for the built page of that language."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        code = choose(Asked(scope).cookies.get(LANGUAGE_COOKIE, ""), headers.get("accept-language", ""))
        if code != DEFAULT and is_built(scope["path"]):
            scope["path"] = f"/{code}{scope['path'].rstrip('/')}/"
        before, is_missing = language.set(code), False

        async def send_named(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                if answer.get("content-type", "").startswith("text/html"):
                    answer["content-language"] = code
                    answer.add_vary_header("Accept-Language, Cookie")
            await send(message)

        async def send_found(message: Message) -> None:
            nonlocal is_missing
            is_missing = is_missing or (code != DEFAULT and _is_missing(message))
            if not is_missing:
                await send_named(message)

        try:
            await self.app(scope, receive, send_found)
            if is_missing:
                await FileResponse(built_pages() / code / "404.html", 404)(scope, receive, send_named)
        finally:
            language.reset(before)


def _is_missing(message: Message) -> bool:
    """Whether the built pages' own server answers with its page for an address that isn't there, the English one."""
    if message["type"] != "http.response.start" or message["status"] != 404:
        return False
    answer = Headers(raw=message["headers"])
    return "etag" in answer and answer.get("content-type", "").startswith("text/html")


@cache
def _pages() -> frozenset[str]:
    folder = built_pages()
    found = {path.parent.relative_to(folder) for path in folder.rglob("index.html")}
    return frozenset("/" if str(one) == "." else f"/{one}" for one in found)


def is_built(path: str) -> bool:
    """True for the address of a built page."""
    return (path.rstrip("/") or "/") in _pages()
