"""Books verified: whether anyone changed what was recorded, for a member."""

import reflex as rx

from app.kit.i18n import t
from app.web.components import phases
from app.web.components.verified import verified_page
from app.web.layouts import phone_shell
from app.web.member.states.verified import VerifiedState


def verified() -> rx.Component:
    state = VerifiedState
    return phone_shell(
        rx.el.h1(t("verified.head")),
        phases(state.phase, state.problem, state.load, ready=verified_page(state, keep=state.keep, look=state.look)),
        active="/passbook",
        back="/passbook",
    )
