"""Proposals as people read them: all, those that wait for one's signature, one's own."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, not_, or_, select
from sqlmodel import col

from app.domain.governance import store
from app.domain.governance.models import Proposal, Signature
from app.domain.governance.ports import decision_of
from app.domain.governance.rules import most_signers
from app.domain.governance.views import ProposalView
from app.domain.groups.access import authorise
from app.domain.groups.approvals import ALONE, SIGNERS
from app.domain.groups.permissions import Permission
from app.domain.groups.roles import holders_of
from app.domain.groups.views import Acting, ApprovalRule
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
        not_(col(Proposal.barred).contains([acting.member_id])),
        col(Proposal.id).not_in(signed),
    )
    return int((await session.execute(statement)).scalar_one())


async def list_short_rules(session: Session, actor: Actor, rules: Sequence[ApprovalRule]) -> dict[str, int]:
    """Of these rules the kinds that ask for more signatures than people can give now, each with how many can."""
    acting = await authorise(session, actor, Permission.READ_GROUP)
    held = await holders_of(session, acting.group_id, SIGNERS, store.today(session, acting))
    short: dict[str, int] = {}
    for rule in rules:
        decision = decision_of(rule.kind)
        there = most_signers(rule.signers, held, askable=decision is not None and decision.askable)
        if there < rule.needed and rule.alone_minor < ALONE:
            short[rule.kind] = there
    return short


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


async def decisions_about(
    session: Session, acting: Acting, kind: str, subject_ids: Sequence[UUID]
) -> dict[UUID, ProposalView]:
    """The newest proposal of the kind about each subject; the caller has authorised."""
    if not subject_ids:
        return {}
    statement = (
        select(Proposal)
        .where(Proposal.group_id == acting.group_id, Proposal.kind == kind, col(Proposal.subject_id).in_(subject_ids))
        .order_by(col(Proposal.id))
    )
    newest = {one.subject_id: one for one in (await session.execute(statement)).scalars()}
    shown = {one.id: one for one in await store.views(session, acting, list(newest.values()))}
    return {subject_id: shown[one.id] for subject_id, one in newest.items() if subject_id}


async def approvers_of(session: Session, group_id: UUID, proposal_id: UUID) -> set[UUID]:
    """Who has signed for the proposal; the caller has authorised."""
    given = (await store.signatures_of(session, group_id, [proposal_id]))[proposal_id]
    return {one.member_id for one in given if one.choice == "approved"}


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


async def open_amount(session: Session, group_id: UUID, kind: str, member_id: UUID) -> int:
    """What open proposals of the kind come to, of one member's money; the caller has authorised."""
    statement = select(func.coalesce(func.sum(Proposal.amount_minor), 0)).where(
        Proposal.group_id == group_id,
        Proposal.kind == kind,
        Proposal.member_id == member_id,
        Proposal.state == "open",
        Proposal.expires_at > clock_of(session).now(),
    )
    return int((await session.execute(statement)).scalar_one())


async def states_of(session: Session, group_id: UUID, ids: Sequence[UUID], now: datetime) -> dict[UUID, str]:
    """How far these proposals are at `now`; the caller has authorised."""
    statement = select(Proposal).where(Proposal.group_id == group_id, Proposal.id.in_(ids))
    found = (await session.execute(statement.execution_options(populate_existing=True))).scalars()
    return {one.id: store.state_of(one, now) for one in found}


async def _is_open_for(session: Session, acting: Acting) -> ColumnElement[bool]:
    """Open, in time, and among whose signers is one of the reader's roles and offices of today."""
    held = await holders_of(session, acting.group_id, sorted(acting.roles), store.today(session, acting))
    return (
        (col(Proposal.state) == "open")
        & (col(Proposal.expires_at) > clock_of(session).now())
        & col(Proposal.signers).overlap(sorted(held.get(acting.member_id, ())))
    )
