"""Home: have I paid, what do I owe, by when."""

from dataclasses import dataclass
from datetime import date
from operator import itemgetter

import reflex as rx

from app.domain.cashbook.reading import held_for_me
from app.domain.contributions import reading as contributions
from app.domain.contributions.views import DueView
from app.domain.loans.reading import loans_now
from app.domain.loans.views import LoanDue
from app.domain.receipts import service as receipts
from app.kit.actor import Actor
from app.kit.db import Session
from app.kit.i18n import t
from app.web.presenters.amounts import amount, exact
from app.web.presenters.dates import day, days_until
from app.web.presenters.receipts import ReceiptLineRow, receipt_line
from app.web.screen import Screen
from app.web.session import event


@dataclass(frozen=True)
class DueRow:
    """What one owes, a due or a loan's: `state` is to_pay, sent, late, or empty of a loan that is in time."""

    id: str
    href: str
    title: str
    figure: str
    when: str
    state: str
    state_word: str
    amount: str = ""
    reference: str = ""
    paid: str = ""
    waits: str = ""
    rejected: str = ""


def waiting_part(due: DueView) -> str:
    """What of a due that is still to pay was sent and waits; empty where nothing or all of it was."""
    if not 0 < due.waiting_minor < due.open_minor:
        return ""
    owed, waits = amount(due.open_minor, due.currency), amount(due.waiting_minor, due.currency)
    return t("due.waiting_part", owed=owed, waits=waits)


def due_row(due: DueView, today: date) -> DueRow:
    """The figure is what is left to send, as on Pay; of a due that was sent whole, what is owed."""
    left = due.open_minor - due.waiting_minor
    shown = left if left > 0 else due.open_minor
    paid = due.amount_minor - due.open_minor
    state = "sent" if left <= 0 else "late" if due.is_overdue else "to_pay"
    return DueRow(
        id=str(due.id),
        href=f"/pay?due={due.id}",
        title=due.title,
        figure=exact(shown, due.currency),
        when=t("due.by", day=day(due.due_on), days=days_until(due.due_on, today)),
        state=state,
        state_word=t(f"due.{state}"),
        amount=amount(shown, due.currency),
        reference=due.reference[:4] + "-" + due.reference[4:],
        paid=t("due.paid_part", paid=amount(paid, due.currency), asked=amount(due.amount_minor, due.currency))
        if paid
        else "",
        waits=waiting_part(due),
        rejected=t("home.rejected", reason=due.rejected.reason) if due.rejected else "",
    )


def loan_due_row(one: LoanDue, today: date, currency: str) -> DueRow:
    """As a due: the figure is what is left to send; of what was sent whole, what is asked for."""
    is_late, left = one.due_on < today, one.to_send_minor
    words = {"owed": amount(one.due_minor, currency), "waits": amount(one.waiting_minor, currency)}
    return DueRow(
        id=str(one.id),
        href=f"/loan?id={one.id}",
        title=t("home.loan", no=one.no),
        figure=exact(left or one.due_minor, currency),
        when=t("due.by", day=day(one.due_on), days=days_until(one.due_on, today)),
        state="sent" if not left else "late" if is_late else "",
        state_word=t("due.sent") if not left else t("loan.late") if is_late else "",
        waits=t("due.waiting_part", **words) if left and one.waiting_minor else "",
    )


class HomeState(Screen, rx.State):
    paid_this_year: str = ""
    paid_label: str = ""
    paid_href: str = "/passbook"
    owed: str = ""
    owed_note: str = ""
    next_due: str = ""
    next_due_note: str = ""
    pay_href: str = ""
    pay_amount: str = ""
    is_all_paid: bool = False
    free_words: str = ""
    free_note: str = ""
    owing: list[DueRow] = []
    """By the day on which each is due."""
    asked: str = ""
    """That others ask the reader to stand for their loans."""
    receipts: list[ReceiptLineRow] = []

    @event("member")
    async def load(self):
        async with self._reading(arrives=True) as (session, actor):
            await self._show(session, actor)

    @event("member")
    async def refresh(self):
        """Something changed in the group."""
        async with self._refreshing() as (session, actor):
            await self._show(session, actor)

    async def _show(self, session: Session, actor: Actor) -> None:
        view = await contributions.home(session, actor)
        issued = await receipts.list_my_receipts(session, actor, limit=3)
        today = view.today
        payable = [due for due in view.dues if due.open_minor > due.waiting_minor]
        left = sum(due.open_minor - due.waiting_minor for due in payable)
        held = await held_for_me(session, actor)
        if held.holds_savings:  # what one wants to know there is what one has
            self.paid_label, self.paid_href = t("savings.held"), "/savings"
            self.paid_this_year = amount(held.held_minor, held.currency)
        else:
            self.paid_label, self.paid_href = t("home.paid", year=today.year), "/passbook"
            self.paid_this_year = amount(await contributions.paid_this_year(session, actor), view.currency)
        loans = await loans_now(session, actor)
        lent, to_pay = sum(one.left_minor for one in loans.dues), [one for one in loans.dues if one.to_send_minor]
        waiting = view.waiting_minor + sum(one.waiting_minor for one in loans.dues)
        owing = [(due.due_on, due_row(due, today)) for due in view.dues]
        owing += [(one.due_on, loan_due_row(one, today, view.currency)) for one in loans.dues]
        self.owing = [row for _, row in sorted(owing, key=itemgetter(0))]
        self.asked = t("home.asked_to_stand", count=loans.asked) if loans.asked else ""
        self.owed = amount(view.owed_minor + lent, view.currency)
        self.owed_note = (
            t("home.waiting", amount=amount(waiting, view.currency))
            if waiting
            else t("home.dues_and_loan", count=len(view.dues), amount=amount(lent, view.currency))
            if lent
            else t("home.dues", count=len(view.dues))
        )
        next_on = min((on for on in (view.next_due_on, *(one.due_on for one in to_pay)) if on), default=None)
        self.next_due = day(next_on) if next_on else t("home.none")
        self.next_due_note = days_until(next_on, today) if next_on else ""
        if payable and not (to_pay and to_pay[0].due_on < payable[0].due_on):
            href, asked = f"/pay?due={'all' if len(payable) > 1 else payable[0].id}", left
        else:
            href, asked = (f"/loan?id={to_pay[0].id}", to_pay[0].to_send_minor) if to_pay else ("", 0)
        self.pay_href, self.pay_amount = href, amount(asked, view.currency)
        self.is_all_paid = not view.dues and not loans.dues
        self.free_words = t("home.all_paid") if issued else t("home.nothing_asked")
        self.free_note = t("home.all_paid_note") if issued else t("home.nothing_asked_note")
        self.receipts = [receipt_line(view) for view in issued]
        self.phase = "ready"
