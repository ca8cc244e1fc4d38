"""My savings: what the group holds for one, asking for it, and what became of each request."""

import reflex as rx

from app.domain.cashbook import reading as cashbook
from app.domain.governance import reading, service
from app.domain.governance.commands import ProposeDecision, WithdrawProposal
from app.domain.governance.ports import Matter
from app.kit.actor import Actor
from app.kit.db import Session
from app.kit.i18n import t
from app.kit.ids import new_id
from app.kit.money import parse_amount
from app.web.presenters.amounts import amount
from app.web.presenters.decisions import DecisionRow, decision_row
from app.web.screen import Screen, parse_id
from app.web.session import event


class SavingsState(Screen, rx.State):
    held: str = ""
    holds_savings: bool = False
    has_savings: bool = False
    way: str = ""
    way_word: str = ""
    rows: list[DecisionRow] = []
    amount: str = ""
    note: str = ""
    _currency: str = ""

    @event("member")
    async def load(self):
        self._clear()
        self._new_form()
        self.amount = self.note = ""
        async with self._reading(arrives=True) as (session, actor):
            await self._show(session, actor)

    @event("member")
    async def refresh(self):
        """Somebody signed, or a payment was confirmed."""
        async with self._refreshing() as (session, actor):
            await self._show(session, actor)

    async def _show(self, session: Session, actor: Actor) -> None:
        mine = await cashbook.held_for_me(session, actor)
        self._currency, self.holds_savings = mine.currency, mine.holds_savings
        self.held, self.has_savings = amount(mine.held_minor, mine.currency), mine.held_minor > 0
        self.way, self.way_word = mine.way, t(f"method.{mine.way}")
        self.rows = [
            decision_row(one)
            for one in await reading.list_my_decisions(session, actor)
            if not one.kind.startswith("loan")
        ]
        self.phase = "ready" if mine.holds_savings or self.rows else "empty"

    @event("member")
    async def ask(self, form: dict[str, str]):
        self._clear()
        self.amount, self.note = str(form.get("amount", ""))[:40], str(form.get("note", ""))[:600]
        method, is_made = str(form.get("method", ""))[:10], False
        async with self._work() as (session, actor):
            matter = Matter(parse_amount(self.amount, self._currency), self.note, terms={"method": method})
            await service.ask_decision(session, actor, ProposeDecision("withdrawal", matter, self.form_key))
            is_made = True
        if is_made:
            self.amount = self.note = ""
            self._new_form()
            await self._again(t("savings.asked"))

    @event("member")
    async def take_back(self, proposal_id: str):
        self._clear()
        async with self._work() as (session, actor):
            await service.withdraw_proposal(session, actor, WithdrawProposal(parse_id(proposal_id), str(new_id())))
        await self._again(t("out.taken_back"))

    async def _again(self, said: str) -> None:
        problem = self.problem
        async with self._reading() as (session, actor):
            await self._show(session, actor)
        self.problem, self.done = problem, "" if problem else said
