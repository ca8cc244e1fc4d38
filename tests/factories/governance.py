"""A savings group with officers and money, and what they propose and sign, through the services."""

from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID, uuid4

from app import wiring
from app.domain.contributions.service import OpenCall, open_call
from app.domain.governance import reading, service
from app.domain.governance.commands import ApproveDecision, ProposeDecision, RefuseDecision, WithdrawProposal
from app.domain.governance.ports import Matter
from app.domain.governance.views import ProposalView
from app.domain.groups import approvals
from app.domain.groups.views import ApprovalRule, SetApprovalRule
from app.kit.actor import Actor
from app.kit.db import Database
from tests.factories.groups import MadeGroup, id_of, make_group, make_member, make_officer
from tests.factories.payments import Programme, step_up

EACH = 50_000
"""What each member has saved in cash, in minor units."""


@dataclass(frozen=True, slots=True)
class Council:
    """A savings group: treasurer, president and secretary besides the admin; one member has saved EACH in cash."""

    database: Database
    group: MadeGroup
    programme: Programme
    president: Actor
    secretary: Actor

    @property
    def admin(self) -> Actor:
        return self.group.admin

    @property
    def treasurer(self) -> Actor:
        return self.programme.treasurer

    @property
    def member(self) -> Actor:
        return self.programme.member

    async def withdrawal(self, amount_minor: int = 20_000, member: Actor | None = None) -> Matter:
        member_id = await id_of(self.database, member or self.member)
        return Matter(amount_minor, "School fees", member_id=member_id, terms={"method": "cash"})

    async def propose(
        self,
        kind: str,
        matter: Matter,
        by: Actor | None = None,
        *,
        key: str = "",
        proof: UUID | None = None,
    ) -> ProposalView:
        who = by or self.treasurer
        command = ProposeDecision(kind, matter, key or str(uuid4()), proof)
        async with self.database.transaction(who) as session:
            return await service.propose_decision(session, who, command)

    async def ask(self, matter: Matter, by: Actor | None = None, *, kind: str = "withdrawal") -> ProposalView:
        who = by or self.member
        async with self.database.transaction(who) as session:
            return await service.ask_decision(session, who, ProposeDecision(kind, matter, str(uuid4())))

    async def approve(self, proposal_id: UUID, by: Actor, *, key: str = "", proof: UUID | None = None) -> ProposalView:
        proof = proof or await step_up(self.database, by)
        async with self.database.transaction(by) as session:
            return await service.approve_decision(session, by, ApproveDecision(proposal_id, key or str(uuid4()), proof))

    async def refuse(self, proposal_id: UUID, by: Actor, *, key: str = "", reason: str = "Not agreed") -> ProposalView:
        async with self.database.transaction(by) as session:
            return await service.refuse_decision(session, by, RefuseDecision(proposal_id, reason, key or str(uuid4())))

    async def withdraw(self, proposal_id: UUID, by: Actor | None = None, *, key: str = "") -> ProposalView:
        who = by or self.treasurer
        async with self.database.transaction(who) as session:
            return await service.withdraw_proposal(session, who, WithdrawProposal(proposal_id, key or str(uuid4())))

    async def expire(self, proposal_id: UUID) -> bool:
        """As the worker does, without a person."""
        async with self.database.transaction(Actor(group_id=self.group.id)) as session:
            return await service.expire_decision(session, self.group.id, proposal_id)

    async def get(self, proposal_id: UUID, by: Actor | None = None) -> ProposalView:
        who = by or self.treasurer
        async with self.database.transaction(who) as session:
            return await reading.get_decision(session, who, proposal_id)

    async def rule(self, kind: str, **changes: object) -> ApprovalRule:
        """Change one rule as the admin does."""
        proof = await step_up(self.database, self.admin)
        async with self.database.transaction(self.admin) as session:
            now = {one.kind: one for one in await approvals.list_approval_rules(session, self.admin)}[kind]
            return await approvals.set_approval_rule(
                session,
                self.admin,
                SetApprovalRule(replace(now, **changes), proof),  # type: ignore[arg-type]
            )


async def make_council(database: Database, members: int = 1) -> Council:
    wiring.register()
    group = await make_group(database, template="self_help", amount_minor=EACH, frequency="monthly", due_day=10)  # type: ignore[arg-type]
    treasurer = await make_officer(database, group, "treasurer")
    president = await make_officer(database, group, "president")
    secretary = await make_officer(database, group, "secretary")
    people = tuple([await make_member(database, group) for _ in range(members)])
    programme = Programme(database, group, treasurer, people)
    command = OpenCall("Savings", EACH, await programme.today() + timedelta(days=9), str(uuid4()))
    async with database.transaction(treasurer) as session:
        await open_call(session, treasurer, command)
    for member in people:
        await programme.take_cash(await programme.cash_command(member))
    return Council(database, group, programme, president, secretary)
