"""Reading and writing payment rows, for the services of this package."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute
from sqlmodel import col

from app.domain.groups.views import Acting
from app.domain.ledger import service as ledger
from app.domain.ledger.recipes import MEMBER_CONTROL
from app.domain.payments.commands import Part
from app.domain.payments.errors import CodeAlreadySent
from app.domain.payments.models import AnyLine, AnyPayment, NewLine, NewPayment, Payment, PaymentLine
from app.domain.payments.ports import Claim, Paid, Share, SpreadSettlement, settlement_of
from app.domain.payments.views import PaymentLineView, PaymentView, SettledPart
from app.domain.receipts import service as receipts
from app.kit import canonical
from app.kit.db import Session
from app.kit.errors import IdempotencyConflict, NotFound
from app.kit.rows import among, insert_rows

_SAME = ("group_id", "state", "currency", "submitted_by", "decided_by", "decided_at")
_OWN = (
    *("id", "member_id", "source", "method", "provider_code", "amount_minor", "paid_on", "submitted_at"),
    *("entry_seq", "submit_key", "submit_fingerprint", "decision_key"),
)


def fingerprint(**content: str | int) -> bytes:
    return hashlib.sha256(canonical.encode(content)).digest()


def require_same(known: bytes, **content: str | int) -> None:
    """Raises IdempotencyConflict when a key comes again with another content."""
    if known != fingerprint(**content):
        raise IdempotencyConflict


async def lock_payment(session: Session, group_id: UUID, payment_id: UUID) -> Payment:
    payment = (await lock_payments(session, group_id, [payment_id])).get(payment_id)
    if payment is None:
        raise NotFound
    return payment


async def lock_payments(session: Session, group_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Payment]:
    """Those that exist, locked in id order and read anew."""
    if not ids:
        return {}
    statement = (
        select(Payment)
        .where(Payment.group_id == group_id, among(Payment.id, ids))
        .order_by(Payment.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in (await session.execute(statement)).scalars()}


async def submitted_by_key(session: Session, group_id: UUID, keys: Sequence[str]) -> dict[str, Payment]:
    """The payments that earlier runs of these commands made."""
    if not keys:
        return {}
    statement = select(Payment).where(Payment.group_id == group_id, among(Payment.submit_key, keys))
    return {row.submit_key: row for row in (await session.execute(statement)).scalars()}


async def busy_codes(session: Session, group_id: UUID, codes: Sequence[str]) -> frozenset[tuple[str, str]]:
    """Of these providers' codes those in payments that live, with their methods."""
    if not codes:
        return frozenset()
    statement = select(Payment.method, Payment.provider_code).where(
        Payment.group_id == group_id,
        among(Payment.provider_code, codes),
        col(Payment.state).in_(("submitted", "confirmed")),
    )
    return frozenset((method, code) for method, code in (await session.execute(statement)).all() if code)


async def kept_amounts(session: Session, group_id: UUID) -> dict[UUID, int]:
    """What members paid over what they owed and is kept for them, in minor units; of those for whom there is any."""
    rows = await ledger.control_balances(session, group_id, MEMBER_CONTROL["credit"])
    return {UUID(code.partition(".")[2]): -minor for code, minor in rows.items()}


def require_print(payment: Payment, print_: bytes) -> None:
    """Raises IdempotencyConflict where the payment was made by another request."""
    if payment.submit_fingerprint != print_:
        raise IdempotencyConflict


async def find_submitted(session: Session, group_id: UUID, key: str, print_: bytes) -> Payment | None:
    """The payment that an earlier run of the same command made. Raises IdempotencyConflict for another request."""
    payment = (await submitted_by_key(session, group_id, [key])).get(key)
    if payment is not None:
        require_print(payment, print_)
    return payment


async def lines_of(session: Session, group_id: UUID, payment_ids: Sequence[UUID]) -> dict[UUID, list[PaymentLine]]:
    found: dict[UUID, list[PaymentLine]] = {payment_id: [] for payment_id in payment_ids}
    if payment_ids:
        statement = (
            select(PaymentLine)
            .where(PaymentLine.group_id == group_id, among(PaymentLine.payment_id, payment_ids))
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
        statement = statement.where(among(PaymentLine.claim_id, claim_ids))
    return {claim_id: int(total) for claim_id, total in (await session.execute(statement)).all()}


async def days_paid(
    session: Session, group_id: UUID, claims: Select[tuple[UUID]]
) -> dict[UUID, list[tuple[date, int]]]:
    """When how much was paid of each of these claims, in minor units; what waits to be confirmed too."""
    statement = (
        select(PaymentLine.claim_id, Payment.paid_on, PaymentLine.amount_minor)
        .join(Payment, (Payment.group_id == PaymentLine.group_id) & (Payment.id == PaymentLine.payment_id))
        .where(
            PaymentLine.group_id == group_id,
            Payment.state.in_(("submitted", "confirmed")),
            PaymentLine.claim_id.in_(claims),
        )
    )
    found: dict[UUID, list[tuple[date, int]]] = defaultdict(list)
    for claim_id, day, minor in (await session.execute(statement)).all():
        found[claim_id].append((day, minor))
    return found


async def settled_parts(session: Session, group_id: UUID, claim_ids: Sequence[UUID]) -> dict[UUID, list[SettledPart]]:
    """By claim, what confirmed payments put towards it, oldest day first. Two queries."""
    statement = (
        select(PaymentLine.claim_id, PaymentLine.amount_minor, Payment.id, Payment.paid_on, Payment.method)
        .add_columns(Payment.provider_code)
        .join(Payment, (Payment.group_id == PaymentLine.group_id) & (Payment.id == PaymentLine.payment_id))
        .where(Payment.group_id == group_id, Payment.state == "confirmed", PaymentLine.claim_id.in_(claim_ids))
        .order_by(Payment.paid_on, Payment.id)
    )
    rows = (await session.execute(statement)).all() if claim_ids else []
    issued = await receipts.ids_by_payments(session, group_id, list({row.id for row in rows}))
    found: dict[UUID, list[SettledPart]] = {claim_id: [] for claim_id in claim_ids}
    for row in rows:
        receipt = issued.get(row.id)
        found[row.claim_id].append(
            SettledPart(
                amount_minor=row.amount_minor,
                paid_on=row.paid_on,
                method=row.method,
                provider_code=row.provider_code,
                receipt_id=receipt.id if receipt else None,
                receipt_number=receipt.number if receipt else "",
            )
        )
    return found


def is_touched(group_id: UUID, claim_id: "InstrumentedAttribute[UUID] | UUID") -> ColumnElement[bool]:
    """Whether any payment names the claim, whatever became of it."""
    return exists().where(PaymentLine.group_id == group_id, PaymentLine.claim_id == claim_id)


async def are_touched(session: Session, group_id: UUID, claim_ids: Sequence[UUID]) -> bool:
    """Whether any payment names one of the claims, whatever became of it."""
    named = exists().where(PaymentLine.group_id == group_id, PaymentLine.claim_id.in_(claim_ids))
    return bool((await session.execute(select(named))).scalar_one())


async def lock_claims(session: Session, group_id: UUID, parts: Sequence[Part | AnyLine]) -> list[Claim]:
    """The claims of all kinds, locked kind by kind in name order, rows in id order."""
    claims: list[Claim] = []
    for kind in sorted({part.kind for part in parts}):
        ids = sorted({part.claim_id for part in parts if part.kind == kind})
        claims += await settlement_of(kind).lock_claims(session, group_id, ids)
    return claims


async def read_claims(session: Session, group_id: UUID, lines: Sequence[PaymentLine]) -> dict[UUID, Claim]:
    found: dict[UUID, Claim] = {}
    for kind in sorted({line.kind for line in lines}):
        ids = sorted({line.claim_id for line in lines if line.kind == kind})
        found |= {claim.id: claim for claim in await settlement_of(kind).read_claims(session, group_id, ids)}
    return found


async def settle(
    session: Session,
    group_id: UUID,
    given: Sequence[tuple[AnyPayment, Sequence[AnyLine]]],
    claims: Mapping[UUID, Claim],
) -> list[list[Share]]:
    """Pay the locked claims; what of each payment's lines stands under which purpose, line by line."""
    found: dict[tuple[UUID, UUID], list[Share]] = {}
    for kind in sorted({line.kind for _, lines in given for line in lines}):
        its = [(payment, [line for line in lines if line.kind == kind]) for payment, lines in given]
        settlement = settlement_of(kind)
        if isinstance(settlement, SpreadSettlement):
            for payment, lines in its:
                found |= await _spread(session, settlement, payment, lines)
            continue
        sums: Counter[UUID] = Counter()
        for payment, lines in its:
            for line in lines:
                sums[line.claim_id] += line.amount_minor
                share = Share(line.claim_id, claims[line.claim_id].purpose, line.amount_minor)
                found[payment.id, line.claim_id] = [share]
        await settlement.change_paid(session, group_id, list(sums.items()))
    return [[share for line in lines for share in found[payment.id, line.claim_id]] for payment, lines in given]


async def _spread(
    session: Session, settlement: SpreadSettlement, payment: AnyPayment, lines: Sequence[AnyLine]
) -> dict[tuple[UUID, UUID], list[Share]]:
    """Of one payment, by payment and claim."""
    if not lines:
        return {}
    parts = [(line.claim_id, line.amount_minor) for line in lines]
    found: dict[tuple[UUID, UUID], list[Share]] = {}
    for share in await settlement.spread(session, payment.group_id, Paid(payment.id, payment.paid_on), parts):
        found.setdefault((payment.id, share.claim_id), []).append(share)
    return found


async def unsettle(session: Session, payment: Payment, lines: Sequence[PaymentLine]) -> None:
    """What the payment gave to the locked claims is owed again."""
    for kind in sorted({line.kind for line in lines}):
        its, settlement = [line for line in lines if line.kind == kind], settlement_of(kind)
        if isinstance(settlement, SpreadSettlement):
            await settlement.give_back(session, payment.group_id, payment.id, [line.claim_id for line in its])
        else:
            parts = [(line.claim_id, -line.amount_minor) for line in its]
            await settlement.change_paid(session, payment.group_id, parts)


def parts_text(parts: Sequence[Part]) -> str:
    """Of a fingerprint: the same parts in any order."""
    return ",".join(sorted(f"{part.kind}:{part.claim_id}:{part.amount_minor}" for part in parts))


def new_lines(payment: NewPayment, parts: Sequence[Part]) -> list[NewLine]:
    return [
        NewLine(payment.id, number, part.kind, part.claim_id, part.amount_minor) for number, part in enumerate(parts, 1)
    ]


async def insert(session: Session, payments: Sequence[NewPayment], lines: Sequence[NewLine]) -> None:
    """Of one group, decided together or not at all.

    Raises CodeAlreadySent when the unique index of codes refuses; the whole transaction then rolls back.
    """
    if not payments:
        return
    same = {name: getattr(payments[0], name) for name in _SAME}
    try:
        await insert_rows(session, Payment, [{name: getattr(one, name) for name in _OWN} for one in payments], same)
    except IntegrityError as error:
        if "payments_code" in str(error.orig):
            raise CodeAlreadySent(field="provider_code") from None
        raise
    await insert_rows(session, PaymentLine, [line._asdict() for line in lines], {"group_id": payments[0].group_id})


def to_view(payment: AnyPayment, lines: Sequence[AnyLine], claims: Mapping[UUID, Claim]) -> PaymentView:
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


async def load_view(session: Session, acting: Acting, payment: AnyPayment) -> PaymentView:
    """The payment with its lines and its receipt, if it has one."""
    lines = (await lines_of(session, acting.group_id, [payment.id]))[payment.id]
    view = to_view(payment, lines, await read_claims(session, acting.group_id, lines))
    if payment.entry_seq is None:
        return view
    receipt = await receipts.find_by_payment(session, acting.group_id, payment.id)
    if receipt is None:
        return view
    return replace(view, receipt_id=receipt.id, receipt_number=receipt.number)
