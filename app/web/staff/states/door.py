"""Pages of no group, which hear only that a session has ended."""

import reflex as rx

from app.web.screen import Screen
from app.web.session import event


class DoorState(Screen, rx.State):
    @event("staff")
    async def refresh(self):
        """Who may still send this stays; the gate sends everybody else away."""
