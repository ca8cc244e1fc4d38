"""A new schedule for a running loan, before anybody signs it: the form, and in words what it would ask for."""

from typing import Any

import reflex as rx

from app.domain.governance.ports import Matter
from app.domain.loans import amending
from app.domain.loans.commands import QuoteReschedule
from app.domain.loans.views import LoanView, RescheduleQuote
from app.kit.i18n import t
from app.web.components import field, form
from app.web.presenters.amounts import amount
from app.web.presenters.dates import day
from app.web.presenters.loans import last_words
from app.web.screen import Screen, parse_date, parse_id, parse_number


class NewSchedule(Screen, mixin=True):
    """`count` instalments from `first_on` on, typed; `preview` says what they would be. States mark the events."""

    count: str = ""
    first_on: str = ""
    why: str = ""
    preview: list[str] = []

    def _forget_schedule(self) -> None:
        self.count = self.first_on = self.why = ""
        self.preview = []

    def _offer_schedule(self, view: LoanView) -> None:
        """As many instalments as are left, unless something was typed."""
        self.count = self.count or f"{max(1, sum(1 for row in view.instalments if row.unpaid_minor))}"

    async def _look(self, loan_id: str, count: str, first_on: str) -> None:
        """What is half typed is shown as nothing, and not told of yet."""
        self._clear()
        self.count, self.first_on, self.preview = count[:5], first_on[:10], []
        async with self._work() as (session, actor):
            first = parse_date(self.first_on, field="first_on")
            asked = QuoteReschedule(parse_id(loan_id), parse_number(self.count), first)
            self.preview = preview_words(await amending.quote_reschedule(session, actor, asked))
        self._clear()

    def _typed_schedule(self, typed: dict[str, str]) -> None:
        self.count, self.first_on = str(typed.get("repayments", ""))[:5], str(typed.get("first_on", ""))[:10]
        self.why = str(typed.get("note", ""))[:600]

    def _schedule_matter(self, loan_id: str) -> Matter:
        terms = {"repayments": self.count, "first_on": self.first_on}
        return Matter(note=self.why, subject_id=parse_id(loan_id), terms=terms)


def preview_words(found: RescheduleQuote) -> list[str]:
    """A new schedule in plain words."""
    rows = found.schedule.rows
    words = [
        t(
            "loan.reschedule_preview",
            count=len(rows),
            each=amount(rows[0].total_minor, found.currency),
            last=day(rows[-1].due_on),
            interest=amount(found.schedule.totals.interest_minor, found.currency),
        )
    ]
    words.append(last_words([row.total_minor for row in rows], found.currency))
    if found.carried_minor:
        words.append(t("loan.reschedule_carried", amount=amount(found.carried_minor, found.currency)))
    if found.capitalised_minor:
        words.append(t("loan.reschedule_joined", amount=amount(found.capitalised_minor, found.currency)))
    return [one for one in words if one]


def schedule_form(state: Any, *acts: rx.Component, on_submit: rx.EventHandler) -> rx.Component:
    """`state` is a NewSchedule with `today`, and with the events `type_count` and `type_first`."""
    wrong = {"problem": state.problem, "problem_field": state.problem_field}
    return form(
        rx.el.p(t("loan.reschedule_note"), class_name="small muted"),
        field(
            t("loan.reschedule_count"),
            "repayments",
            input_mode="numeric",
            auto_complete="off",
            default_value=state.count,
            on_change=state.type_count.debounce(350),
            **wrong,
        ),
        field(
            t("loan.reschedule_first"),
            "first_on",
            type="date",
            min=state.today,
            default_value=state.first_on,
            on_change=state.type_first.debounce(350),
            **wrong,
        ),
        rx.el.div(
            rx.foreach(state.preview, lambda words: rx.el.p(words, class_name="small")),
            class_name="stack stack--8",
            custom_attrs={"aria-live": "polite"},
        ),
        field(t("loan.reschedule_why"), "note", auto_complete="off", default_value=state.why, **wrong),
        *acts,
        on_submit=on_submit,
        key=rx.Var.create("r") + state.form_key,
    )
