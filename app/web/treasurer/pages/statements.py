"""A member's statement for any period."""

import reflex as rx

from app.kit.i18n import t
from app.web.components import heading, phases
from app.web.components.statement import statement_page
from app.web.layouts import desk_shell
from app.web.treasurer.states.statements import StatementsState


def statements() -> rx.Component:
    state = StatementsState
    return desk_shell(
        heading(
            t("statement.title"),
            rx.fragment(rx.el.b(state.sheet.name), " ", state.sheet.member_no),
            rx.el.a(t("statement.back"), href="/members", class_name="btn btn--secondary"),
        ),
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
                receipt="/receipts?id=",
            ),
        ),
        active="/members",
    )
