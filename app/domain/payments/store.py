"""Reading and writing payment rows, for the services of this package."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

import rfc8785
from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute

from app.domain.groups.views import Acting
from app.domain.payments.commands import Part
from app.domain.payments.models import Payment, PaymentLine
from app.domain.payments.ports import Claim, settlement_of
from app.domain.payments.views import PaymentLineView, PaymentView
from app.domain.receipts import service as receipts
from app.kit.db import Session
from app.kit.errors import IdempotencyConflict, NotFound


def fingerprint(**content: str | int) -> bytes:
    return hashlib.sha256(rfc8785.dumps(content)).digest()


def require_same(known: bytes, **content: str | int) -> None:
    """Raises IdempotencyConflict when a key comes again with another content."""
    if known != fingerprint(**content):
        raise IdempotencyConflict


async def lock_payment(session: Session, group_id: UUID, payment_id: UUID) -> Payment:
    statement = select(Payment).where(Payment.group_id == group_id, Payment.id == payment_id).with_for_update()
    payment = (await session.execute(statement)).scalar_one_or_none()
    if payment is None:
        raise NotFound
    return payment


async def find_submitted(session: Session, group_id: UUID, key: str, print_: bytes) -> Payment | None:
    """The payment that an earlier run of the same command made. Raises IdempotencyConflict for another request."""
    statement = select(Payment).where(Payment.group_id == group_id, Payment.submit_key == key)
    payment = (await session.execute(statement)).scalar_one_or_none()
    if payment is not None and payment.submit_fingerprint != print_:
        raise IdempotencyConflict
    return payment


async def lines_of(session: Session, group_id: UUID, payment_ids: Sequence[UUID]) -> dict[UUID, list[PaymentLine]]:
    found: dict[UUID, list[PaymentLine]] = {payment_id: [] for payment_id in payment_ids}
    if payment_ids:
        statement = (
            select(PaymentLine)
            .where(PaymentLine.group_id == group_id, PaymentLine.payment_id.in_(payment_ids))
            .order_by(PaymentLine.payment_id, PaymentLine.line_no)
        )
        for line in (await session.execute(statement)).scalars():
            found[line.payment_id].append(line)
    return found


async def waiting_amounts(session: Session, group_id: UUID, claim_ids: Sequence[UUID] | None = None) -> dict[UUID, int]:
    """What submitted payments would cover of each claim, in minor units."""
    statement = (
        select(PaymentLine.claim_id, func.sum(PaymentLine.amount_minor))
        .join(Payment, (Payment.group_id == PaymentLine.group_id) & (Payment.id == PaymentLine.payment_id))
        .where(Payment.group_id == group_id, Payment.state == "submitted")
        .group_by(PaymentLine.claim_id)
    )
    if claim_ids is not None:
        statement = statement.where(PaymentLine.claim_id.in_(claim_ids))
    return {claim_id: int(total) for claim_id, total in (await session.execute(statement)).all()}


def is_touched(group_id: UUID, claim_id: "InstrumentedAttribute[UUID] | UUID") -> ColumnElement[bool]:
    """Whether any payment names the claim, whatever became of it."""
    return exists().where(PaymentLine.group_id == group_id, PaymentLine.claim_id == claim_id)


async def are_touched(session: Session, group_id: UUID, claim_ids: Sequence[UUID]) -> bool:
    """Whether any payment names one of the claims, whatever became of it."""
    named = exists().where(PaymentLine.group_id == group_id, PaymentLine.claim_id.in_(claim_ids))
    return bool((await session.execute(select(named))).scalar_one())


async def lock_claims(session: Session, group_id: UUID, parts: Sequence[Part | PaymentLine]) -> list[Claim]:
    """The claims of all kinds, locked kind by kind in name order, rows in id order."""
    claims: list[Claim] = []
    for kind in sorted({part.kind for part in parts}):
        ids = sorted(part.claim_id for part in parts if part.kind == kind)
        claims += await settlement_of(kind).lock_claims(session, group_id, ids)
    return claims


async def read_claims(session: Session, group_id: UUID, lines: Sequence[PaymentLine]) -> dict[UUID, Claim]:
    found: dict[UUID, Claim] = {}
    for kind in sorted({line.kind for line in lines}):
        ids = sorted({line.claim_id for line in lines if line.kind == kind})
        found |= {claim.id: claim for claim in await settlement_of(kind).read_claims(session, group_id, ids)}
    return found


async def change_paid(session: Session, group_id: UUID, lines: Sequence[PaymentLine], sign: int) -> None:
    for kind in sorted({line.kind for line in lines}):
        parts = [(line.claim_id, sign * line.amount_minor) for line in lines if line.kind == kind]
        await settlement_of(kind).change_paid(session, group_id, parts)


def add_lines(session: Session, payment: Payment, parts: Sequence[Part]) -> list[PaymentLine]:
    lines = [
        PaymentLine(
            group_id=payment.group_id,
            payment_id=payment.id,
            line_no=number,
            kind=part.kind,
            claim_id=part.claim_id,
            amount_minor=part.amount_minor,
        )
        for number, part in enumerate(parts, 1)
    ]
    session.add_all(lines)
    return lines


def to_view(payment: Payment, lines: Sequence[PaymentLine], claims: Mapping[UUID, Claim]) -> PaymentView:
    return PaymentView(
        id=payment.id,
        member_id=payment.member_id,
        state=payment.state,
        source=payment.source,
        method=payment.method,
        provider_code=payment.provider_code,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        paid_on=payment.paid_on,
        submitted_at=payment.submitted_at,
        decided_at=payment.decided_at,
        reason=payment.reason,
        reversal_reason=payment.reversal_reason,
        entry_seq=payment.entry_seq,
        lines=tuple(
            PaymentLineView(
                kind=line.kind,
                claim_id=line.claim_id,
                title=claims[line.claim_id].title,
                reference=claims[line.claim_id].reference,
                amount_minor=line.amount_minor,
            )
            for line in lines
        ),
    )


async def load_view(session: Session, acting: Acting, payment: Payment) -> PaymentView:
    """The payment with its lines and its receipt, if it has one."""
    lines = (await lines_of(session, acting.group_id, [payment.id]))[payment.id]
    view = to_view(payment, lines, await read_claims(session, acting.group_id, lines))
    if payment.entry_seq is None:
        return view
    receipt = await receipts.find_by_payment(session, acting.group_id, payment.id)
    if receipt is None:
        return view
    return replace(view, receipt_id=receipt.id, receipt_number=receipt.number)
