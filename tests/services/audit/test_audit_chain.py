"""The log as a chain: numbered at the commit, one after another, and what its verifier finds."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID, uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from app import embedded, migrate
from app.domain.audit import chain
from app.domain.audit import service as audit
from app.domain.audit.chain import Link
from app.domain.audit.views import AuditFault, AuditHead
from app.kit import roles
from app.kit.actor import NOBODY, Actor
from app.kit.db import Database

CROWD = 16
SALT = bytes(range(16))
INSERT = """INSERT INTO audit_events (group_id, id, action, subject, facts, at)
  VALUES (%s, %s, 'thing.done', 'thing', '{}', now())"""


async def write(database: Database, group_id: UUID | None, count: int = 1, pause: float = 0) -> None:
    async with database.transaction(Actor(group_id=group_id)) as session:
        for number in range(count):
            await audit.record(
                session,
                group_id=group_id,
                actor_id=uuid4(),
                action="thing.done",
                subject="thing",
                subject_id=uuid4(),
                facts={"number": number, "currency": "KES"},
            )
        await asyncio.sleep(pause)


async def fault(database: Database, group_id: UUID) -> AuditFault | None:
    async with database.transaction(Actor(group_id=None if group_id == audit.PLATFORM else group_id)) as session:
        return await audit.find_fault(session, group_id)


async def head(database: Database, group_id: UUID) -> AuditHead:
    async with database.transaction(Actor(group_id=group_id)) as session:
        return await audit.head(session, group_id)


async def test_a_log_begins_empty_and_grows_by_what_commits(database: Database) -> None:
    group_id = uuid4()
    assert await head(database, group_id) == AuditHead(0, bytes(32))
    await write(database, group_id, 3)
    async with database.transaction(Actor(group_id=group_id)) as session:
        await audit.record(session, group_id=group_id, actor_id=None, action="x", subject="x", subject_id=None)
        await session.rollback()
    await write(database, group_id)
    assert (await head(database, group_id)).seq == 4
    assert await fault(database, group_id) is None


async def test_many_at_once_leave_no_gap(database: Database) -> None:
    group_id = uuid4()
    await asyncio.gather(*(write(database, group_id, 2) for _ in range(CROWD)))
    assert (await head(database, group_id)).seq == 2 * CROWD
    assert await fault(database, group_id) is None


async def test_nobody_waits_for_a_transaction_that_goes_on(database: Database) -> None:
    """The head is locked by the commit, not by the event: a slow command holds nobody up."""
    group_id = uuid4()
    slow = asyncio.create_task(write(database, group_id, pause=3))
    await asyncio.sleep(0.3)
    await asyncio.wait_for(write(database, group_id), 2)
    assert not slow.done()
    await slow
    assert await fault(database, group_id) is None


async def test_one_transaction_tells_two_logs(database: Database, app_url: str) -> None:
    """As opening a group does: the platform's event, then the group's, under either tenant."""
    group_id = uuid4()
    with psycopg.connect(app_url) as connection:
        connection.execute(INSERT, (audit.PLATFORM, uuid4()))
        connection.execute(f"SET LOCAL app.group_id = '{group_id}'".encode())
        connection.execute(INSERT, (group_id, uuid4()))
    assert await fault(database, group_id) is None
    assert await fault(database, audit.PLATFORM) is None
    assert (await head(database, group_id)).seq == 1


EDITS = {
    "action": ("UPDATE audit_events SET action = 'other' WHERE id = %(event)s", AuditFault(3, "hash")),
    "actor": ("UPDATE audit_events SET actor_id = NULL WHERE id = %(event)s", AuditFault(3, "hash")),
    "time": ("UPDATE audit_events SET at = at - interval '1 day' WHERE id = %(event)s", AuditFault(3, "hash")),
    "facts": ("UPDATE audit_events SET facts = '{\"number\": 9}' WHERE id = %(event)s", AuditFault(3, "facts")),
    "event": ("DELETE FROM audit_events WHERE id = %(event)s", AuditFault(3, "event")),
    "link": ("DELETE FROM audit.chain WHERE event_id = %(event)s", AuditFault(3, "gap")),
    "hash": ("UPDATE audit.chain SET hash = sha256('x') WHERE event_id = %(event)s", AuditFault(3, "hash")),
    "head": ("UPDATE audit.head SET hash = sha256('x') WHERE group_id = %(group)s", AuditFault(5, "head")),
    "slipped in": (
        """INSERT INTO audit_events (group_id, id, action, subject, facts, at)
           VALUES (%(group)s, gen_random_uuid(), 'x', 'x', '{}', now())""",
        AuditFault(6, "unchained"),
    ),
}


@pytest.mark.parametrize("edit", EDITS)
async def test_a_superusers_edit_is_found(database: Database, server: embedded.Server, database_name: str, edit: str):
    group_id = uuid4()
    await write(database, group_id, 5)
    statement, expected = EDITS[edit]
    with psycopg.connect(server.url(embedded.SUPERUSER, database_name)) as connection:
        query = "SELECT event_id FROM audit.chain WHERE group_id = %s AND seq = 3"
        row = connection.execute(query, (group_id,)).fetchone()
        assert row is not None
        connection.execute("SET session_replication_role = replica")
        connection.execute(statement.encode(), {"group": group_id, "event": row[0]})
    assert await fault(database, group_id) == expected


async def test_what_came_in_beside_the_log_is_never_taken_into_it(
    database: Database, server: embedded.Server, database_name: str
) -> None:
    group_id = uuid4()
    await write(database, group_id, 5)
    with psycopg.connect(server.url(embedded.SUPERUSER, database_name)) as connection:
        connection.execute("SET session_replication_role = replica")
        for id_ in (UUID(int=2**128 - 1), UUID(int=1), uuid4()):
            connection.execute(INSERT, (group_id, id_))
    for more in (1, 2):
        await write(database, group_id)
        assert await fault(database, group_id) == AuditFault(6 + more, "unchained")


async def test_events_of_a_transaction_are_chained_together(database: Database, app_url: str) -> None:
    """In the order of their ids, with those of a savepoint that stayed and without those of one that didn't; an event
    with a lower id than the first has a turn of its own.
    """
    group_id, other = uuid4(), uuid4()
    ids = [UUID(int=(n << 64) + group_id.int % 2**62) for n in (100, 102, 50, 101, 60)]
    with psycopg.connect(app_url) as connection:
        connection.execute(f"SET LOCAL app.group_id = '{group_id}'".encode())
        for n, id_ in enumerate(ids):
            with suppress(LookupError), connection.transaction():
                connection.execute(INSERT, (group_id, id_))
                if n == 3:
                    raise LookupError
        connection.execute(f"SET LOCAL app.group_id = '{other}'".encode())
        connection.execute(INSERT, (other, UUID(int=(103 << 64) + other.int % 2**62)))
    async with database.transaction(Actor(group_id=group_id)) as session:
        placed = await session.execute(text("SELECT event_id FROM audit.chain ORDER BY seq"))
        assert [ids.index(one) for (one,) in placed] == [0, 1, 2, 4]
    assert await fault(database, group_id) is None
    assert await fault(database, other) is None


async def test_the_application_only_reads_the_chain(database: Database) -> None:
    group_id = uuid4()
    await write(database, group_id)
    for statement in (
        "UPDATE audit.head SET seq = 0",
        "DELETE FROM audit.chain",
        "INSERT INTO audit.head (group_id) VALUES (gen_random_uuid())",
    ):
        async with database.transaction(Actor(group_id=group_id)) as session:
            with pytest.raises(ProgrammingError, match="permission denied"):
                await session.execute(text(statement))
    async with database.transaction(Actor(group_id=uuid4())) as session:
        assert (await session.execute(text("SELECT count(*) FROM audit.chain"))).scalar_one() == 0


@pytest.fixture
def owner(owner_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(owner_url, autocommit=True) as connection:
        yield connection


async def test_the_owner_changes_no_link(database: Database, owner: psycopg.Connection) -> None:
    group_id = uuid4()
    await write(database, group_id)
    owner.execute(f"SET app.group_id = '{group_id}'".encode())
    for statement in ("UPDATE audit.chain SET seq = 9", "DELETE FROM audit.chain", "DELETE FROM audit.head"):
        with pytest.raises(psycopg.Error) as caught:
            owner.execute(statement.encode())
        assert caught.value.sqlstate == "LG001"


async def test_the_application_chains_nothing_by_hand(app_url: str) -> None:
    with psycopg.connect(app_url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("SELECT audit.append(NULL)")


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    words=st.lists(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0")), min_size=3, max_size=3),
    facts=st.dictionaries(
        st.from_regex(r"[a-z_]{1,12}", fullmatch=True),
        st.integers(-(10**15), 10**15) | st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0")),
        max_size=5,
    ),
    at=st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1)),  # noqa: DTZ001 - made aware below
)
def test_python_and_postgresql_write_the_same_bytes(
    owner_url: str, words: list[str], facts: dict[str, str | int], at: datetime
) -> None:
    link = Link(uuid4(), 7, uuid4(), uuid4(), *words, at.replace(tzinfo=UTC), b"", b"\x09" * 32)
    with psycopg.connect(owner_url) as connection:
        row = connection.execute(
            """SELECT audit.canon(e, 7, audit.commit_facts(%(salt)s, (e).facts), %(prev)s),
                 audit.commit_facts(%(salt)s, (e).facts)
               FROM (SELECT (%(group)s::uuid, %(id)s::uuid, %(actor)s::uuid, %(action)s::text, %(subject)s::text,
                 %(subject_id)s::text, %(facts)s::jsonb, %(at)s::timestamptz)::audit_events AS e) AS made""",
            {
                "salt": SALT,
                "prev": link.prev_hash,
                "group": link.group_id,
                "id": link.event_id,
                "actor": link.actor_id,
                "action": words[0],
                "subject": words[1],
                "subject_id": words[2],
                "facts": Jsonb(facts),
                "at": link.at,
            },
        ).fetchone()
    assert row is not None
    commitment = chain.facts_commitment(SALT, facts)
    assert bytes(row[1]) == commitment
    whole = Link(**{name: getattr(link, name) for name in Link.__slots__} | {"facts_commit": commitment})
    assert bytes(row[0]) == chain.canonical(whole)


def test_what_was_logged_before_is_chained_by_the_migration(server: embedded.Server) -> None:
    superuser = server.url(embedded.SUPERUSER, "postgres")
    roles.create_database(superuser, "before_the_chain")
    try:
        owner = server.url(roles.OWNER, "before_the_chain")
        migrate.upgrade(owner, "0017")
        groups = [uuid4(), uuid4(), audit.PLATFORM]
        with psycopg.connect(server.url(embedded.SUPERUSER, "before_the_chain")) as connection:
            for number in range(30):
                connection.execute(
                    """INSERT INTO audit_events (group_id, id, action, subject, facts, at)
                       VALUES (%s, %s, 'thing.done', 'thing', %s, now())""",
                    (groups[number % 3], UUID(int=number + 1), Jsonb({"n": number})),
                )
        migrate.upgrade(owner)

        async def check() -> list[AuditFault | None]:
            database = Database(server.url(roles.APPLICATION, "before_the_chain").replace("://", "+psycopg://", 1))
            found = []
            for group in groups:
                actor = NOBODY if group == audit.PLATFORM else Actor(group_id=group)
                async with database.transaction(actor) as session:
                    assert (await audit.head(session, group)).seq == 10
                    found.append(await audit.find_fault(session, group))
            await database.close()
            return found

        assert asyncio.run(check()) == [None, None, None]
    finally:
        roles.drop_database(superuser, "before_the_chain")
