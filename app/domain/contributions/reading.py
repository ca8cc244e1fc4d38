"""The group's figures and one member's dues. Every list is bounded by the group's size (at most 500)."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Date, Integer, Uuid, bindparam, column, func, select, true, values
from sqlmodel import col

from app.domain.contributions.models import Call, Contribution
from app.domain.contributions.service import DROPPED, KIND, OPEN, call_views
from app.domain.contributions.standing import Asked, claims_of, rank_regions, standings
from app.domain.contributions.views import (
    CallView,
    DueRef,
    DueView,
    HomeView,
    PaidList,
    PaidRow,
    Rejected,
    SuggestedCall,
    TodayView,
    UnpaidRow,
)
from app.domain.groups import rules
from app.domain.groups.access import authorise
from app.domain.groups.members import active_members, live_roles, member_cards
from app.domain.groups.permissions import Permission
from app.domain.groups.views import Acting
from app.domain.ledger import service as ledger
from app.domain.ledger.recipes import PAID_OUT, member_account
from app.domain.payments import reading as payments
from app.domain.payments import store as payment_store
from app.domain.payments.models import Payment, PaymentLine
from app.kit.actor import Actor
from app.kit.clock import today_in
from app.kit.db import Session, clock_of
from app.kit.errors import NotFound

OUTCOME = payments.outcome_of(col(Contribution.id))
DUES = (
    select(
        Contribution.id,
        Contribution.member_id,
        Contribution.reference,
        Contribution.amount_minor,
        Contribution.paid_minor,
        Contribution.currency,
        Contribution.due_on,
        Contribution.state,
        Call.title,
        OUTCOME.c.waiting_minor,
        OUTCOME.c.rejected_reason,
        OUTCOME.c.rejected_code,
        OUTCOME.c.rejected_minor,
    )
    .join(Call, (Call.group_id == Contribution.group_id) & (Call.id == Contribution.call_id))
    .join(OUTCOME, true())
    .where(Contribution.group_id == bindparam("group_id"), Contribution.member_id == bindparam("member_id"))
    .order_by(Contribution.due_on, Contribution.id)
    .limit(100)
)
OPEN_DUES = DUES.where(Contribution.state.in_(OPEN))
ONE_DUE = DUES.where(Contribution.id == bindparam("due_id"))
"""Built once: putting them together costs more than asking them."""


async def today(session: Session, actor: Actor, *, call_id: UUID | None = None) -> TodayView:
    """The treasurer's first screen, of one call or of all; for those who read the group.

    Raises NotFound for a call that is cancelled, not among the newest 50, or another group's.
    """
    acting = await authorise(session, actor, Permission.READ_GROUP)
    calls = tuple(call for call in await call_views(session, acting.group_id) if not call.is_cancelled)
    chosen = next((call for call in calls if call.id == call_id), None)
    if call_id is not None and chosen is None:
        raise NotFound
    members = await active_members(session, acting.group_id)
    asked = Asked(call_id)
    known = await standings(session, acting.group_id, asked)
    waiting_count = await payments.count_waiting(session, acting.group_id, claims=claims_of(acting.group_id, asked))
    total = list(known.values())
    confirmed, expected = sum(s.confirmed for s in total), sum(s.expected for s in total)
    return TodayView(
        today=_today(session, acting),
        currency=acting.currency,
        members=len(members),
        officers=len(await live_roles(session, acting.group_id)),
        regions=len({member.region for member in members if member.region}),
        dues=sum(s.dues for s in total),
        paid_dues=sum(s.paid_dues for s in total),
        part_paid_dues=sum(s.part_paid_dues for s in total),
        confirmed_minor=confirmed,
        pending_minor=expected - confirmed,
        waiting_minor=sum(s.waiting for s in total),
        waiting_count=waiting_count,
        unpaid_members=sum(s.expected - s.confirmed - s.waiting > 0 for s in total),
        call=chosen,
        calls=calls,
        ranking=rank_regions(members, known),
    )


async def list_calls(session: Session, actor: Actor) -> list[CallView]:
    """The newest 50 calls with their sums."""
    acting = await authorise(session, actor, Permission.READ_GROUP)
    return await call_views(session, acting.group_id)


async def titles_of(session: Session, group_id: UUID, ids: Sequence[UUID]) -> dict[UUID, str]:
    """What each call is for, by its id; the caller has authorised."""
    if not ids:
        return {}
    statement = select(Call.id, Call.title).where(Call.group_id == group_id, Call.id.in_(ids))
    return {row.id: row.title for row in await session.execute(statement)}


class Arrears(NamedTuple):
    """What `member_id` had not paid by `day` of dues that were asked for before `due_before`."""

    member_id: UUID
    day: date
    due_before: date


async def arrears_of(session: Session, group_id: UUID, asked: Sequence[Arrears]) -> list[int]:
    """The answer to each, in minor units; the caller has authorised. One query.

    A payment counts by the day on which it was made, once it is confirmed; what was waived is not owed.
    """
    numbered = values(column("n", Integer), column("member_id", Uuid), column("day", Date), column("due_before", Date))
    each = numbered.data([(n, *one) for n, one in enumerate(asked)]).alias("asked")
    paid = (
        select(func.sum(PaymentLine.amount_minor))
        .join(Payment, (Payment.group_id == PaymentLine.group_id) & (Payment.id == PaymentLine.payment_id))
        .where(
            PaymentLine.group_id == group_id,
            PaymentLine.claim_id == Contribution.id,
            PaymentLine.kind == KIND,
            Payment.state == "confirmed",
            Payment.paid_on <= each.c.day,
        )
        .correlate(each, Contribution)
        .scalar_subquery()
    )
    statement = (
        select(each.c.n, func.sum(Contribution.amount_minor - func.coalesce(paid, 0)))
        .join(Contribution, (each.c.member_id == Contribution.member_id) & (each.c.due_before > Contribution.due_on))
        .where(Contribution.group_id == group_id, Contribution.state.not_in(DROPPED))
        .group_by(each.c.n)
    )
    found = {n: int(minor) for n, minor in (await session.execute(statement)).all()}
    return [found.get(n, 0) for n in range(len(asked))]


async def dues_to_match(session: Session, group_id: UUID) -> list[DueRef]:
    """Every due that is asked for, paid ones too, oldest first; the caller has authorised. One query."""
    statement = (
        select(Contribution, Call.title)
        .join(Call, (Call.group_id == Contribution.group_id) & (Call.id == Contribution.call_id))
        .where(Contribution.group_id == group_id, Contribution.state.not_in(DROPPED))
        .order_by(Contribution.due_on, Contribution.id)
    )
    return [
        DueRef(due.id, due.member_id, title, due.reference, due.amount_minor - due.paid_minor, due.due_on)
        for due, title in (await session.execute(statement)).all()
    ]


async def suggest_call(session: Session, actor: Actor) -> SuggestedCall:
    """What the group's rules ask for next: the amount, and the first due day that is not called yet."""
    acting = await authorise(session, actor, Permission.OPEN_CALLS)
    its = await rules.get_rules(session, actor)
    due_on = None
    if its.due_day is not None:
        newest = (
            select(func.max(Contribution.due_on))
            .join(Call, (Call.group_id == Contribution.group_id) & (Call.id == Contribution.call_id))
            .where(
                Contribution.group_id == acting.group_id,
                Contribution.state != "cancelled",
                col(Call.fined_call_id).is_(None),
            )
        )
        latest = (await session.execute(newest)).scalar_one()
        after = max(latest, _today(session, acting)) if latest else _today(session, acting)
        due_on = rules.next_due(its.frequency, its.due_day, after)
    return SuggestedCall(purpose=its.purpose, amount_minor=its.amount_minor, currency=its.currency, due_on=due_on)


async def list_unpaid(
    session: Session, actor: Actor, *, call_id: UUID | None = None, limit: int = 500
) -> list[UnpaidRow]:
    """Who has not paid, on one call or on all: open dues that no payment covers or waits for.

    Late first, then by member number; nothing for a call of another group.
    """
    acting = await authorise(session, actor, Permission.READ_GROUP)
    today_ = _today(session, acting)
    statement = (
        select(Contribution, Call.title)
        .join(Call, (Call.group_id == Contribution.group_id) & (Call.id == Contribution.call_id))
        .where(Contribution.group_id == acting.group_id, Contribution.state.in_(OPEN))
        .order_by(Contribution.due_on, Contribution.id)
        .limit(limit)
    )
    if call_id is not None:
        statement = statement.where(Contribution.call_id == call_id)
    rows = (await session.execute(statement)).all()
    waiting = await payment_store.waiting_amounts(session, acting.group_id)
    cards = await member_cards(session, acting.group_id)
    found = [
        UnpaidRow(
            member_id=due.member_id,
            call_id=due.call_id,
            member_no=cards[due.member_id].member_no,
            name=cards[due.member_id].name,
            region=cards[due.member_id].region or "",
            due_id=due.id,
            title=title,
            reference=due.reference,
            unpaid_minor=due.amount_minor - due.paid_minor - waiting.get(due.id, 0),
            due_on=due.due_on,
            is_overdue=due.due_on < today_,
        )
        for due, title in rows
    ]
    return sorted((row for row in found if row.unpaid_minor > 0), key=lambda row: (row.due_on, row.member_no))


async def list_paid(session: Session, actor: Actor, call_id: UUID, *, limit: int = 50) -> PaidList:
    """Who has paid for one call, in full or in part, by member number: the first `limit`, and the figures of all.

    Confirmed payments alone. Raises NotFound for a call of another group.
    """
    acting = await authorise(session, actor, Permission.READ_GROUP)
    call = await session.get(Call, (acting.group_id, call_id))
    if call is None:
        raise NotFound
    statement = select(Contribution).where(
        Contribution.group_id == acting.group_id, Contribution.call_id == call_id, Contribution.paid_minor > 0
    )
    dues = list((await session.execute(statement)).scalars())
    cards = await member_cards(session, acting.group_id)
    dues.sort(key=lambda due: cards[due.member_id].member_no)
    parts = await payment_store.settled_parts(session, acting.group_id, [due.id for due in dues[:limit]])
    return PaidList(
        title=call.title,
        currency=call.currency,
        total=len(dues),
        total_minor=sum(due.paid_minor for due in dues),
        in_part=sum(due.paid_minor < due.amount_minor for due in dues),
        rows=tuple(
            PaidRow(
                member_id=due.member_id,
                member_no=cards[due.member_id].member_no,
                name=cards[due.member_id].name,
                region=cards[due.member_id].region or "",
                due_id=due.id,
                paid_minor=due.paid_minor,
                amount_minor=due.amount_minor,
                payments=tuple(parts[due.id]),
            )
            for due in dues[:limit]
        ),
    )


async def home(session: Session, actor: Actor) -> HomeView:
    """What the group asks of the reader."""
    acting = await authorise(session, actor, Permission.READ_OWN)
    dues = await _dues_of(session, acting, acting.member_id)
    return HomeView(
        today=_today(session, acting),
        currency=acting.currency,
        owed_minor=sum(due.open_minor for due in dues),
        waiting_minor=sum(due.waiting_minor for due in dues),
        next_due_on=min((due.due_on for due in dues if due.open_minor > due.waiting_minor), default=None),
        dues=tuple(dues),
    )


async def kept_for_me(session: Session, actor: Actor) -> int:
    """What is kept of the reader's payments for a later due, in minor units."""
    acting = await authorise(session, actor, Permission.READ_OWN)
    return -(await ledger.balance(session, acting.group_id, member_account("credit", acting.member_id)))


async def paid_this_year(session: Session, actor: Actor) -> int:
    """What of the reader's own was confirmed this calendar year, in minor units; paying it out takes nothing away."""
    acting = await authorise(session, actor, Permission.READ_OWN)
    year_start = date(_today(session, acting).year, 1, 1)
    account = member_account(acting.purpose, acting.member_id)
    return -(await ledger.movement(session, acting.group_id, account, since=year_start, but=PAID_OUT))


async def get_due(session: Session, actor: Actor, due_id: UUID) -> DueView:
    """One's own, or anyone's for those who read the group; NotFound otherwise."""
    acting = await authorise(session, actor, Permission.READ_OWN)
    due = await session.get(Contribution, (acting.group_id, due_id))
    if due is None or (due.member_id != acting.member_id and not acting.may(Permission.READ_GROUP)):
        raise NotFound
    for view in await _dues_of(session, acting, due.member_id, only=due_id):
        return view
    raise NotFound


async def dues_of_member(session: Session, actor: Actor, member_id: UUID) -> list[DueView]:
    """A member's open dues, for those who read the group."""
    acting = await authorise(session, actor, Permission.READ_GROUP)
    return await _dues_of(session, acting, member_id)


def _today(session: Session, acting: Acting) -> date:
    return today_in(acting.timezone, clock_of(session).now())


async def _dues_of(session: Session, acting: Acting, member_id: UUID, *, only: UUID | None = None) -> list[DueView]:
    """Open dues, oldest first; with `only`, that due whatever its state."""
    asked = {"group_id": acting.group_id, "member_id": member_id, "due_id": only}
    rows = (await session.execute(ONE_DUE if only else OPEN_DUES, asked)).all()
    today_ = _today(session, acting)
    return [
        DueView(
            id=due.id,
            member_id=due.member_id,
            title=due.title,
            reference=due.reference,
            amount_minor=due.amount_minor,
            open_minor=due.amount_minor - due.paid_minor if due.state in OPEN else 0,
            waiting_minor=int(due.waiting_minor),
            currency=due.currency,
            due_on=due.due_on,
            state=due.state,
            is_overdue=due.state in OPEN and due.due_on < today_,
            rejected=Rejected(due.rejected_reason, due.rejected_code or "", due.rejected_minor)
            if due.rejected_reason
            else None,
        )
        for due in rows
    ]
