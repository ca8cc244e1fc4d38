"""Notifications within a group: which persons its members are, and one's own list."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import Select, select
from sqlmodel import col

from app.domain.groups import waiting
from app.domain.groups.access import LIVE, authorise
from app.domain.groups.members import member_cards
from app.domain.groups.models import Member, RoleGrant
from app.domain.groups.permissions import GRANTS, Permission
from app.domain.groups.views import MemberCard
from app.domain.notifications import service as notifications
from app.domain.notifications.views import ABOUT_MEMBER, WAITING, NotificationView
from app.kit.actor import Actor
from app.kit.db import Session
from app.kit.errors import NotFound
from app.kit.rows import among

PAGE, MOST = 30, 200
Facts = Mapping[str, str | int]


async def tell_members(
    session: Session,
    group_id: UUID,
    kind: str,
    facts: Facts,
    *,
    members: Sequence[UUID] | None = None,
    but: UUID,
    subject_id: UUID | None = None,
) -> set[UUID]:
    """Notify these members, or all active ones; not `but`, who did it herself. For who has not signed in it waits.

    A fact `about` is a member whose name they are told. Returns the persons told.
    """
    statement = _active(group_id, but)
    if members is not None:
        statement = statement.where(Member.id.in_(members))
    return await _tell_all(session, group_id, statement, kind, facts, subject_id)


async def tell_each(
    session: Session, group_id: UUID, kind: str, told: Sequence[tuple[UUID, Facts, UUID | None]], *, but: UUID
) -> set[UUID]:
    """Notify members each of something of her own, facts and subject, of several things too; as `tell_members`."""
    statement = _active(group_id, but).where(among(Member.id, {member_id for member_id, _, _ in told}))
    persons: dict[UUID, UUID | None] = {row.id: row.person_id for row in await session.execute(statement)}
    rows, later = [], []
    for member_id, facts, subject_id in told:
        if person_id := persons.get(member_id):
            rows.append((person_id, facts, subject_id))
        elif member_id in persons:
            later.append((member_id, facts, subject_id))
    await waiting.keep(session, group_id, kind, later)
    await notifications.notify_each(session, group_id, kind, rows)
    return {person_id for person_id in persons.values() if person_id}


async def tell_holders(
    session: Session,
    group_id: UUID,
    permission: Permission,
    kind: str,
    facts: Facts,
    *,
    but: UUID,
    subject_id: UUID | None = None,
) -> set[UUID]:
    """Notify those whose role gives the permission; otherwise as `tell_members`."""
    statement = _active(group_id, but).join(RoleGrant, LIVE).where(col(RoleGrant.role).in_(GRANTS[permission]))
    return await _tell_all(session, group_id, statement, kind, facts, subject_id)


def _active(group_id: UUID, but: UUID) -> Select[tuple[UUID, UUID | None]]:
    return select(Member.id, Member.person_id).where(
        Member.group_id == group_id, Member.state == "active", Member.id != but
    )


async def _tell_all(
    session: Session,
    group_id: UUID,
    statement: Select[tuple[UUID, UUID | None]],
    kind: str,
    facts: Facts,
    subject_id: UUID | None,
) -> set[UUID]:
    found = {(row.id, row.person_id) for row in await session.execute(statement)}
    later = sorted(member_id for member_id, person_id in found if not person_id)
    await waiting.keep(session, group_id, kind, [(member_id, facts, subject_id) for member_id in later])
    told = {person_id for _, person_id in found if person_id}
    await notifications.notify(session, group_id, told, kind, facts, subject_id)
    return told


async def list_my_notifications(session: Session, actor: Actor, *, limit: int = PAGE) -> list[NotificationView]:
    """One's own in this group, newest first, at most 200.

    What is about another member says her name to those who read the group, or who were told of her (`about`): `facts`
    hold none, so it is added as `name`.
    """
    acting = await authorise(session, actor, Permission.READ_OWN)
    found = await notifications.list_notifications(session, acting.group_id, acting.person_id, limit=min(limit, MOST))
    reads = acting.may(Permission.READ_GROUP)
    about = {one.id: member for one in found if (member := _about(one, reads=reads)) and member != acting.member_id}
    if not about:
        return found
    cards = await member_cards(session, acting.group_id, sorted(set(about.values())))
    return [_named(one, cards.get(about[one.id])) if one.id in about else one for one in found]


def _about(view: NotificationView, *, reads: bool) -> UUID | None:
    """Whom the reader may know that it is about."""
    if view.kind in ABOUT_MEMBER:
        return view.subject_id if reads else None
    return UUID(str(view.facts["about"])) if "about" in view.facts else None


def _named(view: NotificationView, card: MemberCard | None) -> NotificationView:
    return replace(view, facts=view.facts | {"name": card.name}) if card else view


async def read_notification(session: Session, actor: Actor, notification_id: UUID) -> None:
    """One of one's own is read now. NotFound for another's. Repeating changes nothing."""
    acting = await authorise(session, actor, Permission.READ_OWN)
    if not await notifications.has(session, acting.group_id, acting.person_id, notification_id):
        raise NotFound
    await notifications.mark_read(session, acting.group_id, acting.person_id, notification_id=notification_id)


async def read_waiting_notification(session: Session, actor: Actor) -> None:
    """Who looks at what waits needs not be told that it does. Repeating changes nothing."""
    acting = await authorise(session, actor, Permission.READ_OWN)
    await notifications.mark_read(session, acting.group_id, acting.person_id, kind=WAITING)


async def read_all_notifications(session: Session, actor: Actor) -> None:
    """All of one's own in this group are read now. Repeating changes nothing."""
    acting = await authorise(session, actor, Permission.READ_OWN)
    await notifications.mark_read(session, acting.group_id, acting.person_id)
