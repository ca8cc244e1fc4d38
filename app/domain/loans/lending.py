"""The group's loans together: by state and lateness, what is at risk, what comes; for those who read the group."""

from calendar import monthrange
from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlmodel import col

from app.domain.groups.access import authorise
from app.domain.groups.permissions import Permission
from app.domain.loans import reading
from app.domain.loans.means import cash_of
from app.domain.loans.models import Loan
from app.domain.loans.portfolio import Bucket, Position, at_risk, provide
from app.domain.loans.products import OVER_DAYS
from app.domain.loans.views import Ageing, Coming, LoanView, Portfolio, PortfolioRow
from app.kit.actor import Actor
from app.kit.clock import today_in
from app.kit.db import Session, clock_of

SHOWN = ("signing", "approved", "active")
MOST = 1_000
MONTHS = 6
"""This one and those after it that stand by themselves in what is to come."""


async def portfolio(session: Session, actor: Actor) -> Portfolio:
    """The newest loans that were sent, at most 1,000, those that are late first."""
    acting = await authorise(session, actor, Permission.READ_GROUP)
    today = today_in(acting.timezone, clock_of(session).now())
    statement = select(Loan).where(Loan.group_id == acting.group_id, col(Loan.state).not_in(("draft", "asked")))
    loans = list((await session.execute(statement.order_by(col(Loan.no).desc()).limit(MOST))).scalars())
    seen = await reading.views(session, acting, loans)
    active = [one for one in seen if one.state == "active"]
    changed = [one for one in active if one.changed]
    due = _in_month(active, today)
    return Portfolio(
        currency=acting.currency,
        today=today,
        rows=tuple(_row(one) for one in sorted(seen, key=lambda one: (_place(one), -one.days_late, -one.no))),
        lent_minor=sum(one.principal_minor for one in active),
        cash_minor=max(0, await cash_of(session, acting.group_id)),
        due_minor=sum(minor for minor, _ in due),
        paid_minor=sum(minor for _, minor in due),
        at_risk=tuple(at_risk([_position(one) for one in active], counts_rescheduled=False)),
        ageing=_ageing(active),
        changed=len(changed),
        changed_minor=sum(one.principal_minor for one in changed),
        coming=_coming(active, today),
    )


def _position(one: LoanView) -> Position:
    return Position(one.principal_minor, one.days_late, is_rescheduled=bool(one.changed))


def _ageing(active: Sequence[LoanView]) -> tuple[Ageing, ...]:
    """Each loan is provided for at the rates that it was made on; rounded once a bucket and rates."""
    found = [Ageing(days, 0, 0, 0) for days in OVER_DAYS]
    for rates in sorted({one.rules.provision_ppm for one in active}):
        positions = [_position(one) for one in active if one.rules.provision_ppm == rates]
        buckets = [Bucket(days, ppm) for days, ppm in zip(OVER_DAYS, rates, strict=True)]
        found = [
            Ageing(
                known.over_days,
                known.loans + one.loans,
                known.principal_minor + one.principal_minor,
                known.provision_minor + one.provision_minor,
            )
            for known, one in zip(found, provide(positions, buckets), strict=True)
        ]
    return tuple(found)


def _place(one: LoanView) -> int:
    return SHOWN.index(one.state) if one.state in SHOWN else len(SHOWN)


def _row(one: LoanView) -> PortfolioRow:
    return PortfolioRow(
        id=one.id,
        no=one.no,
        member_name=one.member_name,
        purpose=one.purpose,
        amount_minor=one.amount_minor,
        left_minor=one.unpaid_minor,
        principal_minor=one.principal_minor,
        next_on=one.next_on,
        next_minor=one.next_minor,
        days_late=one.days_late,
        state=one.state,
        standing=one.standing,
        changed=one.changed,
    )


def _in_month(active: Sequence[LoanView], today: date) -> list[tuple[int, int]]:
    """What each instalment of this month asks for, and what of it is paid."""
    first, last = today.replace(day=1), today.replace(day=monthrange(today.year, today.month)[1])
    return [
        (row.due_minor - row.waived_minor, row.paid_minor)
        for one in active
        for row in one.instalments
        if first <= row.due_on <= last
    ]


def _coming(active: Sequence[LoanView], today: date) -> tuple[Coming, ...]:
    """Without what is overdue; all after the last of MONTHS together, where there is any."""
    first = today.month - 1
    months = [date(today.year + ahead // 12, ahead % 12 + 1, 1) for ahead in range(first, first + MONTHS)]
    due: dict[date | None, list[int]] = {month: [] for month in (*months, None)}
    for one in active:
        for row in one.instalments:
            if row.unpaid_minor and row.due_on >= today:
                month = row.due_on.replace(day=1)
                due[month if month in due else None].append(row.unpaid_minor)
    return tuple(Coming(month, len(some), sum(some)) for month, some in due.items() if month or some)
