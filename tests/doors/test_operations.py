"""Health, readiness and figures for whoever runs the installation; whose address counts behind a proxy."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator

import httpx
import psycopg
import pytest
import pytest_asyncio
from starlette.requests import Request

from app import migrate, wiring
from app.api import limiting, session
from app.api.app import api
from app.integrations.console import ConsoleSender
from app.kit.config import Settings
from app.kit.db import Database, psycopg_url
from app.kit.errors import TooManyRequests
from app.kit.signing import Signer
from tests.factories.redis_server import redis_server

HERE = "http://127.0.0.1:8000"
TOKEN = "m" * 24
Use = Callable[..., None]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def base(app_url: str, tools: dict[str, object]) -> AsyncIterator[Database]:
    made = Database(psycopg_url(app_url), tools=tools)
    yield made
    await made.close()


@pytest.fixture
def use(base: Database, tools: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> Use:
    """Serve with other settings."""
    signer = tools["signer"]
    assert isinstance(signer, Signer)

    def change(database: Database = base, **values: object) -> None:
        chosen = Settings().model_copy(update=values)
        made = wiring.Services(settings=chosen, database=database, signer=signer, sender=ConsoleSender())
        monkeypatch.setattr(wiring, "services", lambda: made)
        limiting.forget_all()

    change()
    return change


def browser(peer: str = "127.0.0.1") -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(api, client=(peer, 4242)), base_url=HERE)


async def test_alive_without_a_database(use: Use):
    away = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    use(away)
    async with browser() as client:
        assert (await client.get("/health")).json() == {"state": "alive"}
        response = await client.get("/ready")
    assert (response.status_code, response.json()) == (503, {"state": "database_unreachable"})
    await away.close()


async def test_ready_when_every_migration_is_there(use: Use, owner_url: str):
    async with browser() as client:
        response = await client.get("/ready")
        assert (response.status_code, response.json()) == (200, {"state": "ready"})
        assert response.headers["cache-control"] == "no-store"
        with psycopg.connect(owner_url) as connection:
            connection.execute("UPDATE alembic_version SET version_num = '0001'")
        response = await client.get("/ready")
        assert (response.status_code, response.json()) == (503, {"state": "migrations_missing"})
        with psycopg.connect(owner_url) as connection:
            connection.execute("UPDATE alembic_version SET version_num = %s", (migrate.head(),))


async def test_figures_are_for_this_machine_or_the_bearer_of_the_token(use: Use):
    async def status(peer: str, **headers: str | bytes) -> int:
        async with browser(peer) as client:
            return (await client.get("/metrics", headers=headers)).status_code

    bearer = {"authorization": f"Bearer {TOKEN}"}
    assert await status("127.0.0.1") == 200
    assert await status("::1") == 200
    assert await status("198.51.100.7") == 404
    assert await status("198.51.100.7", **bearer) == 404
    for name in ("x-forwarded-for", "forwarded", "via"):
        assert await status("127.0.0.1", **{name: "127.0.0.1"}) == 404, "a visitor behind a proxy on this machine"
    use(metrics_token=Settings(metrics_token=TOKEN).metrics_token)  # pyright: ignore[reportArgumentType]
    assert await status("127.0.0.1") == 404
    assert await status("198.51.100.7", authorization=f"Bearer {TOKEN}x") == 404
    assert await status("198.51.100.7", authorization="Bearer é".encode()) == 404
    assert await status("198.51.100.7", **bearer) == 200


async def test_figures_name_routes_and_never_addresses(use: Use):
    async with browser() as client:
        await client.get("/sign-in?phone=%2B254712345678")
        await client.get("/c/7Q4MK9TD2HXW6")
        await client.post("/session/code", data={"phone": "0712345678"}, headers={"origin": HERE})
        await asyncio.gather(*session._sending)
        await client.request("BREW", "/sign-in")
        await client.get("/no/such/page/0712345678")
        figures = (await client.get("/metrics")).text
    assert re.search(r'sanduk_http_requests_total\{method="GET",route="/sign-in",status="200"\} \d', figures)
    assert 'sanduk_codes_sent_total{channel="sms",outcome="unlisted"}' in figures
    assert 'method="BREW"' not in figures
    for part in ("712345678", "7Q4M", "no/such", "127.0.0.1"):
        assert part not in figures, part


def asked_by(peer: str, *forwarded: str) -> Request:
    headers = [(b"x-forwarded-for", one.encode()) for one in forwarded]
    return Request({"type": "http", "headers": headers, "client": (peer, 1)})


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, ("203.0.113.9",), "10.0.0.1"),
        (1, (), "10.0.0.1"),
        (1, ("203.0.113.9",), "203.0.113.9"),
        (1, ("1.1.1.1, 203.0.113.9",), "203.0.113.9"),
        (1, ("1.1.1.1", "203.0.113.9"), "203.0.113.9"),
        (2, ("1.1.1.1, 203.0.113.9, 10.0.0.2",), "203.0.113.9"),
        (2, ("203.0.113.9",), "10.0.0.1"),
        (1, ("not an address",), "10.0.0.1"),
        (1, ("203.0.113.9, ",), "10.0.0.1"),
        (1, ("[2001:db8::7]",), "2001:db8::7"),
    ],
)
def test_only_our_own_proxies_name_the_visitor(use: Use, proxies: int, forwarded: tuple[str, ...], address: str):
    use(trusted_proxies=proxies)
    assert limiting.client_address(asked_by("10.0.0.1", *forwarded)) == address


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("", ""),
    ],
)
def test_one_customer_is_one_network(address: str, network: str):
    assert limiting.network_of(address) == network


def hits(peer: str, times: int) -> int:
    """How many of the tries pass a limit of three."""
    limit, passed = limiting.parse("3 per minute"), 0
    for _ in range(times):
        try:
            limiting.check_rate(asked_by(peer), limit, "test")
        except TooManyRequests:
            pass
        else:
            passed += 1
    return passed


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    with redis_server() as url:
        yield url


def test_processes_share_their_limits_in_redis(use: Use, redis_url: str):
    use(redis_url=redis_url)
    assert hits("203.0.113.9", 2) == 2
    limiting._shared.cache_clear()  # another process
    assert hits("203.0.113.9", 4) == 1
    assert hits("203.0.113.10", 1) == 1


def test_without_its_redis_a_process_counts_alone(use: Use, caplog: pytest.LogCaptureFixture):
    use(redis_url="redis://:hidden@127.0.0.1:1/0")
    assert hits("203.0.113.9", 5) == 3
    assert caplog.text.count("counting alone") == 1
    assert "hidden" not in caplog.text
    limiting.forget_all()


async def test_https_is_said_to_last_and_http_is_not(use: Use):
    async with browser() as client:
        assert "strict-transport-security" not in (await client.get("/health")).headers
        use(public_url="https://sanduk.example")
        headers = (await client.get("/health")).headers
    assert headers["strict-transport-security"].startswith("max-age=")
    assert headers["permissions-policy"].startswith("camera=(self)")
    assert headers["cross-origin-opener-policy"] == "same-origin"


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://sanduk.example", 303),
        ("http://sanduk.example", 403),
        ("http://127.0.0.1:8000", 403),
        ("https://sanduk.example:8443", 403),
        ("https://sanduk.example.evil.example", 403),
        ("//sanduk.example", 403),
    ],
)
async def test_on_https_only_the_public_address_may_send_forms(use: Use, origin: str, status: int):
    use(public_url="https://sanduk.example")
    async with browser() as client:
        response = await client.post("/session/end", headers={"origin": origin, "host": "sanduk.example"})
    assert response.status_code == status


async def test_a_form_that_cannot_be_read_says_nothing_back(use: Use):
    async with browser() as client:
        files = {"phone": ("secret-name.txt", b"secret")}
        response = await client.post("/session/code", files=files, headers={"origin": HERE, "accept": "text/html"})
    assert response.status_code == 422
    assert response.headers["content-type"].startswith("text/html")
    assert "can’t be read" in response.text
    assert "secret" not in response.text
