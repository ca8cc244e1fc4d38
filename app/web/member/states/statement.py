"""The member's own statement."""

import reflex as rx

from app.domain.contributions import reading as contributions
from app.web.place import load_place
from app.web.session import event
from app.web.statements import StatementScreen


class StatementState(StatementScreen, rx.State):
    owes: bool = False

    @event("member")
    async def load(self):
        await load_place(self)
        await self._begin(None)
        async with self._work() as (session, actor):
            self.owes = bool((await contributions.home(session, actor)).dues)

    @event("member")
    async def show(self, form: dict[str, str]):
        await self._show(form)

    @event("member")
    async def quick(self, name: str):
        await self._quick(name)

    @event("member")
    async def choose(self, lang: str):
        self._choose(lang)

    @event("member")
    async def sign(self):
        await self._sign()

    @event("member")
    async def look(self):
        await self._look()
