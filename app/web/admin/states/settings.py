"""Settings of the group: what it is called, where money is paid, and what stays as it was opened."""

from dataclasses import dataclass
from uuid import UUID

import reflex as rx
from babel import Locale
from babel.dates import get_timezone_location
from babel.numbers import get_currency_name

from app.domain.groups import access, rules, service
from app.domain.groups.rules import DUE_DAYS, FREQUENCIES
from app.domain.groups.views import GroupView, RulesView, SetRules, UpdateGroup
from app.domain.identity.errors import StepUpNeeded
from app.kit.i18n import language, t
from app.kit.money import parse_amount
from app.web.admin.states.approvals import ApprovalsState
from app.web.admin.states.late import LateState
from app.web.admin.states.live import LiveState
from app.web.fresh_code import FreshCode
from app.web.place import load_place
from app.web.presenters.amounts import digits
from app.web.presenters.dates import day_of
from app.web.presenters.rules import sentences, weekday
from app.web.screen import parse_number
from app.web.session import event


@dataclass(frozen=True)
class DayChoice:
    """A day on which dues fall."""

    value: str
    label: str
    is_chosen: bool


class SettingsState(FreshCode, rx.State):
    name: str = ""
    short_name: str = ""
    pay_to: str = ""
    pay_to_label: str = ""
    pay_to_hint: str = ""
    currency: str = ""
    zone: str = ""
    country: str = ""
    code: str = ""
    rules: list[str] = []
    rules_since: str = ""
    amount: str = ""
    frequency: str = "once"
    days: list[DayChoice] = []
    _version: int = 0
    _currency: str = ""

    @event("admin")
    async def load(self):
        await load_place(self)
        self._clear()
        self._close_code()
        approvals = await self.get_state(ApprovalsState)
        approvals._put_away()
        await self._show()
        if self.phase == "ready":
            await approvals._show()

    async def _show(self) -> None:
        self._new_form()
        async with self._reading() as (session, actor):
            self._fill(await access.get_group(session, actor))
            self._fill_rules(await rules.get_rules(session, actor))
            await (await self.get_state(LateState))._begin(session, actor)
            await (await self.get_state(LiveState))._begin(session, actor)
            self.phase = "ready"

    def _fill(self, view: GroupView) -> None:
        self.name, self.short_name, self.pay_to = view.name, view.short_name, view.pay_to or ""
        self.pay_to_label, self.pay_to_hint = t(f"settings.pay_to.{view.way}"), t(f"settings.pay_to_hint.{view.way}")
        self.currency = f"{view.currency}, {get_currency_name(view.currency, locale=language.get())}"
        self.zone = f"{view.timezone}, {get_timezone_location(view.timezone, locale=language.get())}"
        self.country, self.code = Locale(language.get()).territories.get(view.country, view.country), view.code

    def _fill_rules(self, view: RulesView) -> None:
        self.rules, self._version, self._currency = sentences(view), view.version, view.currency
        self.amount = digits(view.amount_minor, view.currency) if view.amount_minor else ""
        self.rules_since = t("rules.since", day=day_of(view.set_at), version=max(view.version, 1))
        self._choose(view.frequency, view.due_day or 1)

    def _choose(self, frequency: str, due_day: int) -> None:
        self.frequency = frequency if frequency in FREQUENCIES else "once"
        last = DUE_DAYS.get(self.frequency, 0)
        self.days = [
            DayChoice(str(one), str(one) if self.frequency == "monthly" else weekday(one), one == due_day)
            for one in range(1, last + 1)
        ]

    @event("admin")
    async def choose_frequency(self, frequency: str):
        self._choose(frequency, 1)

    @event("admin")
    async def save_rules(self, form: dict[str, str]):
        self._clear()
        self.amount = str(form.get("amount", "")).strip()[:40]
        due_day = str(form.get("due_day", ""))
        async with self._work() as (session, actor):
            command = SetRules(
                version=self._version,
                amount_minor=parse_amount(self.amount, self._currency) if self.amount else None,
                frequency=str(form.get("frequency", "")),
                due_day=parse_number(due_day) if due_day else None,
            )
            await rules.set_rules(session, actor, command)
        if not self.problem:
            await self._show()
            self.done = t("rules.saved")

    @event("admin")
    async def save(self, form: dict[str, str]):
        """What is wrong is said first; another place to pay then takes a fresh code."""
        self._clear()
        self.name, self.short_name = str(form.get("name", ""))[:400], str(form.get("short_name", ""))[:400]
        self.pay_to = str(form.get("pay_to", ""))[:120]
        await self._save(None)

    @event("admin")
    async def confirm(self, form: dict[str, str]):
        """The code is typed: the change is made."""
        if (proof := await self._proof_of(form)) is not None:
            await self._save(proof)

    @event("admin")
    async def send_again(self):
        await self._ask_again()

    @event("admin")
    async def leave_code(self):
        """What was typed stays in its fields, unsaved."""
        self._clear()
        self._close_code()

    async def _save(self, proof: UUID | None) -> None:
        needs_code = False
        async with self._work() as (session, actor):
            command = UpdateGroup(self.name, self.short_name, self.pay_to, proof)
            try:
                await service.update_group(session, actor, command)
            except StepUpNeeded:
                needs_code = proof is None
                raise
        if needs_code:
            number = self.pay_to.strip()
            title = t("settings.code_title", number=number) if number else t("settings.code_title_none")
            await self._ask_code(title)
            return
        self._close_code()
        if not self.problem:
            await load_place(self)
            await self._show()
            self.done = t("settings.saved")
