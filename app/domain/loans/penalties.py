"""Penalties as items of a loan, one a day and instalment at most. Charged by the night, and before every payment."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from app.domain.loans.allocation import Part
from app.domain.loans.arrears import Overdue, penalty_by
from app.domain.loans.models import LoanChangeItem, LoanItem, LoanPortion
from app.domain.loans.store import Running
from app.domain.payments.models import Payment
from app.kit.db import Session

DAY = timedelta(days=1)
Given = tuple[int, date, int]
"""Item, day, amount."""


async def charge_penalties(session: Session, one: Running, today: date) -> int:
    """Of one loan, as `charge_each`; returns the sum."""
    charged = await charge_each(session, [one], today)
    await session.flush()
    return charged[one.loan.id]


async def charge_each(session: Session, some: Sequence[Running], today: date) -> dict[UUID, int]:
    """Charge what each day since the last look brings, as if it had been looked at on each; the sum by loan.

    The loans are locked and of one group. The same day again changes nothing; nothing that was charged is taken back.
    One query, however many loans; the caller flushes.
    """
    paid = await _payments(session, [one for one in some if _may_charge(one, today)])
    charged = {}
    for one in some:
        charged[one.loan.id] = 0
        if _may_charge(one, today):
            found = _charge_since(one, paid.get(one.loan.id, []), today)
            session.add_all(found)
            charged[one.loan.id] = sum(item.due_minor for item in found)
        assert one.loan.looked_on is not None
        one.loan.looked_on = max(one.loan.looked_on, today)
    return charged


async def project_penalties(session: Session, some: Sequence[Running], today: date) -> None:
    """Add to the items what `charge_each` would, and record nothing. One query, or none."""
    late = [one for one in some if one.loan.state == "active" and _may_charge(one, today)]
    paid = await _payments(session, late)
    for one in late:
        _charge_since(one, paid.get(one.loan.id, []), today)


def _may_charge(one: Running, today: date) -> bool:
    assert one.loan.looked_on is not None
    rule = one.rules.penalty
    first = min((item.due_on for item in one.items), default=today)
    return bool(rule.amount_minor or rule.rate_ppm) and max(first, one.loan.looked_on) < today


def _charge_since(one: Running, paid: Sequence[Given], today: date) -> list[LoanItem]:
    """New items, which the loan has now."""
    assert one.loan.looked_on is not None
    histories = _histories(one, paid)
    day = max(one.loan.looked_on, min(item.due_on for item in one.items))
    charged: list[LoanItem] = []
    while day < today:
        day += DAY
        charged += _charge(one, histories, day)
    return charged


def _charge(one: Running, histories: dict[int, tuple[date, list[Overdue]]], day: date) -> list[LoanItem]:
    charged: list[LoanItem] = []
    for n, (due_on, history) in histories.items():
        charges = [item for item in one.items if item.n == n and item.part == Part.PENALTY and item.due_on > due_on]
        before = sum(item.due_minor for item in charges)  # one that a new schedule carried on is due with the rest
        more = penalty_by(one.rules.penalty, due_on, history, day) - before
        if more <= 0:
            continue
        item = LoanItem(
            group_id=one.loan.group_id,
            loan_id=one.loan.id,
            item_no=len(one.items) + 1,
            n=n,
            part=Part.PENALTY.value,
            due_on=day,
            falls_on=due_on,
            due_minor=more,
            paid_minor=0,
            waived_minor=0,
        )
        one.items.append(item)
        charged.append(item)
    return charged


def _histories(one: Running, given: Sequence[Given]) -> dict[int, tuple[date, list[Overdue]]]:
    """Of each instalment its due date, and what was unpaid from when on, penalties left out."""
    paid: dict[int, dict[date, int]] = {}
    for item_no, paid_on, minor in given:
        item = one.items[item_no - 1]
        if item.part != Part.PENALTY:
            days = paid.setdefault(item.n, {})
            days[paid_on] = days.get(paid_on, 0) + minor
    found = {}
    for n in sorted({item.n for item in one.items}):
        its = [item for item in one.items if item.n == n and item.part != Part.PENALTY]
        if not its:
            continue
        left, since = sum(item.due_minor for item in its), one.loan.disbursed_on
        assert since is not None
        history = [Overdue(since, left)]
        for day in sorted(paid.get(n, {})):
            left -= paid[n][day]
            history.append(Overdue(day, left))
        found[n] = its[0].falls_on, history
    return found


async def _payments(session: Session, some: Sequence[Running]) -> dict[UUID, list[Given]]:
    """What confirmed payments gave to each loan. One query, or none."""
    if not some:
        return {}
    group_id, ids = some[0].loan.group_id, [one.loan.id for one in some]
    statement = (
        select(LoanPortion.loan_id, LoanPortion.item_no, Payment.paid_on, LoanPortion.amount_minor)
        .join(Payment, (col(Payment.group_id) == LoanPortion.group_id) & (col(Payment.id) == LoanPortion.payment_id))
        .where(LoanPortion.group_id == group_id, col(LoanPortion.loan_id).in_(ids), Payment.state == "confirmed")
    )
    found: dict[UUID, list[Given]] = {}
    for loan_id, item_no, paid_on, minor in (await session.execute(statement)).all():
        found.setdefault(loan_id, []).append((item_no, paid_on, minor))
    for loan_id, its in (await _changed(session, [one for one in some if one.changes])).items():
        found.setdefault(loan_id, []).extend(its)
    return found


async def _changed(session: Session, some: Sequence[Running]) -> dict[UUID, list[Given]]:
    """What changes settled or ask for no more. One query, or none."""
    if not some:
        return {}
    days = {(one.loan.id, change.change_no): change.changed_on for one in some for change in one.changes}
    statement = select(LoanChangeItem).where(
        LoanChangeItem.group_id == some[0].loan.group_id,
        col(LoanChangeItem.loan_id).in_([one.loan.id for one in some]),
    )
    found: dict[UUID, list[Given]] = {}
    for item in (await session.execute(statement)).scalars():
        day = days[item.loan_id, item.change_no]
        found.setdefault(item.loan_id, []).append((item.item_no, day, item.paid_minor + item.waived_minor))
    return found
