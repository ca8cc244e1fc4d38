"""Who must sign what: one rule at a time, changed with a fresh code."""

from dataclasses import dataclass
from uuid import UUID

import reflex as rx

from app.domain.cashbook.reading import held_for_me
from app.domain.governance.reading import list_short_rules
from app.domain.groups import approvals
from app.domain.groups.access import get_group
from app.domain.groups.approvals import ALONE, SIGNERS
from app.domain.groups.views import ApprovalRule, SetApprovalRule
from app.domain.identity.errors import StepUpNeeded
from app.kit.i18n import t
from app.kit.money import parse_amount
from app.web.fresh_code import FreshCode
from app.web.place import PlaceState
from app.web.presenters.amounts import digits
from app.web.presenters.rules import approval, in_use, shown, too_few
from app.web.screen import parse_number
from app.web.session import event


@dataclass(frozen=True)
class RuleRow:
    """`short` says that too few people can sign by it."""

    kind: str
    words: str
    short: str


@dataclass(frozen=True)
class SignerChoice:
    role: str
    label: str
    is_chosen: bool


class ApprovalsState(FreshCode, rx.State):
    """Filled by the settings page."""

    rows: list[RuleRow] = []
    kind: str = ""
    title: str = ""
    needed: str = ""
    days: str = ""
    alone: str = "never"
    limit: str = ""
    signers: list[SignerChoice] = []
    short: str = ""
    _rules: dict[str, ApprovalRule] = {}
    _asked: ApprovalRule | None = None
    _currency: str = ""

    def _put_away(self) -> None:
        self._clear()
        self._close_code()
        self.kind, self._asked = "", None

    async def _show(self) -> None:
        self._put_away()
        async with self._reading() as (session, actor):
            self._currency = (await get_group(session, actor)).currency
            mine = await held_for_me(session, actor)
            found = shown(await approvals.list_approval_rules(session, actor), holds_savings=mine.holds_savings)
            self._rules = {rule.kind: rule for rule in found}
            has = (await self.get_state(PlaceState)).has
            short = await list_short_rules(session, actor, in_use(found, has))
            self.rows = [
                RuleRow(rule.kind, approval(rule, self._currency), too_few(rule, short.get(rule.kind)))
                for rule in found
            ]
            self.phase = "ready"

    @event("admin")
    async def change(self, kind: str):
        """Open the form of one rule, with what is in force."""
        rule = self._rules.get(kind)
        if rule is None:
            return
        self._clear()
        self._new_form()
        self.kind, self.title = kind, t("approvals.change_title", kind=t(f"decision.kind.{kind}"))
        self.needed, self.days = str(rule.needed), str(rule.days)
        self.alone = "always" if rule.alone_minor >= ALONE else "up_to" if rule.alone_minor else "never"
        self.limit = digits(rule.alone_minor, self._currency) if self.alone == "up_to" else ""
        self._tick(rule.signers)

    def _tick(self, chosen: tuple[str, ...]) -> None:
        self.signers = [SignerChoice(role, t(f"role.{role}"), role in chosen) for role in SIGNERS]

    @event("admin")
    async def choose_alone(self, how: str):
        self.alone = how if how in ("never", "up_to", "always") else "never"

    @event("admin")
    async def send_again(self):
        await self._ask_again()

    @event("admin")
    async def leave(self):
        self._clear()
        self._close_code()
        self.kind = ""

    @event("admin")
    async def save(self, form: dict[str, str]):
        """What is wrong is said first; then a fresh code is asked for."""
        self._clear()
        known = self._rules.get(self.kind)
        if known is None:
            return
        self.needed, self.days = str(form.get("needed", ""))[:9], str(form.get("days", ""))[:9]
        self.limit = str(form.get("limit", ""))[:40]
        chosen = tuple(role for role in SIGNERS if form.get(f"signer_{role}"))
        self._tick(chosen)
        self._asked = None
        async with self._refusals():
            limits = {"never": 0, "always": ALONE}
            alone = limits.get(self.alone)
            self._asked = ApprovalRule(
                self.kind,
                parse_number(self.needed),
                chosen,
                parse_amount(self.limit, self._currency, field="limit") if alone is None else alone,
                parse_number(self.days.strip() or "0"),
                known.version,
            )
        await self._save(None)

    @event("admin")
    async def confirm(self, form: dict[str, str]):
        """The code is typed: the rule is in force."""
        if (proof := await self._proof_of(form)) is not None:
            await self._save(proof)

    async def _save(self, proof: UUID | None) -> None:
        if self._asked is None:
            return
        needs_code = False
        async with self._work() as (session, actor):
            there = (await list_short_rules(session, actor, [self._asked])).get(self._asked.kind)
            self.short = too_few(self._asked, there)
            try:
                await approvals.set_approval_rule(session, actor, SetApprovalRule(self._asked, proof))
            except StepUpNeeded:
                needs_code = proof is None
                raise
        if needs_code:
            await self._ask_code(approval(self._asked, self._currency))
            return
        self._close_code()
        if not self.problem:
            await self._show()
            self.done = t("approvals.saved")
