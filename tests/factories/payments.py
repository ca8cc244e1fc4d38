"""A group that collects money, and what its people do, through the services."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import count
from uuid import UUID, uuid4

from app import wiring
from app.domain.contributions import reading, service
from app.domain.contributions.service import OpenCall
from app.domain.contributions.views import CallView, DueView
from app.domain.groups import approvals
from app.domain.groups.views import SetApprovalRule
from app.domain.identity import codes
from app.domain.payments import service as payments
from app.domain.payments.commands import DecidePayment, Part, RecordCash, ReversePayment, SubmitPayment
from app.domain.payments.views import PaymentView
from app.kit.actor import NOBODY, Actor
from app.kit.clock import today_in
from app.kit.db import Database, clock_of
from tests.factories.groups import MadeGroup, id_of, make_group, make_member, make_officer, prove

EACH = 50_000
_codes = count(uuid4().int % 30**5)
_SYMBOLS = "23456789ABCDEFGHJKLMNPQRSTUVWX"


def new_code() -> str:
    """An M-Pesa code that no test has used."""
    number, text = next(_codes), "Q"
    for _ in range(9):
        number, symbol = divmod(number, 30)
        text += _SYMBOLS[symbol]
    return text


@dataclass(frozen=True, slots=True)
class Programme:
    """A group with a treasurer and members who have signed in; an admin and treasurer are members too."""

    database: Database
    group: MadeGroup
    treasurer: Actor
    members: tuple[Actor, ...]

    @property
    def member(self) -> Actor:
        return self.members[0]

    async def today(self) -> date:
        async with self.database.transaction(self.treasurer) as session:
            return today_in("Africa/Nairobi", clock_of(session).now())

    async def open_call(self, amount_minor: int = EACH, title: str = "November contribution") -> CallView:
        command = OpenCall(title, amount_minor, await self.today() + timedelta(days=9), str(uuid4()))
        async with self.database.transaction(self.treasurer) as session:
            return await service.open_call(session, self.treasurer, command)

    async def dues(self, member: Actor | None = None) -> tuple[DueView, ...]:
        """The member's open dues, the oldest first."""
        who = member or self.member
        async with self.database.transaction(who) as session:
            return (await reading.home(session, who)).dues

    async def submission(
        self, member: Actor | None = None, amount_minor: int = 0, *, code: str = "", key: str = ""
    ) -> SubmitPayment:
        """What the member would send for her oldest open due; all of it unless told."""
        due = (await self.dues(member))[0]
        part = Part(due.id, amount_minor or due.open_minor - due.waiting_minor)
        return SubmitPayment((part,), "mpesa", code or new_code(), await self.today(), key or str(uuid4()))

    async def send(self, command: SubmitPayment, member: Actor | None = None) -> PaymentView:
        who = member or self.member
        async with self.database.transaction(who) as session:
            return await payments.submit_payment(session, who, command)

    async def submit(self, member: Actor | None = None, amount_minor: int = 0, *, code: str = "") -> PaymentView:
        return await self.send(await self.submission(member, amount_minor, code=code), member)

    async def withdraw(self, payment_id: UUID, member: Actor | None = None, *, key: str = "") -> PaymentView:
        who = member or self.member
        async with self.database.transaction(who) as session:
            return await payments.withdraw_payment(session, who, DecidePayment(payment_id, key or str(uuid4())))

    async def confirm(self, payment_id: UUID, by: Actor | None = None, *, key: str = "") -> PaymentView:
        who = by or self.treasurer
        async with self.database.transaction(who) as session:
            return await payments.confirm_payment(session, who, DecidePayment(payment_id, key or str(uuid4())))

    async def reject(
        self, payment_id: UUID, by: Actor | None = None, *, key: str = "", reason: str = "No such payment came"
    ) -> PaymentView:
        who = by or self.treasurer
        async with self.database.transaction(who) as session:
            return await payments.reject_payment(session, who, DecidePayment(payment_id, key or str(uuid4()), reason))

    async def cash_command(self, member: Actor | None = None, amount_minor: int = 0, *, key: str = "") -> RecordCash:
        who = member or self.member
        due = (await self.dues(who))[0]
        part = Part(due.id, amount_minor or due.open_minor - due.waiting_minor)
        return RecordCash(await id_of(self.database, who), (part,), await self.today(), key or str(uuid4()))

    async def take_cash(self, command: RecordCash, by: Actor | None = None) -> PaymentView:
        who = by or self.treasurer
        async with self.database.transaction(who) as session:
            return await payments.record_cash(session, who, command)

    async def keep(self, amount_minor: int, member: Actor | None = None) -> PaymentView:
        """Cash that the member doesn't owe: it is kept for her."""
        member_id = await id_of(self.database, member or self.member)
        part = Part(member_id, amount_minor, "credit")
        return await self.take_cash(RecordCash(member_id, (part,), await self.today(), str(uuid4())))

    async def step_up(self, who: Actor | None = None) -> UUID:
        """The proof of a fresh one-time code, typed as on the page."""
        return await step_up(self.database, who or self.treasurer)

    async def reverse(
        self, payment_id: UUID, by: Actor | None = None, *, key: str = "", proof: UUID | None = None
    ) -> PaymentView:
        who = by or self.treasurer
        command = ReversePayment(
            payment_id, "Confirmed by mistake", proof or await self.step_up(who), key or str(uuid4())
        )
        async with self.database.transaction(who) as session:
            return await payments.reverse_payment(session, who, command)


async def step_up(database: Database, who: Actor) -> UUID:
    assert who.person_id is not None
    request_id = uuid4()
    async with database.transaction(who) as session:
        started = await codes.start_step_up(session, who.person_id, request_id=request_id)
    async with database.transaction(NOBODY) as session:
        checked = await codes.check_code(session, request_id, started.code or "", purpose="step_up")
    async with database.transaction(who) as session:
        return await codes.confirm_step_up(session, who.person_id, checked)


async def make_programme(database: Database, members: int = 1) -> Programme:
    """A new welfare group with a treasurer and `members` plain members, before its first call."""
    wiring.register()
    group = await make_group(database)
    treasurer = await make_officer(database, group, "treasurer")
    return Programme(database, group, treasurer, tuple([await make_member(database, group) for _ in range(members)]))


async def let_spend(told: Programme, alone_minor: int = approvals.ALONE) -> None:
    """The group lets one officer book an expense, of any amount unless told otherwise."""
    admin = told.group.admin
    async with told.database.transaction(admin) as session:
        rules = await approvals.list_approval_rules(session, admin)
        now = next(rule for rule in rules if rule.kind == "expense")
        proof = await prove(session, admin)
        await approvals.set_approval_rule(session, admin, SetApprovalRule(replace(now, alone_minor=alone_minor), proof))
