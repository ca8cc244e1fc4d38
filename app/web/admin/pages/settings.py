"""Settings of the group."""

import reflex as rx

from app.domain.groups.rules import FREQUENCIES
from app.kit.i18n import t
from app.web.admin.pages.approvals import approvals_card, approvals_dialogs
from app.web.admin.pages.late import late_card
from app.web.admin.pages.live import live_card, live_dialogs
from app.web.admin.states.settings import SettingsState
from app.web.components import button, card, choice, field, form, heading, icon, message, phases
from app.web.components.basics import row_link
from app.web.components.parts import pairs
from app.web.fresh_code import code_dialog
from app.web.layouts import desk_shell


def settings() -> rx.Component:
    state = SettingsState
    return desk_shell(
        heading(t("settings.title"), t("settings.note")),
        rx.cond(state.code_title == "", message(state.problem, state.problem_field, state.done)),
        phases(
            state.phase,
            state.problem,
            state.load,
            ready=rx.el.div(
                rx.el.div(_changeable(), approvals_card(), _more(), _fixed(), live_card(), class_name="stack"),
                rx.el.div(_rules(), late_card(), class_name="stack"),
                class_name="cols cols--books",
            ),
        ),
        code_dialog(state, t("settings.code_why"), confirm=state.confirm, leave=state.leave_code),
        approvals_dialogs(),
        live_dialogs(),
        active="/settings",
    )


def _changeable() -> rx.Component:
    state = SettingsState
    wrong = {"problem": state.problem, "problem_field": state.problem_field}
    return card(
        rx.el.div(rx.el.h2(t("settings.group")), class_name="card-h"),
        form(
            field(
                t("settings.name"),
                "name",
                hint=t("settings.name_hint"),
                default_value=state.name,
                key=state.form_key + "n",
                auto_complete="off",
                **wrong,
            ),
            field(
                t("settings.short_name"),
                "short_name",
                hint=t("settings.short_name_hint"),
                default_value=state.short_name,
                key=state.form_key + "s",
                auto_complete="off",
                **wrong,
            ),
            field(
                state.pay_to_label,
                "pay_to",
                hint=state.pay_to_hint,
                auto_capitalize="none",
                default_value=state.pay_to,
                key=state.form_key + "p",
                auto_complete="off",
                **wrong,
            ),
            button(t("settings.save"), kind="primary", type="submit"),
            on_submit=state.save,
            class_name="form-grid",
        ),
    )


def _rules() -> rx.Component:
    state = SettingsState
    wrong = {"problem": state.problem, "problem_field": state.problem_field}
    return card(
        rx.el.div(rx.el.h2(t("rules.title")), class_name="card-h"),
        rx.el.ul(rx.foreach(state.rules, rx.el.li), class_name="sentences"),
        form(
            field(
                t("rules.amount"),
                "amount",
                hint=t("rules.amount_hint"),
                input_mode="decimal",
                default_value=state.amount,
                key=state.form_key + "a",
                auto_complete="off",
                **wrong,
            ),
            choice(
                t("rules.frequency"),
                "frequency",
                *[rx.el.option(t(f"rules.frequency.{one}"), value=one) for one in FREQUENCIES],
                value=state.frequency,
                on_change=state.choose_frequency,
                **wrong,
            ),
            rx.cond(
                state.days.length() > 0,
                choice(
                    t("rules.due_day"),
                    "due_day",
                    rx.foreach(
                        state.days, lambda day: rx.el.option(day.label, value=day.value, selected=day.is_chosen)
                    ),
                    key=state.form_key + state.frequency,
                    **wrong,
                ),
            ),
            rx.el.p(state.rules_since, class_name="muted small"),
            button(t("rules.save"), kind="primary", type="submit"),
            on_submit=state.save_rules,
            class_name="form-grid",
        ),
    )


def _more() -> rx.Component:
    """What a group may do besides: its place is in the navigation once its rules are set."""
    return card(
        rx.el.div(rx.el.h2(t("settings.more")), class_name="card-h"),
        rx.el.ul(
            *[
                rx.el.li(row_link(t(title), t(note), icon("chevron", size="s"), href))
                for title, note, href in (
                    ("loans.title", "settings.more_loans", "/lending/terms"),
                    ("welfare.title", "settings.more_welfare", "/admin/welfare"),
                )
            ],
        ),
    )


def _fixed() -> rx.Component:
    state = SettingsState
    return card(
        rx.el.div(rx.el.h2(t("settings.fixed")), class_name="card-h"),
        rx.el.div(
            pairs(
                (
                    (t("settings.currency"), state.currency),
                    (t("settings.zone"), state.zone),
                    (t("settings.country"), state.country),
                    (
                        t("settings.code"),
                        rx.fragment(
                            rx.el.span(state.code, class_name="mono"),
                            rx.el.span(t("settings.code_note"), class_name="sub"),
                        ),
                    ),
                )
            ),
            rx.el.p(t("settings.fixed_note"), class_name="muted small"),
            class_name="card-b stack stack--8",
        ),
    )
