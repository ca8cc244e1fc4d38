"""Welfare at the desk: each claim with its reasons and what can be done about it, and the fund."""

from typing import Any

import reflex as rx

from app.domain.groups.permissions import Permission
from app.kit.i18n import t
from app.web.components import button, card, choice, dialog, empty, fault, field, form, heading, message, phases
from app.web.components.basics import banner, row_link
from app.web.components.claims import attach_form, choose, claim_card, report_fields, welfare_styles
from app.web.fresh_code import code_dialog
from app.web.layouts import desk_shell
from app.web.place import PlaceState, if_may
from app.web.presenters.claims import ClaimRow, OtherRow, ReasonRow
from app.web.treasurer.states.claims import CallLine, ClaimsState, Option


def claims() -> rx.Component:
    state = ClaimsState
    return desk_shell(
        welfare_styles(),
        heading(
            t("welfare.title"),
            t("welfare.desk_note"),
            rx.cond(
                (PlaceState.role == "admin") & state.has_rules,
                rx.el.a(t("welfare.change_rules"), href="/admin/welfare", class_name="btn btn--secondary"),
            ),
            rx.cond(
                state.has_rules,
                if_may(
                    Permission.PROPOSE_DECISIONS,
                    button(t("welfare.report_for"), kind="primary", on_click=state.ask_report),
                ),
            ),
        ),
        rx.cond(
            (state.asking == "") & (state.code_title == ""), message(state.problem, state.problem_field, state.done)
        ),
        phases(
            state.phase,
            state.problem,
            state.load,
            ready=rx.el.div(_list(), rx.el.div(_fund(), class_name="stack"), class_name="cols cols--work"),
        ),
        rx.cond(state.code_title == "", _dialogs()),
        code_dialog(state, t("out.code_note"), confirm=state.confirm, leave=state.leave, label=t("out.do_now")),
        active="/claims",
    )


def _list() -> rx.Component:
    state = ClaimsState
    return rx.cond(
        state.rows.length() > 0,
        rx.el.ul(rx.foreach(state.rows, lambda row: claim_card(row, *_acts(row))), class_name="decisions"),
        card(
            rx.cond(
                state.has_rules,
                empty(t("welfare.none_title"), t("welfare.none")),
                rx.cond(
                    PlaceState.role == "admin",
                    empty(
                        t("welfare.begin_title"),
                        t("welfare.begin_admin"),
                        rx.el.a(t("welfare.set_rules"), href="/admin/welfare", class_name="btn btn--primary"),
                    ),
                    empty(t("welfare.begin_title"), t("welfare.begin")),
                ),
            )
        ),
    )


def _acts(row: ClaimRow) -> tuple[rx.Component, ...]:
    state = ClaimsState

    def act(is_there: Any, key: str, what: str, kind: str = "secondary") -> rx.Component:
        return rx.cond(is_there, button(t(key), kind=kind, on_click=state.ask(what, row.id)))

    return (
        if_may(
            Permission.PROPOSE_DECISIONS,
            rx.fragment(
                attach_form(row),
                rx.el.div(
                    act(row.may_accept, "welfare.accept", "accept", "primary"),
                    act(row.may_pay, "welfare.pay", "pay", "primary"),
                    act(row.may_call, "welfare.levy", "levy"),
                    act(row.may_refuse, "welfare.refuse", "refuse"),
                    act(row.may_refuse & (row.alike.length() > 0), "welfare.join", "join", "quiet"),
                    rx.cond(
                        row.may_withdraw,
                        button(t("welfare.take_back"), kind="quiet", on_click=state.take_back(row.id)),
                    ),
                    class_name="decision__acts",
                ),
                rx.cond(row.own_words != "", rx.el.p(row.own_words, class_name="small muted")),
            ),
        ),
        rx.cond(
            row.entry != "",
            rx.el.p(rx.el.a(t("welfare.entry"), " ", row.entry, href="/books?entry=" + row.entry, class_name="link")),
        ),
    )


def _call(one: CallLine) -> rx.Component:
    href = rx.Var.create("/today?call=") + one.id
    return rx.el.li(row_link(one.title, one.detail, rx.el.span(one.figure, class_name="amount"), href))


def _fund() -> rx.Component:
    state = ClaimsState
    words = [(kind, t(f"welfare.ask.{kind}")) for kind in ("registration", "premium")]
    asks = rx.foreach(
        state.funds,
        lambda kind: button(rx.match(kind, *words, t("welfare.ask.topup")), on_click=state.ask_fund(kind)),
    )
    return card(
        rx.el.div(rx.el.h2(t("welfare.fund")), class_name="card-h"),
        rx.el.div(
            rx.el.a(rx.el.span(state.fund, class_name="amount"), href="/books", class_name="fund__value"),
            rx.cond(state.made_of != "", rx.el.p(state.made_of, class_name="small muted")),
            rx.el.p(t("welfare.fund_note"), class_name="small muted"),
            rx.cond(state.low != "", banner(state.low, kind="warn", sign="warn")),
            if_may(Permission.OPEN_CALLS, rx.el.div(asks, class_name="decision__acts")),
            class_name="card-b stack stack--8",
        ),
        rx.cond(
            state.calls.length() > 0,
            rx.fragment(
                rx.el.div(rx.el.h2(t("welfare.calls")), class_name="card-h"),
                rx.el.ul(rx.foreach(state.calls, _call)),
            ),
        ),
    )


def _option(one: Option) -> rx.Component:
    return rx.el.option(one.label, value=one.value)


def _wrong() -> dict[str, Any]:
    return {"problem": ClaimsState.problem, "problem_field": ClaimsState.problem_field}


def _buttons(label: str, kind: str = "primary") -> rx.Component:
    return rx.el.div(
        button(label, kind=kind, type="submit"),
        button(t("signing.keep"), kind="quiet", on_click=ClaimsState.leave),
        class_name="acts",
    )


def _dialogs() -> rx.Component:
    state = ClaimsState
    said = message(state.problem, state.problem_field, "")
    is_call = (state.asking == "registration") | (state.asking == "premium") | (state.asking == "topup")
    return rx.fragment(
        dialog(
            state.asking == "accept",
            state.heading,
            rx.el.p(state.row.title),
            said,
            form(
                rx.foreach(state.to_check, _check),
                rx.el.p(t("welfare.accept_note"), class_name="muted small"),
                _buttons(t("welfare.accept")),
                on_submit=state.accept,
            ),
        ),
        dialog(
            state.asking == "refuse",
            state.heading,
            rx.el.p(state.row.title),
            rx.el.p(t("welfare.refuse_note"), class_name="muted small"),
            said,
            form(
                field(
                    t("payments.reason"),
                    "reason",
                    default_value=state.reason,
                    auto_focus=True,
                    auto_complete="off",
                    **_wrong(),
                ),
                _buttons(t("welfare.refuse"), "danger"),
                on_submit=state.refuse,
            ),
        ),
        dialog(
            state.asking == "levy",
            state.heading,
            rx.el.p(state.says),
            said,
            form(_name(), _buttons(t("welfare.ask_now")), on_submit=state.call),
        ),
        dialog(
            is_call,
            t("welfare.fund"),
            said,
            form(
                _name(),
                field(t("welfare.due_on"), "due_on", type="date", default_value=state.due_on, **_wrong()),
                _buttons(t("welfare.ask_now")),
                on_submit=state.call,
            ),
        ),
        dialog(
            state.asking == "pay",
            state.says,
            rx.cond(state.warns != "", banner(state.warns, kind="warn", sign="warn")),
            rx.el.p(t("welfare.pay_note"), class_name="muted small"),
            said,
            form(
                choice(t("out.method"), "method", rx.foreach(state.methods, _option), **_wrong()),
                _buttons(t("welfare.pay")),
                on_submit=state.pay,
            ),
        ),
        dialog(
            state.asking == "join",
            t("welfare.join_title"),
            said,
            form(
                choice(t("welfare.join"), "other", rx.foreach(state.row.alike, _other), **_wrong()),
                _buttons(t("welfare.join_now")),
                on_submit=state.join,
            ),
        ),
        _report(),
    )


def _name() -> rx.Component:
    return field(
        t("welfare.name"), "title", default_value=ClaimsState.title, auto_focus=True, auto_complete="off", **_wrong()
    )


def _other(one: OtherRow) -> rx.Component:
    return rx.el.option(one.label, value=one.id)


def _check(one: ReasonRow) -> rx.Component:
    return rx.el.div(
        rx.el.p(one.words),
        rx.el.label(
            rx.el.input(type="checkbox", name=rx.Var.create("check_") + one.code, class_name="tick"),
            rx.el.span(t("welfare.checked")),
        ),
    )


def _report() -> rx.Component:
    state = ClaimsState
    return dialog(
        state.asking == "report",
        t("welfare.report_for"),
        message(state.problem, state.problem_field, ""),
        form(
            choice(
                t("welfare.member"),
                "member",
                choose(),
                rx.foreach(state.members, _option),
                default_value="",
                **fault(state.problems, "member"),
            ),
            rx.el.div(*report_fields(state), class_name="fields"),
            choice(
                t("welfare.payee_member"),
                "payee_id",
                rx.el.option(t("welfare.nobody"), value=""),
                rx.foreach(state.members, _option),
                class_name="if-died",
            ),
            field(
                t("welfare.payee_outside"),
                "payee",
                class_name="if-died",
                auto_complete="off",
                default_value=state.typed["payee"],
                **fault(state.problems, "payee"),
            ),
            _buttons(t("welfare.send")),
            on_submit=state.report,
            class_name="stack report",
            key=state.form_key,
        ),
    )
