"""Hints: one per commit that wrote, none otherwise, few when much happens at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import psycopg
import pytest
import pytest_asyncio
from sqlalchemy import text

from app.domain.groups import inbox
from app.kit.actor import NOBODY, Actor
from app.kit.db import Database, hint_at, psycopg_url
from app.kit.hints import CHANNEL, COALESCE_S, Hint, Notifier
from app.web.live import listen
from tests.factories.payments import Programme, make_programme
from tests.services.identity.signing_in import new_session

ONE, TWO, ME = uuid4(), uuid4(), uuid4()


@pytest_asyncio.fixture(loop_scope="session")
async def telling(app_url: str, tools: dict[str, object]) -> AsyncIterator[Database]:
    """As the product has it: what is written is hinted at."""
    made = Database(psycopg_url(app_url), tools=tools, hints=True)
    yield made
    await made.close()


@pytest_asyncio.fixture(loop_scope="session")
async def programme(telling: Database) -> Programme:
    made = await make_programme(telling, members=2)
    await made.open_call()
    return made


async def all_told(database: Database) -> None:
    """Nothing of what was written before waits to be told."""
    assert database.notifier is not None
    if task := database.notifier._task:
        await task


@asynccontextmanager
async def hearing(address: str, database: Database) -> AsyncIterator[list[str]]:
    """What any process would hear meanwhile."""
    heard: list[str] = []
    ready = asyncio.Event()

    async def run() -> None:
        async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
            await connection.execute(f"LISTEN {CHANNEL}")
            ready.set()
            async for note in connection.notifies():
                heard.append(note.payload)

    await all_told(database)
    task = asyncio.create_task(run())
    await ready.wait()
    try:
        yield heard
        await all_told(database)
        await asyncio.sleep(COALESCE_S)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_commit_that_wrote_is_told_once_in_its_group_to_whom_it_concerns(programme: Programme, app_url: str):
    async with hearing(app_url, programme.database) as heard:
        await programme.submit()
    member, told = programme.member.person_id, (programme.group.admin.person_id, programme.treasurer.person_id)
    assert sorted(heard) == sorted(f"{programme.group.id}/{one}" for one in ("*", member, *told))


async def test_what_concerns_everybody_is_told_to_everybody(programme: Programme, app_url: str):
    async with hearing(app_url, programme.database) as heard:
        await programme.open_call(title="For everybody")
    assert heard == [f"{programme.group.id}/"]


async def test_a_decision_concerns_the_payer_and_the_pages_of_the_group(programme: Programme, app_url: str):
    sent = await programme.submit(programme.members[1])
    async with hearing(app_url, programme.database) as heard:
        await programme.confirm(sent.id)
    assert sorted(heard) == sorted(f"{programme.group.id}/{one}" for one in ("*", programme.members[1].person_id))


async def test_reading_and_failing_tell_nothing(programme: Programme, app_url: str):
    async def fail() -> None:
        async with programme.database.transaction(programme.treasurer) as session:
            await session.execute(text("UPDATE notifications SET read_at = now()"))
            hint_at(session, Hint(ONE))
            raise RuntimeError("rolled back")

    async with hearing(app_url, programme.database) as heard:
        await programme.dues()
        with pytest.raises(RuntimeError, match="rolled back"):
            await fail()
    assert heard == []


async def test_what_one_has_read_is_told_to_oneself_and_only_when_it_changed(programme: Programme, app_url: str):
    me = programme.member
    async with hearing(app_url, programme.database) as heard:
        for _ in range(2):
            async with programme.database.transaction(me) as session:
                await inbox.read_all_notifications(session, me)
            await asyncio.sleep(2 * COALESCE_S)
    assert heard == [f"{programme.group.id}/{me.person_id}"]


async def test_signing_in_concerns_no_group(programme: Programme, app_url: str):
    async with hearing(app_url, programme.database) as heard:
        await new_session(programme.database, Actor(person_id=programme.member.person_id))
    assert heard == []


async def test_many_commits_are_few_hints(programme: Programme, app_url: str):
    """Thirty commits one after the other: at most one hint per 100 ms, and the last one is not left out."""
    loop = asyncio.get_running_loop()
    async with hearing(app_url, programme.database) as heard:
        started = loop.time()
        for number in range(30):
            await programme.open_call(title=f"Contribution {number}")
        took = loop.time() - started
    assert 1 <= len(heard) <= took / COALESCE_S + 2
    assert set(heard) == {f"{programme.group.id}/"}


async def test_the_notifier_joins_what_comes_while_it_sends():
    sent: list[list[str]] = []
    may_go = asyncio.Event()

    async def send(hints: list[str]) -> None:
        sent.append(hints)
        await may_go.wait()

    notifier = Notifier(send)
    notifier.mark({Hint(ONE)})
    await asyncio.sleep(0)
    for _ in range(74):
        notifier.mark({Hint(ONE)})
    notifier.mark({Hint(TWO)})
    may_go.set()
    await asyncio.sleep(3 * COALESCE_S)
    assert sent == [[str(Hint(ONE))], sorted([str(Hint(ONE)), str(Hint(TWO))])]
    await notifier.close()


async def test_a_lost_hint_stops_nothing(caplog: pytest.LogCaptureFixture):
    sent: list[list[str]] = []

    async def send(hints: list[str]) -> None:
        sent.append(hints)
        if len(sent) == 1:
            raise OSError("away")

    notifier = Notifier(send)
    notifier.mark({Hint(ONE)})
    await asyncio.sleep(2 * COALESCE_S)
    notifier.mark({Hint(TWO)})
    await asyncio.sleep(2 * COALESCE_S)
    assert sent == [[str(Hint(ONE))], [str(Hint(TWO))]]
    assert "hints lost: OSError" in caplog.text
    await notifier.close()


async def test_a_cut_connection_is_made_again_and_everything_read_again(app_url: str, owner_url: str, server):
    heard: list[Hint] = []
    again = asyncio.Event()
    task = asyncio.create_task(listen(app_url, heard.append, again.set))
    try:
        async with await psycopg.AsyncConnection.connect(server.url("postgres"), autocommit=True) as other:
            await asyncio.sleep(0.3)
            cut = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN {CHANNEL}'"
            assert (await (await other.execute(cut)).fetchall()) == [(True,)]
        await asyncio.wait_for(again.wait(), 5)
        async with await psycopg.AsyncConnection.connect(owner_url, autocommit=True) as other:
            await other.execute("SELECT pg_notify(%s, %s)", (CHANNEL, str(Hint(ONE))))
            await other.execute("SELECT pg_notify(%s, %s)", (CHANNEL, "no hint at all"))
        await asyncio.sleep(0.3)
        assert heard == [Hint(ONE)]
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("hint", [Hint(ONE), Hint(ONE, ME), Hint(person_id=ME), Hint(ONE, is_of_all=True)])
def test_hints_are_read_as_written(hint: Hint):
    assert Hint.parse(str(hint)) == hint


@pytest.mark.parametrize("words", ["", "/", "x", "x/y", "1/2/3", "/*"])
def test_what_is_no_hint_is_none(words: str):
    assert Hint.parse(words) is None


@pytest.mark.parametrize(
    ("hint", "actor", "concerned"),
    [
        (Hint(ONE), Actor(ME, ONE), True),
        (Hint(ONE), Actor(ME, TWO), False),
        (Hint(ONE, ME), Actor(ME, ONE), True),
        (Hint(ONE, ME), Actor(ME, TWO), False),
        (Hint(ONE, ME), Actor(UUID(int=1), ONE), False),
        (Hint(person_id=ME), Actor(ME, TWO), True),
        (Hint(ONE), NOBODY, False),
        (Hint(ONE, is_of_all=True), Actor(ME, ONE), True),
        (Hint(ONE, is_of_all=True), Actor(ME, TWO), False),
    ],
)
def test_whom_a_hint_concerns(hint: Hint, actor: Actor, concerned: bool):
    assert hint.concerns(actor, shows_all=True) is concerned
    assert hint.concerns(actor, shows_all=False) is (concerned and not hint.is_of_all)
