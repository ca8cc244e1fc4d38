"""The worker on procrastinate's tables: tries again, gives up where staff see it, and survives being killed."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from app.domain.reports.jobs import list_dead_jobs, retry_dead_job
from app.kit import jobs
from app.kit.actor import NOBODY
from app.kit.db import Database
from app.kit.errors import NotFound
from app.launch.paths import ROOT
from tests.factories.groups import make_person, make_staff

SLOW = """
import asyncio, sys
from pathlib import Path
from app.kit import jobs

async def slow(group_id: str) -> None:
    with Path(sys.argv[2]).open("a") as told:
        told.write("begun\\n")
    await asyncio.sleep(60 if sys.argv[3] == "hang" else 0)
    with Path(sys.argv[2]).open("a") as told:
        told.write("done\\n")

asyncio.run(jobs.work(sys.argv[1], {"slow": slow}, stalled_s=4))
"""


NOW = """UPDATE procrastinate_jobs SET scheduled_at = now() WHERE id IN (
  SELECT id FROM procrastinate_jobs WHERE status = 'todo' FOR UPDATE SKIP LOCKED)"""
"""A job that a worker of this very loop holds is left alone: to wait for it would hold the loop up."""


@asynccontextmanager
async def working(url: str, schedule: dict[str, str] | None = None, **handlers: jobs.Handler) -> AsyncIterator[None]:
    """A worker in this process, until the block ends."""
    worker = asyncio.create_task(jobs.work(url, handlers, schedule=schedule))
    try:
        yield
    finally:
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)


async def until(true: Callable[[], bool | Awaitable[bool]], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = true()
        if found if isinstance(found, bool) else await found:
            return
        await asyncio.sleep(0.1)
    pytest.fail("it did not come to that")


async def ask(database: Database, name: str, turn: str | None = None, **arguments: str) -> None:
    async with database.transaction(NOBODY) as session:
        await jobs.enqueue(session, name, turn=turn, **arguments)


async def test_a_job_runs_after_its_transaction_and_leaves_nothing(database: Database, app_url: str):
    seen: list[str] = []

    async def note(text: str) -> None:
        seen.append(text)

    async with working(app_url, note=note):
        with suppress(RuntimeError):
            async with database.transaction(NOBODY) as session:
                await jobs.enqueue(session, "note", text="rolled back")
                raise RuntimeError
        async with database.transaction(NOBODY) as session:
            await jobs.enqueue(session, "note", text="committed")
            await asyncio.sleep(1.5)
            assert seen == []
        await until(lambda: seen == ["committed"])
    with psycopg.connect(app_url) as connection:
        await until(lambda: connection.execute("SELECT id FROM procrastinate_jobs").fetchall() == [])


async def test_a_job_that_fails_is_tried_again_then_dead_and_staff_try_once_more(database: Database, app_url: str):
    tries: list[str] = []

    async def fail(group_id: str) -> None:
        tries.append(group_id)
        if len(tries) <= jobs.ATTEMPTS:
            raise ValueError

    staff, person = await make_staff(database), await make_person(database)
    group_id = "01920000-0000-7000-8000-000000000001"
    await ask(database, "fail", group_id=group_id)
    with psycopg.connect(app_url, autocommit=True) as connection:

        def soon() -> None:
            connection.execute(NOW)

        async def has_died() -> bool:
            soon()  # the pauses between tries are procrastinate's own
            async with database.transaction(staff) as session:
                return bool(await list_dead_jobs(session, staff))

        async with working(app_url, fail=fail):
            await until(has_died, 40)
            assert len(tries) == jobs.ATTEMPTS
            async with database.transaction(staff) as session:
                (dead,) = await list_dead_jobs(session, staff)
            assert (dead.name, str(dead.group_id), dead.attempts) == ("fail", group_id, jobs.ATTEMPTS)
            assert dead.died_at is not None
            async with database.transaction(person) as session:
                with pytest.raises(NotFound):
                    await list_dead_jobs(session, person)
                with pytest.raises(NotFound):
                    await retry_dead_job(session, person, dead.id)
            async with database.transaction(staff) as session:
                await retry_dead_job(session, staff, dead.id)
                with pytest.raises(NotFound):
                    await retry_dead_job(session, staff, dead.id)
            await until(lambda: len(tries) == jobs.ATTEMPTS + 1)


@pytest.mark.parametrize("takes_turns", [True, False], ids=["in turn", "all at once"])
async def test_who_asks_for_many_leaves_room_for_others(database: Database, app_url: str, *, takes_turns: bool):
    """Beside it the control: without a turn, one group's files hold every place of the worker."""
    begun: list[str] = []
    go_on = asyncio.Event()

    async def read(text: str) -> None:
        begun.append(text)
        if text != "another's":
            await go_on.wait()

    for n in range(5):
        await ask(database, "read", "one group" if takes_turns else None, text=str(n))
    await ask(database, "read", "another" if takes_turns else None, text="another's")
    async with working(app_url, read=read):
        await until(lambda: len(begun) == (2 if takes_turns else 4))
        await asyncio.sleep(1.5)
        assert begun == (["0", "another's"] if takes_turns else ["0", "1", "2", "3"])
        go_on.set()
        await until(lambda: len(begun) == 6)
    if takes_turns:
        assert [one for one in begun if one != "another's"] == ["0", "1", "2", "3", "4"]


async def test_a_worker_killed_in_the_middle_of_a_job_loses_nothing(database: Database, app_url: str, tmp_path: Path):
    told = tmp_path / "told"
    told.touch()

    def start(how: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", SLOW, app_url, str(told), how]
        return subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})

    await ask(database, "slow", group_id="g")
    first = start("hang")
    try:
        await until(lambda: told.read_text() == "begun\n", 40)
    finally:
        first.send_signal(signal.SIGKILL)
        first.wait()
    with psycopg.connect(app_url, autocommit=True) as connection:
        assert connection.execute(
            "SELECT status, attempts FROM procrastinate_jobs WHERE task_name = 'slow'"
        ).fetchall() == [("doing", 0)]
        second = start("now")
        try:
            await until(lambda: told.read_text() == "begun\nbegun\ndone\n", 40)
        finally:
            second.terminate()
            second.wait(20)
        assert connection.execute("SELECT status FROM procrastinate_jobs").fetchall() == []
