"""Late payments and reminders: the rule in force, and a new version of it."""

from dataclasses import replace
from decimal import Decimal, InvalidOperation

import reflex as rx

from app.domain.groups import access
from app.domain.groups.late_rules import FINES, LateRule, SetLateRule, get_late_rule, set_late_rule
from app.kit.actor import Actor
from app.kit.db import Session
from app.kit.errors import Faults, InvalidInput
from app.kit.i18n import t
from app.kit.money import parse_amount
from app.web.presenters.amounts import digits
from app.web.presenters.late import late_sentences, share
from app.web.screen import Screen
from app.web.session import event


class LateState(Screen, rx.State):
    lines: list[str] = []
    fine: str = "none"
    amount: str = ""
    percent: str = ""
    title: str = ""
    grace_days: str = "0"
    every_days: str = "0"
    steps: str = "1"
    before_days: str = "0"
    on_due: str = "yes"
    after_days: str = "0"
    _rule: LateRule = LateRule()
    _currency: str = ""

    async def _begin(self, session: Session, actor: Actor) -> None:
        """With the page; its state has the transaction."""
        self._clear()
        self._currency = (await access.get_group(session, actor)).currency
        self._show(await get_late_rule(session, actor))

    def _show(self, rule: LateRule) -> None:
        self._rule, self.lines, self.fine = rule, late_sentences(rule, self._currency), rule.fine
        self.amount = digits(rule.amount_minor, self._currency) if rule.amount_minor else ""
        self.percent, self.title = share(rule) if rule.rate_ppm else "", rule.title
        self.grace_days, self.every_days, self.steps = f"{rule.grace_days}", f"{rule.every_days}", f"{rule.steps}"
        self.before_days, self.after_days = f"{rule.before_days}", f"{rule.after_days}"
        self.on_due = "yes" if rule.on_due else "no"
        self._new_form()

    @event("admin")
    async def choose_fine(self, fine: str):
        self.fine = fine if fine in FINES else "none"

    @event("admin")
    async def save(self, form: dict[str, str]):
        self._clear()
        async with self._work() as (session, actor):
            self._show(await set_late_rule(session, actor, SetLateRule(self._read(form))))
            self.done = t("late.saved")

    def _read(self, form: dict[str, str]) -> LateRule:
        """Raises InvalidInput for each field that can't be read; what is not asked is as it was."""
        words = {name: str(text or "")[:40].strip() for name, text in form.items()}
        faults, rule = Faults(), replace(self._rule, fine=self.fine)
        if self.fine == "amount":
            with faults.gather():
                minor = parse_amount(words.get("fine_amount", ""), self._currency, field="fine_amount")
                rule = replace(rule, amount_minor=minor)
        if self.fine == "share":
            with faults.gather():
                rule = replace(rule, rate_ppm=_millionths(words.get("fine_share", "")))
        for name in ("grace_days", "every_days", "steps", "before_days", "after_days"):
            if name in words:
                with faults.gather():
                    rule = replace(rule, **{name: _number(words[name], name)})
        faults.raise_found()
        return replace(rule, title=words.get("fine_title", rule.title), on_due=words.get("on_due", "yes") == "yes")


def _millionths(text: str) -> int:
    """Of `2.5`, in percent. Raises InvalidInput."""
    try:
        value = Decimal(text.replace(",", ".").removesuffix("%").strip()).scaleb(4)
    except InvalidOperation:
        raise InvalidInput("fine_share", "fine_share") from None
    if not value.is_finite() or value != value.to_integral_value() or not 0 < value <= 10**6:
        raise InvalidInput("fine_share", "fine_share")
    return int(value)


def _number(text: str, field: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 4):
        raise InvalidInput(field, "number")
    return int(text)
