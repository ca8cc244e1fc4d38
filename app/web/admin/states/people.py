"""People, their roles and offices: the admin gives and withdraws them by phone."""

from dataclasses import dataclass
from uuid import UUID

import reflex as rx

from app.domain.groups import members, profiles, roles
from app.domain.groups.permissions import OFFICES
from app.domain.groups.views import AssignRole, MemberView, WithdrawRole
from app.domain.identity.errors import StepUpNeeded
from app.kit.actor import Actor
from app.kit.db import Session
from app.kit.errors import InvalidInput
from app.kit.i18n import t
from app.web.fresh_code import FreshCode
from app.web.place import load_place
from app.web.presenters.dates import day
from app.web.screen import parse_date, parse_id
from app.web.session import event


@dataclass(frozen=True)
class Taker:
    """A member to choose; one without a phone can't sign in, so no role yet."""

    id: str
    words: str
    has_phone: bool


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


NEW = "new"
"""The choice of somebody who is no member yet."""


def taker(view: MemberView) -> Taker:
    words = f"{view.name}, {view.member_no}"
    return Taker(str(view.id), words if view.phone else t("people.no_phone", who=words), bool(view.phone))


class PeopleState(FreshCode, rx.State):
    rows: list[RoleRow] = []
    takers: list[Taker] = []
    member: str = ""
    """Who was chosen; empty for somebody who is no member yet."""
    is_new: bool = False
    phone: str = ""
    member_no: str = ""
    number_hint: str = ""
    name: str = ""
    role: str = "treasurer"
    until: str = ""
    has_term: bool = False
    withdraw_title: str = ""
    _withdrawing: RoleRow | None = None

    @event("admin")
    async def load(self):
        await load_place(self)
        self._clear()
        self._empty()
        await self._list()

    def _empty(self) -> None:
        self.member = self.phone = self.member_no = self.name = self.until = ""
        self.is_new = False

    @event("admin")
    async def choose_member(self, member: str):
        """A member by name; the last choice is somebody who is no member yet."""
        self.member, self.is_new = (member[:40], False) if member != NEW else ("", True)

    @event("admin")
    async def choose_role(self, role: str):
        """Offices have a term."""
        self.role, self.has_term = role[:20], role in OFFICES

    async def _list(self) -> None:
        self._new_form()
        self.withdraw_title = ""
        self._close_code()
        async with self._reading() as (session, actor):
            found = await roles.list_role_holders(session, actor)
            number = await profiles.suggest_member_no(session, actor)
            self.number_hint = t("members.no_hint", number=number) if number else ""
            self.takers = [taker(one) for one in await members.list_everyone(session, actor)]
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
        self._close_code()
        self.withdraw_title = ""

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
        if (proof := await self._proof_of(form)) is not None:
            await self._change(proof)

    @event("admin")
    async def send_again(self):
        await self._ask_again()

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
            await self._ask_for_code()
        else:
            self._close_code()
            if not self.problem:
                self._empty()
                await self._list()
                self.done = done

    async def _apply(self, session: Session, actor: Actor, proof: UUID | None) -> str:
        if row := self._withdrawing:
            await roles.withdraw_role(session, actor, WithdrawRole(parse_id(row.member_id), row.role, proof))
            return t("people.withdrawn", name=row.name, role=row.role_word)
        until = parse_date(self.until, field="until") if self.until else None
        if not self.is_new and not self.member:
            raise InvalidInput("member", "member_empty")
        member_id = None if self.is_new else parse_id(self.member)
        command = AssignRole(self.phone, self.role, self.member_no, self.name, proof, until, member_id)
        view = await roles.assign_role(session, actor, command)
        return t("people.given", name=view.name, role=t(f"role.{self.role}"))

    async def _ask_for_code(self) -> None:
        """The dialog's title names the person, not the phone that was typed."""
        self._clear()
        row, taker = self._withdrawing, ""
        chosen = next((one.words for one in self.takers if one.id == self.member), "")
        async with self._work() as (session, actor):
            taker = chosen or ("" if row else await roles.name_taker(session, actor, self.phone))
        if self.problem:
            return
        await self._ask_code(
            t("people.withdraw_title", role=row.role_word, name=row.name)
            if row
            else t("people.give_code_title", role=t(f"role.{self.role}"), who=taker or f"{self.name}, {self.phone}")
        )
