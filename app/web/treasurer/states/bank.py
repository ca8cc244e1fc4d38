"""Bank statements: the files that came, how far each is, and the columns of one whose header isn't understood."""

from contextlib import suppress

import reflex as rx

from app.domain.groups import access
from app.domain.reconciliation.bank import staging, withdrawing
from app.domain.reconciliation.bank.columns import roles_of
from app.domain.reconciliation.bank.views import SetLayout, SheetView
from app.kit.actor import Actor
from app.kit.db import Session
from app.kit.errors import NotPermitted
from app.kit.i18n import t
from app.web.place import load_place
from app.web.presenters.bank import (
    ROLES,
    ColumnRow,
    FileRow,
    HeaderRow,
    StatementRow,
    column_rows,
    file_row,
    header_rows,
    other_account,
    other_number,
    refusal,
    statement_row,
)
from app.web.screen import Screen, parse_id, parse_number
from app.web.session import event


class BankState(Screen, rx.State):
    files: list[FileRow] = []
    file: FileRow = FileRow()
    statements: list[StatementRow] = []
    other_number: str = ""
    """Said where the file seems another account's, or another number's than members are told to pay to."""
    headers: list[HeaderRow] = []
    header: str = ""
    columns: list[ColumnRow] = []
    asks_back: bool = False
    _sheet: SheetView | None = None

    @event("treasurer")
    async def load(self):
        """`?file=` shows one; `?again=` that it was here before."""
        await load_place(self)
        self._clear()
        self._new_form()
        self.asks_back = False
        self.file, self.statements, self._sheet, self.columns, self.other_number = FileRow(), [], None, [], ""
        query = self.router.url.query_parameters
        async with self._reading() as (session, actor):
            await self._show(session, actor, query.get("file", ""))
        if query.get("again") and self.file.id:
            self.done = t("bank.again")
        if why := refusal(query):
            self.problem, self.problem_field = why, "file"

    @event("treasurer")
    async def refresh(self):
        """The worker went on."""
        async with self._refreshing() as (session, actor):
            await self._show(session, actor, self.file.id)

    async def _show(self, session: Session, actor: Actor, file_id: str) -> None:
        self.files = [file_row(one) for one in await staging.list_bank_files(session, actor)]
        if file_id:
            found = await staging.get_bank_file(session, actor, parse_id(file_id))
            self.file = file_row(found)
            known = await staging.list_bank_statements(session, actor, found.id)
            self.statements = [statement_row(one) for one in known]
            self.other_number = other_account(found) or other_number(known, await access.get_group(session, actor))
            if found.state == "unmapped" and self._sheet is None:
                with suppress(NotPermitted):  # who only reads is not asked for columns
                    self._show_columns(await staging.get_sheet(session, actor, found.id))
        self.phase = "ready"

    def _show_columns(self, view: SheetView) -> None:
        self._sheet, self.header = view, str(view.line)
        self.headers = header_rows(view)
        self.columns = column_rows(view, view.line, view.roles)
        self._new_form()

    @event("treasurer")
    async def choose_header(self, line: str):
        """Another line names the columns."""
        if self._sheet is None:
            return
        self._clear()
        async with self._work():
            chosen = parse_number(line)
            cells = next((cells for at, cells in self._sheet.rows if at == chosen), ())
            self.header = str(chosen)
            self.columns = column_rows(self._sheet, chosen, roles_of(cells))
            self._new_form()

    @event("treasurer")
    async def save_columns(self, form: dict[str, str]):
        """What each column is: remembered, and the file is read again."""
        self._clear()
        async with self._work() as (session, actor):
            chosen = [(form[row.name], row.name) for row in self.columns if form.get(row.name) in ROLES]
            roles = {role: parse_number(name.removeprefix("column-")) for role, name in chosen}
            if len(roles) < len(chosen):
                roles = {}  # one role twice: refused as such
            command = SetLayout(parse_id(self.file.id), parse_number(self.header), roles)
            await staging.set_layout(session, actor, command)
        if not self.problem:
            self._sheet, self.columns = None, []
            async with self._reading() as (session, actor):
                await self._show(session, actor, self.file.id)

    @event("treasurer")
    async def ask_back(self):
        """The file came by mistake, it seems: what stands against that is said before the question."""
        self._clear()
        async with self._work() as (session, actor):
            await withdrawing.check_withdrawal(session, actor, parse_id(self.file.id))
        self.asks_back = not self.problem

    @event("treasurer")
    async def leave_back(self):
        self._clear()
        self.asks_back = False

    @event("treasurer")
    async def take_back(self):
        """Nothing was made of its lines: they leave the queue."""
        self._clear()
        async with self._work() as (session, actor):
            await withdrawing.withdraw_file(session, actor, parse_id(self.file.id))
        if not self.problem:
            self.asks_back, self._sheet, self.columns = False, None, []
            async with self._reading() as (session, actor):
                await self._show(session, actor, self.file.id)
            self.done = t("bank.taken_back")
