"""From trying out to live: two ways, each with a fresh one-time code; clearing also with the group's code, typed."""

from uuid import UUID

import reflex as rx

from app.domain.groups.going_live import ClearTryout, GoLive, LiveView, clear_tryout, go_live, read_live
from app.domain.identity import sessions
from app.domain.identity.errors import StepUpNeeded
from app.kit.actor import Actor
from app.kit.db import Session
from app.kit.i18n import t
from app.web import session as web_session
from app.web.fresh_code import FreshCode
from app.web.presenters.dates import day_of
from app.web.session import event


class LiveState(FreshCode, rx.State):
    """`asks` is the dialog that is open: clear, or nothing. `is_open`: both ways are."""

    code: str = ""
    line: str = ""
    stays: str = ""
    typed_label: str = ""
    is_open: bool = False
    asks: str = ""
    doing: str = ""
    _typed: str = ""

    async def _begin(self, session: Session, actor: Actor) -> None:
        """With the page; its state has the transaction."""
        self._clear()
        self._close_code()
        self.asks = self.doing = ""
        self._show(await read_live(session, actor))

    def _show(self, view: LiveView) -> None:
        self.code, self.stays = view.code, t("live.stays", count=view.members)
        self.typed_label = t("live.typed", code=view.code)
        self.is_open = view.live_at is None and view.cleared_at is None
        self.line = t("live.tryout")
        if view.cleared_at:
            self.line = t("live.is_practice", day=day_of(view.cleared_at))
        elif view.live_at:
            self.line = t("live.is_live", day=day_of(view.live_at))

    @event("admin")
    async def ask_clear(self):
        self._clear()
        self.asks = "clear"

    @event("admin")
    async def leave(self):
        self._clear()
        self._close_code()
        self.asks = self.doing = ""

    @event("admin")
    async def send_again(self):
        await self._ask_again()

    @event("admin")
    async def ask_live(self):
        self.doing = "live"
        await self._ask_code(t("live.go_title"))

    @event("admin")
    async def type_code(self, form: dict[str, str]):
        """What is typed is looked at first; then a fresh code goes to the admin's own phone."""
        self._clear()
        self._typed = str(form.get("typed", ""))[:20]
        await self._do_clear(None)
        if self._refusal == StepUpNeeded.code:
            self.asks, self.doing = "", "clear"
            await self._ask_code(t("live.clear_title"))

    @event("admin")
    async def confirm(self, form: dict[str, str]):
        """The code is typed: it is done. After clearing the session acts in the new group."""
        proof = await self._proof_of(form)
        if proof is None:
            return None
        if self.doing == "clear":
            return await self._do_clear(proof)
        async with self._work() as (session, actor):
            self._show(await go_live(session, actor, GoLive(proof)))
            self._close_code()
            self.done = t("live.went")
        return None

    async def _do_clear(self, proof: UUID | None):
        here = await web_session.current(self)
        async with self._work() as (session, actor):
            new = await clear_tryout(session, actor, ClearTryout(self._typed, t("live.mark"), proof))
            assert here.session_id is not None
            await sessions.set_place(session, here.session_id, new.id, here.role)
        return None if self.problem else rx.redirect("/leave?to=start")
