"""To sign: what waits for one's signature, in either shell; signing takes a fresh code, refusing a reason."""

from uuid import UUID

import reflex as rx

from app.domain.governance import reading, service
from app.domain.governance.commands import ApproveDecision, RefuseDecision
from app.domain.governance.views import ProposalView
from app.domain.groups.access import authorise
from app.domain.groups.permissions import Permission
from app.domain.loans.signing import terms_to_sign
from app.kit.actor import Actor
from app.kit.db import Session
from app.kit.i18n import t
from app.kit.ids import new_id
from app.web.fresh_code import FreshCode
from app.web.place import load_place, show_place
from app.web.presenters.decisions import DecisionRow, decision_row
from app.web.screen import parse_id
from app.web.session import event


class SigningState(FreshCode, rx.State):
    rows: list[DecisionRow] = []
    ended: list[DecisionRow] = []
    refusing: DecisionRow = DecisionRow()
    reason: str = ""
    _signing: str = ""

    @event("member")
    async def load(self):
        await load_place(self)
        self._clear()
        self._close_code()
        self.refusing, self._signing = DecisionRow(), ""
        self._new_form()
        async with self._reading() as (session, actor):
            await self._show(session, actor)

    @event("member")
    async def refresh(self):
        """Somebody proposed, signed or took back."""
        async with self._refreshing() as (session, actor):
            await self._show(session, actor)

    async def _show(self, session: Session, actor: Actor) -> None:
        """Those that wait for the reader first; what is over below. An auditor looks on."""
        acting = await authorise(session, actor, Permission.READ_OWN)
        found = await _found(session, actor)
        terms = await terms_to_sign(session, acting, found)
        rows = [decision_row(one, terms.get(one.id)) for one in found]
        self.rows = sorted((row for row in rows if row.is_open), key=lambda row: not row.may_sign)
        self.ended = [row for row in rows if not row.is_open]
        self.phase = "ready" if rows else "empty"

    @event("member")
    async def sign(self, proposal_id: str):
        """A fresh code is asked for."""
        row = next((row for row in self.rows if row.id == proposal_id and row.may_sign), None)
        if row is None:
            return
        self._signing = row.id
        await self._ask_code(t("signing.code_title", title=row.title, amount=row.amount))

    @event("member")
    async def confirm(self, form: dict[str, str]):
        """The code is typed: it is signed."""
        if (proof := await self._proof_of(form)) is None:
            return
        row = next((row for row in self.rows if row.id == self._signing), DecisionRow())
        async with self._work() as (session, actor):
            await service.approve_decision(session, actor, ApproveDecision(parse_id(self._signing), self._key(), proof))
        self._close_code()
        await self._after(t("signing.done_sign", title=row.title))

    @event("member")
    async def send_again(self):
        await self._ask_again()

    @event("member")
    async def leave(self):
        """Nothing is signed and nothing refused."""
        self._clear()
        self._close_code()
        self.refusing = DecisionRow()

    @event("member")
    async def ask_reason(self, proposal_id: str):
        self._clear()
        self.reason = ""
        self.refusing = next((row for row in self.rows if row.id == proposal_id and row.may_sign), DecisionRow())

    @event("member")
    async def refuse(self, form: dict[str, str]):
        self._clear()
        self.reason, row = str(form.get("reason", ""))[:600], self.refusing
        if not row.id:
            return
        self._signing = row.id
        async with self._work() as (session, actor):
            await service.refuse_decision(session, actor, RefuseDecision(UUID(row.id), self.reason, self._key()))
        if not self.problem_field:
            self.refusing = DecisionRow()
            await self._after(t("signing.done_refuse", title=row.title))

    def _key(self) -> str:
        return f"{self.form_key}:{self._signing}"

    async def _after(self, said: str) -> None:
        """The list is read anew, also when somebody was quicker; what stood against it is said."""
        problem = self.problem
        if not problem:
            self.form_key = str(new_id())
        async with self._reading() as (session, actor):
            await self._show(session, actor)
            await show_place(self, session, actor)
        self.problem, self.done = problem, "" if problem else said


async def _found(session: Session, actor: Actor) -> list[ProposalView]:
    """What the reader signs; for those who only read the group, all of it."""
    acting = await authorise(session, actor, Permission.READ_OWN)
    if acting.may(Permission.SIGN_DECISIONS):
        return await reading.list_to_sign(session, actor)
    if acting.may(Permission.READ_GROUP):
        return await reading.list_decisions(session, actor)
    return []
