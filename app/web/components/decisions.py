"""A proposal as a card, with a circle for everybody who has signed or may."""

from typing import Any

import reflex as rx

from app.kit.i18n import t
from app.web.components.basics import PlainLink, button, field, form, message
from app.web.components.dialog import dialog
from app.web.components.icons import icon
from app.web.presenters.decisions import Circle, DecisionRow
from app.web.presenters.loans import Told


def circle(one: Circle) -> rx.Component:
    badge = rx.match(
        one.kind,
        ("approved", rx.el.i(icon("check", size="s"), class_name="signer__badge")),
        ("refused", rx.el.i(icon("cross", size="s"), class_name="signer__badge")),
        rx.fragment(),
    )
    return rx.el.li(
        rx.el.span(one.initials, badge, class_name="signer__dot", custom_attrs={"aria-hidden": "true"}),
        rx.el.span(one.words, class_name="vh"),
        rx.el.b(one.name, custom_attrs={"aria-hidden": "true"}),
        rx.el.span(one.office, class_name="signer__sub", custom_attrs={"aria-hidden": "true"}),
        rx.el.span(one.when, class_name="signer__sub"),
        class_name=rx.Var.create("signer signer--") + one.kind,
    )


def status(row: DecisionRow) -> rx.Component:
    """Its state with its sign."""
    tone = rx.cond(row.tone != "", rx.Var.create("pill pill--") + row.tone, "pill")
    sign = rx.match(row.sign, ("clock", icon("clock")), ("check", icon("check")), icon("cross"))
    return rx.el.span(sign, row.state, class_name=tone)


def decision_card(row: DecisionRow, *acts: rx.Component) -> rx.Component:
    """`acts` are buttons for what can be done about it here."""
    return rx.el.li(
        rx.el.div(
            rx.el.h2(row.title, class_name="decision__title"),
            status(row),
            class_name="decision__head",
        ),
        rx.el.p(row.amount, class_name="decision__amount amount"),
        rx.el.p(row.detail, class_name="small muted"),
        rx.cond(row.note != "", rx.el.p(row.note, class_name="decision__note")),
        rx.cond(row.reason != "", rx.el.p(icon("warn", size="s"), row.reason, class_name="small warned")),
        rx.cond(
            row.terms.length() > 0,
            rx.el.dl(rx.foreach(row.terms, _term), class_name="kv kv--line small"),
        ),
        rx.cond(
            row.circles.length() > 0,
            rx.el.ul(rx.foreach(row.circles, circle), class_name="signers"),
        ),
        rx.cond(row.short != "", rx.el.p(icon("warn", size="s"), row.short, class_name="small warned")),
        rx.cond(row.until != "", rx.el.p(row.until, class_name="small muted")),
        *acts,
        class_name="card decision",
    )


def _term(one: Told) -> rx.Component:
    return rx.el.div(rx.el.dt(one.label), rx.el.dd(one.value))


def voucher_link(row: DecisionRow) -> rx.Component:
    """Of money that went out: its paper."""
    return rx.cond(
        row.has_voucher,
        rx.el.p(
            PlainLink.create(
                icon("download", size="s"),
                t("paper.voucher"),
                " PDF",
                href="/documents/vouchers/" + row.id + ".pdf",
                class_name="link",
            )
        ),
    )


def decision_list(rows: Any, *acts: Any) -> rx.Component:
    """`acts` make the buttons of a row."""
    return rx.el.ul(
        rx.foreach(rows, lambda row: decision_card(row, *[act(row) for act in acts])), class_name="decisions"
    )


def refuse_dialog(state: Any, *, refuse: rx.EventHandler, leave: rx.EventHandler) -> rx.Component:
    """`state` has `refusing` (a DecisionRow), `reason`, `problem` and `problem_field`."""
    return dialog(
        state.refusing.id != "",
        t("signing.refuse_title"),
        rx.el.p(rx.el.b(state.refusing.title), ", ", rx.el.span(state.refusing.amount, class_name="amount")),
        rx.el.p(t("signing.refuse_note"), class_name="muted small"),
        message(state.problem, state.problem_field, ""),
        form(
            field(
                t("payments.reason"),
                "reason",
                problem=state.problem,
                problem_field=state.problem_field,
                default_value=state.reason,
                auto_focus=True,
                auto_complete="off",
            ),
            rx.el.div(
                button(t("signing.refuse_now"), kind="danger", type="submit"),
                button(t("signing.keep"), kind="quiet", on_click=leave),
                class_name="acts",
            ),
            on_submit=refuse,
        ),
    )
