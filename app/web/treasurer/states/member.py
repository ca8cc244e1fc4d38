"""One member: the profile, what is open, the receipts."""

from dataclasses import dataclass
from uuid import UUID

import reflex as rx

from app.domain.contributions import reading as contributions
from app.domain.contributions.views import DueView
from app.domain.governance import reading as decisions
from app.domain.governance import service as governance
from app.domain.governance.commands import ProposeDecision
from app.domain.governance.ports import Matter
from app.domain.groups import access, members, profiles
from app.domain.groups.permissions import Permission
from app.domain.groups.regions import region_names
from app.domain.groups.views import MemberView, UpdateMember
from app.domain.identity.errors import StepUpNeeded
from app.domain.receipts import service as receipts
from app.domain.reports.passbook import passbook
from app.kit.actor import Actor
from app.kit.db import Session
from app.kit.i18n import t
from app.kit.ids import in_fours
from app.web.fresh_code import FreshCode
from app.web.officers import own_words, who_else_may
from app.web.place import load_place
from app.web.presenters.amounts import amount, exact
from app.web.presenters.dates import day
from app.web.presenters.receipts import ReceiptLineRow, receipt_line
from app.web.screen import parse_id
from app.web.session import event
from app.web.treasurer.states.members import profile_of
from app.web.treasurer.states.record import RecordState

RECEIPTS = 50


@dataclass(frozen=True)
class DueLine:
    """`kind` is late, sent or open; `waiver` says how far a waiver is that waits for signatures."""

    id: str
    title: str
    due_on: str
    reference: str
    figure: str
    kind: str
    waiver: str


@dataclass(frozen=True)
class Profile:
    id: str = ""
    name: str = ""
    note: str = ""
    number: str = ""
    phone: str = ""
    region: str = ""
    gender: str = ""
    joined: str = ""
    remarks: str = ""
    roles: str = ""
    signs_in: str = ""


def due_line(view: DueView, waivers: dict[str, str]) -> DueLine:
    left = view.open_minor - view.waiting_minor
    return DueLine(
        id=str(view.id),
        title=view.title,
        due_on=t("today.call", title=view.title, day=day(view.due_on)),
        reference=in_fours(view.reference),
        figure=exact(view.open_minor, view.currency),
        kind="sent" if left <= 0 else "late" if view.is_overdue else "open",
        waiver=waivers.get(view.reference, ""),
    )


async def waivers_waiting(session: Session, actor: Actor) -> dict[str, str]:
    """How far each is, by the reference of its due."""
    return {
        one.terms.get("reference", ""): t("member.waiver_waits", count=one.approved, needed=one.needed)
        for one in await decisions.list_decisions(session, actor)
        if (one.kind, one.state) == ("waiver", "open")
    }


def profile(view: MemberView) -> Profile:
    none = t("member.not_given")
    return Profile(
        id=str(view.id),
        name=view.name,
        note=f"{view.member_no}, {view.region or t('region.none')}",
        number=view.member_no,
        phone=view.phone or t("member.no_phone"),
        region=view.region or none,
        gender=t(f"member.gender_{view.gender.lower()}") if view.gender else none,
        joined=day(view.joined_on) if view.joined_on else none,
        remarks=view.remarks or "",
        roles=", ".join(t(f"role.{role}") for role in sorted(view.roles)),
        signs_in=t("members.claimed") if view.person_id else t("members.unclaimed"),
    )


def typed(view: MemberView) -> dict[str, str]:
    """The profile as a form holds it."""
    return {
        "name": view.name,
        "member_no": view.member_no,
        "phone": view.phone or "",
        "region": view.region or "",
        "gender": view.gender or "",
        "joined_on": view.joined_on.isoformat() if view.joined_on else "",
        "remarks": view.remarks or "",
    }


class MemberState(FreshCode, rx.State):
    profile: Profile = Profile()
    own_words: str = ""
    """In place of the buttons where the cash would be one's own."""
    owes: str = ""
    confirmed: str = ""
    currency: str = ""
    dues: list[DueLine] = []
    receipts: list[ReceiptLineRow] = []
    has_more: bool = False
    is_mending: bool = False
    mend_title: str = ""
    values: dict[str, str] = {}
    regions: list[str] = []
    waiving: str = ""
    waive_title: str = ""
    reason: str = ""
    _typed: dict[str, str] = {}

    @event("treasurer")
    async def load(self):
        """`?id=` names the member; another group's answers like a missing one."""
        await load_place(self)
        self._clear()
        self.is_mending, self.waiving = False, ""
        self._close_code()
        wanted = self.router.url.query_parameters.get("id", "")
        record = await self.get_state(RecordState)
        record.step = ""
        await self._show(wanted)
        if self.phase == "ready":
            await record._show(wanted)

    async def _show(self, wanted: str) -> None:
        async with self._reading() as (session, actor):
            view = await members.get_member(session, actor, parse_id(wanted))
            dues = await contributions.dues_of_member(session, actor, view.id)
            me = await access.my_place(session, actor)
            self.own_words = (
                own_words(await who_else_may(session, actor, Permission.RECORD_CASH))
                if dues and me.member_no == view.member_no
                else ""
            )
            waivers = await waivers_waiting(session, actor)
            issued = await receipts.list_group_receipts(session, actor, member_id=view.id, limit=RECEIPTS + 1)
            book = await passbook(session, actor, member_id=view.id)
            self.profile, self.currency = profile(view), book.currency
            open_minor = sum(due.open_minor for due in dues)
            self.owes = t("member.owes", amount=amount(open_minor, book.currency)) if open_minor else ""
            self.confirmed = t(
                "member.held" if book.holds_savings else "member.confirmed",
                amount=amount(book.balance_minor, book.currency),
            )
            self.dues = [due_line(due, waivers) for due in dues]
            self.receipts = [receipt_line(one.receipt) for one in issued[:RECEIPTS]]
            self.has_more = len(issued) > RECEIPTS
            self.phase = "ready"

    @event("treasurer")
    async def start_mending(self):
        """The form begins with what stands there now."""
        self._clear()
        async with self._work() as (session, actor):
            view = await members.get_member(session, actor, parse_id(self.profile.id))
            self.regions = list(region_names((await access.get_group(session, actor)).country))
            self.values, self.is_mending = typed(view), True
            self.mend_title = t("member.mend_title", name=view.name)

    @event("treasurer")
    async def leave_form(self):
        self._clear()
        self.is_mending = False

    @event("treasurer")
    async def mend(self, form: dict[str, str]):
        """What is wrong is said first; another phone for somebody with a role then takes a fresh code."""
        self._clear()
        self._typed = {name: text[:1_000] for name, text in form.items() if name in self.values}
        await self._save(None)

    @event("treasurer")
    async def ask_waiver(self, due_id: str):
        row = next((row for row in self.dues if row.id == due_id and row.kind != "sent" and not row.waiver), None)
        self._clear()
        self._new_form()
        self.waiving, self.reason = (row.id if row else ""), ""
        self.waive_title = (
            t("member.waive_title", title=row.title, amount=f"{self.currency}\u00a0{row.figure}") if row else ""
        )

    @event("treasurer")
    async def leave_waiver(self):
        self._clear()
        self.waiving = ""

    @event("treasurer")
    async def waive(self, form: dict[str, str]):
        """Proposed, for others to sign; by a rule that lets one alone, done after a fresh code."""
        self._clear()
        self.reason = str(form.get("reason", ""))[:600]
        await self._waive(None)

    async def _waive(self, proof: UUID | None) -> None:
        made, needs_code = None, False
        async with self._work() as (session, actor):
            matter = Matter(note=self.reason, subject_id=parse_id(self.waiving))
            try:
                command = ProposeDecision("waiver", matter, self.form_key, proof)
                made = await governance.propose_decision(session, actor, command)
            except StepUpNeeded:
                needs_code = proof is None
                raise
        if needs_code:
            await self._ask_code(self.waive_title)
        elif made is not None:
            self._close_code()
            self.waiving = ""
            await self._show(self.profile.id)
            self.done = t("member.waived" if made.state == "carried" else "member.waiver_sent")
        elif self.code_title:
            self._close_code()

    @event("treasurer")
    async def confirm(self, form: dict[str, str]):
        """The code is typed: the profile is saved, or the due waived."""
        if (proof := await self._proof_of(form)) is not None:
            await (self._waive(proof) if self.waiving else self._save(proof))

    @event("treasurer")
    async def send_again(self):
        await self._ask_again()

    @event("treasurer")
    async def leave_code(self):
        """Back to the form, as it was typed."""
        self._clear()
        self._close_code()
        if not self.waiving:
            self.values, self.is_mending = {**self.values, **self._typed}, True

    async def _save(self, proof: UUID | None) -> None:
        needs_code = False
        async with self._work() as (session, actor):
            command = UpdateMember(parse_id(self.profile.id), profile_of(self._typed), proof)
            try:
                await profiles.update_member(session, actor, command)
            except StepUpNeeded:
                needs_code = proof is None
                raise
        if needs_code:
            await self._ask_code(t("member.code_title", name=self.profile.name))
            self.is_mending = not self.code_title
        elif not self.problem:
            self._close_code()
            self.is_mending = False
            await self._show(self.profile.id)
            self.done = t("member.saved")
        elif self.code_title:
            self._close_code()
            self.values, self.is_mending = {**self.values, **self._typed}, True
