"""Fines: who was charged which, for what, since when, and what became of it."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from app.domain.contributions.fines import PAY_DAYS
from app.domain.contributions.models import Call, Contribution
from app.domain.contributions.service import OPEN
from app.domain.contributions.standing import Asked, conditions
from app.domain.groups.members import member_cards
from app.domain.groups.views import MemberCard
from app.domain.ledger.finding import MOST
from app.domain.payments import store as payment_store
from app.domain.reports.report_views import FineLine, Fines, ReportHead
from app.kit.db import Session
from app.kit.errors import InvalidInput

PAY_TIME = timedelta(days=PAY_DAYS)
"""From the day of a fine to that on which it is due."""


async def draw_fines(session: Session, group_id: UUID, head: ReportHead, limit: int) -> Fines:
    """The newest first; three queries. The caller has authorised. Raises InvalidInput for more than MOST."""
    by = head.narrowed
    asked = Asked(since=by.since and by.since + PAY_TIME, until=by.until and by.until + PAY_TIME)
    statement = (
        select(Contribution, Call.title)
        .join(Call, (Call.group_id == Contribution.group_id) & (Call.id == Contribution.call_id))
        .where(*conditions(group_id, asked), col(Call.fined_call_id).is_not(None))
        .order_by(col(Contribution.due_on).desc(), Contribution.id)
        .limit(MOST + 1)
    )
    if by.member_id is not None:
        statement = statement.where(Contribution.member_id == by.member_id)
    found = (await session.execute(statement)).all()
    if len(found) > MOST:
        raise InvalidInput("from", "report_long", limit=f"{MOST:,}")
    waiting = await payment_store.waiting_amounts(session, group_id)
    cards = await member_cards(session, group_id, list({due.member_id for due, _ in found}))
    rows = [_line(due, title, cards[due.member_id], waiting.get(due.id, 0)) for due, title in found]
    rows.sort(key=lambda row: row.member_no)
    rows.sort(key=lambda row: row.charged_on, reverse=True)
    return Fines(
        head=head,
        total=len(rows),
        asked_minor=sum(row.amount_minor for row in rows if not row.is_dropped),
        confirmed_minor=sum(row.confirmed_minor for row in rows),
        waived_minor=sum(row.waived_minor for row in rows),
        waiting_minor=sum(row.waiting_minor for row in rows),
        open_minor=sum(row.open_minor for row in rows),
        rows=tuple(rows[:limit]),
    )


def _line(due: Contribution, title: str, card: MemberCard, waiting_minor: int) -> FineLine:
    left = due.amount_minor - due.paid_minor
    is_open = due.state in OPEN
    return FineLine(
        due_id=due.id,
        member_id=due.member_id,
        member_no=card.member_no,
        name=card.name,
        title=title,
        charged_on=due.due_on - PAY_TIME,
        amount_minor=due.amount_minor,
        confirmed_minor=due.paid_minor,
        waived_minor=left if due.state == "waived" else 0,
        waiting_minor=waiting_minor if is_open else 0,
        open_minor=left - waiting_minor if is_open else 0,
        is_dropped=due.state == "cancelled",
    )
