"""Receipts, and the reversal of one."""

import reflex as rx

from app.domain.groups.permissions import Permission
from app.kit.i18n import t
from app.web.components import (
    banner,
    button,
    card,
    dialog,
    download,
    empty,
    field,
    form,
    heading,
    message,
    phases,
    pill,
)
from app.web.components.parts import pairs
from app.web.components.receipt import check_links, downloads, proof_lines, receipt_card, receipt_link
from app.web.fresh_code import code_dialog
from app.web.layouts import desk_shell
from app.web.place import may
from app.web.presenters.receipts import GroupReceiptRow
from app.web.treasurer.states.receipts import ReceiptsState


def receipts() -> rx.Component:
    return desk_shell(
        heading(
            t("receipts.title"),
            "",
            rx.cond(
                ReceiptsState.is_open,
                rx.el.a(t("receipts.back"), href="/receipts", class_name="btn btn--secondary"),
                download("/reports?what=receipts"),
            ),
        ),
        rx.cond(
            ~ReceiptsState.is_reversing,
            message(ReceiptsState.problem, ReceiptsState.problem_field, ReceiptsState.done),
        ),
        phases(
            ReceiptsState.phase,
            ReceiptsState.problem,
            ReceiptsState.load,
            ready=rx.cond(ReceiptsState.is_open, _sheet(), _list()),
            empty=card(empty(t("receipts.empty_title"), t("receipts.empty"))),
        ),
        _reversal(),
        active="/receipts",
    )


def _row(row: GroupReceiptRow) -> rx.Component:
    line = row.line
    return rx.el.tr(
        rx.el.td(rx.el.span(row.name, class_name="strong"), rx.el.span(row.member_no, class_name="sub")),
        rx.el.td(
            rx.el.a(line.number, href=rx.Var.create("/receipts?id=") + row.id, class_name="mono"),
            rx.cond(row.code != "", rx.el.span(row.code, class_name="sub mono")),
        ),
        rx.el.td(line.title, rx.el.span(line.detail, class_name="sub")),
        rx.el.td(
            rx.el.span(line.figure, class_name=rx.cond(line.is_reversed, "amount amount--void", "amount")),
            class_name="num",
        ),
        rx.el.td(
            rx.cond(
                line.is_reversed,
                pill(line.state_word, kind="bad", sign="cross"),
                pill(line.state_word, kind="ok", sign="check"),
            )
        ),
        rx.el.td(receipt_link(row.id, line.number)),
    )


def _list() -> rx.Component:
    return card(
        rx.el.div(
            rx.el.input(
                type="search",
                class_name="input",
                placeholder=t("receipts.find"),
                on_change=ReceiptsState.find.debounce(250),
                custom_attrs={"aria-label": t("receipts.find_label")},
            ),
            class_name="card-h",
        ),
        rx.cond(
            ReceiptsState.rows.length() > 0,
            rx.el.table(
                rx.el.thead(
                    rx.el.tr(
                        rx.el.th(t("payments.member")),
                        rx.el.th(t("receipt.number")),
                        rx.el.th(t("receipt.for")),
                        rx.el.th(t("payments.amount"), class_name="num"),
                        rx.el.th(t("receipts.state")),
                        rx.el.th(t("document.file")),
                    )
                ),
                rx.el.tbody(rx.foreach(ReceiptsState.rows, _row)),
                class_name="tbl stackable",
            ),
            rx.el.p(t("receipts.none_found"), class_name="card-b muted"),
        ),
        rx.cond(
            ReceiptsState.has_more,
            rx.el.div(button(t("receipts.more"), on_click=ReceiptsState.more), class_name="card-f"),
        ),
    )


def _sheet() -> rx.Component:
    sheet = ReceiptsState.sheet
    return rx.el.div(
        receipt_card(
            sheet,
            ReceiptsState.parts,
            rx.el.section(rx.el.h2(t("receipt.proof")), proof_lines(sheet, with_code=True), class_name="proof stack"),
        ),
        rx.el.div(
            downloads(sheet),
            check_links(sheet),
            rx.cond(
                may(Permission.REVERSE_PAYMENTS) & ~sheet.is_reversed,
                button(t("receipts.reverse"), kind="danger", on_click=ReceiptsState.start_reversal),
            ),
            class_name="acts",
            style={"marginTop": "16px"},
        ),
        style={"maxWidth": "560px"},
    )


def _reversal() -> rx.Component:
    """The reason, then the code: what is reversed stands above both."""
    state = ReceiptsState
    return rx.fragment(
        dialog(
            state.is_reversing & (state.code_title == ""),
            state.reverse_title,
            pairs(_reversed()),
            banner(t("receipts.reverse_note"), kind="warn", sign="warn"),
            message(state.problem, state.problem_field, state.done),
            form(
                field(
                    t("receipts.reason"),
                    "reason",
                    hint=t("receipts.reason_hint"),
                    default_value=state.reason,
                    auto_focus=True,
                    auto_complete="off",
                    problem=state.problem,
                    problem_field=state.problem_field,
                ),
                rx.el.div(
                    button(t("receipts.send_code"), kind="primary", type="submit"),
                    button(t("receipts.keep"), kind="quiet", on_click=state.keep),
                    class_name="acts",
                ),
                on_submit=state.ask_code,
            ),
        ),
        code_dialog(
            state,
            t("receipts.code_note"),
            pairs((*_reversed(), (t("receipts.reason"), state.reason))),
            banner(t("receipts.reverse_note"), kind="warn", sign="warn"),
            confirm=state.reverse,
            leave=state.keep,
            label=t("receipts.reverse_now"),
            kind="danger",
        ),
    )


def _reversed() -> tuple[tuple[str, rx.Component], ...]:
    sheet = ReceiptsState.sheet
    return (
        (t("payments.member"), rx.fragment(sheet.payer, rx.el.span(sheet.member_no, class_name="sub"))),
        (t("payments.amount"), rx.el.span(sheet.amount, class_name="amount")),
        (t("receipt.paid_by"), rx.fragment(sheet.method, " ", rx.el.b(sheet.provider_code, class_name="mono"))),
    )
