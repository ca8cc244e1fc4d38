"""Roles and offices: the admin gives and withdraws them; each change is in the audit log."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from app.domain.groups import inbox
from app.domain.groups.access import authorise
from app.domain.groups.errors import FormerMember, HoldsRole, LastAdmin, OwnRole
from app.domain.groups.members import (
    add_members,
    check_member_no,
    check_name,
    find_by_phone,
    get_member,
    live_roles,
    lock_members,
    member_cards,
    record_change,
)
from app.domain.groups.models import Member, RoleGrant
from app.domain.groups.permissions import OFFICES, ROLES, Permission
from app.domain.groups.views import Acting, AssignRole, MemberData, MemberView, RoleHolder, WithdrawRole
from app.domain.identity import codes
from app.domain.identity.phones import parse_phone
from app.kit.actor import Actor
from app.kit.clock import today_in
from app.kit.db import Session, clock_of
from app.kit.errors import InvalidInput, NotFound
from app.kit.ids import new_id


async def assign_role(session: Session, actor: Actor, command: AssignRole) -> MemberView:
    """Give a role or an office to a member, or to the owner of a phone, who becomes a member when new. Twice changes
    nothing.

    Raises InvalidInput for the phone, the role, a term that is over or of a role, and the number or name that a new
    member needs; NotFound; FormerMember; and, when all else is right, StepUpNeeded without a fresh code of the admin's.
    """
    acting = await _authorise_alone(session, actor)
    if command.role not in (*ROLES, *OFFICES):
        raise InvalidInput("role", "role")
    if command.until is not None and command.role not in OFFICES:
        raise InvalidInput("until", "term_of_role")
    if command.until is not None and command.until < _today(session, acting):
        raise InvalidInput("until", "date_past")
    member_id = await _taker(session, acting, command)
    statement = (
        insert(RoleGrant)
        .values(
            group_id=acting.group_id,
            id=new_id(),
            member_id=member_id,
            role=command.role,
            granted_by=acting.member_id,
            granted_at=clock_of(session).now(),
            until=command.until,
        )
        .on_conflict_do_nothing()
        .returning(RoleGrant.id)
    )
    if (await session.execute(statement)).scalar_one_or_none() is not None:
        await codes.use_step_up(session, acting.person_id, command.step_up_id)
        await record_change(session, acting, "role.given", member_id, role=command.role)
        await _tell(session, acting, "role_given", member_id, command.role)
    return await get_member(session, actor, member_id)


async def _taker(session: Session, acting: Acting, command: AssignRole) -> UUID:
    """The member whom the role is given to, added when the phone is nobody's yet."""
    if command.member_id is not None:
        member = await session.get(Member, (acting.group_id, command.member_id))
        if member is None:
            raise NotFound
        if member.state != "left" and member.phone_index is None:
            raise InvalidInput("member", "member_phone_none")
    else:
        phone = parse_phone(command.phone, acting.country)
        member = await find_by_phone(session, acting.group_id, phone)
        if member is None:
            data = MemberData(member_no=check_member_no(command.member_no), name=check_name(command.name), phone=phone)
            (member_id,) = await add_members(session, acting.group_id, [data])
            await record_change(session, acting, "member.added", member_id)
            return member_id
    if member.state == "left":
        raise FormerMember(field="member" if command.member_id else "phone")
    return member.id


async def name_taker(session: Session, actor: Actor, phone: str) -> str:
    """Name and number of the member whom a role would be given to; empty for a phone that is no live member's.

    Raises InvalidInput for a text that is no phone number.
    """
    acting = await authorise(session, actor, Permission.MANAGE_ROLES)
    member = await find_by_phone(session, acting.group_id, parse_phone(phone, acting.country))
    if member is None or member.state == "left":
        return ""
    card = (await member_cards(session, acting.group_id, [member.id]))[member.id]
    return f"{card.name}, {card.member_no}"


async def withdraw_role(session: Session, actor: Actor, command: WithdrawRole) -> None:
    """End a role at once. Raises NotFound, LastAdmin, OwnRole; StepUpNeeded without a fresh code of the admin's.

    One change of roles at a time in a group.
    """
    acting = await _authorise_alone(session, actor)
    statement = (
        select(RoleGrant)
        .where(
            RoleGrant.group_id == acting.group_id,
            RoleGrant.member_id == command.member_id,
            RoleGrant.role == command.role,
            col(RoleGrant.ended_at).is_(None),
        )
        .with_for_update()
    )
    grant = (await session.execute(statement)).scalar_one_or_none()
    if grant is None:
        raise NotFound
    roles = await live_roles(session, acting.group_id)
    admins = [member_id for member_id, held in roles.items() if "admin" in held]
    if command.role == "admin" and admins == [command.member_id]:
        raise LastAdmin
    if command.member_id == acting.member_id:
        raise OwnRole
    await codes.use_step_up(session, acting.person_id, command.step_up_id)
    grant.ended_by, grant.ended_at = acting.member_id, clock_of(session).now()
    await session.flush()
    await record_change(session, acting, "role.withdrawn", command.member_id, role=command.role)
    await _tell(session, acting, "role_withdrawn", command.member_id, command.role)


async def _tell(session: Session, acting: Acting, kind: str, member_id: UUID, role: str) -> None:
    facts = {"role": role}
    await inbox.tell_members(session, acting.group_id, kind, facts, members=[member_id], but=acting.member_id)


async def require_no_role(session: Session, acting: Acting, member_id: UUID) -> None:
    """Who leaves has laid down her roles before: each needs an admin's fresh code. The members are locked.

    Raises HoldsRole.
    """
    if (await live_roles(session, acting.group_id)).get(member_id):
        raise HoldsRole


async def _authorise_alone(session: Session, actor: Actor) -> Acting:
    """The admin, asked again once nobody else changes roles or members: the right may go while one waits."""
    acting = await authorise(session, actor, Permission.MANAGE_ROLES)
    await lock_members(session, acting.group_id)
    return await authorise(session, actor, Permission.MANAGE_ROLES)


async def list_role_holders(session: Session, actor: Actor) -> list[RoleHolder]:
    """Who holds which role or office, by name."""
    acting = await authorise(session, actor, Permission.READ_GROUP)
    grants = await _live_grants(session, acting.group_id)
    cards = await member_cards(session, acting.group_id, list({grant.member_id for grant in grants}))
    today = _today(session, acting)
    found = [
        RoleHolder(
            member_id=grant.member_id,
            member_no=cards[grant.member_id].member_no,
            name=cards[grant.member_id].name,
            role=grant.role,
            is_me=grant.member_id == acting.member_id,
            until=grant.until,
            is_over=grant.until is not None and grant.until < today,
        )
        for grant in grants
    ]
    return sorted(found, key=lambda row: (row.role, row.name))


async def holders_of(session: Session, group_id: UUID, roles: Sequence[str], today: date) -> dict[UUID, set[str]]:
    """The roles and offices among these that live members hold, terms that are over left out; the caller authorised."""
    found: dict[UUID, set[str]] = {}
    for grant in await _live_grants(session, group_id):
        if grant.role in roles and (grant.until is None or grant.until >= today):
            found.setdefault(grant.member_id, set()).add(grant.role)
    return found


async def _live_grants(session: Session, group_id: UUID) -> list[RoleGrant]:
    statement = select(RoleGrant).where(RoleGrant.group_id == group_id, col(RoleGrant.ended_at).is_(None))
    return list((await session.execute(statement)).scalars())


def _today(session: Session, acting: Acting) -> date:
    return today_in(acting.timezone, clock_of(session).now())
