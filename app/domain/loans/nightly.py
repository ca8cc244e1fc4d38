"""What the night does for loans: penalties that came due, and who is late by now. Late or twice, it does the same."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm.attributes import flag_modified
from sqlmodel import col

from app.domain.audit import service as audit
from app.domain.groups import inbox
from app.domain.groups.access import read_group
from app.domain.groups.inbox import Facts
from app.domain.loans import store
from app.domain.loans.arrears import LoanState, days_late, state_of
from app.domain.loans.models import Loan
from app.domain.loans.penalties import charge_each
from app.domain.loans.store import Running
from app.kit.clock import today_in
from app.kit.db import Session, clock_of

BATCH, QUIET = 200, 5_000
NOBODY = UUID(int=0)
_DUE = text("SELECT group_id FROM lookup.loans_due(:now)")
_PASS_QUIET = text(
    """WITH quiet AS (
  SELECT l.id FROM loans l
  WHERE l.group_id = :group_id AND l.state = 'active' AND l.standing = 'current' AND l.looked_on < :today
    AND NOT EXISTS (SELECT FROM loan_items i WHERE i.group_id = l.group_id AND i.loan_id = l.id
      AND i.due_on < :today AND i.paid_minor + i.waived_minor < i.due_minor)
  ORDER BY l.id LIMIT :most FOR UPDATE OF l SKIP LOCKED)
UPDATE loans SET looked_on = :today FROM quiet WHERE loans.group_id = :group_id AND loans.id = quiet.id
RETURNING loans.id"""
)
"""Whatever was paid since the last look charged its penalties first: a loan that owes nothing by now has none to come.
Loans that somebody else holds are left for the next call."""


async def due_groups(session: Session) -> list[UUID]:
    """Groups with loans that nobody has looked at on their day. For the worker."""
    return list((await session.execute(_DUE, {"now": clock_of(session).now()})).scalars())


async def look_after_loans(session: Session, group_id: UUID) -> int:
    """For the worker: some loans that were not looked at today; how many they were, 0 when none is left.

    First those that nothing is overdue of, QUIET at once; then BATCH of the others, the longest forgotten first. Locks
    loans in id order. A fixed number of statements for each call. Repeating changes nothing.
    """
    today = today_in((await read_group(session, group_id)).timezone, clock_of(session).now())
    asked = {"group_id": group_id, "today": today, "most": QUIET}
    if quiet := len((await session.execute(_PASS_QUIET, asked)).all()):
        return quiet
    waiting = (
        select(Loan.id)
        .where(Loan.group_id == group_id, Loan.state == "active", col(Loan.looked_on) < today)
        .order_by(col(Loan.looked_on))
        .limit(BATCH)
    )
    ids = (await session.execute(waiting)).scalars()
    loans = await store.lock_loans(session, group_id, list(ids))
    if loans:
        active = [loan for loan in loans if loan.state == "active"]
        await _look(session, group_id, await store.running(session, active), today)
    return len(loans)


async def _look(session: Session, group_id: UUID, some: Sequence[Running], today: date) -> None:
    charged = await charge_each(session, some, today)
    worse: dict[LoanState, list[Running]] = {LoanState.OVERDUE: [], LoanState.DEFAULT: []}
    for one in some:
        standing = state_of(one.rules.arrears, one.unpaid_minor, days_late(one.oldest_unpaid_on, today))
        if standing in worse and standing != one.loan.standing:
            worse[standing].append(one)
        one.loan.standing = standing.value
        flag_modified(one.loan, "standing")  # so that the same columns are written of all, in one statement
    await session.flush()
    await _record(session, group_id, "loan.penalty", [(one, charged[one.loan.id]) for one in some])
    await _record(session, group_id, "loan.overdue", [(one, one.unpaid_minor) for one in worse[LoanState.OVERDUE]])
    await _record(session, group_id, "loan.default", [(one, one.unpaid_minor) for one in worse[LoanState.DEFAULT]])
    await _tell(session, group_id, [one for each in worse.values() for one in each], today)


async def _record(session: Session, group_id: UUID, action: str, about: Sequence[tuple[Running, int]]) -> None:
    events = [
        (str(one.loan.id), {"no": one.loan.no, "amount_minor": minor, "currency": one.loan.currency})
        for one, minor in about
        if minor
    ]
    if events:
        await audit.record_each(session, events, group_id=group_id, actor_id=None, action=action, subject="loan")


async def _tell(session: Session, group_id: UUID, late: Sequence[Running], today: date) -> None:
    """The borrowers, and who stands for their loans; of several loans each gets a notice of each."""
    stand = await store.guarantors_of(session, group_id, [one.loan.id for one in late]) if late else {}
    told: list[tuple[UUID, Facts, UUID | None]] = []
    for one in late:
        overdue = sum(store.unpaid(item) for item in one.items if item.due_on < today)
        agreed = [each.member_id for each in stand[one.loan.id] if each.state == "agreed"]
        facts: Facts = {
            "amount_minor": overdue,
            "currency": one.loan.currency,
            "no": one.loan.no,
            "about": str(one.loan.member_id),
        }
        told += [(member_id, facts, one.loan.id) for member_id in {one.loan.member_id, *agreed}]
    if told:
        await inbox.tell_each(session, group_id, "loan_late", told, but=NOBODY)
