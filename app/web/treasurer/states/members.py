"""Members: who is in the group, found by name, number or county."""

from dataclasses import dataclass

import reflex as rx

from app.domain.groups import members
from app.domain.groups.views import MemberView
from app.kit.i18n import t
from app.web.place import load_place
from app.web.screen import Screen
from app.web.session import event


@dataclass(frozen=True)
class MemberRow:
    id: str
    name: str
    member_no: str
    region: str
    phone: str
    roles: str
    signs_in: str


def member_row(view: MemberView) -> MemberRow:
    return MemberRow(
        id=str(view.id),
        name=view.name,
        member_no=view.member_no,
        region=view.region or t("region.none"),
        phone=view.phone or "",
        roles=", ".join(t(f"role.{role}") for role in sorted(view.roles)),
        signs_in=t("members.claimed") if view.person_id else t("members.unclaimed"),
    )


class MembersState(Screen, rx.State):
    rows: list[MemberRow] = []
    search: str = ""
    count_line: str = ""
    page: int = 0
    has_next: bool = False

    @event("treasurer")
    async def load(self):
        await load_place(self)
        self.search, self.page = "", 0
        await self._list()

    @event("treasurer")
    async def find(self, text: str):
        self.search, self.page = text[:80], 0
        await self._list()

    @event("treasurer")
    async def turn(self, step: int):
        if isinstance(step, int) and 0 <= self.page + step < 10:
            self.page += step
            await self._list()

    async def _list(self) -> None:
        async with self._reading() as (session, actor):
            found = await members.list_members(session, actor, search=self.search, page=self.page)
            self.rows = [member_row(view) for view in found.rows]
            self.count_line, self.has_next = t("members.count", count=found.total), found.has_next
            self.phase = "ready" if self.rows or self.search else "empty"
