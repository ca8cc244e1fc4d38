"""An invitation's public page, from a stranger's first look to the open group, without JavaScript."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from uuid import UUID

import httpx
import pytest

from app.domain.contributions.leaving import leave_group
from app.domain.contributions.service import OpenCall, open_call
from app.domain.contributions.views import LeaveGroup
from app.domain.groups.joining import invites, requests
from app.domain.groups.joining.views import InviteView
from app.domain.groups.members import claim_profiles
from app.domain.identity import codes, phone_changes
from app.kit.actor import Actor
from app.kit.db import Database
from tests.doors import test_session_http as http
from tests.services.identity.conftest import MovedClock
from tests.services.identity.signing_in import new_person, new_phone
from tests.services.joining.asking import approve, deny, invite, run

base, clock, services, browser = http.base, http.clock, http.services, http.browser


async def new_group(base: Database, name: str = "Umoja Savers") -> tuple[UUID, Actor]:
    """A group and its admin, signed in."""
    group_id, phone = await http.new_group(base, name)
    me = await new_person(base, phone)
    assert me.person_id
    async with base.transaction(me) as session:
        await claim_profiles(session, me.person_id, phone)
    return group_id, me.within(group_id)


async def invited(base: Database, **limits: int) -> tuple[UUID, Actor, InviteView]:
    group_id, admin = await new_group(base)
    return group_id, admin, await invite(base, admin, **limits)


def words(response: httpx.Response) -> str:
    """What a reader sees."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.text.partition("<main")[2])).split())


async def waiting(base: Database, admin: Actor) -> list[UUID]:
    return [one.id for one in await run(base, admin, requests.list_requests) if one.state == "waiting"]


async def test_a_stranger_comes_in(base: Database, browser: http.Open):
    group_id, admin, made = await invited(base)
    client, phone = browser(), new_phone()
    shown = await client.get(f"/join/{made.code.lower()}")
    assert shown.status_code == 200
    assert "Umoja Savers" in words(shown)
    assert "Sign in to join" in words(shown)
    assert "Your own number" in words(await client.get("/sign-in"))
    assert "your group has" in words(await browser().get("/sign-in"))
    assert await http.sign_in(client, phone) == f"/join/{made.code}"
    assert "Your full name" in words(await client.get(f"/join/{made.code}"))
    refused = await client.post(f"/join/{made.code}", data={"name": " "})
    assert (refused.status_code, http.problem(refused)) == (422, "Give the full name.")
    for _ in range(2):
        asked = await client.post(f"/join/{made.code}", data={"name": "Wanjiru Kamau"})
        assert (asked.status_code, asked.headers["location"]) == (303, f"/join/{made.code}")
    assert "waits for an answer" in words(await client.get(f"/join/{made.code}"))
    assert (await client.get("/start")).headers["location"] == "/no-group"
    assert "Umoja Savers" in words(await client.get("/no-group"))
    (request_id,) = await waiting(base, admin)
    states = await client.get("/requests/state")
    assert states.text == f"{request_id}:waiting"
    assert f'data-waiting="{states.text}"' in (await client.get(f"/join/{made.code}")).text
    await approve(base, admin, request_id, "US/2")
    assert (await client.get("/requests/state")).text == f"{request_id}:approved"
    assert (await client.get("/no-group")).headers["location"] == "/start"
    assert (await browser().get("/requests/state")).text == ""
    assert "You are a member" in words(await client.get(f"/join/{made.code}"))
    assert (await client.get("/start")).headers["location"] == "/home"
    found = await http.found_session(base, client)
    assert found
    assert (found.group_id, found.role) == (group_id, "member")


async def test_without_an_invitation_an_unlisted_phone_gets_no_code(
    base: Database, browser: http.Open, clock: MovedClock
):
    _, admin, made = await invited(base, days=1)
    client = browser()
    assert await http.ask(client, new_phone()) == ""
    await client.get(f"/join/{made.code}")
    assert len(await http.ask(client, new_phone())) == 6
    await run(base, admin, invites.revoke_invite, made.id)
    assert await http.ask(client, new_phone()) == ""


async def test_unknown_and_ended_codes(base: Database, browser: http.Open, clock: MovedClock):
    client = browser()
    assert (await client.get("/join")).status_code == 200
    typed = await client.get("/join", params={"code": "7q4m-k9td-2hxw-6"})
    assert (typed.status_code, typed.headers["location"]) == (303, "/join/7Q4MK9TD2HXW6")
    for code in ("7Q4MK9TD2HXW6", "x", "%3Cscript%3E", "A" * 300):
        response = await client.get(f"/join/{code}")
        assert response.status_code == 404
        assert http.problem(response).startswith("No invitation has this code")
        assert "<script" not in response.text.partition("<main")[2]
    assert (await client.post("/join/x", data={"name": "A"})).headers["location"] == "/join/X"
    _, _, made = await invited(base, days=1)
    clock.wait(hours=25)
    ended = await client.get(f"/join/{made.code}")
    assert (ended.status_code, http.problem(ended)) == (
        410,
        "This invitation is too old. Ask your group for a new one.",
    )
    assert "sanduk-join" not in client.cookies


async def test_taken_back_and_refused(base: Database, browser: http.Open):
    _, admin, made = await invited(base)
    client, other = browser(), browser()
    for one in (client, other):
        await one.get(f"/join/{made.code}")
        await http.sign_in(one, new_phone())
        await one.post(f"/join/{made.code}", data={"name": "Wanjiru Kamau"})
    mine, theirs = await waiting(base, admin)
    for request_id in (theirs, "x"):
        answer = await client.post("/requests/withdraw", data={"id": str(request_id), "back": made.code})
        assert answer.headers["location"] == f"/join/{made.code}"
    assert await waiting(base, admin) == [mine, theirs]
    await client.post("/requests/withdraw", data={"id": str(mine)})
    assert await waiting(base, admin) == [theirs]
    assert "Ask to join" in words(await client.get(f"/join/{made.code}"))
    await deny(base, admin, theirs, "We don’t know <b>you</b>")
    answered = await other.get(f"/join/{made.code}")
    assert "We don’t know <b>you</b>" in words(answered)
    assert "<b>you</b>" not in answered.text
    again = await other.post(f"/join/{made.code}", data={"name": "Wanjiru Kamau"})
    assert again.status_code == 409
    assert await waiting(base, admin) == []


async def test_another_site_asks_for_nobody(base: Database, browser: http.Open):
    _, admin, made = await invited(base)
    client = browser()
    await client.get(f"/join/{made.code}")
    await http.sign_in(client, new_phone())
    foreign = {"origin": "https://elsewhere.example"}
    for address in (f"/join/{made.code}", "/requests/withdraw"):
        assert (await client.post(address, data={"name": "A"}, headers=foreign)).status_code == 403
    assert await waiting(base, admin) == []


@pytest.mark.parametrize("asks_with", ["old", "new"])
async def test_a_changed_phone_counts_at_the_next_sign_in(
    base: Database, browser: http.Open, clock: MovedClock, asks_with: str
):
    old, new = new_phone(), new_phone()
    await http.new_group(base, admin=old)
    client, later = browser(), browser()
    assert await http.sign_in(client, old) == "/today"
    found = await http.found_session(base, client)
    assert found
    me = Actor(person_id=found.person_id)
    async with base.transaction(me) as session:
        started = await phone_changes.start_change(session, found.person_id, new)
        for one, purpose in ((started.old, "phone_old"), (started.new, "phone_new")):
            await codes.check_code(session, one.request_id, one.code or "", purpose=purpose)
        assert await phone_changes.settle_change(session, found.person_id)
    assert await http.ask(later, new) == ""
    clock.wait(hours=24)
    assert (await client.get("/start")).headers["location"] == "/today"
    if asks_with == "old":
        page = await http.ask(later, old)
        assert page
        assert new[-3:] not in words(await later.get("/sign-in/code")).partition("Change number")[0]
    assert await http.sign_in(browser(), new) == "/today"
    assert (await client.get("/start")).headers["location"] == "/sign-in"


async def test_light_or_dark_is_remembered_without_javascript(browser: http.Open):
    client = browser()
    for cookie, mark in (("", ""), ("dark", ' class="dark"'), ("light", ' class="light"'), ('x" onload="', "")):
        client.cookies.clear()
        if cookie:
            client.cookies.set("sanduk-theme", cookie)
        assert f'<html lang="en"{mark}>' in (await client.get("/join")).text


async def test_who_left_reads_what_is_still_owed(base: Database, browser: http.Open):
    group_id, admin, made = await invited(base)
    client, phone = browser(), new_phone()
    await client.get(f"/join/{made.code}")
    await http.sign_in(client, phone)
    await client.post(f"/join/{made.code}", data={"name": "Wanjiru Kamau"})
    (request_id,) = await waiting(base, admin)
    await approve(base, admin, request_id, "US/2")
    me = (await new_person(base, phone)).within(group_id)
    due_on = datetime.now(UTC).date() + timedelta(days=9)
    await run(base, admin, open_call, OpenCall("December", 50_000, due_on, "left"))
    await run(base, me, leave_group, LeaveGroup(50_000))
    shown = words(await client.get("/no-group"))
    assert "You are no longer a member of" in shown
    assert "You still owe KES 500.00" in shown
    assert "December Account number" in shown
    assert "No group yet" not in shown
