"""The dialogs of a contribution on Collections: its form, and the questions before it is opened or closed."""

import reflex as rx

from app.kit.i18n import t
from app.web.components import button, dialog, fault, field, form, linkbutton, message
from app.web.treasurer.states.calls import CallState


def call_dialogs() -> rx.Component:
    return rx.fragment(
        dialog(
            (CallState.form == "new") | (CallState.form == "change"),
            CallState.heading,
            rx.cond(CallState.form == "new", rx.el.p(CallState.note, class_name="muted small")),
            message(CallState.problem, CallState.problem_field, ""),
            _form(),
            rx.cond(CallState.form == "change", rx.fragment(_later(), _still_open())),
        ),
        dialog(
            CallState.form == "open",
            CallState.heading,
            rx.el.p(CallState.asks),
            message(CallState.problem, CallState.problem_field, ""),
            rx.el.div(
                button(t("collections.open_now"), kind="primary", on_click=CallState.open),
                button(t("collections.back"), kind="quiet", on_click=CallState.back),
                class_name="acts",
            ),
        ),
        dialog(
            CallState.form == "close",
            CallState.heading,
            rx.el.p(CallState.still_open, " ", t("collections.close_note")),
            message(CallState.problem, CallState.problem_field, ""),
            rx.el.div(
                button(t("collections.close_now"), kind="danger", on_click=CallState.close),
                button(t("collections.cancel"), kind="quiet", on_click=CallState.leave),
                class_name="acts",
            ),
        ),
    )


def _form() -> rx.Component:
    state = CallState
    return form(
        field(
            t("collections.name"),
            "title",
            hint=t("collections.name_hint"),
            default_value=state.title,
            auto_focus=True,
            auto_complete="off",
            **fault(state.problems, "title"),
        ),
        rx.cond(
            state.is_amount_fixed,
            rx.el.p(state.amount_label, ": ", state.amount, ". ", t("collections.amount_fixed"), class_name="small"),
            field(
                state.amount_label,
                "amount",
                default_value=state.amount,
                input_mode="decimal",
                auto_complete="off",
                **fault(state.problems, "amount"),
            ),
        ),
        field(
            t("collections.due_on"),
            "due_on",
            type="date",
            default_value=state.due_on,
            **fault(state.problems, "due_on"),
        ),
        rx.el.div(
            button(
                rx.cond(state.form == "new", t("collections.next"), t("collections.change_now")),
                kind="primary",
                type="submit",
            ),
            button(t("collections.cancel"), kind="quiet", on_click=state.leave),
            class_name="acts",
        ),
        on_submit=state.save,
    )


def _aside(said: rx.Var[str], *act: rx.Component) -> rx.Component:
    return rx.cond(said != "", rx.el.div(rx.el.span(said, class_name="small"), *act, class_name="dialog-aside"))


def _later() -> rx.Component:
    return _aside(CallState.later, linkbutton(t("collections.ask_later"), on_click=CallState.ask_later))


def _still_open() -> rx.Component:
    return _aside(
        CallState.still_open,
        linkbutton(t("collections.close_call"), is_danger=True, on_click=CallState.ask_close),
    )
