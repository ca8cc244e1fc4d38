"""Once a day, group by group: fines for what is late, reminders for what is open. For the worker; there is no actor.

A fine is a due of a call of its own: one call for each contribution and step, so that a due has at most one of each
step, whatever runs twice. What a member owes in fines she pays, and has waived, like any other due.

Order of locks: the group's members, then dues in id order.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import Select, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from app.domain.audit import service as audit
from app.domain.contributions.fines import PAY_DAYS, Charge, charges, reminder
from app.domain.contributions.models import Call, Contribution, DueLook, Reminder
from app.domain.contributions.service import DROPPED, OPEN, add_dues, told
from app.domain.groups import inbox
from app.domain.groups.access import read_group
from app.domain.groups.late_rules import LateRule, late_rules_of, rule_on
from app.domain.groups.members import active_ids, lock_members, system_seat
from app.domain.groups.views import GroupView
from app.domain.payments import store as payment_store
from app.kit.clock import today_in
from app.kit.db import Session, clock_of
from app.kit.ids import new_id

LOOKS_BACK = timedelta(days=400)
"""Older dues are left as they are."""
NOBODY = UUID(int=0)
_DUE = text("SELECT group_id FROM lookup.dues_unseen(:now)")


@dataclass(frozen=True, slots=True)
class Looked:
    """What one look did."""

    charged: int = 0
    dropped: int = 0
    reminded: int = 0


async def unseen_groups(session: Session) -> list[UUID]:
    """Groups whose dues nobody looked after since their own midnight; needs no tenant."""
    return list((await session.execute(_DUE, {"now": clock_of(session).now()})).scalars())


async def look_after_dues(session: Session, group_id: UUID) -> Looked:
    """Fines and reminders of today. Repeating changes nothing, nor do nights that were missed.

    Locks the group's members: of two at once one waits, then finds it done.
    """
    await lock_members(session, group_id)
    group = await read_group(session, group_id)
    today = today_in(group.timezone, clock_of(session).now())
    rules = await late_rules_of(session, group_id, group.timezone)
    charged, dropped = await _fine(session, group, rules, today)
    reminded = await _remind(session, group, rules, today)
    seen = insert(DueLook).values(group_id=group_id, through=today)
    await session.execute(seen.on_conflict_do_update(index_elements=["group_id"], set_={"through": today}))
    return Looked(charged, dropped, reminded)


async def _fine(session: Session, group: GroupView, rules: list[LateRule], today: date) -> tuple[int, int]:
    """How many fines are new, and how many are dropped because the money turned out to have come in time."""
    if all(rule.fine == "none" for rule in rules):
        return 0, 0
    late = _late(group.id, today)
    which = select(Contribution).where(Contribution.group_id == group.id, Contribution.id.in_(late))
    dues = (await session.execute(which)).scalars().all()
    paid = await payment_store.days_paid(session, group.id, late)
    earned: dict[tuple[UUID, int], dict[UUID, Charge]] = defaultdict(dict)
    for due in dues:
        for charge in charges(rule_on(rules, due.due_on), due.due_on, due.amount_minor, paid.get(due.id, ()), today):
            earned[due.call_id, charge.step][due.member_id] = charge
    fines = await _fines(session, group.id, {due.call_id for due in dues})
    dropped = await _drop(session, group, fines, earned, {(due.call_id, due.member_id) for due in dues})
    charged = 0
    for (call_id, step), by_member in sorted(earned.items()):
        charged += await _charge(session, group, rules, call_id, step, by_member, fines)
    return charged, dropped


def _late(group_id: UUID, today: date) -> Select[tuple[UUID]]:
    """The ids of what is late or was, of members of today; no fines."""
    return (
        select(Contribution.id)
        .join(Call, (Call.group_id == Contribution.group_id) & (Call.id == Contribution.call_id))
        .where(
            Contribution.group_id == group_id,
            Contribution.due_on >= today - LOOKS_BACK,
            Contribution.due_on < today,
            Contribution.state.not_in(DROPPED),
            Contribution.member_id.in_(active_ids(group_id)),
            col(Call.fined_call_id).is_(None),
        )
    )


async def _fines(
    session: Session, group_id: UUID, calls: set[UUID]
) -> dict[tuple[UUID, int], dict[UUID, Contribution]]:
    """The fines there are, by contribution and step, then by member; locked."""
    statement = (
        select(Contribution, Call.fined_call_id, Call.fine_step)
        .join(Call, (Call.group_id == Contribution.group_id) & (Call.id == Contribution.call_id))
        .where(Contribution.group_id == group_id, col(Call.fined_call_id).in_(calls))
        .order_by(Contribution.id)
        .with_for_update(of=Contribution)
        .execution_options(populate_existing=True)
    )
    found: dict[tuple[UUID, int], dict[UUID, Contribution]] = defaultdict(dict)
    for due, fined_call_id, step in (await session.execute(statement)).all():
        found[fined_call_id, step][due.member_id] = due
    return found


async def _drop(
    session: Session,
    group: GroupView,
    fines: Mapping[tuple[UUID, int], Mapping[UUID, Contribution]],
    earned: Mapping[tuple[UUID, int], Mapping[UUID, Charge]],
    known: set[tuple[UUID, UUID]],
) -> int:
    """Unpaid fines of dues that were paid in time after all; only of dues that were looked at."""
    gone = [
        due
        for (call_id, step), by_member in fines.items()
        for member_id, due in by_member.items()
        if due.state == "expected"
        and (call_id, member_id) in known
        and member_id not in earned.get((call_id, step), {})
    ]
    waiting = await payment_store.waiting_amounts(session, group.id, [due.id for due in gone]) if gone else {}
    gone = [due for due in gone if due.id not in waiting]
    for due in gone:
        due.state = "cancelled"
    if gone:
        await session.flush()
        total = sum(due.amount_minor for due in gone)
        facts: dict[str, str | int] = {"count": len(gone), "amount_minor": total, "currency": group.currency}
        await _record(session, group, "fines.dropped", facts)
    return len(gone)


async def _charge(
    session: Session,
    group: GroupView,
    rules: list[LateRule],
    call_id: UUID,
    step: int,
    earned: Mapping[UUID, Charge],
    fines: Mapping[tuple[UUID, int], Mapping[UUID, Contribution]],
) -> int:
    """The fines of one contribution and step that are missing; one that was dropped is asked for again."""
    there = fines.get((call_id, step), {})
    again = [there[one] for one in earned if one in there and there[one].state == "cancelled"]
    missing = sorted(one for one in earned if one not in there)
    if not again and not missing:
        return 0
    call = await _fine_call(session, group, rules, call_id, step, next(iter(earned.values())))
    for due in again:
        due.state = "expected"
    await session.flush()
    await add_dues(session, call, missing)
    members = [*missing, *(due.member_id for due in again)]
    await inbox.tell_members(
        session, group.id, "fine_charged", told(call), members=members, but=NOBODY, subject_id=call.id
    )
    total = call.amount_minor * len(members)
    facts: dict[str, str | int] = {"count": len(members), "amount_minor": total, "currency": group.currency}
    await _record(session, group, "fines.charged", facts)
    return len(members)


async def _fine_call(
    session: Session, group: GroupView, rules: list[LateRule], call_id: UUID, step: int, charge: Charge
) -> Call:
    """The call of these fines, made when it is the first; the members are locked."""
    known = select(Call).where(Call.group_id == group.id, Call.fined_call_id == call_id, Call.fine_step == step)
    if (found := (await session.execute(known)).scalar_one_or_none()) is not None:
        return found
    late = await session.get_one(Call, (group.id, call_id))
    name = rule_on(rules, late.due_on).title + (f" {step}" if step > 1 else "")
    call = Call(
        group_id=group.id,
        id=new_id(),
        title=f"{name}: {late.title}"[:80],
        purpose="fine",
        amount_minor=charge.amount_minor,
        currency=group.currency,
        due_on=charge.on + timedelta(days=PAY_DAYS),
        opened_by=await system_seat(session, group.id),
        opened_at=clock_of(session).now(),
        fined_call_id=call_id,
        fine_step=step,
    )
    session.add(call)
    await session.flush()
    return call


async def _remind(session: Session, group: GroupView, rules: list[LateRule], today: date) -> int:
    """Each due is told of once before, once on and once after its day, as long as something of it is open."""
    soonest = today + timedelta(days=max(rule.before_days for rule in rules))
    statement = (
        select(Contribution, Call.title)
        .join(Call, (Call.group_id == Contribution.group_id) & (Call.id == Contribution.call_id))
        .where(
            Contribution.group_id == group.id,
            Contribution.state.in_(OPEN),
            Contribution.due_on.between(today - LOOKS_BACK, soonest),  # pyright: ignore[reportAttributeAccessIssue]
            Contribution.member_id.in_(active_ids(group.id)),
        )
        .order_by(Contribution.due_on, Contribution.id)
    )
    found = (await session.execute(statement)).all()
    waiting = await payment_store.waiting_amounts(session, group.id)
    at = {
        due.id: step
        for due, _ in found
        if (step := reminder(rule_on(rules, due.due_on), due.due_on, today))
        and due.amount_minor - due.paid_minor > waiting.get(due.id, 0)
    }
    new = await _mark(session, group.id, at)
    told_of: dict[str, list[tuple[UUID, inbox.Facts, UUID]]] = defaultdict(list)
    for due, title in found:
        if due.id in new:
            facts: inbox.Facts = {
                "title": title,
                "amount_minor": due.amount_minor - due.paid_minor - waiting.get(due.id, 0),
                "currency": due.currency,
                "due_on": due.due_on.isoformat(),
            }
            told_of[f"due_{at[due.id]}"].append((due.member_id, facts, due.id))
    for kind, rows in told_of.items():
        await inbox.tell_each(session, group.id, kind, rows, but=NOBODY)
    return len(new)


async def _mark(session: Session, group_id: UUID, at: Mapping[UUID, str]) -> set[UUID]:
    """Write that these reminders are given; the dues of which that was not written before."""
    if not at:
        return set()
    now = clock_of(session).now()
    rows = [{"group_id": group_id, "due_id": due_id, "step": step, "at": now} for due_id, step in sorted(at.items())]
    statement = insert(Reminder).values(rows).on_conflict_do_nothing().returning(Reminder.due_id)
    return set((await session.execute(statement)).scalars())


async def _record(session: Session, group: GroupView, action: str, facts: dict[str, str | int]) -> None:
    await audit.record(
        session, group_id=group.id, actor_id=None, action=action, subject="group", subject_id=group.id, facts=facts
    )
