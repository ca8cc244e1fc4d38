"""Who is told of what happens to a payment, in the same transaction, and whose own pages it changes."""

from collections.abc import Sequence
from uuid import UUID

from app.domain.groups import inbox
from app.domain.groups.permissions import Permission
from app.domain.groups.views import Acting
from app.domain.notifications.views import WAITING
from app.domain.payments import store
from app.domain.payments.models import Payment
from app.domain.receipts.views import ReceiptView
from app.kit.db import Session, hint_only


async def tell_deciders(session: Session, acting: Acting) -> None:
    """Something waits to be confirmed: one unread notification each, however many wait."""
    may = Permission.CONFIRM_PAYMENTS
    told = await inbox.tell_holders(session, acting.group_id, may, WAITING, {}, but=acting.member_id)
    hint_only(session, {acting.person_id, *told})


async def tell_member(
    session: Session, acting: Acting, payment: Payment, kind: str, receipt: ReceiptView | None = None
) -> None:
    """The payment was decided."""
    facts: dict[str, str | int] = {"amount_minor": payment.amount_minor, "currency": payment.currency}
    if receipt is not None:
        facts["receipt"] = receipt.number
    await tell_payers(session, acting, kind, [(payment.member_id, facts, receipt.id if receipt else None)])


async def tell_rejected(session: Session, acting: Acting, payment: Payment) -> None:
    """With what it was for, where that is one thing: the reason of the rejection stays there, not here."""
    lines = (await store.lines_of(session, acting.group_id, [payment.id]))[payment.id]
    facts: dict[str, str | int] = {"amount_minor": payment.amount_minor, "currency": payment.currency}
    if len(lines) == 1:
        (claim,) = (await store.read_claims(session, acting.group_id, lines)).values()
        facts |= {"title": claim.title, "pays": lines[0].kind}
    told = (payment.member_id, facts, lines[0].claim_id if len(lines) == 1 else None)
    await tell_payers(session, acting, "payment_rejected", [told])


async def tell_payers(
    session: Session, acting: Acting, kind: str, told: Sequence[tuple[UUID, inbox.Facts, UUID | None]]
) -> None:
    """Each of these members hears of a payment of hers: its facts and receipt."""
    hint_only(session, await inbox.tell_each(session, acting.group_id, kind, told, but=acting.member_id))
