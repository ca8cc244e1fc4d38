"""To sign, at the desk: the same list, opened by those who work."""

import reflex as rx

from app.web.member.states.signing import SigningState
from app.web.session import event


class DeskSigningState(rx.State):
    @event("treasurer")
    async def load(self):
        return SigningState.load
