"""Collections: calls, a new call, who has not paid, cash."""

import reflex as rx

from app.domain.groups.permissions import Permission
from app.kit.i18n import t
from app.web.components import (
    button,
    card,
    dialog,
    download,
    empty,
    field,
    form,
    heading,
    linkbutton,
    message,
    phases,
    pill,
)
from app.web.components.parts import shares
from app.web.layouts import desk_shell
from app.web.place import if_may, may
from app.web.treasurer.pages.calls import call_dialogs
from app.web.treasurer.states.calls import CallState
from app.web.treasurer.states.collections import CallRow, CollectionsState, OwedRow, PaidLine, PaidPart


def collections() -> rx.Component:
    return desk_shell(
        heading(
            t("collections.title"),
            "",
            rx.cond(
                (CollectionsState.phase == "ready") & may(Permission.RECORD_CASH),
                rx.el.a(t("collecting.title"), href="/sheet", class_name="btn btn--secondary"),
            ),
            rx.cond(
                (CollectionsState.phase != "loading") & may(Permission.OPEN_CALLS),
                button(t("collections.open"), kind="primary", on_click=CallState.start),
            ),
        ),
        rx.cond(
            (CallState.form != "") | (CollectionsState.cash_due != ""),
            rx.fragment(),
            rx.fragment(
                message(CallState.problem, CallState.problem_field, ""),
                message(CollectionsState.problem, CollectionsState.problem_field, CollectionsState.done),
            ),
        ),
        phases(
            CollectionsState.phase,
            CollectionsState.problem,
            CollectionsState.load,
            ready=rx.el.div(_calls(), _paid(), _owed(), class_name="stack"),
            empty=card(empty(t("collections.empty_title"), t("collections.empty"))),
        ),
        call_dialogs(),
        _cash(),
        active="/collections",
    )


def _call(row: CallRow) -> rx.Component:
    return rx.el.tr(
        rx.el.td(
            rx.cond(
                row.is_cancelled,
                rx.el.span(row.title, class_name="strong"),
                rx.el.a(row.title, href=rx.Var.create("/today?call=") + row.id, class_name="strong"),
            ),
        ),
        rx.el.td(row.each, class_name="num", custom_attrs={"data-label": t("collections.each")}),
        rx.el.td(row.due_on, custom_attrs={"data-label": t("collections.due")}),
        rx.el.td(rx.cond(row.is_cancelled, rx.fragment(), shares(row.percent))),
        rx.el.td(
            rx.cond(
                row.is_cancelled,
                pill(t("collections.is_closed"), sign="cross"),
                rx.fragment(row.paid, rx.el.span(row.progress, class_name="sub")),
            ),
            rx.cond(
                row.unasked != "",
                if_may(Permission.OPEN_CALLS, linkbutton(row.unasked, on_click=CallState.change(row.id))),
            ),
            class_name="num",
        ),
        rx.el.td(
            rx.cond(
                row.has_paid,
                rx.el.div(
                    linkbutton(t("collections.who_paid"), on_click=CollectionsState.who_paid(row.id)), class_name="acts"
                ),
            ),
            rx.cond(
                row.is_cancelled,
                rx.fragment(),
                if_may(
                    Permission.OPEN_CALLS,
                    rx.el.div(
                        linkbutton(t("collections.change"), on_click=CallState.change(row.id)), class_name="acts"
                    ),
                ),
            ),
        ),
    )


def _calls() -> rx.Component:
    return card(
        rx.el.div(rx.el.h2(t("collections.calls")), class_name="card-h"),
        rx.el.table(
            rx.el.thead(
                rx.el.tr(
                    rx.el.th(t("collections.name")),
                    rx.el.th(t("collections.each"), class_name="num"),
                    rx.el.th(t("collections.due")),
                    rx.el.th(rx.el.span(t("collections.paid"), class_name="vh"), style={"width": "24%"}),
                    rx.el.th(t("collections.paid"), class_name="num"),
                    rx.el.th(rx.el.span(t("table.more"), class_name="vh")),
                )
            ),
            rx.el.tbody(rx.foreach(CollectionsState.calls, _call)),
            class_name="tbl stackable",
        ),
    )


def _paid_row(row: PaidLine) -> rx.Component:
    return rx.el.tr(
        rx.el.td(
            rx.el.a(row.name, href=rx.Var.create("/member?id=") + row.member_id, class_name="strong"),
            rx.el.span(row.detail, class_name="sub"),
        ),
        rx.el.td(rx.foreach(row.payments, _paid_part)),
        rx.el.td(row.figure, rx.cond(row.part != "", rx.el.span(row.part, class_name="sub")), class_name="num"),
    )


def _paid_part(part: PaidPart) -> rx.Component:
    return rx.el.div(
        part.words,
        rx.el.span(
            rx.el.a(part.receipt, href=part.href, class_name="mono nowrap"),
            rx.cond(part.code != "", rx.el.span(", ", rx.el.span(part.code, class_name="mono"))),
            class_name="sub",
        ),
    )


def _paid() -> rx.Component:
    """Who has paid for the contribution that was chosen above."""
    state = CollectionsState
    table = rx.el.table(
        rx.el.thead(
            rx.el.tr(
                rx.el.th(t("payments.member")),
                rx.el.th(t("collections.paid_when")),
                rx.el.th(t("collections.paid_figure"), class_name="num"),
            )
        ),
        rx.el.tbody(rx.foreach(state.paid, _paid_row)),
        class_name="tbl stackable",
    )
    return rx.cond(
        state.paid_title != "",
        card(
            rx.el.div(
                rx.el.div(
                    rx.el.h2(state.paid_title, id="paid", tab_index=-1),
                    rx.el.p(state.paid_line, class_name="small muted"),
                ),
                linkbutton(t("dialog.close"), on_click=state.close_paid),
                class_name="card-h",
                style={"justifyContent": "space-between"},
            ),
            table,
            rx.cond(
                state.paid_more,
                rx.el.div(button(t("collections.paid_more"), on_click=state.more_paid), class_name="card-f"),
            ),
        ),
    )


def _owed_row(row: OwedRow) -> rx.Component:
    return rx.el.tr(
        rx.el.td(
            rx.el.a(row.name, href=rx.Var.create("/member?id=") + row.member_id, class_name="strong"),
            rx.el.span(row.detail, class_name="sub"),
        ),
        rx.el.td(
            row.title,
            rx.el.span(row.due_on, class_name="sub"),
            rx.cond(row.kept != "", rx.el.span(row.kept, class_name="sub")),
            rx.cond(row.is_late, pill(t("today.late"), kind="bad", sign="warn")),
        ),
        rx.el.td(rx.el.span(row.reference, class_name="mono")),
        rx.el.td(row.figure, class_name="num"),
        rx.el.td(
            rx.el.div(
                if_may(
                    Permission.RECORD_CASH,
                    rx.cond(
                        row.is_own,
                        rx.el.span(CollectionsState.own_words, class_name="tiny muted own"),
                        linkbutton(t("collections.cash"), on_click=CollectionsState.start_cash(row.due_id)),
                    ),
                ),
                class_name="acts",
            )
        ),
    )


def _owed() -> rx.Component:
    return card(
        rx.el.div(
            rx.el.div(
                rx.el.h2(t("collections.owed"), " ", rx.el.span(CollectionsState.owed_total, class_name="muted")),
                rx.cond(
                    CollectionsState.only != "",
                    rx.el.p(
                        CollectionsState.only,
                        " ",
                        linkbutton(t("collections.show_all"), on_click=CollectionsState.show_all),
                        class_name="small muted",
                    ),
                ),
                style={"flex": "1"},
            ),
            download("/reports?what=overdue"),
            rx.el.input(
                type="search",
                class_name="input",
                placeholder=t("collections.find"),
                on_change=CollectionsState.find.debounce(250),
                key=CollectionsState.search_key,
                custom_attrs={"aria-label": t("collections.find_label")},
                style={"maxWidth": "320px"},
            ),
            class_name="card-h",
        ),
        rx.cond(
            CollectionsState.owed.length() > 0,
            rx.el.table(
                rx.el.thead(
                    rx.el.tr(
                        rx.el.th(t("payments.member")),
                        rx.el.th(t("collections.call"), style={"width": "32%"}),
                        rx.el.th(t("payments.reference")),
                        rx.el.th(CollectionsState.currency, class_name="num"),
                        rx.el.th(rx.el.span(t("table.more"), class_name="vh")),
                    )
                ),
                rx.el.tbody(rx.foreach(CollectionsState.owed, _owed_row)),
                class_name="tbl stackable",
            ),
            rx.el.p(
                rx.cond(CollectionsState.search != "", t("collections.none_found"), t("collections.none_owed")),
                class_name="card-b muted",
            ),
        ),
    )


def _cash() -> rx.Component:
    state = CollectionsState
    return dialog(
        state.cash_due != "",
        state.cash_title,
        rx.el.p(state.cash_note, class_name="muted small"),
        message(state.problem, state.problem_field, state.done),
        rx.cond(
            state.kept_note != "",
            rx.el.div(
                rx.el.p(state.kept_note, class_name="small"),
                button(state.kept_act, on_click=state.use_kept),
                class_name="stack stack--8",
            ),
        ),
        form(
            field(
                state.cash_amount_label,
                "amount",
                input_mode="decimal",
                auto_complete="off",
                default_value=state.cash_amount,
                problem=state.problem,
                problem_field=state.problem_field,
            ),
            field(
                t("collections.cash_on"),
                "paid_on",
                type="date",
                max=state.today,
                default_value=state.today,
                problem=state.problem,
                problem_field=state.problem_field,
            ),
            rx.el.div(
                button(t("collections.cash_now"), kind="primary", type="submit"),
                button(t("collections.cancel"), kind="quiet", on_click=state.leave_form),
                class_name="acts",
            ),
            on_submit=state.record_cash,
        ),
    )
