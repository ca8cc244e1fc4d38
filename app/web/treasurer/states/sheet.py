"""The collection sheet: filled in the browser (`assets/sheet.js`), reviewed and recorded here."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

import reflex as rx

from app.domain.contributions import sheet
from app.domain.contributions.errors import SheetDiffers
from app.domain.contributions.sheet import RecordedSheet, RecordSheet, SheetView
from app.domain.groups.permissions import Permission
from app.domain.meetings.errors import MeetingRecorded
from app.domain.meetings.views import ATTENDANCE
from app.kit.actor import Actor
from app.kit.db import Session
from app.kit.errors import InvalidInput
from app.kit.i18n import t
from app.web.officers import name_who_may, own_words, who_else_may
from app.web.place import load_place
from app.web.presenters.amounts import amount, exact
from app.web.presenters.dates import day
from app.web.presenters.sheet import blank_sheet, column_title, filled_sheet, settled_meanwhile
from app.web.screen import Screen, parse_date
from app.web.session import event


@dataclass(frozen=True)
class SheetLine:
    """A figure with its words; `href` and `link` lead to a receipt, once there is one."""

    words: str
    figure: str
    href: str = ""
    link: str = ""


class SheetState(Screen, rx.State):
    blank: str = ""
    """The sheet as JSON; the browser fills it."""
    title: str = ""
    note: str = ""
    sums: list[SheetLine] = []
    lines: list[SheetLine] = []
    record_label: str = ""
    total: str = ""
    """What the recorded sheet came to."""
    recorded: str = ""
    """What the browser calls the sheet that is recorded now, and forgets; of one recorded before, its day."""
    today: str = ""
    _wanted: str = ""
    _filled: RecordSheet | None = None

    @event("treasurer")
    async def load(self):
        """`?day=` is another than today; a meeting that is recorded is shown as that."""
        await load_place(self)
        self._clear()
        self._put_away()
        self.recorded = ""
        self._wanted = self.router.url.query_parameters.get("day", "")
        async with self._reading() as (session, actor):
            view = await self._show(session, actor)
            held_on = self._held_on(view)
            self._wanted = held_on.isoformat()  # a new day leaves the open sheet as it is
            if held_on in view.recorded:
                made = await sheet.read_recorded(session, actor, held_on)
                self._show_recorded(made, held_on.isoformat())

    def _held_on(self, view: SheetView) -> date:
        """The day that the address names; today when it names none, or one to come."""
        try:
            return min(parse_date(self._wanted, field="day"), view.today)
        except InvalidInput:
            return view.today

    @event("treasurer")
    async def refresh(self):
        """Something changed in the group: the sheet follows, and so does a review that is open."""
        async with self._refreshing() as (session, actor):
            if not self.recorded:
                await self._follow(session, actor)

    async def _follow(self, session: Session, actor: Actor) -> None:
        view = await self._show(session, actor)
        if self._filled is not None:
            self._say_stale(self._filled, view)

    def _say_stale(self, filled: RecordSheet, view: SheetView) -> bool:
        """True when somebody else recorded what is filled in: no review then, the sheet says it line by line."""
        names = settled_meanwhile(filled, view)
        if names:
            self._put_away()
            self.problem, self.problem_field = t("collecting.meanwhile", names=", ".join(names)), ""
        return bool(names)

    async def _show(self, session: Session, actor: Actor) -> SheetView:
        view = await sheet.read_sheet(session, actor)
        names = await who_else_may(session, actor, Permission.RECORD_CASH)
        self.blank = blank_sheet(view, own_words(names), self._held_on(view))
        self.today = view.today.isoformat()
        self.phase = "ready"
        return view

    def _put_away(self) -> None:
        self.title, self.note, self.record_label, self.sums, self.lines, self._filled = "", "", "", [], [], None

    @event("treasurer")
    async def review(self, form: dict[str, str]):
        """Show what would be recorded, of what is open now; what can't be is said at once."""
        if self.recorded:
            return
        self._clear()
        async with self._work() as (session, actor):
            filled = filled_sheet(str(form.get("sheet", "")))
            view = await self._show(session, actor)
            if filled.held_on in view.recorded:
                raise MeetingRecorded(field="held_on", day=filled.held_on)
            if not self._say_stale(filled, view):
                self._show_review(filled, view)

    def _show_review(self, filled: RecordSheet, view: SheetView) -> None:
        total = sum(part.amount_minor for row in filled.rows for part in row.parts)
        if filled.counted_minor != total:
            raise SheetDiffers(filled.counted_minor - total, view.currency)
        columns = {
            due.due_id: column_title(column)
            for row in view.rows
            for column, due in zip(view.columns, row.dues, strict=True)
            if due
        }
        by_column: Counter[str] = Counter()
        for part in (part for row in filled.rows for part in row.parts):
            by_column[columns[part.claim_id]] += part.amount_minor
        paid = {row.member_id: sum(part.amount_minor for part in row.parts) for row in filled.rows}
        self.title = t("collecting.review", day=day(filled.held_on))
        self.note = attendance_line(Counter(filled.attendance.values()))
        self.sums = [
            *(SheetLine(title, exact(minor, view.currency)) for title, minor in by_column.items()),
            SheetLine(t("collecting.counted_all"), amount(total, view.currency)),
        ]
        self.lines = [
            SheetLine(f"{row.member_no} {row.name}", exact(paid[row.member_id], view.currency))
            for row in view.rows
            if row.member_id in paid
        ]
        self.record_label = t("collecting.record", count=len(paid)) if paid else t("collecting.record_attendance")
        self._filled = filled

    @event("treasurer")
    async def back(self):
        self._put_away()

    @event("treasurer")
    async def record(self):
        """All of it or nothing; after a refusal the sheet stands as it was, with what is open now."""
        self._clear()
        filled, made = self._filled, None
        if filled is None:
            return
        async with self._work() as (session, actor):
            made = await sheet.record_sheet(session, actor, filled)
        self._put_away()
        await name_who_may(self, Permission.RECORD_CASH)
        if made is not None and not self.problem:
            self._show_recorded(made, filled.key)
            self.done = t("collecting.recorded_line", count=len(made.payments), amount=self.total)
        else:
            async with self._refreshing() as (session, actor):
                self._say_stale(filled, await self._show(session, actor))

    def _show_recorded(self, made: RecordedSheet, key: str) -> None:
        self.recorded = key.removeprefix("sheet:").replace("-", "")
        self.title = t("collecting.recorded", day=day(made.held_on))
        self.note = attendance_line(made.attendance)
        self.total = amount(made.sheet_minor, made.currency)
        self.lines = [
            SheetLine(
                f"{one.member_no} {one.name}",
                exact(one.amount_minor, made.currency),
                f"/receipts?id={one.receipt_id}",
                one.receipt_number,
            )
            for one in made.payments
        ]


def attendance_line(counts: Counter[str] | dict[str, int]) -> str:
    """`Present 22, late 2, excused 1`: those that there are."""
    return ", ".join(f"{t(f'collecting.{mark}')} {counts[mark]}" for mark in ATTENDANCE if counts.get(mark))
