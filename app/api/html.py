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


def is_demo() -> bool:
    """Whether every page says that this is one."""
    return wiring.services().settings.is_demo


_environment.globals |= {"t": t, "languages": LANGUAGES, "theme": _theme.get, "is_demo": is_demo}


def read_theme(request: Request) -> None:
    """To be called before the request is answered."""
    chosen = request.cookies.get(THEME_COOKIE, "")
    _theme.set(chosen if chosen in ("light", "dark") else "")


def page(template: str, *, status: int = 200, **values: object) -> HTMLResponse:
    """A page that is never cached or indexed."""
    body = _environment.get_template(template).render(**values)
    return HTMLResponse(body, status, headers={"cache-control": "no-store", "x-robots-tag": "noindex"})
