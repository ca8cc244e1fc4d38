"""The member's own statement for any period."""

import reflex as rx

from app.kit.i18n import t
from app.web.components import phases
from app.web.components.basics import leave_link
from app.web.components.statement import statement_page
from app.web.layouts import phone_shell
from app.web.member.states.statement import StatementState


def statement() -> rx.Component:
    state = StatementState
    return phone_shell(
        rx.el.h1(t("statement.title")),
        rx.el.p(t("statement.lead"), class_name="muted"),
        phases(
            state.phase,
            state.problem,
            state.load,
            ready=statement_page(
                state,
                show=state.show,
                quick=state.quick,
                choose=state.choose,
                sign=state.sign,
                look=state.look,
                receipt="/receipt?id=",
            ),
        ),
        rx.cond(state.owes, leave_link(t("paper.invoice_mine"), "/documents/invoices/mine.pdf")),
        active="/passbook",
        back="/passbook",
    )
