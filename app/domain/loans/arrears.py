"""Lateness: the state of a loan, and penalties for what is overdue. Nothing here depends on when it is asked: the
nightly job may ask twice, late, or after days without it, and posts what is missing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from app.domain.loans.exact import Rounding, round_ratio
from app.domain.loans.terms import PPM


class LoanState(StrEnum):
    CURRENT = "current"
    OVERDUE = "overdue"
    DEFAULT = "default"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class ArrearsRule:
    """Overdue from the first day after `overdue_after_days`, in default after `default_after_days` late."""

    overdue_after_days: int = 0
    default_after_days: int = 90


def days_late(oldest_unpaid_on: date | None, today: date) -> int:
    """Days since the oldest due date that is not wholly paid."""
    return max(0, (today - oldest_unpaid_on).days) if oldest_unpaid_on else 0


def state_of(rule: ArrearsRule, outstanding_minor: int, late_days: int) -> LoanState:
    if outstanding_minor <= 0:
        return LoanState.CLOSED
    if late_days > rule.default_after_days:
        return LoanState.DEFAULT
    return LoanState.OVERDUE if late_days > rule.overdue_after_days else LoanState.CURRENT


class PenaltyPer(StrEnum):
    ONCE = "once"
    DAY = "day"
    WEEK = "week"


DAYS = {PenaltyPer.DAY: 1, PenaltyPer.WEEK: 7}


@dataclass(frozen=True, slots=True)
class PenaltyRule:
    """A sum, or a share of what is overdue, once or for each whole day or week after the days of grace.

    `rate_ppm` is of the overdue amount each time. `cap_minor` and `cap_ppm` (of the most that was overdue) bound all
    penalties of one instalment; None is no bound.
    """

    per: PenaltyPer = PenaltyPer.ONCE
    amount_minor: int = 0
    rate_ppm: int = 0
    grace_days: int = 0
    cap_minor: int | None = None
    cap_ppm: int | None = None
    rounding: Rounding = Rounding.HALF_EVEN


@dataclass(frozen=True, slots=True)
class Overdue:
    """From `since` on so much of an instalment was unpaid: principal, interest and fees, never a penalty."""

    since: date
    unpaid_minor: int


def penalty_by(rule: PenaltyRule, due_on: date, history: Sequence[Overdue], today: date) -> int:
    """All penalties of one instalment up to `today`, those already charged among them.

    `history` is in order of day; what held before a due date counts from then on. Never falls as `today` goes on, and
    depends on the history alone: what to post tonight is this less what was posted.
    """
    first = due_on + timedelta(days=rule.grace_days + 1)
    if today < first:
        return 0
    step = DAYS.get(rule.per)
    times = 1 if step is None else ((today - due_on).days - rule.grace_days) // step
    shares, most = 0, 0
    fixed = 0
    for k in range(times):
        day = first if step is None else due_on + timedelta(days=rule.grace_days + step * (k + 1))
        unpaid = _unpaid_on(history, day)
        most = max(most, unpaid)
        shares += unpaid
        fixed += rule.amount_minor if unpaid else 0
        if not unpaid and not any(one.since > day and one.unpaid_minor for one in history):
            break
    found = fixed + round_ratio(shares * rule.rate_ppm, PPM, rule.rounding)
    caps = [rule.cap_minor] if rule.cap_minor is not None else []
    if rule.cap_ppm is not None:
        caps.append(round_ratio(most * rule.cap_ppm, PPM, rule.rounding))
    return min([found, *caps])


def _unpaid_on(history: Sequence[Overdue], day: date) -> int:
    """What was unpaid at the beginning of `day`: a payment on that day still met the penalty of the day."""
    known = [one for one in history if one.since < day]
    return known[-1].unpaid_minor if known else 0
