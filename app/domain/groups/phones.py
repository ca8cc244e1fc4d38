"""A change of phone, completed: the login's number, and that of every profile that it has."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.domain.audit import service as audit
from app.domain.groups.access import list_my_groups
from app.domain.groups.members import find_by_phone, lock_members
from app.domain.groups.models import Member
from app.domain.groups.store import group_key, set_phone
from app.domain.identity import phone_changes, sessions
from app.domain.identity.views import DueChange
from app.domain.notifications import service as notifications
from app.kit.actor import Actor
from app.kit.db import Session, set_tenant


async def complete_due(session: Session, phone: str, *, but: UUID | None = None) -> str | None:
    """Complete the change of this old or new phone, if its day is over; the new phone, or None when nothing is due.

    Every session of the person ends, `but` for one if given. The transaction then acts as the person, in no group.
    """
    due = await phone_changes.find_due(session, phone)
    return await _complete(session, due, but=but) if due else None


async def begin_change(session: Session, person_id: UUID) -> bool:
    """The day begins once both codes were typed right: True then; twice is once. Raises NoPhoneChange.

    In each of the person's groups she is told on every device that she is signed in on, and the log says so: whoever
    took her phone can't change it unnoticed. The transaction then acts as the person, in no group.
    """
    me = Actor(person_id=person_id)
    connection = await session.connection()
    await set_tenant(connection, me)
    was_begun = await _effective_at(session, person_id)
    if not await phone_changes.settle_change(session, person_id):
        return False
    effective_at = await _effective_at(session, person_id)
    if was_begun is None and effective_at is not None:
        for group_id, member_id in await _profiles(session, me):
            await set_tenant(connection, me.within(group_id))
            facts = {"at": effective_at.isoformat()}
            await notifications.notify(session, group_id, [person_id], "phone_changing", facts)
            await _record(session, group_id, member_id, "member.phone_changing")
        await set_tenant(connection, me)
    return True


async def _effective_at(session: Session, person_id: UUID) -> datetime | None:
    change = await phone_changes.find_change(session, person_id)
    return change.effective_at if change else None


async def _profiles(session: Session, me: Actor) -> list[tuple[UUID, UUID]]:
    """Group and member of the person's every live profile."""
    return sorted((one.group_id, one.member_id) for one in await list_my_groups(session, me) if not one.is_practice)


async def _complete(session: Session, due: DueChange, *, but: UUID | None) -> str | None:
    connection = await session.connection()
    me = Actor(person_id=due.person_id)
    await set_tenant(connection, me)
    phone = await phone_changes.complete_change(session, due)
    if phone is None:
        return None
    rows = await session.execute(
        select(Member.group_id, Member.id).where(Member.person_id == due.person_id).order_by(Member.group_id)
    )
    for group_id, member_id in rows.all():
        await set_tenant(connection, me.within(group_id))
        await _write_profile(session, group_id, member_id, phone)
        await notifications.notify(session, group_id, [due.person_id], "phone_changed", {})
    await set_tenant(connection, me)
    await sessions.end_all_sessions(session, due.person_id, but=but)
    return phone


async def _write_profile(session: Session, group_id: UUID, member_id: UUID, phone: str) -> None:
    """Where another member of the group has the number, the profile keeps its former one, and the log says so."""
    await lock_members(session, group_id)
    other = await find_by_phone(session, group_id, phone)
    is_taken = other is not None and other.id != member_id
    if not is_taken:
        member = await session.get_one(Member, (group_id, member_id), populate_existing=True)
        set_phone(session, await group_key(session, group_id), member, phone)
        await session.flush()
    await _record(session, group_id, member_id, "member.phone_kept" if is_taken else "member.phone_changed")


async def _record(session: Session, group_id: UUID, member_id: UUID, action: str) -> None:
    await audit.record(
        session, group_id=group_id, actor_id=member_id, action=action, subject="member", subject_id=member_id
    )
