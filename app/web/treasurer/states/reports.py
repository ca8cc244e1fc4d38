"""Reports: which one, narrowed to what, all of that in the address; its rows, and its files."""

from dataclasses import dataclass
from datetime import date, timedelta

import reflex as rx

from app.domain.contributions import reading as contributions
from app.domain.groups.access import get_group
from app.domain.reports.report_files import ask_report, find_report
from app.domain.reports.report_views import FIELDS, Members, Report
from app.domain.reports.report_views import KINDS as REPORTS
from app.domain.reports.reporting import PAGE, SHOWN, read_report
from app.domain.reports.views import PrintedFile
from app.kit.actor import Actor
from app.kit.clock import today_in
from app.kit.db import Session, clock_of
from app.kit.errors import InvalidInput, NotFound
from app.kit.i18n import LANGUAGES, show_day, t
from app.web.paper.rendering import language
from app.web.paper.tables import Column, Line, Table
from app.web.presenters.reports import narrowed_words, report_table
from app.web.report_address import NAMES, ReportAddress
from app.web.screen import Screen, parse_id
from app.web.session import event

BASE = "/documents/reports"


@dataclass(frozen=True)
class Choice:
    value: str
    label: str


@dataclass(frozen=True)
class Shown:
    """A cell; `kind` is lead (it opens the proof), num, void, code, date, none (an empty one) or nothing."""

    text: str
    label: str
    kind: str


@dataclass(frozen=True)
class Row:
    cells: list[Shown]
    href: str


@dataclass(frozen=True)
class Head:
    label: str
    is_number: bool


@dataclass(frozen=True)
class Sum:
    label: str
    value: str


@dataclass(frozen=True)
class File:
    """The PDF: empty until it is asked for; then queued, ready or failed."""

    id: str = ""
    state: str = ""
    waited: str = ""
    pdf: str = ""


class ReportsState(Screen, rx.State):
    kind: str = "contributions"
    title: str = ""
    note: str = ""
    heads: list[Head] = []
    rows: list[Row] = []
    totals: list[Shown] = []
    """The last line, of the whole report however much of it is shown; empty without one."""
    sums: list[Sum] = []
    more: str = ""
    has_more: bool = False
    csv: str = ""
    xlsx: str = ""
    lang: str = ""
    languages: list[Choice] = []
    file: File = File()
    tick: int = 0
    calls: list[Choice] = []
    members: list[Choice] = []
    since: str = ""
    until: str = ""
    call: str = ""
    member: str = ""
    entry: str = ""
    account: str = ""
    least: str = ""
    most: str = ""
    only: str = ""
    week: str = ""
    month: str = ""
    _limit: int = PAGE
    _wanted: ReportAddress = ReportAddress()

    @event("treasurer")
    async def load(self):
        """`?what=` names the report, the rest of the address narrows it: what is shown can be kept and sent on."""
        self._clear()
        query = self.router.url.query_parameters
        self.phase, self.kind = "loading", str(query.get("what") or REPORTS[0])[:20]
        self._wanted, self._limit, self.file = ReportAddress.of(query), PAGE, File()
        self.lang = self.lang or language()
        self.languages = [Choice(code, name) for code, name in LANGUAGES.items() if language(code) == code]
        wrong: InvalidInput | None = None
        async with self._reading(arrives=True) as (session, actor):
            if self.kind not in REPORTS:
                raise NotFound
            await self._choices(session, actor)
            try:
                await self._draw(session, actor)
            except InvalidInput as error:  # said at its field; the report is shown whole
                wrong, self._wanted = error, ReportAddress()
                await self._draw(session, actor)
            self.phase = "ready"
        if wrong and self.phase == "ready":
            self._said(ReportAddress.of(query), wrong)

    def _said(self, words: ReportAddress, error: InvalidInput) -> None:
        self._fail(error)
        for name in ("since", "until", "least", "most"):
            setattr(self, name, getattr(words, name))

    async def _choices(self, session: Session, actor: Actor) -> None:
        """What the filters offer; members by name."""
        fields = FIELDS[self.kind]
        if "call_id" in fields:
            calls = [one for one in await contributions.list_calls(session, actor) if not one.is_cancelled]
            self.calls = [Choice(str(one.id), f"{one.title}, {show_day(one.due_on)}") for one in calls]
        if "member_id" in fields:
            everyone = await read_report(session, actor, "members")
            assert isinstance(everyone, Members)
            self.members = [Choice(str(one.id), f"{one.name}, {one.member_no}") for one in everyone.rows]

    async def _draw(self, session: Session, actor: Actor) -> None:
        group = await get_group(session, actor)
        today = today_in(group.timezone, clock_of(session).now())
        self.week, self.month = week_end(today).isoformat(), month_end(today).isoformat()
        wanted = self._wanted.narrowed(group.currency)
        self._fill(await read_report(session, actor, self.kind, wanted, limit=min(self._limit, SHOWN)))

    def _fill(self, report: Report) -> None:
        table = report_table(report)
        self.title = table.title
        self.note = ". ".join(f"{label}: {words}" for label, words in narrowed_words(report.head))
        self.heads = [Head(column.label, column.is_number) for column in table.columns]
        self.rows = report_rows(table)
        self.totals = total_cells(table)
        self.sums = [Sum(label, value) for label, value in table.sums]
        left = report.total - len(self.rows)
        self.has_more = left > 0 and len(self.rows) < SHOWN
        self.more = t("report.more", count=left) if left > 0 else ""
        for name in NAMES:
            setattr(self, name, getattr(self._wanted, name))
        self._link()

    def _link(self) -> None:
        query = "&".join(filter(None, (self._wanted.query, f"lang={self.lang}")))
        self.csv, self.xlsx = f"{BASE}/{self.kind}.csv?{query}", f"{BASE}/{self.kind}.xlsx?{query}"

    @event("treasurer")
    async def choose_kind(self, kind: str):
        """Another report, narrowed to the same as far as it can be."""
        return rx.redirect(f"/reports?what={kind[:20]}")

    @event("treasurer")
    async def narrow(self, form: dict[str, str]):
        """The page loads again from its new address."""
        wanted = ReportAddress.of(form)
        query = f"&{wanted.query}" if wanted.query else ""
        return rx.redirect(f"/reports?what={self.kind}{query}", replace=True)

    @event("treasurer")
    async def show_more(self):
        if self.has_more:
            self._clear()
            self._limit += PAGE
            async with self._work() as (session, actor):
                await self._draw(session, actor)

    @event("treasurer")
    async def refresh(self):
        """Something changed in the group."""
        async with self._refreshing() as (session, actor):
            await self._draw(session, actor)

    @event("treasurer")
    async def choose_language(self, lang: str):
        self.lang, self.file = language(lang[:5]), File()
        self._link()

    @event("treasurer")
    async def print_file(self):
        """Have the PDF made by the worker."""
        self._clear()
        async with self._work() as (session, actor):
            currency = (await get_group(session, actor)).currency
            wanted = self._wanted
            self._show_file(
                await ask_report(session, actor, self.kind, wanted.narrowed(currency), wanted.query, self.lang)
            )

    @event("treasurer")
    async def look(self):
        """How far the PDF is."""
        if self.file.state == "queued":
            async with self._work() as (session, actor):
                self._show_file(await find_report(session, actor, parse_id(self.file.id), self.lang))
            self.tick += 1

    def _show_file(self, file: PrintedFile) -> None:
        address = f"/documents/report-files/{file.subject_id}.pdf?lang={file.language}"
        self.file = File(
            id=str(file.subject_id),
            state=file.state,
            waited=t("statement.waited", seconds=file.waited_s),
            pdf=address if file.state == "ready" else "",
        )


def total_cells(table: Table) -> list[Shown]:
    if not table.totals:
        return []
    texts = table.texts(Line(table.totals))
    return [
        Shown(text, column.label, "none" if not text else "num" if column.is_number else "")
        for text, column in zip(texts, table.columns, strict=True)
    ]


def report_rows(table: Table) -> list[Row]:
    """The table's lines for the page: the name, or what stands first, opens what proves the line."""
    lead = next((n for n, column in enumerate(table.columns) if column.kind == "text"), 0)
    return [
        Row(
            cells=[
                Shown(text, column.label, _kind(column, line, is_lead=n == lead) if text else "none")
                for n, (text, column) in enumerate(zip(table.texts(line), table.columns, strict=True))
            ],
            href=line.href,
        )
        for line in table.lines
    ]


def _kind(column: Column, line: Line, *, is_lead: bool) -> str:
    if is_lead and line.href:
        return "lead"
    if column.kind == "amount":
        return "void" if line.is_void else "num"
    return {"count": "num", "share": "num", "text": ""}.get(column.kind, column.kind)


def week_end(today: date) -> date:
    """The Sunday of its week."""
    return today + timedelta(days=7 - today.isoweekday())


def month_end(today: date) -> date:
    return (today.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
