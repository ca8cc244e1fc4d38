"""On what terms the group lends."""

import reflex as rx

from app.kit.i18n import t
from app.web.admin.states.lending_terms import LendingTermsState, TermsRow
from app.web.components import button, card, choice, empty, field, form, heading, linkbutton, message, phases
from app.web.layouts import desk_shell


def lending_terms() -> rx.Component:
    state = LendingTermsState
    return desk_shell(
        heading(
            t("terms.title"),
            t("terms.note"),
            rx.el.a(t("loans.title"), href="/lending", class_name="btn btn--secondary"),
            rx.cond(
                (state.phase != "loading") & ~state.is_open,
                button(t("terms.new"), kind="primary", on_click=state.begin("")),
            ),
        ),
        message(state.problem, state.problem_field, state.done),
        phases(
            state.phase,
            state.problem,
            state.load,
            ready=rx.el.div(
                rx.cond(state.is_open, _form()),
                rx.cond(
                    state.rows.length() > 0,
                    card(rx.el.ul(rx.foreach(state.rows, _row))),
                    rx.cond(~state.is_open, card(empty(t("terms.none_title"), t("terms.none")))),
                ),
                class_name="stack",
            ),
        ),
        active="/lending",
    )


def _row(row: TermsRow) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.span(
                rx.el.span(row.name, class_name="row__title"),
                rx.el.span(row.words, class_name="row__sub"),
                class_name="row__main",
            ),
            rx.el.span(linkbutton(t("terms.change"), on_click=LendingTermsState.begin(row.id)), class_name="row__end"),
            class_name="row",
        )
    )


def _field(name: str, *, mode: str = "decimal") -> rx.Component:
    state = LendingTermsState
    return field(
        t(f"terms.{name}"),
        name,
        hint=t(f"terms.hint.{name}"),
        input_mode=mode,
        auto_complete="off",
        default_value=state.values[name],
        problem=state.problem,
        problem_field=state.problem_field,
    )


def _choice(name: str, *options: str) -> rx.Component:
    state = LendingTermsState
    return choice(
        t(f"terms.{name}"),
        name,
        *[rx.el.option(t(f"terms.{name}.{one}"), value=one, selected=state.values[name] == one) for one in options],
        hint=t(f"terms.hint.{name}"),
        problem=state.problem,
        problem_field=state.problem_field,
    )


def _form() -> rx.Component:
    state = LendingTermsState
    return card(
        rx.el.div(rx.el.h2(rx.cond(state.editing != "", t("terms.change_title"), t("terms.new"))), class_name="card-h"),
        form(
            _field("name", mode="text"),
            _field("rate"),
            _choice("interest", "declining_balance", "flat"),
            _choice("unit", "months", "weeks"),
            _field("most_repayments", mode="numeric"),
            _field("savings"),
            _field("least"),
            _field("most"),
            _field("treasurer"),
            _field("guarantors", mode="numeric"),
            _field("fee"),
            _field("penalty"),
            _choice("per", "once", "day", "week"),
            _field("grace", mode="numeric"),
            _field("default", mode="numeric"),
            _choice("payoff", "till_date", "till_due_date"),
            _choice("capital", "no", "yes"),
            _field("provision", mode="text"),
            rx.el.div(
                button(t("terms.save"), kind="primary", type="submit"),
                button(t("people.code_keep"), kind="quiet", on_click=state.leave),
                class_name="acts",
            ),
            on_submit=state.save,
            class_name="form-grid form-grid--2",
            key=state.form_key,
        ),
    )
