"""Receipts, and the reversal of one."""

import reflex as rx

from app.domain.groups.permissions import Permission
from app.kit.i18n import t
from app.web.components import banner, button, card, dialog, empty, field, form, heading, message, phases, pill
from app.web.components.parts import pairs
from app.web.components.receipt import check_links, downloads, proof_lines, receipt_card, receipt_link
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
                ReceiptsState.is_open, rx.el.a(t("receipts.back"), href="/receipts", class_name="btn btn--secondary")
            ),
        ),
        rx.cond(
            ReceiptsState.step == "",
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
    state = ReceiptsState
    wrong = {"problem": state.problem, "problem_field": state.problem_field}
    return dialog(
        state.step != "",
        state.reverse_title,
        pairs(
            (
                (
                    t("payments.member"),
                    rx.fragment(state.sheet.payer, rx.el.span(state.sheet.member_no, class_name="sub")),
                ),
                (t("payments.amount"), rx.el.span(state.sheet.amount, class_name="amount")),
                (
                    t("receipt.paid_by"),
                    rx.fragment(state.sheet.method, " ", rx.el.b(state.sheet.provider_code, class_name="mono")),
                ),
            )
        ),
        banner(t("receipts.reverse_note"), kind="warn", sign="warn"),
        message(state.problem, state.problem_field, state.done),
        rx.cond(
            state.step == "reason",
            form(
                field(
                    t("receipts.reason"),
                    "reason",
                    hint=t("receipts.reason_hint"),
                    default_value=state.reason,
                    auto_focus=True,
                    auto_complete="off",
                    **wrong,
                ),
                rx.el.div(
                    button(t("receipts.send_code"), kind="primary", type="submit"),
                    button(t("receipts.keep"), kind="quiet", on_click=state.keep),
                    class_name="acts",
                ),
                on_submit=state.ask_code,
            ),
            form(
                rx.el.p(t("receipts.code_note"), class_name="small muted"),
                rx.cond(state.shown_code != "", banner(state.shown_code, kind="warn", sign="key")),
                field(
                    t("receipts.code"),
                    "code",
                    input_mode="numeric",
                    auto_complete="one-time-code",
                    auto_focus=True,
                    **wrong,
                ),
                rx.el.div(
                    button(t("receipts.reverse_now"), kind="danger", type="submit"),
                    button(t("receipts.keep"), kind="quiet", on_click=state.keep),
                    class_name="acts",
                ),
                on_submit=state.reverse,
            ),
        ),
    )
