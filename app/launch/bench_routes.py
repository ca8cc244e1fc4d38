"""The baseline of `bench web`: the members' services, each behind one bare route, with the same session look-up."""

import subprocess
from typing import Any
from uuid import UUID, uuid4

from fastapi import FastAPI, Request

from app import wiring
from app.domain.contributions import reading as contributions
from app.domain.identity import sessions
from app.domain.payments import service as payments
from app.domain.payments.commands import Part, SubmitPayment
from app.domain.receipts import service as receipts
from app.domain.reports.passbook import passbook
from app.kit.actor import NOBODY, Actor
from app.kit.clock import today_in
from app.kit.db import clock_of
from app.launch import frontend
from app.launch.paths import BIN, ROOT


def start(port: int) -> subprocess.Popen[bytes]:
    """Served as the pages are, by one worker of Granian."""
    command = [str(BIN / "granian"), "--interface", "asgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", "1", "--log-level", "warning", "app.launch.bench_routes:routes"]
    return subprocess.Popen(
        command, cwd=ROOT, env=frontend.environment(), stdin=subprocess.DEVNULL, start_new_session=True
    )


routes = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)


async def _actor(request: Request) -> Actor:
    async with wiring.services().database.transaction(NOBODY) as session:
        found = await sessions.find_session(session, request.cookies["sanduk"])
    assert found is not None
    return Actor(person_id=found.person_id, group_id=found.group_id)


@routes.get("/")
async def ready() -> str:
    return "ready"


@routes.get("/home")
async def home(request: Request) -> dict[str, Any]:
    actor = await _actor(request)
    async with wiring.services().database.transaction(actor) as session:
        view = await contributions.home(session, actor)
        paid = await contributions.paid_this_year(session, actor)
        issued = await receipts.list_my_receipts(session, actor, limit=3)
    return {"home": view, "paid": paid, "receipts": issued}


@routes.get("/passbook")
async def book(request: Request) -> dict[str, Any]:
    actor = await _actor(request)
    async with wiring.services().database.transaction(actor) as session:
        return {"passbook": await passbook(session, actor)}


@routes.post("/send")
async def send(request: Request, due: UUID, code: str) -> dict[str, Any]:
    actor = await _actor(request)
    async with wiring.services().database.transaction(actor) as session:
        today = today_in("Africa/Nairobi", clock_of(session).now())
        command = SubmitPayment((Part(due, 50_000),), "mpesa", code, today, str(uuid4()))
        return {"payment": await payments.submit_payment(session, actor, command)}
