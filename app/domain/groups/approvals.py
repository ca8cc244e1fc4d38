"""Who must sign what: a group's rule for each kind of decision. Each change is a new version; the old ones stay.

The rules stand here, below payments and governance, because both ask them.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col

from app.domain.audit import service as audit
from app.domain.groups import inbox
from app.domain.groups.access import authorise
from app.domain.groups.errors import RulesChanged
from app.domain.groups.models import ApprovalRuleVersion
from app.domain.groups.permissions import GRANTS, OFFICES, Permission
from app.domain.groups.views import ApprovalRule, SetApprovalRule
from app.domain.identity import codes
from app.kit.actor import Actor
from app.kit.db import Session, clock_of
from app.kit.errors import InvalidInput
from app.kit.money import MAX_MINOR

KINDS = (
    *("withdrawal", "expense", "transfer", "waiver", "reversal", "welfare_payout"),
    *("loan", "loan_reschedule", "loan_write_off"),
)
"""What can be decided; message keys `decision.kind.<kind>`."""
MOST_SIGNERS, MOST_DAYS = 5, 90
ALONE = MAX_MINOR
"""As `alone_minor`: whatever the amount."""
SIGNERS = tuple(role for role in ("treasurer", "admin", *OFFICES) if role in GRANTS[Permission.SIGN_DECISIONS])
COMMITTEE = ("treasurer", "admin", "president", "vice", "secretary")
WITH_BOX = (*COMMITTEE, "money_counter", "key_holder")

_TWO = ApprovalRule("", needed=2, signers=COMMITTEE, alone_minor=0, days=14)
_ONE = replace(_TWO, needed=1)
_ALONE = replace(_ONE, alone_minor=ALONE)
_FIRST: Mapping[str, ApprovalRule] = MappingProxyType(
    {
        "withdrawal": _TWO,
        "expense": _TWO,
        "transfer": _ALONE,
        "waiver": _ONE,
        "reversal": _ALONE,
        "welfare_payout": _TWO,
        "loan": _TWO,
        "loan_reschedule": _ONE,
        "loan_write_off": _TWO,
    }
)
BY_TEMPLATE: Mapping[str, Mapping[str, ApprovalRule]] = MappingProxyType(
    {
        "savings_credit": {kind: replace(_TWO, signers=WITH_BOX) for kind in ("withdrawal", "expense")},
        "rotating": {"withdrawal": _ONE},
    }
)
"""Where a kind of group begins otherwise: the box of a savings group is opened by those who count and hold keys too."""


def first_rule(template: str, kind: str) -> ApprovalRule:
    """What holds until the group sets its own."""
    return replace(BY_TEMPLATE.get(template, {}).get(kind, _FIRST[kind]), kind=kind)


async def rule_of(session: Session, group_id: UUID, template: str, kind: str) -> ApprovalRule:
    """The rule in force for a kind of KINDS; the caller has authorised."""
    return (await in_force(session, group_id)).get(kind) or first_rule(template, kind)


async def list_approval_rules(session: Session, actor: Actor) -> tuple[ApprovalRule, ...]:
    """The rules in force, one for each of KINDS; for every member."""
    acting = await authorise(session, actor, Permission.READ_OWN)
    known = await in_force(session, acting.group_id)
    return tuple(known.get(kind) or first_rule(acting.template, kind) for kind in KINDS)


async def set_approval_rule(session: Session, actor: Actor, command: SetApprovalRule) -> ApprovalRule:
    """A new version of one rule, by an admin; every member is told. What is proposed already keeps the rule it had.

    The same values again change nothing. Raises RulesChanged when `rule.version` is not the one in force, InvalidInput
    naming `kind`, `needed`, `signers`, `alone` or `days`; and, when all else is right, StepUpNeeded.
    """
    acting = await authorise(session, actor, Permission.MANAGE_GROUP)
    asked = check_rule(command.rule)
    await session.execute(select(func.pg_advisory_xact_lock(acting.group_id.int & (2**63 - 1))))
    now = await rule_of(session, acting.group_id, acting.template, asked.kind)
    if replace(asked, version=now.version) == now:
        return now
    if asked.version != now.version:
        raise RulesChanged
    await codes.use_step_up(session, acting.person_id, command.step_up_id)
    made = replace(asked, version=now.version + 1)
    session.add(
        ApprovalRuleVersion(
            group_id=acting.group_id,
            kind=made.kind,
            version=made.version,
            needed=made.needed,
            signers=list(made.signers),
            alone_minor=made.alone_minor,
            days=made.days,
            set_by=acting.member_id,
            set_at=clock_of(session).now(),
        )
    )
    await session.flush()
    facts: dict[str, str | int] = {
        "kind": made.kind,
        "version": made.version,
        "needed": made.needed,
        "signers": ",".join(made.signers),
        "alone_minor": made.alone_minor,
        "days": made.days,
        "currency": acting.currency,
    }
    await audit.record(
        session,
        group_id=acting.group_id,
        actor_id=acting.member_id,
        action="approvals.set",
        subject="group",
        subject_id=acting.group_id,
        facts=facts,
    )
    await inbox.tell_members(session, acting.group_id, "approvals_set", {"kind": made.kind}, but=acting.member_id)
    return made


def check_rule(rule: ApprovalRule) -> ApprovalRule:
    """The rule with its signers in the usual order. Raises InvalidInput."""
    if rule.kind not in KINDS:
        raise InvalidInput("kind", "decision_kind")
    if not 1 <= rule.needed <= MOST_SIGNERS:
        raise InvalidInput("needed", "needed", limit=MOST_SIGNERS)
    if not rule.signers or not set(rule.signers) <= set(SIGNERS):
        raise InvalidInput("signers", "signers")
    if not 0 <= rule.alone_minor <= ALONE:
        raise InvalidInput("alone", "amount")
    if not 1 <= rule.days <= MOST_DAYS:
        raise InvalidInput("days", "decision_days", limit=MOST_DAYS)
    return replace(rule, signers=tuple(role for role in SIGNERS if role in rule.signers))


async def in_force(session: Session, group_id: UUID) -> dict[str, ApprovalRule]:
    """The newest version of each kind that the group has set. One query."""
    newest = (
        select(ApprovalRuleVersion)
        .where(ApprovalRuleVersion.group_id == group_id)
        .ext(distinct_on(col(ApprovalRuleVersion.kind)))
        .order_by(col(ApprovalRuleVersion.kind), col(ApprovalRuleVersion.version).desc())
    )
    return {
        row.kind: ApprovalRule(row.kind, row.needed, tuple(row.signers), row.alone_minor, row.days, row.version)
        for row in (await session.execute(newest)).scalars()
    }
