"""A statement's page: the period, the balances, the files, the lines. One component for a phone and a desk."""

from typing import Any

import reflex as rx

from app.kit.i18n import t
from app.web.components.basics import PlainLink, banner, button, card, field, form, linkbutton, message, pill
from app.web.components.icons import icon
from app.web.presenters.statements import StatementRow


def statement_page(
    state: Any, *, show: Any, quick: Any, choose: Any, sign: Any, look: Any, receipt: str
) -> rx.Component:
    """`state` is a StatementScreen; the handlers are its room's, and `receipt` the address of a receipt there."""
    return rx.el.div(
        message(state.problem, state.problem_field, state.done),
        _period(state, show, quick),
        _balances(state.sheet),
        _files(state, choose, sign, look),
        _lines(state, receipt),
        class_name="stack statement",
    )


def _period(state: Any, show: Any, quick: Any) -> rx.Component:
    wrong = {"problem": state.problem, "problem_field": state.problem_field}
    return card(
        form(
            field(t("statement.from"), "from", type="date", default_value=state.from_on, key=state.from_on, **wrong),
            field(
                t("statement.until"), "until", type="date", default_value=state.until_on, key=state.until_on, **wrong
            ),
            rx.el.div(button(t("statement.show"), type="submit"), class_name="acts"),
            on_submit=show,
            class_name="period card-b",
        ),
        rx.el.div(
            *[linkbutton(t(f"statement.{name}"), on_click=quick(name)) for name in ("year", "last_year", "all")],
            class_name="period__quick card-b",
        ),
    )


def _balances(sheet: Any) -> rx.Component:
    def box(label: Any, value: Any, class_name: str = "") -> rx.Component:
        return rx.el.div(
            rx.el.dt(label),
            rx.el.dd(rx.el.span(value, class_name="amount")),
            class_name=f"balance {class_name}".strip(),
        )

    return rx.el.dl(
        box(sheet.opening_label, sheet.opening),
        box(t("paper.came_in"), sheet.came_in),
        box(t("paper.went_out"), sheet.went_out),
        box(sheet.closing_label, sheet.closing, "balance--main"),
        class_name="balances",
    )


def _files(state: Any, choose: Any, sign: Any, look: Any) -> rx.Component:
    return card(
        rx.el.div(rx.el.h2(t("statement.files")), class_name="card-h"),
        rx.el.div(
            rx.cond(state.signed.id == "", _unsigned(state, choose, sign), _signed(state, sign, look)),
            class_name="card-b stack",
            custom_attrs={"aria-live": "polite"},
        ),
    )


def _unsigned(state: Any, choose: Any, sign: Any) -> rx.Component:
    return rx.el.div(
        rx.el.p(t("statement.files_note"), class_name="small muted"),
        rx.cond(
            state.languages.length() > 1,
            rx.el.div(
                rx.el.label(t("statement.language"), html_for="language"),
                rx.el.select(
                    rx.foreach(state.languages, lambda one: rx.el.option(one.name, value=one.code)),
                    value=state.lang,
                    on_change=choose,
                    id="language",
                    class_name="input",
                ),
                class_name="field",
            ),
        ),
        rx.el.div(button(t("statement.sign"), kind="primary", on_click=sign), class_name="acts"),
        class_name="stack",
    )


def _signed(state: Any, sign: Any, look: Any) -> rx.Component:
    signed = state.signed
    return rx.el.div(
        rx.match(
            signed.state,
            ("queued", _making(state, look)),
            ("ready", _download(t("statement.pdf"), signed.pdf, "btn btn--primary")),
            rx.el.div(
                banner(t("statement.failed"), kind="bad", sign="warn"),
                button(t("screen.try_again"), on_click=sign),
                class_name="stack stack--8",
            ),
        ),
        rx.el.div(
            _download(t("statement.csv"), signed.csv, "btn btn--secondary"),
            _download(t("statement.xlsx"), signed.xlsx, "btn btn--secondary"),
            class_name="acts",
        ),
        rx.el.p(
            t("statement.check"),
            " ",
            rx.el.a(
                signed.check_code, href=signed.check_url, target="_blank", rel="noopener", class_name="link mono nowrap"
            ),
            class_name="small",
        ),
        class_name="stack",
    )


def _making(state: Any, look: Any) -> rx.Component:
    """`assets/sanduk.js` presses the hidden button every second, once for each answer."""
    return rx.el.div(
        rx.el.progress(custom_attrs={"aria-label": t("statement.making")}),
        rx.el.p(rx.el.b(t("statement.making")), " ", state.sheet.lines, ". ", state.signed.waited),
        rx.el.p(t("statement.leave"), class_name="small muted"),
        rx.el.button(type="button", on_click=look, hidden=True, custom_attrs={"data-again": state.tick}),
        class_name="stack stack--8 making",
    )


def _download(label: str, href: Any, class_name: str) -> rx.Component:
    return PlainLink.create(icon("download", size="m"), label, href=href, class_name=class_name)


def _line(row: StatementRow, receipt: str) -> rx.Component:
    """What it was for opens its receipt; the amounts stand beside the link, each to be shown alone."""
    figure = rx.match(row.kind, ("out", "amount amount--out"), ("void", "amount amount--void"), "amount amount--in")
    return rx.el.tr(
        rx.el.td(row.day, class_name="nowrap"),
        rx.el.td(
            rx.cond(
                row.receipt_id != "",
                rx.el.a(row.title, href=rx.Var.create(receipt) + row.receipt_id, class_name="strong"),
                rx.el.span(row.title, class_name="strong"),
            ),
            rx.cond(row.note != "", rx.el.span(pill(row.note, kind="bad", sign="cross"), class_name="sub")),
            rx.el.span(row.how, " ", rx.el.span(row.receipt, class_name="mono nowrap"), class_name="sub"),
        ),
        rx.el.td(rx.el.span(row.figure, class_name=figure), class_name="num nowrap"),
        rx.el.td(
            rx.el.span(row.balance, class_name="num"),
            class_name="num",
            custom_attrs={"data-label": t("statement.balance")},
        ),
    )


def _lines(state: Any, receipt: str) -> rx.Component:
    return card(
        rx.el.div(
            rx.el.h2(t("paper.lines")), rx.el.p(state.sheet.period, class_name="muted small"), class_name="card-h"
        ),
        rx.cond(
            state.rows.length() > 0,
            rx.el.table(
                rx.el.thead(
                    rx.el.tr(
                        rx.el.th(t("paper.date")),
                        rx.el.th(t("paper.what")),
                        rx.el.th(t("statement.amount"), class_name="num"),
                        rx.el.th(t("statement.balance"), class_name="num"),
                    )
                ),
                rx.el.tbody(rx.foreach(state.rows, lambda row: _line(row, receipt))),
                class_name="tbl stackable",
            ),
            rx.el.p(t("paper.no_lines"), class_name="card-b muted"),
        ),
        rx.cond(state.sheet.more != "", rx.el.p(state.sheet.more, class_name="card-f muted small")),
    )
