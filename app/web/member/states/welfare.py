"""Welfare for a member: her claims, the rules, reporting an event."""

import reflex as rx

from app.domain.welfare import reading, schemes, service
from app.domain.welfare.views import WithdrawClaim
from app.kit.actor import Actor
from app.kit.db import Session
from app.kit.i18n import t
from app.kit.ids import new_id
from app.web.presenters.claims import ClaimRow, claim_row
from app.web.presenters.dates import day_of
from app.web.presenters.welfare import sentences
from app.web.reporting import Reporting
from app.web.screen import parse_id
from app.web.session import event


class WelfareState(Reporting, rx.State):
    """With `?claim=` that one alone: for those who are to sign its payout."""

    is_one: bool = False
    rows: list[ClaimRow] = []
    rules: list[str] = []
    since: str = ""

    @event("member")
    async def load(self):
        self._clear()
        async with self._reading(arrives=True) as (session, actor):
            await self._show(session, actor)
        if not self.problem:
            self._begin_report()
            self._after_upload()

    @event("member")
    async def refresh(self):
        """Somebody decided, signed or paid."""
        async with self._refreshing() as (session, actor):
            await self._show(session, actor)

    async def _show(self, session: Session, actor: Actor) -> None:
        view = await schemes.get_scheme(session, actor)
        self._offer(view, member=t("welfare.myself"))
        self.rules = sentences(view.scheme, view.currency)
        since = day_of(view.set_at) if view.set_at else ""
        self.since = t("welfare.since", version=view.scheme.version, day=since) if since else ""
        claim_id = self.router.url.query_parameters.get("claim", "")
        self.is_one = claim_id != ""
        found = (
            [await reading.get_claim(session, actor, parse_id(claim_id))]
            if claim_id
            else await reading.list_my_claims(session, actor)
        )
        self.rows = [claim_row(one) for one in found]
        self.phase = "ready" if self.rules or self.rows else "empty"

    @event("member")
    async def report(self, form: dict[str, str]):
        self._clear()
        self._take(form | {"member": "", "payee": ""})
        async with self._work() as (session, actor):
            await self._report(session, actor, form, ("event", "relation"))
        if not self.problem:
            self._begin_report()
            await self._again(t("welfare.reported"))

    @event("member")
    async def take_back(self, claim_id: str):
        self._clear()
        async with self._work() as (session, actor):
            await service.withdraw_claim(session, actor, WithdrawClaim(parse_id(claim_id), str(new_id())))
        await self._again(t("welfare.taken_back"))

    async def _again(self, said: str) -> None:
        problem = self.problem
        async with self._reading() as (session, actor):
            await self._show(session, actor)
        self.problem, self.done = problem, "" if problem else said
