"""Home: three numbers and one button."""

from typing import Any

import reflex as rx

from app.kit.i18n import t
from app.web.components import banner, eye, icon, lid, phases, pill, row_link
from app.web.layouts import phone_shell
from app.web.member.states.home import DueRow, HomeState
from app.web.place import PlaceState
from app.web.presenters.receipts import ReceiptLineRow


def home() -> rx.Component:
    return phone_shell(
        rx.el.h1(t("home.title"), class_name="vh"),
        phases(HomeState.phase, HomeState.problem, HomeState.load, ready=_ready()),
        active="/home",
    )


def _ready() -> rx.Component:
    parts = (_to_sign(), _to_stand(), _figures(), _action(), _dues(), _receipts(), _rules())
    return rx.el.div(*parts, class_name="stack", style={"gap": "24px"})


def _to_sign() -> rx.Component:
    """For officers: what others have proposed and wait for."""
    return rx.cond(
        PlaceState.to_sign > 0,
        rx.el.a(
            icon("sign"),
            rx.el.span(PlaceState.to_sign_words),
            icon("chevron", size="s"),
            href="/sign",
            class_name="todo",
        ),
    )


def _to_stand() -> rx.Component:
    return rx.cond(
        HomeState.asked != "",
        rx.el.a(icon("sign"), rx.el.span(HomeState.asked), icon("chevron", size="s"), href="/loans", class_name="todo"),
    )


def _figures() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.a(
                lid(),
                rx.el.span(HomeState.paid_label, icon("chevron"), class_name="figure__label"),
                rx.el.span(HomeState.paid_this_year, class_name="figure__value amount"),
                href=HomeState.paid_href,
                class_name="figure box",
            ),
            eye(),
            class_name="figure-eye",
        ),
        rx.el.div(
            rx.el.span(t("home.owed"), class_name="figure__label"),
            rx.el.span(HomeState.owed, class_name="figure__value amount"),
            rx.el.span(HomeState.owed_note, class_name="figure__sub"),
            class_name="figure",
        ),
        rx.el.div(
            rx.el.span(t("home.next"), class_name="figure__label"),
            rx.el.span(HomeState.next_due, class_name="figure__value"),
            rx.el.span(HomeState.next_due_note, class_name="figure__sub"),
            class_name="figure",
        ),
        class_name="figures",
    )


def _action() -> rx.Component:
    pay = rx.el.a(
        t("home.pay_now"),
        rx.el.span(HomeState.pay_amount, class_name="amount"),
        href=HomeState.pay_href,
        class_name="btn btn--primary",
    )
    return rx.cond(
        HomeState.pay_href != "",
        pay,
        rx.cond(
            HomeState.is_all_paid,
            rx.el.div(
                icon("check"),
                rx.el.span(HomeState.free_words, rx.el.small(HomeState.free_note)),
                class_name="done",
            ),
            banner(rx.el.strong(t("home.all_sent")), t("home.all_sent_note"), sign="clock"),
        ),
    )


def due_line(due: DueRow, **props: Any) -> rx.Component:
    """What one owes in a list; opens its payment, or its loan."""
    state = rx.match(
        due.state,
        ("", rx.fragment()),
        ("sent", pill(due.state_word, sign="clock")),
        ("late", pill(due.state_word, kind="bad", sign="warn")),
        pill(due.state_word, kind="warn", sign="clock"),
    )
    return rx.el.li(
        rx.el.a(
            rx.el.span(
                rx.el.span(due.title, class_name="row__title"),
                rx.el.span(due.when, class_name="row__sub"),
                rx.cond(due.paid != "", rx.el.span(due.paid, class_name="row__sub")),
                rx.cond(due.waits != "", rx.el.span(due.waits, class_name="row__sub")),
                rx.cond(due.rejected != "", rx.el.span(due.rejected, class_name="field__error")),
                class_name="row__main",
            ),
            rx.el.span(rx.el.span(due.figure, class_name="amount"), state, class_name="row__end"),
            href=due.href,
            class_name="row",
            **props,
        )
    )


def _dues() -> rx.Component:
    return rx.cond(
        HomeState.owing.length() > 0,
        rx.el.section(
            rx.el.div(rx.el.h2(t("home.what_i_owe")), class_name="section__head"),
            rx.el.ul(rx.foreach(HomeState.owing, due_line), class_name="card card--flush"),
            class_name="section",
        ),
    )


def receipt_row(row: ReceiptLineRow) -> rx.Component:
    """A receipt in a list; opens it."""
    return rx.el.li(
        row_link(
            row.title,
            rx.fragment(row.detail, rx.el.span(row.number, class_name="row__sub")),
            rx.fragment(
                rx.el.span(row.figure, class_name=rx.cond(row.is_reversed, "amount amount--void", "amount")),
                rx.cond(
                    row.is_reversed,
                    pill(row.state_word, kind="bad", sign="cross"),
                    pill(row.state_word, kind="ok", sign="check"),
                ),
            ),
            rx.Var.create("/receipt?id=") + row.id,
            lead=rx.el.span(icon("receipt", size="m"), class_name=rx.cond(row.is_reversed, "dot", "dot dot--ok")),
        )
    )


def _rules() -> rx.Component:
    return rx.el.p(
        rx.cond(
            PlaceState.has.contains("loans"),  # pyright: ignore[reportAttributeAccessIssue]
            rx.fragment(
                rx.el.a(t("loans.title"), icon("chevron", size="s"), href="/loans", class_name="link"), rx.el.br()
            ),
        ),
        rx.cond(
            PlaceState.has.contains("welfare"),  # pyright: ignore[reportAttributeAccessIssue]
            rx.fragment(
                rx.el.a(t("welfare.title"), icon("chevron", size="s"), href="/welfare", class_name="link"), rx.el.br()
            ),
        ),
        rx.el.a(t("home.rules"), icon("chevron", size="s"), href="/rules", class_name="link"),
        rx.el.br(),
        rx.el.a(t("verified.link"), icon("chevron", size="s"), href="/verified", class_name="link"),
    )


def _receipts() -> rx.Component:
    return rx.el.section(
        rx.el.div(rx.el.h2(t("home.last_receipts")), class_name="section__head"),
        rx.cond(
            HomeState.receipts.length() > 0,
            rx.el.ul(rx.foreach(HomeState.receipts, receipt_row), class_name="card card--flush"),
            rx.el.p(t("home.no_receipts"), class_name="muted small"),
        ),
        class_name="section",
    )
