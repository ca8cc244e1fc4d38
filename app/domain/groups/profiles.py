"""A single member, written by hand: added, or mended."""

from datetime import date
from uuid import UUID

from sqlalchemy import select

from app.domain.groups.access import authorise
from app.domain.groups.errors import OwnPhone
from app.domain.groups.members import (
    add_members,
    check_member_no,
    check_name,
    flush_members,
    get_member,
    live_roles,
    lock_members,
    record_change,
)
from app.domain.groups.models import Member
from app.domain.groups.permissions import Permission
from app.domain.groups.regions import find_region
from app.domain.groups.store import group_key, open_text, seal_text, set_phone
from app.domain.groups.views import Acting, AddMember, MemberData, MemberView, UpdateMember
from app.domain.identity import service as identity
from app.domain.identity.phones import parse_phone
from app.kit.actor import Actor
from app.kit.clock import today_in
from app.kit.db import Session, clock_of
from app.kit.errors import InvalidInput, NotFound
from app.kit.text import tidy

REMARKS_LIMIT = 500
EARLIEST = date(1950, 1, 1)
PLAIN = ("member_no", "region", "gender", "joined_on")
SEALED = {"name": "name_enc", "remarks": "remarks_enc"}


async def add_member(session: Session, actor: Actor, command: AddMember) -> MemberView:
    """A new member. Raises InvalidInput naming the field, MemberNumberTaken, PhoneTaken, GroupFull.

    Twice is MemberNumberTaken: the number is the key. Locks the group's members.
    """
    acting = await authorise(session, actor, Permission.MANAGE_MEMBERS)
    data = _checked(session, acting, command)
    (member_id,) = await add_members(session, acting.group_id, [data])
    await record_change(session, acting, "member.added", member_id)
    return await get_member(session, actor, member_id)


async def update_member(session: Session, actor: Actor, command: UpdateMember) -> MemberView:
    """Mend a profile. Raises NotFound, OwnPhone, NotPermitted, and what `add_member` raises. Repeating changes nothing.

    Another phone is another way in: who signed in with the former one is out at once, and the owner of the new one
    is in at the next sign-in. Only those who manage roles may change it for somebody with a role. Locks the group's
    members.
    """
    acting = await authorise(session, actor, Permission.MANAGE_MEMBERS)
    data = _checked(session, acting, command.profile)
    await lock_members(session, acting.group_id)
    statement = (
        select(Member)
        .where(Member.group_id == acting.group_id, Member.id == command.member_id, Member.state == "active")
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    member = (await session.execute(statement)).scalar_one_or_none()
    if member is None:
        raise NotFound
    key = await group_key(session, acting.group_id)
    changed = _write(session, key, member, data)
    if open_text(session, key, member, "phone_enc") != data.phone:
        await _require_phone_change(session, actor, member.id)
        set_phone(session, key, member, data.phone)
        member.person_id = None
        changed.append("phone")
    await flush_members(session)
    if "phone" in changed and member.phone_index:
        await identity.list_phone(session, member.phone_index)
    if changed:
        await record_change(session, acting, "member.changed", member.id, fields=",".join(changed))
    return await get_member(session, actor, member.id)


def _write(session: Session, key: bytes, member: Member, data: MemberData) -> list[str]:
    """Everything but the phone; the names of the fields that are new."""
    changed = []
    for name in PLAIN:
        if getattr(member, name) != getattr(data, name):
            setattr(member, name, getattr(data, name))
            changed.append(name)
    for name, column in SEALED.items():
        if open_text(session, key, member, column) != getattr(data, name):
            seal_text(session, key, member, column, getattr(data, name))
            changed.append(name)
    return changed


async def _require_phone_change(session: Session, actor: Actor, member_id: UUID) -> None:
    """Asked behind the lock, where roles stand still."""
    acting = await authorise(session, actor, Permission.MANAGE_MEMBERS)
    if member_id == acting.member_id:
        raise OwnPhone(field="phone")
    if (await live_roles(session, acting.group_id)).get(member_id):
        acting.require(Permission.MANAGE_ROLES)


def _checked(session: Session, acting: Acting, profile: AddMember) -> MemberData:
    today = today_in(acting.timezone, clock_of(session).now())
    remarks = tidy(profile.remarks)
    if len(remarks) > REMARKS_LIMIT:
        raise InvalidInput("remarks", "remarks_long", limit=REMARKS_LIMIT)
    if profile.gender not in ("F", "M", ""):
        raise InvalidInput("gender", "gender")
    if profile.joined_on is not None and not EARLIEST <= profile.joined_on <= today:
        raise InvalidInput("joined_on", "joined_on")
    region = find_region(tidy(profile.region)[:80], acting.country) if profile.region.strip() else None
    if profile.region.strip() and region is None:
        raise InvalidInput("region", "region")
    return MemberData(
        member_no=check_member_no(profile.member_no),
        name=check_name(profile.name),
        phone=parse_phone(profile.phone, acting.country) if profile.phone.strip() else None,
        region=region,
        gender=profile.gender or None,
        joined_on=profile.joined_on,
        remarks=remarks or None,
    )
