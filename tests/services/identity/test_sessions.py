"""Browser sessions: found by token, placed, idle, too old, ended."""

import asyncio
from uuid import UUID, uuid4

import psycopg
import pytest

from app.domain.identity import service, sessions
from app.domain.identity.views import SessionView
from app.kit.actor import NOBODY, Actor
from app.kit.db import Database
from tests.factories.groups import make_group, make_officer
from tests.services.identity.conftest import MovedClock
from tests.services.identity.signing_in import new_person, new_phone, new_session


async def find(base: Database, token: str) -> SessionView | None:
    async with base.transaction(NOBODY) as session:
        return await sessions.find_session(session, token)


async def test_a_token_finds_its_session_and_then_the_transaction_is_the_persons(base: Database):
    phone = new_phone()
    me = await new_person(base, phone)
    token = await new_session(base, me)
    assert len(token) >= 43
    async with base.transaction(NOBODY) as session:
        found = await sessions.find_session(session, token)
        assert found is not None
        assert (found.person_id, found.group_id, found.role, found.is_staff) == (me.person_id, None, None, False)
        assert await service.person_phone(session, found.person_id) == phone


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "\x00", "é" * 5000])
async def test_any_other_token_finds_nothing(base: Database, token: str):
    await new_session(base, await new_person(base))
    assert await find(base, token) is None


async def test_the_database_never_sees_the_token(base: Database, owner_url: str):
    me = await new_person(base)
    token = await new_session(base, me)
    with psycopg.connect(owner_url) as connection:
        connection.execute("SELECT set_config('app.person_id', %s, false)", (str(me.person_id),))
        row = connection.execute("SELECT sessions::text, token_hash FROM sessions").fetchone()
    assert row is not None
    assert token not in row[0]
    assert token.encode() not in row[1]


async def test_a_place_is_kept_while_the_role_is_held(base: Database):
    group = await make_group(base)
    me = await make_officer(base, group, "treasurer")
    token = await new_session(base, me)

    async def place(group_id: UUID | None, role: str) -> tuple[UUID | None, str | None]:
        async with base.transaction(me) as session:
            found = await sessions.find_session(session, token)
            assert found is not None
            await sessions.set_place(session, found.id, group_id, role)
        placed = await find(base, token)
        assert placed is not None
        return placed.group_id, placed.role

    assert await place(group.id, "treasurer") == (group.id, "treasurer")
    assert await place(group.id, "member") == (group.id, "member")
    for other, role in ((group.id, "admin"), (uuid4(), "treasurer"), (uuid4(), "member"), (None, "staff")):
        assert await place(other, role) == (other, None)


async def test_nobody_moves_or_ends_anothers_session(base: Database):
    me, other = await new_person(base), await new_person(base)
    token = await new_session(base, me)
    found = await find(base, token)
    assert found is not None
    async with base.transaction(other) as session:
        await sessions.set_place(session, found.id, uuid4(), "admin")
        await sessions.end_session(session, found.id)
    assert await find(base, token) == found


async def test_ended_is_ended_and_others_go_on(base: Database):
    me = await new_person(base)
    token, elsewhere = await new_session(base, me), await new_session(base, me)
    found = await find(base, token)
    assert found is not None
    for _ in range(2):
        async with base.transaction(me) as session:
            await sessions.end_session(session, found.id)
    assert await find(base, token) is None
    assert await find(base, elsewhere) is not None


async def test_staff_are_recognised(base: Database):
    async with base.transaction(NOBODY) as session:
        person = await service.add_staff(session, new_phone())
    found = await find(base, await new_session(base, Actor(person_id=person.id)))
    assert found is not None
    assert found.is_staff


async def test_thirty_days_without_use(base: Database, clock: MovedClock):
    used, unused = [await new_session(base, await new_person(base)) for _ in range(2)]
    clock.wait(days=29)
    assert await find(base, used) is not None
    clock.wait(days=2)
    assert await find(base, unused) is None
    assert await find(base, used) is not None


async def test_ninety_days_at_most(base: Database, clock: MovedClock):
    token = await new_session(base, await new_person(base))
    for _ in range(4):
        clock.wait(days=22)
        assert await find(base, token) is not None
    clock.wait(days=2)
    assert await find(base, token) is None


async def test_ending_while_it_is_used_leaves_it_ended(base: Database, clock: MovedClock):
    me = await new_person(base)
    token = await new_session(base, me)
    found = await find(base, token)
    assert found is not None
    clock.wait(hours=2)

    async def end() -> None:
        async with base.transaction(me) as session:
            await sessions.end_session(session, found.id)

    await asyncio.gather(end(), *[find(base, token) for _ in range(5)])
    assert await find(base, token) is None
