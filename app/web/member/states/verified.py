"""Books verified, in the member's room."""

import reflex as rx

from app.web.session import event
from app.web.verified import VerifiedScreen


class VerifiedState(VerifiedScreen, rx.State):
    @event("member")
    async def load(self):
        await self._load()

    @event("member")
    async def refresh(self):
        await self._refresh()

    @event("member")
    async def keep(self):
        await self._keep()

    @event("member")
    async def look(self, form: dict[str, str]):
        await self._look(form)
