"""A group with a welfare scheme, and what befalls its members, through the services."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from app import wiring
from app.domain.governance.ports import Matter
from app.domain.governance.views import ProposalView
from app.domain.welfare import calls, documents, reading, schemes, service
from app.domain.welfare.scheme import Benefit, Scheme
from app.domain.welfare.views import (
    AcceptClaim,
    AttachDocument,
    CallFund,
    CallLevy,
    ClaimView,
    FundView,
    JoinEvent,
    RefuseClaim,
    ReportClaim,
    SealedFile,
    SetScheme,
    WithdrawClaim,
)
from app.kit.actor import Actor
from app.kit.db import Database
from tests.factories.governance import Council
from tests.factories.groups import id_of, make_group, make_member, make_officer
from tests.factories.payments import Programme

PAID = 100_000
"""What each member has given to the fund, in minor units."""
TABLE = Scheme(
    benefits=(Benefit("member", 60_000), Benefit("parent", 40_000), Benefit("child", 30_000)), needs_document=False
)
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)
"""The smallest PNG."""


@dataclass(frozen=True, slots=True)
class Fund:
    """A welfare group with treasurer, president and secretary besides the admin; each member has given PAID."""

    council: Council

    @property
    def database(self) -> Database:
        return self.council.database

    @property
    def treasurer(self) -> Actor:
        return self.council.treasurer

    @property
    def member(self) -> Actor:
        return self.council.member

    @property
    def members(self) -> tuple[Actor, ...]:
        return self.council.programme.members

    async def run(self, who: Actor, act: Any, *args: Any) -> Any:
        async with self.database.transaction(who) as session:
            return await act(session, who, *args)

    async def rule(self, scheme: Scheme | None = None, **changes: Any) -> Scheme:
        """Set by the admin: TABLE unless given, with the changes."""
        now = (await self.run(self.council.admin, schemes.get_scheme)).scheme
        asked = replace(scheme or TABLE, **changes, version=now.version)
        return (await self.run(self.council.admin, schemes.set_scheme, SetScheme(asked))).scheme

    async def report(self, by: Actor | None = None, **changes: Any) -> ClaimView:
        return await self.run(by or self.member, service.report_claim, await self.report_of(**changes))

    async def report_of(self, **changes: Any) -> ReportClaim:
        values = {
            "event": "death",
            "relation": "parent",
            "cause": "natural",
            "happened_on": await self.council.programme.today(),
            "person": f"Mzee {uuid4().hex[:8]}",
            "key": str(uuid4()),
        }
        return ReportClaim(**{**values, **changes})

    async def accept(
        self, claim_id: UUID, by: Actor | None = None, *, key: str = "", checked: tuple[str, ...] = ()
    ) -> ClaimView:
        command = AcceptClaim(claim_id, key or str(uuid4()), checked)
        return await self.run(by or self.council.admin, service.accept_claim, command)

    async def refuse(self, claim_id: UUID, by: Actor | None = None, *, key: str = "", reason: str = "No") -> ClaimView:
        command = RefuseClaim(claim_id, reason, key or str(uuid4()))
        return await self.run(by or self.treasurer, service.refuse_claim, command)

    async def withdraw(self, claim_id: UUID, by: Actor | None = None, *, key: str = "") -> ClaimView:
        return await self.run(by or self.member, service.withdraw_claim, WithdrawClaim(claim_id, key or str(uuid4())))

    async def join(self, claim_id: UUID, other_id: UUID) -> ClaimView:
        return await self.run(self.treasurer, service.join_event, JoinEvent(claim_id, other_id))

    async def accepted(self, **changes: Any) -> ClaimView:
        """Reported by the member, accepted by the admin."""
        return await self.accept((await self.report(**changes)).id)

    async def levy(self, claim_id: UUID, by: Actor | None = None, *, key: str = "", title: str = "") -> Any:
        command = CallLevy(claim_id, title or f"Welfare {uuid4().hex[:6]}", key or str(uuid4()))
        return await self.run(by or self.treasurer, calls.call_levy, command)

    async def ask(self, kind: str, *, title: str = "", key: str = "") -> Any:
        due_on = await self.council.programme.today() + timedelta(days=9)
        command = CallFund(kind, title or f"Fund {uuid4().hex[:6]}", due_on, key or str(uuid4()))
        return await self.run(self.treasurer, calls.call_fund, command)

    async def attach(self, claim_id: UUID, by: Actor | None = None, content: bytes = PICTURE) -> SealedFile:
        command = AttachDocument(claim_id, "burial permit.png", content)
        return await self.run(by or self.member, documents.attach_document, command)

    async def get(self, claim_id: UUID, by: Actor | None = None) -> ClaimView:
        return await self.run(by or self.treasurer, reading.get_claim, claim_id)

    async def fund(self) -> FundView:
        return await self.run(self.treasurer, reading.welfare_fund)

    async def payout(
        self, claim_id: UUID, by: Actor | None = None, *, method: str = "cash", **more: Any
    ) -> ProposalView:
        return await self.council.propose(
            "welfare_payout", Matter(subject_id=claim_id, terms={"method": method}), by, **more
        )

    async def id_of(self, who: Actor) -> UUID:
        return await id_of(self.database, who)


async def make_fund(database: Database, members: int = 2, **scheme: Any) -> Fund:
    """With TABLE as its scheme, changed as told."""
    wiring.register()
    group = await make_group(database)
    treasurer = await make_officer(database, group, "treasurer")
    president = await make_officer(database, group, "president")
    secretary = await make_officer(database, group, "secretary")
    people = tuple([await make_member(database, group) for _ in range(members)])
    programme = Programme(database, group, treasurer, people)
    await programme.open_call(PAID, "Entry")
    for one in people:
        await programme.take_cash(await programme.cash_command(one))
    made = Fund(Council(database, group, programme, president, secretary))
    await made.rule(**scheme)
    return made
