"""Every HTTP request: same origin with its scheme, pages under every spelling, headers, and forms nobody sends."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from starlette.datastructures import Headers

from app import wiring
from app.api.app import api
from app.api.guard import PAGE_ROLES, is_foreign, page_of
from app.integrations.console import ConsoleSender
from app.kit.config import Settings
from app.kit.db import Database
from app.kit.signing import Signer

HOST = "sanduk.example"


@pytest_asyncio.fixture(loop_scope="session", params=["http", "https"])
async def client(
    request: pytest.FixtureRequest, database: Database, tools: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx.AsyncClient]:
    """A visitor at the whole HTTP side, served on http and on https."""
    signer = tools["signer"]
    assert isinstance(signer, Signer)
    settings = Settings(public_url=f"{request.param}://{HOST}")
    services = wiring.Services(settings=settings, database=database, signer=signer, sender=ConsoleSender())
    monkeypatch.setattr(wiring, "services", lambda: services)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(api), base_url=settings.public_url) as made:
        yield made


@pytest.mark.parametrize(
    ("sent", "scheme", "foreign"),
    [
        ({"origin": f"https://{HOST}"}, "https", False),
        ({"origin": f"http://{HOST}"}, "http", False),
        ({"origin": f"http://{HOST}"}, "https", True),
        ({"origin": f"https://{HOST}"}, "http", True),
        ({"origin": f"ftp://{HOST}"}, "https", True),
        ({"origin": f"//{HOST}"}, "https", True),
        ({"origin": f"https://{HOST}:8443"}, "https", True),
        ({"origin": f"https://{HOST}.evil.example"}, "https", True),
        ({"origin": f"https://x@{HOST}"}, "https", True),
        ({"origin": "null"}, "https", True),
        ({"origin": ""}, "https", True),
        ({"origin": "https://["}, "https", True),
        ({"referer": f"https://{HOST}/import"}, "https", False),
        ({"referer": f"http://{HOST}/import"}, "https", True),
        ({"sec-fetch-site": "same-origin"}, "https", False),
        ({"sec-fetch-site": "same-site"}, "https", True),
        ({"sec-fetch-site": "cross-site"}, "https", True),
        ({}, "https", False),
    ],
)
def test_which_requests_come_from_another_site(sent: dict[str, str], scheme: str, foreign: bool):
    assert is_foreign(Headers({"host": HOST, **sent}), scheme) is foreign


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/today", "/today"),
        ("/today/", "/today"),
        ("//today", "/today"),
        ("///today//", "/today"),
        ("/./today", "/today"),
        ("/x/../today", "/today"),
        ("/today.html", "/today"),
        ("/today.html.gz", "/today"),
        ("/today/index.html", "/today"),
        ("/today/index.html.gz", "/today"),
        ("/admin//people.html", "/admin/people"),
        ("\\today", "/today"),
        ("/sw/today", "/today"),
        ("//sw//admin/people/index.html", "/admin/people"),
        ("/sw", "/"),
        ("/", "/"),
        ("", "/"),
    ],
)
def test_every_spelling_is_one_page(path: str, page: str):
    assert page_of(path) == page


async def test_no_spelling_shows_a_page_to_strangers(client: httpx.AsyncClient):
    for page in PAGE_ROLES:
        endings = [f"{page}{ending}" for ending in ("", "/", ".html", "/index.html", "%2ehtml")]
        for path in (*endings, f"/.{page}", f"/sw{page}/"):
            response = await client.get(path)
            assert (response.status_code, response.headers["location"]) == (303, "/start"), path


async def test_another_scheme_is_another_site(client: httpx.AsyncClient):
    ours = client.base_url.scheme
    for scheme in ("http", "https", "ftp"):
        response = await client.post("/session/end", headers={"origin": f"{scheme}://{HOST}"})
        assert (response.status_code == 403) is (scheme != ours), scheme


async def test_https_is_asked_for_where_it_is_served(client: httpx.AsyncClient):
    answers = [await client.get("/sign-in"), await client.get("/today"), await client.get("/nowhere")]
    answers.append(await client.post("/session/code", headers={"origin": "null"}))
    for response in answers:
        said = response.headers.get("strict-transport-security", "")
        assert said == ("max-age=31536000" if client.base_url.scheme == "https" else "")
        assert response.headers["x-content-type-options"] == "nosniff"


async def test_a_form_that_no_page_sends_is_refused_without_an_echo(client: httpx.AsyncClient):
    files = {"phone": ("secret.csv", b"0711000001", "text/csv")}
    response = await client.post("/session/code", files=files)
    assert response.status_code == 422
    assert response.json() == {"error": "invalid_input", "fields": ["phone"]}
    page = await client.post("/session/code", files=files, headers={"accept": "text/html"})
    assert (page.status_code, page.headers["content-type"]) == (422, "text/html; charset=utf-8")
    assert "can’t be read" in page.text
    assert "secret.csv" not in page.text


async def test_a_form_in_another_codec_is_refused(client: httpx.AsyncClient):
    """`unicode_escape` would make half a symbol of six plain letters."""
    body = b'--x\r\nContent-Disposition: form-data; name="phone"\r\n\r\n\\ud800\r\n--x--\r\n'
    for charset, status in (("unicode_escape", 415), ("no-such-codec", 415), ("utf-8", 422)):
        headers = {"content-type": f"multipart/form-data; boundary=x; charset={charset}"}
        response = await client.post("/session/code", content=body, headers=headers)
        assert response.status_code == status, charset
