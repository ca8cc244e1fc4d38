"""Payments to confirm: one by one, or those that are ticked; reject with a reason."""

from dataclasses import dataclass, replace
from uuid import UUID

import reflex as rx

from app.domain.groups import inbox
from app.domain.groups.permissions import Permission
from app.domain.payments import reading, service
from app.domain.payments.commands import DecidePayment
from app.domain.payments.views import Decided, PaymentView, WaitingList, WaitingPayment
from app.kit.i18n import t
from app.kit.ids import in_fours, new_id
from app.web.officers import name_who_may, who_else_may
from app.web.place import load_place, show_place
from app.web.presenters.amounts import amount, exact
from app.web.presenters.dates import day, moment
from app.web.screen import Screen, parse_id
from app.web.session import event

FEW = 10
"""So many are read at a glance; of more, one can search."""


@dataclass(frozen=True)
class ResultLine:
    """What became of one payment; `href` leads to its receipt, once there is one."""

    words: str
    href: str = ""
    link: str = ""


@dataclass(frozen=True)
class WaitingRow:
    """`is_gone`: decided or withdrawn since the list was read; `outcome` says how and by whom, `receipt` is the number
    of what was confirmed. It stays in its place, so that none moves under a hand that is about to press. `fault`: why
    it could not be confirmed. `is_hidden`: not what is searched for.
    """

    id: str = ""
    name: str = ""
    detail: str = ""
    figure: str = ""
    method: str = ""
    code: str = ""
    reference: str = ""
    paid_on: str = ""
    sent: str = ""
    is_own: bool = False
    is_gone: bool = False
    ticked: bool = False
    tick_label: str = ""
    amount_minor: int = 0
    rejected_before: str = ""
    over: str = ""
    """That it is more than settles what it is for."""
    amount: str = ""
    title: str = ""
    outcome: str = ""
    receipt: str = ""
    receipt_id: str = ""
    fault: str = ""
    is_hidden: bool = False


def waiting_row(view: WaitingPayment) -> WaitingRow:
    return WaitingRow(
        id=str(view.id),
        name=view.member_name,
        detail=f"{view.member_no}, {view.region or t('region.none')}",
        figure=exact(view.amount_minor, view.currency),
        method=t(f"method.{view.method}"),
        code=view.provider_code or "",
        reference=in_fours(view.reference),
        paid_on=day(view.paid_on),
        sent=t("payments.sent_at", moment=moment(view.submitted_at)),
        is_own=view.is_own,
        is_gone=False,
        ticked=False,
        tick_label=t("payments.tick", name=view.member_name),
        amount_minor=view.amount_minor,
        amount=amount(view.amount_minor, view.currency),
        title=", ".join(view.titles),
        over=t("loan.more_desk") if view.is_over else "",
        rejected_before=t("payments.rejected_before", reason=view.rejected_before) if view.rejected_before else "",
    )


def told(row: WaitingRow, how: Decided) -> WaitingRow:
    """What was decided here keeps its words."""
    said = row.outcome or t(f"payments.by.{how.state}", name=how.by)
    return replace(row, outcome=said, receipt=how.receipt_number, receipt_id=str(how.receipt_id or ""))


def confirmed_line(name: str, view: PaymentView) -> ResultLine:
    link = view.receipt_number or ""
    return ResultLine(t("payments.confirmed_line", name=name), f"/receipts?id={view.receipt_id}", link)


def may_decide(row: WaitingRow) -> bool:
    return not (row.is_own or row.is_gone)


def is_found(row: WaitingRow, wanted: str) -> bool:
    """By name, number, code, reference or what it is for; hyphens and case make no difference."""
    return plain(wanted) in plain(f"{row.name} {row.detail} {row.code} {row.reference} {row.title}")


def plain(text: str) -> str:
    return text.casefold().replace("-", "").strip()


class PaymentsState(Screen, rx.State):
    rows: list[WaitingRow] = []
    total: int = 0
    count_line: str = ""
    ticked: int = 0
    all_ticked: bool = False
    ticked_line: str = ""
    confirm_label: str = ""
    results: list[ResultLine] = []
    reject_title: str = ""
    own_words: str = ""
    rejecting: WaitingRow = WaitingRow()
    reason: str = ""
    said: str = ""
    """What became of one row: its place on the screen shows it, so this is for the ear alone and moves nothing."""
    search: str = ""
    search_key: str = ""
    can_search: bool = False
    none_found: bool = False
    _currency: str = "KES"
    _limit: int = reading.PAGE

    @event("treasurer")
    async def load(self):
        await load_place(self)
        self._clear()
        self._new_form()
        self.results, self.rejecting = [], WaitingRow()
        await self._list()

    @event("treasurer")
    async def refresh(self):
        """Something changed in the group: new ones come last, what is ticked stays ticked, nothing moves."""
        await self._read_again()

    async def _read_again(self) -> None:
        async with self._refreshing() as (session, actor):
            view = await reading.list_waiting(session, actor, limit=self._limit)
            await inbox.read_waiting_notification(session, actor)
            waiting = {row.id: row for row in map(waiting_row, view.rows)}
            here = [
                replace(row, is_gone=row.id not in waiting, ticked=row.ticked and row.id in waiting)
                for row in self.rows
            ]
            gone = [parse_id(row.id) for row in here if row.is_gone]
            decided = await reading.how_decided(session, actor, gone)
            here = [told(row, decided[UUID(row.id)]) if row.is_gone else row for row in here]
            known = {row.id for row in here}
            if self.rejecting.id and self.rejecting.id not in waiting:
                self.problem, self.problem_field = t("payments.gone_meanwhile", name=self.rejecting.name), ""
                self.rejecting = WaitingRow()
            self._show(view, [*here, *(row for row in waiting.values() if row.id not in known)])

    async def _list(self) -> None:
        self.search, self.said, self.can_search, self._limit = "", "", False, reading.PAGE
        self.search_key = str(new_id())
        async with self._reading() as (session, actor):
            view = await reading.list_waiting(session, actor)
            self._show(view, [waiting_row(row) for row in view.rows])
            await inbox.read_waiting_notification(session, actor)
            await show_place(self, session, actor)
            if any(row.is_own for row in self.rows):
                names = await who_else_may(session, actor, Permission.CONFIRM_PAYMENTS)
                self.own_words = t("payments.own", names=names) if names else t("payments.own_nobody")
        self._count()

    def _show(self, view: WaitingList, rows: list[WaitingRow]) -> None:
        self.rows = [replace(row, is_hidden=not is_found(row, self.search)) for row in rows]
        self.total, self.can_search = view.total, self.can_search or view.total > FEW
        self._currency = view.rows[0].currency if view.rows else self._currency
        self.count_line = t("payments.count", count=view.total, amount=amount(view.total_minor, self._currency))
        self.phase = "ready" if rows else "empty"
        self._count()

    @event("treasurer")
    async def find(self, text: str):
        """Narrow the rows; what is ticked stays ticked. Of many that wait, those that are not listed yet come too."""
        self.search = text[:80]
        if self.total > self._limit:
            self._limit = reading.MOST
            await self._read_again()
        self.rows = [replace(row, is_hidden=not is_found(row, self.search)) for row in self.rows]
        self._count()

    def _count(self) -> None:
        chosen = [row for row in self.rows if row.ticked]
        self.none_found = all(row.is_hidden for row in self.rows)
        self.ticked = len(chosen)
        ticked_amount = amount(sum(row.amount_minor for row in chosen), self._currency)
        self.all_ticked = bool(chosen) and all(row.ticked for row in self._free())
        self.ticked_line = t("payments.selected", count=len(chosen), amount=ticked_amount)
        self.confirm_label = t("payments.confirm_ticked", count=len(chosen))

    @event("treasurer")
    async def tick(self, payment_id: str):
        self.rows = [
            replace(row, ticked=not row.ticked) if row.id == payment_id and may_decide(row) else row
            for row in self.rows
        ]
        self._count()

    @event("treasurer")
    async def tick_all(self):
        """Tick all that may be decided, of those that are found; when all are ticked, none."""
        free = {row.id for row in self._free()}
        wanted = not all(row.ticked for row in self._free())
        self.rows = [replace(row, ticked=wanted) if row.id in free else row for row in self.rows]
        self._count()

    def _free(self) -> list[WaitingRow]:
        return [row for row in self.rows if may_decide(row) and not row.is_hidden]

    async def _decided(self, row: WaitingRow | None, outcome: str, said: str) -> None:
        """One row shows what became of it, in its place; the others, and their ticks, stay. After the last the list
        is read anew.
        """
        fault = self.problem
        self.rows = [
            replace(one, outcome=outcome, fault=fault) if row and one.id == row.id else one for one in self.rows
        ]
        await self._read_again()
        if row is None or all(one.is_gone for one in self.rows):
            decided = next((one for one in self.rows if row and one.id == row.id and one.receipt), None)
            line = t("payments.confirmed_line", name=row.name if row else "")
            self.results = [ResultLine(line, f"/receipts?id={decided.receipt_id}", decided.receipt)] if decided else []
            self.done = said
            await self._list()
        else:
            self.said, self.problem, self.problem_field = fault or said, "", ""

    @event("treasurer")
    async def confirm_one(self, payment_id: str):
        self.problem = self.problem_field = self._refusal = ""
        row, outcome, said = self._row(payment_id), "", ""
        async with self._work() as (session, actor):
            view = await service.confirm_payment(session, actor, self._decision(payment_id))
            said = t("payments.confirmed", name=row.name if row else "", receipt=view.receipt_number or "")
            outcome = t("payments.is_confirmed")
        await name_who_may(self, Permission.CONFIRM_PAYMENTS)
        await self._decided(row, outcome, said)

    @event("treasurer")
    async def confirm_ticked(self):
        """One transaction per payment, each with its own key; the result stands line by line."""
        self._clear()
        results: list[ResultLine] = []
        confirmed = 0
        for row in [row for row in self.rows if row.ticked]:
            self.problem = ""
            async with self._work() as (session, actor):
                view = await service.confirm_payment(session, actor, self._decision(row.id))
                confirmed += 1
                results.append(confirmed_line(row.name, view))
            if self.problem:
                results.append(ResultLine(t("payments.stopped", name=row.name, why=self.problem)))
        self.problem = self.problem_field = ""
        await self._list()
        self.results = results
        self.done = t("payments.confirmed_many", count=confirmed)

    @event("treasurer")
    async def ask_reason(self, payment_id: str):
        row = self._row(payment_id)
        self._clear()
        self.rejecting, self.reason = row or WaitingRow(), ""
        self.reject_title = t("payments.reject_title", name=row.name) if row else ""

    @event("treasurer")
    async def keep(self):
        self.rejecting = WaitingRow()

    @event("treasurer")
    async def reject(self, form: dict[str, str]):
        self._clear()
        self.reason = str(form.get("reason", ""))[:600]
        row = self.rejecting
        if not row.id:
            return
        async with self._work() as (session, actor):
            await service.reject_payment(session, actor, self._decision(row.id, self.reason))
        await name_who_may(self, Permission.CONFIRM_PAYMENTS)
        if self.problem_field:
            return
        self.rejecting = WaitingRow()
        outcome = "" if self.problem else t("payments.is_rejected")
        await self._decided(row, outcome, t("payments.rejected", name=row.name))

    def _row(self, payment_id: str) -> WaitingRow | None:
        return next((row for row in self.rows if row.id == payment_id), None)

    def _decision(self, payment_id: str, reason: str = "") -> DecidePayment:
        return DecidePayment(payment_id=parse_id(payment_id), key=f"{self.form_key}:{payment_id}", reason=reason)
