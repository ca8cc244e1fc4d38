"""The forms of sign-in, sign-out and change of place, as a browser without JavaScript sends them."""

import asyncio
import logging
import re
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from hashlib import sha256
from html import unescape
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio

from app import wiring
from app.api import guard, limiting
from app.api.app import api
from app.domain.groups import members, roles
from app.domain.groups.service import create_group
from app.domain.groups.views import AssignRole, CreateGroup, MemberData, WithdrawRole
from app.domain.identity import service as identity
from app.domain.identity import sessions
from app.domain.identity.views import SessionView
from app.integrations.console import ConsoleSender
from app.kit.actor import NOBODY, Actor
from app.kit.config import Settings
from app.kit.db import Database, psycopg_url
from app.kit.signing import Signer
from tests.factories.groups import prove
from tests.services.identity.conftest import MovedClock
from tests.services.identity.signing_in import listed_phone, new_person, new_phone, other_than

HERE = "http://127.0.0.1:8000"
Open = Callable[[], httpx.AsyncClient]


@pytest.fixture(scope="module")
def clock() -> MovedClock:
    return MovedClock()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def base(app_url: str, tools: dict[str, object], clock: MovedClock) -> AsyncIterator[Database]:
    made = Database(psycopg_url(app_url), tools={**tools, "clock": clock})
    yield made
    await made.close()


@pytest.fixture
def services(base: Database, tools: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> wiring.Services:
    signer = tools["signer"]
    assert isinstance(signer, Signer)
    made = wiring.Services(settings=Settings(), database=base, signer=signer, sender=ConsoleSender())
    monkeypatch.setattr(wiring, "services", lambda: made)
    limiting.forget_all()
    return made


@pytest_asyncio.fixture(loop_scope="session")
async def browser(services: wiring.Services) -> AsyncIterator[Open]:
    """Opens browsers, each with cookies of its own."""
    opened = []

    def open_() -> httpx.AsyncClient:
        client = httpx.AsyncClient(transport=httpx.ASGITransport(api), base_url=HERE, headers={"origin": HERE})
        opened.append(client)
        return client

    yield open_
    for client in opened:
        await client.aclose()


def problem(response: httpx.Response) -> str:
    found = re.search(r'role="alert">.*?<span>(.*?)</span>', response.text, re.DOTALL)
    return unescape(found[1]) if found else ""


def shown_code(response: httpx.Response) -> str:
    found = re.search(r"data-code>(\d{6})<", response.text)
    return found[1] if found else ""


async def ask(client: httpx.AsyncClient, phone: str) -> str:
    """Ask for a code; the one that the marked box shows."""
    response = await client.post("/session/code", data={"phone": phone})
    assert (response.status_code, response.headers["location"]) == (303, "/sign-in/code")
    return shown_code(await client.get("/sign-in/code"))


async def sign_in(client: httpx.AsyncClient, phone: str) -> str:
    """The address at which the person begins."""
    response = await client.post("/session/verify", data={"code": await ask(client, phone)})
    assert response.status_code == 303, response.text
    return response.headers["location"]


async def test_what_is_not_six_digits_is_said_at_the_field_and_costs_no_try(base: Database, browser: Open):
    client = browser()
    code = await ask(client, await listed_phone(base))
    for typed, said in (("12", "The code has six digits. This has 2."), ("", "Type the six digits of the code.")) * 3:
        response = await client.post("/session/verify", data={"code": typed})
        assert response.status_code == 422
        assert problem(response).startswith(said)
    response = await client.post("/session/verify", data={"code": code})
    assert response.status_code == 303


async def test_the_addresses_of_forms_lead_back_to_their_pages(base: Database, browser: Open):
    client = browser()
    for address, page in (("/session/code", "/sign-in"), ("/session/verify", "/sign-in/code")):
        response = await client.get(address)
        assert (response.status_code, response.headers["location"]) == (303, page)


async def found_session(base: Database, client: httpx.AsyncClient) -> SessionView | None:
    async with base.transaction(NOBODY) as session:
        return await sessions.find_session(session, client.cookies.get("sanduk", ""))


async def new_group(base: Database, name: str = "BSS Welfare", admin: str = "") -> tuple[UUID, str]:
    """A group with its admin's phone."""
    async with base.transaction(NOBODY) as session:
        staff = Actor(person_id=(await identity.add_staff(session, new_phone())).id)
    admin = admin or new_phone()
    command = CreateGroup(
        name=name,
        short_name=name,
        template="welfare",
        currency="KES",
        timezone="Africa/Nairobi",
        country="KE",
        pay_to="522533",
        admin_phone=admin,
        admin_member_no="BSS/001",
        admin_name="Hassan Ochieng Owuor",
        idempotency_key=str(uuid4()),
    )
    async with base.transaction(staff) as session:
        return (await create_group(session, staff, command)).id, admin


async def new_member(base: Database, group_id: UUID, phone: str) -> None:
    async with base.transaction(Actor(group_id=group_id)) as session:
        data = MemberData(member_no=f"BSS/{uuid4().hex[:6]}", name="Akinyi Odhiambo", phone=phone)
        await members.add_members(session, group_id, [data])


async def test_the_forms_work_without_javascript(base: Database, browser: Open):
    client = browser()
    page = await client.get("/sign-in")
    assert page.status_code == 200
    assert "<script" not in page.text
    assert 'action="/session/code"' in page.text
    assert 'method="post"' in page.text
    phone = await listed_phone(base)
    assert re.fullmatch(r"\d{6}", await ask(client, phone))
    page = await client.get("/sign-in/code")
    assert "<script" not in page.text
    for attribute in ('autocomplete="one-time-code"', 'inputmode="numeric"', 'action="/session/verify"'):
        assert attribute in page.text
    assert page.headers["cache-control"] == "no-store"


async def test_signing_in_gives_a_careful_cookie(base: Database, browser: Open):
    client = browser()
    code = await ask(client, await listed_phone(base))
    response = await client.post("/session/verify", data={"code": code})
    given = next(one for one in response.headers.get_list("set-cookie") if one.startswith("sanduk="))
    assert re.match(r"sanduk=[\w-]{43}; HttpOnly; Max-Age=7776000; Path=/; SameSite=lax", given)
    assert "Secure" not in given
    assert "sanduk-request" not in client.cookies
    found = await found_session(base, client)
    assert found is not None


async def test_on_https_the_cookie_belongs_to_the_host_alone(
    base: Database, browser: Open, services: wiring.Services, monkeypatch: pytest.MonkeyPatch
):
    secure = replace(services, settings=Settings(public_url="https://sanduk.example"))
    monkeypatch.setattr(wiring, "services", lambda: secure)
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(api),
        base_url="https://sanduk.example",
        headers={"origin": "https://sanduk.example"},
    )
    async with client:
        code = await ask(client, await listed_phone(base))
        response = await client.post("/session/verify", data={"code": code})
        given = next(one for one in response.headers.get_list("set-cookie") if one.startswith("__Host-sanduk="))
        ended = await client.post("/session/end")
    for cookie in (given, next(one for one in ended.headers.get_list("set-cookie") if one.startswith("__Host-"))):
        assert {"HttpOnly", "Secure", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
        assert "Domain" not in cookie


async def test_the_phone_is_not_in_the_cookie(base: Database, browser: Open):
    client = browser()
    phone = await listed_phone(base)
    await ask(client, phone)
    UUID(client.cookies["sanduk-request"])
    assert phone[1:] not in str(client.cookies)


async def test_an_unknown_phone_is_answered_alike(base: Database, browser: Open):
    async def seen(phone: str) -> list[tuple[int, str]]:
        client = browser()
        answers = [await client.post("/session/code", data={"phone": phone}), await client.get("/sign-in/code")]
        code = shown_code(answers[1])
        answers += [await client.post("/session/verify", data={"code": other_than(code or "0")}) for _ in range(6)]
        answers += [await client.post("/session/code", data={"phone": phone})]
        texts = [re.sub(r'<p class="banner banner--warn">.*?</p>', "", one.text) for one in answers]
        written = f"{phone[:4]} {phone[4:7]} {phone[7:]}"
        return [
            (one.status_code, text.replace(phone, "P").replace(written, "P").replace("\n  \n", "\n"))
            for one, text in zip(answers, texts, strict=True)
        ]

    assert await seen(await listed_phone(base)) == await seen(new_phone())


@pytest.mark.parametrize(
    ("typed", "status", "words"),
    [
        ("", 422, "Type a phone number."),
        ("071234", 422, "too short"),
        ("0712 345 678 901 234", 422, "too long"),
        ("+999 123 456 789", 422, "can’t be used here"),
        ("0912345678", 422, "not a phone number in use"),
        ("7" * 100_000, 422, "too long"),
        ('"><script>alert(1)</script>', 422, "too short"),
    ],
)
async def test_a_bad_phone_is_named(browser: Open, typed: str, status: int, words: str):
    response = await browser().post("/session/code", data={"phone": typed})
    assert response.status_code == status
    assert words in problem(response)
    assert 'aria-invalid="true"' in response.text
    assert "<script" not in response.text


async def test_what_was_typed_stays(browser: Open):
    response = await browser().post("/session/code", data={"phone": "98765", "country": "IN"})
    assert 'value="98765"' in response.text
    assert '<option value="IN" selected>' in response.text
    assert problem(response) == "This number is too short: it has 5 digits."


async def test_a_country_makes_a_number_whole(browser: Open):
    client = browser()
    await client.post("/session/code", data={"phone": "98765 43210", "country": "IN"})
    assert "+91 98765 43210" in (await client.get("/sign-in/code")).text


async def test_a_wrong_code_says_how_many_tries_are_left(base: Database, browser: Open):
    client = browser()
    code = await ask(client, await listed_phone(base))
    response = await client.post("/session/verify", data={"code": other_than(code)})
    assert response.status_code == 422
    assert problem(response).startswith("This code does not match. You have 4 more tries.")
    for _ in range(4):
        response = await client.post("/session/verify", data={"code": other_than(code)})
    assert problem(response).startswith("This code is too old, used already, or was tried too often.")
    response = await client.post("/session/verify", data={"code": code})
    assert response.status_code == 422
    assert await found_session(base, client) is None


async def test_an_expired_code_offers_a_new_one(base: Database, browser: Open, clock: MovedClock):
    client = browser()
    phone = await listed_phone(base)
    code = await ask(client, phone)
    clock.wait(minutes=10)
    response = await client.post("/session/verify", data={"code": code})
    assert "Ask for a new one" in problem(response)
    assert f'name="phone" value="{phone}"' in response.text
    assert shown_code(response) == ""
    assert await sign_in(client, phone) == "/no-group"


async def test_a_used_code_opens_no_second_session(base: Database, browser: Open):
    client, thief = browser(), browser()
    code = await ask(client, await listed_phone(base))
    thief.cookies.set("sanduk-request", client.cookies["sanduk-request"])
    results = await asyncio.gather(
        client.post("/session/verify", data={"code": code}), thief.post("/session/verify", data={"code": code})
    )
    assert sorted(one.status_code for one in results) == [303, 422]


async def test_a_code_without_its_request_is_nothing(base: Database, browser: Open):
    code = await ask(browser(), await listed_phone(base))
    for cookie in ("", "nonsense", str(uuid4())):
        stranger = browser()
        stranger.cookies.set("sanduk-request", cookie)
        response = await stranger.post("/session/verify", data={"code": code})
        assert (response.status_code, response.headers["location"]) == (303, "/sign-in")
        assert (await stranger.get("/sign-in/code")).headers["location"] == "/sign-in"


async def test_asking_again_too_soon_keeps_the_code_page(base: Database, browser: Open, clock: MovedClock):
    client = browser()
    phone = await listed_phone(base)
    code = await ask(client, phone)
    response = await client.post("/session/code", data={"phone": phone})
    assert response.status_code == 429
    assert 25 <= int(response.headers["retry-after"]) <= 30
    assert re.search(r"You can ask for another in <b class=\"amount\">0:(2[5-9]|30)</b>", response.text)
    assert 'id="code"' in response.text
    other = await browser().post("/session/code", data={"phone": phone})
    assert other.status_code == 429
    assert 'id="phone"' in other.text
    response = await client.post("/session/verify", data={"code": code})
    assert response.status_code == 303


async def test_one_address_asks_so_often_and_no_more(browser: Open, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(limiting, "CODES", limiting.parse("3 per 10 minutes"))
    client = browser()
    statuses = [(await client.post("/session/code", data={"phone": new_phone()})).status_code for _ in range(4)]
    assert statuses == [303, 303, 303, 429]
    response = await client.post("/session/code", data={"phone": new_phone()})
    assert 500 < int(response.headers["retry-after"]) <= 600
    assert "Too many tries" in problem(response)


async def test_one_address_guesses_so_often_and_no_more(base: Database, browser: Open, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(limiting, "TRIES", limiting.parse("2 per 10 minutes"))
    client = browser()
    code = await ask(client, await listed_phone(base))
    for status in (422, 422, 429):
        response = await client.post("/session/verify", data={"code": other_than(code)})
        assert response.status_code == status


async def test_signing_in_again_ends_the_browsers_former_session(base: Database, browser: Open):
    client, copy = browser(), browser()
    await sign_in(client, await listed_phone(base))
    copy.cookies = httpx.Cookies(client.cookies)
    first = client.cookies["sanduk"]
    await sign_in(client, await listed_phone(base))
    assert client.cookies["sanduk"] != first
    assert await found_session(base, client) is not None
    assert await found_session(base, copy) is None


async def test_a_planted_token_becomes_nobodys_session(base: Database, browser: Open):
    client = browser()
    client.cookies.set("sanduk", "planted-by-an-attacker", domain="127.0.0.1")
    await sign_in(client, await listed_phone(base))
    stranger = browser()
    stranger.cookies.set("sanduk", "planted-by-an-attacker")
    assert (await stranger.get("/start")).headers["location"] == "/sign-in"


async def test_signing_out_ends_it_everywhere(base: Database, browser: Open):
    client, copy = browser(), browser()
    await sign_in(client, await listed_phone(base))
    copy.cookies = httpx.Cookies(client.cookies)
    response = await client.post("/session/end")
    assert (response.status_code, response.headers["location"]) == (303, "/")
    assert "sanduk" not in client.cookies
    assert (await copy.get("/start")).headers["location"] == "/sign-in"
    assert (await copy.post("/session/end")).status_code == 303


async def test_where_each_begins(base: Database, browser: Open):
    group_id, admin = await new_group(base)
    member, stranger, staff = new_phone(), await listed_phone(base), new_phone()
    await new_member(base, group_id, member)
    async with base.transaction(NOBODY) as session:
        await identity.add_staff(session, staff)
    for phone, home in ((admin, "/today"), (member, "/home"), (stranger, "/no-group"), (staff, "/staff")):
        client = browser()
        assert await sign_in(client, phone) == home
        assert (await client.get("/start")).headers["location"] == home
    assert (await browser().get("/start")).headers["location"] == "/sign-in"
    assert (await browser().get("/no-group")).status_code == 200


async def test_a_profile_waits_for_its_phone(base: Database, browser: Open):
    """Listed after the first sign-in: the next one finds the group."""
    phone = await listed_phone(base)
    client = browser()
    assert await sign_in(client, phone) == "/no-group"
    group_id, _ = await new_group(base)
    await new_member(base, group_id, phone)
    assert await sign_in(client, phone) == "/home"
    found = await found_session(base, client)
    assert found is not None
    assert (found.group_id, found.role) == (group_id, "member")


async def test_changing_place_and_what_one_does_not_have(base: Database, browser: Open):
    phone = new_phone()
    first, _ = await new_group(base, "Alpha Welfare", admin=phone)
    second, _ = await new_group(base, "Beta Welfare")
    foreign, _ = await new_group(base, "Gamma Welfare")
    await new_member(base, second, phone)
    client = browser()
    assert await sign_in(client, phone) == "/today"

    async def choose(home: str, **data: str) -> tuple[UUID | None, str | None]:
        response = await client.post("/session/place", data=data)
        assert (response.status_code, response.headers["location"]) == (303, home)
        found = await found_session(base, client)
        assert found is not None
        return found.group_id, found.role

    assert await choose("/home", role="member") == (first, "member")
    assert await choose("/home", role="member", group=str(second)) == (second, "member")
    for refused in (
        {"role": "admin"},
        {"role": "treasurer", "group": str(second)},
        {"role": "admin", "group": str(foreign)},
        {"role": "staff"},
        {"role": "president"},
        {"role": ""},
        {"role": "member", "group": "nonsense"},
        {"role": "member", "group": str(uuid4())},
        {},
    ):
        assert await choose("/home", **refused) == (second, "member")
    assert await choose("/today", role="admin", group=str(first)) == (first, "admin")
    assert (await browser().post("/session/place", data={"role": "member"})).headers["location"] == "/sign-in"


async def test_a_withdrawn_role_is_left_at_the_next_start(base: Database, browser: Open):
    group_id, admin = await new_group(base)
    phone = new_phone()
    me = await new_person(base, admin)
    async with base.transaction(me) as session:
        assert me.person_id is not None
        await members.claim_profiles(session, me.person_id, admin)
    actor = me.within(group_id)
    async with base.transaction(actor) as session:
        view = await roles.assign_role(
            session, actor, AssignRole(phone, "treasurer", "BSS/002", "Njeri Kariuki", await prove(session, actor))
        )
    client = browser()
    assert await sign_in(client, phone) == "/today"
    async with base.transaction(actor) as session:
        await roles.withdraw_role(session, actor, WithdrawRole(view.id, "treasurer", await prove(session, actor)))
    assert (await client.get("/start")).headers["location"] == "/home"
    found = await found_session(base, client)
    assert found is not None
    assert found.role == "member"


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://127.0.0.1:8001"},
        {"origin": "http://127.0.0.1:8000.evil.example"},
        {"origin": "null"},
        {"origin": ""},
        {"origin": "http://["},
        {"referer": "https://evil.example/127.0.0.1:8000"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
@pytest.mark.parametrize("path", ["/session/code", "/session/verify", "/session/end", "/session/place"])
async def test_another_sites_form_is_refused(
    base: Database, services: wiring.Services, path: str, headers: dict[str, str]
):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(api), base_url=HERE) as client:
        response = await client.post(path, data={"phone": new_phone()}, headers=headers)
    assert response.status_code == 403
    assert "set-cookie" not in response.headers


@pytest.mark.parametrize(
    "headers", [{}, {"origin": HERE}, {"referer": f"{HERE}/sign-in"}, {"sec-fetch-site": "same-origin"}]
)
async def test_our_own_form_passes(base: Database, services: wiring.Services, headers: dict[str, str]):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(api), base_url=HERE) as client:
        response = await client.post("/session/code", data={"phone": new_phone()}, headers=headers)
    assert response.status_code == 303


async def test_the_code_is_said_on_stdout_and_nothing_else_says_a_phone(
    base: Database, browser: Open, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    phone = await listed_phone(base)
    client = browser()
    code = await ask(client, phone)
    await client.post("/session/verify", data={"code": other_than(code)})
    await client.post("/session/verify", data={"code": code})
    token = client.cookies["sanduk"]
    assert capsys.readouterr().out.splitlines() == [f"code {phone} {code}"]
    for secret in (phone, phone[1:], phone[-9:], token):
        assert secret not in caplog.text


async def test_production_shows_no_code(
    base: Database, browser: Open, services: wiring.Services, monkeypatch: pytest.MonkeyPatch
):
    settings = Settings(env="production")
    assert any("SANDUK_OTP" in one for one in settings.refusals())
    client = browser()
    await ask(client, await listed_phone(base))
    monkeypatch.setattr(wiring, "services", lambda: replace(services, settings=settings))
    assert shown_code(await client.get("/sign-in/code")) == ""


async def test_a_sender_that_fails_changes_no_answer_and_logs_no_phone(
    base: Database,
    browser: Open,
    services: wiring.Services,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    class Broken(ConsoleSender):
        async def send(self, request_id: UUID, phone: str, code: str, locale: str, channel: str = "sms") -> str:
            msg = f"refused {phone}"
            raise RuntimeError(msg)

    monkeypatch.setattr(wiring, "services", lambda: replace(services, sender=Broken()))
    phone = await listed_phone(base)
    response = await browser().post("/session/code", data={"phone": phone})
    await asyncio.sleep(0)
    assert response.status_code == 303
    assert "RuntimeError" in caplog.text
    assert phone[-9:] not in caplog.text


async def test_the_database_is_away(browser: Open, services: wiring.Services, monkeypatch: pytest.MonkeyPatch):
    away = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    monkeypatch.setattr(wiring, "services", lambda: replace(services, database=away))
    client = browser()
    client.cookies.set("sanduk", "x" * 43)
    for response in (
        await client.post("/session/code", data={"phone": new_phone()}),
        await client.get("/start"),
        await client.post("/session/end"),
    ):
        assert response.status_code == 503
        assert "Nothing was lost" in problem(response) or "Nothing was lost" in response.text
    await away.close()


async def test_every_answer_carries_the_headers(browser: Open):
    client = browser()
    for path in ("/sign-in", "/start", "/sign-in/code", "/missing"):
        headers = (await client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["x-frame-options"] == "DENY"


async def test_every_page_carries_the_policy(browser: Open):
    policy = (await browser().get("/sign-in")).headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-eval" not in policy
    assert "'unsafe-inline'" not in policy.split("style-src")[0]


def test_a_pages_policy_names_its_own_scripts_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "sw" / "home").mkdir(parents=True)
    (tmp_path / "index.html").write_text("<script>a</script><script src='/x.js'></script>")
    (tmp_path / "sw" / "home" / "index.html").write_text("<script>b</script>")
    monkeypatch.setattr(guard, "built_pages", lambda: tmp_path)
    guard._policies.cache_clear()
    of_a, of_b = (b64encode(sha256(one).digest()).decode() for one in (b"a", b"b"))
    told = {path: guard.policy(path) for path in ("/", "/index.html", "/home/", "/sw/home", "/nowhere")}
    guard._policies.cache_clear()
    assert {path: (of_a in one, of_b in one) for path, one in told.items()} == {
        "/": (True, False),
        "/index.html": (True, False),
        "/home/": (False, True),
        "/sw/home": (False, True),
        "/nowhere": (True, True),
    }


async def test_a_language_is_kept_in_the_browser_and_leads_back(browser: Open) -> None:
    async with browser() as visitor:
        before = {"referer": f"{HERE}/sign-in?a=1"}
        chosen = await visitor.post("/session/language", data={"code": "sw"}, headers=before)
        assert (chosen.status_code, chosen.headers["location"]) == (303, "/sign-in?a=1")
        page = await visitor.get("/sign-in", headers={"accept-language": "en"})
        assert '<html lang="sw">' in page.text
        assert page.headers["content-language"] == "sw"
        before = {"referer": f"{HERE}//evil.test/"}
        unknown = await visitor.post("/session/language", data={"code": "xx"}, headers=before)
        assert unknown.headers["location"] == "/evil.test/"
        assert "set-cookie" not in unknown.headers
