"""For whoever runs the installation: is the process alive, may it be sent visitors, what has it done."""

import asyncio
import hmac
from functools import cache
from ipaddress import ip_address

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from sqlalchemy.exc import SQLAlchemyError

from app import migrate, wiring
from app.api.limiting import client_address
from app.domain.ledger import checkpoints
from app.domain.reports import verified
from app.kit import metrics
from app.kit.actor import NOBODY
from app.kit.db import UNREACHABLE

router = APIRouter()
NEVER_KEPT = {"cache-control": "no-store"}
READY_SECONDS = 3
FORWARDED = ("x-forwarded-for", "forwarded", "x-real-ip", "via")
head = cache(migrate.head)


@router.get("/health")
async def health() -> JSONResponse:
    """This process answers; nothing else is looked at."""
    return JSONResponse({"state": "alive"}, headers=NEVER_KEPT)


@router.get("/ready")
async def ready() -> JSONResponse:
    """200 when the database answers and has every migration of this version, 503 with the cause otherwise."""
    state = await _state()
    metrics.READY.labels(state).inc()
    return JSONResponse({"state": state}, 200 if state == "ready" else 503, headers=NEVER_KEPT)


async def _state() -> str:
    try:
        async with asyncio.timeout(READY_SECONDS):
            revision = await wiring.services().database.revision()
    except (*UNREACHABLE, TimeoutError):
        return "database_unreachable"
    return "ready" if revision == head() else "migrations_missing"


@router.get("/metrics")
async def metrics_page(request: Request) -> Response:
    """Prometheus' text format, for this machine itself or for the bearer of SANDUK_METRICS_TOKEN; 404 for others."""
    if not _may_read(request):
        return PlainTextResponse("", 404, headers=NEVER_KEPT)
    await _look_at_books()
    return PlainTextResponse(metrics.written(), headers=NEVER_KEPT, media_type="text/plain; version=0.0.4")


async def _look_at_books() -> None:
    """The worker writes down what it finds; here it becomes figures. Old figures stay while the database is away."""
    try:
        async with asyncio.timeout(READY_SECONDS), wiring.services().database.transaction(NOBODY) as session:
            bad, late = await verified.check_totals(session)
            age = await checkpoints.outside_age(session)
    except (*UNREACHABLE, SQLAlchemyError, TimeoutError):
        return
    metrics.BOOKS_BAD.set(bad)
    metrics.BOOKS_LATE.set(late)
    metrics.CHECKPOINT_AGE.set(age)


def _may_read(request: Request) -> bool:
    """With a token set, only its bearer. Without one, a peer on loopback that speaks for nobody else: behind a proxy
    on this machine every visitor would come from loopback."""
    token = wiring.services().settings.metrics_token.get_secret_value()
    if token:
        given = request.headers.get("authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())
    if any(name in request.headers for name in FORWARDED):
        return False
    try:
        return ip_address(client_address(request)).is_loopback
    except ValueError:
        return False
