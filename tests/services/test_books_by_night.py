"""The worker's nights: books verified once, a fault that staff see, a checkpoint a day that comes to lie outside."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
import pytest_asyncio

from app import embedded
from app.domain.ledger import checkpoints
from app.domain.ledger.checkpoint_ports import CannotKeep
from app.domain.ledger.views import Fault
from app.domain.reports import verified
from app.integrations.checkpoint_folder import CheckpointFolder
from app.integrations.console import ConsoleSender
from app.kit import roles
from app.kit.actor import NOBODY, Actor
from app.kit.config import Settings
from app.kit.db import Database, psycopg_url
from app.kit.signing import Signer
from app.launch.evidence import read_folder
from app.wiring import Services
from app.worker.jobs import BooksDontHold, Handlers
from tests.factories.databases import own_database
from tests.factories.payments import Programme, make_programme
from tests.factories.tampering import Owner
from tests.services.test_jobs import until, working


@pytest.fixture
def database_name(server: embedded.Server) -> Iterator[str]:
    with own_database(server) as name:
        yield name


@pytest.fixture
def app_url(server: embedded.Server, database_name: str) -> str:
    return server.url(roles.APPLICATION, database_name)


@pytest_asyncio.fixture(loop_scope="session")
async def database(app_url: str, tools: dict[str, object]) -> AsyncIterator[Database]:
    made = Database(psycopg_url(app_url), tools=tools)
    yield made
    await made.close()


class SetClock:
    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> SetClock:
    """A morning far behind all others in this database, so that what other tests made is old."""
    return SetClock(datetime.now(UTC).replace(hour=12, minute=0) + timedelta(days=400))


@pytest.fixture
def services(database: Database, tools: dict[str, object], clock: SetClock, tmp_path: Path) -> Services:
    signer = tools["signer"]
    assert isinstance(signer, Signer)
    return Services(
        settings=Settings(),
        database=database.with_tools(clock=clock),
        signer=signer,
        sender=ConsoleSender(),
        outside=CheckpointFolder(tmp_path),
    )


@pytest_asyncio.fixture(loop_scope="session")
async def programme(database: Database) -> Programme:
    made = await make_programme(database, members=2)
    await made.open_call()
    for member in made.members:
        await made.confirm((await made.submit(member)).id)
    return made


async def newest(database: Database, group_id: UUID) -> verified.BookCheck | None:
    async with database.transaction(Actor(group_id=group_id)) as session:
        return await verified.newest_check(session, group_id)


def queued(app_url: str, name: str, group_id: UUID) -> int:
    with psycopg.connect(app_url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE task_name = %s AND args ->> 'group_id' = %s",
            [name, str(group_id)],
        ).fetchone()
    assert row is not None
    return row[0]


async def test_books_are_due_once_a_night_in_the_groups_own_zone(
    services: Services, programme: Programme, clock: SetClock, app_url: str
) -> None:
    handlers, group_id = Handlers(services), programme.group.id
    await handlers.look_after_books()
    assert queued(app_url, "verify_books", group_id) == 1
    await handlers.verify_books(str(group_id))
    first = await newest(services.database, group_id)
    assert first is not None
    assert (first.fault, first.head.seq, first.receipts) == (None, 2, 2)
    clock.at += timedelta(minutes=10)
    await handlers.verify_books(str(group_id))
    assert await newest(services.database, group_id) == first
    await handlers.look_after_books()
    assert queued(app_url, "verify_books", group_id) == 1
    clock.at = clock.at.replace(hour=23, minute=5)  # five past two in Nairobi
    await handlers.look_after_books()
    assert queued(app_url, "verify_books", group_id) == 2
    await handlers.verify_books(str(group_id))
    second = await newest(services.database, group_id)
    assert second is not None
    assert second.at > first.at


async def test_a_fault_fails_the_job_is_recorded_once_and_goes_when_mended(
    services: Services, programme: Programme, server: embedded.Server, database_name: str
) -> None:
    handlers, group_id = Handlers(services), programme.group.id
    owner = Owner(server.url(embedded.SUPERUSER, database_name), group_id)
    try:
        owner.balanced_edit(1)
        for _ in range(3):
            with pytest.raises(BooksDontHold, match="entry 1: hash"):
                await handlers.verify_books(str(group_id))
        rows = owner.connection.execute("SELECT count(*) FROM book_checks WHERE group_id = %s", [group_id]).fetchone()
        assert rows == (1,)
        async with services.database.transaction(NOBODY) as session:
            bad, _ = await verified.check_totals(session)
        assert bad == 1
        async with services.database.transaction(programme.member) as session:
            view = await verified.books_verified(session, programme.member)
        assert view.last is not None
        assert view.last.fault is not None
        owner.balanced_edit(1, -1)
        await handlers.verify_books(str(group_id))
        async with services.database.transaction(NOBODY) as session:
            assert (await verified.check_totals(session))[0] == 0
    finally:
        owner.close()


async def test_a_changed_line_of_the_audit_trail_fails_the_job_every_time(
    services: Services, programme: Programme, server: embedded.Server, database_name: str
) -> None:
    handlers, group_id = Handlers(services), programme.group.id
    owner = Owner(server.url(embedded.SUPERUSER, database_name), group_id)
    change = "UPDATE audit_events SET action = '{}' WHERE group_id = '{{group}}' AND action = '{}'"
    try:
        owner.run(change.format("group.closed", "group.opened"))
        for _ in range(2):
            with pytest.raises(BooksDontHold, match="line 1: audit"):
                await handlers.verify_books(str(group_id))
        found = await newest(services.database, group_id)
        assert found is not None
        assert found.fault == Fault(1, "audit")
        owner.run(change.format("group.opened", "group.closed"))
        await handlers.verify_books(str(group_id))
    finally:
        owner.close()


async def test_a_days_checkpoint_lies_outside_once_however_often_it_is_asked_for(
    services: Services, programme: Programme, clock: SetClock, tmp_path: Path
) -> None:
    handlers = Handlers(services)
    await handlers.make_checkpoint()
    await handlers.make_checkpoint()
    claims = read_folder(tmp_path)
    first = len(claims)
    assert claims.held(programme.group.id) >= 1
    assert claims.unsigned(services.signer) == ""
    clock.at += timedelta(days=1)
    await handlers.make_checkpoint()
    assert len(read_folder(tmp_path)) == first + 1
    async with services.database.transaction(NOBODY) as session:
        assert await checkpoints.next_waiting(session) is None
        assert await checkpoints.outside_age(session) == 0


async def test_a_place_that_is_away_gets_everything_later(
    services: Services, programme: Programme, clock: SetClock, tmp_path: Path
) -> None:
    clock.at += timedelta(days=10)
    away = replace(services, outside=CheckpointFolder(tmp_path / "away"))
    for _ in range(2):
        with pytest.raises(CannotKeep):
            await Handlers(away).make_checkpoint()
    clock.at += timedelta(days=1)
    with pytest.raises(CannotKeep):
        await Handlers(away).make_checkpoint()
    (tmp_path / "away").mkdir()
    await Handlers(away).make_checkpoint()
    assert len(read_folder(tmp_path / "away")) == 2


async def test_without_a_place_checkpoints_are_made_and_wait_for_none(
    services: Services, programme: Programme, clock: SetClock
) -> None:
    clock.at += timedelta(days=20)
    await Handlers(replace(services, outside=None)).make_checkpoint()
    async with services.database.transaction(NOBODY) as session:
        assert await checkpoints.next_waiting(session) is None
        found = await checkpoints.newest(session)
    assert found is not None
    assert found.kept_at is None


async def test_a_schedule_runs_by_itself(database: Database, app_url: str) -> None:
    seen: list[str] = []

    async def look() -> None:
        seen.append("looked")

    with psycopg.connect(app_url, autocommit=True) as connection:
        connection.execute("DELETE FROM procrastinate_jobs")
    async with working(app_url, {"each_minute": "* * * * *"}, each_minute=look):
        await until(lambda: seen == ["looked"])
