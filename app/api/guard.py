"""What every HTTP request passes: same-origin for what changes something, and headers that browsers honour."""

import posixpath
import re
from base64 import b64encode
from collections import defaultdict
from email.message import Message
from functools import cache
from hashlib import sha256
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.types import Message as Sent

from app import wiring
from app.api.current import session_of
from app.api.html import read_visitor
from app.api.pages import built_pages
from app.kit.actor import NOBODY
from app.kit.config import Settings
from app.kit.db import UNREACHABLE
from app.kit.i18n import LANGUAGES, t
from app.web.session import ROLES

PAGE_ROLES = {
    "/home": "member",
    "/pay": "member",
    "/passbook": "member",
    "/receipt": "member",
    "/savings": "member",
    "/loans": "member",
    "/loans/apply": "member",
    "/loan": "member",
    "/sign": "member",
    "/rules": "member",
    "/statement": "member",
    "/welfare": "member",
    "/verified": "member",
    "/notifications": "member",
    "/today": "treasurer",
    "/payments": "treasurer",
    "/collections": "treasurer",
    "/matching": "treasurer",
    "/bank": "treasurer",
    "/balance": "treasurer",
    "/money-out": "treasurer",
    "/lending": "treasurer",
    "/lending/loan": "treasurer",
    "/lending/terms": "admin",
    "/to-sign": "treasurer",
    "/claims": "treasurer",
    "/sheet": "treasurer",
    "/members": "treasurer",
    "/member": "treasurer",
    "/joining": "treasurer",
    "/import": "treasurer",
    "/receipts": "treasurer",
    "/statements": "treasurer",
    "/reports": "treasurer",
    "/reports/programmes": "treasurer",
    "/books": "treasurer",
    "/books/verified": "treasurer",
    "/audit": "treasurer",
    "/admin/people": "admin",
    "/settings": "admin",
    "/admin/welfare": "admin",
    "/notices": "treasurer",
    "/staff": "staff",
    "/staff/jobs": "staff",
    "/profile": "account",
    "/account": "account",
    "/staff/account": "account",
}
"""Pages that need an acting role, a key of ROLES; a test holds this against the routes."""
DEVELOPMENT = ("/gallery",)
"""Beginnings of addresses that production doesn't have."""
SAFE = ("GET", "HEAD", "OPTIONS")
ENDINGS = (".gz", ".html", "/index")
"""What the address of a page may end with besides: the built files' own names."""
HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(self), geolocation=(), microphone=(self), payment=(), usb=()",
}
SECURE = {"http": "https", "websocket": "wss"}
HTTPS_ONLY = "max-age=31536000"
"""A year of https alone, for this host; said only where the product is served on https."""
POLICY = (
    "default-src 'self'; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_INLINE = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)


def policy(path: str) -> str:
    """The content security policy: scripts of our own, and the inline ones of the page at this address by their hashes.

    An address that has no built page of its own, and may be answered with any, has those of all.
    """
    policies = _policies()
    return policies.get(page_of(path) or "/", policies[""])


@cache
def _policies() -> dict[str, str]:
    """By page, in whatever language; under the empty name of all."""
    root, scripts = built_pages(), defaultdict(set)
    for file in root.rglob("*.html"):
        inline = {one for one in _INLINE.findall(file.read_text("utf-8")) if one}
        scripts[page_of(f"/{file.relative_to(root).as_posix()}") or "/"] |= inline
    return {page: _policy(some) for page, some in scripts.items()} | {"": _policy(set().union(*scripts.values()))}


def _policy(scripts: set[str]) -> str:
    hashes = sorted(b64encode(sha256(script.encode()).digest()).decode() for script in scripts)
    return POLICY.format(hashes=" ".join(f"'sha256-{one}'" for one in hashes))


def _is_utf8(headers: Headers) -> bool:
    """Whoever sends a form may name any codec of Python's, some of which make text that can't be written down."""
    message = Message()
    message["content-type"] = headers.get("content-type", "")
    return message.get_content_charset("utf-8") == "utf-8"


def is_foreign(headers: Headers, scheme: str) -> bool:
    """True when a browser says that another site made this request.

    `Origin`, or `Referer` without one, must name `scheme` (that of our address) and the host that was asked; without
    both, `Sec-Fetch-Site` must not speak of another site. Programs, which send none of the three, carry no cookie by
    accident.
    """
    origin = headers.get("origin", headers.get("referer"))
    if origin is not None:
        try:
            parts = urlsplit(origin)
        except ValueError:
            return True
        return (parts.scheme, parts.netloc) != (scheme, headers.get("host", ""))
    return headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")


def page_of(path: str) -> str:
    """The page's own address: `/today` for `//today/`, `/x/../today`, `/today/index.html` and `/sw/today`."""
    plain = posixpath.normpath("/" + path.replace("\\", "/").lstrip("/"))
    for ending in ENDINGS:
        plain = plain.removesuffix(ending)
    first, _, rest = plain.removeprefix("/").partition("/")
    return f"/{rest}" if first in LANGUAGES else plain


async def is_elsewhere(request: Request) -> bool:
    """True for a page of a role in which this browser's session does not act: it is sent where it belongs.

    A courtesy, and no empty frame: what a page shows is guarded event by event.
    """
    needed = PAGE_ROLES.get(page_of(request.scope["path"]))
    if needed is None:
        return False
    try:
        async with wiring.services().database.transaction(NOBODY) as session:
            found = await session_of(session, request)
    except UNREACHABLE:
        return False
    return found is None or (found.role or "") not in ROLES[needed]


class Guard:
    """Before every HTTP request: what must not be answered is refused; every answer carries HEADERS."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in SECURE:
            await self.app(scope, receive, send)
            return
        settings = wiring.services().settings
        if settings.is_https:
            scope["scheme"] = SECURE[scope["type"]]  # TLS ends at the proxy, and redirects must not lead back to http
        if scope["type"] == "websocket":
            refused = {"type": "websocket.close", "code": 1008, "reason": ""}  # before it is accepted: 403
            await (send(refused) if _is_foreign(scope, settings) else self.app(scope, receive, send))
            return
        read_visitor(Request(scope))

        async def send_with_headers(message: Sent) -> None:
            if message["type"] == "http.response.start":
                _add_headers(MutableHeaders(scope=message), scope["path"], is_https=settings.is_https)
            await send(message)

        answer = await _refusal(scope, settings) or self.app
        await answer(scope, receive, send_with_headers)


def _is_foreign(scope: Scope, settings: Settings) -> bool:
    headers = Headers(scope=scope)
    if headers.get("origin") == settings.public_url.rstrip("/"):
        return False  # also where a proxy asks us by another name
    return is_foreign(headers, "https" if settings.is_https else "http")


async def _refusal(scope: Scope, settings: Settings) -> ASGIApp | None:
    """What answers in the product's place, if anything must."""
    if page_of(scope["path"]).startswith(DEVELOPMENT) and settings.is_production:
        return PlainTextResponse(t("missing.title"), 404)
    if scope["method"] == "GET" and await is_elsewhere(Request(scope)):
        return RedirectResponse("/start", 303, {"cache-control": "no-store"})
    if scope["method"] not in SAFE and _is_foreign(scope, settings):
        return PlainTextResponse(t("error.foreign_origin"), 403)
    if scope["method"] not in SAFE and not _is_utf8(Headers(scope=scope)):
        return PlainTextResponse(t("error.foreign_charset"), 415)
    return None


def _add_headers(headers: MutableHeaders, path: str, *, is_https: bool) -> None:
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    if is_https:
        headers.setdefault("strict-transport-security", HTTPS_ONLY)
    if headers.get("content-type", "").startswith("text/html"):
        headers.setdefault("content-security-policy", policy(path))
