"""A member's statement, for those who read the group."""

from uuid import UUID

import reflex as rx

from app.kit.errors import NotFound
from app.web.place import load_place
from app.web.session import event
from app.web.statements import StatementScreen


class StatementsState(StatementScreen, rx.State):
    @event("treasurer")
    async def load(self):
        """`?member=` names whose; another group's answers like a missing one."""
        await load_place(self)
        self.phase = "loading"
        try:
            member_id = UUID(self.router.url.query_parameters.get("member", ""))
        except ValueError:
            self._fail(NotFound())
            self.phase = "error"
            return
        await self._begin(member_id)

    @event("treasurer")
    async def show(self, form: dict[str, str]):
        await self._show(form)

    @event("treasurer")
    async def quick(self, name: str):
        await self._quick(name)

    @event("treasurer")
    async def choose(self, lang: str):
        self._choose(lang)

    @event("treasurer")
    async def sign(self):
        await self._sign()

    @event("treasurer")
    async def look(self):
        await self._look()
