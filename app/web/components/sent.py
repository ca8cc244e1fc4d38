"""What a member sent: what waits, the question before it is taken back, and why the last one was rejected."""

from typing import Any

import reflex as rx

from app.kit.i18n import t
from app.web.components.basics import banner, button, linkbutton, message
from app.web.components.dialog import dialog
from app.web.presenters.sent import SentRow


def sent_rows(rows: rx.Var[list[SentRow]], ask_back: Any) -> rx.Component:
    """`ask_back` is the event that asks whether to take one back, by its id."""
    return rx.el.section(
        rx.el.h2(t("pay.waiting")),
        rx.el.ul(rx.foreach(rows, lambda row: _row(row, ask_back)), class_name="card card--flush"),
        class_name="section",
    )


def _row(row: SentRow, ask_back: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.span(
                rx.el.span(row.title, class_name="row__title"),
                rx.el.span(row.code, class_name="mono"),
                rx.el.span(row.when, class_name="row__sub"),
                class_name="row__main",
            ),
            rx.el.span(
                rx.el.span(row.amount, class_name="amount"),
                linkbutton(t("pay.take_back"), on_click=ask_back(row.id)),
                class_name="row__end",
            ),
            class_name="row",
        )
    )


def back_dialog(state: Any, take_back: Any, keep: Any) -> rx.Component:
    """`state.taking_back` is what is asked about."""
    row = state.taking_back
    return dialog(
        row.id != "",
        t("pay.take_back_title"),
        rx.el.p(rx.el.span(row.amount, class_name="amount"), ", ", rx.el.span(row.code, class_name="mono")),
        rx.el.p(t("pay.take_back_note"), class_name="small muted"),
        message(state.problem, state.problem_field, ""),
        rx.el.div(
            button(t("pay.take_back"), kind="danger", on_click=take_back),
            button(t("pay.keep"), kind="quiet", on_click=keep, auto_focus=True),
            class_name="acts",
        ),
    )


def rejected_banner(state: Any) -> rx.Component:
    """Why the last payment was not accepted: `state.rejected`, and `state.rejected_what`."""
    return rx.cond(
        state.rejected != "",
        banner(
            rx.el.strong(state.rejected_what),
            rx.el.p(state.rejected),
            rx.el.p(t("pay.rejected_then")),
            kind="bad",
            sign="warn",
        ),
    )
