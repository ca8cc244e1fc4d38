"""A portfolio's health: at risk, and what to provide for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.domain.loans.exact import Rounding, round_ratio
from app.domain.loans.terms import PPM


@dataclass(frozen=True, slots=True)
class Position:
    """A loan in the portfolio. One that closed another, or got a new schedule, says so: `is_rescheduled`."""

    principal_minor: int
    days_late: int
    is_rescheduled: bool = False


@dataclass(frozen=True, slots=True)
class AtRisk:
    """PAR `days`: outstanding principal of loans more than `days` late / gross portfolio. [DOMAIN.md 4]"""

    days: int
    at_risk_minor: int
    gross_minor: int

    @property
    def ppm(self) -> int:
        """The share in millionths; 0 of an empty portfolio."""
        return round_ratio(self.at_risk_minor * PPM, self.gross_minor) if self.gross_minor else 0


def at_risk(
    positions: Sequence[Position], limits: Sequence[int] = (30, 60, 90), *, counts_rescheduled: bool = True
) -> list[AtRisk]:
    """One AtRisk a limit. A rescheduled loan is at risk whatever its lateness, where the rule counts it."""
    gross = sum(one.principal_minor for one in positions)
    return [
        AtRisk(
            days,
            sum(
                one.principal_minor
                for one in positions
                if one.days_late > days or (counts_rescheduled and one.is_rescheduled)
            ),
            gross,
        )
        for days in limits
    ]


@dataclass(frozen=True, slots=True)
class Bucket:
    """Loans more than `over_days` late (-1: all that are not late too) are provided for at `rate_ppm` of principal."""

    over_days: int
    rate_ppm: int


@dataclass(frozen=True, slots=True)
class Provision:
    bucket: Bucket
    loans: int
    principal_minor: int
    provision_minor: int


def provide(
    positions: Iterable[Position], buckets: Sequence[Bucket], rounding: Rounding = Rounding.HALF_EVEN
) -> list[Provision]:
    """A Provision a bucket, rounded once each; a loan is in the last bucket that it is late enough for.

    Raises ValueError for buckets that don't rise.
    """
    if any(low.over_days >= high.over_days for low, high in pairwise(buckets)):
        msg = "buckets rise by their days"
        raise ValueError(msg)
    loans, sums = [0] * len(buckets), [0] * len(buckets)
    for one in positions:
        reached = [n for n, bucket in enumerate(buckets) if one.days_late > bucket.over_days]
        if reached:
            loans[reached[-1]] += 1
            sums[reached[-1]] += one.principal_minor
    return [
        Provision(bucket, loans[n], sums[n], round_ratio(sums[n] * bucket.rate_ppm, PPM, rounding))
        for n, bucket in enumerate(buckets)
    ]
