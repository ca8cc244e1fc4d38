"""A call after it was opened: put right, asked of who joined later, closed.

Order of locks: the group's members, then dues in id order, as whoever pays does: of a payment and a change at once
one waits, then sees what the other did.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from app.domain.audit import service as audit
from app.domain.contributions.errors import CallHasPayments, PaymentsWaiting
from app.domain.contributions.models import Call, Contribution
from app.domain.contributions.service import (
    DROPPED,
    OPEN,
    add_dues,
    call_view,
    check_call,
    require_new_name,
    smallest_asked,
    told,
)
from app.domain.contributions.views import CallView
from app.domain.groups import inbox
from app.domain.groups.access import authorise
from app.domain.groups.members import active_members, lock_members
from app.domain.groups.permissions import Permission
from app.domain.groups.views import Acting
from app.domain.groups.ways import way_of
from app.domain.payments import store as payment_store
from app.kit.actor import Actor
from app.kit.clock import today_in
from app.kit.db import Session, clock_of
from app.kit.errors import Faults, NotFound


@dataclass(frozen=True, slots=True)
class ChangeCall:
    """Name, amount each and due date as they should be."""

    call_id: UUID
    title: str
    amount_minor: int
    due_on: date


@dataclass(frozen=True, slots=True)
class AskLater:
    """Ask the members who have no due of this call."""

    call_id: UUID


@dataclass(frozen=True, slots=True)
class CloseCall:
    """Ask no more for what is open on this call."""

    call_id: UUID


async def change_call(session: Session, actor: Actor, command: ChangeCall) -> CallView:
    """Put a call right; its members are told. The same again changes nothing.

    Raises NotFound, InvalidInput as `open_call`, CallExists, and CallHasPayments for another amount once any payment
    names one of the dues.
    """
    acting = await authorise(session, actor, Permission.OPEN_CALLS)
    call, dues = await _lock(session, acting.group_id, command.call_id)
    today = today_in(acting.timezone, clock_of(session).now())
    faults = Faults()
    moved = None if command.due_on == call.due_on else command.due_on
    asked = command.amount_minor if command.amount_minor != call.amount_minor else None
    step_minor = smallest_asked(way_of(acting.country), acting.currency)
    title = check_call(faults, command.title, asked, moved, today, step_minor=step_minor, currency=acting.currency)
    faults.raise_found()
    facts = _changes(call, title, command)
    if not facts:
        return await call_view(session, acting.group_id, call.id)
    await require_new_name(session, acting.group_id, title, command.due_on, but=call.id)
    if command.amount_minor != call.amount_minor and await payment_store.are_touched(
        session, acting.group_id, [due.id for due in dues]
    ):
        raise CallHasPayments(field="amount")
    call.title, call.amount_minor, call.due_on = title, command.amount_minor, command.due_on
    for due in dues:
        due.amount_minor, due.due_on = command.amount_minor, command.due_on
    await session.flush()
    await _audit(session, acting, call, "call.changed", facts)
    await _tell(session, acting, call, "call_changed", [due for due in dues if due.state in OPEN])
    return await call_view(session, acting.group_id, call.id)


async def ask_later(session: Session, actor: Actor, command: AskLater) -> CallView:
    """Active members without a due of this call get one each; who has one, be it dropped, gets none.

    Repeating changes nothing. Raises NotFound, also for a call of which nothing stands.
    """
    acting = await authorise(session, actor, Permission.OPEN_CALLS)
    await lock_members(session, acting.group_id)
    call, _ = await _lock(session, acting.group_id, command.call_id)
    every = select(Contribution.member_id).where(
        Contribution.group_id == acting.group_id, Contribution.call_id == call.id
    )
    asked = set((await session.execute(every)).scalars())
    late = [member.id for member in await active_members(session, acting.group_id) if member.id not in asked]
    if late:
        await add_dues(session, call, late)
        await _audit(session, acting, call, "call.asked_later", {"dues": len(late)})
        await inbox.tell_members(
            session, acting.group_id, "call_opened", told(call), members=late, but=acting.member_id, subject_id=call.id
        )
    return await call_view(session, acting.group_id, call.id)


async def close_call(session: Session, actor: Actor, command: CloseCall) -> CallView:
    """What is open on a call is asked no more and leaves every figure; what was paid stays. Who owed it is told.

    Repeating changes nothing. Raises NotFound, and PaymentsWaiting while a payment for it waits to be decided.
    """
    acting = await authorise(session, actor, Permission.OPEN_CALLS)
    call, dues = await _lock(session, acting.group_id, command.call_id, stands=False)
    live = [due for due in dues if due.state in OPEN]
    if live:
        if await payment_store.waiting_amounts(session, acting.group_id, [due.id for due in live]):
            raise PaymentsWaiting
        for due in live:
            due.state = "cancelled"
        await session.flush()
        await _audit(session, acting, call, "call.closed", {"dues": len(live)})
        await _tell(session, acting, call, "call_closed", live)
    return await call_view(session, acting.group_id, call.id)


async def _lock(
    session: Session, group_id: UUID, call_id: UUID, *, stands: bool = True
) -> tuple[Call, list[Contribution]]:
    """A call and those of its dues that stand, locked. Raises NotFound; `stands`: also when none does."""
    statement = (
        select(Contribution)
        .where(
            Contribution.group_id == group_id,
            Contribution.call_id == call_id,
            Contribution.state.not_in(DROPPED),
        )
        .order_by(Contribution.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    dues = list((await session.execute(statement)).scalars())
    call = await session.get(Call, (group_id, call_id), populate_existing=True)
    if call is None or call.fined_call_id is not None or (stands and not dues):
        raise NotFound
    return call, dues


def _changes(call: Call, title: str, command: ChangeCall) -> dict[str, str | int]:
    """What would be other than it is, before and after, as the log keeps it: without the free text of a name."""
    fields = {
        "title": call.title != title,
        "amount": call.amount_minor != command.amount_minor,
        "due_on": call.due_on != command.due_on,
    }
    facts: dict[str, str | int] = {"fields": ",".join(name for name, is_new in fields.items() if is_new)}
    if not facts["fields"]:
        return {}
    if fields["amount"]:
        facts |= {"amount_before": call.amount_minor, "amount_after": command.amount_minor, "currency": call.currency}
    if fields["due_on"]:
        facts |= {"due_before": call.due_on.isoformat(), "due_after": command.due_on.isoformat()}
    return facts


async def _tell(session: Session, acting: Acting, call: Call, kind: str, dues: Sequence[Contribution]) -> None:
    await inbox.tell_members(
        session,
        acting.group_id,
        kind,
        told(call),
        members=[due.member_id for due in dues],
        but=acting.member_id,
        subject_id=call.id,
    )


async def _audit(session: Session, acting: Acting, call: Call, action: str, facts: dict[str, str | int]) -> None:
    await audit.record(
        session,
        group_id=acting.group_id,
        actor_id=acting.member_id,
        action=action,
        subject="call",
        subject_id=call.id,
        facts=facts,
    )
