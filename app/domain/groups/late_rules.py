"""What late payment costs and when members are reminded: versioned, as a group's other rules.

A version holds for contributions that fall due from the day on which it was set: nobody is fined by a rule that came
later. The amount is fixed or a share of what was asked, so that it is the same whenever it is reckoned.
"""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import col

from app.domain.audit import service as audit
from app.domain.groups import inbox
from app.domain.groups.access import authorise
from app.domain.groups.errors import RulesChanged
from app.domain.groups.models import LateRuleVersion
from app.domain.groups.permissions import Permission
from app.kit.actor import Actor
from app.kit.clock import today_in
from app.kit.db import Session, clock_of
from app.kit.errors import Faults, InvalidInput
from app.kit.money import MAX_MINOR
from app.kit.text import tidy

FINES = ("none", "amount", "share")
WHOLE = 1_000_000
"""All of it, in millionths."""
MOST_DAYS, MOST_STEPS, MOST_BEFORE = 90, 12, 30
MOST_VERSIONS = 200


@dataclass(frozen=True, slots=True)
class LateRule:
    """`fine` is none, amount (`amount_minor`) or share (`rate_ppm` millionths of what was asked).

    Charged when a due is more than `grace_days` late, and with `every_days` again so often, `steps` times at most.
    Members are reminded `before_days` before (0: not), on the day (`on_due`), and `after_days` after (0: not). `title`
    is what a fine is called on the member's account. `version` 0 is what a group begins with; `since` is its first day.
    """

    fine: str = "none"
    amount_minor: int = 0
    rate_ppm: int = 0
    grace_days: int = 0
    every_days: int = 0
    steps: int = 1
    before_days: int = 3
    on_due: bool = True
    after_days: int = 7
    title: str = ""
    version: int = 0
    since: date = date.min


@dataclass(frozen=True, slots=True)
class SetLateRule:
    """`rule.version` is the one that was read and is now changed."""

    rule: LateRule


async def get_late_rule(session: Session, actor: Actor) -> LateRule:
    """The newest version; for every member."""
    acting = await authorise(session, actor, Permission.READ_OWN)
    return (await late_rules_of(session, acting.group_id, acting.timezone))[0]


async def late_rules_of(session: Session, group_id: UUID, timezone: str) -> list[LateRule]:
    """Every version, the newest first; the last is what the group began with. The caller has authorised."""
    newest = select(LateRuleVersion).where(LateRuleVersion.group_id == group_id)
    rows = await session.execute(newest.order_by(col(LateRuleVersion.version).desc()).limit(MOST_VERSIONS))
    return [*(_view(row, timezone) for row in rows.scalars()), LateRule()]


def rule_on(rules: list[LateRule], due_on: date) -> LateRule:
    """The version that holds for what falls due on a day; of several of one day the newest."""
    return next(rule for rule in rules if rule.since <= due_on)


async def set_late_rule(session: Session, actor: Actor, command: SetLateRule) -> LateRule:
    """A new version, by an admin; every member is told. The same values again change nothing.

    Raises RulesChanged when `rule.version` is not the one in force; InvalidInput naming the fields. One at a time.
    """
    acting = await authorise(session, actor, Permission.MANAGE_GROUP)
    asked = check_late_rule(command.rule)
    await session.execute(select(func.pg_advisory_xact_lock(acting.group_id.int & (2**63 - 1))))
    now = (await late_rules_of(session, acting.group_id, acting.timezone))[0]
    if replace(asked, version=now.version, since=now.since) == now:
        return now
    if asked.version != now.version:
        raise RulesChanged
    row = LateRuleVersion(
        group_id=acting.group_id,
        version=now.version + 1,
        fine=asked.fine,
        amount_minor=asked.amount_minor,
        rate_ppm=asked.rate_ppm,
        grace_days=asked.grace_days,
        every_days=asked.every_days,
        steps=asked.steps,
        before_days=asked.before_days,
        on_due=asked.on_due,
        after_days=asked.after_days,
        title=asked.title,
        set_by=acting.member_id,
        set_at=clock_of(session).now(),
    )
    session.add(row)
    await session.flush()
    await audit.record(
        session,
        group_id=acting.group_id,
        actor_id=acting.member_id,
        action="late_rule.set",
        subject="group",
        subject_id=acting.group_id,
        facts={"version": row.version, "fine": row.fine, "amount_minor": row.amount_minor, "currency": acting.currency},
    )
    await inbox.tell_members(session, acting.group_id, "late_rule_set", {}, but=acting.member_id)
    return _view(row, acting.timezone)


def check_late_rule(rule: LateRule) -> LateRule:
    """The rule with what its kind of fine doesn't use at rest. Raises InvalidInput for each wrong field."""
    if rule.fine not in FINES:
        raise InvalidInput("fine", "fine")
    faults, has_fine = Faults(), rule.fine != "none"
    title = tidy(rule.title)
    with faults.gather():
        if rule.fine == "amount" and not 0 < rule.amount_minor <= MAX_MINOR:
            raise InvalidInput("fine_amount", "amount_not_positive" if rule.amount_minor <= 0 else "amount_too_large")
        if rule.fine == "share" and not 0 < rule.rate_ppm <= WHOLE:
            raise InvalidInput("fine_share", "fine_share")
    with faults.gather():
        if has_fine and (not title or len(title) > 30):
            raise InvalidInput("fine_title", "fine_title", limit=30)
    for name, value, most in (
        ("grace_days", rule.grace_days, MOST_DAYS),
        ("every_days", rule.every_days, MOST_DAYS),
        ("before_days", rule.before_days, MOST_BEFORE),
        ("after_days", rule.after_days, MOST_DAYS),
    ):
        with faults.gather():
            if not 0 <= value <= most:
                raise InvalidInput(name, "late_days", limit=most)
    with faults.gather():
        if not 1 <= rule.steps <= MOST_STEPS:
            raise InvalidInput("steps", "fine_steps", limit=MOST_STEPS)
    faults.raise_found()
    if not has_fine:
        return replace(rule, title="", amount_minor=0, rate_ppm=0, grace_days=0, every_days=0, steps=1)
    return replace(
        rule,
        title=title,
        amount_minor=rule.amount_minor if rule.fine == "amount" else 0,
        rate_ppm=rule.rate_ppm if rule.fine == "share" else 0,
        steps=rule.steps if rule.every_days else 1,
    )


def _view(row: LateRuleVersion, timezone: str) -> LateRule:
    return LateRule(
        fine=row.fine,
        amount_minor=row.amount_minor,
        rate_ppm=row.rate_ppm,
        grace_days=row.grace_days,
        every_days=row.every_days,
        steps=row.steps,
        before_days=row.before_days,
        on_due=row.on_due,
        after_days=row.after_days,
        title=row.title,
        version=row.version,
        since=today_in(timezone, row.set_at),
    )
