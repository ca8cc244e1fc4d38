"""Welfare on a phone: what befell me and what became of it, the rules, reporting an event."""

import reflex as rx

from app.kit.i18n import t
from app.web.components import button, empty, form, message, phases
from app.web.components.claims import attach_form, claim_card, report_fields, welfare_styles
from app.web.components.parts import disclosure
from app.web.layouts import phone_shell
from app.web.member.states.welfare import WelfareState
from app.web.presenters.claims import ClaimRow


def welfare() -> rx.Component:
    state = WelfareState
    return phone_shell(
        welfare_styles(),
        rx.el.h1(t("welfare.title")),
        message(state.problem, state.problem_field, state.done),
        phases(
            state.phase,
            state.problem,
            state.load,
            ready=_ready(),
            empty=empty(t("welfare.none_title"), t("welfare.no_rules")),
        ),
        active="/welfare",
        back="/home",
    )


def _ready() -> rx.Component:
    state = WelfareState
    return rx.el.div(
        rx.cond(
            state.rows.length() > 0,
            rx.el.ul(rx.foreach(state.rows, lambda row: claim_card(row, *_acts(row))), class_name="decisions"),
            rx.el.p(t("welfare.none"), class_name="muted"),
        ),
        rx.cond(
            (state.rules.length() > 0) & ~state.is_one,
            rx.fragment(
                rx.el.section(
                    rx.el.h2(t("welfare.report")),
                    rx.el.p(t("welfare.report_note"), class_name="muted small"),
                    form(
                        *report_fields(state),
                        button(t("welfare.send"), kind="primary", type="submit"),
                        on_submit=state.report,
                        class_name="stack report",
                        key=state.form_key,
                    ),
                    class_name="section",
                ),
                rx.el.section(
                    disclosure(t("welfare.rules"), rx.el.ul(rx.foreach(state.rules, rx.el.li), class_name="sentences")),
                    rx.el.p(state.since, class_name="muted small"),
                    class_name="section",
                ),
            ),
        ),
        class_name="stack",
        style={"gap": "24px"},
    )


def _acts(row: ClaimRow) -> tuple[rx.Component, ...]:
    return (
        attach_form(row),
        rx.cond(
            row.may_withdraw,
            rx.el.div(
                button(t("welfare.take_back"), on_click=WelfareState.take_back(row.id)), class_name="decision__acts"
            ),
        ),
    )
