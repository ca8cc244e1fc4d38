"""Notifications at the desk: the same list, opened by those who work."""

import reflex as rx

from app.web.member.states.notices import NoticesState
from app.web.session import event


class DeskNoticesState(rx.State):
    @event("treasurer")
    async def load(self):
        return NoticesState.load
