"""At sign-in: profiles that wait for a phone become its owner's, in every group, once."""

import asyncio

import pytest
from sqlalchemy import text

from app.domain.groups import access, members
from app.domain.groups.access import authorise
from app.domain.groups.permissions import Permission
from app.domain.identity import service as identity
from app.kit.actor import NOBODY, Actor
from app.kit.db import Database
from app.kit.errors import NotFound
from tests.factories.groups import make_group, make_members, make_person, new_phone


async def claim(database: Database, me: Actor, phone: str) -> int:
    assert me.person_id is not None
    async with database.transaction(me) as session:
        return await members.claim_profiles(session, me.person_id, phone)


async def test_profiles_in_every_group_are_claimed_once(database: Database) -> None:
    phone = new_phone()
    groups = [await make_group(database) for _ in range(3)]
    ids = [(await make_members(database, group, phones=[phone]))[0] for group in groups]
    async with database.transaction(NOBODY) as session:
        person = await identity.get_or_create_person(session, phone)
    me = Actor(person_id=person.id)
    assert await claim(database, me, phone) == 3
    assert await claim(database, me, phone) == 0
    async with database.transaction(me) as session:
        found = await access.list_my_groups(session, me)
    assert {one.group_id: one.member_id for one in found} == dict(zip([g.id for g in groups], ids, strict=True))
    assert {one.code for one in found} == {group.view.code for group in groups}


async def test_only_the_phones_own_profiles_are_claimed(database: Database) -> None:
    group = await make_group(database)
    phone, neighbour = new_phone(), new_phone()
    mine, hers, nobodys = await make_members(database, group, phones=[phone, neighbour, None])
    me = await make_person(database, phone)
    async with database.transaction(group.admin) as session:
        rows = {row.id: row.person_id for row in await session.execute(text("SELECT id, person_id FROM members"))}
    assert (rows[mine], rows[hers], rows[nobodys]) == (me.person_id, None, None)


async def test_before_the_claim_one_is_a_stranger(database: Database) -> None:
    group = await make_group(database)
    phone = new_phone()
    await make_members(database, group, phones=[phone])
    async with database.transaction(NOBODY) as session:
        me = Actor((await identity.get_or_create_person(session, phone)).id, group.id)
    async with database.transaction(me) as session:
        with pytest.raises(NotFound):
            await authorise(session, me, Permission.READ_OWN)


async def test_a_claimed_profile_is_not_taken_by_another(database: Database) -> None:
    group = await make_group(database)
    phone = new_phone()
    (member_id,) = await make_members(database, group, phones=[phone])
    me, other = await make_person(database, phone), await make_person(database)
    assert await claim(database, other, phone) == 0
    async with database.transaction(group.admin) as session:
        assert (await members.get_member(session, group.admin, member_id)).person_id == me.person_id


async def test_a_person_has_one_profile_in_a_group(database: Database) -> None:
    """A second one with a phone that came to her stays unclaimed; the sign-in goes on."""
    group = await make_group(database)
    second = new_phone()
    await make_members(database, group, phones=[second])
    async with database.transaction(group.admin.within(group.id)) as session:
        assert (await authorise(session, group.admin, Permission.READ_OWN)).person_id == group.admin.person_id
    assert await claim(database, Actor(person_id=group.admin.person_id), second) == 0
    async with database.transaction(group.admin) as session:
        await authorise(session, group.admin, Permission.MANAGE_ROLES)


async def test_signing_in_twice_at_once_claims_once(database: Database) -> None:
    group = await make_group(database)
    phone = new_phone()
    await make_members(database, group, phones=[phone])
    async with database.transaction(NOBODY) as session:
        me = Actor(person_id=(await identity.get_or_create_person(session, phone)).id)
    assert sorted(await asyncio.gather(*(claim(database, me, phone) for _ in range(6)))) == [0, 0, 0, 0, 0, 1]


async def test_afterwards_the_transaction_is_in_no_group(database: Database) -> None:
    group = await make_group(database)
    phone = new_phone()
    await make_members(database, group, phones=[phone])
    async with database.transaction(NOBODY) as session:
        person = await identity.get_or_create_person(session, phone)
        await members.claim_profiles(session, person.id, phone)
        settings = (await session.execute(text("SELECT kit.tenant(), kit.me()"))).one()
    assert tuple(settings) == (None, person.id)
