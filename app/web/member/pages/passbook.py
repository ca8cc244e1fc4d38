"""Passbook: every line, newest first; a correction stands beside what it corrects."""

import reflex as rx

from app.kit.i18n import t
from app.web.components import button, empty, icon, phases, pill
from app.web.components.verified import verified_link
from app.web.layouts import phone_shell
from app.web.member.states.passbook import LineRow, PassbookState
from app.web.place import PlaceState


def passbook() -> rx.Component:
    return phone_shell(
        rx.el.h1(t("passbook.title")),
        phases(
            PassbookState.phase,
            PassbookState.problem,
            PassbookState.load,
            ready=_ready(),
            empty=rx.el.div(empty(t("passbook.empty_title"), t("passbook.empty")), _loans(), class_name="stack"),
        ),
        active="/passbook",
    )


def _line(line: LineRow) -> rx.Component:
    sign = rx.match(line.kind, ("out", "amount amount--out"), ("void", "amount amount--void"), "amount amount--in")
    return rx.el.li(
        rx.el.a(
            rx.el.span(
                rx.el.span(line.title, class_name="row__title"),
                rx.el.span(line.detail, class_name="row__sub"),
                rx.cond(line.kind == "void", pill(t("passbook.void"), kind="bad", sign="cross")),
                class_name="row__main",
            ),
            rx.el.span(
                rx.el.span(line.figure, class_name=sign),
                rx.el.span(line.balance, class_name="small muted num"),
                class_name="row__end",
            ),
            href=line.href,
            class_name="row",
        )
    )


def _ready() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.span(PassbookState.balance_label, class_name="figure__label"),
            rx.el.span(PassbookState.balance, class_name="figure__value amount"),
            class_name="figure box",
            style={"paddingTop": "16px"},
        ),
        rx.cond(PassbookState.kept != "", rx.el.p(PassbookState.kept, class_name="small")),
        verified_link(PassbookState.verified, PassbookState.verified_kind, "/verified"),
        rx.el.a(t("statement.open"), href="/statement", class_name="btn btn--secondary"),
        rx.el.ul(rx.foreach(PassbookState.rows, _line), class_name="card card--flush"),
        rx.cond(PassbookState.has_more, button(t("passbook.more"), on_click=PassbookState.more)),
        _loans(),
        class_name="stack",
    )


def _loans() -> rx.Component:
    """What is paid on a loan stands with the loan: said to who looks for it here."""
    return rx.cond(
        PlaceState.has.contains("loans"),  # pyright: ignore[reportAttributeAccessIssue]
        rx.el.a(t("passbook.loans"), icon("chevron", size="s"), href="/loans", class_name="link"),
    )
