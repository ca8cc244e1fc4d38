"""Two groups in the middle of their work, with a person of every kind: nothing in one may be reached from the other."""

from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from app import wiring
from app.domain.contributions.reading import list_unpaid
from app.domain.contributions.service import OpenCall, open_call
from app.domain.governance.commands import ProposeDecision
from app.domain.governance.ports import Matter
from app.domain.governance.service import propose_decision
from app.domain.groups.importing.service import upload_import
from app.domain.groups.inbox import list_my_notifications
from app.domain.groups.joining.invites import make_invite
from app.domain.groups.joining.requests import ask_to_join
from app.domain.groups.joining.views import AskToJoin, MakeInvite
from app.domain.groups.permissions import ROLES
from app.domain.groups.roles import withdraw_role
from app.domain.groups.views import WithdrawRole
from app.domain.identity import codes
from app.domain.loans.applying import save_application
from app.domain.loans.commands import SaveApplication
from app.domain.loans.products import ProductRules
from app.domain.loans.service import define_product
from app.domain.loans.views import DefineProduct
from app.domain.payments.commands import DecidePayment, Part, RecordCash, SubmitPayment
from app.domain.payments.service import confirm_payment, record_cash, submit_payment
from app.domain.reconciliation.bank import queue, staging, taking
from app.domain.reconciliation.bank.queue_views import BookOther
from app.domain.reconciliation.bank.views import ImportStatement
from app.domain.reports.files import ask_file
from app.domain.reports.issuing import issue_statement
from app.domain.reports.report_files import ask_report
from app.domain.reports.report_views import Narrowed
from app.domain.reports.statement import Period
from app.domain.welfare.documents import attach_document
from app.domain.welfare.schemes import set_scheme
from app.domain.welfare.service import accept_claim, report_claim
from app.domain.welfare.views import AcceptClaim, AttachDocument, ReportClaim, SetScheme
from app.kit.actor import NOBODY, Actor
from app.kit.clock import today_in
from app.kit.db import Database
from tests.factories.groups import id_of, make_group, make_member, make_members, make_officer, make_person, make_staff
from tests.invariants.service_table import PAPER, SCHEME, Row, Service, Things

AMOUNT = 50_000


@dataclass(frozen=True, slots=True)
class Side:
    """A group's people by what they are, and what each of them has; `peer` is a member who never asks.

    `marks` are ids that show where an answer comes from.
    """

    id: UUID
    marks: frozenset[str]
    people: dict[str, Actor]
    things: dict[str, Things]

    def for_row(self, row: Row, who: str) -> Things:
        """Of who asks or of the peer, as the row says, with the proof of who asks."""
        mine = self.things.get(who, self.things["peer"])
        return mine if row.own else replace(self.things["peer"], proof=mine.proof)


@dataclass(frozen=True, slots=True)
class World:
    """`a` is the group that everybody asks about; `actors` say as whom."""

    a: Side
    b: Side
    actors: dict[str, Actor]


async def make_world(database: Database) -> World:
    wiring.register()
    a, b = await _make_side(database, 1), await _make_side(database, 2)
    staff, stranger = await make_staff(database), await make_person(database)
    elsewhere = {f"{who} of another group": b.people[who].within(a.id) for who in ("member", "treasurer", "admin")}
    return World(
        a,
        b,
        {
            "nobody": NOBODY,
            "nobody with the group's id": NOBODY.within(a.id),
            **{who: a.people[who] for who in a.people if who != "peer"},
            "staff": staff,
            "staff with the group's id": staff.within(a.id),
            **elsewhere,
            "a person of no group": stranger,
            "a person of no group with the group's id": stranger.within(a.id),
        },
    )


async def _make_side(database: Database, rounds: int) -> Side:
    """With more `rounds` of paid calls its entries, and its list's lines, go beyond those of the other group."""

    async def run(actor: Actor, service: Service, *args: Any) -> Any:
        async with database.transaction(actor) as session:
            return await service(session, actor, *args)

    group = await make_group(database)
    people = {"member": await make_member(database, group)}
    people |= {role: await make_officer(database, group, role) for role in ROLES}
    people["former treasurer"] = await make_officer(database, group, "treasurer")
    people["peer"] = await make_member(database, group)
    ids = {who: await id_of(database, actor) for who, actor in people.items()}
    proof = await _prove(database, group.admin)
    await run(group.admin, withdraw_role, WithdrawRole(ids["former treasurer"], "treasurer", proof))
    treasurer, admin = people["treasurer"], people["admin"]
    made_at = datetime.now(UTC)
    today = today_in("Africa/Nairobi", made_at)

    calls: list[UUID] = []

    async def call(title: str) -> dict[UUID, UUID]:
        """The due of each member."""
        calls.append((await run(treasurer, open_call, OpenCall(title, AMOUNT, today + timedelta(days=30), title))).id)
        return {row.member_id: row.due_id for row in await run(treasurer, list_unpaid) if row.title == title}

    async def pay(who: str, due_id: UUID) -> UUID:
        code = f"R{uuid4().int % 10**9:09d}"
        command = SubmitPayment((Part(due_id, AMOUNT),), "mpesa", code, today, str(uuid4()))
        return (await run(people[who], submit_payment, command)).id

    confirmed = {}
    for number in range(rounds):
        dues = await call(f"Paid {number}")
        for who, member_id in ids.items():
            decision = DecidePayment(await pay(who, dues[member_id]), str(uuid4()))
            confirmed[who] = await run(admin if who == "treasurer" else treasurer, confirm_payment, decision)
        over = RecordCash(ids["peer"], (Part(ids["peer"], AMOUNT, "credit"),), today, str(uuid4()))
        await run(treasurer, record_cash, over)
    statements = {who: await run(actor, issue_statement, Period(today, today)) for who, actor in people.items()}
    for who, actor in people.items():
        await run(actor, ask_file, statements[who].id, "en")
    report = await run(treasurer, ask_report, "overdue", Narrowed(), "", "en")
    waiting, open_ = await call("Waiting"), await call("Open")
    await call("Idle")
    lines = "".join(f"N/{n},Zawadi Were,Kisumu\n" for n in range(3 * rounds))
    draft = await run(treasurer, upload_import, "list.csv", f"Member No,Full Name,County\n{lines}".encode())
    expense = Matter(1_000, "Chairs", terms={"method": "mpesa"})
    another = await make_officer(database, group, "treasurer")
    proposals = {
        who: (await run(actor, propose_decision, ProposeDecision("expense", expense, f"expense of {who}"))).id
        for who, actor in (("treasurer", treasurer), ("admin", admin), ("peer", another))
    }
    bank = "".join(f"1/11/26,hello {n},300\n" for n in range(rounds)) + "2/11/26,rent,-200\n2/11/26,interest,7\n"
    bank_file = await run(
        treasurer, staging.import_statement, ImportStatement("1030", "b.csv", f"Date,Details,Amount\n{bank}".encode())
    )
    unmapped = await run(
        treasurer, staging.import_statement, ImportStatement("1030", "c.csv", b"Wann,Rein\n1/11/26,5\n")
    )
    for file in (bank_file, unmapped):
        await taking.read_bank_file(database, group.id, file.id)
    *came, back, interest = (await run(treasurer, staging.list_lines)).rows
    match = await run(treasurer, queue.book_other, BookOther(interest.id, "income", "interest", "world"))
    (guest,) = await make_members(database, group)
    invite = await run(treasurer, make_invite, MakeInvite(7, 5, "world"))
    request = await run(await make_person(database), ask_to_join, AskToJoin(invite.code, "Zawadi Were"))
    product = await run(admin, define_product, DefineProduct(ProductRules("Harvest", 120_000, 6)))
    await run(admin, set_scheme, SetScheme(SCHEME))

    async def befell(actor: Actor, name: str) -> UUID:
        command = ReportClaim("death", "parent", "natural", today, name, str(uuid4()))
        return (await run(actor, report_claim, command)).id

    common = await befell(another, "Mama Were")
    claims = {who: await befell(actor, f"Mama of {who}") for who, actor in people.items()}
    sealed = {
        who: await run(people[who], attach_document, AttachDocument(claim, "permit.pdf", PAPER))
        for who, claim in claims.items()
    }
    accepted = {who: await befell(actor, f"Baba of {who}") for who, actor in people.items()}
    for who, claim in accepted.items():
        await run(admin if who == "treasurer" else treasurer, accept_claim, AcceptClaim(claim, str(uuid4())))
    asked = SaveApplication(product.product_id, 10_000, 6, "Seed")
    things = {
        who: Things(
            made_at=made_at,
            member=member_id,
            officer=ids["auditor"],
            call=calls[-3],
            idle=calls[-1],
            due=open_[member_id],
            waiting=await pay(who, waiting[member_id]),
            confirmed=confirmed[who].id,
            receipt=confirmed[who].receipt_id,
            statement=statements[who].id,
            report=report.subject_id,
            seq=confirmed[who].entry_seq,
            draft=draft.id,
            line=draft.rows[-1].line,
            proof=await _prove(database, people[who]),
            guest=guest,
            invite=invite.id,
            request=request.id,
            proposal=proposals.get(who, proposals["peer"]),
            bank_file=bank_file.id,
            unmapped=unmapped.id,
            bank_line=came[0].id,
            back_line=back.id,
            bank_match=match.id,
            notice=(await run(people[who], list_my_notifications))[0].id,
            product=product.product_id,
            claim=claims[who],
            accepted=accepted[who],
            common=common,
            paper=sealed[who].document.id,
            sealed=sealed[who].content,
            loan=(await run(people[who], save_application, asked)).id,
        )
        for who, member_id in ids.items()
    }
    owned = {value for one in things.values() for value in astuple(one) if isinstance(value, UUID)}
    return Side(group.id, frozenset(str(one) for one in {group.id, *calls, *owned}), people, things)


async def _prove(database: Database, actor: Actor) -> UUID:
    """A fresh one-time code, typed right."""
    assert actor.person_id is not None
    async with database.transaction(actor) as session:
        started = await codes.start_step_up(session, actor.person_id, request_id=uuid4())
        checked = await codes.check_code(session, started.request_id, started.code or "", purpose="step_up")
        return await codes.confirm_step_up(session, actor.person_id, checked)
