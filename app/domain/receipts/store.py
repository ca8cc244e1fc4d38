"""Rows to views, for the services of this package."""

from uuid import UUID

from app.domain.receipts.models import Receipt
from app.domain.receipts.views import ReceiptLine, ReceiptView
from app.kit.db import Session
from app.kit.errors import NotFound


async def load_receipt(session: Session, group_id: UUID, receipt_id: UUID) -> ReceiptView:
    """NotFound when the group has no such receipt."""
    row = await session.get(Receipt, (group_id, receipt_id))
    if row is None:
        raise NotFound
    return to_view(row)


def to_view(row: Receipt) -> ReceiptView:
    return ReceiptView(
        id=row.id,
        group_id=row.group_id,
        n=row.n,
        number=row.number,
        check_code=row.check_code,
        member_id=row.member_id,
        payment_id=row.payment_id,
        seq=row.seq,
        hash=bytes(row.hash),
        amount_minor=row.amount_minor,
        currency=row.currency,
        exponent=row.exponent,
        lines=tuple(ReceiptLine(**line) for line in row.lines),
        paid_on=row.paid_on,
        issued_at=row.issued_at,
        method=row.method,
        provider_code=row.provider_code,
        reference=row.reference,
        token=row.token,
        state=row.state,
        reversed_seq=row.reversed_seq,
        reversed_at=row.reversed_at,
    )
