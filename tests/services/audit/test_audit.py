"""The audit log: appended with what it tells of, never changed, each group's own."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from app.domain.audit import service as audit
from app.kit.actor import NOBODY, Actor
from app.kit.db import Database


async def write(database: Database, group_id: UUID | None, *actions: str) -> None:
    async with database.transaction(Actor(group_id=group_id)) as session:
        for action in actions:
            await audit.record(
                session, group_id=group_id, actor_id=uuid4(), action=action, subject="thing", subject_id=uuid4()
            )


async def read(database: Database, group_id: UUID) -> list[str]:
    async with database.transaction(Actor(group_id=group_id)) as session:
        return [event.action for event in await audit.list_events(session, group_id)]


async def test_an_event_reads_back_as_written(database: Database) -> None:
    group_id, actor_id = uuid4(), uuid4()
    async with database.transaction(Actor(group_id=group_id)) as session:
        await audit.record(
            session,
            group_id=group_id,
            actor_id=actor_id,
            action="call.opened",
            subject="call",
            subject_id="K7M2",
            facts={"dues": 74, "currency": "KES"},
        )
        (event,) = await audit.list_events(session, group_id)
    assert (event.actor_id, event.action, event.subject, event.subject_id) == (actor_id, "call.opened", "call", "K7M2")
    assert event.facts == {"dues": 74, "currency": "KES"}
    assert event.at.utcoffset() is not None


async def test_newest_first_and_page_by_page(database: Database) -> None:
    group_id = uuid4()
    await write(database, group_id, *(f"a{n}" for n in range(7)))
    async with database.transaction(Actor(group_id=group_id)) as session:
        first = await audit.list_events(session, group_id, limit=4)
        rest = await audit.list_events(session, group_id, before=first[-1].id, limit=4)
    assert [event.action for event in (*first, *rest)] == ["a6", "a5", "a4", "a3", "a2", "a1", "a0"]


async def test_each_group_reads_and_writes_its_own(database: Database) -> None:
    one, other = uuid4(), uuid4()
    await write(database, one, "mine")
    await write(database, other, "theirs")
    assert await read(database, one) == ["mine"]
    async with database.transaction(Actor(group_id=one)) as session:
        assert await audit.list_events(session, other) == []
    with pytest.raises(ProgrammingError, match="row-level security"):
        async with database.transaction(Actor(group_id=one)) as session:
            await audit.record(session, group_id=other, actor_id=None, action="x", subject="x", subject_id=None)


async def test_what_happens_on_the_platform_is_no_groups(database: Database) -> None:
    await write(database, None, "staff.added")
    async with database.transaction(NOBODY) as session:
        assert [event.action for event in await audit.list_events(session, audit.PLATFORM)] == ["staff.added"]
    async with database.transaction(Actor(group_id=uuid4())) as session:
        assert await audit.list_events(session, audit.PLATFORM) == []


async def test_what_is_rolled_back_leaves_no_event(database: Database) -> None:
    group_id = uuid4()

    async def attempt() -> None:
        async with database.transaction(Actor(group_id=group_id)) as session:
            await audit.record(session, group_id=group_id, actor_id=None, action="x", subject="x", subject_id=None)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await attempt()
    assert await read(database, group_id) == []


CHANGES = ("UPDATE audit_events SET action = 'other'", "DELETE FROM audit_events", "TRUNCATE audit_events")


@pytest.mark.parametrize("statement", CHANGES)
async def test_the_application_changes_nothing(database: Database, statement: str) -> None:
    group_id = uuid4()
    await write(database, group_id, "kept")
    async with database.transaction(Actor(group_id=group_id)) as session:
        with pytest.raises(ProgrammingError, match="permission denied"):
            await session.execute(text(statement))
    assert await read(database, group_id) == ["kept"]


@pytest.fixture
def owner(owner_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(owner_url, autocommit=True) as connection:
        yield connection


@pytest.mark.parametrize("statement", CHANGES)
async def test_nor_does_the_owner_by_mistake(database: Database, owner: psycopg.Connection, statement: str) -> None:
    group_id = uuid4()
    await write(database, group_id, "kept")
    owner.execute(f"SET app.group_id = '{group_id}'")
    with pytest.raises(psycopg.Error) as caught:
        owner.execute(statement.encode())
    assert caught.value.sqlstate == ("0A000" if statement.startswith("TRUNCATE") else "LG001")  # its chain refers to it
    assert await read(database, group_id) == ["kept"]
