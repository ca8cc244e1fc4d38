"""The collection sheet of a meeting: the grid is drawn by `assets/sheet.js`, from what the state gives it."""

import reflex as rx

from app.kit.i18n import t
from app.web.components import button, card, dialog, heading, icon, message, phases
from app.web.components.basics import PlainForm
from app.web.layouts import desk_shell
from app.web.treasurer.states.sheet import SheetLine, SheetState


def sheet() -> rx.Component:
    state = SheetState
    return desk_shell(
        rx.el.link(rel="stylesheet", href="/sheet.css"),
        rx.el.script(src="/sheet.js", custom_attrs={"async": True}),
        rx.cond(
            state.recorded != "", heading(state.title, state.note, _back()), heading(t("collecting.title"), "", _acts())
        ),
        message(state.problem, rx.Var.create(""), state.done),
        phases(
            state.phase,
            state.problem,
            state.load,
            ready=rx.cond(state.recorded != "", _recorded(), _grid()),
        ),
        _review(),
        active="/collections",
    )


def _back() -> rx.Component:
    return rx.el.a(icon("back", size="m"), t("collections.title"), href="/collections", class_name="btn btn--quiet")


def _acts() -> rx.Component:
    return rx.fragment(
        _back(),
        button(t("collecting.print"), custom_attrs={"data-print": ""}),
        rx.el.form(
            rx.el.input(type="hidden", name="sheet", default_value=""),
            button(t("collecting.to_review"), kind="primary", type="submit"),
            on_submit=SheetState.review,
            id="sheet-form",
        ),
    )


def _grid() -> rx.Component:
    """A box without children: what stands in it is the script's alone."""
    return rx.el.div(id="sheet", custom_attrs={"data-sheet": SheetState.blank})


def _line(line: SheetLine) -> rx.Component:
    return rx.el.tr(
        rx.el.td(line.words),
        rx.el.td(line.figure, class_name="num"),
        rx.cond(line.href != "", rx.el.td(rx.el.a(line.link, href=line.href), class_name="num")),
    )


def _sum(line: SheetLine) -> rx.Component:
    return rx.el.tr(rx.el.td(line.words), rx.el.td(line.figure, class_name="num"))


def _review() -> rx.Component:
    state = SheetState
    return dialog(
        (state.title != "") & (state.recorded == ""),
        state.title,
        rx.el.p(state.note, class_name="muted small"),
        message(state.problem, state.problem_field, ""),
        rx.el.table(
            rx.el.tbody(rx.foreach(state.lines, _line)),
            rx.el.tfoot(rx.foreach(state.sums, _sum)),
            class_name="tbl tight",
        ),
        rx.el.div(
            button(state.record_label, kind="primary", on_click=state.record),
            button(t("collecting.back"), kind="quiet", on_click=state.back),
            class_name="acts",
        ),
    )


def _recorded() -> rx.Component:
    """To be read only: the meeting, its receipts, and where money that came later is taken."""
    state = SheetState
    total = rx.el.tr(rx.el.td(t("collecting.total")), rx.el.td(state.total, class_name="num"), rx.el.td())
    return rx.el.div(
        rx.el.p(
            t("collecting.later"), " ", rx.el.a(t("collecting.later_link"), href="/collections", class_name="link")
        ),
        rx.cond(
            state.lines.length() > 0,
            card(
                rx.el.div(rx.el.h2(t("receipts.title")), class_name="card-h"),
                rx.el.table(rx.el.tbody(rx.foreach(state.lines, _line)), rx.el.tfoot(total), class_name="tbl tight"),
            ),
        ),
        PlainForm.create(
            rx.el.label(t("collecting.another"), html_for="day"),
            rx.el.input(type="date", name="day", id="day", max=state.today, class_name="input"),
            button(t("collecting.open"), type="submit"),
            action="/sheet",
            method="get",
            class_name="sheet__other",
        ),
        class_name="stack",
        custom_attrs={"data-recorded": state.recorded},
    )
