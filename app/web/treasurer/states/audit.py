"""The group's log, page by page, narrowed to a person, a subject and days; all of that stands in the address."""

import re
from dataclasses import dataclass, replace

import reflex as rx

from app.domain.reports.activity import group_activity
from app.kit.errors import InvalidInput
from app.kit.i18n import t
from app.web.audit_address import Narrowing
from app.web.place import load_place
from app.web.presenters.activity import LogLine, doer, log_line
from app.web.screen import Screen
from app.web.session import event

EXPORT = "/documents/audit"


@dataclass(frozen=True)
class Person:
    id: str
    name: str


class AuditState(Screen, rx.State):
    lines: list[LogLine] = []
    people: list[Person] = []
    person: str = ""
    kind: str = ""
    since: str = ""
    until: str = ""
    end: str = ""
    seal: str = ""
    csv: str = ""
    xlsx: str = ""
    has_more: bool = False
    _before: str = ""
    _days: tuple[str, str] = ("", "")

    @event("treasurer")
    async def load(self):
        """`?who=&what=&from=&until=` narrow the log: what is shown can be kept, and sent to a colleague."""
        await load_place(self)
        self._clear()
        wanted = Narrowing.of(self.router.url.query_parameters)
        self.person, self.kind, self.since, self.until = wanted.who, wanted.what, wanted.since, wanted.until
        try:
            wanted.check_days()
        except InvalidInput as error:  # said at the field; the log is shown without days
            self._fail(error)
            wanted = replace(wanted, since="", until="")
        self._days = wanted.since, wanted.until
        self.csv, self.xlsx = f"{EXPORT}.csv{wanted.query}", f"{EXPORT}.xlsx{wanted.query}"
        self.lines, self._before = [], ""
        await self._page()

    @event("treasurer")
    async def choose_person(self, person: str):
        return self._go(replace(self._wanted(), who=person))

    @event("treasurer")
    async def choose_kind(self, kind: str):
        return self._go(replace(self._wanted(), what=kind))

    @event("treasurer")
    async def choose_days(self, form: dict[str, str]):
        return self._go(replace(self._wanted(), since=form.get("from", ""), until=form.get("until", "")))

    @event("treasurer")
    async def show_all(self):
        return self._go(Narrowing())

    @event("treasurer")
    async def more(self):
        if self.has_more:
            await self._page()

    def _wanted(self) -> Narrowing:
        return Narrowing(self.person, self.kind, self.since, self.until)

    def _go(self, wanted: Narrowing):
        """The page loads again from its new address."""
        return rx.redirect(f"/audit{Narrowing.of(wanted.words).query}", replace=True)

    async def _page(self) -> None:
        wanted = replace(self._wanted(), since=self._days[0], until=self._days[1])
        async with self._reading() as (session, actor):
            found = await group_activity(session, actor, before=self._before, **wanted.arguments())
            self.lines = [*self.lines, *(log_line(row) for row in found.rows)]
            self.people = [Person(str(one.id), doer(one.name)) for one in found.people]
            self._before, self.has_more = found.next_before, found.next_before != ""
            self.end = t("audit.end", count=found.seq) if found.seq else ""
            self.seal = " ".join(re.findall("....", found.hash[:16].upper())) if found.seq else ""
            self.phase = "ready" if self.lines or wanted.query else "empty"
