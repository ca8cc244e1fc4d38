"""HTML that the HTTP side serves: the same words and styles as the pages, readable without JavaScript."""

from pathlib import Path

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.kit.i18n import LANGUAGES, t

TEMPLATES = Path(__file__).parent.parent / "web" / "public" / "templates"
_environment = Environment(
    loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_environment.globals |= {"t": t, "languages": LANGUAGES}


def page(template: str, *, status: int = 200, **values: object) -> HTMLResponse:
    """A page that is never cached or indexed."""
    body = _environment.get_template(template).render(**values)
    return HTMLResponse(body, status, headers={"cache-control": "no-store", "x-robots-tag": "noindex"})
