"""Work for later. A job is deferred in the transaction that needs it and run by the worker, at least once.

The table of procrastinate is the outbox: what is rolled back was never asked for. A job that fails is tried again after
3, 9, 27 and 81 seconds; one whose worker died, as soon as its heartbeat is STALLED_SECONDS old. After ATTEMPTS tries it
is dead: it stays, and staff see it. Arguments are ids, never anything about a person. Handlers are idempotent.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from procrastinate import App, PsycopgConnector, RetryStrategy
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status
from sqlalchemy import text

from app.kit.db import Session

QUEUE = "sanduk"
ATTEMPTS = 5
STALLED_SECONDS = 15
HEARTBEAT_SECONDS = 3
LOOK_SECONDS = 1
"""How often the worker looks for jobs. It is not told: a NOTIFY makes every commit of the database wait its turn."""
GRACE_SECONDS = 2

Handler = Callable[..., Awaitable[None]]

_log = logging.getLogger(__name__)
_deferring = App(connector=PsycopgConnector())
"""Never opened: it writes on the connection of whoever defers."""

_DEAD = text(
    """SELECT j.id, j.task_name, j.attempts, j.args ->> 'group_id' AS group_id,
  (SELECT max(e.at) FROM procrastinate_events e WHERE e.job_id = j.id AND e.type = 'failed') AS died_at
FROM procrastinate_jobs j WHERE j.status = 'failed' ORDER BY j.id DESC LIMIT :limit"""
)
_LOCK_DEAD = text("SELECT id FROM procrastinate_jobs WHERE id = :id AND status = 'failed' FOR UPDATE")
_RETRY = text("SELECT procrastinate_retry_job_v2(:id, now(), NULL, NULL, NULL)")


async def enqueue(
    session: Session, name: str, *, at: datetime | None = None, turn: str | None = None, **arguments: str | int
) -> None:
    """Have the worker run `name` once this transaction has committed, not before `at`.

    Jobs of one `turn` run one after another, in the order in which they were asked for, so that whoever asks for many
    leaves room for others.
    """
    connection = (await (await session.connection()).get_raw_connection()).driver_connection
    deferrer = _deferring.configure_task(
        name, allow_unknown=True, queue=QUEUE, schedule_at=at, lock=turn, connection=connection
    )
    await deferrer.defer_async(**arguments)


@dataclass(frozen=True, slots=True)
class DeadJob:
    """A job that was given up. `died_at` is when; `group_id` whose it is, None for the platform's."""

    id: int
    name: str
    attempts: int
    group_id: UUID | None
    died_at: datetime | None


async def list_dead(session: Session, limit: int = 200) -> list[DeadJob]:
    """The newest first. The caller has authorised."""
    return [
        DeadJob(row.id, row.task_name, row.attempts, UUID(row.group_id) if row.group_id else None, row.died_at)
        for row in await session.execute(_DEAD, {"limit": limit})
    ]


async def retry_dead(session: Session, job_id: int) -> bool:
    """Give a dead job one more try. False when there is none: somebody was quicker. The caller has authorised."""
    if (await session.execute(_LOCK_DEAD, {"id": job_id})).one_or_none() is None:
        return False
    await session.execute(_RETRY, {"id": job_id})
    return True


async def work(
    url: str,
    handlers: Mapping[str, Handler],
    *,
    schedule: Mapping[str, str] | None = None,
    stalled_s: float = STALLED_SECONDS,
) -> None:
    """Run jobs until SIGTERM or SIGINT, or until cancelled. `url` is libpq's, of the application role.

    `schedule` says when handlers run by themselves, as cron does, in UTC; once, however many workers there are. They
    are called without arguments, may come twice, and not at all while no worker runs.
    """
    app = App(connector=PsycopgConnector(conninfo=url, min_size=1, max_size=4))
    for name, handler in handlers.items():
        cron = (schedule or {}).get(name)
        retry = RetryStrategy(max_attempts=ATTEMPTS - 1, exponential_wait=3)
        task = app.task(name=name, queue=QUEUE, retry=retry)(_at_any_time(handler) if cron else handler)
        if cron:
            app.periodic(cron=cron)(task)
    async with app.open_async():
        rescuer = asyncio.create_task(_rescue_always(app, stalled_s))
        try:
            await app.run_worker_async(
                queues=[QUEUE],
                concurrency=4,
                fetch_job_polling_interval=LOOK_SECONDS,
                abort_job_polling_interval=60,
                listen_notify=False,
                delete_jobs="successful",
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=stalled_s,
                shutdown_graceful_timeout=GRACE_SECONDS,
            )
        finally:
            rescuer.cancel()


def _at_any_time(handler: Handler) -> Handler:
    """The handler of a schedule: procrastinate says for when it is, which nobody asks."""

    async def run(timestamp: int = 0) -> None:  # noqa: ARG001
        await handler()

    return run


async def _rescue_always(app: App, stalled_s: float) -> None:
    while True:
        try:
            await _rescue(app, stalled_s)
        except ConnectorException:
            _log.warning("the database can't be asked for stalled jobs", exc_info=True)
        await asyncio.sleep(stalled_s / 3)


async def _rescue(app: App, stalled_s: float) -> None:
    """Jobs of workers that died go back into the queue; another worker may be doing the same."""
    manager = app.job_manager
    for job in await manager.get_stalled_jobs(queue=QUEUE, seconds_since_heartbeat=stalled_s):
        _log.warning("job %s lost its worker", job.id)
        try:
            if job.attempts + 1 >= ATTEMPTS:
                await manager.finish_job(job, Status.FAILED, delete_job=False)
            else:
                await manager.retry_job(job)
        except ConnectorException:
            _log.info("job %s was rescued elsewhere", job.id)
