"""Books verified, at the desk."""

import reflex as rx

from app.web.session import event
from app.web.verified import VerifiedScreen


class DeskVerifiedState(VerifiedScreen, rx.State):
    @event("treasurer")
    async def load(self):
        await self._load()

    @event("treasurer")
    async def refresh(self):
        await self._refresh()

    @event("treasurer")
    async def keep(self):
        await self._keep()

    @event("treasurer")
    async def look(self, form: dict[str, str]):
        await self._look(form)
