"""Proposals as people read them: all, those that wait for one's signature, one's own."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlmodel import col

from app.domain.governance import store
from app.domain.governance.models import Proposal, Signature
from app.domain.governance.views import ProposalView
from app.domain.groups.access import authorise
from app.domain.groups.permissions import Permission
from app.domain.groups.roles import holders_of
from app.domain.groups.views import Acting
from app.kit.actor import Actor
from app.kit.db import Session, clock_of
from app.kit.errors import NotFound

PAGE = 50


async def list_decisions(session: Session, actor: Actor, *, limit: int = PAGE) -> list[ProposalView]:
    """The newest proposals of the group, those that are open first; for those who read the group."""
    acting = await authorise(session, actor, Permission.READ_GROUP)
    statement = (
        select(Proposal)
        .where(Proposal.group_id == acting.group_id)
        .order_by((Proposal.state == "open").desc(), col(Proposal.id).desc())
        .limit(limit)
    )
    return await store.views(session, acting, list((await session.execute(statement)).scalars()))


async def list_to_sign(session: Session, actor: Actor) -> list[ProposalView]:
    """What is open for signers such as the reader, her own among it, and what she signed lately; newest first."""
    acting = await authorise(session, actor, Permission.SIGN_DECISIONS)
    mine = select(Signature.proposal_id).where(
        Signature.group_id == acting.group_id, Signature.member_id == acting.member_id
    )
    statement = (
        select(Proposal)
        .where(
            Proposal.group_id == acting.group_id,
            or_(await _is_open_for(session, acting), col(Proposal.id).in_(mine)),
        )
        .order_by(col(Proposal.id).desc())
        .limit(PAGE)
    )
    return await store.views(session, acting, list((await session.execute(statement)).scalars()))


async def count_to_sign(session: Session, actor: Actor) -> int:
    """How many wait for the reader's own signature; 0 for who signs nothing."""
    acting = await authorise(session, actor, Permission.READ_OWN)
    if not acting.may(Permission.SIGN_DECISIONS):
        return 0
    signed = select(Signature.proposal_id).where(
        Signature.group_id == acting.group_id, Signature.member_id == acting.member_id
    )
    statement = select(func.count()).where(
        Proposal.group_id == acting.group_id,
        await _is_open_for(session, acting),
        Proposal.proposed_by != acting.member_id,
        or_(col(Proposal.member_id).is_(None), Proposal.member_id != acting.member_id),
        col(Proposal.id).not_in(signed),
    )
    return int((await session.execute(statement)).scalar_one())


async def list_my_decisions(session: Session, actor: Actor) -> list[ProposalView]:
    """What the reader asked for or proposed about herself, and what pays her; newest first, at most 50."""
    acting = await authorise(session, actor, Permission.READ_OWN)
    statement = (
        select(Proposal)
        .where(Proposal.group_id == acting.group_id, Proposal.member_id == acting.member_id)
        .order_by(col(Proposal.id).desc())
        .limit(PAGE)
    )
    return await store.views(session, acting, list((await session.execute(statement)).scalars()))


async def get_decision(session: Session, actor: Actor, proposal_id: UUID) -> ProposalView:
    """One proposal for those who read the group or sign it, who proposed it, and whom it pays; NotFound for others."""
    acting = await authorise(session, actor, Permission.READ_OWN)
    proposal = await session.get(Proposal, (acting.group_id, proposal_id))
    if proposal is None:
        raise NotFound
    is_own = acting.member_id in (proposal.proposed_by, proposal.member_id)
    if not (is_own or acting.may(Permission.READ_GROUP) or acting.roles & set(proposal.signers)):
        raise NotFound
    return await store.view(session, acting, proposal)


async def members_of(session: Session, group_id: UUID, ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Whose money each of these proposals is about; the caller has authorised."""
    if not ids:
        return {}
    statement = select(Proposal.id, Proposal.member_id).where(
        Proposal.group_id == group_id, Proposal.id.in_(ids), col(Proposal.member_id).is_not(None)
    )
    return {row.id: row.member_id for row in await session.execute(statement)}


async def ids_of_member(session: Session, group_id: UUID, member_id: UUID, *, limit: int = 500) -> list[UUID]:
    """The newest proposals about one member; the caller has authorised."""
    statement = select(Proposal.id).where(Proposal.group_id == group_id, Proposal.member_id == member_id)
    return list((await session.execute(statement.order_by(col(Proposal.id).desc()).limit(limit))).scalars())


async def _is_open_for(session: Session, acting: Acting) -> ColumnElement[bool]:
    """Open, in time, and among whose signers is one of the reader's roles and offices of today."""
    held = await holders_of(session, acting.group_id, sorted(acting.roles), store.today(session, acting))
    return (
        (col(Proposal.state) == "open")
        & (col(Proposal.expires_at) > clock_of(session).now())
        & col(Proposal.signers).overlap(sorted(held.get(acting.member_id, ())))
    )
