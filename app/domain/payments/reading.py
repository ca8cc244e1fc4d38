"""What waits for confirmation, and one member's payments."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Select, and_, bindparam, case, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlmodel import col

from app.domain.groups.access import authorise
from app.domain.groups.members import member_cards
from app.domain.groups.permissions import Permission
from app.domain.payments import store
from app.domain.payments.models import Payment, PaymentLine
from app.domain.payments.ports import Instalments, settlement_of
from app.domain.payments.views import Decided, LiveCode, MySent, PaymentView, WaitingList, WaitingPayment, WaitingSum
from app.domain.receipts import service as receipts
from app.kit.actor import Actor
from app.kit.db import Session
from app.kit.errors import NotFound
from app.kit.money import MAX_MINOR

PAGE, MOST = 100, 500
LINES = and_(PaymentLine.group_id == Payment.group_id, PaymentLine.payment_id == Payment.id)
"""Joins the lines of payments."""
TO_CONFIRM = select(func.count()).where(Payment.group_id == bindparam("group_id"), Payment.state == "submitted")
"""How many wait, alone or within a statement that asks for more besides."""


def _of_newest(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Of the newest payment, when it was rejected."""
    rejected = case((col(Payment.state) == "rejected", column))
    newest_first = aggregate_order_by(rejected, col(Payment.submitted_at).desc(), col(Payment.id).desc())
    return func.array_agg(newest_first)[1]


def outcome_of(claim_id: ColumnElement[UUID]) -> FromClause:
    """For a join: of the payments on each claim, `waiting_minor`, and of the newest, if rejected, why, code and amount.

    The statement it joins binds `group_id`.
    """
    return (
        select(
            func.coalesce(func.sum(PaymentLine.amount_minor).filter(col(Payment.state) == "submitted"), 0).label(
                "waiting_minor"
            ),
            _of_newest(col(Payment.reason)).label("rejected_reason"),
            _of_newest(col(Payment.provider_code)).label("rejected_code"),
            _of_newest(col(Payment.amount_minor)).label("rejected_minor"),
        )
        .select_from(PaymentLine)
        .join(Payment, LINES)
        .where(PaymentLine.group_id == bindparam("group_id"), PaymentLine.claim_id == claim_id)
        .lateral("outcome")
    )


async def list_waiting(session: Session, actor: Actor, *, limit: int = PAGE) -> WaitingList:
    """Submitted payments, oldest first, at most `limit` and 500; totals are of all. Seven queries whatever the count.

    For those who read the group: an auditor looks on, and decides nothing.
    """
    acting = await authorise(session, actor, Permission.READ_GROUP)
    waiting = (Payment.group_id == acting.group_id) & (Payment.state == "submitted")
    count, total = (
        await session.execute(select(func.count(), func.coalesce(func.sum(Payment.amount_minor), 0)).where(waiting))
    ).one()
    statement = select(Payment).where(waiting).order_by(Payment.submitted_at, Payment.id).limit(min(limit, MOST))
    payments = list((await session.execute(statement)).scalars())
    lines = await store.lines_of(session, acting.group_id, [payment.id for payment in payments])
    claims = await store.read_claims(session, acting.group_id, [line for some in lines.values() for line in some])
    cards = await member_cards(session, acting.group_id)
    rejected = await _rejected_before(session, acting.group_id, payments)
    most = await _most(session, acting.group_id, [line for some in lines.values() for line in some])
    rows = []
    for payment in payments:
        card = cards[payment.member_id]
        rows.append(
            WaitingPayment(
                id=payment.id,
                member_id=payment.member_id,
                member_no=card.member_no,
                member_name=card.name,
                region=card.region or "",
                method=payment.method,
                provider_code=payment.provider_code,
                titles=tuple(dict.fromkeys(claims[line.claim_id].title for line in lines[payment.id])),
                reference=claims[lines[payment.id][0].claim_id].reference,
                amount_minor=payment.amount_minor,
                currency=payment.currency,
                paid_on=payment.paid_on,
                submitted_at=payment.submitted_at,
                is_own=payment.member_id == acting.member_id,
                is_over=any(line.amount_minor > most.get(line.claim_id, MAX_MINOR) for line in lines[payment.id]),
                rejected_before=rejected.get((payment.member_id, payment.method, payment.provider_code)),
            )
        )
    return WaitingList(total=int(count), total_minor=int(total), rows=tuple(rows))


async def _most(session: Session, group_id: UUID, lines: Sequence[PaymentLine]) -> dict[UUID, int]:
    """Of claims that are paid bit by bit: what settles each today."""
    kinds = {line.kind for line in lines}
    settlements = [each for each in map(settlement_of, sorted(kinds)) if isinstance(each, Instalments)]
    return {
        one.claim.id: one.most_minor or one.claim.open_minor
        for each in settlements
        for one in await each.list_instalments(session, group_id)
    }


async def _rejected_before(
    session: Session, group_id: UUID, payments: list[Payment]
) -> dict[tuple[UUID, str, str | None], str]:
    """The newest reason by member, method and code: among the rejected payments of those who wait now. One query."""
    codes = {payment.provider_code for payment in payments if payment.provider_code}
    if not codes:
        return {}
    statement = (
        select(Payment.member_id, Payment.method, Payment.provider_code, Payment.reason)
        .where(
            Payment.group_id == group_id,
            Payment.member_id.in_({payment.member_id for payment in payments}),
            col(Payment.provider_code).in_(codes),
            Payment.state == "rejected",
        )
        .order_by(Payment.submitted_at)
    )
    rows = (await session.execute(statement)).all()
    return {(member_id, method, code): reason or "" for member_id, method, code, reason in rows}


async def count_to_confirm(session: Session, actor: Actor) -> int:
    """How many payments wait, for those who read the group."""
    acting = await authorise(session, actor, Permission.READ_GROUP)
    return (await session.execute(TO_CONFIRM, {"group_id": acting.group_id})).scalar_one()


async def how_decided(session: Session, actor: Actor, payment_ids: Sequence[UUID]) -> dict[UUID, Decided]:
    """What became of payments that wait no more, and who decided; those that wait are left out. Three queries.

    Raises NotFound where one of them is none of this group's.
    """
    acting = await authorise(session, actor, Permission.READ_GROUP)
    if not payment_ids:
        return {}
    statement = select(Payment.id, Payment.state, Payment.decided_by).where(
        Payment.group_id == acting.group_id, col(Payment.id).in_(payment_ids)
    )
    found = (await session.execute(statement)).all()
    if len(found) < len(set(payment_ids)):
        raise NotFound
    rows = [row for row in found if row.state != "submitted"]
    issued = await receipts.ids_by_payments(session, acting.group_id, [row.id for row in rows])
    cards = await member_cards(session, acting.group_id, [row.decided_by for row in rows if row.decided_by])
    return {
        row.id: Decided(
            state=row.state,
            by=cards[row.decided_by].name if row.decided_by in cards and row.state != "withdrawn" else "",
            receipt_id=issued[row.id].id if row.id in issued else None,
            receipt_number=issued[row.id].number if row.id in issued else "",
        )
        for row in rows
    }


async def get_payment(session: Session, actor: Actor, payment_id: UUID) -> PaymentView:
    """One's own, or anyone's for those who read the group; NotFound otherwise."""
    acting = await authorise(session, actor, Permission.READ_OWN)
    payment = await session.get(Payment, (acting.group_id, payment_id))
    if payment is None or (payment.member_id != acting.member_id and not acting.may(Permission.READ_GROUP)):
        raise NotFound
    return await store.load_view(session, acting, payment)


async def list_my_waiting(session: Session, actor: Actor) -> list[PaymentView]:
    """What the reader has sent and nobody has decided, newest first, at most 100."""
    acting = await authorise(session, actor, Permission.READ_OWN)
    statement = (
        select(Payment)
        .where(
            Payment.group_id == acting.group_id,
            Payment.member_id == acting.member_id,
            Payment.state == "submitted",
        )
        .order_by(Payment.submitted_at.desc())
        .limit(PAGE)
    )
    payments = list((await session.execute(statement)).scalars())
    lines = await store.lines_of(session, acting.group_id, [payment.id for payment in payments])
    claims = await store.read_claims(session, acting.group_id, [line for some in lines.values() for line in some])
    return [store.to_view(payment, lines[payment.id], claims) for payment in payments]


async def list_my_sent(session: Session, actor: Actor, kind: str, claim_id: UUID) -> MySent:
    """What the reader sent for one claim of hers. Raises NotFound for another's."""
    acting = await authorise(session, actor, Permission.READ_OWN)
    claims = await settlement_of(kind).read_claims(session, acting.group_id, [claim_id])
    if not claims or claims[0].member_id != acting.member_id:
        raise NotFound
    waiting = await list_my_waiting(session, actor)
    statement = (
        select(Payment)
        .join(PaymentLine, LINES)
        .where(
            Payment.group_id == acting.group_id,
            Payment.member_id == acting.member_id,
            PaymentLine.claim_id == claim_id,
        )
        .order_by(col(Payment.submitted_at).desc(), col(Payment.id).desc())
        .limit(1)
    )
    last = (await session.execute(statement)).scalar_one_or_none()
    return MySent(
        waiting=tuple(one for one in waiting if any(line.claim_id == claim_id for line in one.lines)),
        rejected=await store.load_view(session, acting, last) if last and last.state == "rejected" else None,
    )


async def count_waiting(session: Session, group_id: UUID, *, claims: Select[tuple[UUID]] | None = None) -> int:
    """Submitted payments; with `claims` (a query of ids) those that name one of them."""
    statement = (
        select(func.count(Payment.id.distinct()))
        .join(PaymentLine, LINES)
        .where(Payment.group_id == group_id, Payment.state == "submitted")
    )
    if claims is not None:
        statement = statement.where(PaymentLine.claim_id.in_(claims))
    return int((await session.execute(statement)).scalar_one())


async def waiting_by_member(
    session: Session, group_id: UUID, *, claims: Select[tuple[UUID]] | None = None
) -> dict[UUID, int]:
    """What each member has sent that waits for confirmation, in minor units; with `claims` (ids) for those alone."""
    statement = (
        select(Payment.member_id, func.sum(PaymentLine.amount_minor))
        .join(PaymentLine, LINES)
        .where(Payment.group_id == group_id, Payment.state == "submitted")
        .group_by(Payment.member_id)
    )
    if claims is not None:
        statement = statement.where(PaymentLine.claim_id.in_(claims))
    return {member_id: int(total) for member_id, total in (await session.execute(statement)).all()}


async def waiting_of_member(session: Session, group_id: UUID, member_id: UUID) -> WaitingSum:
    """How many payments of one member wait for a decision, and their sum."""
    statement = select(func.count(), func.coalesce(func.sum(Payment.amount_minor), 0)).where(
        Payment.group_id == group_id, Payment.member_id == member_id, Payment.state == "submitted"
    )
    count, total = (await session.execute(statement)).one()
    return WaitingSum(count=count, amount_minor=int(total))


async def ids_of_member(session: Session, group_id: UUID, member_id: UUID, *, limit: int = 500) -> list[UUID]:
    """The newest payments of one member; the caller has authorised."""
    statement = select(Payment.id).where(Payment.group_id == group_id, Payment.member_id == member_id)
    return list((await session.execute(statement.order_by(Payment.id.desc()).limit(limit))).scalars())


async def kept_by_member(session: Session, actor: Actor) -> dict[UUID, int]:
    """What is kept for each member and can pay a due, in minor units; for those who read the group."""
    acting = await authorise(session, actor, Permission.READ_GROUP)
    return await store.kept_amounts(session, acting.group_id)


async def members_of(session: Session, group_id: UUID, ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Whose each payment is, by the payment's id; the caller has authorised."""
    if not ids:
        return {}
    statement = select(Payment.id, Payment.member_id).where(Payment.group_id == group_id, Payment.id.in_(ids))
    return {row.id: row.member_id for row in await session.execute(statement)}


async def live_codes(session: Session, group_id: UUID) -> list[LiveCode]:
    """Every payment that is sent or confirmed and has a provider's code; the caller has authorised. Two queries."""
    live = (Payment.group_id == group_id, col(Payment.state).in_(("submitted", "confirmed")))
    columns = (Payment.id, Payment.member_id, Payment.provider_code, Payment.amount_minor, Payment.state)
    rows = (await session.execute(select(*columns).where(*live, col(Payment.provider_code).is_not(None)))).all()
    lines = await store.lines_of(session, group_id, [row.id for row in rows if row.state == "submitted"])
    return [
        LiveCode(
            payment_id=row.id,
            member_id=row.member_id,
            code=row.provider_code or "",
            amount_minor=row.amount_minor,
            claim_ids=tuple(line.claim_id for line in lines.get(row.id, ())),
            is_confirmed=row.state == "confirmed",
        )
        for row in rows
    ]
