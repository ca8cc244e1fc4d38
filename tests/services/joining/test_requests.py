"""Requests: asked once, answered once, whoever is quicker."""

import asyncio
from collections import Counter
from typing import Any
from uuid import uuid4

import pytest

from app.domain.groups import members, profiles
from app.domain.groups.errors import GroupFull, MemberNumberTaken
from app.domain.groups.joining import invites, requests
from app.domain.groups.joining.errors import (
    AlreadyMember,
    InviteExpired,
    InviteRevoked,
    InviteUsedUp,
    OwnRequest,
    RequestDecided,
    RequestDenied,
)
from app.domain.groups.views import AddMember
from app.domain.reports.frame import read_frame
from app.kit.actor import NOBODY, Actor
from app.kit.db import Database
from app.kit.errors import InvalidInput, NotFound, NotPermitted
from tests.factories.groups import id_of, make_group, make_member, make_officer, make_person, new_phone
from tests.services.identity.conftest import MovedClock
from tests.services.joining.asking import approve, ask, deny, invite, run


async def to_answer(base: Database, who: Actor) -> int:
    return (await run(base, who, read_frame, frozenset({"admin"}))).to_answer


async def outcomes(*attempts: Any) -> Counter[str]:
    found = await asyncio.gather(*attempts, return_exceptions=True)
    return Counter(type(one).__name__ if isinstance(one, BaseException) else one.state if one else "" for one in found)


async def test_from_the_code_to_the_group(base: Database):
    group = await make_group(base)
    made, phone = await invite(base, group.admin), new_phone()
    person = await make_person(base, phone)
    assert (await ask(base, person, made.code)).group_name == group.view.name
    (waiting,) = await run(base, group.admin, requests.list_requests)
    assert (waiting.kind, waiting.state, waiting.name) == ("join", "waiting", "Wanjiru Kamau")
    assert waiting.phone.replace(" ", "") == phone
    assert await to_answer(base, group.admin) == 1
    done = await approve(base, group.admin, waiting.id, "BSS/077", "Nairobi")
    assert (done.state, done.member_no) == ("approved", "BSS/077")
    me = person.within(group.id)
    view = await run(base, group.admin, members.get_member, await id_of(base, me))
    assert (view.name, view.region, view.person_id) == ("Wanjiru Kamau", "Nairobi", person.person_id)
    (mine,) = await run(base, person, requests.list_my_requests)
    assert mine.state == "approved"
    with pytest.raises(AlreadyMember):
        await ask(base, person, made.code)


async def test_asking_twice_is_one_request_and_one_use(base: Database):
    group = await make_group(base)
    made, person = await invite(base, group.admin, uses=2), await make_person(base)
    found = await outcomes(*(ask(base, person, made.code) for _ in range(6)))
    assert found == {"waiting": 6}
    (listed,) = await run(base, group.admin, invites.list_invites)
    assert listed.uses == 1


async def test_the_last_use_goes_to_one(base: Database):
    group = await make_group(base)
    made = await invite(base, group.admin, uses=1)
    people = [await make_person(base) for _ in range(6)]
    assert await outcomes(*(ask(base, one, made.code) for one in people)) == {"waiting": 1, "InviteUsedUp": 5}
    assert await to_answer(base, group.admin) == 1


async def test_what_ended_opens_nothing(base: Database, clock: MovedClock):
    group = await make_group(base)
    used, revoked = await invite(base, group.admin, uses=1), await invite(base, group.admin)
    short, person = await invite(base, group.admin, days=1), await make_person(base)
    await ask(base, await make_person(base), used.code)
    await run(base, group.admin, invites.revoke_invite, revoked.id)
    clock.wait(days=1)
    for code, error in ((used.code, InviteUsedUp), (revoked.code, InviteRevoked), (short.code, InviteExpired)):
        with pytest.raises(error):
            await ask(base, person, code)
    with pytest.raises(InvalidInput):
        await ask(base, person, (await invite(base, group.admin)).code, " ")
    with pytest.raises(NotFound):
        await ask(base, NOBODY, (await invite(base, group.admin)).code)
    assert await to_answer(base, group.admin) == 1


async def test_no_with_a_reason_and_a_new_invitation(base: Database):
    group = await make_group(base)
    made, person = await invite(base, group.admin), await make_person(base)
    asked = await ask(base, person, made.code)
    with pytest.raises(InvalidInput):
        await deny(base, group.admin, asked.id, " ")
    for _ in range(2):
        assert (await deny(base, group.admin, asked.id)).state == "denied"
    (mine,) = await run(base, person, requests.list_my_requests)
    assert (mine.state, mine.reason) == ("denied", "We don’t know you")
    with pytest.raises(RequestDenied):
        await ask(base, person, made.code)
    assert (await ask(base, person, (await invite(base, group.admin)).code)).state == "waiting"
    with pytest.raises(RequestDecided):
        await approve(base, group.admin, asked.id, "BSS/090")


async def test_answers_meet(base: Database):
    group = await make_group(base)
    treasurer = await make_officer(base, group, "treasurer")
    made, person = await invite(base, group.admin), await make_person(base)
    asked = await ask(base, person, made.code)
    found = await outcomes(
        approve(base, group.admin, asked.id, "BSS/081"),
        approve(base, treasurer, asked.id, "BSS/082"),
        deny(base, treasurer, asked.id),
        run(base, person, requests.withdraw_request, asked.id),
    )
    assert found["RequestDecided"] in (2, 3)  # withdrawing answers with nothing
    (mine,) = await run(base, person, requests.list_my_requests)
    joined = [one for one in (await run(base, group.admin, members.list_members)).rows if one.name == "Wanjiru Kamau"]
    assert len(joined) == (mine.state == "approved")


async def test_a_double_click_on_yes_lets_in_one(base: Database):
    group = await make_group(base)
    asked = await ask(base, await make_person(base), (await invite(base, group.admin)).code)
    assert await outcomes(*(approve(base, group.admin, asked.id, "BSS/083") for _ in range(5))) == {"approved": 5}
    assert (await run(base, group.admin, members.list_members)).total == 2


async def test_a_taken_number_leaves_it_waiting(base: Database):
    group = await make_group(base)
    asked = await ask(base, await make_person(base), (await invite(base, group.admin)).code)
    with pytest.raises(MemberNumberTaken):
        await approve(base, group.admin, asked.id, "bss/001")
    with pytest.raises(InvalidInput):
        await approve(base, group.admin, asked.id, "BSS/5", "Atlantis")
    assert await to_answer(base, group.admin) == 1


async def test_added_by_hand_meanwhile_she_is_one_member(base: Database):
    group, phone = await make_group(base), new_phone()
    person = await make_person(base, phone)
    asked = await ask(base, person, (await invite(base, group.admin)).code)
    added = await run(base, group.admin, profiles.add_member, AddMember("H/1", "Wanjiru K.", phone=phone))
    done = await approve(base, group.admin, asked.id)
    assert (done.state, done.member_no) == ("approved", "H/1")
    assert await id_of(base, person.within(group.id)) == added.id


async def test_five_hundred_are_enough(base: Database, monkeypatch: pytest.MonkeyPatch):
    group = await make_group(base)
    asked = [await ask(base, await make_person(base), (await invite(base, group.admin)).code) for _ in range(3)]
    monkeypatch.setattr(members, "LIMIT", 2)
    found = await outcomes(*(approve(base, group.admin, one.id, f"F/{n}") for n, one in enumerate(asked)))
    assert found == {"approved": 1, "GroupFull": 2}
    assert GroupFull.http_status == 409


async def test_only_the_asker_takes_it_back(base: Database):
    group = await make_group(base)
    person, other = await make_person(base), await make_person(base)
    asked = await ask(base, person, (await invite(base, group.admin)).code)
    for actor in (other, group.admin, NOBODY):
        with pytest.raises(NotFound):
            await run(base, actor, requests.withdraw_request, asked.id)
    for _ in range(2):
        await run(base, person, requests.withdraw_request, asked.id)
    with pytest.raises(RequestDecided):
        await approve(base, group.admin, asked.id, "BSS/091")


async def test_who_answers(base: Database):
    group, other = await make_group(base), await make_group(base)
    asked = await ask(base, await make_person(base), (await invite(base, group.admin)).code)
    for actor in (await make_member(base, group), await make_officer(base, group, "auditor")):
        with pytest.raises(NotPermitted):
            await approve(base, actor, asked.id, "BSS/092")
        with pytest.raises(NotPermitted):
            await run(base, actor, requests.list_requests)
    with pytest.raises(NotFound):
        await approve(base, other.admin, asked.id, "BSS/092")
    with pytest.raises(NotFound):
        await deny(base, other.admin, uuid4())


async def test_a_name_is_mended_by_somebody_else(base: Database):
    group = await make_group(base)
    me = await make_member(base, group)
    treasurer = await make_officer(base, group, "treasurer")
    first = await run(base, me, requests.ask_name_change, "Akinyi  Achieng’")
    again = await run(base, me, requests.ask_name_change, "Akinyi Achieng’")
    assert (again.id, again.name) == (first.id, "Akinyi Achieng’")
    better = await run(base, me, requests.ask_name_change, "Akinyi Achieng’ Otieno")
    (waiting,) = [one for one in await run(base, treasurer, requests.list_requests) if one.state == "waiting"]
    assert (waiting.id, waiting.kind, waiting.name) == (better.id, "name", "Akinyi Achieng’ Otieno")
    await approve(base, treasurer, better.id)
    view = await run(base, treasurer, members.get_member, await id_of(base, me))
    assert view.name == "Akinyi Achieng’ Otieno"
    with pytest.raises(InvalidInput):
        await run(base, me, requests.ask_name_change, "Akinyi Achieng’ Otieno")
    own = await run(base, treasurer, requests.ask_name_change, "Somebody Else")
    with pytest.raises(OwnRequest):
        await approve(base, treasurer, own.id)


def test_the_next_number():
    assert profiles.next_number(["BSS/001", "BSS/074", "X9"]) == "BSS/075"
    assert profiles.next_number(["99", "100", "7"]) in ("101", "08")
    assert profiles.next_number(["abc"]) == ""
    assert profiles.next_number([]) == ""
