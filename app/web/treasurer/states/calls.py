"""A contribution's form, new or as it stands; asking who joined later, and closing it."""

import reflex as rx

from app.domain.contributions import changing, service
from app.domain.contributions import reading as contributions
from app.domain.contributions.changing import AskLater, ChangeCall, CloseCall
from app.domain.contributions.service import OpenCall
from app.domain.contributions.views import CallView, TodayView
from app.domain.groups import access
from app.domain.groups.views import GroupView
from app.kit.errors import Faults
from app.kit.i18n import t
from app.kit.money import parse_amount
from app.web.presenters.amounts import amount, digits
from app.web.presenters.dates import day, month
from app.web.screen import FormScreen, parse_date, parse_id
from app.web.session import event
from app.web.treasurer.states.collections import CollectionsState

FIELDS = ("title", "amount", "due_on")


class CallState(FormScreen, rx.State):
    """`form` is what the dialog is about: a new contribution, one that stands, or the question before one is opened or
    closed.
    """

    form: str = ""
    heading: str = ""
    note: str = ""
    title: str = ""
    amount: str = ""
    amount_label: str = ""
    is_amount_fixed: bool = False
    due_on: str = ""
    today: str = ""
    later: str = ""
    still_open: str = ""
    asks: str = ""
    """What opening it asks of all together."""
    problems: dict[str, str] = dict.fromkeys(FIELDS, "")
    _call: CallView | None = None
    _new: OpenCall | None = None
    _members: int = 0
    _currency: str = ""
    _step_minor: int = 1

    @event("treasurer")
    async def leave(self):
        self._clear()
        self.form = ""

    @event("treasurer")
    async def start(self):
        """A new one, as the group's rules suggest it."""
        self._begin()
        async with self._work() as (session, actor):
            next_ = await contributions.suggest_call(session, actor)
            self._know(await contributions.today(session, actor), await access.get_group(session, actor))
            self.heading = t("collections.open_title")
            if next_.amount_minor:
                self.amount = digits(next_.amount_minor, next_.currency)
            if next_.due_on:
                self.due_on = next_.due_on.isoformat()
                self.title = t(f"collections.suggested.{next_.purpose}", period=month(next_.due_on))
        self.form = "" if self.problem else "new"

    @event("treasurer")
    async def change(self, call_id: str):
        """One that stands."""
        self._begin()
        async with self._work() as (session, actor):
            now = await contributions.today(session, actor, call_id=parse_id(call_id))
            assert now.call is not None
            self._know(now, await access.get_group(session, actor))
            self._fill(now.call)
        self.form = "" if self.problem else "change"

    def _begin(self) -> None:
        self._clear()
        self._new_form()
        self._call = self._new = None
        self.title = self.amount = self.due_on = self.later = self.still_open = ""
        self.is_amount_fixed = False

    def _know(self, now: TodayView, group: GroupView) -> None:
        self._step_minor = service.smallest_asked(group.way, group.currency)
        self._members = now.members
        self.today, self._currency = now.today.isoformat(), now.currency
        self.amount_label = t("collections.amount", currency=now.currency)
        self.note = t("collections.open_note", count=now.members)

    def _fill(self, call: CallView) -> None:
        self._call, self.heading = call, t("collections.change_title", title=call.title)
        self.title, self.due_on = call.title, call.due_on.isoformat()
        self.amount, self.is_amount_fixed = digits(call.amount_minor, call.currency), call.is_touched
        still_open = call.unpaid + call.part_paid
        self.later = t("collections.later", count=call.unasked) if call.unasked else ""
        self.still_open = t("collections.still_open", count=still_open) if still_open else ""

    @event("treasurer")
    async def save(self, form: dict[str, str]):
        if self.form not in ("new", "change"):
            return
        self._clear()
        self.title = str(form.get("title", ""))[:200]
        self.due_on = str(form.get("due_on", ""))[:10]
        if not self.is_amount_fixed:
            self.amount = str(form.get("amount", ""))[:40]
        done = ""
        async with self._work() as (session, actor):
            asked = self._asked()
            if self._call:
                command = ChangeCall(self._call.id, asked.title, asked.amount_minor, asked.due_on)
                view = await changing.change_call(session, actor, command)
                done = t("collections.changed", title=view.title)
            else:
                self._ask_open(asked)
        if done:
            await self._finish(done)

    def _ask_open(self, asked: OpenCall) -> None:
        """Before everybody is asked, what it comes to."""
        self._new, self.form = asked, "open"
        self.heading = t("collections.open_ask", title=asked.title)
        self.asks = t(
            "collections.open_sum",
            count=self._members,
            each=amount(asked.amount_minor, self._currency),
            total=amount(self._members * asked.amount_minor, self._currency),
            due=day(asked.due_on),
        )

    @event("treasurer")
    async def back(self):
        """To the form, as it was typed."""
        if self.form == "open":
            self._clear()
            self.form, self.heading = "new", t("collections.open_title")

    @event("treasurer")
    async def open(self):
        if self.form != "open" or not self._new:
            return
        self._clear()
        done = ""
        async with self._work() as (session, actor):
            view = await service.open_call(session, actor, self._new)
            done = t("collections.opened", title=view.title, count=view.dues)
        if self.problem:
            self.form, self.heading = "new", t("collections.open_title")
        await self._finish(done)

    def _asked(self) -> OpenCall:
        """What was typed. Raises InvalidInput with every fault of the form, not the first alone."""
        faults, amount_minor, due_on = Faults(), None, None
        with faults.gather():
            amount_minor = parse_amount(self.amount, self._currency)
        with faults.gather():
            due_on = parse_date(self.due_on, field="due_on")
        is_kept = self._call is not None and due_on == self._call.due_on
        today = parse_date(self.today, field="due_on")
        asked = None if self._call is not None and amount_minor == self._call.amount_minor else amount_minor
        service.check_call(
            faults,
            self.title,
            asked,
            None if is_kept else due_on,
            today,
            step_minor=self._step_minor,
            currency=self._currency,
        )
        faults.raise_found()
        assert amount_minor is not None
        assert due_on is not None
        return OpenCall(title=self.title, amount_minor=amount_minor, due_on=due_on, key=self.form_key)

    @event("treasurer")
    async def ask_later(self):
        """Who joined after it was opened."""
        if self.form != "change" or not self._call:
            return
        self._clear()
        done = ""
        async with self._work() as (session, actor):
            view = await changing.ask_later(session, actor, AskLater(self._call.id))
            done = t("collections.later_done", title=view.title, count=view.dues)
        await self._finish(done)

    @event("treasurer")
    async def ask_close(self):
        if self.form != "change" or not self._call or not self.still_open:
            return
        self._clear()
        self.form, self.heading = "close", t("collections.close_title", title=self._call.title)

    @event("treasurer")
    async def close(self):
        if self.form != "close" or not self._call:
            return
        self._clear()
        done = ""
        async with self._work() as (session, actor):
            view = await changing.close_call(session, actor, CloseCall(self._call.id))
            done = t("collections.closed", title=view.title)
        await self._finish(done)

    async def _finish(self, done: str) -> None:
        """What was done is said on the page, whose rows are others now."""
        if self.problem:
            return
        self.form = ""
        page = await self.get_state(CollectionsState)
        page._clear()
        await page._list()
        page.done = done
