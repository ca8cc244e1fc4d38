"""A database of the public demo takes nothing; a moved clock moves days, and nothing that stands for the real time."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest
import pytest_asyncio
from sqlalchemy import text

from app import demo, wiring
from app.demo.doors import DOORS, OPEN, close_doors, open_doors, token_of
from app.demo.people import signed_in
from app.domain.contributions import reading as contributions
from app.domain.contributions.service import OpenCall, open_call
from app.domain.groups import access
from app.domain.identity import service as identity
from app.domain.identity import sessions
from app.kit.actor import NOBODY, Actor
from app.kit.clock import MovedClock, SystemClock
from app.kit.crypto import Keyring
from app.kit.db import Database, clock_of, psycopg_url, real_clock_of
from app.kit.errors import ReadOnly

wiring.register()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shown(database: Database, app_url: str, tools: dict[str, object]) -> AsyncIterator[Database]:
    """The demo's own database, as its web process has it."""
    await demo.load(database)
    await open_doors(database)
    made = Database(psycopg_url(app_url), tools=tools, read_only=True)
    yield made
    await made.close()


@pytest_asyncio.fixture(loop_scope="session")
async def moving(app_url: str, tools: dict[str, object]) -> AsyncIterator[Database]:
    made = Database(psycopg_url(app_url), tools=tools, has_moved_clock=True)
    yield made
    await made.close()


@pytest.fixture
def keyring(tools: dict[str, object]) -> Keyring:
    found = tools["keyring"]
    assert isinstance(found, Keyring)
    return found


async def test_no_service_writes(shown: Database, database: Database) -> None:
    async with database.transaction(NOBODY) as session:
        person = await identity.get_or_create_person(session, demo.TREASURER_PHONE)
    me = Actor(person_id=person.id)
    async with shown.transaction(me) as session:
        group = (await access.list_my_groups(session, me))[0]
    treasurer = me.within(group.group_id)
    command = OpenCall(
        title="More", amount_minor=100, due_on=SystemClock().now().date() + timedelta(days=9), key=str(uuid4())
    )
    with pytest.raises(ReadOnly):
        async with shown.transaction(treasurer) as session:
            await open_call(session, treasurer, command)
    with pytest.raises(ReadOnly):
        async with shown.transaction(NOBODY) as session:
            await identity.get_or_create_person(session, "+254711111111")


async def test_not_even_on_a_connection_that_lost_its_setting(shown: Database) -> None:
    async with shown.transaction(NOBODY) as session:
        assert (await session.execute(text("SHOW transaction_read_only"))).scalar_one() == "on"
        assert (await session.execute(text("SHOW default_transaction_read_only"))).scalar_one() == "on"
        await session.execute(text("SET default_transaction_read_only = off"))
    async with shown.transaction(NOBODY) as session:
        assert (await session.execute(text("SHOW transaction_read_only"))).scalar_one() == "on"


async def test_each_door_has_its_session_for_years(shown: Database, keyring: Keyring) -> None:
    late = shown.with_tools(clock=MovedClock(SystemClock(), OPEN - timedelta(days=1)))
    for door in DOORS:
        for database in (shown, late):  # finding it would note that it was seen
            async with database.transaction(NOBODY) as session:
                found = await sessions.find_session(session, token_of(keyring, door))
            assert found is not None
            assert (found.role, found.is_staff) == (door.role, False)
    assert len({token_of(keyring, door) for door in DOORS}) == len(DOORS)


async def test_doors_are_opened_again_as_they_were(shown: Database, database: Database, keyring: Keyring) -> None:
    token = token_of(keyring, DOORS[0])
    async with database.transaction(NOBODY) as session:
        found = await sessions.find_session(session, token)
        assert found is not None
        await sessions.end_session(session, found.id)
    await open_doors(database)
    async with shown.transaction(NOBODY) as session:
        again = await sessions.find_session(session, token)
    assert again == found


async def test_doors_are_closed_for_good(shown: Database, database: Database, keyring: Keyring) -> None:
    for _ in range(2):
        await close_doors(database)
        for door in DOORS:
            async with shown.transaction(NOBODY) as session:
                assert await sessions.find_session(session, token_of(keyring, door)) is None
    await open_doors(database)


async def test_an_older_session_is_found_and_not_noted(shown: Database, database: Database) -> None:
    async with database.transaction(NOBODY) as session:
        person = await identity.get_or_create_person(session, demo.MEMBER_PHONE)
    async with database.transaction(Actor(person_id=person.id)) as session:
        token = await sessions.open_session(session, person.id, user_agent="")
    late = shown.with_tools(clock=MovedClock(SystemClock(), timedelta(hours=3)))
    async with late.transaction(NOBODY) as session:
        assert await sessions.find_session(session, token) is not None


async def test_a_moved_clock_moves_days_only(
    shown: Database, database: Database, moving: Database, owner_url: str
) -> None:
    async with database.transaction(NOBODY) as session:
        person = await identity.get_or_create_person(session, demo.TREASURER_PHONE)
    me = Actor(person_id=person.id)
    async with shown.transaction(me) as session:
        group = (await access.list_my_groups(session, me))[0]
    treasurer = await signed_in(database, demo.TREASURER_PHONE, group.group_id)
    async with moving.transaction(treasurer) as session:
        assert clock_of(session) is real_clock_of(session)
        before = await contributions.list_unpaid(session, treasurer)
        token = await sessions.open_session(session, person.id, user_agent="")
    assert not any(row.is_overdue for row in before)
    _move(owner_url, timedelta(days=400))
    try:
        async with moving.transaction(treasurer) as session:
            now = datetime.now(UTC)
            assert timedelta(days=399) < clock_of(session).now() - now < timedelta(days=401)
            assert abs(real_clock_of(session).now() - now) < timedelta(minutes=1)
            assert all(row.is_overdue for row in await contributions.list_unpaid(session, treasurer))
        async with moving.transaction(NOBODY) as session:
            assert await sessions.find_session(session, token) is not None
        async with database.transaction(treasurer) as session:  # as production reads it
            assert not any(row.is_overdue for row in await contributions.list_unpaid(session, treasurer))
    finally:
        _move(owner_url, timedelta())


def _move(owner_url: str, shift: timedelta) -> None:
    with psycopg.connect(owner_url) as connection:
        connection.execute("DELETE FROM kit.development_clock")
        if shift:
            connection.execute("INSERT INTO kit.development_clock (shift) VALUES (%s)", (shift,))
