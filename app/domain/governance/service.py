"""Commands on proposals.

Order of locks: the proposal, then what its kind locks, the ledger's head last. What a command makes is new, and nobody
can wait for it; a command that makes one claims its key first.
"""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from app.domain.audit import service as audit
from app.domain.governance import rules, store
from app.domain.governance.commands import ApproveDecision, ProposeDecision, RefuseDecision, WithdrawProposal
from app.domain.governance.errors import AlreadySigned, DecisionEnded, NotASigner, OwnDecision, TooFewSigners
from app.domain.governance.models import Proposal, Signature
from app.domain.governance.ports import BoundMatter, Decision, Matter, decision_of
from app.domain.governance.telling import tell_outcome, tell_signers
from app.domain.governance.views import ProposalView
from app.domain.groups.access import authorise
from app.domain.groups.approvals import rule_of
from app.domain.groups.permissions import Permission
from app.domain.groups.views import Acting
from app.domain.identity import codes
from app.kit import idempotency, jobs
from app.kit.actor import Actor
from app.kit.db import Session, clock_of, real_clock_of
from app.kit.errors import InvalidInput, NotFound
from app.kit.ids import new_id

EXPIRE = "expire_decision"


async def propose_decision(session: Session, actor: Actor, command: ProposeDecision) -> ProposalView:
    """Ask for the signatures that the group's rule wants; where it wants none, carry it out. Idempotent by `key`.

    Raises what the kind's `prepare` raises, TooFewSigners, AlreadyProposed; StepUpNeeded where it is carried out here.
    """
    return await _propose(session, await authorise(session, actor, Permission.PROPOSE_DECISIONS), command)


async def ask_decision(session: Session, actor: Actor, command: ProposeDecision) -> ProposalView:
    """A member asks for herself, such as for her savings; it is never carried out without another's signature.

    Idempotent by `key`. InvalidInput for a kind that members don't ask for; otherwise as `propose_decision`.
    """
    acting = await authorise(session, actor, Permission.READ_OWN)
    if not _kind(command.kind).askable:
        raise InvalidInput("kind", "decision_kind")
    if command.matter.member_id not in (None, acting.member_id):
        raise NotFound
    return await _propose(session, acting, command)


async def approve_decision(session: Session, actor: Actor, command: ApproveDecision) -> ProposalView:
    """Sign. The last signature that the rule wants carries the decision out, once, in this transaction.

    Needs a fresh one-time code, used up here. Idempotent by `key`. Raises NotFound, OwnDecision, NotASigner,
    AlreadySigned, DecisionEnded, StepUpNeeded, and what the kind's `carry_out` raises: nothing is signed then.
    """
    acting = await authorise(session, actor, Permission.SIGN_DECISIONS)
    proposal = await store.lock_proposal(session, acting.group_id, command.proposal_id)
    if await _is_signed(session, acting, proposal, "approved", command.key):
        return await store.view(session, acting, proposal)
    office = await _require_signer(session, acting, proposal)
    await codes.use_step_up(session, acting.person_id, command.step_up_id)
    await _sign(session, acting, proposal, Signature(**_signature(acting, proposal, office, command.key, "approved")))
    given = (await store.signatures_of(session, acting.group_id, [proposal.id]))[proposal.id]
    if rules.outcome(proposal.needed, sum(one.choice == "approved" for one in given), proposal.needed) == "carried":
        await _carry_out(session, acting, proposal, command.key)
        await tell_outcome(session, proposal, but=acting.member_id)
    return await store.view(session, acting, proposal)


async def refuse_decision(session: Session, actor: Actor, command: RefuseDecision) -> ProposalView:
    """Say no, with a reason that all who see the proposal read; it is refused once the others can't make it any more.

    Idempotent by `key`. Raises NotFound, OwnDecision, NotASigner, AlreadySigned, DecisionEnded, InvalidInput.
    """
    acting = await authorise(session, actor, Permission.SIGN_DECISIONS)
    reason = rules.check_text(command.reason, field="reason", empty="refusal_empty")
    proposal = await store.lock_proposal(session, acting.group_id, command.proposal_id)
    if await _is_signed(session, acting, proposal, "refused", command.key):
        return await store.view(session, acting, proposal)
    office = await _require_signer(session, acting, proposal)
    values = _signature(acting, proposal, office, command.key, "refused")
    await _sign(session, acting, proposal, Signature(**values, reason=reason))
    given = (await store.signatures_of(session, acting.group_id, [proposal.id]))[proposal.id]
    left = (await store.may_sign(session, acting, proposal)).keys() - {one.member_id for one in given}
    approved = sum(one.choice == "approved" for one in given)
    if rules.outcome(proposal.needed, approved, len(left)) == "refused":
        await _end(session, acting, proposal, "refused", command.key)
        await tell_outcome(session, proposal, but=acting.member_id)
    return await store.view(session, acting, proposal)


async def withdraw_proposal(session: Session, actor: Actor, command: WithdrawProposal) -> ProposalView:
    """Who proposed it takes it back. Idempotent by `key`. Raises NotFound for another's, DecisionEnded."""
    acting = await authorise(session, actor, Permission.READ_OWN)
    proposal = await store.lock_proposal(session, acting.group_id, command.proposal_id)
    if proposal.proposed_by != acting.member_id:
        raise NotFound
    if (proposal.state, proposal.end_key) != ("withdrawn", command.key):
        _require_open(session, proposal)
        await _end(session, acting, proposal, "withdrawn", command.key)
        await _audit(session, proposal, "decision.withdrawn", acting.member_id)
    return await store.view(session, acting, proposal)


async def expire_decision(session: Session, group_id: UUID, proposal_id: UUID) -> bool:
    """For the worker: what nobody signed in time lapses. True when it did here; repeating changes nothing."""
    proposal = await store.lock_proposal(session, group_id, proposal_id)
    now = clock_of(session).now()
    if proposal.state != "open" or store.state_of(proposal, now) != "expired":
        return False
    proposal.state, proposal.ended_at = "expired", now
    await session.flush()
    await _audit(session, proposal, "decision.expired", None)
    await tell_outcome(session, proposal)
    return True


async def _propose(session: Session, acting: Acting, command: ProposeDecision) -> ProposalView:
    decision, asked, proposal_id = _kind(command.kind), command.matter, new_id()
    earlier = await idempotency.claim(
        session,
        group_id=acting.group_id,
        key=command.key,
        content=_content(acting, command),
        result={"proposal_id": str(proposal_id)},
    )
    if earlier is not None:
        known = await session.get_one(Proposal, (acting.group_id, UUID(str(earlier["proposal_id"]))))
        return await store.view(session, acting, known)
    matter = await decision.prepare(session, acting, asked)
    proposal = await _new(session, acting, command.kind, proposal_id, matter)
    if proposal.needed == 0:
        await codes.use_step_up(session, acting.person_id, command.step_up_id)
        await store.insert(session, proposal)
        await _audit(session, proposal, "decision.proposed", acting.member_id)
        await _carry_out(session, acting, proposal, command.key)
        await tell_outcome(session, proposal, but=acting.member_id)
        return await store.view(session, acting, proposal)
    signers = await store.may_sign(session, acting, proposal)
    if len(signers) < proposal.needed:
        raise TooFewSigners(needed=proposal.needed, there=len(signers))
    await store.insert(session, proposal)
    await _audit(session, proposal, "decision.proposed", acting.member_id)
    days = proposal.expires_at - proposal.proposed_at
    due_at = real_clock_of(session).now() + days + timedelta(seconds=1)
    ids = {"group_id": str(proposal.group_id), "proposal_id": str(proposal.id)}
    await jobs.enqueue(session, EXPIRE, at=due_at, **ids)
    await tell_signers(session, proposal, signers)
    return await store.view(session, acting, proposal)


def _content(acting: Acting, command: ProposeDecision) -> dict[str, str | int]:
    matter = command.matter
    return {
        "propose": command.kind,
        "by": str(acting.member_id),
        "amount": matter.amount_minor,
        "note": matter.note,
        "member": str(matter.member_id or ""),
        "subject": str(matter.subject_id or ""),
        **{f"term.{name}": value for name, value in matter.terms.items()},
    }


def _kind(kind: str) -> Decision:
    decision = decision_of(kind)
    if decision is None:
        raise InvalidInput("kind", "decision_kind")
    return decision


async def _new(session: Session, acting: Acting, kind: str, proposal_id: UUID, matter: Matter) -> Proposal:
    rule = await rule_of(session, acting.group_id, acting.template, kind)
    barred: list[UUID] = []
    if isinstance(matter, BoundMatter):
        rule, barred = replace(rule, alone_minor=matter.alone_minor), list(matter.barred)
    terms = rules.terms_of(
        rule,
        matter.amount_minor,
        is_own=matter.member_id == acting.member_id,
        may_propose=acting.may(Permission.PROPOSE_DECISIONS),
    )
    now = clock_of(session).now()
    return Proposal(
        group_id=acting.group_id,
        id=proposal_id,
        kind=kind,
        amount_minor=matter.amount_minor,
        currency=acting.currency,
        member_id=matter.member_id,
        subject_id=matter.subject_id,
        terms=dict(matter.terms),
        note=matter.note,
        proposed_by=acting.member_id,
        proposed_at=now,
        expires_at=now + timedelta(days=rule.days),
        needed=terms.needed,
        signers=list(terms.signers),
        barred=barred,
        rule_version=rule.version,
    )


async def _is_signed(session: Session, acting: Acting, proposal: Proposal, choice: str, key: str) -> bool:
    """True when this very command signed before; AlreadySigned when she said something else."""
    known = await session.get(Signature, (acting.group_id, proposal.id, acting.member_id))
    if known is None:
        return False
    if (known.choice, known.key) != (choice, key):
        raise AlreadySigned
    return True


async def _require_signer(session: Session, acting: Acting, proposal: Proposal) -> str:
    """The office in which she signs. Raises DecisionEnded, OwnDecision, NotASigner."""
    _require_open(session, proposal)
    if acting.member_id in (proposal.proposed_by, proposal.member_id):
        raise OwnDecision
    if acting.member_id in proposal.barred:
        raise NotASigner
    office = (await store.may_sign(session, acting, proposal)).get(acting.member_id)
    if office is None:
        raise NotASigner
    return office


def _require_open(session: Session, proposal: Proposal) -> None:
    state = store.state_of(proposal, clock_of(session).now())
    if state != "open":
        raise DecisionEnded(state)


def _signature(acting: Acting, proposal: Proposal, office: str, key: str, choice: str) -> dict:
    if not key.isprintable() or not 1 <= len(key) <= idempotency.LONGEST:
        raise InvalidInput("idempotency_key", "key")
    return {
        "group_id": acting.group_id,
        "proposal_id": proposal.id,
        "member_id": acting.member_id,
        "office": office,
        "choice": choice,
        "key": key,
    }


async def _sign(session: Session, acting: Acting, proposal: Proposal, signature: Signature) -> None:
    signature.at = clock_of(session).now()
    session.add(signature)
    await session.flush()
    is_yes = signature.choice == "approved"
    await _audit(session, proposal, "decision.approved" if is_yes else "decision.refused", acting.member_id)


async def _carry_out(session: Session, acting: Acting, proposal: Proposal, key: str) -> None:
    decision = _kind(proposal.kind)
    proposal.entry_seq = await decision.carry_out(session, acting, proposal.id, store.matter_of(proposal))
    await _end(session, acting, proposal, "carried", key)
    await _audit(
        session, proposal, "decision.carried" if proposal.needed else "decision.carried_alone", acting.member_id
    )


async def _end(session: Session, acting: Acting, proposal: Proposal, state: str, key: str) -> None:
    proposal.state, proposal.end_key = state, key
    proposal.ended_by, proposal.ended_at = acting.member_id, clock_of(session).now()
    await session.flush()


async def _audit(session: Session, proposal: Proposal, action: str, actor_id: UUID | None) -> None:
    await audit.record(
        session,
        group_id=proposal.group_id,
        actor_id=actor_id,
        action=action,
        subject="decision",
        subject_id=proposal.id,
        facts={"kind": proposal.kind, "amount_minor": proposal.amount_minor, "currency": proposal.currency},
    )
