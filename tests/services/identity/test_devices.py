"""Where one is signed in: listed, signed out one by one or everywhere."""

import pytest

from app.domain.identity import sessions
from app.kit.actor import NOBODY, Actor
from app.kit.db import Database
from app.kit.errors import NotFound
from tests.services.identity.conftest import MovedClock
from tests.services.identity.signing_in import new_person, new_session


async def is_live(base: Database, token: str) -> bool:
    async with base.transaction(NOBODY) as session:
        return await sessions.find_session(session, token) is not None


async def listed(base: Database, me: Actor) -> list:
    assert me.person_id
    async with base.transaction(me) as session:
        return await sessions.list_sessions(session, me.person_id)


async def test_listed_are_the_live_ones_of_oneself(base: Database, clock: MovedClock):
    me, other = await new_person(base), await new_person(base)
    await new_session(base, other)
    old = await new_session(base, me)
    clock.wait(days=31)
    token = await new_session(base, me)
    (device,) = await listed(base, me)
    assert device.user_agent == "test"
    assert not await is_live(base, old)
    assert other.person_id
    async with base.transaction(me) as session:
        assert await sessions.list_sessions(session, other.person_id) == []
    assert await is_live(base, token)


async def test_one_device_is_signed_out_by_its_owner_alone(base: Database):
    me, other = await new_person(base), await new_person(base)
    token, stays = await new_session(base, me), await new_session(base, me)
    assert me.person_id
    assert other.person_id
    async with base.transaction(me) as session:
        found = await sessions.find_session(session, token)
    assert found
    async with base.transaction(other) as session:
        with pytest.raises(NotFound):
            await sessions.end_own_session(session, other.person_id, found.id)
        with pytest.raises(NotFound):
            await sessions.end_own_session(session, me.person_id, found.id)
    assert await is_live(base, token)
    for _ in range(2):
        async with base.transaction(me) as session:
            await sessions.end_own_session(session, me.person_id, found.id)
    assert not await is_live(base, token)
    assert await is_live(base, stays)


async def test_everywhere_or_everywhere_else(base: Database):
    me, other = await new_person(base), await new_person(base)
    tokens = [await new_session(base, me) for _ in range(3)]
    theirs = await new_session(base, other)
    assert me.person_id
    assert other.person_id
    async with base.transaction(me) as session:
        found = await sessions.find_session(session, tokens[0])
        assert found
        assert await sessions.end_all_sessions(session, other.person_id) == 0
        assert await sessions.end_all_sessions(session, me.person_id, but=found.id) == 2
    assert [await is_live(base, one) for one in (*tokens, theirs)] == [True, False, False, True]
    async with base.transaction(me) as session:
        assert await sessions.end_all_sessions(session, me.person_id) == 1
    assert not await is_live(base, tokens[0])
