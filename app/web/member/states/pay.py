"""Pay: how to pay one due outside, then send its code; what was sent and waits."""

from dataclasses import dataclass, replace
from datetime import date

import reflex as rx

from app.domain.contributions import reading as contributions
from app.domain.contributions.views import DueView
from app.domain.groups import access
from app.domain.payments import reading as waiting
from app.domain.payments import service as payments
from app.domain.payments.commands import DecidePayment, Part, SubmitPayment
from app.domain.payments.errors import AmountTooHigh
from app.domain.payments.rules import Message, read_message, spread
from app.kit.actor import Actor
from app.kit.db import Session
from app.kit.errors import InvalidInput
from app.kit.i18n import t
from app.kit.ids import in_fours
from app.kit.money import parse_amount
from app.web.member.states.home import DueRow, due_row, waiting_part
from app.web.presenters.amounts import amount, digits
from app.web.presenters.dates import day, days_until
from app.web.presenters.kept import kept_words
from app.web.presenters.qr import qr_path
from app.web.presenters.sent import SentRow, sent_row
from app.web.presenters.upi import upi_link
from app.web.screen import Screen, parse_date, parse_id
from app.web.session import event

MAX_MESSAGE = 1000
ALL = "all"
"""In place of a due's id: all that are to pay, in one payment."""


@dataclass(frozen=True)
class AlsoRow:
    """Another due that the same payment may cover."""

    id: str
    title: str
    figure: str
    ticked: bool


@dataclass(frozen=True)
class WayWords:
    """How this group's members pay, in words."""

    step: str = ""
    place: str = ""
    account: str = ""
    none: str = ""
    then: str = ""
    code: str = ""
    code_hint: str = ""


def way_words(way: str) -> WayWords:
    names = ("step", "place", "account", "none", "then", "code", "code_hint")
    said = {"mpesa": lambda name: t(f"pay.mpesa.{name}"), "upi": lambda name: t(f"pay.upi.{name}")}[way]
    return WayWords(**{name: said(name) for name in names})


def _plain(text: str, currency: str) -> str:
    """An amount as the form's field holds it; what is none stays as it is."""
    try:
        return digits(parse_amount(text, currency), currency)
    except InvalidInput:
        return text


class PayState(Screen, rx.State):
    """With several dues to pay and none named, `choices` stand alone; `due_id` is empty when none can be paid."""

    due_id: str = ""
    title: str = ""
    amount: str = ""
    amount_digits: str = ""
    amount_label: str = ""
    due_line: str = ""
    waits: str = ""
    kept: str = ""
    """What is kept for a later due, in a sentence; empty for nothing."""
    reference: str = ""
    reference_plain: str = ""
    words: WayWords = WayWords()
    pay_to: str = ""
    upi_link: str = ""
    qr: str = ""
    qr_box: str = ""
    rejected: str = ""
    rejected_what: str = ""
    code: str = ""
    paid: str = ""
    paid_on: str = ""
    today: str = ""
    choices: list[DueRow] = []
    all_amount: str = ""
    """Of all choices in one payment; empty where there is but one."""
    together: str = ""
    """How many dues the payment covers, in words; empty for one."""
    also: list[AlsoRow] = []
    """Other dues that the payment may cover too; `amount` is of all that are ticked."""
    sent: list[SentRow] = []
    taking_back: SentRow = SentRow()
    """What the reader is asked about; without an id, nothing."""
    is_sent: bool = False
    """A code was sent just now: what is left to pay is only offered."""
    taken: str = ""
    """The code that was found in a longer text: its field starts anew with it."""
    entry: str = ""
    """Changes when the fields start anew: what is typed while the page loads again stays."""
    _way: str = ""
    _group: str = ""
    _currency: str = ""
    _times_sent: int = 0
    _left: list[tuple[str, int]] = []
    """What is left to pay of the due and of the others, in minor units; the due first."""

    @event("member")
    async def load(self):
        """`?due=` names the due, or all of them."""
        self._clear()
        self.is_sent, self.taking_back = False, SentRow()
        await self._list(self.router.url.query_parameters.get("due", ""), arrives=True)

    @event("member")
    async def refresh(self):
        """Something changed in the group: what was sent, and the choices; an open form and its key stay."""
        async with self._refreshing() as (session, actor):
            if self.due_id:
                self.sent = [sent_row(view) for view in await waiting.list_my_waiting(session, actor)]
            else:
                await self._read(session, actor, "")

    async def _list(self, wanted: str = "", *, arrives: bool = False) -> None:
        self._new_form()
        self.due_id, self.code, self.taken, self.also = "", "", "", []
        async with self._reading(arrives=arrives) as (session, actor):
            await self._read(session, actor, wanted)

    async def _read(self, session: Session, actor: Actor, wanted: str) -> None:
        home = await contributions.home(session, actor)
        group = await access.get_group(session, actor)
        self.sent = [sent_row(view) for view in await waiting.list_my_waiting(session, actor)]
        self.pay_to, self._currency, self._way, self._group = group.pay_to or "", home.currency, group.way, group.name
        self.words = way_words(group.way)
        self.today = self.paid_on = home.today.isoformat()
        self.kept = kept_words(await contributions.kept_for_me(session, actor), home.currency)
        payable = [due for due in home.dues if due.open_minor > due.waiting_minor]
        named = [due for due in payable if str(due.id) == wanted]
        is_all = wanted == ALL and len(payable) > 1
        has_choice = bool(payable) and (len(payable) > 1 or self.is_sent) and not named and not is_all
        self.choices = [due_row(due, home.today) for due in payable] if has_choice else []
        left = sum(due.open_minor - due.waiting_minor for due in payable)
        self.all_amount = amount(left, home.currency) if has_choice and len(payable) > 1 else ""
        if payable and not has_choice:
            due = (named or payable)[0]
            self._offer([due, *(one for one in payable if one.id != due.id)], ticked=is_all)
            self._show(due, days_until(due.due_on, home.today))
        self.phase = "ready" if payable or self.sent else "empty"

    def _offer(self, dues: list[DueView], *, ticked: bool) -> None:
        """The first is what is paid; the same payment may cover the others, all of them where they are `ticked`."""
        self._left = [(str(due.id), due.open_minor - due.waiting_minor) for due in dues]
        self.also = [
            AlsoRow(str(due.id), due.title, amount(left, due.currency), ticked=ticked)
            for due, (_, left) in zip(dues[1:], self._left[1:], strict=True)
        ]

    def _show(self, due: DueView, days: str) -> None:
        self.due_id, self.title = str(due.id), due.title
        self.amount_label = t("pay.amount_paid", currency=due.currency)
        self.due_line = t("due.by", day=day(due.due_on), days=days)
        self.waits = waiting_part(due)
        self.reference, self.reference_plain = in_fours(due.reference), due.reference
        self.rejected, self.rejected_what = "", ""
        if due.rejected:
            self.rejected = due.rejected.reason
            self.rejected_what = t(
                "pay.rejected", code=due.rejected.code, amount=amount(due.rejected.amount_minor, due.currency)
            )
        self._total()

    def _chosen(self) -> list[tuple[str, int]]:
        ticked = {self.due_id, *(row.id for row in self.also if row.ticked)}
        return [(due_id, left) for due_id, left in self._left if due_id in ticked]

    def _total(self) -> None:
        """The amount to pay, wherever it stands: of the due and of what is ticked."""
        chosen = self._chosen()
        total = sum(left for _, left in chosen)
        self.together = t("pay.all_title", count=len(chosen)) if len(chosen) > 1 else ""
        self.amount, self.amount_digits = amount(total, self._currency), digits(total, self._currency)
        self.paid = self.amount_digits
        has_link = self._way == "upi" and self.pay_to != ""
        note = f"{self.reference_plain} {self.title}"
        self.upi_link = (
            upi_link(self.pay_to, self._group, total, self._currency, self.reference_plain, note) if has_link else ""
        )
        self.qr, self.qr_box = qr_path(self.upi_link) if has_link else ("", "")
        self.entry = f"{self.due_id} {total} {self._times_sent}"

    @event("member")
    async def tick(self, due_id: str):
        """The payment covers this due too, or not."""
        self._clear()
        self.also = [replace(row, ticked=not row.ticked) if row.id == due_id else row for row in self.also]
        self._total()

    @event("member")
    async def send(self, form: dict[str, str]):
        """The member's "I have paid"."""
        if not self.due_id:
            return
        self._clear()
        typed, self.paid = str(form.get("code", ""))[:MAX_MESSAGE], str(form.get("amount", ""))[:40]
        self.paid_on = str(form.get("paid_on", ""))[:10]
        said = read_message(self._way, typed)
        self.code = said.code if said else typed
        if said and self.code != typed:
            self.taken = self.code
            if self._take_over(said):
                return
        async with self._work() as (session, actor):
            chosen = [(parse_id(due_id), left) for due_id, left in self._chosen()]
            parts = spread(parse_amount(self.paid, self._currency), chosen)
            command = SubmitPayment(
                parts=tuple(Part(claim_id, amount_minor) for claim_id, amount_minor in parts),
                method=self._way,
                provider_code=self.code,
                paid_on=parse_date(self.paid_on, field="paid_on"),
                key=self.form_key,
            )
            await payments.submit_payment(session, actor, command)
        if self._refusal == AmountTooHigh.code:
            await self._say_what_is_left()
        elif not self.problem:
            self._times_sent += 1
            self.is_sent = True
            await self._list()
            self.done = t("pay.sent")

    def _take_over(self, said: Message) -> bool:
        """Whether the message says another amount or day than the form: those stand in it now, to be looked at."""
        before = _plain(self.paid, self._currency), self.paid_on
        now = _plain(said.amount, self._currency) or before[0], before[1]
        if said.paid_on and said.paid_on.isoformat() <= self.today:
            now = now[0], said.paid_on.isoformat()
        if now == before:
            return False
        self.paid, self.paid_on = now
        self.entry = f"{self.entry} {self.paid} {self.paid_on}"
        when = day(date.fromisoformat(self.paid_on)) if self.paid_on else ""
        self.problem = t("pay.message_says", amount=f"{self._currency}\u00a0{self.paid}", day=when)
        self.problem_field = "amount"
        return True

    async def _say_what_is_left(self) -> None:
        """Too much was written: the page learns what is left by now, and says it."""
        async with self._work() as (session, actor):
            dues = {str(due.id): due for due in (await contributions.home(session, actor)).dues}
            now = [dues[due_id] for due_id, _ in self._chosen() if due_id in dues]
            owed, waits = sum(due.open_minor for due in now), sum(due.waiting_minor for due in now)
            figures = {"left": owed - waits, "owed": owed, "waits": waits}
            words = {name: amount(minor, self._currency) for name, minor in figures.items()}
            others = any(not row.ticked for row in self.also)
            key = "pay.too_much_also" if others else "pay.too_much_waits" if waits else "pay.too_much"
            self.problem = t(key, **words)

    @event("member")
    async def choose(self, due_id: str):
        """One of the choices, after something was sent; a link to the page that is open would lead nowhere."""
        self._clear()
        self.is_sent = False
        await self._list(due_id)

    @event("member")
    async def ask_back(self, payment_id: str):
        """Before anything is taken back: which code it is."""
        self._clear()
        self.taking_back = next((row for row in self.sent if row.id == payment_id), SentRow())

    @event("member")
    async def keep(self):
        self._clear()
        self.taking_back = SentRow()

    @event("member")
    async def take_back(self):
        row = self.taking_back
        if not row.id:
            return
        self._clear()
        async with self._work() as (session, actor):
            await payments.withdraw_payment(
                session, actor, DecidePayment(parse_id(row.id), key=f"{self.form_key}:{row.id}")
            )
        if not self.problem:
            self.is_sent, self.taking_back = False, SentRow()
            await self._list()
            self.done = t("pay.taken_back")
