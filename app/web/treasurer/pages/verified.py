"""Books verified, for those who keep and read the books."""

import reflex as rx

from app.kit.i18n import t
from app.web.components import heading, phases
from app.web.components.verified import verified_page
from app.web.layouts import desk_shell
from app.web.treasurer.states.verified import DeskVerifiedState


def desk_verified() -> rx.Component:
    state = DeskVerifiedState
    return desk_shell(
        heading(t("verified.head"), t("verified.lead")),
        rx.el.div(
            phases(
                state.phase, state.problem, state.load, ready=verified_page(state, keep=state.keep, look=state.look)
            ),
            style={"maxWidth": "760px"},
        ),
        active="/books",
    )
