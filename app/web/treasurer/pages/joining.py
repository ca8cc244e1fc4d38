"""Joining: requests and invitations."""

import reflex as rx

from app.kit.i18n import t
from app.web.components import (
    banner,
    button,
    card,
    dialog,
    empty,
    field,
    form,
    heading,
    linkbutton,
    message,
    phases,
    pill,
)
from app.web.components.parts import copy_row, qr, tabs
from app.web.layouts import desk_shell
from app.web.treasurer.pages.profile import region_field
from app.web.treasurer.states.joining import InviteRow, JoiningState, RequestRow


def joining() -> rx.Component:
    state = JoiningState
    return desk_shell(
        heading(
            t("joining.title"),
            t("joining.note"),
            rx.cond(
                state.phase != "loading",  # loading would close the form again
                button(t("joining.invite"), kind="primary", on_click=state.start_invite),
            ),
        ),
        rx.cond(state.step == "", message(state.problem, state.problem_field, state.done)),
        phases(state.phase, state.problem, state.load, ready=_ready()),
        _yes(),
        _no(),
        _make(),
        _show(),
        _end(),
        active="/joining",
    )


def _ready() -> rx.Component:
    state = JoiningState
    return card(
        tabs(
            (t("joining.requests"), state.tab == "requests", state.show("requests")),
            (t("joining.invites"), state.tab == "invites", state.show("invites")),
        ),
        rx.cond(state.tab == "requests", _requests(), _invites()),
    )


def _requests() -> rx.Component:
    state = JoiningState
    return rx.fragment(
        rx.cond(
            state.waiting.length() > 0,
            _request_table(state.waiting, t("joining.asked")),
            empty(t("joining.none_title"), t("joining.none")),
        ),
        rx.cond(
            state.answered.length() > 0,
            rx.fragment(
                rx.el.div(rx.el.h2(t("joining.answered")), class_name="card-h"),
                _request_table(state.answered, t("joining.asked")),
            ),
        ),
    )


def _request_table(rows: rx.Var[list[RequestRow]], when: str) -> rx.Component:
    return rx.el.table(
        rx.el.thead(
            rx.el.tr(
                rx.el.th(t("members.name")),
                rx.el.th(t("joining.wants")),
                rx.el.th(when),
                rx.el.th(rx.el.span(t("table.more"), class_name="vh")),
            )
        ),
        rx.el.tbody(rx.foreach(rows, _request)),
        class_name="tbl stackable",
    )


def _request(row: RequestRow) -> rx.Component:
    return rx.el.tr(
        rx.el.td(
            rx.el.span(row.name, class_name="strong"),
            rx.cond(row.phone != "", rx.el.span(row.phone, class_name="sub nowrap")),
        ),
        rx.el.td(
            rx.cond(
                row.kind == "join",
                rx.fragment(
                    t("joining.to_join"),
                    rx.cond(row.is_back, rx.el.span(t("joining.is_back"), class_name="sub")),
                ),
                rx.fragment(t("joining.to_mend"), rx.el.span(t("joining.now"), " ", row.detail, class_name="sub")),
            )
        ),
        rx.el.td(row.asked, class_name="nowrap"),
        rx.el.td(
            rx.cond(
                row.state == "waiting",
                rx.el.div(
                    linkbutton(t("joining.no"), is_danger=True, on_click=JoiningState.start_no(row.id)),
                    linkbutton(t("joining.yes"), on_click=JoiningState.start_yes(row.id)),
                    class_name="acts",
                ),
                rx.fragment(
                    rx.cond(
                        row.state == "approved",
                        pill(row.state_word, kind="ok", sign="check"),
                        pill(row.state_word, kind="bad", sign="cross"),
                    ),
                    rx.el.span(row.answer, class_name="sub"),
                ),
            )
        ),
    )


def _invites() -> rx.Component:
    return rx.cond(
        JoiningState.invites.length() > 0,
        rx.el.table(
            rx.el.thead(
                rx.el.tr(
                    rx.el.th(t("joining.code")),
                    rx.el.th(t("joining.used")),
                    rx.el.th(t("joining.until")),
                    rx.el.th(t("joining.state")),
                    rx.el.th(rx.el.span(t("table.more"), class_name="vh")),
                )
            ),
            rx.el.tbody(rx.foreach(JoiningState.invites, _invite)),
            class_name="tbl stackable",
        ),
        empty(
            t("joining.no_invites_title"),
            t("joining.no_invites"),
            button(t("joining.invite"), on_click=JoiningState.start_invite),
        ),
    )


def _invite(row: InviteRow) -> rx.Component:
    return rx.el.tr(
        rx.el.td(rx.el.span(row.shown, class_name="strong mono nowrap"), rx.el.span(row.made, class_name="sub")),
        rx.el.td(row.uses, custom_attrs={"data-label": t("joining.used")}),
        rx.el.td(row.until, class_name="nowrap", custom_attrs={"data-label": t("joining.until")}),
        rx.el.td(
            rx.cond(
                row.state == "live",
                pill(row.state_word, kind="ok", sign="check"),
                pill(row.state_word),
            )
        ),
        rx.el.td(
            rx.cond(
                row.state == "live",
                rx.el.div(
                    linkbutton(t("joining.end"), is_danger=True, on_click=JoiningState.ask_end(row.id)),
                    linkbutton(t("joining.show"), on_click=JoiningState.open_invite(row.id)),
                    class_name="acts",
                ),
            )
        ),
    )


def _acts(label: str, *, kind: str = "primary") -> rx.Component:
    return rx.el.div(
        button(label, kind=kind, type="submit"),
        button(t("joining.keep"), kind="quiet", on_click=JoiningState.keep),
        class_name="acts",
    )


def _who() -> rx.Component:
    asked = JoiningState.asked
    return rx.el.div(
        rx.el.p(asked.name, class_name="strong"),
        rx.cond(asked.phone != "", rx.el.p(asked.phone, class_name="small muted nowrap")),
    )


def _yes() -> rx.Component:
    state = JoiningState
    wrong = {"problem": state.problem, "problem_field": state.problem_field}
    needs_number = (state.asked.kind == "join") & ~state.asked.is_back
    return dialog(
        state.step == "yes",
        rx.cond(state.asked.kind == "join", t("joining.yes_title"), t("joining.mend_title")),
        _who(),
        rx.cond(state.asked.kind == "name", rx.el.p(t("joining.now"), " ", state.asked.detail, class_name="muted")),
        rx.cond(state.asked.is_back, banner(t("joining.back_note"))),
        message(state.problem, state.problem_field, ""),
        form(
            rx.cond(
                needs_number,
                rx.fragment(
                    field(
                        t("people.member_no"),
                        "member_no",
                        default_value=state.member_no,
                        key=state.asked.id,
                        auto_focus=True,
                        auto_complete="off",
                        **wrong,
                    ),
                    region_field(state.regions, state.region, **wrong),
                ),
            ),
            _acts(t("joining.yes_now")),
            on_submit=state.approve,
        ),
    )


def _no() -> rx.Component:
    state = JoiningState
    return dialog(
        state.step == "no",
        t("joining.no_title"),
        _who(),
        message(state.problem, state.problem_field, ""),
        form(
            field(
                t("payments.reason"),
                "reason",
                hint=t("joining.reason_hint"),
                default_value=state.reason,
                auto_focus=True,
                auto_complete="off",
                problem=state.problem,
                problem_field=state.problem_field,
            ),
            _acts(t("joining.no_now"), kind="danger"),
            on_submit=state.deny,
        ),
    )


def _make() -> rx.Component:
    state = JoiningState
    number = {
        "type": "number",
        "input_mode": "numeric",
        "auto_complete": "off",
        "problem": state.problem,
        "problem_field": state.problem_field,
    }
    return dialog(
        state.step == "make",
        t("joining.invite_title"),
        rx.el.p(t("joining.invite_note"), class_name="muted"),
        message(state.problem, state.problem_field, ""),
        form(
            field(t("joining.for_people"), "uses", hint=t("joining.people_hint"), default_value=state.uses, **number),
            field(t("joining.for_days"), "days", hint=t("joining.days_hint"), default_value=state.days, **number),
            _acts(t("joining.invite_now")),
            on_submit=state.make,
        ),
    )


def _end() -> rx.Component:
    state = JoiningState
    return dialog(
        state.step == "end",
        t("joining.end_title"),
        rx.el.p(rx.el.span(state.invite.shown, class_name="mono nowrap")),
        rx.el.p(t("joining.end_note")),
        message(state.problem, state.problem_field, ""),
        rx.el.div(
            button(t("joining.end_now"), kind="danger", on_click=state.end_invite),
            button(t("joining.keep"), kind="quiet", on_click=state.keep),
            class_name="acts",
        ),
    )


def _show() -> rx.Component:
    state = JoiningState
    return dialog(
        state.step == "show",
        t("joining.show_title"),
        rx.el.p(t("joining.show_note"), " ", rx.el.b(state.invite.until, class_name="nowrap"), class_name="muted"),
        rx.el.div(qr(state.qr, state.qr_box), style={"width": "200px", "alignSelf": "center"}),
        copy_row(t("joining.link"), state.invite.link, state.invite.link),
        copy_row(t("joining.code"), state.invite.shown, state.invite.shown),
        rx.el.div(button(t("joining.close"), kind="quiet", on_click=state.keep), class_name="acts"),
    )
