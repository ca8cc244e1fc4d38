"""Calls on the members, and the settlement of dues that payments use."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import bindparam, case, exists, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from app.domain.audit import service as audit
from app.domain.contributions.errors import CallExists, NoMembers
from app.domain.contributions.models import Call, Contribution
from app.domain.contributions.views import CallView
from app.domain.groups import inbox
from app.domain.groups.access import authorise
from app.domain.groups.members import active_ids, active_members, lock_members
from app.domain.groups.permissions import Permission
from app.domain.groups.views import Acting
from app.domain.groups.ways import way_of
from app.domain.payments import store as payment_store
from app.domain.payments.ports import Claim
from app.kit import idempotency
from app.kit.actor import Actor
from app.kit.clock import today_in
from app.kit.db import Session, clock_of
from app.kit.errors import Faults, InvalidInput
from app.kit.ids import new_id, new_payment_reference
from app.kit.money import exponent
from app.kit.text import tidy

KIND = "contribution"
MOST_ASKED = 100_000_000
"""Of one member by one call, in whole units of its currency: above it is a slip of the hand."""
OPEN = ("expected", "part_paid")
DROPPED = ("waived", "cancelled")
ASKED = case((Contribution.state.in_(DROPPED), Contribution.paid_minor), else_=Contribution.amount_minor)
"""What a due asks for: of one that is no longer asked, what was paid before."""


@dataclass(frozen=True, slots=True)
class OpenCall:
    """Ask every member of the group for `amount_minor` by `due_on`."""

    title: str
    amount_minor: int
    due_on: date
    key: str


async def open_call(session: Session, actor: Actor, command: OpenCall) -> CallView:
    """One call and one due with its own reference per active member. Idempotent by `key`.

    Raises InvalidInput for an empty title, an amount out of range or that M-Pesa can't send, or a date in the past;
    CallExists for the title and date of another; NoMembers.
    """
    acting = await authorise(session, actor, Permission.OPEN_CALLS)
    assert acting.currency
    faults = Faults()
    today = today_in(acting.timezone, clock_of(session).now())
    step_minor = smallest_asked(way_of(acting.country), acting.currency)
    title = check_call(
        faults,
        command.title,
        command.amount_minor,
        command.due_on,
        today,
        step_minor=step_minor,
        currency=acting.currency,
    )
    faults.raise_found()
    call_id = new_id()
    earlier = await idempotency.claim(
        session,
        group_id=acting.group_id,
        key=command.key,
        content={"open_call": title, "amount": command.amount_minor, "due_on": str(command.due_on)},
        result={"call_id": str(call_id)},
    )
    if earlier is not None:
        return await call_view(session, acting.group_id, UUID(str(earlier["call_id"])))
    await ask_members(session, acting, call_id, title, command.amount_minor, command.due_on, acting.purpose)
    return await call_view(session, acting.group_id, call_id)


async def ask_members(
    session: Session,
    acting: Acting,
    call_id: UUID,
    title: str,
    amount_minor: int,
    due_on: date,
    purpose: str,
    *,
    spared: Collection[UUID] = (),
) -> Call:
    """A new call with a due for every active member, who are told; of those `spared` it is waived from the start.

    The caller has authorised, checked the values and claimed a key. Locks the members: nobody leaves or joins in
    between. Raises CallExists, NoMembers.
    """
    await lock_members(session, acting.group_id)
    members = [member.id for member in await active_members(session, acting.group_id)]
    asked = [member_id for member_id in members if member_id not in spared]
    if not asked:
        raise NoMembers
    await require_new_name(session, acting.group_id, title, due_on)
    call = Call(
        group_id=acting.group_id,
        id=call_id,
        title=title,
        purpose=purpose,
        amount_minor=amount_minor,
        currency=acting.currency,
        due_on=due_on,
        opened_by=acting.member_id,
        opened_at=clock_of(session).now(),
    )
    session.add(call)
    await session.flush()
    await add_dues(session, call, asked)
    await add_dues(session, call, [member_id for member_id in members if member_id in spared], state="waived")
    await audit.record(
        session,
        group_id=acting.group_id,
        actor_id=acting.member_id,
        action="call.opened",
        subject="call",
        subject_id=call.id,
        facts={"amount_minor": call.amount_minor, "currency": call.currency, "dues": len(asked)},
    )
    await inbox.tell_members(
        session,
        acting.group_id,
        "call_opened",
        told(call),
        members=asked,
        but=acting.member_id,
        subject_id=call.id,
    )
    return call


def told(call: Call) -> dict[str, str | int]:
    """What notices say of a call."""
    return {
        "title": call.title,
        "amount_minor": call.amount_minor,
        "currency": call.currency,
        "due_on": call.due_on.isoformat(),
    }


def smallest_asked(way: str, currency: str) -> int:
    """In minor units: what members pay with sends multiples of this. M-Pesa sends no cents."""
    return 10 ** exponent(currency) if way == "mpesa" else 1


def check_call(
    faults: Faults,
    title: str,
    amount_minor: int | None,
    due_on: date | None,
    today: date,
    *,
    currency: str,
    step_minor: int = 1,
) -> str:
    """The title as it is recorded; what can't be taken is gathered in `faults`. None is not asked about: such as an
    amount that could not be read, which the caller has gathered already.
    """
    tidied = tidy(title)
    with faults.gather():
        if not tidied:
            raise InvalidInput("title", "title_empty")
        if len(tidied) > 80:
            raise InvalidInput("title", "title_too_long", limit=80)
    with faults.gather():
        if amount_minor is not None and amount_minor <= 0:
            raise InvalidInput("amount", "amount_not_positive")
        most_minor = MOST_ASKED * 10 ** exponent(currency)
        if amount_minor is not None and amount_minor > most_minor:
            raise InvalidInput("amount", "asked_too_much", most_minor=most_minor, currency=currency)
        if amount_minor is not None and amount_minor % step_minor:
            raise InvalidInput("amount", "amount_whole")
    with faults.gather():
        if due_on is not None and due_on < today:
            raise InvalidInput("due_on", "date_past")
        if due_on is not None and due_on > today + timedelta(days=3 * 366):
            raise InvalidInput("due_on", "date_too_far")
    return tidied


async def require_new_name(
    session: Session, group_id: UUID, title: str, due_on: date, *, but: UUID | None = None
) -> None:
    """Raises CallExists for the name and date of another call that stands, `but` itself.

    A guard against the same form sent from two places; not against two people in the same second.
    """
    standing = exists().where(
        Contribution.group_id == group_id, Contribution.call_id == Call.id, Contribution.state != "cancelled"
    )
    same = select(Call.id).where(
        Call.group_id == group_id, Call.due_on == due_on, func.lower(Call.title) == title.lower(), standing
    )
    if but is not None:
        same = same.where(Call.id != but)
    if (await session.execute(same.limit(1))).first() is not None:
        raise CallExists(field="title")


async def add_dues(session: Session, call: Call, member_ids: Sequence[UUID], *, state: str = "expected") -> None:
    """Insert in one statement; a reference that exists already in the installation is drawn again."""
    left = list(member_ids)
    while left:
        rows = [
            {
                "group_id": call.group_id,
                "id": new_id(),
                "call_id": call.id,
                "member_id": member_id,
                "reference": new_payment_reference(),
                "amount_minor": call.amount_minor,
                "currency": call.currency,
                "due_on": call.due_on,
                "paid_minor": 0,
                "state": state,
            }
            for member_id in left
        ]
        statement = (
            insert(Contribution)
            .values(rows)
            .on_conflict_do_nothing(index_elements=["reference"])
            .returning(Contribution.member_id)
        )
        done = set((await session.execute(statement)).scalars())
        left = [member_id for member_id in left if member_id not in done]


async def call_view(session: Session, group_id: UUID, call_id: UUID) -> CallView:
    views = await call_views(session, group_id, call_ids=[call_id])
    return views[0]


async def call_views(
    session: Session, group_id: UUID, *, call_ids: Sequence[UUID] | None = None, limit: int = 50
) -> list[CallView]:
    """Calls, newest first, each with the sums of its dues: one query. Fines are calls that nobody opened: left out."""
    touched = or_(Contribution.paid_minor > 0, payment_store.is_touched(group_id, Contribution.id))
    statement = (
        select(
            Call,
            func.count(Contribution.id).filter(Contribution.state.not_in(DROPPED)),
            func.count(Contribution.id).filter(Contribution.state == "confirmed"),
            func.count(Contribution.id).filter(Contribution.state == "part_paid"),
            func.count(Contribution.id).filter(Contribution.state == "expected"),
            func.count(Contribution.id).filter(Contribution.member_id.in_(active_ids(group_id))),
            func.coalesce(func.sum(Contribution.paid_minor), 0),
            func.coalesce(func.sum(ASKED), 0),
            func.bool_or(touched),
            select(func.count()).select_from(active_ids(group_id).subquery()).scalar_subquery(),
        )
        .join(Contribution, (Contribution.group_id == Call.group_id) & (Contribution.call_id == Call.id))
        .where(Call.group_id == group_id)
        .group_by(Call.group_id, Call.id)
        .order_by(Call.opened_at.desc())
        .limit(limit)
    )
    statement = statement.where(col(Call.fined_call_id).is_(None) if call_ids is None else col(Call.id).in_(call_ids))
    return [
        CallView(
            id=call.id,
            title=call.title,
            amount_minor=call.amount_minor,
            currency=call.currency,
            due_on=call.due_on,
            opened_at=call.opened_at,
            dues=dues,
            confirmed=confirmed,
            part_paid=part_paid,
            unpaid=unpaid,
            unasked=active - asked,
            paid_minor=int(paid),
            expected_minor=int(expected),
            is_touched=is_touched,
            is_cancelled=dues == 0,
        )
        for call, dues, confirmed, part_paid, unpaid, asked, paid, expected, is_touched, active in (
            await session.execute(statement)
        ).all()
    ]


_CLAIMS = (
    select(
        Contribution.id,
        Contribution.member_id,
        Contribution.reference,
        Contribution.amount_minor,
        Contribution.paid_minor,
        Contribution.currency,
        Contribution.state,
        Call.title,
        Call.purpose,
    )
    .join(Call, (Call.group_id == Contribution.group_id) & (Call.id == Contribution.call_id))
    .where(Contribution.group_id == bindparam("group_id"), Contribution.id.in_(bindparam("ids", expanding=True)))
    .order_by(Contribution.id)
)
_LOCKED_CLAIMS = _CLAIMS.with_for_update(of=Contribution)
_CHANGE_PAID = text(
    """UPDATE contributions AS due SET paid_minor = due.paid_minor + part.minor, state = CASE
  WHEN due.state = ANY (CAST(:dropped AS text[])) THEN due.state
  WHEN due.paid_minor + part.minor = due.amount_minor THEN 'confirmed'
  WHEN due.paid_minor + part.minor = 0 THEN 'expected' ELSE 'part_paid' END
FROM unnest(CAST(:ids AS uuid[]), CAST(:minor AS bigint[])) AS part (id, minor)
WHERE due.group_id = :group_id AND due.id = part.id"""
)


class ContributionSettlement:
    """How payments settle dues: see `app.domain.payments.ports.Settlement`."""

    async def lock_claims(self, session: Session, group_id: UUID, ids: Sequence[UUID]) -> list[Claim]:
        return await self._claims(session, group_id, ids, lock=True)

    async def read_claims(self, session: Session, group_id: UUID, ids: Sequence[UUID]) -> list[Claim]:
        return await self._claims(session, group_id, ids, lock=False)

    async def _claims(self, session: Session, group_id: UUID, ids: Sequence[UUID], *, lock: bool) -> list[Claim]:
        if not ids:
            return []
        asked = {"group_id": group_id, "ids": ids}
        return [
            Claim(
                id=due.id,
                member_id=due.member_id,
                title=due.title,
                purpose=due.purpose,
                reference=due.reference,
                open_minor=due.amount_minor - due.paid_minor if due.state in OPEN else 0,
                currency=due.currency,
            )
            for due in await session.execute(_LOCKED_CLAIMS if lock else _CLAIMS, asked)
        ]

    async def change_paid(self, session: Session, group_id: UUID, parts: Sequence[tuple[UUID, int]]) -> None:
        """One statement, however many. A due that was dropped stays dropped."""
        changes = dict(parts)
        values = {"ids": list(changes), "minor": list(changes.values()), "dropped": list(DROPPED)}
        await session.execute(_CHANGE_PAID, {"group_id": group_id, **values})
