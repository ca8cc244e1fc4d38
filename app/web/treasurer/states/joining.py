"""Joining: who asks to come in or to have a name mended, and the invitations that are out."""

from dataclasses import dataclass

import reflex as rx

from app.domain.groups import access, profiles
from app.domain.groups.joining import invites, requests
from app.domain.groups.joining.views import ApproveRequest, DenyRequest, InviteView, MakeInvite, RequestView
from app.domain.groups.permissions import Permission
from app.domain.groups.regions import region_names
from app.kit.errors import InvalidInput
from app.kit.i18n import t
from app.kit.ids import in_fours
from app.web.place import load_place, show_place
from app.web.presenters.dates import moment
from app.web.presenters.qr import qr_path
from app.web.screen import Screen, parse_id
from app.web.session import event
from app.web.site import public_url


@dataclass(frozen=True)
class RequestRow:
    id: str = ""
    kind: str = ""
    name: str = ""
    phone: str = ""
    detail: str = ""
    asked: str = ""
    is_back: bool = False
    state: str = ""
    state_word: str = ""
    answer: str = ""


@dataclass(frozen=True)
class InviteRow:
    id: str = ""
    shown: str = ""
    link: str = ""
    uses: str = ""
    until: str = ""
    made: str = ""
    state: str = ""
    state_word: str = ""


class JoiningState(Screen, rx.State):
    tab: str = "requests"
    waiting: list[RequestRow] = []
    answered: list[RequestRow] = []
    invites: list[InviteRow] = []
    regions: list[str] = []
    step: str = ""
    asked: RequestRow = RequestRow()
    member_no: str = ""
    region: str = ""
    reason: str = ""
    days: str = "7"
    uses: str = "10"
    invite: InviteRow = InviteRow()
    qr: str = ""
    qr_box: str = ""

    @event("treasurer")
    async def load(self):
        """`?tab=invites` opens the invitations."""
        await load_place(self)
        self._clear()
        self._new_form()
        self.step = ""
        self.tab = "invites" if self.router.url.query_parameters.get("tab", "") == "invites" else "requests"
        await self._read()

    async def _read(self) -> None:
        async with self._reading() as (session, actor):
            country = (await access.authorise(session, actor, Permission.MANAGE_MEMBERS)).country
            rows = [_request(one) for one in await requests.list_requests(session, actor)]
            self.waiting = [row for row in rows if row.state == "waiting"]
            self.answered = [row for row in rows if row.state != "waiting"]
            self.invites = [_invite(one) for one in await invites.list_invites(session, actor)]
            self.regions = list(region_names(country))
            await show_place(self, session, actor)
            self.phase = "ready"

    @event("treasurer")
    async def show(self, tab: str):
        self._clear()
        self.tab = "invites" if tab == "invites" else "requests"

    @event("treasurer")
    async def keep(self):
        self._clear()
        self.step = ""

    @event("treasurer")
    async def start_yes(self, request_id: str):
        """A new member needs a number; somebody who is back, and a mended name, need none."""
        self._clear()
        await self._pick(request_id, "yes")
        self.member_no = self.region = ""
        if self.asked.kind == "join" and not self.asked.is_back:
            async with self._work() as (session, actor):
                self.member_no = await profiles.suggest_member_no(session, actor)

    @event("treasurer")
    async def start_no(self, request_id: str):
        self._clear()
        self.reason = ""
        await self._pick(request_id, "no")

    async def _pick(self, request_id: str, step: str) -> None:
        found = next((row for row in self.waiting if row.id == request_id), None)
        self.asked, self.step = (found, step) if found else (RequestRow(), "")

    @event("treasurer")
    async def approve(self, form: dict[str, str]):
        self._clear()
        self.member_no, self.region = str(form.get("member_no", ""))[:40], str(form.get("region", ""))[:80]
        async with self._work() as (session, actor):
            command = ApproveRequest(parse_id(self.asked.id), self.member_no, self.region)
            await requests.approve_request(session, actor, command)
        await self._answered(
            t("joining.mended" if self.asked.kind == "name" else "joining.approved", name=self.asked.name)
        )

    @event("treasurer")
    async def deny(self, form: dict[str, str]):
        self._clear()
        self.reason = str(form.get("reason", ""))[:600]
        async with self._work() as (session, actor):
            await requests.deny_request(session, actor, DenyRequest(parse_id(self.asked.id), self.reason))
        await self._answered(t("joining.denied", name=self.asked.name))

    async def _answered(self, done: str) -> None:
        """A problem of a field stays in the dialog; any other one closes it, with the list as it is now."""
        if self.problem_field:
            return
        self.step = ""
        problem = self.problem
        await self._read()
        if problem:
            self.problem = problem
        else:
            self.done = done

    @event("treasurer")
    async def start_invite(self):
        self._clear()
        self._new_form()
        self.step, self.days, self.uses = "make", "7", "10"

    @event("treasurer")
    async def make(self, form: dict[str, str]):
        self._clear()
        self.days, self.uses = str(form.get("days", ""))[:6], str(form.get("uses", ""))[:6]
        made: InviteView | None = None
        async with self._work() as (session, actor):
            days, uses = _whole(self.days, "days"), _whole(self.uses, "uses")
            made = await invites.make_invite(session, actor, MakeInvite(days, uses, self.form_key))
        if made is not None and not self.problem:
            await self._read()
            self.tab = "invites"
            self._show_invite(_invite(made))

    @event("treasurer")
    async def open_invite(self, invite_id: str):
        self._clear()
        if found := next((row for row in self.invites if row.id == invite_id), None):
            self._show_invite(found)

    def _show_invite(self, row: InviteRow) -> None:
        self.invite, self.step = row, "show"
        self.qr, self.qr_box = qr_path(row.link)

    @event("treasurer")
    async def ask_end(self, invite_id: str):
        """Before an invitation stops working."""
        self._clear()
        if found := next((row for row in self.invites if row.id == invite_id), None):
            self.invite, self.step = found, "end"

    @event("treasurer")
    async def end_invite(self):
        if self.step != "end":
            return
        self._clear()
        async with self._work() as (session, actor):
            await invites.revoke_invite(session, actor, parse_id(self.invite.id))
        if not self.problem:
            self.step = ""
            await self._read()
            self.done = t("joining.ended")


def _request(one: RequestView) -> RequestRow:
    """`detail` is the present name of who wants another."""
    return RequestRow(
        id=str(one.id),
        kind=one.kind,
        name=one.name,
        phone=one.phone,
        detail=f"{one.former_name}, {one.member_no}" if one.kind == "name" else "",
        asked=moment(one.asked_at),
        is_back=one.is_back,
        state=one.state,
        state_word=t(f"request.{one.state}"),
        answer=_answer(one),
    )


def _answer(one: RequestView) -> str:
    """Who answered, when, and with which reason."""
    if one.decided_at is None:
        return ""
    said = f"{one.decided_by}, {moment(one.decided_at)}"
    return f"{said}: {one.reason}" if one.reason else said


def _invite(one: InviteView) -> InviteRow:
    return InviteRow(
        id=str(one.id),
        shown=in_fours(one.code),
        link=f"{public_url()}/join/{one.code}",
        uses=t("joining.uses", uses=one.uses, allowed=one.uses_allowed),
        until=moment(one.expires_at),
        made=f"{one.created_by}, {moment(one.created_at)}",
        state=one.state,
        state_word=t(f"invite.{one.state}"),
    )


def _whole(text: str, field: str) -> int:
    if not text.strip().isdecimal():
        raise InvalidInput(field, f"invite_{field}", limit={"days": invites.DAYS, "uses": invites.USES}[field])
    return int(text)
