"""Jobs that were given up, for staff."""

import reflex as rx

from app.kit.i18n import t
from app.web.components import card, empty, heading, linkbutton, message, phases
from app.web.layouts import desk_shell
from app.web.staff.states.jobs import JobRow, JobsState


def jobs() -> rx.Component:
    return desk_shell(
        heading(t("jobs.title"), t("jobs.note")),
        message(JobsState.problem, JobsState.problem_field, JobsState.done),
        phases(
            JobsState.phase,
            JobsState.problem,
            JobsState.load,
            ready=_list(),
            empty=card(empty(t("jobs.empty_title"), t("jobs.empty"))),
        ),
        active="/staff/jobs",
        is_staff=True,
    )


def _row(row: JobRow) -> rx.Component:
    return rx.el.tr(
        rx.el.td(rx.el.span(row.name, class_name="strong")),
        rx.el.td(row.id, class_name="num", custom_attrs={"data-label": t("jobs.number")}),
        rx.el.td(row.tries, class_name="num", custom_attrs={"data-label": t("jobs.tries")}),
        rx.el.td(row.since, class_name="nowrap", custom_attrs={"data-label": t("jobs.since")}),
        rx.el.td(linkbutton(t("jobs.again"), on_click=JobsState.again(row.id))),
    )


def _list() -> rx.Component:
    return card(
        rx.el.table(
            rx.el.thead(
                rx.el.tr(
                    rx.el.th(t("jobs.name")),
                    rx.el.th(t("jobs.number"), class_name="num"),
                    rx.el.th(t("jobs.tries"), class_name="num"),
                    rx.el.th(t("jobs.since")),
                    rx.el.th(rx.el.span(t("table.more"), class_name="vh")),
                )
            ),
            rx.el.tbody(rx.foreach(JobsState.rows, _row)),
            class_name="tbl stackable",
        )
    )
