"""A member leaves: where she and the group stand is shown first; her history stays.

Order of locks: the group's members, then her dues.
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import func, select

from app.domain.contributions.errors import OwesLoan, PaymentsWaiting, SettlementChanged, StillOwed
from app.domain.contributions.models import Contribution
from app.domain.contributions.reading import dues_of_member, home
from app.domain.contributions.service import OPEN
from app.domain.contributions.views import DueView, LeaveGroup, RemoveMember, Settlement
from app.domain.groups import inbox
from app.domain.groups.access import authorise
from app.domain.groups.errors import OwnLeaving
from app.domain.groups.members import get_member, get_myself, lock_members
from app.domain.groups.permissions import Permission
from app.domain.groups.profiles import mark_left
from app.domain.groups.roles import require_no_role
from app.domain.groups.views import Acting, MemberView
from app.domain.ledger import service as ledger
from app.domain.ledger.recipes import CONTROL, MEMBER_CONTROL, PAID_OUT, member_account
from app.domain.payments import reading as payments
from app.kit.actor import Actor
from app.kit.db import Session
from app.kit.errors import InvalidInput

CONTROLS = tuple(sorted(one for one in set(MEMBER_CONTROL.values()) if CONTROL[one] != "A"))
"""Where members' payments stand: some given for good, some held for them."""


async def settlement_of(session: Session, actor: Actor, member_id: UUID) -> Settlement:
    """What she paid and what is open; for those who read the group. Raises NotFound."""
    acting = await authorise(session, actor, Permission.READ_GROUP)
    member = await get_member(session, actor, member_id)
    dues = await dues_of_member(session, actor, member_id)
    return await _settlement(session, acting, member, dues)


async def my_settlement(session: Session, actor: Actor) -> Settlement:
    """The same of oneself."""
    acting = await authorise(session, actor, Permission.READ_OWN)
    me = await get_myself(session, acting)
    return await _settlement(session, acting, me, (await home(session, actor)).dues)


async def remove_member(session: Session, actor: Actor, command: RemoveMember) -> Settlement:
    """She is no member from now on: her sessions lose their place, her receipts and lines stay.

    Raises NotFound, OwnLeaving, HoldsRole, PaymentsWaiting, SettlementChanged, StillOwed, OwesLoan, InvalidInput. Twice
    is once.
    """
    acting = await authorise(session, actor, Permission.MANAGE_MEMBERS)
    if command.open_dues not in ("cancel", "keep"):
        raise InvalidInput("open_dues", "open_dues")
    await lock_members(session, acting.group_id)
    acting = await authorise(session, actor, Permission.MANAGE_MEMBERS)
    if command.member_id == acting.member_id:
        raise OwnLeaving
    now = await settlement_of(session, actor, command.member_id)
    if now.left_at is not None:
        return now
    await _require_settled(session, acting, now, command.open_minor)
    if command.open_dues == "cancel":
        await _cancel_dues(session, acting.group_id, command.member_id)
    facts = {"open_minor": now.open_minor, "open_dues": command.open_dues}
    await mark_left(session, acting, command.member_id, **facts)
    return await settlement_of(session, actor, command.member_id)


async def leave_group(session: Session, actor: Actor, command: LeaveGroup) -> None:
    """One leaves by oneself; what one owes stays owed. Those who manage members are told.

    Raises HoldsRole, PaymentsWaiting, SettlementChanged, StillOwed, OwesLoan; NotFound once one has left.
    """
    acting = await authorise(session, actor, Permission.READ_OWN)
    await lock_members(session, acting.group_id)
    now = await my_settlement(session, actor)
    await _require_settled(session, acting, now, command.open_minor)
    await mark_left(session, acting, acting.member_id, open_minor=now.open_minor, open_dues="keep")
    facts = {"no": now.member_no, "open_minor": now.open_minor, "currency": now.currency}
    await inbox.tell_holders(
        session,
        acting.group_id,
        Permission.MANAGE_MEMBERS,
        "member_left",
        facts,
        but=acting.member_id,
        subject_id=acting.member_id,
    )


async def _settlement(session: Session, acting: Acting, member: MemberView, dues: Sequence[DueView]) -> Settlement:
    waiting = await payments.waiting_of_member(session, acting.group_id, member.id)
    accounts = {one: f"{one}.{member.id}" for one in CONTROLS}
    held = {one: -(await ledger.balance(session, acting.group_id, code)) for one, code in accounts.items()}
    came = [
        -(await ledger.movement(session, acting.group_id, code, since=date.min, but=PAID_OUT))
        for code in accounts.values()
    ]
    return Settlement(
        member_id=member.id,
        name=member.name,
        member_no=member.member_no,
        currency=acting.currency,
        receipts_minor=sum(came),
        open_minor=await _open_minor(session, acting.group_id, member.id),
        owed_minor=sum(minor for control, minor in held.items() if CONTROL[control] == "L"),
        kept_minor=held[MEMBER_CONTROL["credit"]],
        waiting_minor=waiting.amount_minor,
        waiting_count=waiting.count,
        dues=tuple(dues),
        roles=member.roles,
        left_at=member.left_at,
        is_me=member.id == acting.member_id,
    )


async def _require_settled(session: Session, acting: Acting, now: Settlement, open_minor: int) -> None:
    """The members are locked; her dues are from here on. `open_minor` was shown."""
    if await _lock_dues(session, acting.group_id, now.member_id) != open_minor:
        raise SettlementChanged
    if (await payments.waiting_of_member(session, acting.group_id, now.member_id)).count:
        raise PaymentsWaiting
    if await ledger.balance(session, acting.group_id, member_account("loan", now.member_id)):
        raise OwesLoan
    if now.owed_minor:
        raise StillOwed
    await require_no_role(session, acting, now.member_id)


async def _open_minor(session: Session, group_id: UUID, member_id: UUID) -> int:
    statement = select(func.coalesce(func.sum(Contribution.amount_minor - Contribution.paid_minor), 0)).where(
        Contribution.group_id == group_id, Contribution.member_id == member_id, Contribution.state.in_(OPEN)
    )
    return int((await session.execute(statement)).scalar_one())


async def _lock_dues(session: Session, group_id: UUID, member_id: UUID) -> int:
    """What is open on her dues, in minor units; they stay as they are until the transaction ends."""
    statement = (
        select(Contribution)
        .where(Contribution.group_id == group_id, Contribution.member_id == member_id, Contribution.state.in_(OPEN))
        .order_by(Contribution.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    dues = (await session.execute(statement)).scalars()
    return sum(due.amount_minor - due.paid_minor for due in dues)


async def _cancel_dues(session: Session, group_id: UUID, member_id: UUID) -> None:
    statement = select(Contribution).where(
        Contribution.group_id == group_id, Contribution.member_id == member_id, Contribution.state.in_(OPEN)
    )
    for due in (await session.execute(statement)).scalars():
        due.state = "cancelled"
    await session.flush()
