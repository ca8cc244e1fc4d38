"""Bank and books at a month's end: what differs, why, and the close."""

from datetime import date, timedelta

import reflex as rx

from app.domain.reconciliation import service as reconciliation
from app.domain.reconciliation.bank import balancing
from app.domain.reconciliation.bank.balancing_views import BookOpening, ExplainDifference
from app.domain.reconciliation.views import ClosePeriod, RecordCount
from app.kit.actor import Actor
from app.kit.db import Session
from app.kit.errors import NotFound
from app.kit.i18n import t
from app.kit.ids import new_id
from app.kit.money import parse_amount
from app.web.place import load_place
from app.web.presenters.balance import AccountRow, ClosedRow, account_row, closed_row
from app.web.presenters.dates import day, month
from app.web.screen import Screen, parse_number
from app.web.session import event


class BalanceState(Screen, rx.State):
    title: str = ""
    note: str = ""
    accounts: list[AccountRow] = []
    closed: list[ClosedRow] = []
    has_before: bool = False
    has_after: bool = False
    status: str = ""
    """over: the month may be closed. running: it isn't over. closed."""
    close_label: str = ""
    close_note: str = ""
    is_ready: bool = False
    asking: str = ""
    """close, `say:` or `open:` and an account, or an account and the entry that is to be explained."""
    ask_words: str = ""
    stated_label: str = ""
    _last: str = ""
    """The last day of the month that is shown."""

    @event("treasurer")
    async def load(self):
        """`?month=2026-11`; else the first month that isn't closed."""
        await load_place(self)
        self._clear()
        self._new_form()
        self.asking = ""
        wanted = self.router.url.query_parameters.get("month", "")
        async with self._reading() as (session, actor):
            await self._show(session, actor, _last_of(wanted))

    @event("treasurer")
    async def refresh(self):
        async with self._refreshing() as (session, actor):
            await self._show(session, actor, self._day)

    @property
    def _day(self) -> date | None:
        return date.fromisoformat(self._last) if self._last else None

    async def _show(self, session: Session, actor: Actor, wanted: date | None) -> None:
        closes = await reconciliation.list_closes(session, actor)
        newest = closes.rows[0].through if closes.rows else None
        now = month_end(closes.today)
        first = month_end(closes.first or closes.today)
        due = month_end(newest + timedelta(days=1)) if newest else first
        last = min(max(wanted or due, first), now)
        self._last = last.isoformat()
        as_of = min(last, closes.today)
        self.title = month(last)
        self.note = t("balance.as_of", day=day(as_of))
        self.has_before, self.has_after = last > first, last < now
        self.accounts = [account_row(one) for one in await balancing.list_agreements(session, actor, as_of)]
        self.closed = [closed_row(one) for one in closes.rows]
        is_closed = newest is not None and newest >= last
        self.status = "closed" if is_closed else "over" if last < closes.today else "running"
        self.is_ready = self.status == "over" and all(one.is_explained for one in self.accounts)
        self.close_label = t("balance.close", month=self.title)
        left = [one.title for one in self.accounts if not one.is_explained]
        self.close_note = {
            "closed": t("balance.is_closed"),
            "running": t("balance.running", day=day(last + timedelta(days=1))),
            "over": t("balance.ready") if self.is_ready else t("balance.not_ready", accounts=", ".join(left)),
        }[self.status]
        self.phase = "ready"

    @event("treasurer")
    async def turn(self, by: int):
        """A month on or back."""
        self._clear()
        last = self._day
        if last is None:
            return
        turned = month_end(last + timedelta(days=1)) if by > 0 else last.replace(day=1) - timedelta(days=1)
        async with self._reading() as (session, actor):
            await self._show(session, actor, turned)

    @event("treasurer")
    async def ask(self, what: str):
        self._clear()
        self._new_form()
        self.asking = what[:40]
        row = next((one for one in self.accounts if what == f"say:{one.account}"), None)
        if row is not None:
            self.ask_words, self.stated_label = row.ask, row.stated_label
        row = next((one for one in self.accounts if what == f"open:{one.account}"), None)
        if row is not None:
            before = next((one.figure for one in row.sums if one.what == "before"), "")
            self.ask_words = t(
                "balance.open_ask",
                account=row.title,
                amount=f"{row.currency}\N{NO-BREAK SPACE}{before.removeprefix('+ ')}",
            )

    @event("treasurer")
    async def leave(self):
        self._clear()
        self.asking = ""

    @event("treasurer")
    async def say(self, form: dict[str, str]):
        """What the bank shows at the end of the month."""
        self._clear()
        account = self.asking.removeprefix("say:")
        async with self._work() as (session, actor):
            row = next((one for one in self.accounts if one.account == account), None)
            if row is None:
                raise NotFound
            command = RecordCount(
                account=account,
                as_of=self._as_of(),
                stated_minor=parse_amount(
                    str(form.get("stated", ""))[:40], row.currency, field="stated", may_be_zero=True
                ),
                key=f"{self.form_key}:{account}",
            )
            await reconciliation.record_count(session, actor, command)
        await self._done(t("balance.said"))

    @event("treasurer")
    async def explain(self, form: dict[str, str]):
        self._clear()
        account, _, seq = self.asking.partition(":")
        async with self._work() as (session, actor):
            reason = str(form.get("reason", ""))[:600]
            command = ExplainDifference(account, self._as_of(), parse_number(seq), reason)
            await balancing.explain_difference(session, actor, command)
        await self._done(t("balance.explained"))

    @event("treasurer")
    async def book_opening(self):
        self._clear()
        account = self.asking.removeprefix("open:")
        async with self._work() as (session, actor):
            await balancing.book_opening(session, actor, BookOpening(account, self._as_of()))
        await self._done(t("balance.opened"))

    @event("treasurer")
    async def close(self):
        self._clear()
        async with self._work() as (session, actor):
            await reconciliation.close_period(session, actor, ClosePeriod(self._as_of()))
        await self._done(t("balance.done", month=self.title))

    def _as_of(self) -> date:
        """The month's last day. Raises NotFound on a page that shows no month yet."""
        if self._day is None:
            raise NotFound
        return self._day

    async def _done(self, said: str) -> None:
        """What a command led to: refused, it stays open with what was typed."""
        if self.problem and self.problem_field:
            return
        problem, self.asking = self.problem, ""
        self.form_key = str(new_id())
        async with self._reading() as (session, actor):
            await self._show(session, actor, self._day)
        self.problem, self.done = problem, "" if problem else said


def month_end(on: date) -> date:
    return (on.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _last_of(text: str) -> date | None:
    """The last day of `2026-11`; None for what is no month."""
    try:
        return month_end(date.fromisoformat(f"{text}-01"))
    except ValueError:
        return None
