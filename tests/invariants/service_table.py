"""Every service that takes an actor, with the permission it asks and arguments that work: a row each, or several.

A new service needs a row here; `tests/invariants/test_services_by_role.py` tries each row with every role.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import app.domain
from app.domain.cashbook import reading as cashbook
from app.domain.cashbook import service as money_out
from app.domain.cashbook.errors import NothingHeld, NotPaidByCode
from app.domain.cashbook.service import WriteCode
from app.domain.contributions import changing, former, leaving, sheet
from app.domain.contributions import reading as contributions
from app.domain.contributions.changing import AskLater, ChangeCall, CloseCall
from app.domain.contributions.errors import SettlementChanged
from app.domain.contributions.service import OpenCall, open_call
from app.domain.contributions.sheet import PaidRow, RecordSheet
from app.domain.contributions.views import LeaveGroup, RemoveMember
from app.domain.governance import reading as decisions
from app.domain.governance import service as governance
from app.domain.governance.commands import ApproveDecision, ProposeDecision, RefuseDecision, WithdrawProposal
from app.domain.governance.errors import OwnDecision
from app.domain.governance.ports import Matter
from app.domain.groups import access, approvals, going_live, inbox, late_rules, members, profiles, roles, rules, service
from app.domain.groups.errors import OwnLeaving, OwnPhone, OwnRole
from app.domain.groups.going_live import ClearTryout, GoLive
from app.domain.groups.importing import service as importing
from app.domain.groups.importing import staging
from app.domain.groups.joining import invites, requests
from app.domain.groups.joining.errors import InviteUnknown
from app.domain.groups.joining.views import ApproveRequest, AskToJoin, DenyRequest, MakeInvite
from app.domain.groups.late_rules import LateRule, SetLateRule
from app.domain.groups.permissions import MEMBER, OFFICES, Permission, allows
from app.domain.groups.views import (
    AddMember,
    ApprovalRule,
    AssignRole,
    SetApprovalRule,
    SetRules,
    UpdateGroup,
    UpdateMember,
    WithdrawRole,
)
from app.domain.loans import amending, applying, deciding, disbursing, lending, quoting, standing
from app.domain.loans import reading as borrowed
from app.domain.loans import service as loans
from app.domain.loans.commands import (
    AnswerGuarantee,
    DisburseLoan,
    QuoteReschedule,
    SaveApplication,
    SendApplication,
    SetConditions,
)
from app.domain.loans.errors import ApplicationMoved
from app.domain.loans.products import ProductRules
from app.domain.loans.views import DefineProduct, QuoteLoan
from app.domain.payments import reading as waiting
from app.domain.payments import service as payments
from app.domain.payments.commands import (
    DecidePayment,
    Part,
    RecordBanked,
    RecordCash,
    ReversePayment,
    SubmitPayment,
    UseKept,
)
from app.domain.payments.errors import OwnPayment
from app.domain.receipts import service as receipts
from app.domain.reconciliation import service as reconciliation
from app.domain.reconciliation.bank import balancing, booked, choices, confirming, queue, withdrawing
from app.domain.reconciliation.bank import staging as bank
from app.domain.reconciliation.bank.balancing_views import BookOpening, ExplainDifference
from app.domain.reconciliation.bank.errors import EntryTaken, NoPair, NothingBefore, NothingToExplain, PartsDiffer
from app.domain.reconciliation.bank.queue_views import (
    AcceptMatch,
    BookOther,
    ConfirmMatch,
    IgnoreLine,
    MatchBooked,
    MatchPart,
    PairReversal,
)
from app.domain.reconciliation.bank.views import ImportStatement, SetLayout
from app.domain.reconciliation.views import ClosePeriod, RecordCount
from app.domain.reports import (
    activity,
    books,
    files,
    issuing,
    jobs,
    loan_papers,
    passbook,
    programmes,
    report_files,
    reporting,
    statement,
    to_do,
    verified,
    vouchers,
)
from app.domain.reports.frame import read_frame
from app.domain.reports.report_views import Narrowed
from app.domain.reports.statement import Period
from app.domain.reports.verified import KeepHead, LookForHead
from app.domain.reports.views import AsOf
from app.domain.welfare import calls as welfare_calls
from app.domain.welfare import documents as papers
from app.domain.welfare import reading as claims
from app.domain.welfare import schemes as welfare_rules
from app.domain.welfare import service as welfare
from app.domain.welfare.errors import OwnClaim
from app.domain.welfare.scheme import Benefit, Scheme
from app.domain.welfare.views import (
    AcceptClaim,
    AttachDocument,
    CallFund,
    CallLevy,
    JoinEvent,
    RefuseClaim,
    ReportClaim,
    SetScheme,
    WithdrawClaim,
)
from app.kit.clock import today_in
from app.kit.errors import DomainError, InvalidInput, NotFound, NotPermitted
from tests.factories.groups import group_command

COLUMNS = ("nobody", "member", "treasurer", "auditor", "admin", "staff", "outsider")
"""Who asks: those of the group by role; an outsider is anyone else who is signed in, with the group's id or none."""
INSIDERS = frozenset({"member", "treasurer", "auditor", "admin"})
PHONE = "+254790000001"
LIST = b"Member No,Full Name,County\nL/1,Zawadi Were,Kisumu\n"

Service = Callable[..., Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Things:
    """What one member of a group has, to be named in arguments. Two groups share none of it.

    `guest` is a member who owes nothing; `invite` is live, `request` waits for an answer; `product` is lent on,
    `loan` the draft of an application.
    `member` is herself, `officer` the group's auditor; `due` can be paid, `call` asked for it and `idle` is a call that
    nobody has paid for; `waiting` and `confirmed` are payments, the latter with `receipt` and entry `seq`; `statement`
    is signed and its file asked for, as `report`'s is; `notice` tells of the latter; `proposal` is an open expense,
    of who asks where she may propose one; `draft` is a list with `line`; `proof` a fresh code
    of who asks. `bank_file` is read, `unmapped` waits for its columns; of the open lines `bank_line` came in
    and `back_line` went out; `bank_match` is accepted. `claim` is reported, with the paper `paper`, whose `sealed`
    content is what was stored; `accepted` is a claim to be paid, `common` one of a member who never asks. `made_at` is
    when the group's people had joined: what befalls them is of that day, however long the tests take.
    """

    made_at: datetime
    member: UUID
    officer: UUID
    call: UUID
    idle: UUID
    due: UUID
    waiting: UUID
    confirmed: UUID
    receipt: UUID
    statement: UUID
    report: UUID
    seq: int
    draft: UUID
    line: int
    proof: UUID
    guest: UUID
    invite: UUID
    request: UUID
    notice: UUID
    proposal: UUID
    product: UUID
    loan: UUID
    bank_file: UUID
    unmapped: UUID
    bank_line: UUID
    back_line: UUID
    bank_match: UUID
    claim: UUID
    accepted: UUID
    common: UUID
    paper: UUID
    sealed: bytes

    @property
    def today(self) -> date:
        """Where the groups are: from nine in the evening on it is another day than that of UTC."""
        return today_in("Africa/Nairobi", self.made_at)

    @property
    def later(self) -> date:
        return self.today + timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Row:
    """One use of a service. `arguments` are by name, and the same whenever the things are.

    Without `needs` a member of the group is refused by `lacking`; `stopped` is what even those who may run into.
    `own`: the things are those of who asks, else another member's. `note` tells apart the rows of one service.
    """

    service: Service
    needs: Permission | Literal["staff", "anyone"]
    arguments: Callable[[Things], dict[str, Any]] = lambda _: {}
    note: str = ""
    own: bool = False
    lacking: type[DomainError] = NotPermitted
    stopped: type[DomainError] | None = None

    @property
    def name(self) -> str:
        return " · ".join(part for part in (name_of(self.service), self.note) if part)


def name_of(service: Service) -> str:
    """`payments.confirm_payment`: the package, the function."""
    return f"{service.__module__.removeprefix('app.domain.').rpartition('.')[0]}.{service.__name__}"


def find_services() -> dict[str, Service]:
    """Every public async function of the domain that begins with `session, actor`, where it is defined."""
    found: dict[str, Service] = {}
    for info in pkgutil.walk_packages(app.domain.__path__, "app.domain."):
        for name, value in vars(importlib.import_module(info.name)).items():
            if not inspect.iscoroutinefunction(value) or value.__module__ != info.name or name.startswith("_"):
                continue
            if list(inspect.signature(value).parameters)[:2] == ["session", "actor"]:
                assert name_of(value) not in found, f"two services are called {name_of(value)}"
                found[name_of(value)] = value
    return found


def expected(row: Row, column: str) -> type[DomainError] | None:
    """What who asks runs into; None when it works."""
    if row.needs in ("anyone", "staff"):
        return row.stopped if row.needs in ("anyone", column) else NotFound
    if column not in INSIDERS:
        return NotFound
    if not allows(frozenset({MEMBER, column}), Permission(row.needs)):
        return row.lacking
    return row.stopped


def foreign_fields(row: Row) -> tuple[str, ...]:
    """The things that the row's arguments name."""
    mine: dict[str, Any] = {field.name: UUID(int=n) for n, field in enumerate(fields(Things))}
    mine["made_at"] = datetime.now(UTC)
    plain = row.arguments(Things(**mine))
    named = (name for name in mine if name != "made_at")
    return tuple(name for name in named if row.arguments(Things(**{**mine, name: UUID(int=100)})) != plain)


def _herself(things: Things) -> dict[str, Any]:
    return {"member_id": things.member}


def _period(things: Things) -> dict[str, Any]:
    return {"member_id": things.member, "period": Period(things.today, things.today)}


def _parts(things: Things) -> tuple[Part, ...]:
    return (Part(things.due, 10_000),)


def _submit(things: Things) -> dict[str, Any]:
    return {"command": SubmitPayment(_parts(things), "mpesa", "ROLES00001", things.today, "roles")}


def _cash(things: Things) -> dict[str, Any]:
    return {"command": RecordCash(things.member, _parts(things), things.today, "roles")}


def _kept(things: Things) -> dict[str, Any]:
    return {"command": UseKept(things.member, _parts(things), "roles")}


def _banked(things: Things) -> dict[str, Any]:
    return {"command": RecordBanked(things.member, _parts(things), "bank", "ROLES0001", things.today, "roles")}


def _accept(things: Things) -> dict[str, Any]:
    """The line is of 300.00."""
    return {"command": AcceptMatch(things.bank_line, "roles", (MatchPart(things.member, 30_000, things.due),))}


def _layout(things: Things) -> dict[str, Any]:
    return {"command": SetLayout(things.unmapped, 1, {"date": 0, "credit": 1})}


def _sheet(things: Things) -> dict[str, Any]:
    rows = (PaidRow(things.member, _parts(things)),)
    present = {things.member: "present", things.officer: "late"}
    return {"command": RecordSheet(things.today, rows, present, 10_000, "roles")}


def _decide(things: Things) -> dict[str, Any]:
    return {"command": DecidePayment(things.waiting, "roles", reason="not on the statement")}


def _reverse(things: Things) -> dict[str, Any]:
    return {"command": ReversePayment(things.confirmed, "entered twice", things.proof, "roles")}


def _propose(kind: str, matter: Matter, things: Things) -> dict[str, Any]:
    return {"command": ProposeDecision(kind, matter, "roles", things.proof)}


def _waive(things: Things) -> dict[str, Any]:
    return {"command": ProposeDecision("waiver", Matter(note="illness", subject_id=things.due), "roles")}


def _move(things: Things) -> dict[str, Any]:
    return _propose("transfer", Matter(1_000, terms={"source": "1020", "target": "1030"}), things)


def _ask(things: Things) -> dict[str, Any]:
    matter = Matter(1_000, member_id=things.member, subject_id=things.due, terms={"method": "cash"})
    return _propose("withdrawal", matter, things)


def _approve(things: Things) -> dict[str, Any]:
    return {"command": ApproveDecision(things.proposal, "roles", things.proof)}


def _refuse(things: Things) -> dict[str, Any]:
    return {"command": RefuseDecision(things.proposal, "not agreed", "roles")}


def _sent(things: Things) -> dict[str, Any]:
    return {"kind": "contribution", "claim_id": things.due}


def _take_back(things: Things) -> dict[str, Any]:
    return {"command": WithdrawProposal(things.proposal, "roles")}


def _report(things: Things, member_id: UUID | None = None) -> dict[str, Any]:
    command = ReportClaim("death", "parent", "natural", things.today, "Mzee Were", "roles", member_id=member_id)
    return {"command": command}


def _report_widow(things: Things) -> dict[str, Any]:
    command = ReportClaim(
        "death", "member", "natural", things.today, "Were", "roles", member_id=things.member, payee_id=things.officer
    )
    return {"command": command}


def _fund(things: Things) -> dict[str, Any]:
    return {"command": CallFund("premium", "Premium", things.later, "roles")}


def _pay(things: Things) -> dict[str, Any]:
    matter = Matter(subject_id=things.accepted, terms={"method": "cash"})
    return {"command": ProposeDecision("welfare_payout", matter, "roles")}


def _refuse_claim(things: Things) -> dict[str, Any]:
    return {"command": RefuseClaim(things.claim, "no parent", "roles")}


def _profile(member_id: UUID, proof: UUID | None = None) -> dict[str, Any]:
    return {"command": UpdateMember(member_id, AddMember("ROLES/2", "Zawadi Were", phone=PHONE), proof)}


def _printing(kind: str, narrowed: Narrowed) -> dict[str, Any]:
    return {"kind": kind, "narrowed": narrowed, "query": "", "language": "en"}


def _printed(things: Things) -> dict[str, Any]:
    return {"report_id": things.report, "language": "en"}


def _voucher(things: Things) -> dict[str, Any]:
    return {"proposal_id": things.proposal}


def _line(things: Things) -> dict[str, Any]:
    return {"import_id": things.draft, "line": things.line}


def _file(things: Things) -> dict[str, Any]:
    return {"statement_id": things.statement, "language": "en"}


_P = Permission
SCHEME = Scheme(
    benefits=(Benefit("member", 2_000), Benefit("parent", 1_000)), premium_minor=50, levy_minor=50, needs_document=False
)
PAPER = b"%PDF-1.4\n%%EOF"
_LENDING = ProductRules("School fees", 240_000, 12)
_NEW_GROUP = group_command(admin_phone=PHONE, idempotency_key="roles")

ROWS: tuple[Row, ...] = (
    *(Row(access.authorise, one, lambda _, one=one: {"permission": one}, one.value) for one in _P),
    Row(access.get_group, _P.READ_OWN),
    Row(access.my_place, _P.READ_OWN),
    Row(access.look_up_place, _P.READ_OWN, lambda _: {"statement": access.MY_PLACE}),
    Row(rules.get_rules, _P.READ_OWN),
    Row(rules.set_rules, _P.MANAGE_GROUP, lambda _: {"command": SetRules(1, 50_000, "monthly", 5)}),
    Row(approvals.list_approval_rules, _P.READ_OWN),
    Row(
        approvals.set_approval_rule,
        _P.MANAGE_GROUP,
        lambda t: {"command": SetApprovalRule(ApprovalRule("expense", 1, ("admin",), 0, 7), t.proof)},
    ),
    Row(governance.propose_decision, _P.PROPOSE_DECISIONS, _waive, "another's due"),
    Row(governance.propose_decision, _P.PROPOSE_DECISIONS, _move, "alone"),
    Row(governance.propose_decision, _P.PROPOSE_DECISIONS, _ask, "savings, of a fund", stopped=NothingHeld),
    Row(governance.ask_decision, _P.READ_OWN, _ask, "own, of a fund", own=True, stopped=NothingHeld),
    Row(governance.ask_decision, _P.READ_OWN, _ask, "another's", stopped=NotFound),
    Row(governance.approve_decision, _P.SIGN_DECISIONS, _approve, "another's"),
    Row(governance.approve_decision, _P.PROPOSE_DECISIONS, _approve, "own", own=True, stopped=OwnDecision),
    Row(governance.refuse_decision, _P.SIGN_DECISIONS, _refuse, "another's"),
    Row(governance.refuse_decision, _P.PROPOSE_DECISIONS, _refuse, "own", own=True, stopped=OwnDecision),
    Row(governance.withdraw_proposal, _P.READ_OWN, _take_back, "another's", stopped=NotFound),
    Row(decisions.list_decisions, _P.READ_GROUP),
    Row(decisions.list_to_sign, _P.SIGN_DECISIONS),
    Row(decisions.count_to_sign, _P.READ_OWN),
    Row(decisions.list_short_rules, _P.READ_GROUP, lambda _: {"rules": []}),
    Row(decisions.list_my_decisions, _P.READ_OWN),
    Row(decisions.get_decision, _P.READ_GROUP, lambda t: {"proposal_id": t.proposal}, "another's", lacking=NotFound),
    Row(
        money_out.write_code,
        _P.PROPOSE_DECISIONS,
        lambda t: {"command": WriteCode(t.proposal, "ROLES00001")},
        "not signed yet",
        stopped=NotPaidByCode,
    ),
    Row(governance.propose_decision, _P.PROPOSE_DECISIONS, _pay, "another's claim"),
    Row(welfare_rules.get_scheme, _P.READ_OWN),
    Row(welfare_rules.set_scheme, _P.MANAGE_GROUP, lambda _: {"command": SetScheme(replace(SCHEME, version=1))}),
    Row(welfare.report_claim, _P.READ_OWN, _report, "own", own=True),
    Row(welfare.report_claim, _P.PROPOSE_DECISIONS, lambda t: _report(t, t.member), "another's", lacking=NotFound),
    Row(welfare.report_claim, _P.PROPOSE_DECISIONS, _report_widow, "of a member who died", lacking=NotFound),
    Row(welfare.withdraw_claim, _P.READ_OWN, lambda t: {"command": WithdrawClaim(t.claim, "roles")}, "own", own=True),
    Row(
        welfare.withdraw_claim,
        _P.READ_OWN,
        lambda t: {"command": WithdrawClaim(t.claim, "roles")},
        "another's",
        stopped=NotFound,
    ),
    Row(welfare.accept_claim, _P.PROPOSE_DECISIONS, lambda t: {"command": AcceptClaim(t.claim, "roles")}, "another's"),
    Row(
        welfare.accept_claim,
        _P.PROPOSE_DECISIONS,
        lambda t: {"command": AcceptClaim(t.claim, "roles")},
        "own",
        own=True,
        stopped=OwnClaim,
    ),
    Row(welfare.refuse_claim, _P.PROPOSE_DECISIONS, _refuse_claim, "another's"),
    Row(welfare.refuse_claim, _P.PROPOSE_DECISIONS, _refuse_claim, "own", own=True, stopped=OwnClaim),
    Row(welfare.join_event, _P.PROPOSE_DECISIONS, lambda t: {"command": JoinEvent(t.claim, t.common)}),
    Row(welfare_calls.call_levy, _P.OPEN_CALLS, lambda t: {"command": CallLevy(t.accepted, "Levy", "roles")}),
    Row(welfare_calls.call_fund, _P.OPEN_CALLS, _fund),
    Row(
        papers.attach_document,
        _P.READ_OWN,
        lambda t: {"command": AttachDocument(t.claim, "a.pdf", PAPER + b"\n")},
        "own",
        own=True,
    ),
    Row(
        papers.attach_document,
        _P.PROPOSE_DECISIONS,
        lambda t: {"command": AttachDocument(t.claim, "a.pdf", PAPER + b"\n")},
        "another's",
        lacking=NotFound,
    ),
    Row(papers.find_document, _P.READ_GROUP, lambda t: {"document_id": t.paper}, "another's", lacking=NotFound),
    Row(
        papers.open_document,
        _P.READ_GROUP,
        lambda t: {"document_id": t.paper, "sealed": t.sealed},
        "another's",
        lacking=NotFound,
    ),
    Row(claims.list_claims, _P.READ_GROUP),
    Row(claims.list_my_claims, _P.READ_OWN, note="own", own=True),
    Row(claims.get_claim, _P.READ_GROUP, lambda t: {"claim_id": t.claim}, "another's", lacking=NotFound),
    Row(claims.welfare_fund, _P.READ_BOOKS),
    Row(to_do.count_waiting, _P.READ_BOOKS),
    Row(cashbook.money, _P.READ_BOOKS),
    Row(cashbook.held_for_me, _P.READ_OWN),
    Row(contributions.suggest_call, _P.OPEN_CALLS),
    Row(loans.list_products, _P.READ_OWN),
    Row(loans.define_product, _P.MANAGE_GROUP, lambda _: {"command": DefineProduct(_LENDING)}, "new"),
    Row(loans.define_product, _P.MANAGE_GROUP, lambda t: {"command": DefineProduct(_LENDING, t.product, 1)}, "again"),
    Row(
        applying.save_application,
        _P.READ_OWN,
        lambda t: {"command": SaveApplication(t.product, 20_000, 3, "Seed and tools", (t.guest,))},
        "own",
        own=True,
    ),
    Row(
        applying.save_application,
        _P.READ_OWN,
        lambda t: {"command": SaveApplication(t.product, 20_000, 3, "Seed and tools", replaces=t.loan)},
        "closing another's",
        stopped=NotFound,
    ),
    Row(applying.ask_guarantors, _P.READ_OWN, lambda t: {"loan_id": t.loan}, "own", own=True),
    Row(applying.ask_guarantors, _P.READ_OWN, lambda t: {"loan_id": t.loan}, "another's", stopped=NotFound),
    Row(
        applying.answer_guarantee,
        _P.READ_OWN,
        lambda t: {"command": AnswerGuarantee(t.loan, agrees=True)},
        "not asked",
        stopped=NotFound,
    ),
    Row(
        applying.send_application,
        _P.READ_OWN,
        lambda t: {"command": SendApplication(t.loan, "roles")},
        "own",
        own=True,
    ),
    Row(
        applying.send_application,
        _P.READ_OWN,
        lambda t: {"command": SendApplication(t.loan, "roles")},
        "another's",
        stopped=NotFound,
    ),
    Row(applying.withdraw_application, _P.READ_OWN, lambda t: {"loan_id": t.loan}, "own", own=True),
    Row(applying.withdraw_application, _P.READ_OWN, lambda t: {"loan_id": t.loan}, "another's", stopped=NotFound),
    Row(
        deciding.set_conditions,
        _P.PROPOSE_DECISIONS,
        lambda t: {"command": SetConditions(t.loan, "A quotation")},
        "of a draft",
        stopped=ApplicationMoved,
    ),
    Row(
        disbursing.disburse_loan,
        _P.PROPOSE_DECISIONS,
        lambda t: {"command": DisburseLoan(t.loan, "cash", "roles", step_up_id=t.proof)},
        "of a draft",
        stopped=ApplicationMoved,
    ),
    Row(borrowed.my_loans, _P.READ_OWN, note="own", own=True),
    Row(borrowed.loans_now, _P.READ_OWN, note="own", own=True),
    Row(borrowed.get_loan, _P.READ_GROUP, lambda t: {"loan_id": t.loan}, "another's", lacking=NotFound),
    Row(borrowed.get_loan_file, _P.READ_GROUP, lambda t: {"loan_id": t.loan}, "another's", lacking=NotFound),
    Row(
        borrowed.preview_repayment,
        _P.READ_OWN,
        lambda t: {"loan_id": t.loan, "amount_minor": 1_000, "paid_on": t.today},
        "of a draft",
        stopped=NotFound,
    ),
    Row(standing.list_possible_guarantors, _P.READ_OWN),
    Row(
        standing.list_possible_guarantors,
        _P.READ_OWN,
        lambda t: {"replaces": t.loan},
        "closing another's",
        stopped=NotFound,
    ),
    Row(lending.portfolio, _P.READ_GROUP),
    Row(quoting.quote_loan, _P.READ_OWN, lambda t: {"command": QuoteLoan(t.product, 50_000, 6)}),
    Row(
        quoting.quote_loan,
        _P.READ_OWN,
        lambda t: {"command": QuoteLoan(t.product, 50_000, 6, t.loan)},
        "closing another's",
        stopped=NotFound,
    ),
    Row(
        amending.quote_reschedule,
        _P.READ_GROUP,
        lambda t: {"command": QuoteReschedule(t.loan, 6, t.later)},
        "another's",
        stopped=ApplicationMoved,
        lacking=NotFound,
    ),
    Row(access.list_my_groups, "anyone"),
    Row(read_frame, _P.READ_OWN, lambda _: {"roles": frozenset(OFFICES)}),
    Row(inbox.list_my_notifications, _P.READ_OWN, note="own", own=True),
    Row(inbox.read_notification, _P.READ_OWN, lambda t: {"notification_id": t.notice}, "own", own=True),
    Row(inbox.read_notification, _P.READ_OWN, lambda t: {"notification_id": t.notice}, "another's", stopped=NotFound),
    Row(inbox.read_waiting_notification, _P.READ_OWN, note="own", own=True),
    Row(inbox.read_all_notifications, _P.READ_OWN, note="own", own=True),
    Row(service.create_group, "staff", lambda _: {"command": _NEW_GROUP}),
    Row(service.list_groups, "staff"),
    Row(service.update_group, _P.MANAGE_GROUP, lambda t: {"command": UpdateGroup("Umoja", "Umoja", "400200", t.proof)}),
    Row(members.list_members, _P.READ_GROUP),
    Row(members.list_everyone, _P.READ_GROUP),
    Row(members.get_member, _P.READ_GROUP, lambda t: {"member_id": t.member}),
    Row(profiles.add_member, _P.MANAGE_MEMBERS, lambda _: {"command": AddMember("ROLES/1", "Zawadi Were")}),
    Row(profiles.update_member, _P.MANAGE_MEMBERS, lambda t: _profile(t.member), "a member"),
    Row(profiles.update_member, _P.MANAGE_ROLES, lambda t: _profile(t.officer, t.proof), "an officer's phone"),
    Row(
        profiles.update_member, _P.MANAGE_MEMBERS, lambda t: _profile(t.member), "own phone", own=True, stopped=OwnPhone
    ),
    Row(
        roles.assign_role,
        _P.MANAGE_ROLES,
        lambda t: {"command": AssignRole(PHONE, "auditor", "ROLES/3", "Zawadi Were", t.proof)},
    ),
    Row(
        roles.assign_role,
        _P.MANAGE_ROLES,
        lambda t: {"command": AssignRole("", "auditor", step_up_id=t.proof, member_id=t.member)},
        "a member by name",
    ),
    Row(roles.withdraw_role, _P.MANAGE_ROLES, lambda t: {"command": WithdrawRole(t.officer, "auditor", t.proof)}),
    Row(
        roles.withdraw_role,
        _P.MANAGE_ROLES,
        lambda t: {"command": WithdrawRole(t.member, "admin")},
        "own",
        own=True,
        stopped=OwnRole,
    ),
    Row(roles.list_role_holders, _P.READ_GROUP),
    Row(roles.name_taker, _P.MANAGE_ROLES, lambda _: {"phone": PHONE}),
    Row(importing.upload_import, _P.IMPORT_MEMBERS, lambda _: {"file_name": "new.csv", "data": LIST}),
    Row(importing.list_drafts, _P.IMPORT_MEMBERS),
    Row(importing.get_import, _P.IMPORT_MEMBERS, lambda t: {"import_id": t.draft}),
    Row(
        importing.set_columns,
        _P.IMPORT_MEMBERS,
        lambda t: {"import_id": t.draft, "mapping": {"member_no": 0, "name": 1}},
    ),
    Row(importing.choose_sheet, _P.IMPORT_MEMBERS, lambda t: {"import_id": t.draft, "name": ""}),
    Row(importing.mend_row, _P.IMPORT_MEMBERS, lambda t: {**_line(t), "values": {"name": "Zawadi Were"}}),
    Row(importing.leave_out_row, _P.IMPORT_MEMBERS, _line),
    Row(importing.leave_out_flagged, _P.IMPORT_MEMBERS, lambda t: {"import_id": t.draft}),
    Row(importing.put_back_row, _P.IMPORT_MEMBERS, _line),
    Row(importing.discard_import, _P.IMPORT_MEMBERS, lambda t: {"import_id": t.draft}),
    Row(importing.commit_import, _P.IMPORT_MEMBERS, lambda t: {"import_id": t.draft, "key": "roles"}),
    Row(staging.find, _P.IMPORT_MEMBERS, lambda t: {"import_id": t.draft, "lock": True}),
    Row(staging.find_draft, _P.IMPORT_MEMBERS, lambda t: {"import_id": t.draft}),
    Row(profiles.take_back, _P.MANAGE_MEMBERS, lambda t: {"member_id": t.member}),
    Row(profiles.suggest_member_no, _P.MANAGE_MEMBERS),
    Row(invites.make_invite, _P.MANAGE_MEMBERS, lambda _: {"command": MakeInvite(7, 5, "roles")}),
    Row(invites.revoke_invite, _P.MANAGE_MEMBERS, lambda t: {"invite_id": t.invite}),
    Row(invites.list_invites, _P.MANAGE_MEMBERS),
    Row(
        requests.ask_to_join,
        "anyone",
        lambda _: {"command": AskToJoin("7Q4MK9TD2HXW6", "Zawadi Were")},
        "unknown code",
        stopped=InviteUnknown,
    ),
    Row(requests.ask_name_change, _P.READ_OWN, lambda _: {"name": "Zawadi Were"}),
    Row(
        requests.withdraw_request,
        "anyone",
        lambda t: {"request_id": t.request},
        "another's",
        stopped=NotFound,
    ),
    Row(requests.list_my_requests, "anyone"),
    Row(requests.list_requests, _P.MANAGE_MEMBERS),
    Row(
        requests.approve_request,
        _P.MANAGE_MEMBERS,
        lambda t: {"command": ApproveRequest(t.request, "ROLES/9", "Kisumu")},
    ),
    Row(requests.deny_request, _P.MANAGE_MEMBERS, lambda t: {"command": DenyRequest(t.request, "not known here")}),
    Row(leaving.settlement_of, _P.READ_GROUP, lambda t: {"member_id": t.member}),
    Row(leaving.remove_member, _P.MANAGE_MEMBERS, lambda t: {"command": RemoveMember(t.guest, "keep", 0)}, "a guest"),
    Row(
        leaving.remove_member,
        _P.MANAGE_MEMBERS,
        lambda t: {"command": RemoveMember(t.member, "keep", 0)},
        "oneself",
        own=True,
        stopped=OwnLeaving,
    ),
    Row(leaving.my_settlement, _P.READ_OWN),
    Row(former.list_left_groups, "anyone"),
    Row(
        leaving.leave_group,
        _P.READ_OWN,
        lambda _: {"command": LeaveGroup(-1)},
        "another amount than shown",
        stopped=SettlementChanged,
    ),
    Row(activity.member_activity, _P.READ_OWN, note="own", own=True),
    Row(
        activity.member_activity,
        _P.READ_GROUP,
        lambda t: {"member_id": t.member},
        "another's",
        lacking=NotFound,
    ),
    Row(activity.group_activity, _P.READ_BOOKS),
    Row(activity.group_activity, _P.READ_BOOKS, lambda t: {"person": t.member, "kind": "payments"}, "of a person"),
    Row(open_call, _P.OPEN_CALLS, lambda t: {"command": OpenCall("December", 50_000, t.later, "roles")}),
    Row(changing.change_call, _P.OPEN_CALLS, lambda t: {"command": ChangeCall(t.idle, "Other", 60_000, t.later)}),
    Row(changing.ask_later, _P.OPEN_CALLS, lambda t: {"command": AskLater(t.idle)}),
    Row(changing.close_call, _P.OPEN_CALLS, lambda t: {"command": CloseCall(t.idle)}),
    Row(contributions.today, _P.READ_GROUP),
    Row(contributions.today, _P.READ_GROUP, lambda t: {"call_id": t.idle}, "one call"),
    Row(contributions.home, _P.READ_OWN),
    Row(contributions.kept_for_me, _P.READ_OWN),
    Row(contributions.paid_this_year, _P.READ_OWN),
    Row(contributions.list_calls, _P.READ_GROUP),
    Row(contributions.list_unpaid, _P.READ_GROUP),
    Row(contributions.list_unpaid, _P.READ_GROUP, lambda t: {"call_id": t.idle}, "one call"),
    Row(contributions.list_paid, _P.READ_GROUP, lambda t: {"call_id": t.idle}),
    Row(contributions.dues_of_member, _P.READ_GROUP, lambda t: {"member_id": t.member}),
    Row(contributions.get_due, _P.READ_OWN, lambda t: {"due_id": t.due}, "own", own=True),
    Row(contributions.get_due, _P.READ_GROUP, lambda t: {"due_id": t.due}, "another's", lacking=NotFound),
    Row(payments.submit_payment, _P.READ_OWN, _submit, "own due", own=True),
    Row(payments.submit_payment, _P.READ_OWN, _submit, "another's due", stopped=NotFound),
    Row(waiting.list_my_waiting, _P.READ_OWN),
    Row(waiting.list_my_sent, _P.READ_OWN, _sent, "own", own=True),
    Row(waiting.list_my_sent, _P.READ_OWN, _sent, "another's", stopped=NotFound),
    Row(payments.withdraw_payment, _P.READ_OWN, _decide, "own", own=True),
    Row(payments.withdraw_payment, _P.READ_OWN, _decide, "another's", stopped=NotFound),
    Row(payments.confirm_payment, _P.CONFIRM_PAYMENTS, _decide, "another's"),
    Row(payments.confirm_payment, _P.CONFIRM_PAYMENTS, _decide, "own", own=True, stopped=OwnPayment),
    Row(payments.reject_payment, _P.CONFIRM_PAYMENTS, _decide, "another's"),
    Row(payments.reject_payment, _P.CONFIRM_PAYMENTS, _decide, "own", own=True, stopped=OwnPayment),
    Row(payments.record_cash, _P.RECORD_CASH, _cash, "another's"),
    Row(payments.record_cash, _P.RECORD_CASH, _cash, "own", own=True, stopped=OwnPayment),
    Row(payments.use_kept, _P.RECORD_CASH, _kept, "another's"),
    Row(payments.use_kept, _P.RECORD_CASH, _kept, "own", own=True, stopped=OwnPayment),
    Row(waiting.kept_by_member, _P.READ_GROUP),
    Row(payments.record_banked, _P.CONFIRM_PAYMENTS, _banked, "another's"),
    Row(payments.record_banked, _P.CONFIRM_PAYMENTS, _banked, "own", own=True, stopped=OwnPayment),
    Row(bank.import_statement, _P.CONFIRM_PAYMENTS, lambda _: {"command": ImportStatement("1030", "a.csv", b"a,b")}),
    Row(bank.list_bank_files, _P.READ_BOOKS),
    Row(bank.get_bank_file, _P.READ_BOOKS, lambda t: {"file_id": t.bank_file}),
    Row(bank.list_bank_statements, _P.READ_BOOKS, lambda t: {"file_id": t.bank_file}),
    Row(bank.list_lines, _P.READ_BOOKS),
    Row(bank.list_lines, _P.READ_BOOKS, lambda t: {"file_id": t.bank_file}, "of a file"),
    Row(bank.get_sheet, _P.CONFIRM_PAYMENTS, lambda t: {"file_id": t.unmapped}),
    Row(bank.set_layout, _P.CONFIRM_PAYMENTS, _layout),
    Row(withdrawing.check_withdrawal, _P.CONFIRM_PAYMENTS, lambda t: {"file_id": t.unmapped}),
    Row(withdrawing.withdraw_file, _P.CONFIRM_PAYMENTS, lambda t: {"file_id": t.unmapped}),
    Row(queue.propose_matches, _P.READ_BOOKS),
    Row(queue.list_matches, _P.READ_BOOKS),
    Row(queue.get_match, _P.READ_BOOKS, lambda t: {"match_id": t.bank_match}),
    Row(queue.accept_match, _P.CONFIRM_PAYMENTS, _accept),
    Row(
        queue.accept_match,
        _P.CONFIRM_PAYMENTS,
        lambda t: {"command": AcceptMatch(t.bank_line, "roles", payment_id=t.waiting)},
        "a submission of another amount",
        stopped=PartsDiffer,
    ),
    Row(queue.accept_sure, _P.CONFIRM_PAYMENTS, lambda t: {"key": "roles", "only": frozenset({t.bank_line})}),
    Row(
        queue.book_other,
        _P.CONFIRM_PAYMENTS,
        lambda t: {"command": BookOther(t.bank_line, "income", "interest", "roles")},
    ),
    Row(queue.ignore_line, _P.CONFIRM_PAYMENTS, lambda t: {"command": IgnoreLine(t.bank_line, "not ours", "roles")}),
    Row(
        queue.pair_reversal,
        _P.CONFIRM_PAYMENTS,
        lambda t: {"command": PairReversal(t.back_line, t.bank_line, "roles")},
        "another amount",
        stopped=NoPair,
    ),
    Row(queue.count_matches, _P.READ_BOOKS),
    Row(choices.find_payers, _P.READ_BOOKS, lambda _: {"search": "akinyi"}),
    Row(choices.find_part, _P.READ_BOOKS, lambda t: {"member_id": t.member, "due_id": t.due}),
    Row(booked.find_booked, _P.READ_BOOKS, lambda t: {"line_id": t.bank_line}),
    Row(
        booked.match_booked,
        _P.CONFIRM_PAYMENTS,
        lambda t: {"command": MatchBooked(t.back_line, t.seq, "roles")},
        "an entry of another amount",
        stopped=EntryTaken,
    ),
    Row(balancing.list_agreements, _P.READ_BOOKS, lambda t: {"day": t.today}),
    Row(
        balancing.explain_difference,
        _P.CLOSE_PERIODS,
        lambda t: {"command": ExplainDifference("1030", t.today, 999_999, "a cheque")},
        stopped=NothingToExplain,
    ),
    Row(
        balancing.book_opening,
        _P.CLOSE_PERIODS,
        lambda t: {"command": BookOpening("1030", t.today)},
        stopped=NothingBefore,
    ),
    Row(queue.undo_match, _P.CONFIRM_PAYMENTS, lambda t: {"match_id": t.bank_match}),
    Row(confirming.confirm_match, _P.CONFIRM_PAYMENTS, lambda t: {"command": ConfirmMatch(t.bank_match, "roles")}),
    Row(confirming.confirm_matches, _P.CONFIRM_PAYMENTS, lambda t: {"commands": [ConfirmMatch(t.bank_match, "roles")]}),
    Row(going_live.read_live, _P.MANAGE_GROUP),
    Row(going_live.go_live, _P.MANAGE_GROUP, lambda t: {"command": GoLive(t.proof)}),
    Row(
        going_live.clear_tryout,
        _P.MANAGE_GROUP,
        lambda t: {"command": ClearTryout("no code", "practice", t.proof)},
        "another code",
        stopped=InvalidInput,
    ),
    Row(late_rules.get_late_rule, _P.READ_OWN),
    Row(late_rules.set_late_rule, _P.MANAGE_GROUP, lambda _: {"command": SetLateRule(LateRule(after_days=9))}),
    Row(sheet.read_sheet, _P.RECORD_CASH),
    Row(sheet.read_recorded, _P.RECORD_CASH, lambda t: {"held_on": t.today}, stopped=NotFound),
    Row(sheet.record_sheet, _P.RECORD_CASH, _sheet, "another's money"),
    Row(sheet.record_sheet, _P.RECORD_CASH, _sheet, "own money", own=True, stopped=OwnPayment),
    Row(payments.reverse_payment, _P.REVERSE_PAYMENTS, _reverse, "another's"),
    Row(payments.reverse_payment, _P.REVERSE_PAYMENTS, _reverse, "own", own=True, stopped=OwnPayment),
    Row(waiting.list_waiting, _P.READ_GROUP),
    Row(waiting.count_to_confirm, _P.READ_GROUP),
    Row(waiting.how_decided, _P.READ_GROUP, lambda t: {"payment_ids": [t.waiting]}),
    Row(waiting.get_payment, _P.READ_OWN, lambda t: {"payment_id": t.confirmed}, "own", own=True),
    Row(waiting.get_payment, _P.READ_GROUP, lambda t: {"payment_id": t.confirmed}, "another's", lacking=NotFound),
    Row(receipts.list_my_receipts, _P.READ_OWN),
    Row(receipts.list_group_receipts, _P.READ_GROUP, lambda _: {"search": "akinyi"}),
    Row(receipts.list_group_receipts, _P.READ_GROUP, lambda t: {"member_id": t.member}, "of a member"),
    Row(receipts.get_receipt_for, _P.READ_OWN, lambda t: {"receipt_id": t.receipt}, "own", own=True),
    Row(receipts.get_receipt_for, _P.READ_GROUP, lambda t: {"receipt_id": t.receipt}, "another's", lacking=NotFound),
    Row(passbook.passbook, _P.READ_OWN, note="own", own=True),
    Row(passbook.passbook, _P.READ_GROUP, lambda t: {"member_id": t.member}, "another's", lacking=NotFound),
    *(
        row
        for one, arguments in (
            (statement.may_read, _herself),
            (statement.statement_days, _herself),
            (statement.member_statement, _period),
            (issuing.issue_statement, _period),
        )
        for row in (
            Row(one, _P.READ_OWN, arguments, "own", own=True),
            Row(one, _P.READ_GROUP, arguments, "another's", lacking=NotFound),
        )
    ),
    *(
        row
        for one, arguments in (
            (issuing.open_statement, lambda t: {"statement_id": t.statement}),
            (files.ask_file, _file),
            (files.find_file, _file),
        )
        for row in (
            Row(one, _P.READ_OWN, arguments, "own", own=True),
            Row(one, _P.READ_GROUP, arguments, "another's", lacking=NotFound),
        )
    ),
    Row(files.read_file, _P.READ_OWN, _file, "own, not made yet", own=True, stopped=NotFound),
    Row(files.read_file, _P.READ_GROUP, _file, "another's, not made yet", lacking=NotFound, stopped=NotFound),
    *(
        Row(reporting.read_report, _P.READ_BOOKS, lambda t, k=kind, b=by: {"kind": k, "narrowed": b(t)}, kind)
        for kind, by in (
            ("contributions", lambda t: Narrowed(call_id=t.call)),
            ("overdue", lambda _: Narrowed()),
            ("transactions", lambda t: Narrowed(member_id=t.member)),
            ("members", lambda _: Narrowed()),
        )
    ),
    Row(reporting.my_invoice, _P.READ_OWN),
    Row(report_files.ask_report, _P.READ_BOOKS, lambda t: _printing("regions", Narrowed(call_id=t.call)), "of a call"),
    Row(
        report_files.ask_report,
        _P.READ_BOOKS,
        lambda t: _printing("receipts", Narrowed(member_id=t.member)),
        "of a member",
    ),
    Row(report_files.find_report, _P.READ_BOOKS, _printed),
    Row(report_files.read_report_file, _P.READ_BOOKS, _printed, "not made yet", stopped=NotFound),
    Row(programmes.list_programmes, _P.READ_BOOKS),
    Row(
        loan_papers.read_loan_paper,
        _P.READ_GROUP,
        lambda t: {"loan_id": t.loan, "kind": "agreement"},
        "of a draft",
        lacking=NotFound,
        stopped=NotFound,
    ),
    Row(loan_papers.list_loan_payments, _P.READ_GROUP, lambda t: {"loan_id": t.loan}, "another's", lacking=NotFound),
    Row(vouchers.read_voucher, _P.READ_GROUP, _voucher, "not paid out", lacking=NotFound, stopped=NotFound),
    Row(jobs.list_dead_jobs, "staff"),
    Row(jobs.retry_dead_job, "staff", lambda _: {"job_id": 0}, stopped=NotFound),
    Row(books.trial_balance, _P.READ_BOOKS),
    Row(books.trial_balance, _P.READ_BOOKS, lambda t: {"as_of": AsOf(t.today)}, "of a day"),
    Row(books.trial_balance, _P.READ_BOOKS, lambda t: {"as_of": AsOf(t.today, t.made_at)}, "of a moment"),
    Row(
        reconciliation.record_count,
        _P.COUNT_MONEY,
        lambda t: {"command": RecordCount("1010", t.today, 5_000, "roles")},
    ),
    Row(reconciliation.list_counts, _P.READ_BOOKS),
    Row(reconciliation.list_closes, _P.READ_BOOKS),
    Row(
        reconciliation.close_period,
        _P.CLOSE_PERIODS,
        lambda t: {"command": ClosePeriod(t.today - timedelta(days=400))},
    ),
    Row(books.journal, _P.READ_BOOKS, lambda _: {"control": "4010"}),
    Row(books.entry_proof, _P.READ_BOOKS, lambda t: {"seq": t.seq}),
    Row(verified.books_verified, _P.READ_OWN),
    Row(verified.last_check, _P.READ_OWN),
    Row(verified.keep_head, _P.READ_OWN, lambda _: {"command": KeepHead(1, "00" * 32)}, stopped=NotFound),
    Row(verified.look_for_head, _P.READ_OWN, lambda _: {"command": LookForHead(1, "acid acorn acre acts")}),
)
