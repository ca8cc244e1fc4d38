"""Groups, for staff."""

import reflex as rx

from app.domain.groups.countries import COUNTRIES
from app.domain.groups.templates import TEMPLATES
from app.kit.i18n import t
from app.web.components import button, card, choice, empty, fault, field, form, heading, message, phases
from app.web.layouts import desk_shell
from app.web.staff.states.groups import GroupRow, GroupsState


def groups() -> rx.Component:
    return desk_shell(
        heading(
            t("groups.title"),
            t("groups.note"),
            rx.cond(
                (GroupsState.phase != "loading") & ~GroupsState.is_opening,
                button(t("groups.open"), kind="primary", on_click=GroupsState.start),
            ),
        ),
        message(GroupsState.problem, GroupsState.problem_field, GroupsState.done),
        rx.cond(GroupsState.is_opening, _open()),
        phases(
            GroupsState.phase,
            GroupsState.problem,
            GroupsState.load,
            ready=_list(),
            empty=rx.cond(
                GroupsState.is_opening, rx.fragment(), card(empty(t("groups.empty_title"), t("groups.empty")))
            ),
        ),
        active="/staff",
        is_staff=True,
    )


def _row(row: GroupRow) -> rx.Component:
    return rx.el.tr(
        rx.el.td(rx.el.span(row.name, class_name="strong")),
        rx.el.td(row.code, class_name="mono"),
        rx.el.td(row.template),
        rx.el.td(row.members, class_name="num", custom_attrs={"data-label": t("groups.members")}),
        rx.el.td(row.opened),
    )


def _list() -> rx.Component:
    return card(
        rx.el.table(
            rx.el.thead(
                rx.el.tr(
                    rx.el.th(t("groups.name")),
                    rx.el.th(t("groups.code")),
                    rx.el.th(t("groups.kind")),
                    rx.el.th(t("groups.members"), class_name="num"),
                    rx.el.th(t("groups.opened_on")),
                )
            ),
            rx.el.tbody(rx.foreach(GroupsState.rows, _row)),
            class_name="tbl stackable",
        )
    )


def _field(label: str, name: str, hint: str = "", **props: str) -> rx.Component:
    return field(
        label,
        name,
        hint=hint,
        auto_complete="off",
        **fault(GroupsState.problems, name),
        **props,
    )


def _kinds() -> rx.Component:
    """The templates, each with what it is for."""
    return rx.el.fieldset(
        rx.el.legend(t("groups.kind"), class_name="strong"),
        *[
            rx.el.label(
                rx.el.input(type="radio", name="template", value=name, default_checked=name == "welfare"),
                rx.el.span(
                    rx.el.b(t(f"template.{name}")), rx.el.span(t(f"template.{name}.note"), class_name="muted small")
                ),
            )
            for name in TEMPLATES
        ],
        class_name="kinds wide",
    )


def _open() -> rx.Component:
    return card(
        rx.el.div(rx.el.h2(t("groups.open_title")), class_name="card-h"),
        rx.el.p(t("groups.open_note"), class_name="card-b muted small"),
        form(
            _kinds(),
            choice(
                t("groups.country"),
                "country",
                *[
                    rx.el.option(t(f"country.{one.code}"), value=one.code, selected=one.code == "KE")
                    for one in COUNTRIES.values()
                ],
                hint=t("groups.country_hint"),
            ),
            _field(t("groups.amount"), "amount", t("groups.amount_hint"), input_mode="decimal"),
            _field(t("groups.full_name"), "name", t("groups.full_name_hint")),
            _field(t("groups.short_name"), "short_name", t("groups.short_name_hint")),
            _field(t("groups.pay_to"), "pay_to", t("groups.pay_to_hint"), auto_capitalize="none"),
            rx.el.h3(t("groups.admin"), class_name="wide"),
            _field(t("groups.admin_phone"), "admin_phone", t("groups.admin_phone_hint"), type="tel"),
            _field(t("groups.admin_no"), "admin_member_no", t("groups.admin_no_hint")),
            _field(t("groups.admin_name"), "admin_name"),
            rx.el.div(
                button(t("groups.open_now"), kind="primary", type="submit"),
                button(t("groups.cancel"), kind="quiet", on_click=GroupsState.leave),
                class_name="acts wide",
            ),
            on_submit=GroupsState.open_group,
            class_name="form-grid form-grid--2",
        ),
    )
