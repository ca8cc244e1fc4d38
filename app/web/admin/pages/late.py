"""The card of late payments and reminders on the group's settings."""

from typing import Any

import reflex as rx

from app.domain.groups.late_rules import FINES
from app.kit.i18n import t
from app.web.admin.states.late import LateState
from app.web.components import button, card, choice, field, form, message


def late_card() -> rx.Component:
    state = LateState
    wrong: dict[str, Any] = {"problem": state.problem, "problem_field": state.problem_field}

    def number(name: str, value: Any) -> rx.Component:
        return field(
            t(f"late.{name}"), name, input_mode="numeric", default_value=value, key=state.form_key + name, **wrong
        )

    def said(name: str, value: Any, **props: Any) -> rx.Component:
        return field(
            t(f"late.{name}"),
            name,
            default_value=value,
            key=state.form_key + name,
            auto_complete="off",
            **props,
            **wrong,
        )

    return card(
        rx.el.div(rx.el.h2(t("late.title")), class_name="card-h"),
        rx.el.ul(rx.foreach(state.lines, rx.el.li), class_name="sentences"),
        rx.el.div(message(state.problem, state.problem_field, state.done), class_name="card-b"),
        form(
            choice(
                t("late.fine"),
                "fine",
                *[rx.el.option(t(f"late.fine.{one}"), value=one) for one in FINES],
                value=state.fine,
                on_change=state.choose_fine,
                **wrong,
            ),
            rx.match(
                state.fine,
                ("amount", said("fine_amount", state.amount, input_mode="decimal")),
                ("share", said("fine_share", state.percent, input_mode="decimal")),
                rx.fragment(),
            ),
            rx.cond(
                state.fine != "none",
                rx.fragment(
                    said("fine_title", state.title, hint=t("late.fine_title_hint")),
                    number("grace_days", state.grace_days),
                    number("every_days", state.every_days),
                    number("steps", state.steps),
                ),
            ),
            number("before_days", state.before_days),
            choice(
                t("late.on_due"),
                "on_due",
                rx.el.option(t("late.yes"), value="yes"),
                rx.el.option(t("late.no"), value="no"),
                default_value=state.on_due,
                key=state.form_key + "on_due",
            ),
            number("after_days", state.after_days),
            button(t("late.save"), kind="primary", type="submit"),
            on_submit=state.save,
            class_name="form-grid",
        ),
    )
