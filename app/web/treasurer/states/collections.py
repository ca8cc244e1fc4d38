"""Collections: the calls, who has paid, who has not, and cash that was handed over."""

from dataclasses import dataclass

import reflex as rx

from app.domain.contributions import reading as contributions
from app.domain.contributions.views import CallView
from app.domain.groups.access import authorise
from app.domain.groups.permissions import Permission
from app.domain.payments import reading as paid_in
from app.domain.payments import service as payments
from app.domain.payments.commands import Part, RecordCash, UseKept
from app.domain.payments.views import SettledPart
from app.kit.actor import Actor
from app.kit.db import Session
from app.kit.i18n import t
from app.kit.ids import new_id
from app.kit.money import parse_amount
from app.web.officers import name_who_may, own_words, who_else_may
from app.web.place import PlaceState, load_place
from app.web.presenters.amounts import amount, digits, exact
from app.web.presenters.dates import day
from app.web.screen import Screen, parse_date, parse_id
from app.web.session import event

PAGE = 50


@dataclass(frozen=True)
class CallRow:
    id: str
    title: str
    each: str
    due_on: str
    progress: str
    paid: str
    percent: str
    has_paid: bool
    is_cancelled: bool
    unasked: str


@dataclass(frozen=True)
class OwedRow:
    """Somebody who has not paid one due. `kept_minor` of an earlier payment is kept for her; `kept` says so."""

    due_id: str
    call_id: str
    member_id: str
    name: str
    detail: str
    title: str
    figure: str
    reference: str
    due_on: str
    is_late: bool
    is_own: bool
    amount_minor: int
    kept_minor: int
    kept: str


@dataclass(frozen=True)
class PaidPart:
    """One payment: `words` are its day and means, `code` the provider's."""

    words: str
    code: str
    receipt: str
    href: str


@dataclass(frozen=True)
class PaidLine:
    """Somebody who has paid for the contribution that is shown; `part` says of how much, when it is not all."""

    member_id: str
    name: str
    detail: str
    figure: str
    part: str
    payments: tuple[PaidPart, ...] = ()


def paid_part(part: SettledPart) -> PaidPart:
    return PaidPart(
        words=f"{day(part.paid_on)}, {t(f'method.{part.method}')}",
        code=part.provider_code or "",
        receipt=part.receipt_number,
        href=f"/receipts?id={part.receipt_id}",
    )


def call_row(view: CallView) -> CallRow:
    return CallRow(
        id=str(view.id),
        title=view.title,
        each=amount(view.amount_minor, view.currency),
        due_on=day(view.due_on),
        progress=t("today.paid_of", paid=view.confirmed, members=view.dues),
        paid=amount(view.paid_minor, view.currency),
        percent=f"{100 * view.paid_minor / max(view.expected_minor, 1):.1f}%",
        has_paid=view.paid_minor > 0,
        is_cancelled=view.is_cancelled,
        unasked=t("collections.unasked", count=view.unasked) if view.unasked and not view.is_cancelled else "",
    )


class CollectionsState(Screen, rx.State):
    calls: list[CallRow] = []
    owed: list[OwedRow] = []
    owed_total: str = ""
    own_words: str = ""
    """In place of the button where the cash would be one's own."""
    only: str = ""
    """The contribution whose open dues alone are listed."""
    _only: str = ""
    search: str = ""
    search_key: str = ""
    cash_amount: str = ""
    cash_amount_label: str = ""
    today: str = ""
    cash_due: str = ""
    cash_title: str = ""
    cash_note: str = ""
    kept_note: str = ""
    """What is kept for who is asked for cash; empty for nothing."""
    kept_act: str = ""
    currency: str = ""
    _all: list[OwedRow] = []
    _cash_row: OwedRow | None = None
    paid_title: str = ""
    paid_line: str = ""
    paid: list[PaidLine] = []
    paid_more: bool = False
    _paid_call: str = ""
    _paid_limit: int = PAGE

    @event("treasurer")
    async def load(self):
        """`?call=` lists who has not paid one contribution, `?paid=` who has; `?cash=` takes cash for a due."""
        await load_place(self)
        self._clear()
        self.cash_due, self.search = "", ""
        await self._leave_call()
        self._new_search()
        self._leave_paid()
        asked = self.router.url.query_parameters
        self._only = asked.get("call", "")
        await self._list()
        if paid := asked.get("paid", ""):
            await self._list_paid(paid)
        elif cash := asked.get("cash", ""):
            self._start_cash(cash)

    async def _leave_call(self) -> None:
        """A contribution's form, and the question before it is closed, go with the page that they were left on."""
        from app.web.treasurer.states.calls import CallState

        form = await self.get_state(CallState)
        form._clear()
        form.form = ""

    def _new_search(self) -> None:
        self.search_key = str(new_id())

    @event("treasurer")
    async def refresh(self):
        """Something changed in the group: the figures and rows; what is typed, and its key, stay."""
        async with self._refreshing() as (session, actor):
            await self._show(session, actor)

    async def _list(self) -> None:
        self._new_form()
        async with self._reading() as (session, actor):
            await self._show(session, actor)

    async def _show(self, session: Session, actor: Actor) -> None:
        acting = await authorise(session, actor, Permission.READ_GROUP)
        view = await contributions.today(session, actor)
        calls = await contributions.list_calls(session, actor)
        unpaid = await contributions.list_unpaid(session, actor)
        kept = await paid_in.kept_by_member(session, actor)
        self.currency = view.currency
        self.cash_amount_label = t("collections.cash_amount", currency=view.currency)
        self.today = view.today.isoformat()
        self.calls = [call_row(call) for call in calls]
        self._all = [
            OwedRow(
                due_id=str(row.due_id),
                call_id=str(row.call_id),
                member_id=str(row.member_id),
                name=row.name,
                detail=f"{row.member_no}, {row.region or t('region.none')}",
                title=row.title,
                figure=exact(row.unpaid_minor, view.currency),
                reference=row.reference[:4] + "-" + row.reference[4:],
                due_on=day(row.due_on),
                is_late=row.is_overdue,
                is_own=row.member_id == acting.member_id,
                amount_minor=row.unpaid_minor,
                kept_minor=kept.get(row.member_id, 0),
                kept=t("collections.kept", amount=amount(kept[row.member_id], view.currency))
                if row.member_id in kept
                else "",
            )
            for row in unpaid
        ]
        if acting.may(Permission.RECORD_CASH) and any(row.is_own for row in self._all):
            self.own_words = own_words(await who_else_may(session, actor, Permission.RECORD_CASH))
        self.only = next((call.title for call in calls if str(call.id) == self._only), "")
        self._narrow()
        if self._paid_call:
            await self._show_paid(session, actor)
        self.phase = "ready" if self.calls else "empty"

    async def _show_paid(self, session: Session, actor: Actor) -> None:
        view = await contributions.list_paid(session, actor, parse_id(self._paid_call), limit=self._paid_limit)
        figure = amount(view.total_minor, view.currency)
        self.paid_title = t("collections.paid_title", title=view.title)
        self.paid_line = t("collections.paid_line", count=view.total, part=view.in_part, amount=figure)
        self.paid = [
            PaidLine(
                member_id=str(row.member_id),
                name=row.name,
                detail=f"{row.member_no}, {row.region or t('region.none')}",
                figure=exact(row.paid_minor, view.currency),
                part=""
                if row.paid_minor >= row.amount_minor
                else t("collections.paid_part", amount=exact(row.amount_minor, view.currency)),
                payments=tuple(map(paid_part, row.payments)),
            )
            for row in view.rows
        ]
        self.paid_more = view.total > len(view.rows)

    @event("treasurer")
    async def who_paid(self, call_id: str):
        """List who has paid for this contribution."""
        await self._list_paid(call_id)
        return rx.set_focus("paid") if self._paid_call else None

    async def _list_paid(self, call_id: str) -> None:
        self._clear()
        self._paid_call, self._paid_limit = call_id, PAGE
        async with self._work() as (session, actor):
            await self._show_paid(session, actor)
        if self.problem:
            self._leave_paid()

    @event("treasurer")
    async def more_paid(self):
        if self.paid_more:
            self._paid_limit += PAGE
            async with self._work() as (session, actor):
                await self._show_paid(session, actor)

    @event("treasurer")
    async def close_paid(self):
        self._leave_paid()

    def _leave_paid(self) -> None:
        self._paid_call, self.paid_title, self.paid, self.paid_more = "", "", [], False

    def _narrow(self) -> None:
        wanted = self.search.casefold().replace("-", "").strip()
        self.owed = [
            row
            for row in self._all
            if (not self.only or row.call_id == self._only)
            and wanted in f"{row.name} {row.detail} {row.reference}".casefold().replace("-", "")
        ]
        self.owed_total = amount(sum(row.amount_minor for row in self.owed), self.currency)

    @event("treasurer")
    async def find(self, text: str):
        self.search = text[:80]
        self._narrow()

    @event("treasurer")
    async def leave_form(self):
        self._clear()
        self.cash_due = ""

    @event("treasurer")
    async def show_all(self):
        """Who has not paid, of every contribution again."""
        self.only = self._only = ""
        self._narrow()

    @event("treasurer")
    async def start_cash(self, due_id: str):
        self._start_cash(due_id)

    def _start_cash(self, due_id: str) -> None:
        self._clear()
        self._new_form()
        row = self._row(due_id)
        if row is None or row.is_own:
            self.problem = self.own_words if row else ""
            return
        self._cash_row = row
        self.cash_due, self.cash_title = due_id, t("collections.cash_title", name=row.name)
        self.cash_note = t("collections.cash_note", title=row.title, amount=amount(row.amount_minor, self.currency))
        self.cash_amount = digits(row.amount_minor, self.currency)
        used = amount(min(row.kept_minor, row.amount_minor), self.currency)
        kept = amount(row.kept_minor, self.currency)
        self.kept_note = t("collections.kept_note", name=row.name, amount=kept) if row.kept else ""
        self.kept_act = t("collections.kept_use", amount=used) if row.kept else ""

    def _row(self, due_id: str) -> OwedRow | None:
        return next((row for row in self._all if row.due_id == due_id), None)

    @event("treasurer")
    async def record_cash(self, form: dict[str, str]):
        row = self._cash_row
        if row is None or row.due_id != self.cash_due:
            return
        self._clear()
        self.cash_amount = str(form.get("amount", ""))[:40]
        place = await self.get_state(PlaceState)
        async with self._work() as (session, actor):
            view = await payments.record_cash(
                session,
                actor,
                RecordCash(
                    member_id=parse_id(row.member_id),
                    parts=(
                        Part(claim_id=parse_id(row.due_id), amount_minor=parse_amount(self.cash_amount, self.currency)),
                    ),
                    paid_on=parse_date(str(form.get("paid_on", ""))[:10], field="paid_on"),
                    key=self.form_key,
                ),
            )
            recorded = t(
                "collections.cash_done", name=row.name, receipt=view.receipt_number or "", by=place.member_name
            )
        await name_who_may(self, Permission.RECORD_CASH)
        if not self.problem:
            self.cash_due = ""
            await self._list()
            self.done = recorded

    @event("treasurer")
    async def use_kept(self):
        """All that is kept for her, up to what is open: as it was shown."""
        row = self._cash_row
        if row is None or row.due_id != self.cash_due or not row.kept_minor:
            return
        self._clear()
        place = await self.get_state(PlaceState)
        part = Part(claim_id=parse_id(row.due_id), amount_minor=min(row.kept_minor, row.amount_minor))
        async with self._work() as (session, actor):
            view = await payments.use_kept(session, actor, UseKept(parse_id(row.member_id), (part,), self.form_key))
            used, receipt = amount(view.amount_minor, view.currency), view.receipt_number or ""
            recorded = t("collections.kept_done", name=row.name, amount=used, receipt=receipt, by=place.member_name)
        await name_who_may(self, Permission.RECORD_CASH)
        if not self.problem:
            self.cash_due = ""
            await self._list()
            self.done = recorded
