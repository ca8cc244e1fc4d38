"""A single member, written by hand: added, or mended."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select

from app.domain.groups.access import authorise
from app.domain.groups.errors import FormerMember, OwnPhone, PhoneTaken
from app.domain.groups.members import (
    add_members,
    check_member_no,
    check_name,
    find_by_phone,
    flush_members,
    get_member,
    live_roles,
    lock_members,
    record_change,
    require_room,
)
from app.domain.groups.models import Member
from app.domain.groups.permissions import Permission
from app.domain.groups.regions import find_region
from app.domain.groups.store import group_key, open_text, seal_text, set_phone
from app.domain.groups.views import Acting, AddMember, MemberData, MemberView, UpdateMember
from app.domain.identity import codes
from app.domain.identity import service as identity
from app.domain.identity.phones import parse_phone
from app.kit.actor import Actor
from app.kit.clock import today_in
from app.kit.db import Session, clock_of, is_read_only
from app.kit.errors import Faults, InvalidInput, NotFound, ReadOnly
from app.kit.text import tidy

REMARKS_LIMIT = 500
EARLIEST = date(1950, 1, 1)
PLAIN = ("member_no", "region", "gender", "joined_on")
SEALED = {"name": "name_enc", "remarks": "remarks_enc"}


async def add_member(session: Session, actor: Actor, command: AddMember) -> MemberView:
    """A new member. Raises InvalidInput naming the field, MemberNumberTaken, PhoneTaken, FormerMember, GroupFull.

    Twice is MemberNumberTaken: the number is the key. Locks the group's members.
    """
    acting = await authorise(session, actor, Permission.MANAGE_MEMBERS)
    data = _checked(session, acting, command)
    await lock_members(session, acting.group_id)
    if data.phone and (former := await find_by_phone(session, acting.group_id, data.phone)):
        raise (FormerMember if former.state == "left" else PhoneTaken)(field="phone")
    (member_id,) = await add_members(session, acting.group_id, [data])
    await record_change(session, acting, "member.added", member_id)
    return await get_member(session, actor, member_id)


async def update_member(session: Session, actor: Actor, command: UpdateMember) -> MemberView:
    """Mend a profile. Raises NotFound, OwnPhone, NotPermitted, and what `add_member` raises. Repeating changes nothing.

    Another phone is another way in: who signed in with the former one is out at once, and the owner of the new one
    is in at the next sign-in. Only those who manage roles may change it for somebody with a role, and only with a fresh
    one-time code, as they give roles: StepUpNeeded without, when all else is right. Locks the group's members.
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
    is_new_phone = open_text(session, key, member, "phone_enc") != data.phone
    is_key = is_new_phone and await _require_phone_change(session, actor, member.id)
    changed = _write(session, key, member, data)
    if is_new_phone:
        set_phone(session, key, member, data.phone)
        member.person_id = None
        changed.append("phone")
    await flush_members(session)
    if is_key:
        await codes.use_step_up(session, acting.person_id, command.step_up_id)
    if "phone" in changed and member.phone_index:
        await identity.list_phone(session, member.phone_index)
    if changed:
        await record_change(session, acting, "member.changed", member.id, fields=",".join(changed))
    return await get_member(session, actor, member.id)


async def take_back(session: Session, actor: Actor, member_id: UUID) -> MemberView:
    """Somebody who left is a member again, with her number and her history. Locks the members; twice changes nothing.

    Raises NotFound, GroupFull.
    """
    acting = await authorise(session, actor, Permission.MANAGE_MEMBERS)
    await lock_members(session, acting.group_id)
    statement = select(Member).where(Member.group_id == acting.group_id, Member.id == member_id)
    member = (await session.execute(statement.execution_options(populate_existing=True))).scalar_one_or_none()
    if member is None:
        raise NotFound
    if member.state == "left":
        await take_back_row(session, acting, member)
    return await get_member(session, actor, member_id)


async def take_back_row(session: Session, acting: Acting, member: Member) -> None:
    """The members are locked and the right was asked. Raises GroupFull."""
    await require_room(session, acting.group_id, 1)
    member.state, member.left_at = "active", None
    await session.flush()
    await record_change(session, acting, "member.taken_back", member.id)


async def mark_left(session: Session, acting: Acting, member_id: UUID, **facts: str | int) -> None:
    """A live member is one no more. The caller has locked the members, asked the right, and settled what is open."""
    member = await session.get_one(Member, (acting.group_id, member_id), populate_existing=True)
    member.state, member.left_at = "left", clock_of(session).now()
    await session.flush()
    await record_change(
        session, acting, "member.left" if member_id == acting.member_id else "member.removed", member_id, **facts
    )


async def find_former(session: Session, group_id: UUID, person_id: UUID, phone: str) -> Member | None:
    """The profile, live or left, that the person has or that waits for her phone. Raises PhoneTaken for another's."""
    statement = select(Member).where(Member.group_id == group_id, Member.person_id == person_id)
    mine = (await session.execute(statement)).scalar_one_or_none()
    if mine is not None:
        return mine
    listed = await find_by_phone(session, group_id, phone)
    if listed is not None and listed.person_id is not None:
        raise PhoneTaken
    return listed


async def suggest_member_no(session: Session, actor: Actor) -> str:
    """The number after the highest, in its form: BSS/075 after BSS/074. Empty where no number ends in digits."""
    acting = await authorise(session, actor, Permission.MANAGE_MEMBERS)
    numbers = (await session.execute(select(Member.member_no).where(Member.group_id == acting.group_id))).scalars()
    return next_number(list(numbers))


def next_number(numbers: Sequence[str]) -> str:
    """In the commonest form of the numbers given."""
    found = [match for number in numbers if (match := re.fullmatch(r"(.*?)([0-9]{1,9})", number))]
    if not found:
        return ""
    (prefix, width), _ = Counter((match[1], len(match[2])) for match in found).most_common(1)[0]
    highest = max(int(match[2]) for match in found if match[1] == prefix)
    return f"{prefix}{highest + 1:0{width}d}"[:20]


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


async def _require_phone_change(session: Session, actor: Actor, member_id: UUID) -> bool:
    """Whether the phone opens a role too. Asked behind the lock, where roles stand still."""
    acting = await authorise(session, actor, Permission.MANAGE_MEMBERS)
    if member_id == acting.member_id:
        raise OwnPhone(field="phone")
    has_role = bool((await live_roles(session, acting.group_id)).get(member_id))
    if has_role:
        acting.require(Permission.MANAGE_ROLES)
    return has_role


def _checked(session: Session, acting: Acting, profile: AddMember) -> MemberData:
    """Raises InvalidInput with every fault, in the form's order."""
    if is_read_only(session):  # said before what is wrong with the form: it holds a masked phone
        raise ReadOnly
    today = today_in(acting.timezone, clock_of(session).now())
    faults, name, number, phone = Faults(), "", "", None
    with faults.gather():
        name = check_name(profile.name)
    with faults.gather():
        number = check_member_no(profile.member_no)
    with faults.gather():
        phone = parse_phone(profile.phone, acting.country) if profile.phone.strip() else None
    region = find_region(tidy(profile.region)[:80], acting.country) if profile.region.strip() else None
    remarks = tidy(profile.remarks)
    with faults.gather():
        if profile.region.strip() and region is None:
            raise InvalidInput("region", "region")
    with faults.gather():
        if profile.gender not in ("F", "M", ""):
            raise InvalidInput("gender", "gender")
    with faults.gather():
        if profile.joined_on is not None and not EARLIEST <= profile.joined_on <= today:
            raise InvalidInput("joined_on", "joined_on")
    with faults.gather():
        if len(remarks) > REMARKS_LIMIT:
            raise InvalidInput("remarks", "remarks_long", limit=REMARKS_LIMIT)
    faults.raise_found()
    return MemberData(
        member_no=number,
        name=name,
        phone=phone,
        region=region,
        gender=profile.gender or None,
        joined_on=profile.joined_on,
        remarks=remarks or None,
    )
