"""Loans: what others ask of one, one's own, and asking for one."""

from typing import Any

import reflex as rx

from app.kit.i18n import t
from app.web.components import banner, button, dialog, empty, icon, message, phases
from app.web.layouts import phone_shell
from app.web.member.states.loans import LoansState
from app.web.place import PlaceState
from app.web.presenters.loans import LoanRow, Pill, StandRow


def loans() -> rx.Component:
    state = LoansState
    return phone_shell(
        rx.el.h1(t("loans.title")),
        message(state.problem, state.problem_field, state.done),
        _agree(),
        phases(
            state.phase,
            state.problem,
            state.load,
            ready=_ready(),
            empty=empty(
                t("loans.none_title"),
                t("loans.none"),
                rx.cond(
                    PlaceState.role == "admin",
                    rx.el.a(t("lending.set_terms"), href="/lending/terms", class_name="btn btn--primary"),
                ),
            ),
        ),
        active="/loans",
        back="/home",
    )


def pill_of(one: Pill | Any) -> rx.Component:
    """A state with its sign."""
    tone = rx.cond(one.tone != "", rx.Var.create("pill pill--") + one.tone, "pill")
    sign = rx.match(one.sign, ("check", icon("check")), ("warn", icon("warn")), ("cross", icon("cross")), icon("clock"))
    return rx.el.span(sign, one.word, class_name=tone)


def _ready() -> rx.Component:
    state = LoansState
    return rx.el.div(
        rx.cond(
            state.asked.length() > 0,
            rx.el.section(
                rx.el.h2(t("loans.asked")),
                rx.el.ul(rx.foreach(state.asked, _asked), class_name="decisions"),
                class_name="section",
            ),
        ),
        rx.cond(
            state.loans.length() > 0,
            rx.el.section(
                rx.el.h2(t("loans.mine")),
                rx.el.ul(rx.foreach(state.loans, _loan), class_name="card card--flush"),
                class_name="section",
            ),
        ),
        rx.cond(
            state.may_ask,
            rx.el.a(
                t("loans.ask"),
                href="/loans/apply",
                class_name=rx.cond(state.asked.length() > 0, "btn btn--secondary", "btn btn--primary"),
            ),
        ),
        rx.cond(
            state.stands.length() > 0,
            rx.el.section(
                rx.el.h2(t("loans.stands")),
                rx.el.ul(rx.foreach(state.stands, _stands), class_name="card card--flush"),
                class_name="section",
            ),
        ),
        class_name="stack",
        style={"gap": "24px"},
    )


def _asked(row: StandRow) -> rx.Component:
    return rx.el.li(
        rx.el.h3(row.title),
        rx.el.p(row.detail, class_name="small muted"),
        rx.el.p(row.terms),
        rx.el.p(row.pledge),
        rx.cond(
            row.can_agree,
            rx.fragment(
                banner(row.risk, kind="warn", sign="warn"), rx.el.p(t("loans.stand_means"), class_name="small muted")
            ),
            banner(t("loans.stand_cannot"), kind="warn", sign="warn"),
        ),
        rx.el.div(
            rx.cond(row.can_agree, button(t("loans.stand_yes"), kind="primary", on_click=LoansState.ask(row.id))),
            button(t("loans.stand_no"), kind="quiet", on_click=LoansState.refuse(row.id)),
            class_name="decision__acts",
        ),
        class_name="card decision",
    )


def _agree() -> rx.Component:
    row = LoansState.agreeing
    return dialog(
        row.id != "",
        row.sure,
        rx.el.p(row.title),
        rx.el.p(row.risk, class_name="small muted"),
        message(LoansState.problem, LoansState.problem_field, ""),
        rx.el.div(
            button(t("loans.stand_now"), kind="primary", on_click=LoansState.agree),
            button(t("loans.stand_back"), kind="quiet", on_click=LoansState.leave, auto_focus=True),
            class_name="acts",
        ),
    )


def _stands(row: StandRow) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.span(
                rx.el.span(row.title, class_name="row__title"),
                rx.el.span(row.bound, class_name="row__sub"),
                class_name="row__main",
            ),
            class_name="row",
        )
    )


def _loan(row: LoanRow) -> rx.Component:
    return rx.el.li(
        rx.el.a(
            rx.el.span(
                rx.el.span(row.title, class_name="row__title"),
                rx.el.span(row.detail, class_name="row__sub"),
                class_name="row__main",
            ),
            rx.el.span(
                rx.cond(row.figure != "", rx.el.span(row.figure, class_name="amount")),
                pill_of(row.pill),
                class_name="row__end",
            ),
            href=rx.Var.create("/loan?id=") + row.id,
            class_name="row",
        )
    )
