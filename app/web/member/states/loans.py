"""Loans: one's own, and what one stands for or is asked to."""

import reflex as rx

from app.domain.loans import applying, reading
from app.domain.loans.commands import AnswerGuarantee
from app.kit.actor import Actor
from app.kit.db import Session
from app.kit.i18n import t
from app.web.presenters.loans import LoanRow, StandRow, loan_row, stand_row
from app.web.screen import Screen, parse_id
from app.web.session import event


class LoansState(Screen, rx.State):
    asked: list[StandRow] = []
    """Loans that wait for the reader's answer."""
    stands: list[StandRow] = []
    loans: list[LoanRow] = []
    may_ask: bool = False
    agreeing: StandRow = StandRow()
    """What the reader is about to stand for; without an id, nothing."""

    @event("member")
    async def load(self):
        self._clear()
        self.agreeing = StandRow()
        async with self._reading(arrives=True) as (session, actor):
            await self._show(session, actor)

    @event("member")
    async def refresh(self):
        """Somebody answered, signed or paid out."""
        async with self._refreshing() as (session, actor):
            await self._show(session, actor)

    async def _show(self, session: Session, actor: Actor) -> None:
        mine = await reading.my_loans(session, actor)
        rows = [stand_row(one) for one in mine.stands_for]
        self.asked, self.stands = [row for row in rows if row.is_asked], [row for row in rows if not row.is_asked]
        self.loans = [loan_row(one) for one in mine.loans]
        self.may_ask = bool(mine.products)
        self.phase = "ready" if rows or mine.loans or mine.products else "empty"

    @event("member")
    async def ask(self, loan_id: str):
        """Before savings are bound."""
        self._clear()
        self.agreeing = next((row for row in self.asked if row.id == loan_id and row.can_agree), StandRow())

    @event("member")
    async def leave(self):
        self._clear()
        self.agreeing = StandRow()

    @event("member")
    async def agree(self):
        loan_id, self.agreeing = self.agreeing.id, StandRow()
        if loan_id:
            await self._answer(loan_id, agrees=True)

    @event("member")
    async def refuse(self, loan_id: str):
        await self._answer(loan_id, agrees=False)

    async def _answer(self, loan_id: str, *, agrees: bool) -> None:
        self._clear()
        async with self._work() as (session, actor):
            await applying.answer_guarantee(session, actor, AnswerGuarantee(parse_id(loan_id), agrees))
        problem = self.problem
        async with self._reading() as (session, actor):
            await self._show(session, actor)
        self.problem = problem
        self.done = "" if problem else t("loans.stand_agreed" if agrees else "loans.stand_refused")
