"""Decisions about what members owe and paid: a due that is waived, a payment that is reversed.

Order of locks, after the proposal's: the payment, its dues, the ledger's head, as everywhere.
"""

from dataclasses import replace
from uuid import UUID

from app.domain.contributions.errors import DueChanged, NothingToWaive, PaymentsWaiting
from app.domain.contributions.models import Contribution
from app.domain.contributions.service import ContributionSettlement
from app.domain.governance.ports import Matter
from app.domain.governance.rules import check_text
from app.domain.groups.views import Acting
from app.domain.payments import service as payments
from app.domain.payments import store as payment_store
from app.domain.payments.errors import NotConfirmed
from app.domain.payments.models import Payment
from app.domain.payments.ports import Claim
from app.domain.receipts import service as receipts
from app.kit.db import Session
from app.kit.errors import NotFound

_DUES = ContributionSettlement()


class Waiver:
    """What is open on a due is asked for no more; nothing is posted, on a cash basis. Terms: title, reference."""

    askable = False

    async def prepare(self, session: Session, acting: Acting, asked: Matter) -> Matter:
        """Raises NotFound, NothingToWaive, PaymentsWaiting, InvalidInput."""
        note = check_text(asked.note, field="note", empty="reason_empty")
        claims = await _DUES.read_claims(session, acting.group_id, [asked.subject_id] if asked.subject_id else [])
        claim = await _waivable(session, acting, claims)
        return replace(
            asked,
            amount_minor=claim.open_minor,
            member_id=claim.member_id,
            note=note,
            terms={"title": claim.title, "reference": claim.reference},
        )

    async def carry_out(self, session: Session, acting: Acting, proposal_id: UUID, matter: Matter) -> None:  # noqa: ARG002
        """Raises DueChanged when another amount is open than was signed for."""
        assert matter.subject_id is not None
        claim = await _waivable(session, acting, await _DUES.lock_claims(session, acting.group_id, [matter.subject_id]))
        if claim.open_minor != matter.amount_minor:
            raise DueChanged
        due = await session.get_one(Contribution, (acting.group_id, claim.id))
        due.state = "waived"
        await session.flush()


async def _waivable(session: Session, acting: Acting, claims: list[Claim]) -> Claim:
    if not claims:
        raise NotFound
    if claims[0].open_minor <= 0:
        raise NothingToWaive
    if await payment_store.waiting_amounts(session, acting.group_id, [claims[0].id]):
        raise PaymentsWaiting
    return claims[0]


class Reversal:
    """A confirmed payment was wrong. Terms: the `receipt` that will say so."""

    askable = False

    async def prepare(self, session: Session, acting: Acting, asked: Matter) -> Matter:
        """Raises NotFound, NotConfirmed, InvalidInput."""
        note = check_text(asked.note, field="note", empty="reason_empty")
        payment = await session.get(Payment, (acting.group_id, asked.subject_id)) if asked.subject_id else None
        if payment is None:
            raise NotFound
        if payment.state != "confirmed":
            raise NotConfirmed
        receipt = await receipts.find_by_payment(session, acting.group_id, payment.id)
        return replace(
            asked,
            amount_minor=payment.amount_minor,
            member_id=payment.member_id,
            note=note,
            terms={"receipt": receipt.number if receipt else ""},
        )

    async def carry_out(self, session: Session, acting: Acting, proposal_id: UUID, matter: Matter) -> int:
        assert matter.subject_id is not None
        key = f"decision:{proposal_id}"
        return await payments.reverse_decided(session, acting, matter.subject_id, matter.note, key)
