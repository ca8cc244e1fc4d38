"""The forms of sign-in where Twilio makes the codes: ways, countries, strangers, and a vendor that is away."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator
from html import unescape

import httpx
import pytest
import pytest_asyncio

from app import wiring
from app.api import limiting, session
from app.api.app import api
from app.domain.identity.asking import CodePolicy
from app.integrations.twilio_verify import TwilioVerify
from app.kit.config import Settings
from app.kit.db import Database, psycopg_url
from app.kit.signing import Signer
from tests.factories.twilio_counterpart import KEY, SECRET, SERVICE, Counterpart, running_counterpart
from tests.services.identity.conftest import MovedClock
from tests.services.identity.signing_in import listed_phone, new_phone, other_than

HERE = "http://127.0.0.1:8000"
POLICY = CodePolicy(countries=("KE", "IN", "TZ"), a_day=1000, by_provider=True)
Open = Callable[..., httpx.AsyncClient]


@pytest.fixture(scope="module")
def twilio() -> Iterator[Counterpart]:
    with running_counterpart() as running:
        yield running


@pytest.fixture(scope="module")
def clock() -> MovedClock:
    return MovedClock()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def base(app_url: str, tools: dict[str, object], clock: MovedClock) -> AsyncIterator[Database]:
    made = Database(psycopg_url(app_url), tools={**tools, "clock": clock, "codes": POLICY})
    yield made
    await made.close()


@pytest_asyncio.fixture(loop_scope="session")
async def browser(
    base: Database, tools: dict[str, object], twilio: Counterpart, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Open]:
    """Opens browsers at an address, each with cookies of its own."""
    signer, opened = tools["signer"], []
    assert isinstance(signer, Signer)
    sender = TwilioVerify(key=KEY, secret=SECRET, service=SERVICE, url=twilio.url)
    chosen = Settings().model_copy(
        update={"otp_channels": ("sms", "whatsapp"), "otp_countries": POLICY.countries, "otp": "twilio"}
    )
    made = wiring.Services(settings=chosen, database=base, signer=signer, sender=sender)
    monkeypatch.setattr(wiring, "services", lambda: made)
    limiting.forget_all()

    def open_(peer: str = "203.0.113.9") -> httpx.AsyncClient:
        transport = httpx.ASGITransport(api, client=(peer, 1))
        opened.append(httpx.AsyncClient(transport=transport, base_url=HERE, headers={"origin": HERE}))
        return opened[-1]

    yield open_
    for client in opened:
        await client.aclose()
    await sender.close()


async def ask(client: httpx.AsyncClient, phone: str, **more: str) -> httpx.Response:
    """The answer, after the message beside it has gone."""
    response = await client.post("/session/code", data={"phone": phone, **more})
    await asyncio.gather(*session._sending)
    return response


def problem(response: httpx.Response) -> str:
    found = re.search(r'role="alert">.*?<span>(.*?)</span>', response.text, re.DOTALL)
    return unescape(found[1]) if found else ""


async def test_both_ways_are_offered_and_used(base: Database, browser: Open, twilio: Counterpart):
    client, phone = browser(), await listed_phone(base)
    page = (await client.get("/sign-in")).text
    assert re.findall(r'name="channel" value="(\w+)">([^<]+)<', page) == [
        ("sms", "Send me a code by SMS"),
        ("whatsapp", "Send me a code by WhatsApp"),
    ]
    assert re.findall(r'<option value="(\w+)"', page) == ["KE", "IN", "TZ"]
    assert (await ask(client, phone, channel="whatsapp")).status_code == 303
    assert twilio.messages[-1][:2] == (phone, "whatsapp")
    page = (await client.get("/sign-in/code")).text
    assert "WhatsApp message to" in page
    code = twilio.code_of(phone)
    assert code not in page
    wrong = await client.post("/session/verify", data={"code": other_than(code)})
    assert problem(wrong).startswith("This code does not match. You have 3 more tries.")
    right = await client.post("/session/verify", data={"code": code})
    assert (right.status_code, right.headers["location"]) == (303, "/no-group")
    assert await ask(client, phone, channel="carrier-pigeon")
    assert twilio.messages[-1][:2] == (phone, "sms")


async def test_a_stranger_who_asks_keeps_nobody_waiting(base: Database, browser: Open, twilio: Counterpart):
    """The trial's finding: whoever typed a member's number every half minute kept her out."""
    owner, phone = browser("203.0.113.9"), await listed_phone(base)
    await ask(owner, phone)
    await owner.post("/session/verify", data={"code": twilio.code_of(phone)})
    for number in range(8):
        await ask(browser(f"198.51.100.{number}"), phone)
    stranger = browser("198.51.100.0")
    assert (await ask(stranger, phone)).status_code == 429
    assert (await ask(owner, phone)).status_code == 303
    response = await owner.post("/session/verify", data={"code": twilio.code_of(phone)})
    assert (response.status_code, response.headers["location"]) == (303, "/no-group")


async def test_a_known_browser_moves_to_another_network(base: Database, browser: Open, twilio: Counterpart):
    phone = await listed_phone(base)
    home = browser("203.0.113.9")
    await ask(home, phone)
    await home.post("/session/verify", data={"code": twilio.code_of(phone)})
    await home.post("/session/end")
    assert "sanduk-known" in home.cookies, "signing out keeps it: it opens nothing"
    away = browser("192.0.2.200")
    away.cookies = httpx.Cookies(home.cookies)
    for number in range(24):
        await ask(browser(f"198.51.100.{number}"), phone)
    assert (await ask(browser("198.51.100.99"), phone)).status_code == 429
    assert (await ask(away, phone)).status_code == 303


async def test_a_country_that_is_not_open_is_said_at_once(browser: Open, twilio: Counterpart):
    before = len(twilio.met)
    response = await ask(browser(), "+44 7400 123456")
    assert response.status_code == 422
    assert problem(response)
    assert len(twilio.met) == before


async def test_while_the_vendor_is_away_known_and_unknown_hear_the_same(
    base: Database, browser: Open, twilio: Counterpart
):
    listed, answers = await listed_phone(base), []
    for phone in (listed, new_phone()):
        client = browser()
        await ask(client, phone)
        twilio.faults = [500]
        response = await client.post("/session/verify", data={"code": "000000"})
        twilio.faults = []
        answers.append((response.status_code, problem(response)))
    assert answers[0] == answers[1] == (503, "The code could not be checked just now. Wait a moment and try again.")


async def test_when_the_days_codes_are_used_up_every_phone_hears_so(
    base: Database, browser: Open, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(base.tools, "codes", CodePolicy(countries=POLICY.countries, a_day=1, by_provider=True))
    for phone in (await listed_phone(base), new_phone()):
        response = await ask(browser(), phone)
        assert (response.status_code, problem(response)) == (
            503,
            "No more codes can be sent today. Try again tomorrow, or ask your treasurer.",
        )
