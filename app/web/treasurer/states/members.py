"""Members: who is in the group, found by name, number or county; one more by hand."""

from dataclasses import dataclass

import reflex as rx

from app.domain.groups import access, members, profiles
from app.domain.groups.importing.service import list_drafts
from app.domain.groups.permissions import Permission
from app.domain.groups.regions import region_names
from app.domain.groups.views import AddMember, MemberView
from app.kit.i18n import t
from app.web.place import PlaceState, load_place
from app.web.presenters.drafts import DraftRow, draft_row
from app.web.screen import FormScreen, parse_date
from app.web.session import event

FIELDS = ("name", "member_no", "phone", "region")
"""What is typed of a new member; each shows its own fault."""


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


def profile_of(form: dict[str, str]) -> AddMember:
    """What was typed. Raises InvalidInput for a date that is none."""

    def text(name: str) -> str:
        return str(form.get(name, ""))[:1000]

    joined = text("joined_on")
    return AddMember(
        member_no=text("member_no"),
        name=text("name"),
        phone=text("phone"),
        region=text("region"),
        gender=text("gender"),
        joined_on=parse_date(joined[:10], field="joined_on") if joined else None,
        remarks=text("remarks"),
    )


class MembersState(FormScreen, rx.State):
    rows: list[MemberRow] = []
    search: str = ""
    count_line: str = ""
    page: int = 0
    has_next: bool = False
    shows_left: bool = False
    is_adding: bool = False
    number_hint: str = ""
    problems: dict[str, str] = dict.fromkeys(FIELDS, "")
    regions: list[str] = []
    drafts: list[DraftRow] = []

    @event("treasurer")
    async def load(self):
        await load_place(self)
        self._clear()
        self.search, self.page, self.is_adding, self.drafts = "", 0, False, []
        self.shows_left = False
        await self._list()
        if Permission.IMPORT_MEMBERS.value in (await self.get_state(PlaceState)).rights:
            async with self._work() as (session, actor):
                self.drafts = [draft_row(view) for view in await list_drafts(session, actor)]

    @event("treasurer")
    async def find(self, text: str):
        self.search, self.page = text[:80], 0
        await self._list()

    @event("treasurer")
    async def show(self, which: str):
        """Those who are in the group, or those who left it."""
        self.shows_left, self.page = which == "left", 0
        await self._list()

    @event("treasurer")
    async def turn(self, step: int):
        if isinstance(step, int) and 0 <= self.page + step < 10:
            self.page += step
            await self._list()

    @event("treasurer")
    async def start_adding(self):
        self._clear()
        async with self._work() as (session, actor):
            self.regions = list(region_names((await access.get_group(session, actor)).country))
            number = await profiles.suggest_member_no(session, actor)
            self.number_hint = t("members.no_hint", number=number) if number else ""
            self.is_adding = True

    @event("treasurer")
    async def leave_form(self):
        self._clear()
        self.is_adding = False

    @event("treasurer")
    async def add(self, form: dict[str, str]):
        self._clear()
        async with self._work() as (session, actor):
            view = await profiles.add_member(session, actor, profile_of(form))
            added = t("members.added", name=view.name, number=view.member_no)
        if not self.problem:
            self.is_adding = False
            await self._list()
            self.done = added

    async def _list(self) -> None:
        async with self._reading() as (session, actor):
            found = await members.list_members(session, actor, search=self.search, page=self.page, left=self.shows_left)
            self.rows = [member_row(view) for view in found.rows]
            key = (
                "members.found" if self.search.strip() else "members.left_count" if self.shows_left else "members.count"
            )
            self.count_line = t(key, count=found.total, members=found.everyone)
            self.has_next = found.has_next
            self.phase = "ready" if self.rows or self.search or self.shows_left else "empty"
