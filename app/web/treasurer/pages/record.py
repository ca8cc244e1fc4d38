"""A member's log, and leaving: cards for the page of one member."""

import reflex as rx

from app.domain.groups.permissions import Permission
from app.kit.i18n import t
from app.web.components import banner, button, card, dialog, form, message
from app.web.components.parts import pairs
from app.web.place import if_may
from app.web.presenters.activity import LogLine
from app.web.treasurer.states.record import RecordState


def _line(line: LogLine) -> rx.Component:
    return rx.el.li(
        rx.el.span(rx.el.span(line.words), rx.el.span(line.at, class_name="row__sub"), class_name="row__main"),
        rx.cond(
            line.href != "",
            rx.el.span(rx.el.a(line.link, href=line.href, class_name="link"), class_name="row__end"),
        ),
        class_name="row",
    )


def log_list(lines: rx.Var[list[LogLine]]) -> rx.Component:
    """What happened, each with the way to its receipt or member."""
    return rx.el.ul(rx.foreach(lines, _line), class_name="log")


def log_card() -> rx.Component:
    """What she did, and what was done about her."""
    state = RecordState
    return card(
        rx.el.div(rx.el.h2(t("record.log")), class_name="card-h"),
        rx.cond(
            state.lines.length() > 0,
            log_list(state.lines),
            rx.el.p(t("record.empty"), class_name="card-b muted"),
        ),
        rx.cond(state.has_more, rx.el.div(button(t("record.more"), on_click=state.more), class_name="card-f")),
    )


def said_of_record() -> rx.Component:
    """What became of leaving or coming back; in the dialog while that is open."""
    state = RecordState
    return rx.cond(state.step == "", message(state.problem, state.problem_field, state.done))


def settlement_card() -> rx.Component:
    """What is owed both ways, and the way out or back."""
    sheet = RecordState.sheet
    return card(
        rx.el.div(rx.el.h2(t("record.settlement")), class_name="card-h"),
        rx.el.div(
            rx.cond(sheet.left != "", banner(rx.el.strong(t("record.left"), " ", sheet.left), sign="info")),
            _figures(),
            rx.el.p(t("record.paid_stays"), class_name="small muted"),
            if_may(
                Permission.PROPOSE_DECISIONS,
                rx.cond(
                    sheet.may_be_paid,
                    rx.el.a(
                        sheet.pay_out,
                        href=rx.Var.create("/money-out?member=") + sheet.id,
                        class_name="btn btn--secondary",
                    ),
                ),
            ),
            if_may(
                Permission.MANAGE_MEMBERS,
                rx.cond(
                    sheet.left != "",
                    button(t("record.take_back"), on_click=RecordState.take_back),
                    rx.cond(
                        sheet.may_leave,
                        button(t("record.leave"), kind="danger", on_click=RecordState.start_leaving),
                        rx.el.p(sheet.why_not, class_name="small"),
                    ),
                ),
            ),
            class_name="card-b stack",
        ),
    )


def _figures() -> rx.Component:
    sheet = RecordState.sheet
    owes = rx.fragment(rx.el.b(sheet.owes, class_name="amount"), rx.el.span(sheet.dues, class_name="sub"))
    return rx.el.div(
        pairs(((t("record.owes"), owes),)),
        rx.cond(sheet.waits != "", pairs(((t("record.waits"), rx.el.span(sheet.waits, class_name="amount")),))),
        pairs(
            (
                (t("record.owed"), rx.el.b(sheet.owed, class_name="amount")),
                (t("record.paid"), rx.el.span(sheet.paid, class_name="amount")),
            )
        ),
        rx.cond(sheet.kept != "", pairs(((t("record.kept"), rx.el.span(sheet.kept, class_name="amount")),))),
    )


def leave_dialog() -> rx.Component:
    state = RecordState
    return dialog(
        state.step == "leave",
        state.title,
        _figures(),
        rx.el.p(t("record.leave_note"), class_name="muted"),
        rx.cond(state.problem != "", banner(state.problem, kind="bad", sign="warn")),
        form(
            rx.cond(
                state.sheet.has_open,
                rx.el.fieldset(
                    rx.el.legend(t("record.open_dues")),
                    _option("cancel", t("record.cancel"), t("record.cancel_note")),
                    _option("keep", t("record.keep_owed"), t("record.keep_owed_note")),
                    class_name="stack stack--8",
                ),
            ),
            rx.el.div(
                button(t("record.leave_now"), kind="danger", type="submit"),
                button(t("record.keep"), kind="quiet", on_click=state.keep),
                class_name="acts",
            ),
            on_submit=state.leave,
        ),
    )


def _option(value: str, label: str, note: str) -> rx.Component:
    return rx.el.label(
        rx.el.input(type="radio", name="open_dues", value=value, class_name="radio"),
        rx.el.span(rx.el.span(label, class_name="row__title"), rx.el.span(note, class_name="row__sub")),
        class_name="option",
    )
