"""What waits for a signature, with its two buttons and its dialogs: the same in both shells."""

from typing import Any

import reflex as rx

from app.kit.i18n import t
from app.web.components.basics import button, card, empty, message
from app.web.components.decisions import decision_list, refuse_dialog
from app.web.components.screens import phases
from app.web.fresh_code import code_dialog
from app.web.member.states.signing import SigningState
from app.web.presenters.decisions import DecisionRow


def signing_page(load: Any, *, loan: str, claim: str) -> rx.Component:
    """`loan` and `claim` are the addresses of their pages in this shell, up to the id."""
    state = SigningState
    is_asking = (state.code_title != "") | (state.refusing.id != "")
    return rx.fragment(
        rx.cond(is_asking, rx.fragment(), message(state.problem, state.problem_field, state.done)),
        phases(
            state.phase,
            state.problem,
            load,
            ready=_ready(loan, claim),
            empty=card(empty(t("signing.empty_title"), t("signing.empty"))),
        ),
        code_dialog(
            state, t("signing.code_note"), confirm=state.confirm, leave=state.leave, label=t("signing.sign_now")
        ),
        refuse_dialog(state, refuse=state.refuse, leave=state.leave),
    )


def _ready(loan: str, claim: str) -> rx.Component:
    state = SigningState
    return rx.el.div(
        rx.cond(
            state.rows.length() > 0,
            decision_list(state.rows, lambda row: _open(row, loan, claim), _acts),
            rx.el.p(t("signing.nothing_open"), class_name="muted"),
        ),
        rx.cond(
            state.ended.length() > 0,
            rx.el.section(
                rx.el.h2(t("signing.ended"), class_name="section__head"), decision_list(state.ended), class_name="stack"
            ),
        ),
        class_name="stack",
    )


def _open(row: DecisionRow, loan: str, claim: str) -> rx.Component:
    """What it is about, to be read before one signs."""

    def link(words: str, address: str, subject: Any) -> rx.Component:
        return rx.cond(subject != "", rx.el.p(rx.el.a(words, href=rx.Var.create(address) + subject, class_name="link")))

    return rx.fragment(link(t("loan.open"), loan, row.loan), link(t("welfare.open_claim"), claim, row.claim))


def _acts(row: DecisionRow) -> rx.Component:
    return rx.cond(
        row.may_sign,
        rx.el.div(
            button(row.sign_label, on_click=SigningState.sign(row.id)),
            button(t("signing.refuse"), kind="quiet", on_click=SigningState.ask_reason(row.id)),
            class_name="decision__acts",
        ),
    )
