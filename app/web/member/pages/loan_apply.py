"""Asking for a loan: how much, how long, what it costs, who must agree."""

import reflex as rx

from app.kit.i18n import t
from app.web.components import banner, button, card, choice, empty, field, form, icon, message, phases
from app.web.components.parts import disclosure
from app.web.layouts import phone_shell
from app.web.member.states.loan_apply import Choice, LoanApplyState, Named, PlanRow

STYLES = "/loans.css"


def loan_apply() -> rx.Component:
    state = LoanApplyState
    return phone_shell(
        rx.el.link(rel="stylesheet", href=STYLES),
        rx.el.div(rx.el.h1(t("apply.title")), rx.el.p(state.terms, class_name="muted small")),
        message(state.problem, state.problem_field, state.done),
        phases(
            state.phase,
            state.problem,
            state.load,
            ready=_ready(),
            empty=empty(t("loans.none_title"), t("loans.none")),
        ),
        active="/loans",
        back="/loans",
    )


def _option(one: Choice) -> rx.Component:
    return rx.el.option(one.label, value=one.value)


def _ready() -> rx.Component:
    state = LoanApplyState
    wrong = {"problem": state.problem, "problem_field": state.problem_field}
    return form(
        rx.cond(
            state.products.length() > 1,
            choice(
                t("apply.product"),
                "product",
                rx.foreach(state.products, _option),
                value=state.product_id,
                on_change=state.choose,
            ),
        ),
        rx.cond(state.closes != "", banner(rx.el.strong(state.closes), rx.el.p(state.settles))),
        field(
            t("apply.amount"),
            "amount",
            hint=state.limit,
            input_mode="decimal",
            auto_complete="off",
            default_value=state.amount,
            on_change=state.type_amount.debounce(600),
            key=rx.Var.create("a") + state.entry,
            **wrong,
        ),
        _length(),
        rx.cond(state.reasons.length() > 0, _reasons()),
        rx.cond(state.cost.each != "", rx.fragment(_cost(), _plan())),
        field(
            t("apply.purpose"),
            "purpose",
            hint=t("apply.purpose_hint"),
            auto_complete="off",
            default_value=state.purpose,
            on_change=state.type_purpose.debounce(350),
            key=rx.Var.create("p") + state.entry,
            **wrong,
        ),
        rx.el.section(
            rx.el.h2(t("apply.who")),
            rx.el.p(state.signs, class_name="small muted"),
            rx.foreach(state.named, _guarantor),
            rx.cond(
                (state.problem_field == "guarantors") & (state.problem != ""),
                rx.el.p(icon("warn", size="s"), state.problem, class_name="field__error", role="alert"),
            ),
            class_name="section",
        ),
        button(t("apply.save"), kind="primary", type="submit"),
        rx.el.p(t("apply.save_note"), class_name="small muted"),
        on_submit=state.save,
    )


def _length() -> rx.Component:
    state = LoanApplyState
    return rx.el.div(
        rx.el.span(t("apply.length"), class_name="strong", id="length"),
        rx.el.div(
            rx.el.button("\u2212", type="button", on_click=state.fewer, custom_attrs={"aria-label": t("apply.fewer")}),
            rx.el.output(state.length, custom_attrs={"aria-live": "polite"}),
            rx.el.button("+", type="button", on_click=state.more, custom_attrs={"aria-label": t("apply.more")}),
            class_name="stepper",
            role="group",
            custom_attrs={"aria-labelledby": "length"},
        ),
        rx.el.p(state.edge, class_name="field__hint", custom_attrs={"aria-live": "polite"}),
        class_name="field",
    )


def _reasons() -> rx.Component:
    return banner(
        rx.el.strong(t("apply.not_yet")),
        rx.el.ul(rx.foreach(LoanApplyState.reasons, rx.el.li)),
        kind="bad",
        sign="warn",
    )


def _cost() -> rx.Component:
    cost = LoanApplyState.cost
    return rx.el.section(
        rx.el.span(t("apply.each"), class_name="figure__label"),
        rx.el.span(cost.each, class_name="figure__value amount"),
        rx.el.span(cost.each_note, class_name="figure__sub"),
        rx.el.h2(cost.total),
        rx.el.div(rx.el.i(style={"width": cost.share}), class_name="split", custom_attrs={"aria-hidden": "true"}),
        rx.el.dl(
            rx.el.div(rx.el.dt(rx.el.i(class_name="sw"), t("apply.borrow")), rx.el.dd(cost.borrowed)),
            rx.el.div(rx.el.dt(rx.el.i(class_name="sw sw--cost"), cost.interest_label), rx.el.dd(cost.interest)),
            rx.cond(
                cost.fee != "",
                rx.el.div(rx.el.dt(rx.el.i(class_name="sw sw--cost"), t("apply.fee")), rx.el.dd(cost.fee)),
            ),
            class_name="parts",
        ),
        rx.cond(cost.words != "", banner(rx.el.strong(t("apply.plain")), rx.el.p(cost.words))),
        rx.el.p(LoanApplyState.late, ".", class_name="small muted"),
        class_name="card loan-cost",
        custom_attrs={"aria-live": "polite"},
    )


def _row(row: PlanRow) -> rx.Component:
    return rx.el.tr(
        rx.el.td(row.due),
        rx.el.td(row.total, class_name="num"),
        rx.el.td(row.interest, class_name="num"),
        rx.el.td(row.left, class_name="num"),
    )


def _table(rows: rx.Var[list[PlanRow]]) -> rx.Component:
    return rx.el.table(
        rx.el.thead(
            rx.el.tr(
                rx.el.th(t("apply.on")),
                rx.el.th(t("apply.you_pay"), class_name="num"),
                rx.el.th(t("apply.of_interest"), class_name="num"),
                rx.el.th(t("apply.left"), class_name="num"),
            )
        ),
        rx.el.tbody(rx.foreach(rows, _row)),
        class_name="tbl tight plan",
    )


def _plan() -> rx.Component:
    state = LoanApplyState
    return rx.el.section(
        rx.el.h2(t("apply.payments")),
        card(
            _table(state.first),
            rx.cond(state.rest.length() > 0, disclosure(t("apply.all"), _table(state.rest))),
        ),
        class_name="section",
    )


def _guarantor(one: Named) -> rx.Component:
    return choice(
        one.label,
        one.name,
        rx.el.option(t("apply.choose"), value=""),
        rx.foreach(
            LoanApplyState.members,
            lambda each: rx.el.option(
                each.label,
                value=each.value,
                selected=each.value == one.member_id,
                disabled=each.is_off & (each.value != one.member_id),
            ),
        ),
        on_change=LoanApplyState.pick,
        key=one.name + one.member_id,
    )
