"""What every HTTP request passes: same-origin for what changes something, and headers that browsers honour."""

import os
import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.kit.i18n import t

SAFE = ("GET", "HEAD", "OPTIONS")
HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
}
POLICY = (
    "default-src 'self'; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_INLINE = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)


@cache
def policy() -> str:
    """The content security policy: scripts of our own, and the inline ones of the built pages by their hashes."""
    folder = Path(os.environ.get("REFLEX_WEB_WORKDIR", ".web")) / "build" / "client"
    scripts = {script for page in folder.rglob("*.html") for script in _INLINE.findall(page.read_text("utf-8"))}
    hashes = sorted(b64encode(sha256(script.encode()).digest()).decode() for script in scripts if script)
    return POLICY.format(hashes=" ".join(f"'sha256-{one}'" for one in hashes))


def is_foreign(headers: Headers) -> bool:
    """True when a browser says that another site made this request.

    `Origin`, or `Referer` without one, must name the host that was asked; without both, `Sec-Fetch-Site` must not
    speak of another site. Programs, which send none of the three, carry no cookie by accident.
    """
    origin = headers.get("origin", headers.get("referer"))
    if origin is not None:
        try:
            return urlsplit(origin).netloc != headers.get("host", "")
        except ValueError:
            return True
    return headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")


class Guard:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["method"] not in SAFE and is_foreign(Headers(scope=scope)):
            await PlainTextResponse(t("error.foreign_origin"), 403)(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("content-security-policy", policy())
            await send(message)

        await self.app(scope, receive, send_with_headers)
