"""Persons, listed phones and staff: made once, readable by themselves, unreadable at rest."""

import asyncio

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.domain.audit import service as audit
from app.domain.identity import codes, service, sessions
from app.domain.identity.views import PersonView
from app.kit.actor import NOBODY, Actor
from app.kit.db import Database, keyring_of
from app.kit.errors import NotFound
from tests.services.identity.signing_in import ask, listed_phone, new_person, new_phone, new_session


async def test_a_phone_is_one_person(base: Database):
    phone = new_phone()

    async def sign_up() -> PersonView:
        async with base.transaction(NOBODY) as session:
            return await service.get_or_create_person(session, phone)

    found = await asyncio.gather(*[sign_up() for _ in range(8)])
    assert {one.phone for one in found} == {phone}
    assert len({one.id for one in found}) == 1
    assert (await sign_up()).id == found[0].id


async def test_a_person_reads_her_own_phone_only(base: Database):
    phone = new_phone()
    me, other = await new_person(base, phone), await new_person(base)
    assert me.person_id is not None
    async with base.transaction(me) as session:
        assert await service.person_phone(session, me.person_id) == phone
    for stranger in (other, NOBODY):
        async with base.transaction(stranger) as session:
            with pytest.raises(NotFound):
                await service.person_phone(session, me.person_id)


async def test_the_phone_is_unreadable_at_rest(base: Database, owner_url: str):
    phone = new_phone()
    me = await new_person(base, phone)
    with psycopg.connect(owner_url) as connection:
        connection.execute("SELECT set_config('app.person_id', %s, false)", (str(me.person_id),))
        row = connection.execute("SELECT persons::text, phone_enc FROM persons").fetchone()
    assert row is not None
    assert phone[1:] not in row[0]
    assert phone.encode() not in row[1]


async def test_listing_twice_is_listing_once(base: Database):
    phone = new_phone()
    async with base.transaction(NOBODY) as session:
        index = keyring_of(session).blind_index(phone)
        await service.list_phones(session, [index, index])
        await service.list_phone(session, index)
        await service.list_phones(session, [])
    assert (await ask(base, phone))[1]


async def test_staff_may_sign_in_and_are_known_to_themselves(base: Database):
    phone = new_phone()
    async with base.transaction(NOBODY) as session:
        person = await service.add_staff(session, phone)
    async with base.transaction(NOBODY) as session:
        assert (await service.add_staff(session, phone)).id == person.id
    assert (await ask(base, phone))[1]
    async with base.transaction(Actor(person_id=person.id)) as session:
        assert await service.is_staff(session, person.id)
    stranger = await new_person(base, await listed_phone(base))
    assert stranger.person_id is not None
    async with base.transaction(stranger) as session:
        assert not await service.is_staff(session, stranger.person_id)
        assert not await service.is_staff(session, person.id)


async def test_staff_is_listed_and_removed(base: Database):
    first, second = new_phone(), new_phone()
    for phone in (first, second, first):
        async with base.transaction(NOBODY) as session:
            person = await service.add_staff(session, phone)
    token = await new_session(base, Actor(person_id=person.id))
    async with base.transaction(NOBODY) as session:
        assert [one.phone for one in await service.list_staff(session)][-2:] == [first, second]
    async with base.transaction(NOBODY) as session:
        assert await service.remove_staff(session, first) == person
    async with base.transaction(NOBODY) as session:
        listed = [one.phone for one in await service.list_staff(session)]
        found = await sessions.find_session(session, token)
        assert not await service.is_staff(session, person.id)
    assert (first in listed, second in listed) == (False, True)
    assert found is not None
    assert not found.is_staff
    for nobody in (first, new_phone()):
        with pytest.raises(NotFound):
            async with base.transaction(NOBODY) as session:
                await service.remove_staff(session, nobody)
    async with base.transaction(NOBODY) as session:
        events = await audit.list_events(session, audit.PLATFORM)
    mine = [event.action for event in events if event.subject_id == str(person.id)]
    assert mine == ["staff.removed", "staff.added"]


async def test_nobody_removes_others_from_the_staff(base: Database):
    async with base.transaction(NOBODY) as session:
        staff = await service.add_staff(session, new_phone())
    for stranger in (await new_person(base), NOBODY):
        async with base.transaction(stranger) as session:
            await session.execute(text("DELETE FROM staff"))
    async with base.transaction(Actor(person_id=staff.id)) as session:
        assert await service.is_staff(session, staff.id)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE persons SET wrapped_key = decode(repeat('00', 32), 'hex')",
        "DELETE FROM persons",
        "UPDATE staff SET added_at = now()",
        "DELETE FROM sessions",
        "TRUNCATE code_requests",
        "DELETE FROM listed_phones",
    ],
)
async def test_the_application_may_not(base: Database, statement: str):
    with pytest.raises(DBAPIError, match="permission denied"):
        async with base.transaction(await new_person(base)) as session:
            await session.execute(text(statement))


async def test_nobody_makes_staff_or_sessions_of_others(base: Database):
    me, other = await new_person(base), await new_person(base)
    for statement in (
        "INSERT INTO staff VALUES (:other, now())",
        "INSERT INTO step_ups VALUES (gen_random_uuid(), :other, now(), NULL)",
        "INSERT INTO sessions SELECT gen_random_uuid(), decode(repeat('ab', 32), 'hex'), :other, NULL, NULL, '', now(),"
        " now(), now(), NULL",
    ):
        with pytest.raises(DBAPIError, match="row-level security"):
            async with base.transaction(me) as session:
                await session.execute(text(statement), {"other": other.person_id})


async def test_rows_of_others_are_invisible(base: Database):
    me, other = await new_person(base), await new_person(base)
    async with base.transaction(me) as session:
        seen = (await session.execute(text("SELECT id FROM persons"))).scalars().all()
    assert seen == [me.person_id]
    assert other.person_id not in seen
    async with base.transaction(NOBODY) as session:
        for table in ("persons", "sessions", "staff", "step_ups"):
            assert (await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one() == 0


async def test_a_step_up_needs_ones_own_phone(base: Database):
    me, other = await new_person(base), await new_person(base)
    assert other.person_id is not None
    async with base.transaction(me) as session:
        with pytest.raises(NotFound):
            await codes.start_step_up(session, other.person_id, request_id=other.person_id)


async def test_an_error_of_the_database_names_no_values(base: Database):
    with pytest.raises(DBAPIError) as caught:
        async with base.transaction(await new_person(base)) as session:
            await session.execute(text("SELECT CAST(:phone AS uuid)"), {"phone": "a secret value"})
    assert "hidden" in str(caught.value)
