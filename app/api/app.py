"""The HTTP side, mounted beside the pages: sign-in, places, checks, keys, uploads."""

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse

from app.api import checks, imports, keys, language, places, session, trouble
from app.api.guard import Guard
from app.api.html import page
from app.api.language import Languages
from app.kit.db import UNREACHABLE


async def say_unreachable(request: Request, error: Exception) -> HTMLResponse:  # noqa: ARG001
    """The database is away: nothing was recorded, and the page says so."""
    response = page("unreachable.html", status=503)
    response.headers["retry-after"] = "10"
    return response


api = FastAPI(title="Sanduk", openapi_url=None, docs_url=None, redoc_url=None)
for room in (session, places, checks, keys, imports, language, trouble):
    api.include_router(room.router)
for kind in UNREACHABLE:
    api.add_exception_handler(kind, say_unreachable)
api.add_middleware(Languages)
api.add_middleware(Guard)  # the outermost: it sees addresses as they were asked for
