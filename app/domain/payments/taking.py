"""Cash of many members at once: what `record_cash` does for one, in as many statements for five hundred.

Order of locks: every claim in id order, then the ledger's head, then the receipt counter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from app.domain.groups.views import Acting
from app.domain.payments import rules, store
from app.domain.payments.commands import Part
from app.domain.payments.confirming import new_payment
from app.domain.payments.errors import TooMuchHanded
from app.domain.payments.models import AnyPayment, Payment
from app.domain.payments.ports import Claim
from app.domain.payments.settling import Settling, settle
from app.domain.receipts import service as receipts
from app.kit.db import Session
from app.kit.errors import NotFound


@dataclass(frozen=True, slots=True)
class Handed:
    """What one member handed over, by claim; `key` is new for ever, `member_no` names her in a refusal."""

    member_id: UUID
    member_no: str
    parts: tuple[Part, ...]
    key: str

    @property
    def amount_minor(self) -> int:
        return sum(part.amount_minor for part in self.parts)


@dataclass(frozen=True, slots=True)
class Taken:
    """A payment that was taken, with its receipt. `amount_minor` in the group's currency."""

    member_id: UUID
    payment_id: UUID
    amount_minor: int
    receipt_id: UUID
    receipt_number: str


async def take_cash(session: Session, acting: Acting, handed: Sequence[Handed], paid_on: date) -> list[Taken]:
    """Record, post and receipt what each member handed over: all of it or nothing, in the order given.

    The caller has authorised, checked the day, left the actor out and made the whole repeatable. Raises
    TooMuchHanded, NotFound for a claim that isn't the member's, InvalidInput for amounts that are none.
    """
    if not handed:
        return []
    parts = [part for one in handed for part in one.parts]
    claims = {claim.id: claim for claim in await store.lock_claims(session, acting.group_id, parts)}
    waiting = await store.waiting_amounts(session, acting.group_id, [part.claim_id for part in parts])
    for one in handed:
        _check(one, claims, waiting)
    settling = [_settling(session, acting, one, paid_on) for one in handed]
    issued = await settle(session, acting, settling, list(claims.values()))
    return [_taken(one.payment, receipt.id, receipt.number) for one, receipt in zip(settling, issued, strict=True)]


async def read_taken(session: Session, group_id: UUID, payment_ids: Sequence[UUID]) -> dict[UUID, Taken]:
    """What `take_cash` made, by payment; the caller has authorised. Two queries."""
    found = await session.execute(
        select(Payment).where(col(Payment.group_id) == group_id, col(Payment.id).in_(payment_ids))
    )
    numbers = await receipts.ids_by_payments(session, group_id, payment_ids)
    return {one.id: _taken(one, numbers[one.id].id, numbers[one.id].number) for one in found.scalars()}


def _taken(payment: AnyPayment, receipt_id: UUID, number: str) -> Taken:
    return Taken(payment.member_id, payment.id, payment.amount_minor, receipt_id, number)


def _check(one: Handed, claims: dict[UUID, Claim], waiting: dict[UUID, int]) -> None:
    """As of one payment; what is too much is named."""
    for part in one.parts:
        claim = claims.get(part.claim_id)
        if claim is None or claim.member_id != one.member_id:
            raise NotFound
        left = max(claim.open_minor - waiting.get(claim.id, 0), 0)
        if part.amount_minor > left and not (left and claim.takes_more):
            raise TooMuchHanded(
                field=str(claim.id), member=one.member_no, title=claim.title, left_minor=left, currency=claim.currency
            )
    rules.check_parts(
        [(part.claim_id, part.amount_minor) for part in one.parts], list(claims.values()), waiting, one.member_id
    )


def _settling(session: Session, acting: Acting, one: Handed, paid_on: date) -> Settling:
    payment = new_payment(session, acting, one.member_id, one.parts, "cash", paid_on)
    payment.source, payment.submit_key = "treasurer", one.key
    payment.submit_fingerprint = store.fingerprint(sheet=one.key)
    return Settling(payment, store.new_lines(payment, one.parts), one.key)
