"""The HTTP side, mounted beside the pages: sign-in, places, joining, checks, keys, uploads."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response

from app.api import (
    bank,
    checks,
    documents,
    imports,
    joining,
    keys,
    language,
    operations,
    places,
    session,
    trouble,
    welfare,
)
from app.api.bounds import Bounds
from app.api.demo import Demo, refused
from app.api.guard import Guard
from app.api.html import page
from app.api.language import Languages
from app.api.watching import Watch
from app.kit.db import UNREACHABLE
from app.kit.errors import ReadOnly
from app.kit.i18n import t


async def say_unreachable(request: Request, error: Exception) -> HTMLResponse:  # noqa: ARG001
    """The database is away: nothing was recorded, and the page says so."""
    response = page("unreachable.html", status=503)
    response.headers["retry-after"] = "10"
    return response


async def say_read_only(request: Request, error: ReadOnly) -> HTMLResponse:  # noqa: ARG001
    """The demo, where a door would have written."""
    return refused(error)


async def say_unreadable(request: Request, error: RequestValidationError) -> Response:
    """A form that no page of ours sends: its fields are named, nothing of what it held is said."""
    if "text/html" in request.headers.get("accept", ""):
        return page("trouble.html", status=422, problem=t("error.unreadable_form"))
    places = [tuple(one["loc"]) for one in error.errors()]
    fields = sorted({str(place[-1])[:40] for place in places if len(place) > 1})
    content = {"error": "invalid_input", "fields": fields[:10]}
    return JSONResponse(content, 422, headers={"cache-control": "no-store"})


ROOMS = (
    session, places, checks, documents, keys, imports, bank, joining, language, operations, trouble, welfare
)  # fmt: skip
api = FastAPI(title="Sanduk", openapi_url=None, docs_url=None, redoc_url=None)
for room in ROOMS:
    api.include_router(room.router)
for kind in UNREACHABLE:
    api.add_exception_handler(kind, say_unreachable)
api.add_exception_handler(ReadOnly, say_read_only)  # pyright: ignore[reportArgumentType]
api.add_exception_handler(RequestValidationError, say_unreadable)  # pyright: ignore[reportArgumentType]
api.add_middleware(Demo)
api.add_middleware(Languages)
api.add_middleware(Guard)  # outside of Languages: it sees addresses as they were asked for
api.add_middleware(Bounds)
api.add_middleware(Watch)
