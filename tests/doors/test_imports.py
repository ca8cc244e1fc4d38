"""The upload of a members' list over HTTP: who may, what is refused, and that a large body is never kept."""

import tracemalloc
from collections.abc import AsyncIterator
from urllib.parse import parse_qsl

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from app import wiring
from app.api import imports
from app.api.guard import Guard
from app.domain.groups.importing import service
from app.domain.groups.importing.parsing import MAX_BYTES
from app.domain.identity import sessions
from app.kit.actor import Actor
from app.kit.config import Settings
from app.kit.db import Database
from app.web.treasurer.states.imports import refusal
from tests.services.importing.programme import SHIPPED, Programme, csv_of, open_programme, sign_in

ADDRESS = "http://127.0.0.1:8000"
LIST = csv_of("X/1,Grace,0711000001,Busia")


@pytest_asyncio.fixture(loop_scope="session")
async def programme(database: Database) -> Programme:
    return await open_programme(database)


@pytest_asyncio.fixture(loop_scope="session")
async def client(services: wiring.Services) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without a session, at the real router on the module's database."""
    app = FastAPI()
    app.include_router(imports.router)
    app.add_middleware(Guard)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ADDRESS) as made:
        yield made


async def signed_in(client: httpx.AsyncClient, database: Database, actor: Actor, role: str) -> httpx.AsyncClient:
    assert actor.person_id
    async with database.transaction(Actor(person_id=actor.person_id)) as session:
        token = await sessions.open_session(session, actor.person_id, user_agent="test")
        found = await sessions.find_session(session, token)
        assert found
        await sessions.set_place(session, found.id, actor.group_id, role)
    client.cookies.set(Settings().cookie_name, token)
    return client


async def send(client: httpx.AsyncClient, data: bytes, **headers: str) -> httpx.Response:
    return await client.post("/imports", files={"file": ("members.csv", data, "text/csv")}, headers=headers)


def leads_back(response: httpx.Response, words: str) -> None:
    """To the import page, which says why."""
    path, _, query = response.headers["location"].partition("?")
    assert (response.status_code, path) == (303, "/import")
    assert words in refusal(dict(parse_qsl(query)))


def is_refused(response: httpx.Response, status: int, words: str) -> None:
    assert response.status_code == status
    assert response.headers["content-type"].startswith("text/html")
    assert "The file was not taken" in response.text
    assert words in response.text
    assert 'href="/import"' in response.text


async def test_the_shipped_list(client: httpx.AsyncClient, programme: Programme):
    treasurer = await signed_in(client, programme.database, programme.treasurer, "treasurer")
    response = await send(treasurer, SHIPPED.read_bytes(), origin=ADDRESS)
    assert response.status_code == 303
    path, _, import_id = response.headers["location"].partition("?id=")
    assert path == "/import"
    async with programme.database.transaction(programme.treasurer) as session:
        view = await service.get_import(session, programme.treasurer, import_id)  # type: ignore[arg-type]
    assert (view.file_name, view.count("new"), view.flagged_lines) == ("members.csv", 72, (21, 49, 65))
    assert (await send(treasurer, SHIPPED.read_bytes())).headers["location"] == response.headers["location"]


async def test_another_site_is_refused(client: httpx.AsyncClient, programme: Programme):
    treasurer = await signed_in(client, programme.database, programme.treasurer, "treasurer")
    for headers in ({"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}):
        assert (await send(treasurer, LIST, **headers)).status_code == 403


async def test_signed_out(client: httpx.AsyncClient):
    response = await send(client, LIST)
    assert (response.status_code, response.headers["location"]) == (303, "/sign-in")


async def test_a_member_may_not(client: httpx.AsyncClient, programme: Programme):
    view = await programme.upload(LIST)
    await programme.commit(view.id)
    member = await sign_in(programme.database, "+254711000001", programme.group_id)
    is_refused(await send(await signed_in(client, programme.database, member, "member"), LIST), 403, "Your role")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "The file is empty."),
        (b"\x00\x01\x02\x00", "Save as, then CSV"),
        (csv_of('X/1,"Grace,0711000001,Busia'), "opens on line 2"),
        (csv_of(*["X/1,Grace,,"] * 2_001), "more than 2000 lines"),
        (b"X/1,Grace,0711000001,Busia\n", "No line names the columns"),
        (csv_of(), "nothing below its column names"),
    ],
)
async def test_files_that_are_refused(client: httpx.AsyncClient, programme: Programme, data: bytes, words: str):
    treasurer = await signed_in(client, programme.database, programme.treasurer, "treasurer")
    leads_back(await send(treasurer, data), words)


async def test_forms_without_a_file(client: httpx.AsyncClient, programme: Programme):
    treasurer = await signed_in(client, programme.database, programme.treasurer, "treasurer")
    leads_back(await treasurer.post("/imports", data={"file": "text"}), "Choose a file first.")
    leads_back(await treasurer.post("/imports"), "Choose a file first.")
    broken = {"content-type": "multipart/form-data; boundary=x"}
    for body in (b"--x\r\nnonsense", b"--y--", b"--x\r\n\r\n\r\n--x--"):
        response = await treasurer.post("/imports", content=body, headers=broken)
        leads_back(response, "")
    two = [("file", ("a.csv", LIST)), ("file", ("b.csv", LIST))]
    leads_back(await treasurer.post("/imports", files=two), "broke off")


async def million_rows() -> AsyncIterator[bytes]:
    yield b'--x\r\ncontent-disposition: form-data; name="file"; filename="m.csv"\r\n\r\nMember No,Full Name\r\n'
    for _ in range(1_000):
        yield b"BSS/0001,Grace Wanjiru Owuor\r\n" * 1_000
    yield b"\r\n--x--\r\n"


async def test_a_million_rows_are_refused_without_being_kept(client: httpx.AsyncClient, programme: Programme):
    treasurer = await signed_in(client, programme.database, programme.treasurer, "treasurer")
    headers = {"content-type": "multipart/form-data; boundary=x"}
    tracemalloc.start()
    try:
        response = await treasurer.post("/imports", content=million_rows(), headers=headers)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    leads_back(response, "larger than 2 MB")
    assert peak < 5 * MAX_BYTES


async def test_a_declared_length_is_enough_to_refuse(client: httpx.AsyncClient, programme: Programme):
    treasurer = await signed_in(client, programme.database, programme.treasurer, "treasurer")
    headers = {"content-type": "multipart/form-data; boundary=x", "content-length": "31000000"}
    leads_back(await treasurer.post("/imports", content=b"--x", headers=headers), "larger than 2 MB")
