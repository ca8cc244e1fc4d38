"""The upload of a bank's statement over HTTP: who may, what is refused, and that a large body is never kept."""

import asyncio
import tracemalloc
from collections.abc import AsyncIterator
from urllib.parse import parse_qsl
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from app import wiring
from app.api import bank
from app.api.guard import Guard
from app.domain.reconciliation.bank import staging
from app.domain.reconciliation.bank.types import MAX_BYTES
from app.domain.reconciliation.bank.views import BankFileView, ImportStatement
from app.kit.actor import Actor
from app.kit.db import Database, Session
from app.web.presenters.bank import refusal
from tests.doors.test_imports import ADDRESS, signed_in
from tests.factories.payments import Programme, make_programme
from tests.services.reconciliation.bank_books import mpesa

STATEMENT = mpesa("TKL0000001,2026-11-01 08:00:00,Interest,Completed,5.00,,5.00")


@pytest_asyncio.fixture(loop_scope="session")
async def told(database: Database) -> Programme:
    return await make_programme(database)


@pytest_asyncio.fixture(loop_scope="session")
async def client(services: wiring.Services) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without a session, at the real router on the module's database."""
    app = FastAPI()
    app.include_router(bank.router)
    app.add_middleware(Guard)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ADDRESS) as made:
        yield made


async def send(client: httpx.AsyncClient, data: bytes, account: str = "1020", **headers: str) -> httpx.Response:
    files = {"file": ("november.csv", data, "text/csv")}
    return await client.post("/statement-files", data={"account": account}, files=files, headers=headers)


def leads_back(response: httpx.Response, words: str) -> None:
    """To the page of statements, which says why."""
    path, _, query = response.headers["location"].partition("?")
    assert (response.status_code, path) == (303, "/bank")
    assert words in refusal(dict(parse_qsl(query)))


async def test_a_statement_is_kept_for_the_worker(client: httpx.AsyncClient, told: Programme):
    treasurer = await signed_in(client, told.database, told.treasurer, "treasurer")
    response = await send(treasurer, STATEMENT, origin=ADDRESS)
    path, _, file_id = response.headers["location"].partition("?file=")
    assert (response.status_code, path) == (303, "/bank")
    async with told.database.transaction(told.treasurer) as session:
        view = await staging.get_bank_file(session, told.treasurer, UUID(file_id))
    assert (view.file_name, view.account, view.state) == ("november.csv", "1020", "queued")
    again = await send(treasurer, STATEMENT)
    assert again.headers["location"] == f"{response.headers['location']}&again=1"


async def test_who_may_not_is_refused(client: httpx.AsyncClient, told: Programme):
    assert (await send(client, STATEMENT)).headers["location"] == "/sign-in"
    member = await signed_in(client, told.database, told.member, "member")
    refused = await send(member, STATEMENT)
    assert (refused.status_code, "Your role" in refused.text) == (403, True)
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        assert (await send(member, STATEMENT, **headers)).status_code == 403


async def test_what_is_no_upload_leads_back(client: httpx.AsyncClient, told: Programme):
    treasurer = await signed_in(client, told.database, told.treasurer, "treasurer")
    leads_back(await send(treasurer, b""), "The file is empty.")
    leads_back(await send(treasurer, b"\xef\xbb\xbf \r\n"), "The file is empty.")
    leads_back(await treasurer.post("/statement-files", data={"account": "1020"}), "Choose a file first.")
    broken = {"content-type": "multipart/form-data; boundary=x"}
    for body in (b"--x\r\nnonsense", b"--y--", b"--x\r\n\r\n\r\n--x--"):
        leads_back(await treasurer.post("/statement-files", content=body, headers=broken), "")
    stranger = await send(treasurer, STATEMENT, account="1010")
    assert (stranger.status_code, 'href="/bank"' in stranger.text) == (422, True)


async def gigabyte() -> AsyncIterator[bytes]:
    yield b'--x\r\ncontent-disposition: form-data; name="file"; filename="m.csv"\r\n\r\n'
    for _ in range(1_000):
        yield b" " * 1_000_000
    yield b"\r\n--x--\r\n"


async def test_a_gigabyte_of_spaces_is_refused_without_being_kept(client: httpx.AsyncClient, told: Programme):
    treasurer = await signed_in(client, told.database, told.treasurer, "treasurer")
    headers = {"content-type": "multipart/form-data; boundary=x"}
    tracemalloc.start()
    try:
        response = await treasurer.post("/statement-files", content=gigabyte(), headers=headers)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    leads_back(response, "larger than 32 MB")
    assert peak < 2 * MAX_BYTES
    declared = {**headers, "content-length": str(MAX_BYTES * 4)}
    leads_back(await treasurer.post("/statement-files", content=b"--x", headers=declared), "larger than 32 MB")


async def test_one_file_at_a_time_is_in_memory_and_the_others_wait(
    client: httpx.AsyncClient, told: Programme, monkeypatch: pytest.MonkeyPatch
):
    treasurer = await signed_in(client, told.database, told.treasurer, "treasurer")
    now = most = 0

    async def counted(session: Session, actor: Actor, command: ImportStatement) -> BankFileView:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.1)
        try:
            return await staging.import_statement(session, actor, command)
        finally:
            now -= 1

    monkeypatch.setattr(bank, "import_statement", counted)
    answers = await asyncio.gather(*(send(treasurer, STATEMENT + b"\n" * n) for n in range(6)))
    assert {answer.headers["location"].partition("=")[0] for answer in answers} == {"/bank?file"}
    assert (now, most) == (0, 1)


@pytest.mark.parametrize("query", [{"refused": "nowhere"}, {"refused": "bank_too_large", "megabytes": "<b>"}, {}])
def test_a_query_that_is_none_of_ours_says_nothing(query: dict[str, str]) -> None:
    assert refusal(query) == ""
