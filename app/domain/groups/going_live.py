"""From trying out to the real thing: once, by an admin, and never back.

Until a group is live its admin may clear it: its books are closed for good and stay readable, marked as practice, and a
new group with the same rules and people begins with empty books. Nothing is taken over that ever passed a gate: no due,
no payment, no receipt, no entry. A live group can't be cleared.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlmodel import col

from app.domain.audit import service as audit
from app.domain.groups import inbox
from app.domain.groups.access import authorise, view_of
from app.domain.groups.approvals import in_force
from app.domain.groups.errors import AlreadyLive
from app.domain.groups.late_rules import LateRule, late_rules_of
from app.domain.groups.members import add_members, current_members, lock_members
from app.domain.groups.models import ApprovalRuleVersion, Group, LateRuleVersion, Member, RoleGrant, Seat
from app.domain.groups.permissions import Permission
from app.domain.groups.rules import add_rules, rules_in_force
from app.domain.groups.service import open_books
from app.domain.groups.store import group_key, open_text
from app.domain.groups.taking_over import Give, take_rules
from app.domain.groups.views import Acting, ApprovalRule, GroupView, MemberData
from app.domain.identity import codes
from app.kit.actor import Actor
from app.kit.crypto import place
from app.kit.db import Session, clock_of, keyring_of, set_tenant
from app.kit.errors import InvalidInput
from app.kit.ids import new_group_code, new_id
from app.kit.text import tidy


@dataclass(frozen=True, slots=True)
class LiveView:
    """`live_at` is None while the group is tried out; `cleared_at` once it is practice, of which `members` are told."""

    code: str
    name: str
    members: int
    live_at: datetime | None
    cleared_at: datetime | None


@dataclass(frozen=True, slots=True)
class GoLive:
    """`step_up_id` proves a fresh one-time code of the admin."""

    step_up_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ClearTryout:
    """`typed` is the group's code as the admin typed it; `mark` what is written behind the name of the old group."""

    typed: str
    mark: str
    step_up_id: UUID | None = None


async def read_live(session: Session, actor: Actor) -> LiveView:
    """Where the group stands; for its admin."""
    acting = await authorise(session, actor, Permission.MANAGE_GROUP)
    group = await session.get_one(Group, acting.group_id)
    members = await current_members(session, acting.group_id)
    return LiveView(group.code, group.name, len(members), group.live_at, group.cleared_at)


async def go_live(session: Session, actor: Actor, command: GoLive) -> LiveView:
    """From now on everything counts, and nothing can be cleared. Repeating changes nothing. Locks the group's row.

    Raises StepUpNeeded without a fresh code of the admin's.
    """
    acting = await authorise(session, actor, Permission.MANAGE_GROUP)
    group = await _lock(session, acting.group_id)
    if group.live_at is None:
        await codes.use_step_up(session, acting.person_id, command.step_up_id)
        group.live_at = clock_of(session).now()
        await session.flush()
        await _record(session, acting.group_id, acting.member_id, "group.live", {})
        await inbox.tell_members(session, acting.group_id, "group_live", {}, but=acting.member_id)
    return await read_live(session, actor)


async def clear_tryout(session: Session, actor: Actor, command: ClearTryout) -> GroupView:
    """Close the try-out and open its successor; the transaction acts there afterwards.

    Order of locks: the group's row, then its members; of two at once the second finds it cleared and is refused.
    Raises AlreadyLive, GroupCleared, InvalidInput for another code than the group's, StepUpNeeded.
    """
    acting = await authorise(session, actor, Permission.MANAGE_GROUP)
    old = await _lock(session, acting.group_id)
    if old.live_at is not None:
        raise AlreadyLive
    if tidy(command.typed).upper() != old.code:
        raise InvalidInput("typed", "clear_code", code=old.code)
    mark = tidy(command.mark)
    if not 0 < len(mark) <= 20:
        raise InvalidInput("mark", "clear_mark")
    acting = await authorise(session, actor, Permission.MANAGE_GROUP)  # again: who waited may find it cleared
    await lock_members(session, old.id)
    await codes.use_step_up(session, acting.person_id, command.step_up_id)
    taken = await _take(session, acting, old)
    name, short_name = old.name, old.short_name
    old.name, old.short_name = f"{name[: 117 - len(mark)]} ({mark})", f"{short_name[: 45 - len(mark)]} ({mark})"
    old.cleared_at = clock_of(session).now()
    await session.flush()
    await _record(session, old.id, acting.member_id, "group.cleared", {})
    await inbox.tell_members(session, old.id, "group_cleared", {}, but=acting.member_id)
    return await _begin(session, actor, acting, old, (name, short_name), taken)


@dataclass(frozen=True, slots=True)
class _Taken:
    """What goes over: rules, and people with their roles; persons by their place among the people."""

    rules: tuple[int | None, str, int | None]
    approvals: tuple[ApprovalRule, ...]
    late: LateRule
    others: tuple[Give, ...]
    people: tuple[MemberData, ...]
    persons: tuple[UUID | None, ...]
    ids: tuple[UUID, ...]
    grants: tuple[RoleGrant, ...]


async def _take(session: Session, acting: Acting, old: Group) -> _Taken:
    its = await rules_in_force(session, old)
    key = await group_key(session, old.id)
    members = select(Member).where(Member.group_id == old.id, Member.state == "active").order_by(Member.member_no)
    found = list((await session.execute(members)).scalars())
    grants = select(RoleGrant).where(RoleGrant.group_id == old.id, col(RoleGrant.ended_at).is_(None))
    return _Taken(
        rules=(its.amount_minor, its.frequency, its.due_day),
        approvals=tuple((await in_force(session, old.id)).values()),
        late=(await late_rules_of(session, old.id, acting.timezone))[0],
        others=await take_rules(session, old.id),
        people=tuple(_data(session, key, member) for member in found),
        persons=tuple(member.person_id for member in found),
        ids=tuple(member.id for member in found),
        grants=tuple((await session.execute(grants.order_by(RoleGrant.id))).scalars()),
    )


def _data(session: Session, key: bytes, member: Member) -> MemberData:
    return MemberData(
        member_no=member.member_no,
        name=open_text(session, key, member, "name_enc") or "",
        phone=open_text(session, key, member, "phone_enc"),
        region=member.region,
        gender=member.gender,
        joined_on=member.joined_on,
        remarks=open_text(session, key, member, "remarks_enc"),
    )


async def _begin(
    session: Session, actor: Actor, acting: Acting, old: Group, names: tuple[str, str], taken: _Taken
) -> GroupView:
    """The new group, with a key and ids of its own: its members can't be joined to those of the old one."""
    group_id, now = new_id(), clock_of(session).now()
    await set_tenant(await session.connection(), actor.within(group_id))
    new = Group(
        id=group_id,
        code=new_group_code(),
        name=names[0],
        short_name=names[1],
        template=old.template,
        currency=old.currency,
        timezone=old.timezone,
        country=old.country,
        pay_to=old.pay_to,
        wrapped_key=keyring_of(session).new_data_key(place("groups", "wrapped_key", group_id, group_id)).wrapped,
        created_at=now,
        clears_id=old.id,
    )
    session.add(new)
    await session.flush()
    seat = Seat(group_id=group_id, id=new_id(), kind="system")
    session.add(seat)
    await session.flush()
    await add_rules(session, new, 1, taken.rules, seat.id)
    await _add_other_rules(session, new, taken, seat.id)
    for give in taken.others:
        await give(session, group_id, seat.id)
    await open_books(session, new)
    made = await add_members(session, group_id, taken.people)
    await _join_persons(session, group_id, made, taken.persons)
    ids = dict(zip(taken.ids, made, strict=True))
    session.add_all(
        RoleGrant(
            group_id=group_id,
            id=new_id(),
            member_id=ids[grant.member_id],
            role=grant.role,
            granted_by=ids[acting.member_id],
            granted_at=now,
            until=grant.until,
        )
        for grant in taken.grants
        if grant.member_id in ids
    )
    await session.flush()
    await _record(session, group_id, ids[acting.member_id], "group.begun", {"count": len(made)})
    await inbox.tell_members(session, group_id, "group_begun", {"title": names[0]}, but=ids[acting.member_id])
    return view_of(new)


async def _add_other_rules(session: Session, new: Group, taken: _Taken, seat_id: UUID) -> None:
    now = clock_of(session).now()
    for rule in taken.approvals:
        session.add(
            ApprovalRuleVersion(
                group_id=new.id,
                kind=rule.kind,
                version=1,
                needed=rule.needed,
                signers=list(rule.signers),
                alone_minor=rule.alone_minor,
                days=rule.days,
                set_by=seat_id,
                set_at=now,
            )
        )
    late = taken.late
    if late.version:
        session.add(
            LateRuleVersion(
                group_id=new.id,
                version=1,
                fine=late.fine,
                amount_minor=late.amount_minor,
                rate_ppm=late.rate_ppm,
                grace_days=late.grace_days,
                every_days=late.every_days,
                steps=late.steps,
                before_days=late.before_days,
                on_due=late.on_due,
                after_days=late.after_days,
                title=late.title,
                set_by=seat_id,
                set_at=now,
            )
        )
    await session.flush()


async def _join_persons(
    session: Session, group_id: UUID, members: Sequence[UUID], persons: Sequence[UUID | None]
) -> None:
    """Who has signed in before is known in the new group at once."""
    rows = [{"m": member, "p": person} for member, person in zip(members, persons, strict=True) if person]
    if rows:
        statement = (
            update(Member)
            .where(col(Member.group_id) == group_id, col(Member.id) == bindparam("m"))
            .values(person_id=bindparam("p"))
        )
        await (await session.connection()).execute(statement, rows)


async def _lock(session: Session, group_id: UUID) -> Group:
    statement = select(Group).where(Group.id == group_id).with_for_update()
    return (await session.execute(statement.execution_options(populate_existing=True))).scalar_one()


async def _record(session: Session, group_id: UUID, actor_id: UUID, action: str, facts: dict[str, str | int]) -> None:
    await audit.record(
        session, group_id=group_id, actor_id=actor_id, action=action, subject="group", subject_id=group_id, facts=facts
    )
