"""The groups of whoever holds a role in several, side by side."""

import reflex as rx

from app.domain.reports.programmes import list_programmes
from app.kit.i18n import t
from app.web.presenters.reports import programmes_table
from app.web.screen import Screen
from app.web.session import event
from app.web.treasurer.states.reports import Head, Row, report_rows


class ProgrammesState(Screen, rx.State):
    heads: list[Head] = []
    rows: list[Row] = []
    more: str = ""

    @event("treasurer")
    async def load(self):
        self._clear()
        async with self._reading(arrives=True) as (session, actor):
            found = await list_programmes(session, actor)
            table = programmes_table(found)
            self.heads = [Head(column.label, column.is_number) for column in table.columns]
            self.rows = report_rows(table)
            self.more = t("programmes.more", count=found.left_out) if found.left_out else ""
            self.phase = "ready"
