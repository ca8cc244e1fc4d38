"""HTML that the HTTP side serves: the same words and styles as the pages, readable without JavaScript."""

from contextvars import ContextVar
from pathlib import Path

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app import wiring
from app.kit.i18n import LANGUAGES, t

TEMPLATES = Path(__file__).parent.parent / "web" / "public" / "templates"
_environment = Environment(
    loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
THEME_COOKIE = "sanduk-theme"
_theme: ContextVar[str] = ContextVar("theme", default="")
"""What was chosen on this device, for the request that runs; empty: as the device says (`assets/theme.js`)."""


CODE_COOKIE = "sanduk-join"
"""The code of an invitation on its way through the sign-in."""
_is_invited: ContextVar[bool] = ContextVar("is_invited", default=False)
"""Whether this browser came by an invitation: then a code comes to a number that no group lists."""
_has_session: ContextVar[bool] = ContextVar("has_session", default=False)
"""Whether this browser came with a session, good or ended: then the way to one's own pages is shown."""


def is_demo() -> bool:
    """Whether every page says that this is one."""
    return wiring.services().settings.is_demo


_environment.globals |= {"t": t, "languages": LANGUAGES, "is_demo": is_demo}
_environment.globals |= {"theme": _theme.get, "has_session": _has_session.get, "is_invited": _is_invited.get}


def read_visitor(request: Request) -> None:
    """To be called before the request is answered."""
    _has_session.set(wiring.services().settings.cookie_name in request.cookies)
    _is_invited.set(bool(request.cookies.get(CODE_COOKIE)))
    chosen = request.cookies.get(THEME_COOKIE, "")
    _theme.set(chosen if chosen in ("light", "dark") else "")


def page(template: str, *, status: int = 200, **values: object) -> HTMLResponse:
    """A page that is never cached or indexed."""
    body = _environment.get_template(template).render(**values)
    return HTMLResponse(body, status, headers={"cache-control": "no-store", "x-robots-tag": "noindex"})
