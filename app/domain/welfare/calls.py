"""Calls on the members: for a claim, and for the standing fund. The dues are contributions like all others.

Order of locks: claims in id order, the group's members, dues.
"""

from datetime import timedelta
from uuid import UUID

from app.domain.audit import service as audit
from app.domain.contributions.service import ask_members, call_view, check_call
from app.domain.contributions.views import CallView
from app.domain.groups.access import authorise
from app.domain.groups.permissions import Permission
from app.domain.groups.views import Acting
from app.domain.welfare import rules, store
from app.domain.welfare.around import called_together, look_around
from app.domain.welfare.errors import AlreadyCalled, NoScheme, NotAccepted, NothingToCall, OwnClaim
from app.domain.welfare.models import WelfareCall, WelfareClaim
from app.domain.welfare.reading import welfare_fund
from app.domain.welfare.views import CallFund, CallLevy
from app.kit import idempotency
from app.kit.actor import Actor
from app.kit.clock import today_in
from app.kit.db import Session, clock_of
from app.kit.errors import Faults, InvalidInput
from app.kit.ids import new_id

PURPOSE = "contribution"
"""What is paid for welfare is given for good, also in a group that saves."""
FUND_KINDS = ("registration", "premium", "topup")


async def call_levy(session: Session, actor: Actor, command: CallLevy) -> CallView:
    """Ask the members what the rules say for this claim, and in the same call for the member's other ones.

    Those bereaved by the same event are spared where the rules say so. Idempotent by `key`. Raises NotFound, OwnClaim,
    NotAccepted, AlreadyCalled, NothingToCall, InvalidInput, CallExists.
    """
    acting = await authorise(session, actor, Permission.OPEN_CALLS)
    call_id = new_id()
    earlier = await idempotency.claim(
        session,
        group_id=acting.group_id,
        key=command.key,
        content={"call_levy": str(command.claim_id), "title": command.title},
        result={"call_id": str(call_id)},
    )
    if earlier is not None:
        return await call_view(session, acting.group_id, UUID(str(earlier["call_id"])))
    claims = await _to_call(session, acting, command.claim_id)
    scheme = await store.scheme_in_force(session, acting.group_id, claims[0].rules_version)
    levy = rules.levy_of(scheme, [one.relation for one in claims])
    if not levy.amount_minor:
        raise NothingToCall
    today = today_in(acting.timezone, clock_of(session).now())
    faults, due_on = Faults(), today + timedelta(days=levy.days)
    title = check_call(faults, command.title, levy.amount_minor, due_on, today, currency=acting.currency)
    faults.raise_found()
    spared = await _bereaved(session, claims) if scheme.spares_bereaved else set()
    await ask_members(session, acting, call_id, title, levy.amount_minor, due_on, PURPOSE, spared=spared)
    session.add(WelfareCall(group_id=acting.group_id, call_id=call_id, kind="levy"))
    for claim in claims:
        claim.call_id = call_id
    await session.flush()
    for claim in claims:
        await _record(session, acting, claim.id, "welfare.levy_called", {"number": claim.number})
    return await call_view(session, acting.group_id, call_id)


async def call_fund(session: Session, actor: Actor, command: CallFund) -> CallView:
    """Ask every member for the standing fund, as much as the rules say. Idempotent by `key`.

    Raises NoScheme, NothingToCall (a top-up: unless the fund is low and none is being paid), InvalidInput,
    CallExists.
    """
    acting = await authorise(session, actor, Permission.OPEN_CALLS)
    if command.kind not in FUND_KINDS:
        raise InvalidInput("kind", "welfare_choose")
    scheme = await store.scheme_in_force(session, acting.group_id)
    if not scheme.version:
        raise NoScheme
    amounts = {"registration": scheme.registration_minor, "premium": scheme.premium_minor}
    today = today_in(acting.timezone, clock_of(session).now())
    faults, call_id = Faults(), new_id()
    title = check_call(faults, command.title, None, command.due_on, today, currency=acting.currency)
    faults.raise_found()
    earlier = await idempotency.claim(
        session,
        group_id=acting.group_id,
        key=command.key,
        content={"call_fund": command.kind, "title": title, "due_on": str(command.due_on)},
        result={"call_id": str(call_id)},
    )
    if earlier is not None:
        return await call_view(session, acting.group_id, UUID(str(earlier["call_id"])))
    if command.kind == "topup":
        amounts["topup"] = (await welfare_fund(session, actor)).topup_minor
    if not amounts[command.kind]:
        raise NothingToCall
    await ask_members(session, acting, call_id, title, amounts[command.kind], command.due_on, PURPOSE)
    session.add(WelfareCall(group_id=acting.group_id, call_id=call_id, kind=command.kind))
    await session.flush()
    await _record(session, acting, call_id, "welfare.fund_called", {"kind": command.kind})
    return await call_view(session, acting.group_id, call_id)


async def _to_call(session: Session, acting: Acting, claim_id: UUID) -> list[WelfareClaim]:
    """The claims for which one call is made, locked."""
    claim = await store.get_claim(session, acting.group_id, claim_id)
    around = await look_around(session, acting, [claim])
    ids = sorted({claim_id, *(one.id for one in called_together(claim, around))})
    locked = [await store.lock_claim(session, acting.group_id, one) for one in ids]
    claim = next(one for one in locked if one.id == claim_id)
    if acting.member_id in (claim.member_id, claim.payee_id):
        raise OwnClaim
    if claim.call_id is not None:
        raise AlreadyCalled
    if claim.state != "accepted":
        raise NotAccepted
    if claim.place != 1:
        raise NothingToCall
    return [one for one in locked if one.state == "accepted" and one.call_id is None and one.place == 1]


async def _bereaved(session: Session, claims: list[WelfareClaim]) -> set[UUID]:
    """The members whom these events befell, those with claims of the same events too."""
    found = set()
    for claim in claims:
        same = await store.lock_claims_of_event(session, claim.group_id, claim.event_id)
        found |= {one.member_id for one in same if one.state in store.LIVE}
    return found


async def _record(session: Session, acting: Acting, subject_id: UUID, action: str, facts: dict[str, str | int]) -> None:
    await audit.record(
        session,
        group_id=acting.group_id,
        actor_id=acting.member_id,
        action=action,
        subject="welfare",
        subject_id=subject_id,
        facts=facts,
    )
