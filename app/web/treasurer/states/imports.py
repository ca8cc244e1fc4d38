"""Import of members: columns, lines to mend, then all at once."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import reflex as rx

from app.domain.groups.importing import service
from app.domain.groups.importing.checking import FLAGGED, Checked
from app.domain.groups.importing.parsing import FIELDS, REQUIRED
from app.domain.groups.importing.views import ImportView
from app.kit.actor import Actor
from app.kit.db import Session
from app.kit.i18n import t
from app.web.place import load_place
from app.web.screen import Screen, parse_id, parse_number
from app.web.session import event

TABS = {
    "flagged": FLAGGED,
    "already": ("already",),
    "new": ("new",),
    "left_out": ("left_out",),
    "all": ("new", "already", "error", "duplicate", "left_out"),
}
PAGE = 100


@dataclass(frozen=True)
class LineRow:
    line: str
    member_no: str
    name: str
    phone: str
    region: str
    gender: str
    was: str
    joined: str
    remarks: str
    status: str
    why: str
    wrong: str
    suggestion: str
    suggestion_label: str


@dataclass(frozen=True)
class ColumnRow:
    field: str
    label: str
    column: str


def field_names(fields: tuple[str, ...]) -> str:
    return ", ".join(t(f"imports.field.{name}") for name in fields)


def line_row(row: Checked) -> LineRow:
    shown = {**row.written, **{name: value for name, value in row.values.items() if value}}
    was = [row.written[name] for name in ("name", "region") if name in row.changed]
    why = t(f"invalid.{row.why}", **row.params) if row.why else ""
    if row.known and row.fills:
        why = t("imports.known_fills", number=row.known.member_no, fields=field_names(row.fills))
    elif row.known:
        why = t("imports.known", number=row.known.member_no)
    elif row.formulas and not why:
        why = t("imports.formula", fields=field_names(row.formulas))
    return LineRow(
        line=str(row.line),
        member_no=shown["member_no"],
        name=shown["name"],
        phone=shown["phone"],
        region=shown["region"],
        gender=shown["gender"],
        was=t("imports.was", text=", ".join(was)) if was else "",
        joined=shown["joined_on"],
        remarks=shown["remarks"],
        status=t(f"imports.status.{row.status}"),
        why=why,
        wrong=row.wrong,
        suggestion=row.suggestion,
        suggestion_label=t("imports.use", value=row.suggestion) if row.suggestion else "",
    )


class ImportState(Screen, rx.State):
    import_id: str = ""
    file_name: str = ""
    step: str = "upload"
    tab: str = "flagged"
    counts: dict[str, str] = {}
    tab_labels: dict[str, str] = {}
    regions: str = ""
    rows: list[LineRow] = []
    is_cut: bool = False
    columns: list[str] = []
    mapping: list[ColumnRow] = []
    is_matching: bool = False
    mending: str = ""
    mending_values: dict[str, str] = {}
    import_label: str = ""
    can_import: bool = False
    result: str = ""

    @event("treasurer")
    async def load(self):
        """`?id=` continues a list."""
        await load_place(self)
        self._clear()
        self.step, self.tab, self.mending, self.is_matching, self.result = "upload", "flagged", "", False, ""
        self.import_id = self.router.url.query_parameters.get("id", "")
        if not self.import_id:
            self.phase = "ready"
            return
        async with self._reading() as (session, actor):
            view = await service.get_import(session, actor, parse_id(self.import_id))
            self._show(view)
            self.is_matching = view.state == "draft" and not set(REQUIRED) <= view.mapping.keys()
            if view.state == "draft" and not view.flagged_lines:
                await self._turn("all", session, actor)
            self.phase = "ready"

    def _show(self, view: ImportView) -> None:
        self.step = "done" if view.state == "done" else "check"
        self.file_name = view.file_name
        if view.state == "done":
            self.result = t("imports.done", new=view.added or 0, already=view.already_here or 0)
            return
        counts = {name: view.count(*statuses) for name, statuses in TABS.items()}
        self.counts = {name: str(count) for name, count in counts.items()}
        self.tab_labels = {name: t(f"imports.tab.{name}", count=count) for name, count in counts.items()}
        self.regions = str(view.regions)
        self.columns = list(view.columns)
        self.mapping = [
            ColumnRow(field=name, label=t(f"imports.field.{name}"), column=str(view.mapping.get(name, "")))
            for name in FIELDS
        ]
        shown = [row for row in view.rows if row.status in TABS[self.tab]]
        self.rows = [line_row(row) for row in shown[:PAGE]]
        self.is_cut = len(shown) > PAGE
        self.can_import = not counts["flagged"] and bool(counts["new"] or counts["already"])
        self.import_label = t("imports.import", new=counts["new"], already=counts["already"])

    async def _turn(self, tab: str, session: Session, actor: Actor) -> None:
        self.tab = tab
        self._show(await service.get_import(session, actor, parse_id(self.import_id)))

    @event("treasurer")
    async def show_tab(self, tab: str):
        if tab in TABS:
            async with self._work() as (session, actor):
                await self._turn(tab, session, actor)

    @event("treasurer")
    async def leave_out(self, line: str):
        await self._change(line, service.leave_out_row)

    @event("treasurer")
    async def put_back(self, line: str):
        await self._change(line, service.put_back_row)

    async def _change(self, line: str, command: Callable[..., Awaitable[ImportView]]) -> None:
        self._clear()
        async with self._work() as (session, actor):
            self._show(await command(session, actor, parse_id(self.import_id), parse_number(line)))

    @event("treasurer")
    async def use_suggestion(self, line: str):
        self._clear()
        row = next((row for row in self.rows if row.line == line), None)
        if row is None or not row.suggestion:
            return
        async with self._work() as (session, actor):
            fix = {row.wrong: row.suggestion}
            self._show(await service.mend_row(session, actor, parse_id(self.import_id), parse_number(line), fix))

    @event("treasurer")
    async def start_mending(self, line: str):
        self._clear()
        row = next((row for row in self.rows if row.line == line), None)
        if row is None:
            return
        self.mending = line
        self.mending_values = {
            "member_no": row.member_no,
            "name": row.name,
            "phone": row.phone,
            "region": row.region,
            "gender": row.gender,
            "joined_on": row.joined,
            "remarks": row.remarks,
        }

    @event("treasurer")
    async def stop_mending(self):
        self.mending = ""

    @event("treasurer")
    async def mend(self, form: dict[str, str]):
        self._clear()
        values = {name: str(form[name]) for name in FIELDS if name in form}
        async with self._work() as (session, actor):
            self._show(
                await service.mend_row(session, actor, parse_id(self.import_id), parse_number(self.mending), values)
            )
        if not self.problem:
            self.mending = ""

    @event("treasurer")
    async def match_columns(self):
        self._clear()
        self.is_matching = not self.is_matching

    @event("treasurer")
    async def save_columns(self, form: dict[str, str]):
        self._clear()
        async with self._work() as (session, actor):
            mapping = {name: parse_number(form[name]) for name in FIELDS if form.get(name)}
            self._show(await service.set_columns(session, actor, parse_id(self.import_id), mapping))
        if not self.problem:
            self.is_matching = False

    @event("treasurer")
    async def commit(self):
        self._clear()
        async with self._work() as (session, actor):
            self._show(await service.commit_import(session, actor, parse_id(self.import_id), self.import_id))
