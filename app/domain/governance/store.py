"""Reading and writing proposals, for the services of this package."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.domain.governance import rules
from app.domain.governance.errors import AlreadyProposed
from app.domain.governance.models import Proposal, Signature
from app.domain.governance.ports import Matter
from app.domain.governance.views import ProposalView, SignatureView
from app.domain.groups.members import member_cards
from app.domain.groups.permissions import ROLES
from app.domain.groups.roles import holders_of
from app.domain.groups.views import Acting, MemberCard
from app.kit.clock import today_in
from app.kit.db import Session, clock_of
from app.kit.errors import NotFound


async def lock_proposal(session: Session, group_id: UUID, proposal_id: UUID) -> Proposal:
    statement = select(Proposal).where(Proposal.group_id == group_id, Proposal.id == proposal_id).with_for_update()
    found = (await session.execute(statement.execution_options(populate_existing=True))).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


async def insert(session: Session, proposal: Proposal) -> None:
    """Raises AlreadyProposed when an open proposal is about the same due or payment."""
    session.add(proposal)
    try:
        await session.flush()
    except IntegrityError as error:
        if "proposals_once" in str(error.orig):
            raise AlreadyProposed from None
        raise


async def signatures_of(session: Session, group_id: UUID, ids: Sequence[UUID]) -> dict[UUID, list[Signature]]:
    """The signatures of these proposals, each in the order in which they were given. One query."""
    found: dict[UUID, list[Signature]] = {proposal_id: [] for proposal_id in ids}
    if ids:
        statement = (
            select(Signature)
            .where(Signature.group_id == group_id, Signature.proposal_id.in_(ids))
            .order_by(Signature.at, Signature.member_id)
        )
        for signature in (await session.execute(statement)).scalars():
            found[signature.proposal_id].append(signature)
    return found


async def may_sign(session: Session, acting: Acting, proposal: Proposal) -> dict[UUID, str]:
    """Everybody whose signature counts, each with the office in which she signs."""
    held = await holders_of(session, acting.group_id, proposal.signers, today(session, acting))
    who = rules.who_may_sign(
        held.keys(), proposer=proposal.proposed_by, member=proposal.member_id, barred=proposal.barred
    )
    return {member_id: office_of(held[member_id]) for member_id in who}


def office_of(held: set[str]) -> str:
    """An elected office before an access role, where somebody holds several."""
    return min(held, key=lambda role: (role in ROLES, role))


def matter_of(proposal: Proposal) -> Matter:
    return Matter(
        amount_minor=proposal.amount_minor,
        note=proposal.note,
        member_id=proposal.member_id,
        subject_id=proposal.subject_id,
        terms=proposal.terms,
    )


def state_of(proposal: Proposal, now: datetime) -> str:
    """An open one whose time is over counts as expired, also before the worker has said so."""
    return "expired" if proposal.state == "open" and proposal.expires_at <= now else proposal.state


def today(session: Session, acting: Acting) -> date:
    return today_in(acting.timezone, clock_of(session).now())


async def views(session: Session, acting: Acting, proposals: Sequence[Proposal]) -> list[ProposalView]:
    """With names, who has signed and who may. Four queries, however many."""
    if not proposals:
        return []
    given = await signatures_of(session, acting.group_id, [one.id for one in proposals])
    roles = sorted({role for one in proposals for role in one.signers})
    held = await holders_of(session, acting.group_id, roles, today(session, acting))
    cards = await member_cards(session, acting.group_id)
    now = clock_of(session).now()
    return [_view(acting, one, given[one.id], held, cards, state_of(one, now)) for one in proposals]


def _view(
    acting: Acting,
    proposal: Proposal,
    given: list[Signature],
    held: dict[UUID, set[str]],
    cards: dict[UUID, MemberCard],
    state: str,
) -> ProposalView:
    def name(member_id: UUID | None) -> str:
        return cards[member_id].name if member_id in cards else ""

    signed = {one.member_id for one in given}
    rows = [
        SignatureView(
            one.member_id,
            name(one.member_id),
            one.office,
            one.choice,
            one.reason or "",
            one.at,
            is_me=one.member_id == acting.member_id,
        )
        for one in given
    ]
    left: dict[UUID, str] = {}
    if state == "open":
        offices = {member_id: its & set(proposal.signers) for member_id, its in held.items()}
        may = rules.who_may_sign(
            {member_id for member_id, its in offices.items() if its},
            proposer=proposal.proposed_by,
            member=proposal.member_id,
            barred=proposal.barred,
        )
        left = {member_id: office_of(offices[member_id]) for member_id in may - signed}
    for member_id in sorted(left, key=lambda one: (one != acting.member_id, name(one))):
        rows.append(SignatureView(member_id, name(member_id), left[member_id], is_me=member_id == acting.member_id))
    return ProposalView(
        id=proposal.id,
        kind=proposal.kind,
        state=state,
        amount_minor=proposal.amount_minor,
        currency=proposal.currency,
        note=proposal.note,
        terms=proposal.terms,
        member_id=proposal.member_id,
        subject_id=proposal.subject_id,
        member_name=name(proposal.member_id),
        proposed_by=name(proposal.proposed_by),
        proposed_at=proposal.proposed_at,
        expires_at=proposal.expires_at,
        ended_at=proposal.ended_at,
        needed=proposal.needed,
        approved=sum(one.choice == "approved" for one in given),
        signatures=tuple(rows),
        entry_seq=proposal.entry_seq,
        provider_code=proposal.provider_code,
        is_mine=proposal.proposed_by == acting.member_id,
        may_sign=acting.member_id in left,
    )


async def view(session: Session, acting: Acting, proposal: Proposal) -> ProposalView:
    return (await views(session, acting, [proposal]))[0]
