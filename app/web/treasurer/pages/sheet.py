"""The collection sheet of a meeting: the grid is drawn by `assets/sheet.js`, from what the state gives it."""

import reflex as rx

from app.kit.i18n import t
from app.web.components import button, card, dialog, heading, icon, message, phases
from app.web.layouts import desk_shell
from app.web.treasurer.states.sheet import SheetLine, SheetState


def sheet() -> rx.Component:
    state = SheetState
    return desk_shell(
        rx.el.link(rel="stylesheet", href="/sheet.css"),
        rx.el.script(src="/sheet.js", custom_attrs={"async": True}),
        rx.cond(
            state.recorded != "", heading(state.title, state.note), heading(t("collecting.title"), state.hint, _acts())
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


def _acts() -> rx.Component:
    return rx.fragment(
        rx.el.a(icon("back", size="m"), t("collections.title"), href="/collections", class_name="btn btn--quiet"),
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
    state = SheetState
    return rx.el.div(
        rx.cond(
            state.lines.length() > 0,
            card(
                rx.el.div(rx.el.h2(t("receipts.title")), class_name="card-h"),
                rx.el.table(rx.el.tbody(rx.foreach(state.lines, _line)), class_name="tbl tight"),
            ),
        ),
        rx.el.div(
            rx.el.a(t("collections.title"), href="/collections", class_name="btn btn--primary"), class_name="acts"
        ),
        class_name="stack",
        custom_attrs={"data-recorded": state.recorded},
    )
