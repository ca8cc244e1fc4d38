"""Counted money beside the books: a part of the page of the books."""

import reflex as rx

from app.domain.groups.permissions import Permission
from app.domain.reconciliation.views import SOURCES
from app.kit.i18n import t
from app.web.components import button, choice, field, form, message, pill
from app.web.place import if_may
from app.web.treasurer.states.counts import CountRow, CountsState


def counts() -> rx.Component:
    state = CountsState
    return rx.el.div(
        rx.el.p(t("counts.note"), class_name="muted small"),
        message(state.problem, state.problem_field, state.done),
        if_may(Permission.COUNT_MONEY, _form()),
        rx.cond(
            state.rows.length() > 0,
            rx.el.ul(rx.foreach(state.rows, _row), class_name="log"),
            rx.el.p(t("counts.empty"), class_name="muted"),
        ),
        class_name="counts",
    )


def _form() -> rx.Component:
    state = CountsState
    wrong = {"problem": state.problem, "problem_field": state.problem_field}
    return form(
        choice(
            t("counts.where"),
            "account",
            *[rx.el.option(t(f"account.{code}"), value=code) for code in SOURCES],
            **wrong,
        ),
        field(t("counts.day"), "as_of", type="date", default_value=state.as_of, key=state.as_of, **wrong),
        field(state.label, "stated", input_mode="decimal", auto_complete="off", key=state.form_key, **wrong),
        rx.el.div(button(t("counts.record"), type="submit"), class_name="acts"),
        on_submit=state.record,
        class_name="period period--wide",
    )


def _row(row: CountRow) -> rx.Component:
    return rx.el.li(
        rx.el.span(
            rx.el.span(row.what, class_name="strong"),
            rx.el.span(row.books, class_name="row__sub"),
            rx.el.span(row.by, class_name="row__sub"),
            class_name="row__main",
        ),
        rx.el.span(
            rx.cond(
                row.is_equal, pill(row.verdict, kind="ok", sign="check"), pill(row.verdict, kind="warn", sign="warn")
            ),
            class_name="row__end",
        ),
        class_name="row",
    )
