"""Cash of many members at once: what `record_cash` does for one, in as many statements for five hundred.

Order of locks: every claim in id order, then the ledger's head, then the receipt counter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from app.domain.audit import service as audit
from app.domain.groups import inbox
from app.domain.groups.views import Acting
from app.domain.ledger import recipes
from app.domain.ledger import service as ledger
from app.domain.ledger.views import NewEntry, PostedEntry
from app.domain.payments import rules, store
from app.domain.payments.commands import Part
from app.domain.payments.errors import TooMuchHanded
from app.domain.payments.models import Payment, PaymentLine
from app.domain.payments.ports import Claim
from app.domain.receipts import service as receipts
from app.domain.receipts.views import NewReceipt, ReceiptLine, ReceiptView
from app.kit.db import Session, clock_of, hint_only
from app.kit.errors import NotFound
from app.kit.ids import new_id


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
    payments = [_payment(session, acting, one, paid_on) for one in handed]
    posted = await _post(session, acting, payments, [_purpose(one, claims) for one in handed])
    for payment, entry in zip(payments, posted, strict=True):
        payment.entry_seq = entry.seq
    session.add_all(payments)
    await session.flush()
    lines = [store.add_lines(session, payment, one.parts) for payment, one in zip(payments, handed, strict=True)]
    await store.change_paid(session, acting.group_id, [line for some in lines for line in some], 1)
    issued = await receipts.issue_receipts(
        session,
        [_receipt(acting, *each, claims) for each in zip(payments, lines, posted, strict=True)],
    )
    await _tell(session, acting, payments, issued)
    return [_taken(payment, receipt.id, receipt.number) for payment, receipt in zip(payments, issued, strict=True)]


async def read_taken(session: Session, group_id: UUID, payment_ids: Sequence[UUID]) -> dict[UUID, Taken]:
    """What `take_cash` made, by payment; the caller has authorised. Two queries."""
    found = await session.execute(
        select(Payment).where(col(Payment.group_id) == group_id, col(Payment.id).in_(payment_ids))
    )
    numbers = await receipts.ids_by_payments(session, group_id, payment_ids)
    return {one.id: _taken(one, numbers[one.id].id, numbers[one.id].number) for one in found.scalars()}


def _taken(payment: Payment, receipt_id: UUID, number: str) -> Taken:
    return Taken(payment.member_id, payment.id, payment.amount_minor, receipt_id, number)


def _check(one: Handed, claims: dict[UUID, Claim], waiting: dict[UUID, int]) -> None:
    """As of one payment; what is too much is named."""
    for part in one.parts:
        claim = claims.get(part.claim_id)
        if claim is None or claim.member_id != one.member_id:
            raise NotFound
        left = max(claim.open_minor - waiting.get(claim.id, 0), 0)
        if part.amount_minor > left:
            raise TooMuchHanded(
                field=str(claim.id), member=one.member_no, title=claim.title, left_minor=left, currency=claim.currency
            )
    rules.check_parts(
        [(part.claim_id, part.amount_minor) for part in one.parts], list(claims.values()), waiting, one.member_id
    )


def _purpose(one: Handed, claims: dict[UUID, Claim]) -> str:
    (purpose,) = {claims[part.claim_id].purpose for part in one.parts}
    return purpose


def _payment(session: Session, acting: Acting, one: Handed, paid_on: date) -> Payment:
    now = clock_of(session).now()
    return Payment(
        group_id=acting.group_id,
        id=new_id(),
        member_id=one.member_id,
        state="confirmed",
        source="treasurer",
        method="cash",
        amount_minor=one.amount_minor,
        currency=acting.currency,
        paid_on=paid_on,
        submitted_by=acting.member_id,
        submitted_at=now,
        decided_by=acting.member_id,
        decided_at=now,
        submit_key=one.key,
        submit_fingerprint=store.fingerprint(sheet=one.key),
        decision_key=one.key,
    )


async def _post(
    session: Session, acting: Acting, payments: Sequence[Payment], purposes: Sequence[str]
) -> list[PostedEntry]:
    """One entry each, in their order, under one lock of the ledger's head."""
    by_purpose = sorted(zip(purposes, payments, strict=True), key=lambda pair: pair[0])
    for purpose, some in groupby(by_purpose, key=lambda pair: pair[0]):
        await ledger.open_accounts(
            session,
            acting.group_id,
            [recipes.member_account(purpose, payment.member_id) for _, payment in some],
            class_=recipes.CONTROL[recipes.MEMBER_CONTROL[purpose]],
            currency=acting.currency,
        )
    return await ledger.post_entries(
        session,
        [
            NewEntry(
                group_id=acting.group_id,
                kind=f"{purpose}_confirmed",
                effective_on=payment.paid_on,
                actor=acting.member_id,
                idempotency_key=f"payment:{payment.id}",
                lines=recipes.build(
                    f"{purpose}_confirmed", method="cash", parts=[(payment.member_id, payment.amount_minor)]
                ),
            )
            for purpose, payment in zip(purposes, payments, strict=True)
        ],
    )


def _receipt(
    acting: Acting,
    payment: Payment,
    lines: Sequence[PaymentLine],
    posted: PostedEntry,
    claims: dict[UUID, Claim],
) -> NewReceipt:
    return NewReceipt(
        group_id=acting.group_id,
        group_code=acting.group_code,
        member_id=payment.member_id,
        payment_id=payment.id,
        entry=posted,
        lines=tuple(
            ReceiptLine(claims[line.claim_id].purpose, line.amount_minor, claims[line.claim_id].title) for line in lines
        ),
        currency=payment.currency,
        paid_on=payment.paid_on,
        method=payment.method,
        reference=claims[lines[0].claim_id].reference,
    )


async def _tell(session: Session, acting: Acting, payments: Sequence[Payment], issued: Sequence[ReceiptView]) -> None:
    """Each member hears of her own, and her log shows it."""
    facts = {one.id: {"amount_minor": one.amount_minor, "currency": one.currency} for one in payments}
    await audit.record_each(
        session,
        [(str(one.id), {**facts[one.id], "method": one.method}) for one in payments],
        group_id=acting.group_id,
        actor_id=acting.member_id,
        action="payment.cash_recorded",
        subject="payment",
    )
    told = {
        one.member_id: ({**facts[one.id], "receipt": receipt.number}, receipt.id)
        for one, receipt in zip(payments, issued, strict=True)
    }
    hint_only(session, await inbox.tell_each(session, acting.group_id, "payment_confirmed", told, but=acting.member_id))
