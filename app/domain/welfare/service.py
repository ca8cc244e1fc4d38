"""Commands on claims.

Order of locks: the claims of an event in id order, or the group's members; then dues; the ledger's head last.
"""

from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import col

from app.domain.audit import service as audit
from app.domain.governance.rules import check_text
from app.domain.groups import inbox
from app.domain.groups.access import authorise
from app.domain.groups.members import active_ids, active_members, lock_members, member_cards
from app.domain.groups.permissions import Permission
from app.domain.groups.views import Acting
from app.domain.welfare import rules, store
from app.domain.welfare.around import look_around, reasons_for
from app.domain.welfare.errors import (
    ClaimEnded,
    ClaimKnown,
    NoScheme,
    NotEligible,
    NotLookedAt,
    OtherEvent,
    OwnClaim,
    TooManyClaims,
)
from app.domain.welfare.models import WelfareClaim
from app.domain.welfare.scheme import CAUSES, EVENTS, MEMBER, RELATIONS
from app.domain.welfare.showing import view
from app.domain.welfare.views import AcceptClaim, ClaimView, JoinEvent, RefuseClaim, ReportClaim, WithdrawClaim
from app.kit import idempotency
from app.kit.actor import Actor
from app.kit.clock import today_in
from app.kit.db import Session, clock_of, keyring_of
from app.kit.errors import Faults, InvalidInput, NotFound
from app.kit.ids import new_id
from app.kit.text import tidy

LONGEST_NAME = 120
OLDEST_EVENT_DAYS = 5 * 366
MOST_OPEN = 20
"""Claims that one person may have reported and nobody has decided."""


async def report_claim(session: Session, actor: Actor, command: ReportClaim) -> ClaimView:
    """Say what happened, for oneself; for another member, those who run welfare do. Idempotent by `key`.

    Of what happened to the member herself, without a person, the name is hers. A death that another member reported
    with the same name and day is the same event. Raises NoScheme, ClaimKnown, TooManyClaims, NotFound, InvalidInput
    with every fault.
    """
    acting = await authorise(session, actor, Permission.READ_OWN)
    member_id = command.member_id or acting.member_id
    if member_id != acting.member_id and not acting.may(Permission.PROPOSE_DECISIONS):
        raise NotFound
    if command.relation == MEMBER and not command.person:
        own = (await member_cards(session, acting.group_id, [member_id])).get(member_id)
        command = replace(command, person=own.name if own else "")
    person, payee = _check_report(session, acting, command, member_id)
    note = check_text(command.note, field="note")
    claim_id = new_id()
    earlier = await idempotency.claim(
        session,
        group_id=acting.group_id,
        key=command.key,
        content=_content(command, acting, member_id),
        result={"claim_id": str(claim_id)},
    )
    if earlier is not None:
        return await _shown(session, acting, UUID(str(earlier["claim_id"])))
    await lock_members(session, acting.group_id)
    members = {one.id for one in await active_members(session, acting.group_id)}
    if not {member_id, command.payee_id or member_id} <= members:
        raise NotFound
    scheme = await store.scheme_in_force(session, acting.group_id)
    if not scheme.version:
        raise NoScheme
    await _require_few(session, acting)
    index = keyring_of(session).blind_index(f"{command.event}|{command.happened_on}|{person.casefold()}")
    payee_id = None if payee else command.payee_id or member_id
    sealing = store.Sealing(session, acting.group_id)
    born = command.born_on.isoformat() if command.born_on else ""
    session.add(
        WelfareClaim(
            group_id=acting.group_id,
            id=claim_id,
            number=await _next_number(session, acting.group_id),
            event_id=await _event_of(session, acting.group_id, index, member_id) or claim_id,
            rules_version=scheme.version,
            member_id=member_id,
            payee_id=payee_id,
            payee_enc=await sealing.seal(member_id, claim_id, "payee_enc", payee),
            event=command.event,
            relation=command.relation,
            cause=command.cause,
            happened_on=command.happened_on,
            born_enc=await sealing.seal(member_id, claim_id, "born_enc", born),
            was_single=command.was_single,
            person_enc=await sealing.seal(member_id, claim_id, "person_enc", person) or b"",
            person_index=index,
            note_enc=await sealing.seal(member_id, claim_id, "note_enc", note),
            currency=acting.currency,
            reported_by=acting.member_id,
            reported_at=clock_of(session).now(),
        )
    )
    await session.flush()
    claim = await store.get_claim(session, acting.group_id, claim_id)
    await _record(session, acting, claim, "welfare.reported")
    facts = {"number": claim.number}
    await inbox.tell_holders(
        session, acting.group_id, Permission.PROPOSE_DECISIONS, "claim_reported", facts, but=acting.member_id
    )
    return await view(session, acting, claim)


async def withdraw_claim(session: Session, actor: Actor, command: WithdrawClaim) -> ClaimView:
    """Who reported it or whose it is takes it back, while nobody has decided. Idempotent by `key`.

    Raises NotFound for another's, ClaimEnded.
    """
    acting = await authorise(session, actor, Permission.READ_OWN)
    claim = await store.lock_claim(session, acting.group_id, command.claim_id)
    if acting.member_id not in (claim.member_id, claim.reported_by):
        raise NotFound
    if not _is_done(claim, "withdrawn", command.key):
        _decide(session, acting, claim, "withdrawn", command.key)
        await session.flush()
        await _record(session, acting, claim, "welfare.withdrawn")
    return await view(session, acting, claim)


async def accept_claim(session: Session, actor: Actor, command: AcceptClaim) -> ClaimView:
    """Say that it is as reported, and that every rule that a person must look at was looked at: then it can be paid.

    Its reasons and the number of members are kept as they are now. Idempotent by `key`. Raises NotFound, OwnClaim,
    ClaimEnded, NotEligible, NotLookedAt.
    """
    acting, claim, siblings = await _to_decide(session, actor, command.claim_id)
    if _is_done(claim, "accepted", command.key):
        return await view(session, acting, claim)
    around = await look_around(session, acting, [claim])
    reasons = await reasons_for(acting, claim, around, store.Sealing(session, acting.group_id))
    if rules.verdict_of(reasons) == rules.NO:
        raise NotEligible
    to_check = {one.code for one in reasons if one.verdict == rules.CHECK}
    if missing := to_check - set(command.checked):
        raise NotLookedAt(count=len(missing))
    everyone = select(func.count()).select_from(active_ids(acting.group_id).subquery())
    members = int((await session.execute(everyone)).scalar_one())
    _decide(session, acting, claim, "accepted", command.key)
    claim.members = members
    taken = {one.place for one in siblings}
    claim.place = next(place for place in range(1, len(siblings) + 1) if place not in taken)
    claim.reasons, claim.checked = store.reason_terms(reasons), sorted(to_check)
    await session.flush()
    await _record(session, acting, claim, "welfare.accepted")
    await _tell(session, acting, claim, "claim_accepted")
    return await view(session, acting, claim)


async def refuse_claim(session: Session, actor: Actor, command: RefuseClaim) -> ClaimView:
    """Say no, with a reason that the member reads, also to one that was accepted and is not paid.

    Idempotent by `key`. Raises NotFound, OwnClaim, ClaimEnded, InvalidInput.
    """
    reason = check_text(command.reason, field="reason", empty="refusal_empty")
    acting, claim, _ = await _to_decide(session, actor, command.claim_id)
    if not _is_done(claim, "refused", command.key, may_end=("reported", "accepted")):
        sealing = store.Sealing(session, acting.group_id)
        sealed = await sealing.seal(claim.member_id, claim.id, "refusal_enc", reason)
        _decide(session, acting, claim, "refused", command.key)
        claim.refusal_enc, claim.place = sealed, None
        await session.flush()
        await _record(session, acting, claim, "welfare.refused")
        await _tell(session, acting, claim, "claim_refused")
    return await view(session, acting, claim)


async def join_event(session: Session, actor: Actor, command: JoinEvent) -> ClaimView:
    """Two members are bereaved by one event, though they wrote it otherwise; who was with the claim comes along.

    The same again changes nothing.

    Raises NotFound, OwnClaim, ClaimEnded for a claim that is decided, OtherEvent for two that can't be one.
    """
    acting = await authorise(session, actor, Permission.PROPOSE_DECISIONS)
    wanted = (command.claim_id, command.other_id)
    events = {(await store.get_claim(session, acting.group_id, one)).event_id for one in wanted}
    locked = {one.id: one for one in await store.lock_claims_of_event(session, acting.group_id, *events)}
    if not locked.keys() >= set(wanted):  # joined elsewhere in between
        raise NotFound
    claim, other = locked[command.claim_id], locked[command.other_id]
    if acting.member_id in (claim.member_id, claim.payee_id):
        raise OwnClaim
    if claim.event_id == other.event_id:
        return await view(session, acting, claim)
    moved = [one for one in locked.values() if one.event_id == claim.event_id and one.state in store.LIVE]
    for one in moved or [claim]:
        if one.state != "reported":
            raise ClaimEnded(one.state)
    there = {one.member_id for one in locked.values() if one.event_id == other.event_id and one.state in store.LIVE}
    if other.state not in store.LIVE or claim.event != other.event or there & {one.member_id for one in moved}:
        raise OtherEvent
    for one in moved:
        one.event_id = other.event_id
    await session.flush()
    await _record(session, acting, claim, "welfare.joined")
    return await view(session, acting, claim)


def _check_report(session: Session, acting: Acting, command: ReportClaim, member_id: UUID) -> tuple[str, str]:
    """The names as they are kept: to whom it happened, and who outside is paid. Raises InvalidInput."""
    faults, today = Faults(), today_in(acting.timezone, clock_of(session).now())
    person, payee = tidy(command.person), tidy(command.payee)
    for field, value, words in (
        ("event", command.event, EVENTS),
        ("relation", command.relation, RELATIONS),
        ("cause", command.cause, CAUSES),
    ):
        with faults.gather():
            if value not in words:
                raise InvalidInput(field, "welfare_choose")
    with faults.gather():
        _check_name(person, "person")
    with faults.gather():
        _check_days(command.happened_on, command.born_on, today)
    has_died = command.relation == MEMBER and command.event == "death"
    with faults.gather():
        if not has_died and (payee or command.payee_id not in (None, member_id)):
            raise InvalidInput("payee", "welfare_payee_own")
        if has_died and not payee and command.payee_id in (None, member_id):
            raise InvalidInput("payee", "welfare_payee")
        if has_died and payee:
            _check_name(payee, "payee")
    with faults.gather():
        if has_died and member_id == acting.member_id:
            raise InvalidInput("relation", "welfare_alive")
    faults.raise_found()
    return person, payee


def _check_name(name: str, field: str) -> None:
    if not name:
        raise InvalidInput(field, "name_empty")
    if len(name) > LONGEST_NAME:
        raise InvalidInput(field, "name_long", limit=LONGEST_NAME)


def _check_days(happened_on: date, born_on: date | None, today: date) -> None:
    if happened_on > today:
        raise InvalidInput("happened_on", "date_future")
    if (today - happened_on).days > OLDEST_EVENT_DAYS:
        raise InvalidInput("happened_on", "welfare_long_ago")
    if born_on is not None and not (born_on <= happened_on and happened_on.year - born_on.year <= 130):
        raise InvalidInput("born_on", "welfare_born")


def _content(command: ReportClaim, acting: Acting, member_id: UUID) -> dict[str, str | int]:
    names = (
        "event",
        "relation",
        "cause",
        "happened_on",
        "person",
        "born_on",
        "was_single",
        "note",
        "payee_id",
        "payee",
    )
    said = {name: str(getattr(command, name)) for name in names}
    return {"report_claim": str(member_id), "by": str(acting.member_id), **said}


async def _require_few(session: Session, acting: Acting) -> None:
    """Nobody keeps those busy who look at claims. The members are locked."""
    open_ = select(func.count()).where(
        WelfareClaim.group_id == acting.group_id,
        WelfareClaim.reported_by == acting.member_id,
        WelfareClaim.state == "reported",
    )
    if int((await session.execute(open_)).scalar_one()) >= MOST_OPEN:
        raise TooManyClaims(limit=MOST_OPEN)


async def _next_number(session: Session, group_id: UUID) -> int:
    """The members are locked."""
    newest = select(func.coalesce(func.max(WelfareClaim.number), 0)).where(WelfareClaim.group_id == group_id)
    return int((await session.execute(newest)).scalar_one()) + 1


async def _event_of(session: Session, group_id: UUID, index: bytes, member_id: UUID) -> UUID | None:
    """The event that others reported with the same name and day. Raises ClaimKnown when the member did herself."""
    statement = (
        select(WelfareClaim)
        .where(
            WelfareClaim.group_id == group_id,
            WelfareClaim.person_index == index,
            col(WelfareClaim.state).in_(store.LIVE),
        )
        .order_by(col(WelfareClaim.id))
    )
    known = list((await session.execute(statement)).scalars())
    if any(one.member_id == member_id for one in known):
        raise ClaimKnown(field="person")
    return known[0].event_id if known else None


async def _to_decide(session: Session, actor: Actor, claim_id: UUID) -> tuple[Acting, WelfareClaim, list[WelfareClaim]]:
    """The claim, and all of its event, locked for one who may decide about it."""
    acting = await authorise(session, actor, Permission.PROPOSE_DECISIONS)
    event_id = (await store.get_claim(session, acting.group_id, claim_id)).event_id
    claims = await store.lock_claims_of_event(session, acting.group_id, event_id)
    claim = next((one for one in claims if one.id == claim_id), None)
    if claim is None:  # it was joined to another event in between
        raise NotFound
    if acting.member_id in (claim.member_id, claim.payee_id):
        raise OwnClaim
    return acting, claim, claims


def _is_done(claim: WelfareClaim, state: str, key: str, *, may_end: tuple[str, ...] = ("reported",)) -> bool:
    """True when this very command was here before; ClaimEnded when another one was."""
    if (claim.state, claim.decision_key) == (state, key):
        return True
    if claim.state not in may_end:
        raise ClaimEnded(claim.state)
    if not key.isprintable() or not 1 <= len(key) <= idempotency.LONGEST:
        raise InvalidInput("idempotency_key", "key")
    return False


def _decide(session: Session, acting: Acting, claim: WelfareClaim, state: str, key: str) -> None:
    claim.state, claim.decision_key = state, key
    claim.decided_by, claim.decided_at = acting.member_id, clock_of(session).now()


async def _shown(session: Session, acting: Acting, claim_id: UUID) -> ClaimView:
    return await view(session, acting, await store.get_claim(session, acting.group_id, claim_id))


async def _tell(session: Session, acting: Acting, claim: WelfareClaim, kind: str) -> None:
    who = sorted({claim.member_id, claim.payee_id or claim.member_id, claim.reported_by})
    await inbox.tell_members(
        session,
        acting.group_id,
        kind,
        {"number": claim.number},
        members=who,
        but=acting.member_id,
        subject_id=claim.id,
    )


async def _record(session: Session, acting: Acting, claim: WelfareClaim, action: str) -> None:
    await audit.record(
        session,
        group_id=acting.group_id,
        actor_id=acting.member_id,
        action=action,
        subject="welfare",
        subject_id=claim.id,
        facts={"number": claim.number},
    )
