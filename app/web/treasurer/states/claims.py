"""Welfare at the desk: claims with their reasons, calls, payouts, the fund."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import reflex as rx

from app.domain.cashbook import reading as cashbook
from app.domain.governance import service as governance
from app.domain.governance.commands import ProposeDecision
from app.domain.governance.ports import Matter
from app.domain.groups import members
from app.domain.groups.permissions import Permission
from app.domain.identity.errors import StepUpNeeded
from app.domain.ledger.recipes import MONEY_BY_METHOD
from app.domain.welfare import calls, reading, schemes, service
from app.domain.welfare.views import (
    AcceptClaim,
    CallFund,
    CallLevy,
    ClaimView,
    JoinEvent,
    RefuseClaim,
    WithdrawClaim,
)
from app.kit.actor import Actor
from app.kit.db import Session
from app.kit.i18n import t
from app.kit.ids import new_id
from app.web.fresh_code import FreshCode
from app.web.officers import who_else_may
from app.web.place import load_place
from app.web.presenters.amounts import amount
from app.web.presenters.claims import ClaimRow, ReasonRow, claim_row, fund_parts
from app.web.presenters.dates import day
from app.web.reporting import Reporting
from app.web.screen import parse_date, parse_id
from app.web.session import event

ASKS = ("accept", "refuse", "levy", "pay", "join")


@dataclass(frozen=True)
class Option:
    """Something to choose in a form: a member, a way to pay."""

    value: str
    label: str


@dataclass(frozen=True)
class CallLine:
    """A call that welfare made; `id` leads to who has paid."""

    id: str
    title: str
    detail: str
    figure: str


class ClaimsState(FreshCode, Reporting, rx.State):
    """`asking` is what the open dialog is about: one of ASKS, report, or a kind of call for the fund; empty: none."""

    rows: list[ClaimRow] = []
    asking: str = ""
    row: ClaimRow = ClaimRow()
    to_check: list[ReasonRow] = []
    heading: str = ""
    says: str = ""
    warns: str = ""
    title: str = ""
    reason: str = ""
    due_on: str = ""
    fund: str = ""
    made_of: str = ""
    """Where the fund lies, less what is owed; empty where it is nothing."""
    low: str = ""
    funds: list[str] = []
    calls: list[CallLine] = []
    methods: list[Option] = []
    members: list[Option] = []
    has_rules: bool = False
    _method: str = ""
    _spares: bool = True
    _views: dict[str, ClaimView] = {}

    @event("treasurer")
    async def load(self):
        await load_place(self)
        self._clear()
        self._close_code()
        self._close()
        async with self._reading() as (session, actor):
            await self._show(session, actor)
            await self._read_choices(session, actor)
        if not self.problem:
            self._after_upload()

    @event("treasurer")
    async def refresh(self):
        """Somebody reported, signed or paid."""
        async with self._refreshing() as (session, actor):
            await self._show(session, actor)

    async def _show(self, session: Session, actor: Actor) -> None:
        found = await reading.list_claims(session, actor)
        self._views = {str(one.id): one for one in found}
        own = await self._who_accepts(session, actor) if any(one.is_own for one in found) else ""
        self.rows = [claim_row(one, own) for one in found]
        view, fund = await schemes.get_scheme(session, actor), await reading.welfare_fund(session, actor)
        self._offer(view, member=t("welfare.relation.member"))
        self.has_rules = view.scheme.version > 0
        self._spares = view.scheme.spares_bereaved
        self.fund, self.made_of = amount(fund.fund_minor, fund.currency), fund_parts(fund)
        self.low = t("welfare.low", each=amount(fund.topup_minor, fund.currency)) if fund.topup_minor else ""
        asked = {
            "topup": fund.topup_minor,
            "premium": view.scheme.premium_minor,
            "registration": view.scheme.registration_minor,
        }
        self.funds = [kind for kind, minor in asked.items() if minor]
        self.calls = [
            CallLine(
                str(call.id),
                call.title,
                f"{t(f'welfare.call.{kind}')}, {call.confirmed}/{call.dues}, {day(call.due_on)}",
                amount(call.paid_minor, call.currency),
            )
            for kind, call in fund.calls
        ]
        self.phase = "ready"

    async def _who_accepts(self, session: Session, actor: Actor) -> str:
        """What one may not do for oneself."""
        names = await who_else_may(session, actor, Permission.PROPOSE_DECISIONS)
        return t("welfare.own", names=names) if names else t("welfare.own_nobody")

    async def _read_choices(self, session: Session, actor: Actor) -> None:
        money = await cashbook.money(session, actor)
        held = dict(money.places)
        ways = dict.fromkeys(("cash", money.way, "bank"))
        there = {way: held[MONEY_BY_METHOD[way]] for way in ways if MONEY_BY_METHOD[way] in held}
        self.methods = [  # the fullest first: an empty box pays nobody
            Option(way, f"{t(f'method.{way}')}, {amount(minor, money.currency)}")
            for way, minor in sorted(there.items(), key=lambda one: -one[1])
        ]
        self.members, page, has_next = [], 0, True
        while has_next:
            found = await members.list_members(session, actor, page=page)
            self.members += [Option(str(one.id), f"{one.name}, {one.member_no}") for one in found.rows]
            page, has_next = page + 1, found.has_next

    def _close(self) -> None:
        self.asking, self.row, self.reason, self.says, self.warns = "", ClaimRow(), "", "", ""

    @event("treasurer")
    async def ask(self, what: str, claim_id: str):
        """Open the dialog of an act on a claim."""
        self._clear()
        row = next((one for one in self.rows if one.id == claim_id), None)
        may = row and {
            "accept": row.may_accept,
            "refuse": row.may_refuse,
            "levy": row.may_call,
            "pay": row.may_pay,
            "join": row.may_refuse and bool(row.alike),
        }.get(what)
        if row is None or not may:
            return
        self._new_form()
        self.row, self.asking = row, what
        keys = {"accept": "welfare.accept_title", "refuse": "welfare.refuse_title", "levy": "welfare.levy_title"}
        self.heading = t(keys[what], number=row.number) if what in keys else ""
        self.to_check = [one for one in row.reasons if one.verdict == "check"]
        view = self._views[row.id]
        if what == "levy":
            self.title = t("welfare.call_name", number=row.number)
            key = "welfare.levy_says" if self._spares else "welfare.levy_says_all"
            self.says = t(key, each=row.levy, days=view.levy.days)
        if what == "pay":
            self.says = t("welfare.pay_title", amount=row.to_pay, name=view.payee)
            left = view.call.dues - view.call.confirmed if view.call else 0
            self.warns = t("welfare.pay_early", count=left) if left else ""

    @event("treasurer")
    async def ask_fund(self, kind: str):
        """Open the form of a call for the fund."""
        if kind not in self.funds:
            return
        self._clear()
        self._new_form()
        self.asking, self.title = kind, t(f"welfare.call.{kind}")
        self.due_on = (parse_date(self.today, field="due_on") + timedelta(days=14)).isoformat()

    @event("treasurer")
    async def ask_report(self):
        self._clear()
        self._begin_report()
        self.asking = "report"

    @event("treasurer")
    async def leave(self):
        self._clear()
        self._close_code()
        self._close()

    @event("treasurer")
    async def report(self, form: dict[str, str]):
        self._clear()
        self._take(form)
        async with self._work() as (session, actor):
            await self._report(session, actor, form, ("member", "event", "relation"))
        await self._finish(t("welfare.reported"))

    @event("treasurer")
    async def accept(self, form: dict[str, str]):
        self._clear()
        checked = tuple(one.code for one in self.to_check if form.get(f"check_{one.code}"))
        async with self._work() as (session, actor):
            command = AcceptClaim(parse_id(self.row.id), self.form_key, checked)
            await service.accept_claim(session, actor, command)
        await self._finish(t("welfare.accepted", number=self.row.number))

    @event("treasurer")
    async def refuse(self, form: dict[str, str]):
        self._clear()
        self.reason = str(form.get("reason", ""))[:600]
        async with self._work() as (session, actor):
            command = RefuseClaim(parse_id(self.row.id), self.reason, self.form_key)
            await service.refuse_claim(session, actor, command)
        await self._finish(t("welfare.refused", number=self.row.number))

    @event("treasurer")
    async def join(self, form: dict[str, str]):
        self._clear()
        async with self._work() as (session, actor):
            other = parse_id(str(form.get("other", ""))[:40])
            await service.join_event(session, actor, JoinEvent(parse_id(self.row.id), other))
        await self._finish(t("welfare.joined"))

    @event("treasurer")
    async def take_back(self, claim_id: str):
        self._clear()
        async with self._work() as (session, actor):
            await service.withdraw_claim(session, actor, WithdrawClaim(parse_id(claim_id), str(new_id())))
        await self._finish(t("welfare.taken_back"))

    @event("treasurer")
    async def call(self, form: dict[str, str]):
        """The levy of a claim, or a call for the fund."""
        self._clear()
        self.title, self.due_on = str(form.get("title", ""))[:200], str(form.get("due_on", self.due_on))[:10]
        said = ""
        async with self._work() as (session, actor):
            if self.asking == "levy":
                command = CallLevy(parse_id(self.row.id), self.title, self.form_key)
                made = await calls.call_levy(session, actor, command)
            else:
                due_on = parse_date(self.due_on, field="due_on")
                fund = CallFund(self.asking, self.title, due_on, self.form_key)
                made = await calls.call_fund(session, actor, fund)
            said = t("welfare.asked", title=made.title, count=made.dues)
        await self._finish(said)

    @event("treasurer")
    async def pay(self, form: dict[str, str]):
        """What is wrong is said first; what the rules leave to one alone then takes a fresh code."""
        self._clear()
        self._method = str(form.get("method", ""))[:10]
        await self._pay(None)

    @event("treasurer")
    async def confirm(self, form: dict[str, str]):
        """The code is typed: it is done."""
        if (proof := await self._proof_of(form)) is not None:
            await self._pay(proof)

    @event("treasurer")
    async def send_again(self):
        await self._ask_again()

    async def _pay(self, proof: UUID | None) -> None:
        needs_code, said, view = False, "", self._views.get(self.row.id)
        if view is None:
            return
        async with self._work() as (session, actor):
            matter = Matter(subject_id=view.id, terms={"method": self._method})
            try:
                command = ProposeDecision("welfare_payout", matter, self.form_key, proof)
                made = await governance.propose_decision(session, actor, command)
            except StepUpNeeded:
                needs_code = proof is None
                raise
            key = "welfare.carried" if made.state == "carried" else "welfare.proposed"
            said = t(key, amount=amount(made.amount_minor, made.currency), name=view.payee)
        if needs_code:
            await self._ask_code(self.says)
            return
        self._close_code()
        await self._finish(said)

    async def _finish(self, said: str) -> None:
        """What was done is said on the page, whose rows are others now; what was refused stays in its dialog."""
        if self.problem and self.asking:
            return
        problem = self.problem
        self._close()
        async with self._reading() as (session, actor):
            await self._show(session, actor)
        self.problem, self.done = problem, "" if problem else said
