"""Invitations: who makes them, how they end, what their holder sees."""

import asyncio

import psycopg
import pytest

from app.domain.groups.joining import invites
from app.domain.groups.joining.errors import InviteUnknown
from app.domain.groups.joining.views import MakeInvite
from app.domain.groups.members import list_members
from app.kit.actor import NOBODY
from app.kit.db import Database
from app.kit.errors import IdempotencyConflict, InvalidInput, NotFound, NotPermitted
from app.kit.ids import in_fours
from tests.factories.groups import make_group, make_member, make_officer, make_person
from tests.services.identity.conftest import MovedClock
from tests.services.joining.asking import ask, invite, run


async def seen(base: Database, code: str) -> str:
    async with base.transaction(NOBODY) as session:
        return (await invites.find_invite(session, code)).state


async def test_the_holder_sees_the_group_and_nothing_else(base: Database):
    group = await make_group(base)
    made = await invite(base, group.admin)
    async with base.transaction(NOBODY) as session:
        found = await invites.find_invite(session, f" {in_fours(made.code).lower()} ")
        assert (found.group_id, found.group_name, found.state) == (group.id, group.view.name, "live")
        assert await invites.is_live(session, made.code)
        with pytest.raises(NotFound):
            await list_members(session, NOBODY)


@pytest.mark.parametrize("code", ["", "x", "7Q4MK9TD2HXW6", "A" * 500, "\x00", "٣" * 13])
async def test_other_codes_are_unknown(base: Database, code: str):
    async with base.transaction(NOBODY) as session:
        with pytest.raises(InviteUnknown):
            await invites.find_invite(session, code)
        assert not await invites.is_live(session, code)


async def test_the_database_never_holds_the_code_in_the_clear(base: Database, owner_url: str):
    group = await make_group(base)
    made = await invite(base, group.admin)
    with psycopg.connect(owner_url) as connection:
        connection.execute("SELECT set_config('app.group_id', %s, false)", (str(group.id),))
        row = connection.execute("SELECT invites::text, code_index, code_enc FROM invites").fetchone()
    assert row is not None
    assert made.code not in row[0]
    assert made.code.encode() not in row[1] + row[2]


async def test_it_expires_is_revoked_and_is_used_up(base: Database, clock: MovedClock):
    group = await make_group(base)
    old, revoked = await invite(base, group.admin, days=3), await invite(base, group.admin, days=30)
    once = await invite(base, group.admin, days=30, uses=1)
    clock.wait(days=3)
    assert await seen(base, old.code) == "expired"
    for _ in range(2):
        assert (await run(base, group.admin, invites.revoke_invite, revoked.id)).state == "revoked"
    await ask(base, await make_person(base), once.code)
    assert [await seen(base, one.code) for one in (revoked, once)] == ["revoked", "used_up"]
    listed = await run(base, group.admin, invites.list_invites)
    assert [(one.code, one.state) for one in listed] == [
        (once.code, "used_up"),
        (revoked.code, "revoked"),
        (old.code, "expired"),
    ]


async def test_a_double_click_makes_one(base: Database):
    group = await make_group(base)
    made = await asyncio.gather(*(invite(base, group.admin, key="one form") for _ in range(5)))
    assert len({one.code for one in made}) == 1
    with pytest.raises(IdempotencyConflict):
        await invite(base, group.admin, key="one form", uses=6)


@pytest.mark.parametrize(("days", "uses", "field"), [(0, 1, "days"), (91, 1, "days"), (1, 0, "uses"), (1, 501, "uses")])
async def test_days_and_uses_have_limits(base: Database, days: int, uses: int, field: str):
    group = await make_group(base)
    with pytest.raises(InvalidInput) as caught:
        await run(base, group.admin, invites.make_invite, MakeInvite(days, uses, "k"))
    assert caught.value.field == field


async def test_who_may(base: Database):
    group, other = await make_group(base), await make_group(base)
    treasurer = await make_officer(base, group, "treasurer")
    made = await invite(base, treasurer)
    for actor in (await make_member(base, group), await make_officer(base, group, "auditor")):
        with pytest.raises(NotPermitted):
            await run(base, actor, invites.revoke_invite, made.id)
    with pytest.raises(NotFound):
        await run(base, other.admin, invites.revoke_invite, made.id)
    assert await seen(base, made.code) == "live"
