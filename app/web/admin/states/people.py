"""People and their roles: the admin gives and withdraws them by phone."""

from dataclasses import dataclass

import reflex as rx

from app.domain.groups import roles
from app.domain.groups.views import AssignRole, WithdrawRole
from app.kit.i18n import t
from app.web.place import load_place
from app.web.screen import Screen, parse_id
from app.web.session import event


@dataclass(frozen=True)
class RoleRow:
    member_id: str
    role: str
    name: str
    member_no: str
    role_word: str
    is_me: bool


class PeopleState(Screen, rx.State):
    rows: list[RoleRow] = []
    phone: str = ""
    member_no: str = ""
    name: str = ""
    role: str = "treasurer"
    withdraw_title: str = ""
    _withdrawing: RoleRow | None = None

    @event("admin")
    async def load(self):
        await load_place(self)
        self._clear()
        self.phone = self.member_no = self.name = ""
        await self._list()

    async def _list(self) -> None:
        self._new_form()
        self.withdraw_title = ""
        async with self._reading() as (session, actor):
            found = await roles.list_role_holders(session, actor)
            self.rows = [
                RoleRow(
                    member_id=str(row.member_id),
                    role=row.role,
                    name=row.name,
                    member_no=row.member_no,
                    role_word=t(f"role.{row.role}"),
                    is_me=row.is_me,
                )
                for row in found
            ]
            self.phase = "ready"

    @event("admin")
    async def give(self, form: dict[str, str]):
        self._clear()
        self.phone, self.member_no = str(form.get("phone", ""))[:40], str(form.get("member_no", ""))[:40]
        self.name, self.role = str(form.get("name", ""))[:400], str(form.get("role", ""))[:20]
        async with self._work() as (session, actor):
            view = await roles.assign_role(
                session,
                actor,
                AssignRole(phone=self.phone, role=self.role, member_no=self.member_no, name=self.name),
            )
            given = t("people.given", name=view.name, role=t(f"role.{self.role}"))
        if not self.problem:
            self.phone = self.member_no = self.name = ""
            await self._list()
            self.done = given

    @event("admin")
    async def ask_withdraw(self, member_id: str, role: str):
        self._clear()
        row = next((row for row in self.rows if (row.member_id, row.role) == (member_id, role)), None)
        self._withdrawing = row
        self.withdraw_title = t("people.withdraw_title", role=row.role_word, name=row.name) if row else ""

    @event("admin")
    async def keep(self):
        self.withdraw_title = ""

    @event("admin")
    async def withdraw(self):
        row = self._withdrawing
        if row is None or not self.withdraw_title:
            return
        self._clear()
        async with self._work() as (session, actor):
            await roles.withdraw_role(session, actor, WithdrawRole(member_id=parse_id(row.member_id), role=row.role))
        self.withdraw_title = ""
        if not self.problem:
            await self._list()
            self.done = t("people.withdrawn", name=row.name, role=row.role_word)
