"""Claims as doors see them."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from app.domain.governance.reading import decisions_about
from app.domain.governance.views import ProposalView
from app.domain.groups.members import member_cards
from app.domain.groups.views import Acting
from app.domain.welfare import rules
from app.domain.welfare.around import (
    Around,
    called_together,
    left_of,
    look_around,
    others_like,
    reasons_for,
    steps_for,
)
from app.domain.welfare.models import WelfareClaim
from app.domain.welfare.store import ACCEPTED, KIND, Sealing
from app.domain.welfare.views import ClaimView
from app.kit.db import Session


async def views(session: Session, acting: Acting, claims: Sequence[WelfareClaim]) -> list[ClaimView]:
    """With names, reasons, papers, calls and decisions; as many queries for many as for one."""
    if not claims:
        return []
    around = await look_around(session, acting, claims)
    decisions = await decisions_about(session, acting, KIND, [one.id for one in claims])
    names = {one.id: one.name for one in (await member_cards(session, acting.group_id)).values()}
    sealing = Sealing(session, acting.group_id)
    return [await _view(acting, claim, around, sealing, decisions.get(claim.id), names) for claim in claims]


async def view(session: Session, acting: Acting, claim: WelfareClaim) -> ClaimView:
    return (await views(session, acting, [claim]))[0]


async def _view(
    acting: Acting,
    claim: WelfareClaim,
    around: Around,
    sealing: Sealing,
    decision: ProposalView | None,
    names: Mapping[UUID, str],
) -> ClaimView:
    reasons = await reasons_for(acting, claim, around, sealing)
    steps = steps_for(claim, around)
    same, alike = others_like(claim, around, names)
    return ClaimView(
        id=claim.id,
        number=claim.number,
        state=claim.state,
        event=claim.event,
        relation=claim.relation,
        cause=claim.cause,
        happened_on=claim.happened_on,
        born_on=await sealing.born_on(claim),
        person=await sealing.open(claim, "person_enc"),
        note=await sealing.open(claim, "note_enc"),
        member_id=claim.member_id,
        member_name=names.get(claim.member_id, ""),
        payee=names.get(claim.payee_id, "") if claim.payee_id else await sealing.open(claim, "payee_enc"),
        currency=claim.currency,
        reasons=reasons,
        verdict=rules.verdict_of([one for one in reasons if one.code not in (claim.checked or ())]),
        steps=steps,
        amount_minor=rules.amount_of(steps) if claim.paid_minor is None else claim.paid_minor,
        left_minor=left_of(claim, around) if claim.state in ACCEPTED else 0,
        levy=rules.levy_of(around.scheme(claim), [one.relation for one in called_together(claim, around)]),
        rules_version=claim.rules_version,
        reported_by=names.get(claim.reported_by, ""),
        reported_at=claim.reported_at,
        decided_by=names.get(claim.decided_by, "") if claim.decided_by else "",
        decided_at=claim.decided_at,
        refusal=await sealing.open(claim, "refusal_enc"),
        documents=tuple([await sealing.document(claim, one) for one in around.papers.get(claim.id, [])]),
        call=around.calls.get(claim.call_id) if claim.call_id else None,
        decision=decision,
        same_event=same,
        alike=alike,
        entry_seq=claim.entry_seq,
        is_mine=claim.reported_by == acting.member_id,
        is_own=acting.member_id in (claim.member_id, claim.payee_id),
    )
