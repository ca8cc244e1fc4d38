"""The group's log, page by page, narrowed to a person or a subject."""

from dataclasses import dataclass

import reflex as rx

from app.domain.reports.activity import group_activity
from app.web.place import load_place
from app.web.presenters.activity import LogLine, doer, log_line
from app.web.screen import Screen, parse_id
from app.web.session import event


@dataclass(frozen=True)
class Person:
    id: str
    name: str


class AuditState(Screen, rx.State):
    lines: list[LogLine] = []
    people: list[Person] = []
    person: str = ""
    kind: str = ""
    has_more: bool = False
    _before: str = ""

    @event("treasurer")
    async def load(self):
        await load_place(self)
        self._clear()
        await self._begin("", "")

    @event("treasurer")
    async def choose_person(self, person: str):
        await self._begin(person, self.kind)

    @event("treasurer")
    async def choose_kind(self, kind: str):
        await self._begin(self.person, kind)

    @event("treasurer")
    async def show_all(self):
        await self._begin("", "")

    @event("treasurer")
    async def more(self):
        if self.has_more:
            await self._page()

    async def _begin(self, person: str, kind: str) -> None:
        self.person, self.kind, self.lines, self._before = person, kind, [], ""
        await self._page()

    async def _page(self) -> None:
        async with self._reading() as (session, actor):
            person = parse_id(self.person) if self.person else None
            found = await group_activity(session, actor, person=person, kind=self.kind, before=self._before)
            self.lines = [*self.lines, *(log_line(row) for row in found.rows)]
            self.people = [Person(str(one.id), doer(one.name)) for one in found.people]
            self._before, self.has_more = found.next_before, found.next_before != ""
            is_narrowed = self.person != "" or self.kind != ""
            self.phase = "ready" if self.lines or is_narrowed else "empty"
