"""Payments to confirm."""

import reflex as rx

from app.domain.groups.permissions import Permission
from app.kit.i18n import t
from app.web.components import (
    banner,
    button,
    card,
    dialog,
    empty,
    field,
    form,
    heading,
    icon,
    linkbutton,
    message,
    phases,
)
from app.web.components.parts import pairs
from app.web.layouts import desk_shell
from app.web.place import if_may, may
from app.web.treasurer.states.payments import PaymentsState, ResultLine, WaitingRow


def payments() -> rx.Component:
    return desk_shell(
        heading(t("payments.title"), rx.cond(PaymentsState.total > 0, PaymentsState.count_line, "")),
        rx.cond(
            PaymentsState.rejecting.id == "",
            message(PaymentsState.problem, PaymentsState.problem_field, PaymentsState.done),
        ),
        rx.el.p(PaymentsState.said, class_name="vh", role="status"),
        _results(),
        phases(
            PaymentsState.phase,
            PaymentsState.problem,
            PaymentsState.load,
            ready=_ready(),
            empty=card(empty(t("payments.empty_title"), t("payments.empty"))),
        ),
        _reject(),
        active="/payments",
    )


def _results() -> rx.Component:
    return rx.cond(
        PaymentsState.results.length() > 0,
        card(
            rx.el.div(rx.el.h2(t("payments.show_results")), class_name="card-h"),
            rx.el.ul(rx.foreach(PaymentsState.results, _result), class_name="card-b small stack stack--4"),
        ),
    )


def _result(line: ResultLine) -> rx.Component:
    return rx.el.li(
        line.words,
        rx.cond(line.href != "", rx.el.span(" ", rx.el.a(line.link, href=line.href, class_name="link mono"))),
    )


def _row(row: WaitingRow) -> rx.Component:
    return rx.cond(row.is_hidden, rx.fragment(), _shown(row))


def _shown(row: WaitingRow) -> rx.Component:
    return rx.el.tr(
        rx.el.td(
            rx.cond(
                may(Permission.CONFIRM_PAYMENTS) & ~row.is_own & ~row.is_gone,
                rx.el.label(
                    rx.el.input(
                        type="checkbox",
                        checked=row.ticked,
                        on_change=PaymentsState.tick(row.id),
                        class_name="tick",
                    ),
                    rx.el.span(row.tick_label, class_name="vh"),
                    class_name="ticker",
                ),
            )
        ),
        rx.el.td(rx.el.span(row.name, class_name="strong"), rx.el.span(row.detail, class_name="sub")),
        rx.el.td(
            row.figure,
            rx.cond(row.over != "", rx.el.span(icon("warn", size="s"), row.over, class_name="sub warned")),
            class_name="num",
        ),
        rx.el.td(
            rx.el.span(row.code, class_name="mono strong"),
            rx.el.span(rx.el.span(row.method, class_name="nowrap"), ", ", row.paid_on, class_name="sub"),
            rx.cond(
                row.rejected_before != "",
                rx.el.span(icon("warn", size="s"), row.rejected_before, class_name="sub warned"),
            ),
        ),
        rx.el.td(
            row.title,
            rx.el.span(rx.el.span(row.reference, class_name="mono nowrap"), ", ", row.sent, class_name="sub"),
        ),
        rx.el.td(
            rx.cond(row.fault != "", rx.el.span(icon("warn", size="s"), row.fault, class_name="sub warned")),
            rx.cond(
                row.is_own | row.is_gone,
                _closed(row),
                if_may(
                    Permission.CONFIRM_PAYMENTS,
                    rx.el.div(
                        linkbutton(t("payments.confirm"), on_click=PaymentsState.confirm_one(row.id)),
                        linkbutton(t("payments.reject"), is_danger=True, on_click=PaymentsState.ask_reason(row.id)),
                        class_name="acts",
                    ),
                ),
            ),
        ),
        class_name=rx.cond(row.ticked, "sel", rx.cond(row.is_gone, "is-gone", "")),
    )


def _closed(row: WaitingRow) -> rx.Component:
    """In place of the buttons, where nothing can be decided."""
    why = rx.cond(row.outcome != "", row.outcome, rx.cond(row.is_gone, t("payments.gone"), PaymentsState.own_words))
    href = rx.Var.create("/receipts?id=") + row.receipt_id
    return rx.el.span(
        why,
        rx.cond(row.receipt != "", rx.el.span(" ", rx.el.a(row.receipt, href=href, class_name="link mono nowrap"))),
        class_name="small muted",
    )


def _search() -> rx.Component:
    return rx.cond(
        PaymentsState.can_search,
        rx.el.input(
            type="search",
            class_name="input",
            placeholder=t("payments.find"),
            on_change=PaymentsState.find.debounce(250),
            key=PaymentsState.search_key,
            custom_attrs={"aria-label": t("payments.find_label")},
            style={"maxWidth": "320px"},
        ),
    )


def _ready() -> rx.Component:
    return card(
        rx.el.div(
            rx.el.p(
                rx.cond(may(Permission.CONFIRM_PAYMENTS), t("payments.hint"), t("payments.read_only")),
                class_name="small muted",
            ),
            _search(),
            if_may(
                Permission.CONFIRM_PAYMENTS,
                rx.el.label(
                    rx.el.input(
                        type="checkbox",
                        checked=PaymentsState.all_ticked,
                        on_change=PaymentsState.tick_all,
                        class_name="tick",
                    ),
                    " ",
                    t("payments.tick_all"),
                    class_name="small",
                ),
            ),
            class_name="card-h",
            style={"justifyContent": "space-between", "minHeight": "61px"},
        ),
        rx.el.table(
            rx.el.thead(
                rx.el.tr(
                    rx.el.th(rx.el.span(t("table.more"), class_name="vh")),
                    rx.el.th(t("payments.member")),
                    rx.el.th(t("payments.amount"), class_name="num"),
                    rx.el.th(t("payments.code")),
                    rx.el.th(t("payments.contribution")),
                    rx.el.th(rx.el.span(t("table.more"), class_name="vh")),
                )
            ),
            rx.el.tbody(rx.foreach(PaymentsState.rows, _row)),
            class_name="tbl stackable",
        ),
        rx.cond(PaymentsState.none_found, rx.el.p(t("payments.none_found"), class_name="card-b muted")),
        rx.cond(
            PaymentsState.ticked > 0,
            rx.el.div(
                rx.el.span(PaymentsState.ticked_line, class_name="small"),
                rx.el.span(
                    button(PaymentsState.confirm_label, kind="primary", on_click=PaymentsState.confirm_ticked),
                    class_name="end",
                ),
                class_name="card-f",
                style={"position": "sticky", "bottom": "0", "background": "var(--raised)"},
            ),
        ),
    )


def _reject() -> rx.Component:
    rejecting = PaymentsState.rejecting
    return dialog(
        PaymentsState.rejecting.id != "",
        PaymentsState.reject_title,
        pairs(
            (
                (t("payments.member"), rx.fragment(rejecting.name, rx.el.span(rejecting.detail, class_name="sub"))),
                (t("payments.amount"), rx.el.span(rejecting.amount, class_name="amount")),
                (t("payments.code"), rx.fragment(rx.el.b(rejecting.code, class_name="mono"), ", ", rejecting.method)),
            )
        ),
        banner(t("payments.reject_note")),
        message(PaymentsState.problem, PaymentsState.problem_field, ""),
        form(
            field(
                t("payments.reason"),
                "reason",
                hint=t("payments.reason_hint"),
                problem=PaymentsState.problem,
                problem_field=PaymentsState.problem_field,
                default_value=PaymentsState.reason,
                auto_focus=True,
                auto_complete="off",
            ),
            rx.el.div(
                button(t("payments.reject_now"), kind="danger", type="submit"),
                button(t("payments.keep"), kind="quiet", on_click=PaymentsState.keep),
                class_name="acts",
            ),
            on_submit=PaymentsState.reject,
        ),
    )
