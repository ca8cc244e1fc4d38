"""Who is told of a proposal, in the same transaction."""

from collections.abc import Collection
from uuid import UUID

from app.domain.governance.models import Proposal
from app.domain.groups import inbox
from app.kit.db import Session

NOBODY = UUID(int=0)


async def tell_signers(session: Session, proposal: Proposal, signers: Collection[UUID]) -> None:
    """Their signatures are awaited; each is told once of each proposal."""
    await _tell(session, proposal, "decision_waiting", set(signers), but=proposal.proposed_by)


async def tell_outcome(session: Session, proposal: Proposal, *, but: UUID | None = None) -> None:
    """Who proposed it and whose money it is hear how it ended; not `but`, who ended it herself."""
    if proposal.state in ("carried", "refused", "expired"):
        concerned = {one for one in (proposal.proposed_by, proposal.member_id) if one is not None}
        await _tell(session, proposal, f"decision_{proposal.state}", concerned, but=but or NOBODY)


async def _tell(session: Session, proposal: Proposal, kind: str, members: set[UUID], *, but: UUID) -> None:
    facts: dict[str, str | int] = {
        "kind": proposal.kind,
        "amount_minor": proposal.amount_minor,
        "currency": proposal.currency,
    }
    if proposal.member_id:
        facts["about"] = str(proposal.member_id)
    await inbox.tell_members(
        session, proposal.group_id, kind, facts, members=sorted(members), but=but, subject_id=proposal.id
    )
