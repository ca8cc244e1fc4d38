"""Jobs that were given up, for staff: what, since when, and one more try."""

from dataclasses import dataclass

import reflex as rx

from app.domain.reports import jobs
from app.kit.i18n import t
from app.kit.jobs import DeadJob
from app.web.presenters.dates import moment
from app.web.screen import Screen
from app.web.session import event

KNOWN = (
    "print_statement",
    "forget_statement",
    "print_report",
    "forget_report",
    "look_after_books",
    "look_after_dues",
    "look_after_group",
    "verify_books",
    "make_checkpoint",
    "expire_decision",
    "read_bank_file",
)


@dataclass(frozen=True)
class JobRow:
    id: str
    name: str
    tries: str
    since: str


def job_row(job: DeadJob) -> JobRow:
    return JobRow(
        id=str(job.id),
        name=t(f"job.{job.name}") if job.name in KNOWN else f"{t('job.other')} ({job.name})",
        tries=str(job.attempts),
        since=moment(job.died_at) if job.died_at else "",
    )


class JobsState(Screen, rx.State):
    rows: list[JobRow] = []

    @event("staff")
    async def load(self):
        self._clear()
        await self._list()

    async def _list(self) -> None:
        async with self._reading() as (session, actor):
            self.rows = [job_row(job) for job in await jobs.list_dead_jobs(session, actor)]
            self.phase = "ready" if self.rows else "empty"

    @event("staff")
    async def again(self, number: str):
        self._clear()
        async with self._work() as (session, actor):
            await jobs.retry_dead_job(session, actor, int(number) if number.isdecimal() and len(number) < 19 else 0)
        if not self.problem:
            await self._list()
            self.done = t("jobs.retried", number=number)
