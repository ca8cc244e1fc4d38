"""The audit trail: everything that anybody did in the group, in sentences."""

import reflex as rx

from app.domain.reports.activity import KINDS
from app.kit.i18n import t
from app.web.components import button, card, empty, heading, phases
from app.web.components.basics import PlainLink, choice, field, form
from app.web.components.icons import icon
from app.web.layouts import desk_shell
from app.web.treasurer.pages.record import log_list
from app.web.treasurer.states.audit import AuditState, Person


def audit() -> rx.Component:
    return desk_shell(
        heading(t("audit.title"), t("audit.note")),
        phases(
            AuditState.phase,
            AuditState.problem,
            AuditState.load,
            ready=_ready(),
            empty=card(empty(t("audit.empty_title"), t("audit.empty"))),
        ),
        active="/audit",
    )


def _option(person: Person) -> rx.Component:
    return rx.el.option(person.name, value=person.id)


def _filters() -> rx.Component:
    state = AuditState
    wrong = {"problem": state.problem, "problem_field": state.problem_field}
    return rx.el.div(
        choice(
            t("audit.person"),
            "person",
            rx.el.option(t("audit.everybody"), value=""),
            rx.foreach(state.people, _option),
            value=state.person,
            on_change=state.choose_person,
        ),
        choice(
            t("audit.kind"),
            "kind",
            rx.el.option(t("audit.everything"), value=""),
            *[rx.el.option(t(f"audit.kind.{one}"), value=one) for one in KINDS],
            value=state.kind,
            on_change=state.choose_kind,
        ),
        form(
            *[
                field(t(label), name, type="date", default_value=day, key=name + day, **wrong)
                for label, name, day in (("audit.from", "from", state.since), ("audit.until", "until", state.until))
            ],
            button(t("audit.show"), type="submit"),
            on_submit=state.choose_days,
            class_name="filters__days",
        ),
        class_name="card-h filters",
    )


def _files() -> rx.Component:
    state = AuditState
    return rx.el.div(
        rx.el.p(state.end, " ", rx.el.span(state.seal, class_name="mono nowrap"), class_name="small muted"),
        rx.el.div(
            PlainLink.create(icon("download", size="m"), "CSV", href=state.csv, class_name="btn btn--secondary"),
            PlainLink.create(icon("download", size="m"), "XLSX", href=state.xlsx, class_name="btn btn--secondary"),
            class_name="acts",
        ),
        class_name="card-f filters__files",
    )


def _ready() -> rx.Component:
    state = AuditState
    return card(
        _filters(),
        rx.cond(
            state.lines.length() > 0,
            log_list(state.lines),
            empty(t("audit.none_title"), t("audit.none"), button(t("audit.all"), on_click=state.show_all)),
        ),
        rx.cond(state.has_more, rx.el.div(button(t("record.more"), on_click=state.more), class_name="card-f")),
        _files(),
    )
