"""People and roles."""

from typing import Any

import reflex as rx

from app.domain.groups.permissions import OFFICES
from app.kit.i18n import t
from app.web.admin.states.people import NEW, PeopleState, RoleRow, Taker
from app.web.components import button, card, choice, dialog, field, form, heading, linkbutton, message, phases
from app.web.fresh_code import code_dialog
from app.web.layouts import desk_shell
from app.web.place import PlaceState

GIVEN = ("treasurer", "admin", "auditor", *OFFICES)


def people() -> rx.Component:
    state = PeopleState
    return desk_shell(
        heading(t("people.title"), t("people.note")),
        rx.cond(state.code_title == "", message(state.problem, state.problem_field, state.done)),
        phases(
            state.phase,
            state.problem,
            state.load,
            ready=rx.el.div(_holders(), _give(), class_name="cols cols--work"),
        ),
        _withdraw(),
        _code(),
        active="/admin/people",
    )


def _row(row: RoleRow) -> rx.Component:
    return rx.el.tr(
        rx.el.td(rx.el.span(row.name, class_name="strong"), rx.el.span(row.member_no, class_name="sub")),
        rx.el.td(
            row.role_word,
            rx.cond(
                row.term != "",
                rx.el.span(row.term, class_name=rx.cond(row.is_over, "sub warned", "sub")),
            ),
        ),
        rx.el.td(
            rx.cond(
                row.is_me,
                rx.el.span(t("people.you"), class_name="muted small"),
                rx.el.div(
                    linkbutton(
                        t("people.withdraw"),
                        is_danger=True,
                        on_click=PeopleState.ask_withdraw(row.member_id, row.role),
                    ),
                    class_name="acts",
                ),
            ),
            class_name="num",
        ),
    )


def _holders() -> rx.Component:
    return card(
        rx.el.table(
            rx.el.thead(
                rx.el.tr(
                    rx.el.th(t("people.name")),
                    rx.el.th(t("people.role")),
                    rx.el.th(rx.el.span(t("table.more"), class_name="vh")),
                )
            ),
            rx.el.tbody(rx.foreach(PeopleState.rows, _row)),
            class_name="tbl stackable",
        )
    )


def _give() -> rx.Component:
    state = PeopleState
    wrong = {"problem": state.problem, "problem_field": state.problem_field}
    return card(
        rx.el.div(rx.el.h2(t("people.give_title")), class_name="card-h"),
        form(
            choice(
                t("people.member"),
                "member",
                rx.el.option(t("people.choose"), value=""),
                rx.foreach(state.takers, _taker),
                rx.el.option(t("people.someone_new"), value=NEW),
                value=rx.cond(state.is_new, NEW, state.member),
                on_change=state.choose_member,
                **wrong,
            ),
            rx.cond(state.is_new, rx.fragment(*_newcomer(wrong))),
            choice(
                t("people.role"),
                "role",
                *[rx.el.option(t(f"role.{role}"), value=role) for role in GIVEN],
                value=state.role,
                on_change=state.choose_role,
                **wrong,
            ),
            rx.cond(
                state.has_term,
                field(
                    t("people.term"),
                    "until",
                    hint=t("people.term_hint"),
                    type="date",
                    default_value=state.until,
                    key=state.form_key + "u",
                    **wrong,
                ),
            ),
            button(t("people.give"), kind="primary", type="submit"),
            on_submit=state.give,
            class_name="form-grid",
        ),
    )


def _taker(one: Taker) -> rx.Component:
    return rx.el.option(one.words, value=one.id, disabled=~one.has_phone)


def _newcomer(wrong: dict[str, Any]) -> tuple[rx.Component, ...]:
    """Who is no member yet: the phone decides, number and name make the member."""
    state = PeopleState
    return (
        field(
            t("people.phone"),
            "phone",
            hint=PlaceState.phone_hint,
            type="tel",
            default_value=state.phone,
            key=state.form_key + "p",
            **wrong,
        ),
        field(
            t("people.member_no"),
            "member_no",
            hint=state.number_hint,
            default_value=state.member_no,
            key=state.form_key + "n",
            **wrong,
        ),
        field(
            t("people.full_name"),
            "name",
            default_value=state.name,
            key=state.form_key + "f",
            **wrong,
        ),
    )


def _withdraw() -> rx.Component:
    return dialog(
        PeopleState.withdraw_title != "",
        PeopleState.withdraw_title,
        rx.el.p(t("people.withdraw_note")),
        message(PeopleState.problem, PeopleState.problem_field, ""),
        rx.el.div(
            button(t("people.withdraw_now"), kind="danger", on_click=PeopleState.withdraw),
            button(t("people.keep"), kind="quiet", on_click=PeopleState.keep),
            class_name="acts",
        ),
    )


def _code() -> rx.Component:
    """A change of roles takes a fresh one-time code of the admin's own."""
    state = PeopleState
    return code_dialog(state, t("people.code_note"), confirm=state.confirm, leave=state.keep)
