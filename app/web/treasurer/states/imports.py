"""Import of members: columns, lines to mend, then all at once."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date

import reflex as rx

from app.domain.groups.importing import service
from app.domain.groups.importing.checking import FLAGGED, Checked
from app.domain.groups.importing.parsing import FIELDS, REQUIRED
from app.domain.groups.importing.views import ImportView
from app.domain.groups.regions import find_region, region_names
from app.domain.identity.phones import display_phone
from app.kit.actor import Actor
from app.kit.db import Session
from app.kit.i18n import t
from app.kit.text import tidy
from app.web.place import load_place
from app.web.presenters.dates import day
from app.web.presenters.drafts import DraftRow, draft_row
from app.web.screen import Screen, parse_id, parse_number
from app.web.session import event

REFUSED: dict[str, tuple[str, ...]] = {
    "file_missing": (),
    "file_empty": (),
    "file_no_members": (),
    "file_not_text": (),
    "file_unread": (),
    "file_no_header": (),
    "file_truncated": ("line",),
    "file_quote": ("line",),
    "file_too_wide": ("line", "limit"),
    "file_too_many_rows": ("limit",),
    "file_too_large": ("megabytes",),
    "file_broken": (),
    "file_zip": (),
    "file_macros": (),
    "file_locked": (),
    "file_old_workbook": (),
    "file_binary_workbook": (),
    "file_open_document": (),
    "file_pdf": (),
    "file_heavy": (),
    "file_unpacks": ("megabytes",),
    "file_many_sheets": ("limit",),
    "file_formula_unsaved": ("sheet", "cell"),
    "file_cell_wide": ("sheet", "cell", "limit"),
    "file_cell_far": ("sheet", "cell", "limit"),
    "file_cell_long": ("sheet", "cell", "limit"),
}
"""Why the upload may send somebody back here, with the numbers that the sentence needs; `cell` is a place like B7."""
CELL = re.compile(r"[A-Z]{1,3}[1-9][0-9]{0,6}", re.ASCII)

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
    was_name: str
    was_region: str
    joined: str
    remarks: str
    status: str
    why: str
    wrong: str
    suggestion: str
    suggestion_label: str
    is_out: bool


@dataclass(frozen=True)
class ColumnRow:
    field: str
    label: str
    column: str


def field_names(fields: tuple[str, ...]) -> str:
    return ", ".join(t(f"imports.field.{name}") for name in fields)


def cause(row: Checked) -> str:
    return t(f"invalid.{row.why}", **row.params) if row.why else ""


def joined(row: Checked) -> str:
    """The day as everywhere, or what is written where that is none."""
    read = row.values.get("joined_on", "")
    return day(date.fromisoformat(read)) if read else row.written["joined_on"]


def refusal(query: Mapping[str, str]) -> str:
    """The sentence of an upload that was refused; empty for a query that is none of ours."""
    why = query.get("refused", "")
    numbers = {name: query.get(name, "") for name in REFUSED.get(why, ()) if name != "cell"}
    if why not in REFUSED or not all(text.isdecimal() and len(text) < 10 for text in numbers.values()):
        return ""
    cell = query.get("cell", "")
    if "cell" in REFUSED[why] and not CELL.fullmatch(cell):
        return ""
    return t(f"invalid.{why}", **{name: int(text) for name, text in numbers.items()}, cell=cell)


def import_label(new: int, already: int) -> str:
    """What the one button does, without the part that is none."""
    if new and already:
        return t("imports.import", new=new, already=already)
    return t("imports.import_new", count=new) if new else t("imports.import_already", count=already)


def result_line(new: int, already: int) -> str:
    parts = [t("imports.done_new", count=new)] if new else []
    parts += [t("imports.done_already", count=already)] if already else []
    return " ".join(parts)


def region_of(row: Checked, country: str) -> str:
    """What the county's list begins with: the suggestion, else what the table reads, else what is written."""
    written = row.values.get("region") or row.written["region"]
    return (row.suggestion if row.wrong == "region" else "") or find_region(written, country) or written


def is_read_otherwise(row: Checked, name: str) -> bool:
    """Whether more than capitals and spaces differ from what is written: that is worth showing."""
    return name in row.changed and row.written[name].casefold().split() != row.values[name].casefold().split()


def line_row(row: Checked) -> LineRow:
    shown = {**row.written, **{name: value for name, value in row.values.items() if value}}
    was = {
        name: t("imports.was", text=tidy(row.written[name]))
        for name in ("name", "region")
        if is_read_otherwise(row, name)
    }
    why = cause(row)
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
        phone=display_phone(row.values["phone"]) if row.values.get("phone") else row.written["phone"],
        region=shown["region"],
        gender=shown["gender"],
        was_name=was.get("name", ""),
        was_region=was.get("region", ""),
        joined=joined(row),
        remarks=shown["remarks"],
        status=t(f"imports.status.{row.status}"),
        why=why,
        wrong=row.wrong,
        suggestion=row.suggestion,
        suggestion_label=t("imports.use", value=row.suggestion) if row.suggestion else "",
        is_out=row.status == "left_out",
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
    mending_key: str = ""
    region_options: list[str] = []
    drafts: list[DraftRow] = []
    sheet: str = ""
    sheets: list[str] = []
    import_label: str = ""
    leave_out_label: str = ""
    """What leaves all lines with a fault out; empty where fewer than two are."""
    can_import: bool = False
    blocked: str = ""
    result: str = ""

    @event("treasurer")
    async def load(self):
        """`?id=` continues a list."""
        await load_place(self)
        self._clear()
        self.step, self.tab, self.mending, self.is_matching, self.result = "upload", "flagged", "", False, ""
        self.file_name = ""
        query = self.router.url.query_parameters
        self.import_id = query.get("id", "")
        if not self.import_id:
            await self._list_drafts()
            if why := refusal(query):
                self.problem, self.problem_field = why, "file"
            return
        async with self._reading() as (session, actor):
            view = await service.get_import(session, actor, parse_id(self.import_id))
            self._show(view)
            self.is_matching = view.state == "draft" and not set(REQUIRED) <= view.mapping.keys()
            if view.state == "draft" and not view.flagged_lines:
                await self._turn("all", session, actor)
            self.phase = "ready"

    async def _list_drafts(self) -> None:
        async with self._reading() as (session, actor):
            self.drafts = [draft_row(view) for view in await service.list_drafts(session, actor)]
            self.phase = "ready"

    def _show(self, view: ImportView) -> None:
        self.step = "done" if view.state == "done" else "check"
        self.file_name = view.file_name
        if view.state == "done":
            self.result = result_line(view.added or 0, view.already_here or 0)
            return
        counts = {name: view.count(*statuses) for name, statuses in TABS.items()}
        self.counts = {name: str(count) for name, count in counts.items()}
        self.tab_labels = {name: t(f"imports.tab.{name}", count=count) for name, count in counts.items()}
        self.regions = str(view.regions) if region_names(view.country) else ""
        self.columns = list(view.columns)
        self.sheet = view.sheet
        self.sheets = [view.sheet, *view.other_sheets] if view.other_sheets else []
        self.mapping = [
            ColumnRow(field=name, label=t(f"imports.field.{name}"), column=str(view.mapping.get(name, "")))
            for name in FIELDS
        ]
        shown = [row for row in view.rows if row.status in TABS[self.tab]]
        self.rows = [line_row(row) for row in shown[:PAGE]]
        self.is_cut = len(shown) > PAGE
        self.can_import = not counts["flagged"] and bool(counts["new"] or counts["already"])
        self.leave_out_label = t("imports.leave_out_all", count=counts["flagged"]) if counts["flagged"] > 1 else ""
        self.import_label = import_label(counts["new"], counts["already"])
        self.blocked = t("imports.first_mend") if counts["flagged"] else t("error.nothing_to_import")

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
    async def leave_out_flagged(self):
        self._clear()
        async with self._work() as (session, actor):
            await service.leave_out_flagged(session, actor, parse_id(self.import_id))
            await self._turn("all", session, actor)

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
        if not line.isdecimal():
            return
        async with self._work() as (session, actor):
            self._open_line(await service.get_import(session, actor, parse_id(self.import_id)), parse_number(line))

    def _open_line(self, view: ImportView, line: int) -> None:
        """Show the line to be mended, with its fault at its field."""
        row = next((row for row in view.rows if row.line == line), None)
        if row is None:
            return
        shown = line_row(row)
        self.mending = shown.line
        names = region_names(view.country)
        region = region_of(row, view.country)
        if names and region not in names:
            region = ""  # what no list of the country has can't be chosen; the fault says what is written
        self.mending_values = {
            "member_no": shown.member_no,
            "name": shown.name,
            "phone": shown.phone,
            "region": region,
            "gender": shown.gender,
            "joined_on": shown.joined,
            "remarks": shown.remarks,
        }
        self.region_options = list(names)
        self.problem, self.problem_field = cause(row), row.wrong
        self.mending_key = f"{row.line} {row.wrong} {region}"

    @event("treasurer")
    async def stop_mending(self):
        self._clear()
        self.mending = ""

    @event("treasurer")
    async def discard(self):
        """Throw this list away and begin with another file."""
        self._clear()
        async with self._work() as (session, actor):
            await service.discard_import(session, actor, parse_id(self.import_id))
        if not self.problem:
            return rx.redirect("/import")
        return None

    @event("treasurer")
    async def mend(self, form: dict[str, str]):
        self._clear()
        values = {name: str(form[name]) for name in FIELDS if name in form}
        async with self._work() as (session, actor):
            line = parse_number(self.mending)
            view = await service.mend_row(session, actor, parse_id(self.import_id), line, values)
            self._show(view)
            if line in view.flagged_lines:
                self._open_line(view, line)
            else:
                self.mending = ""

    @event("treasurer")
    async def choose_sheet(self, name: str):
        self._clear()
        async with self._work() as (session, actor):
            view = await service.choose_sheet(session, actor, parse_id(self.import_id), name[:40])
            self._new_form()
            self._show(view)
            self.is_matching = not set(REQUIRED) <= view.mapping.keys()
            await self._turn("flagged" if view.flagged_lines else "all", session, actor)

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
