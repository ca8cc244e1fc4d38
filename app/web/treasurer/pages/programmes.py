"""An organisation's programmes, a line each, never added up."""

import reflex as rx

from app.kit.i18n import t
from app.web.components import card, heading, phases
from app.web.components.basics import PlainLink
from app.web.components.icons import icon
from app.web.layouts import desk_shell
from app.web.treasurer.pages.reports import report_head, report_row
from app.web.treasurer.states.programmes import ProgrammesState


def programmes() -> rx.Component:
    state = ProgrammesState
    return desk_shell(
        rx.el.link(rel="stylesheet", href="/reports.css"),
        heading(
            t("programmes.title"),
            t("programmes.note"),
            rx.el.a(t("report.title"), href="/reports", class_name="btn btn--secondary"),
        ),
        phases(state.phase, state.problem, state.load, ready=_ready()),
        active="/reports",
    )


def _ready() -> rx.Component:
    state = ProgrammesState
    endings = (("pdf", t("statement.pdf")), ("csv", t("statement.csv")), ("xlsx", t("statement.xlsx")))
    return rx.el.div(
        card(
            rx.el.div(
                rx.el.table(
                    rx.el.thead(rx.el.tr(rx.foreach(state.heads, report_head))),
                    rx.el.tbody(rx.foreach(state.rows, report_row)),
                    class_name="tbl tight reports__table",
                ),
                class_name="tbl-box",
            ),
            rx.cond(state.more != "", rx.el.p(state.more, class_name="card-f muted small")),
        ),
        rx.el.div(
            *[
                PlainLink.create(
                    icon("download", size="m"),
                    label,
                    href=f"/documents/programmes.{ending}",
                    class_name="btn btn--secondary",
                )
                for ending, label in endings
            ],
            class_name="acts",
        ),
        class_name="stack reports",
    )
