"""A group's rules: how much, how often. Each change is a new version; the old ones stay."""

from calendar import monthrange
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from app.domain.audit import service as audit
from app.domain.groups.access import authorise
from app.domain.groups.errors import RulesChanged
from app.domain.groups.members import member_cards
from app.domain.groups.models import Group, GroupRules, RoleGrant
from app.domain.groups.permissions import GRANTS, Permission
from app.domain.groups.views import RulesView, SetRules
from app.kit.actor import Actor
from app.kit.db import Session, clock_of
from app.kit.errors import InvalidInput
from app.kit.money import MAX_MINOR

DUE_DAYS = {"weekly": 7, "fortnightly": 7, "monthly": 28}
"""Frequency -> its last due day: a day of the month, or of the week (1 is Monday)."""
FREQUENCIES = ("once", *DUE_DAYS)


async def get_rules(session: Session, actor: Actor) -> RulesView:
    """The rules in force, with the names of those who confirm payments; for every member."""
    acting = await authorise(session, actor, Permission.READ_OWN)
    group = await session.get_one(Group, acting.group_id)
    now = await rules_in_force(session, group)
    deciders = select(RoleGrant.member_id).where(
        RoleGrant.group_id == group.id,
        col(RoleGrant.ended_at).is_(None),
        col(RoleGrant.role).in_(GRANTS[Permission.CONFIRM_PAYMENTS]),
    )
    ids = list(dict.fromkeys((await session.execute(deciders)).scalars()))
    cards = await member_cards(session, group.id, ids)
    return RulesView(
        template=group.template,
        purpose=acting.purpose,
        currency=group.currency,
        version=now.version,
        amount_minor=now.amount_minor,
        frequency=now.frequency,
        due_day=now.due_day,
        set_at=now.set_at,
        confirmers=tuple(sorted(card.name for card in cards.values())),
    )


async def set_rules(session: Session, actor: Actor, command: SetRules) -> RulesView:
    """A new version of the rules, by an admin. What is open already keeps the rules it was opened with.

    The same values again change nothing. Raises RulesChanged when `version` is not the one in force; InvalidInput.
    """
    acting = await authorise(session, actor, Permission.MANAGE_GROUP)
    check_rules(command.amount_minor, command.frequency, command.due_day)
    group = (
        await session.execute(select(Group).where(Group.id == acting.group_id).with_for_update(key_share=True))
    ).scalar_one()
    now = await rules_in_force(session, group)
    asked = (command.amount_minor, command.frequency, command.due_day)
    if asked != (now.amount_minor, now.frequency, now.due_day):
        if command.version != now.version:
            raise RulesChanged
        await add_rules(session, group, now.version + 1, asked, acting.member_id)
        await audit.record(
            session,
            group_id=group.id,
            actor_id=acting.member_id,
            action="rules.set",
            subject="group",
            subject_id=group.id,
            facts={
                "version": now.version + 1,
                "amount_minor": command.amount_minor or 0,
                "currency": group.currency,
                "frequency": command.frequency,
                "due_day": command.due_day or 0,
                "before_minor": now.amount_minor or 0,
                "before_frequency": now.frequency,
                "before_day": now.due_day or 0,
            },
        )
    return await get_rules(session, actor)


def check_rules(amount_minor: int | None, frequency: str, due_day: int | None) -> None:
    """Raises InvalidInput naming `amount`, `frequency` or `due_day`."""
    if amount_minor is not None and amount_minor <= 0:
        raise InvalidInput("amount", "amount_not_positive")
    if amount_minor is not None and amount_minor > MAX_MINOR:
        raise InvalidInput("amount", "amount_too_large")
    if frequency not in FREQUENCIES:
        raise InvalidInput("frequency", "frequency")
    last = DUE_DAYS.get(frequency)
    if (due_day is None) != (last is None) or (due_day is not None and last and not 1 <= due_day <= last):
        raise InvalidInput("due_day", "due_day", last=last or 0)


async def add_rules(
    session: Session, group: Group, version: int, values: tuple[int | None, str, int | None], actor_id: UUID
) -> None:
    """Write one version; the caller holds the group's row."""
    amount_minor, frequency, due_day = values
    session.add(
        GroupRules(
            group_id=group.id,
            version=version,
            amount_minor=amount_minor,
            frequency=frequency,
            due_day=due_day,
            set_by=actor_id,
            set_at=clock_of(session).now(),
        )
    )
    await session.flush()


async def rules_in_force(session: Session, group: Group) -> GroupRules:
    """The version in force; a group that is older than rules has those of no amount, asked when needed."""
    statement = select(GroupRules).where(GroupRules.group_id == group.id).order_by(col(GroupRules.version).desc())
    found = (await session.execute(statement.limit(1))).scalar_one_or_none()
    return found or GroupRules(group_id=group.id, version=0, frequency="once", set_by=group.id, set_at=group.created_at)


def next_due(frequency: str, due_day: int, after: date) -> date:
    """The first due day later than `after`; two weeks later when `after` is a fortnight's due day itself."""
    if frequency == "monthly":
        if after.day < due_day:
            return after.replace(day=due_day)
        following = after.replace(day=1) + timedelta(days=monthrange(after.year, after.month)[1])
        return following.replace(day=due_day)
    days = (due_day - after.isoweekday() - 1) % 7 + 1
    return after + timedelta(days=14 if frequency == "fortnightly" and days == 7 else days)
