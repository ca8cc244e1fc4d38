"""When a late due costs more, and when its member is reminded: pure, no session, no clock.

The answer depends on the rule, the due and the days on which it was paid, never on when it is asked: a night that was
missed, or a payment that is recorded later with its true day, leads to the same fines.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.domain.groups.late_rules import WHOLE, LateRule

PAY_DAYS = 14
"""Days to pay a fine before it counts as late itself; a fine is never fined."""


@dataclass(frozen=True, slots=True)
class Charge:
    """The fine of one step, counted from 1: from day `on`."""

    step: int
    on: date
    amount_minor: int


def charges(
    rule: LateRule, due_on: date, asked_minor: int, paid: Sequence[tuple[date, int]], today: date
) -> list[Charge]:
    """Every fine that a due has earned by `today`; `paid` are days and amounts, those not yet confirmed too."""
    if rule.fine == "none":
        return []
    found = []
    for step in range(1, rule.steps + 1):
        last = due_on + timedelta(days=rule.grace_days + (step - 1) * rule.every_days)
        if last >= today or sum(minor for day, minor in paid if day <= last) >= asked_minor:
            break
        found.append(Charge(step, last + timedelta(days=1), fine_minor(rule, asked_minor)))
    return found


def fine_minor(rule: LateRule, asked_minor: int) -> int:
    """Half a unit is rounded up; never less than one."""
    if rule.fine == "amount":
        return rule.amount_minor
    return max((asked_minor * rule.rate_ppm + WHOLE // 2) // WHOLE, 1)


def reminder(rule: LateRule, due_on: date, today: date) -> str:
    """Which reminder an open due is at: `before`, `on`, `after`, or empty. Of a day that was missed the next one says
    it all.
    """
    late = (today - due_on).days
    if rule.after_days and late >= rule.after_days:
        return "after"
    if rule.on_due and late >= 0:
        return "on"
    return "before" if rule.before_days and -rule.before_days <= late < 0 else ""
