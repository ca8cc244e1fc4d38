"""Who must sign what: a sentence for each kind, and the form that changes one."""

import reflex as rx

from app.kit.i18n import t
from app.web.admin.states.approvals import ApprovalsState, RuleRow, SignerChoice
from app.web.components import button, card, choice, dialog, field, form, icon, linkbutton, message
from app.web.fresh_code import code_dialog


def approvals_card() -> rx.Component:
    state = ApprovalsState
    return card(
        rx.el.div(rx.el.h2(t("approvals.title")), class_name="card-h"),
        rx.cond(
            (state.kind == "") & ((state.problem != "") | (state.done != "")),
            rx.el.div(message(state.problem, state.problem_field, state.done), class_name="card-b"),
        ),
        rx.el.ul(rx.foreach(state.rows, _row)),
        rx.el.p(t("decision.rule.own"), class_name="card-f small muted"),
    )


def approvals_dialogs() -> rx.Component:
    state = ApprovalsState
    short = rx.cond(state.short != "", _short(state.short))
    code = code_dialog(state, t("approvals.code_note"), short, confirm=state.confirm, leave=state.leave)
    return rx.fragment(_form(), code)


def _short(words: rx.Var[str]) -> rx.Component:
    return rx.el.p(icon("warn", size="s"), words, class_name="small warned")


def _row(row: RuleRow) -> rx.Component:
    return rx.el.li(
        rx.el.span(row.words, rx.cond(row.short != "", _short(row.short)), class_name="row__main"),
        linkbutton(t("approvals.change"), on_click=ApprovalsState.change(row.kind)),
        class_name="row",
    )


def _signer(one: SignerChoice) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="checkbox",
            name=rx.Var.create("signer_") + one.role,
            default_checked=one.is_chosen,
            class_name="tick",
        ),
        rx.el.span(one.label),
        class_name="ticks__one",
    )


def _form() -> rx.Component:
    state = ApprovalsState
    wrong = {"problem": state.problem, "problem_field": state.problem_field}
    is_wrong = (state.problem != "") & (state.problem_field == "signers")
    return dialog(
        (state.kind != "") & (state.code_title == ""),
        state.title,
        message(state.problem, state.problem_field, state.done),
        form(
            choice(
                t("approvals.alone"),
                "alone",
                *[rx.el.option(t(f"approvals.alone.{how}"), value=how) for how in ("never", "up_to", "always")],
                value=state.alone,
                on_change=state.choose_alone,
                **wrong,
            ),
            rx.cond(
                state.alone == "up_to",
                field(
                    t("approvals.limit"),
                    "limit",
                    input_mode="decimal",
                    auto_complete="off",
                    default_value=state.limit,
                    **wrong,
                ),
            ),
            field(
                t("approvals.needed"),
                "needed",
                hint=t("approvals.needed_hint"),
                input_mode="numeric",
                auto_complete="off",
                default_value=state.needed,
                **wrong,
            ),
            rx.el.fieldset(
                rx.el.legend(t("approvals.signers")),
                rx.el.div(rx.foreach(state.signers, _signer), class_name="ticks"),
                rx.cond(
                    is_wrong, rx.el.p(icon("warn", size="s"), state.problem, class_name="field__error", role="alert")
                ),
                class_name="stack stack--8",
            ),
            field(
                t("approvals.days"),
                "days",
                input_mode="numeric",
                auto_complete="off",
                default_value=state.days,
                **wrong,
            ),
            rx.el.div(
                button(t("approvals.save"), kind="primary", type="submit"),
                button(t("people.code_keep"), kind="quiet", on_click=state.leave),
                class_name="acts",
            ),
            on_submit=state.save,
            key=state.form_key,
        ),
    )
