"""What a scheme says of an event: who is eligible and why, how much it brings, what a call asks. Pure: no clock.

Amounts in minor units, shares in millionths, ages in whole months.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.domain.welfare.scheme import CALL, MEMBER, PPM, Benefit, Scheme

YES, NO, CHECK = "yes", "no", "check"
"""A reason speaks for the claim, against it, or a person must look."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a claim. `earlier` counts the member's other claims for people of the relation; `born_on` and
    `was_single` of whom it happened to; None is not known. `arrears_minor` was owed for longer than the rule allows on
    the day of the event.
    """

    event: str
    relation: str
    cause: str
    happened_on: date
    reported_on: date
    joined_on: date
    born_on: date | None = None
    was_single: bool | None = None
    earlier: int = 0
    arrears_minor: int = 0
    documents: int = 0


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule applied: `code` names its sentence `welfare.reason.<code>.<verdict>`, which `days`, `on`, `amount_minor`
    and `count` fill."""

    code: str
    verdict: str
    days: int = 0
    on: date | None = None
    amount_minor: int = 0
    count: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """How a benefit came about: `kind` names its sentence `welfare.step.<kind>`; `amount_minor` is what it leaves."""

    kind: str
    amount_minor: int
    percent_ppm: int = 0
    count: int = 0


@dataclass(frozen=True, slots=True)
class Levy:
    """What one call asks of each member, and within how many days."""

    amount_minor: int
    days: int


def judge(scheme: Scheme, facts: Facts) -> tuple[Reason, ...]:
    """Every rule of the scheme that the claim meets, one reason each, in the order in which people ask."""
    benefit = scheme.benefit_for(facts.event, facts.relation)
    if benefit is None:
        return (Reason("covered", NO),)
    found = [Reason("covered", YES), _joined(facts), _waiting(scheme, facts), _reported(scheme, facts)]
    found += [_age(benefit, facts), _most(scheme, benefit, facts), _single(benefit, facts)]
    found += [_arrears(scheme, facts), _documents(scheme, facts)]
    return tuple(one for one in found if one is not None)


def verdict_of(reasons: Sequence[Reason]) -> str:
    """NO when one speaks against it, CHECK when a person must look, YES else."""
    verdicts = {one.verdict for one in reasons}
    return next((verdict for verdict in (NO, CHECK) if verdict in verdicts), YES)


def _joined(facts: Facts) -> Reason | None:
    return Reason("joined", NO, on=facts.joined_on) if facts.happened_on < facts.joined_on else None


def _waiting(scheme: Scheme, facts: Facts) -> Reason | None:
    days = scheme.accident_waiting_days if facts.cause == "accident" else scheme.waiting_days
    if not scheme.waiting_days and not scheme.accident_waiting_days:
        return None
    over_on = facts.joined_on + timedelta(days=days)
    return Reason("waiting", YES if facts.happened_on >= over_on else NO, days=days, on=over_on)


def _reported(scheme: Scheme, facts: Facts) -> Reason | None:
    if not scheme.report_days:
        return None
    taken = (facts.reported_on - facts.happened_on).days
    return Reason("reported", YES if taken <= scheme.report_days else NO, days=scheme.report_days, count=taken)


def _age(benefit: Benefit, facts: Facts) -> Reason | None:
    limits = (benefit.youngest, benefit.youngest_entry, benefit.oldest_entry, benefit.oldest)
    if limits == (None, None, None, None):
        return None
    if facts.born_on is None:
        return Reason("age", CHECK)
    now, then = months_between(facts.born_on, facts.happened_on), months_between(facts.born_on, facts.joined_on)
    fits = _within(now, benefit.youngest, benefit.oldest) and _within(
        then, benefit.youngest_entry, benefit.oldest_entry
    )
    return Reason("age", YES if fits else NO, count=now // 12)


def _within(age: int, youngest: int | None, oldest: int | None) -> bool:
    """The last year of age counts whole: to 25 years is until the day before the 26th birthday."""
    return (youngest is None or age >= youngest) and (oldest is None or age // 12 <= oldest // 12)


def _most(scheme: Scheme, benefit: Benefit, facts: Facts) -> Reason | None:
    if not benefit.most:
        return None
    if facts.earlier < benefit.most:
        return Reason("most", YES, count=benefit.most)
    is_payable = scheme.extra_minor > 0
    return Reason("most", CHECK if is_payable else NO, count=benefit.most, amount_minor=scheme.extra_minor)


def _single(benefit: Benefit, facts: Facts) -> Reason | None:
    if not benefit.is_single:
        return None
    return Reason("single", {True: YES, False: NO, None: CHECK}[facts.was_single])


def _arrears(scheme: Scheme, facts: Facts) -> Reason | None:
    if scheme.suspend_days is None:
        return None
    verdict = NO if facts.arrears_minor > 0 else YES
    return Reason("arrears", verdict, days=scheme.suspend_days, amount_minor=facts.arrears_minor)


def _documents(scheme: Scheme, facts: Facts) -> Reason | None:
    if not scheme.needs_document:
        return None
    return Reason("documents", YES if facts.documents else CHECK, count=facts.documents)


def benefit_steps(
    scheme: Scheme,
    benefit: Benefit,
    *,
    place: int = 1,
    members: int = 0,
    collected_minor: int | None = None,
    paid_this_year_minor: int = 0,
) -> tuple[Step, ...]:
    """How the benefit comes about; its amount is what the last step leaves.

    `place` counts the members bereaved by one event, from 1. `collected_minor` is what the call has brought for this
    claim: in a scheme of calls no more is paid; None: not called yet.
    """
    steps = [_full(scheme, benefit, members)]
    if benefit.share_ppm and 0 < benefit.cap_minor < steps[-1].amount_minor:
        steps.append(Step("cap", benefit.cap_minor))
    is_open = not benefit.amount_minor and not benefit.share_ppm
    if scheme.source == CALL:
        brought = collected_minor or 0
        steps.append(Step("collected", brought if is_open else min(brought, steps[-1].amount_minor)))
    if place > 1:
        steps.append(Step("further", share_of(steps[-1].amount_minor, scheme.further_ppm), scheme.further_ppm, place))
    if scheme.year_cap_minor:
        left = max(scheme.year_cap_minor - paid_this_year_minor, 0)
        if left < steps[-1].amount_minor:
            steps.append(Step("year_cap", left))
    return tuple(step for step in steps if step.kind != "open")


def _full(scheme: Scheme, benefit: Benefit, members: int) -> Step:
    if benefit.share_ppm:
        amount = share_of(members * scheme.deposit_minor, benefit.share_ppm)
        return Step("share", amount, benefit.share_ppm, members)
    return Step("fixed", benefit.amount_minor) if benefit.amount_minor else Step("open", 0)


def amount_of(steps: Sequence[Step]) -> int:
    return steps[-1].amount_minor if steps else 0


def levy_of(scheme: Scheme, relations: Sequence[str]) -> Levy:
    """One call for these events of one member, all at once. Two are asked for together where the rules say how much."""
    each = [scheme.levy_member_minor if one == MEMBER else scheme.levy_minor for one in relations]
    if len(each) >= 2 and scheme.levy_two_minor:
        others = sum(sorted(each)[: len(each) - 2])
        return Levy(scheme.levy_two_minor + others, scheme.levy_two_days)
    return Levy(sum(each), scheme.levy_days)


def topup_of(scheme: Scheme, fund_minor: int) -> int:
    """What each member is asked when the fund has run low; 0 while it has not."""
    return scheme.topup_minor if fund_minor < scheme.topup_below_minor else 0


def share_of(amount_minor: int, ppm: int) -> int:
    """Rounded half to even, to the minor unit."""
    whole, rest = divmod(amount_minor * ppm, PPM)
    return whole + (rest * 2 > PPM or (rest * 2 == PPM and whole % 2 == 1))


def months_between(first: date, last: date) -> int:
    """Whole months; negative when `last` comes before."""
    return (last.year - first.year) * 12 + last.month - first.month - (last.day < first.day)
