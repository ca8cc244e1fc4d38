"""Members, and one more by hand."""

import reflex as rx

from app.domain.groups.permissions import Permission
from app.kit.i18n import t
from app.web.components import button, card, dialog, download, empty, fault, form, heading, message, phases
from app.web.components.parts import tabs
from app.web.layouts import desk_shell
from app.web.place import PlaceState, if_may
from app.web.treasurer.pages.profile import name_field, number_field, phone_field, region_field
from app.web.treasurer.parts import waiting_lists
from app.web.treasurer.states.members import MemberRow, MembersState


def members() -> rx.Component:
    link = if_may(
        Permission.IMPORT_MEMBERS, rx.el.a(t("members.import"), href="/import", class_name="btn btn--secondary")
    )
    add = if_may(
        Permission.MANAGE_MEMBERS, button(t("members.add"), kind="primary", on_click=MembersState.start_adding)
    )
    return desk_shell(
        heading(t("members.title"), MembersState.count_line, download("/reports?what=members"), link, add),
        rx.cond(
            MembersState.is_adding,
            rx.fragment(),
            message(MembersState.problem, MembersState.problem_field, MembersState.done),
        ),
        rx.cond(MembersState.drafts.length() > 0, waiting_lists(MembersState.drafts)),
        phases(
            MembersState.phase,
            MembersState.problem,
            MembersState.load,
            ready=_ready(),
            empty=card(empty(t("members.empty_title"), t("members.empty"), link)),
        ),
        _add(),
        active="/members",
    )


def _add() -> rx.Component:
    state = MembersState
    return dialog(
        state.is_adding,
        t("members.add_title"),
        message(state.problem, state.problem_field, state.done),
        form(
            name_field(**fault(state.problems, "name")),
            number_field(hint=state.number_hint, **fault(state.problems, "member_no")),
            phone_field(**fault(state.problems, "phone")),
            region_field(state.regions, **fault(state.problems, "region")),
            rx.el.div(
                button(t("members.save"), kind="primary", type="submit"),
                button(t("members.cancel"), kind="quiet", on_click=state.leave_form),
                class_name="acts",
            ),
            on_submit=state.add,
        ),
    )


def _row(row: MemberRow) -> rx.Component:
    return rx.el.tr(
        rx.el.td(
            rx.el.a(row.name, href=rx.Var.create("/member?id=") + row.id, class_name="strong"),
            rx.cond(row.roles != "", rx.el.span(row.roles, class_name="sub")),
        ),
        rx.el.td(row.member_no),
        rx.el.td(row.region),
        rx.el.td(row.phone, class_name="nowrap"),
        rx.el.td(row.signs_in, class_name="muted", custom_attrs={"data-label": t("members.sign_in")}),
        rx.el.td(
            rx.el.a(t("statement.open"), href=rx.Var.create("/statements?member=") + row.id, class_name="link"),
        ),
    )


def _ready() -> rx.Component:
    state = MembersState
    return card(
        tabs(
            (t("members.tab_now"), ~state.shows_left, state.show("now")),
            (t("members.tab_left"), state.shows_left, state.show("left")),
        ),
        rx.el.div(
            rx.el.input(
                type="search",
                class_name="input",
                placeholder=t("members.find"),
                on_change=MembersState.find.debounce(250),
                custom_attrs={"aria-label": t("members.find_label")},
                style={"maxWidth": "320px"},
            ),
            class_name="card-h",
        ),
        rx.cond(
            MembersState.rows.length() > 0,
            rx.el.table(
                rx.el.thead(
                    rx.el.tr(
                        rx.el.th(t("members.name")),
                        rx.el.th(t("members.no")),
                        rx.el.th(PlaceState.region_word),
                        rx.el.th(t("members.phone")),
                        rx.el.th(t("members.sign_in")),
                        rx.el.th(rx.el.span(t("table.more"), class_name="vh")),
                    )
                ),
                rx.el.tbody(rx.foreach(MembersState.rows, _row)),
                class_name="tbl stackable",
            ),
            rx.el.p(t("members.none_found"), class_name="card-b muted"),
        ),
        rx.el.div(
            rx.cond(MembersState.page > 0, button(t("members.previous"), on_click=MembersState.turn(-1))),
            rx.cond(MembersState.has_next, button(t("members.next"), on_click=MembersState.turn(1))),
            class_name=rx.cond((MembersState.page > 0) | MembersState.has_next, "card-f", "vh"),
        ),
    )
