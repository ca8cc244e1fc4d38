"""Commands on money that has gone out."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from app.domain.audit import service as audit
from app.domain.cashbook.errors import CodeWritten, NotPaidByCode
from app.domain.governance import store
from app.domain.governance.views import ProposalView
from app.domain.groups.access import authorise
from app.domain.groups.permissions import Permission
from app.domain.payments.errors import CodeAlreadySent
from app.domain.payments.rules import normalise_provider_code
from app.kit.actor import Actor
from app.kit.db import Session


@dataclass(frozen=True, slots=True)
class WriteCode:
    """The code that the provider gave for what was sent."""

    proposal_id: UUID
    code: str


async def write_code(session: Session, actor: Actor, command: WriteCode) -> ProposalView:
    """Write down the provider's code of what was signed for and sent; the books don't change. The same again is fine.

    Raises NotFound, NotPaidByCode, CodeWritten where another code stands, CodeAlreadySent, InvalidInput.
    """
    acting = await authorise(session, actor, Permission.PROPOSE_DECISIONS)
    proposal = await store.lock_proposal(session, acting.group_id, command.proposal_id)
    method = proposal.terms.get("method", "cash")
    if proposal.state != "carried" or method == "cash":
        raise NotPaidByCode
    code = normalise_provider_code(method, command.code)
    if proposal.provider_code not in (None, code):
        raise CodeWritten
    if proposal.provider_code is None:
        proposal.provider_code = code
        try:
            await session.flush()
        except IntegrityError as error:
            if "proposals_code" in str(error.orig):
                raise CodeAlreadySent(field="provider_code") from None
            raise
        await audit.record(
            session,
            group_id=acting.group_id,
            actor_id=acting.member_id,
            action="decision.code_written",
            subject="decision",
            subject_id=proposal.id,
            facts={"kind": proposal.kind, "amount_minor": proposal.amount_minor, "currency": proposal.currency},
        )
    return await store.view(session, acting, proposal)
