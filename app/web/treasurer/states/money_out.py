"""Money out: savings to pay out, expenses, money to move; what became of each proposal."""

from dataclasses import dataclass
from uuid import UUID

import reflex as rx

from app.domain.cashbook import reading as cashbook
from app.domain.cashbook import service as cashbook_service
from app.domain.cashbook.service import WriteCode
from app.domain.governance import reading, service
from app.domain.governance.commands import ProposeDecision, WithdrawProposal
from app.domain.governance.ports import Matter
from app.domain.governance.views import ProposalView
from app.domain.groups import members
from app.domain.identity.errors import StepUpNeeded
from app.domain.ledger.recipes import MONEY_BY_METHOD
from app.kit.actor import Actor
from app.kit.db import Session
from app.kit.i18n import t
from app.kit.ids import new_id
from app.kit.money import parse_amount
from app.web.fresh_code import FreshCode
from app.web.place import load_place
from app.web.presenters.amounts import amount
from app.web.presenters.decisions import DecisionRow, decision_row, title_of
from app.web.screen import parse_id
from app.web.session import event

KINDS = ("withdrawal", "expense", "transfer")


@dataclass(frozen=True)
class Choice:
    """Something to choose in a form: a member, a way to pay, a place."""

    value: str
    label: str
    is_chosen: bool = False


class MoneyOutState(FreshCode, rx.State):
    rows: list[DecisionRow] = []
    kind: str = "expense"
    holds_savings: bool = False
    members: list[Choice] = []
    methods: list[Choice] = []
    places: list[Choice] = []
    targets: list[Choice] = []
    sending: DecisionRow = DecisionRow()
    sent_code: str = ""
    amount: str = ""
    note: str = ""
    _currency: str = ""
    _chosen: dict[str, str] = {}

    @event("treasurer")
    async def load(self):
        """`?member=` begins with a payout to her."""
        await load_place(self)
        self._clear()
        self._close_code()
        self._start()
        self.sending = DecisionRow()
        async with self._reading() as (session, actor):
            await self._read_choices(session, actor, self.router.url.query_parameters.get("member", ""))
            await self._show(session, actor)

    def _start(self) -> None:
        self._new_form()
        self.amount = self.note = ""
        self._chosen = {}

    @event("treasurer")
    async def refresh(self):
        """Somebody signed, or something changed in the group."""
        async with self._refreshing() as (session, actor):
            await self._show(session, actor)

    async def _read_choices(self, session: Session, actor: Actor, wanted: str) -> None:
        money = await cashbook.money(session, actor)
        self._currency, self.holds_savings = money.currency, money.holds_savings
        held = dict(money.places)
        self.methods = [
            Choice(method, f"{t(f'method.{method}')}, {amount(held[MONEY_BY_METHOD[method]], money.currency)}")
            for method in dict.fromkeys(("cash", money.way, "bank"))
            if MONEY_BY_METHOD[method] in held
        ]
        self.kind = "withdrawal" if money.holds_savings else "expense"
        self.members = []
        page, has_next = 0, money.holds_savings
        while has_next:
            found = await members.list_members(session, actor, page=page)
            self.members += [
                Choice(str(one.id), f"{one.name}, {one.member_no}", str(one.id) == wanted) for one in found.rows
            ]
            page, has_next = page + 1, found.has_next

    async def _show(self, session: Session, actor: Actor) -> None:
        money = await cashbook.money(session, actor)
        self.places = [
            Choice(code, f"{t(f'account.{code}')}, {amount(held, money.currency)}") for code, held in money.places
        ]
        self.targets = [*self.places[1:], *self.places[:1]]
        self.rows = [decision_row(one) for one in await reading.list_decisions(session, actor)]
        self.phase = "ready"

    @event("treasurer")
    async def choose_kind(self, kind: str):
        self._clear()
        self.kind = kind if kind in KINDS and (kind != "withdrawal" or self.holds_savings) else "expense"

    @event("treasurer")
    async def propose(self, form: dict[str, str]):
        """What is wrong is said first; what the rules leave to one alone then takes a fresh code."""
        self._clear()
        self.amount, self.note = str(form.get("amount", ""))[:40], str(form.get("note", ""))[:600]
        names = ("member", "method", "source", "target")
        self._chosen = {name: str(form[name])[:80] for name in names if form.get(name)}
        await self._propose(None)

    @event("treasurer")
    async def confirm(self, form: dict[str, str]):
        """The code is typed: it is done."""
        if (proof := await self._proof_of(form)) is not None:
            await self._propose(proof)

    @event("treasurer")
    async def send_again(self):
        await self._ask_again()

    @event("treasurer")
    async def leave(self):
        """What was typed stays in its fields."""
        self._clear()
        self._close_code()

    async def _propose(self, proof: UUID | None) -> None:
        needs_code, made = False, None
        async with self._work() as (session, actor):
            try:
                command = ProposeDecision(self.kind, self._matter(), self.form_key, proof)
                made = await service.propose_decision(session, actor, command)
            except StepUpNeeded:
                needs_code = proof is None
                raise
        if needs_code:
            await self._ask_code(f"{t(f'decision.kind.{self.kind}')}: {self.amount}?")
            return
        self._close_code()
        if made is not None:
            await self._proposed(made)

    async def _proposed(self, made: ProposalView) -> None:
        self._start()
        async with self._reading() as (session, actor):
            await self._show(session, actor)
        self.done = t("out.carried" if made.state == "carried" else "out.proposed", title=title_of(made))

    def _matter(self) -> Matter:
        """What was typed and chosen. Raises InvalidInput, NotFound."""
        chosen = self._chosen
        wanted = {"withdrawal": ("method",), "expense": ("method",), "transfer": ("source", "target")}
        return Matter(
            amount_minor=parse_amount(self.amount, self._currency),
            note=self.note,
            member_id=parse_id(chosen.get("member", "")) if self.kind == "withdrawal" else None,
            terms={name: chosen.get(name, "") for name in wanted[self.kind]},
        )

    @event("treasurer")
    async def ask_sent(self, proposal_id: str):
        """The form for the code that the provider gave."""
        self._clear()
        self.sent_code = ""
        self.sending = next((row for row in self.rows if row.id == proposal_id), DecisionRow())

    @event("treasurer")
    async def leave_sent(self):
        self._clear()
        self.sending = DecisionRow()

    @event("treasurer")
    async def write_code(self, form: dict[str, str]):
        self._clear()
        self.sent_code = str(form.get("provider_code", ""))[:500]
        async with self._work() as (session, actor):
            await cashbook_service.write_code(session, actor, WriteCode(parse_id(self.sending.id), self.sent_code))
        if self.problem_field:
            return
        problem, self.sending = self.problem, DecisionRow()
        async with self._reading() as (session, actor):
            await self._show(session, actor)
        self.problem, self.done = problem, "" if problem else t("out.code_written")

    @event("treasurer")
    async def take_back(self, proposal_id: str):
        self._clear()
        async with self._work() as (session, actor):
            await service.withdraw_proposal(session, actor, WithdrawProposal(parse_id(proposal_id), str(new_id())))
        problem = self.problem
        async with self._reading() as (session, actor):
            await self._show(session, actor)
        self.problem, self.done = problem, "" if problem else t("out.taken_back")
