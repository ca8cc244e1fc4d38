"""A member's record: what happened, and how one leaves with everything settled."""

from dataclasses import dataclass

import reflex as rx

from app.domain.contributions import leaving
from app.domain.contributions.views import RemoveMember, Settlement
from app.domain.groups import profiles
from app.domain.reports.activity import member_activity
from app.kit.i18n import t
from app.web.presenters.activity import LogLine, log_line
from app.web.presenters.amounts import amount
from app.web.presenters.dates import moment
from app.web.screen import Screen, parse_id
from app.web.session import event


@dataclass(frozen=True)
class SettlementSheet:
    """Both ways: what the member owes the group, what the group owes the member."""

    id: str = ""
    name: str = ""
    member_no: str = ""
    owes: str = ""
    waits: str = ""
    owed: str = ""
    kept: str = ""
    may_be_paid: bool = False
    pay_out: str = ""
    paid: str = ""
    left: str = ""
    dues: str = ""
    has_open: bool = False
    may_leave: bool = False
    why_not: str = ""


class RecordState(Screen, rx.State):
    """Filled by the page of one member."""

    lines: list[LogLine] = []
    sheet: SettlementSheet = SettlementSheet()
    title: str = ""
    step: str = ""
    _open_minor: int = 0
    _before: str = ""
    has_more: bool = False

    async def _show(self, member_id: str) -> None:
        self._clear()
        self.step, self.lines, self._before = "", [], ""
        async with self._reading() as (session, actor):
            found = await leaving.settlement_of(session, actor, parse_id(member_id))
            self.sheet, self._open_minor = settlement_sheet(found), found.open_minor
            self.title = t("record.leave_title", name=found.name)
            self.phase = "ready"
        if self.phase == "ready":
            await self._page()

    async def _page(self) -> None:
        async with self._reading() as (session, actor):
            found = await member_activity(session, actor, member_id=parse_id(self.sheet.id), before=self._before)
            self.lines = [*self.lines, *(log_line(row, self.sheet.name) for row in found.rows)]
            self._before, self.has_more = found.next_before, found.next_before != ""

    @event("treasurer")
    async def more(self):
        if self.has_more:
            await self._page()

    @event("treasurer")
    async def start_leaving(self):
        self._clear()
        self.step = "leave"

    @event("treasurer")
    async def keep(self):
        self._clear()
        self.step = ""

    @event("treasurer")
    async def leave(self, form: dict[str, str]):
        """What stands on the sheet is what is agreed to: another open amount meanwhile stops it."""
        self._clear()
        open_dues = str(form.get("open_dues", "keep" if self._open_minor == 0 else ""))[:10]
        async with self._work() as (session, actor):
            command = RemoveMember(parse_id(self.sheet.id), open_dues, self._open_minor)
            await leaving.remove_member(session, actor, command)
        if self.problem_field:
            return
        problem = self.problem
        await self._show_all()
        if problem:
            self.problem = problem
        else:
            self.done = t("record.left_done", name=self.sheet.name)

    @event("treasurer")
    async def take_back(self):
        self._clear()
        async with self._work() as (session, actor):
            await profiles.take_back(session, actor, parse_id(self.sheet.id))
        if not self.problem:
            await self._show_all()
            self.done = t("record.back_done", name=self.sheet.name)

    async def _show_all(self) -> None:
        """The page around too: the dues and the roles are others now."""
        from app.web.treasurer.states.member import MemberState

        await (await self.get_state(MemberState))._show(self.sheet.id)
        await self._show(self.sheet.id)


def settlement_sheet(found: Settlement) -> SettlementSheet:
    why_not = ""
    if found.is_me:
        why_not = t("error.own_leaving")
    elif found.roles:
        why_not = t("error.holds_role")
    elif found.waiting_count:
        why_not = t("error.payments_waiting")
    elif found.owed_minor:
        why_not = t("record.owed_first", name=found.name, amount=amount(found.owed_minor, found.currency))
    return SettlementSheet(
        id=str(found.member_id),
        name=found.name,
        member_no=found.member_no,
        owes=amount(found.open_minor, found.currency),
        waits=amount(found.waiting_minor, found.currency) if found.waiting_count else "",
        owed=amount(found.owed_minor, found.currency),
        kept=amount(found.kept_minor, found.currency) if found.kept_minor > 0 else "",
        may_be_paid=found.owed_minor > 0 and found.left_at is None,
        pay_out=t("record.pay_out", amount=amount(found.owed_minor, found.currency)),
        paid=amount(found.receipts_minor, found.currency),
        left=moment(found.left_at) if found.left_at else "",
        dues=t("record.dues", count=len(found.dues)),
        has_open=found.open_minor > 0,
        may_leave=not why_not and found.left_at is None,
        why_not=why_not if found.left_at is None else "",
    )
