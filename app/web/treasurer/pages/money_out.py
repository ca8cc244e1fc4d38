"""Money out: a form for what should leave, and what became of each proposal."""

from typing import Any

import reflex as rx

from app.domain.groups.permissions import Permission
from app.kit.i18n import t
from app.web.components import button, card, choice, dialog, empty, field, form, heading, message, phases
from app.web.components.decisions import decision_list, voucher_link
from app.web.components.parts import tabs
from app.web.fresh_code import code_dialog
from app.web.layouts import desk_shell
from app.web.place import if_may
from app.web.presenters.decisions import DecisionRow
from app.web.treasurer.states.money_out import Choice, MoneyOutState


def money_out() -> rx.Component:
    state = MoneyOutState
    return desk_shell(
        heading(t("out.title"), t("out.note")),
        rx.cond(
            (state.code_title == "") & (state.sending.id == ""), message(state.problem, state.problem_field, state.done)
        ),
        phases(
            state.phase,
            state.problem,
            state.load,
            ready=rx.el.div(
                _proposals(), if_may(Permission.PROPOSE_DECISIONS, _propose()), class_name="cols cols--work cols--form"
            ),
        ),
        code_dialog(state, t("out.code_note"), confirm=state.confirm, leave=state.leave, label=t("out.do_now")),
        _sent(),
        active="/money-out",
    )


def _sent() -> rx.Component:
    state = MoneyOutState
    return dialog(
        state.sending.id != "",
        t("out.write_code"),
        rx.el.p(rx.el.b(state.sending.title), ", ", rx.el.span(state.sending.amount, class_name="amount")),
        message(state.problem, state.problem_field, ""),
        form(
            field(
                t("out.code"),
                "provider_code",
                hint=t("out.code_hint"),
                problem=state.problem,
                problem_field=state.problem_field,
                default_value=state.sent_code,
                auto_focus=True,
                auto_complete="off",
                auto_capitalize="characters",
            ),
            rx.el.div(
                button(t("out.code_save"), kind="primary", type="submit"),
                button(t("signing.keep"), kind="quiet", on_click=state.leave_sent),
                class_name="acts",
            ),
            on_submit=state.write_code,
        ),
    )


def _proposals() -> rx.Component:
    return rx.cond(
        MoneyOutState.rows.length() > 0,
        decision_list(MoneyOutState.rows, _acts),
        card(empty(t("out.empty_title"), t("out.empty"))),
    )


def _acts(row: DecisionRow) -> rx.Component:
    return rx.fragment(
        voucher_link(row),
        rx.cond(
            row.may_write_code,
            if_may(
                Permission.PROPOSE_DECISIONS,
                rx.el.div(
                    button(t("out.write_code"), on_click=MoneyOutState.ask_sent(row.id)), class_name="decision__acts"
                ),
            ),
        ),
        rx.cond(
            row.may_withdraw,
            rx.el.div(
                button(t("out.take_back"), on_click=MoneyOutState.take_back(row.id)), class_name="decision__acts"
            ),
        ),
        rx.cond(
            row.entry != "",
            rx.el.p(rx.el.a(t("out.entry"), " ", row.entry, href="/books?entry=" + row.entry, class_name="link")),
        ),
    )


def _option(one: Choice) -> rx.Component:
    return rx.el.option(one.label, value=one.value, selected=one.is_chosen)


def _kinds(*kinds: str) -> rx.Component:
    state = MoneyOutState
    return tabs(*((t(f"decision.kind.{kind}"), state.kind == kind, state.choose_kind(kind)) for kind in kinds))


def _propose() -> rx.Component:
    state = MoneyOutState
    is_out, is_move = state.kind == "withdrawal", state.kind == "transfer"
    wrong: dict[str, Any] = {"problem": state.problem, "problem_field": state.problem_field}
    return card(
        rx.el.div(rx.el.h2(t("out.propose_title")), class_name="card-h"),
        rx.cond(state.holds_savings, _kinds("withdrawal", "expense", "transfer"), _kinds("expense", "transfer")),
        form(
            rx.cond(is_out, choice(t("out.member"), "member", rx.foreach(state.members, _option), key="m", **wrong)),
            rx.cond(
                is_move,
                rx.fragment(
                    choice(t("out.source"), "source", rx.foreach(state.places, _option), **wrong),
                    choice(t("out.target"), "target", rx.foreach(state.targets, _option), **wrong),
                ),
                choice(t("out.method"), "method", rx.foreach(state.methods, _option), **wrong),
            ),
            field(
                t("out.amount"),
                "amount",
                input_mode="decimal",
                auto_complete="off",
                default_value=state.amount,
                **wrong,
            ),
            field(
                rx.cond(state.kind == "expense", t("out.purpose"), t("out.remark")),
                "note",
                hint=rx.cond(state.kind == "expense", t("out.purpose_hint"), t("out.remark_hint")),
                auto_complete="off",
                default_value=state.note,
                **wrong,
            ),
            button(t("out.propose"), kind="primary", type="submit"),
            on_submit=state.propose,
            class_name="form-grid",
            key=state.form_key,
        ),
    )
