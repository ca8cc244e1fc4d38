"""My savings: what the group holds, asking for it, and who has signed."""

import reflex as rx

from app.kit.i18n import t
from app.web.components import button, choice, empty, field, form, icon, lid, message, phases
from app.web.components.decisions import decision_list, voucher_link
from app.web.layouts import phone_shell
from app.web.member.states.savings import SavingsState
from app.web.presenters.decisions import DecisionRow


def savings() -> rx.Component:
    state = SavingsState
    return phone_shell(
        rx.el.h1(t("savings.title")),
        message(state.problem, state.problem_field, state.done),
        phases(
            state.phase,
            state.problem,
            state.load,
            ready=_ready(),
            empty=empty(t("savings.none_title"), t("error.nothing_held")),
        ),
        active="/savings",
        back="/home",
    )


def _ready() -> rx.Component:
    state = SavingsState
    return rx.el.div(
        rx.cond(
            state.holds_savings,
            rx.el.a(
                lid(),
                rx.el.span(t("savings.held"), icon("chevron"), class_name="figure__label"),
                rx.el.span(state.held, class_name="figure__value amount"),
                rx.el.span(t("savings.lines"), class_name="figure__sub"),
                href="/passbook",
                class_name="figure box",
            ),
        ),
        rx.cond(
            state.rows.length() > 0,
            rx.el.section(rx.el.h2(t("savings.requests")), decision_list(state.rows, _acts), class_name="section"),
        ),
        rx.cond(state.has_savings, _ask()),
        class_name="stack",
        style={"gap": "24px"},
    )


def _acts(row: DecisionRow) -> rx.Component:
    return rx.fragment(
        voucher_link(row),
        rx.cond(row.may_withdraw, button(t("out.take_back"), on_click=SavingsState.take_back(row.id))),
    )


def _ask() -> rx.Component:
    state = SavingsState
    wrong = {"problem": state.problem, "problem_field": state.problem_field}
    return rx.el.section(
        rx.el.h2(t("savings.ask_title")),
        rx.el.p(t("savings.ask_note"), class_name="muted small"),
        form(
            field(
                t("out.amount"),
                "amount",
                input_mode="decimal",
                auto_complete="off",
                default_value=state.amount,
                **wrong,
            ),
            choice(
                t("savings.method"),
                "method",
                rx.el.option(t("method.cash"), value="cash"),
                rx.el.option(state.way_word, value=state.way),
                **wrong,
            ),
            field(t("savings.why"), "note", hint=t("savings.why_hint"), default_value=state.note, **wrong),
            button(t("savings.ask"), kind="primary", type="submit"),
            on_submit=state.ask,
            key=state.form_key,
        ),
        class_name="section",
    )
