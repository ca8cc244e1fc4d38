"""People, their roles and offices: the admin gives and withdraws them by phone."""

from dataclasses import dataclass
from uuid import UUID, uuid4

import reflex as rx

from app.domain.groups import roles
from app.domain.groups.permissions import OFFICES
from app.domain.groups.views import AssignRole, WithdrawRole
from app.domain.identity.errors import StepUpNeeded
from app.kit.actor import Actor
from app.kit.db import Session
from app.kit.i18n import t
from app.web import session as web_session
from app.web.place import load_place
from app.web.presenters.dates import day
from app.web.screen import Screen, parse_date, parse_id
from app.web.session import event


@dataclass(frozen=True)
class RoleRow:
    member_id: str
    role: str
    name: str
    member_no: str
    role_word: str
    term: str
    is_over: bool
    is_me: bool


class PeopleState(Screen, rx.State):
    rows: list[RoleRow] = []
    phone: str = ""
    member_no: str = ""
    name: str = ""
    role: str = "treasurer"
    until: str = ""
    has_term: bool = False
    withdraw_title: str = ""
    code_title: str = ""
    shown_code: str = ""
    _request_id: str = ""
    _withdrawing: RoleRow | None = None

    @event("admin")
    async def load(self):
        await load_place(self)
        self._clear()
        self.phone = self.member_no = self.name = self.until = ""
        await self._list()

    @event("admin")
    async def choose_role(self, role: str):
        """Offices have a term."""
        self.role, self.has_term = role[:20], role in OFFICES

    async def _list(self) -> None:
        self._new_form()
        self.withdraw_title = self.code_title = self.shown_code = ""
        async with self._reading() as (session, actor):
            found = await roles.list_role_holders(session, actor)
            self.rows = [
                RoleRow(
                    member_id=str(row.member_id),
                    role=row.role,
                    name=row.name,
                    member_no=row.member_no,
                    role_word=t(f"role.{row.role}"),
                    term=t("people.until", day=day(row.until)) if row.until else "",
                    is_over=row.is_over,
                    is_me=row.is_me,
                )
                for row in found
            ]
            self.phase = "ready"

    @event("admin")
    async def give(self, form: dict[str, str]):
        """What is wrong is said first; then a fresh code is asked for."""
        self._clear()
        self.phone, self.member_no = str(form.get("phone", ""))[:40], str(form.get("member_no", ""))[:40]
        self.name, self.role = str(form.get("name", ""))[:400], str(form.get("role", ""))[:20]
        self.until = str(form.get("until", ""))[:10]
        self._withdrawing = None
        await self._change(None)

    @event("admin")
    async def ask_withdraw(self, member_id: str, role: str):
        self._clear()
        row = next((row for row in self.rows if (row.member_id, row.role) == (member_id, role)), None)
        self._withdrawing = row
        self.withdraw_title = t("people.withdraw_title", role=row.role_word, name=row.name) if row else ""

    @event("admin")
    async def keep(self):
        self._clear()
        self.withdraw_title = self.code_title = self.shown_code = ""

    @event("admin")
    async def withdraw(self):
        if self._withdrawing is None or not self.withdraw_title:
            return
        self._clear()
        self.withdraw_title = ""
        await self._change(None)

    @event("admin")
    async def confirm(self, form: dict[str, str]):
        """The code is typed: the change is made."""
        if not self.code_title:
            return
        self._clear()
        proof = None
        async with self._refusals():
            code = str(form.get("code", ""))[:12]
            proof = await web_session.confirm_step_up(self, UUID(self._request_id), code)
        if proof is not None:
            await self._change(proof)

    async def _change(self, proof: UUID | None) -> None:
        """Give or withdraw. Without a proof nothing is changed, and a code is sent when all else is right."""
        done, needs_code = "", False
        async with self._work() as (session, actor):
            try:
                done = await self._apply(session, actor, proof)
            except StepUpNeeded:
                needs_code = proof is None
                raise
        if needs_code:
            await self._ask_code()
        else:
            self.code_title = self.shown_code = ""
            if not self.problem:
                self.phone = self.member_no = self.name = self.until = ""
                await self._list()
                self.done = done

    async def _apply(self, session: Session, actor: Actor, proof: UUID | None) -> str:
        if row := self._withdrawing:
            await roles.withdraw_role(session, actor, WithdrawRole(parse_id(row.member_id), row.role, proof))
            return t("people.withdrawn", name=row.name, role=row.role_word)
        until = parse_date(self.until, field="until") if self.until else None
        command = AssignRole(self.phone, self.role, self.member_no, self.name, proof, until)
        view = await roles.assign_role(session, actor, command)
        return t("people.given", name=view.name, role=t(f"role.{self.role}"))

    async def _ask_code(self) -> None:
        self._clear()
        self._request_id = str(uuid4())
        taker = shown = ""
        async with self._work() as (session, actor):
            taker = await roles.name_taker(session, actor, self.phone) if self._withdrawing is None else ""
        if self.problem:
            return
        async with self._refusals():
            shown = await web_session.send_step_up_code(self, UUID(self._request_id))
        if self.problem:
            return
        row = self._withdrawing
        self.shown_code = t("receipts.code_development", code=shown) if shown else ""
        self.code_title = (
            t("people.withdraw_title", role=row.role_word, name=row.name)
            if row
            else t("people.give_code_title", role=t(f"role.{self.role}"), who=taker or f"{self.name}, {self.phone}")
        )
