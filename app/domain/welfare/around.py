"""What claims are judged and shown by: other claims near them, calls, schemes, members, what was owed.

Read for all of them together, in at most nine queries however many there are; all else here is pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlmodel import col

from app.domain.contributions.reading import Arrears, arrears_of
from app.domain.contributions.service import call_views
from app.domain.contributions.views import CallView
from app.domain.groups.members import active_ids
from app.domain.groups.models import Member
from app.domain.groups.views import Acting
from app.domain.welfare import rules
from app.domain.welfare.models import WelfareClaim, WelfareDocument, WelfareRules
from app.domain.welfare.rules import Facts, Reason, Step
from app.domain.welfare.scheme import CALL, Scheme, scheme_of
from app.domain.welfare.store import ACCEPTED, LIVE, Sealing, documents_of, kept_reason
from app.kit.clock import today_in
from app.kit.db import Session

NEAR = timedelta(days=7)
"""Claims of one kind of event, so many days apart, may be of the same event."""


@dataclass(frozen=True, slots=True)
class Around:
    """`others` are claims of the same members, of the same calls, and live ones of the days around, by id.

    `arrears` are of claims that wait and whose scheme asks for them, in minor units.
    """

    others: Sequence[WelfareClaim]
    papers: Mapping[UUID, list[WelfareDocument]]
    schemes: Mapping[int, Scheme]
    calls: Mapping[UUID, CallView]
    members: Mapping[UUID, Member]
    active: int
    arrears: Mapping[UUID, int]

    def scheme(self, claim: WelfareClaim) -> Scheme:
        return self.schemes.get(claim.rules_version, Scheme())


async def look_around(session: Session, acting: Acting, claims: Sequence[WelfareClaim]) -> Around:
    """Of these claims; the caller has authorised."""
    group_id = acting.group_id
    members = {one.member_id for one in claims}
    rows = await session.execute(select(Member).where(Member.group_id == group_id, col(Member.id).in_(members)))
    versions = {one.rules_version for one in claims}
    its = (WelfareRules.group_id == group_id, col(WelfareRules.version).in_(versions))
    found = (await session.execute(select(WelfareRules).where(*its))).scalars()
    schemes = {one.version: scheme_of(one.terms, one.version) for one in found}
    call_ids = list({one.call_id for one in claims if one.call_id})
    calls = await call_views(session, group_id, call_ids=call_ids, limit=len(call_ids)) if call_ids else []
    everyone = select(func.count()).select_from(active_ids(group_id).subquery())
    return Around(
        others=await _others(session, group_id, claims),
        papers=await documents_of(session, group_id, [one.id for one in claims]),
        schemes=schemes,
        calls={one.id: one for one in calls},
        members={one.id: one for one in rows.scalars()},
        active=int((await session.execute(everyone)).scalar_one()),
        arrears=await _arrears(session, group_id, claims, schemes),
    )


async def _others(session: Session, group_id: UUID, claims: Sequence[WelfareClaim]) -> list[WelfareClaim]:
    days = [one.happened_on for one in claims]
    near = and_(
        col(WelfareClaim.event).in_({one.event for one in claims}),
        col(WelfareClaim.state).in_(LIVE),
        col(WelfareClaim.happened_on).between(min(days) - NEAR, max(days) + NEAR),
    )
    statement = select(WelfareClaim).where(
        WelfareClaim.group_id == group_id,
        or_(
            near,
            col(WelfareClaim.member_id).in_({one.member_id for one in claims}),
            col(WelfareClaim.call_id).in_({one.call_id for one in claims if one.call_id}),
        ),
    )
    return list((await session.execute(statement.order_by(col(WelfareClaim.id)))).scalars())


async def _arrears(
    session: Session, group_id: UUID, claims: Sequence[WelfareClaim], schemes: Mapping[int, Scheme]
) -> dict[UUID, int]:
    asked: dict[UUID, Arrears] = {}
    for one in claims:
        days = schemes.get(one.rules_version, Scheme()).suspend_days
        if one.reasons is None and days is not None:
            asked[one.id] = Arrears(one.member_id, one.happened_on, one.happened_on - timedelta(days=days))
    if not asked:
        return {}
    return dict(zip(asked, await arrears_of(session, group_id, list(asked.values())), strict=True))


async def reasons_for(acting: Acting, claim: WelfareClaim, around: Around, sealing: Sealing) -> tuple[Reason, ...]:
    """As they were when it was accepted; of one that waits, as they are now."""
    if claim.reasons is not None:
        return tuple(kept_reason(one) for one in claim.reasons)
    member = around.members[claim.member_id]
    earlier = [
        one
        for one in around.others
        if (one.member_id, one.relation, one.event) == (claim.member_id, claim.relation, claim.event)
        and one.state in ACCEPTED
        and one.id != claim.id
    ]
    facts = Facts(
        event=claim.event,
        relation=claim.relation,
        cause=claim.cause,
        happened_on=claim.happened_on,
        reported_on=today_in(acting.timezone, claim.reported_at),
        joined_on=member.joined_on or today_in(acting.timezone, member.created_at),
        born_on=await sealing.born_on(claim),
        was_single=claim.was_single,
        earlier=len(earlier),
        arrears_minor=around.arrears.get(claim.id, 0),
        documents=len(around.papers.get(claim.id, [])),
    )
    return rules.judge(around.scheme(claim), facts)


def steps_for(claim: WelfareClaim, around: Around) -> tuple[Step, ...]:
    """How much the claim brings, as it stands now; nothing where the scheme doesn't cover it."""
    scheme = around.scheme(claim)
    benefit = scheme.benefit_for(claim.event, claim.relation)
    if benefit is None:
        return ()
    return rules.benefit_steps(
        scheme,
        benefit,
        place=claim.place or 1,
        members=around.active if claim.members is None else claim.members,
        collected_minor=_collected(claim, around) if scheme.source == CALL else None,
        paid_this_year_minor=_paid_in_year(claim, around) if scheme.year_cap_minor else 0,
    )


def left_of(claim: WelfareClaim, around: Around) -> int:
    """What can be paid now: all that the claim brings; of one that is paid, what its call has brought since."""
    amount = rules.amount_of(steps_for(claim, around))
    if claim.paid_minor is None:
        return amount
    return max(amount - claim.paid_minor, 0) if around.scheme(claim).source == CALL else 0


def _collected(claim: WelfareClaim, around: Around) -> int | None:
    """What the call has brought for this claim: several claims share one call, the first takes what can't be split."""
    if claim.call_id is None:
        return None
    ids = [one.id for one in around.others if one.call_id == claim.call_id]
    each, rest = divmod(around.calls[claim.call_id].paid_minor, len(ids))
    return each + (rest if ids[0] == claim.id else 0)


def _paid_in_year(claim: WelfareClaim, around: Around) -> int:
    """What the member was paid for events of the same calendar year, but for this one."""
    return sum(
        one.paid_minor or 0
        for one in around.others
        if one.member_id == claim.member_id and one.happened_on.year == claim.happened_on.year and one.id != claim.id
    )


def called_together(claim: WelfareClaim, around: Around) -> list[WelfareClaim]:
    """For what one call is made: the claim, and the member's other accepted ones that wait for a call; by id."""
    if not _waits_for_call(claim):
        return [claim]
    return [one for one in around.others if one.member_id == claim.member_id and _waits_for_call(one)]


def _waits_for_call(claim: WelfareClaim) -> bool:
    return claim.state == "accepted" and claim.call_id is None and claim.place == 1


def others_like(
    claim: WelfareClaim, around: Around, names: Mapping[UUID, str]
) -> tuple[tuple[int, ...], tuple[tuple[UUID, int, str], ...]]:
    """Numbers of others' claims of the same event; and those of other members that could be, of the days around."""
    if claim.state not in LIVE:
        return (), ()
    near = sorted((one for one in around.others if _is_near(one, claim)), key=lambda one: one.number)
    same = tuple(one.number for one in near if one.event_id == claim.event_id)
    if claim.state != "reported":
        return same, ()
    alike = tuple((one.id, one.number, names.get(one.member_id, "")) for one in near if one.event_id != claim.event_id)
    return same, alike


def _is_near(one: WelfareClaim, claim: WelfareClaim) -> bool:
    return (
        one.event == claim.event
        and one.member_id != claim.member_id
        and one.state in LIVE
        and abs(one.happened_on - claim.happened_on) <= NEAR
    )
