"""The collection sheet of one meeting: who was there and what each member handed over, recorded at once.

Order of locks: the sheet's key, the day's meeting, dues in id order, the ledger's head, the receipt counter.
"""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from app.domain.audit import service as audit
from app.domain.contributions.errors import SheetDiffers
from app.domain.contributions.models import Call, Contribution
from app.domain.contributions.service import OPEN
from app.domain.groups.access import authorise
from app.domain.groups.members import active_ids, member_cards
from app.domain.groups.permissions import Permission
from app.domain.groups.views import Acting, MemberCard
from app.domain.meetings import service as meetings
from app.domain.meetings.views import ATTENDANCE, NewMeeting
from app.domain.payments import store as payment_store
from app.domain.payments.commands import Part
from app.domain.payments.errors import OwnPayment
from app.domain.payments.ports import list_instalments
from app.domain.payments.rules import check_paid_on, oldest_day
from app.domain.payments.taking import Handed, read_taken, take_cash
from app.kit import idempotency
from app.kit.actor import Actor
from app.kit.clock import today_in
from app.kit.db import Session, clock_of
from app.kit.errors import InvalidInput, NotFound
from app.kit.ids import new_id
from app.kit.money import MAX_MINOR

COLUMNS = 4
"""Open contributions side by side, those due first."""


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """A call, or (`call_id` None) a `kind` of claims that are paid bit by bit; then `due_on` is the oldest day."""

    call_id: UUID | None
    title: str
    due_on: date
    kind: str = "contribution"


@dataclass(frozen=True, slots=True)
class SheetDue:
    """What is neither paid nor waiting to be confirmed: `open_minor` is asked for, up to `most_minor` is taken."""

    due_id: UUID
    open_minor: int
    most_minor: int
    kind: str = "contribution"


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A member's line: of each column what is open, None where nothing is, and whether it was paid.

    Of `is_own` only attendance is taken.
    """

    member_id: UUID
    member_no: str
    name: str
    is_own: bool
    dues: tuple[SheetDue | None, ...]
    paid: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class SheetView:
    """A blank sheet, members by number; `recorded`: the days whose meeting is. Amounts in minor units."""

    group_id: UUID
    currency: str
    today: date
    recorded: tuple[date, ...]
    columns: tuple[SheetColumn, ...]
    rows: tuple[SheetRow, ...]


@dataclass(frozen=True, slots=True)
class PaidRow:
    """What a member handed over: a part by due."""

    member_id: UUID
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class RecordSheet:
    """A filled sheet. `attendance` is by member, a word of ATTENDANCE, for all who pay; `counted_minor` is the cash."""

    held_on: date
    rows: tuple[PaidRow, ...]
    attendance: Mapping[UUID, str]
    counted_minor: int
    key: str


@dataclass(frozen=True, slots=True)
class SheetPayment:
    member_no: str
    name: str
    amount_minor: int
    receipt_id: UUID
    receipt_number: str


@dataclass(frozen=True, slots=True)
class RecordedSheet:
    """What became of a sheet: `attendance` counts members by state, `payments` are by member number."""

    meeting_id: UUID
    held_on: date
    currency: str
    sheet_minor: int
    counted_minor: int
    attendance: Mapping[str, int]
    payments: tuple[SheetPayment, ...]


async def read_sheet(session: Session, actor: Actor) -> SheetView:
    """Every active member with what is open of the 4 contributions due next, and the instalment of her loan.

    Nine queries at most; where there are loans two more, and one a product.
    """
    acting = await authorise(session, actor, Permission.RECORD_CASH)
    today = today_in(acting.timezone, clock_of(session).now())
    columns = await _columns(session, acting.group_id)
    waiting = await payment_store.waiting_amounts(session, acting.group_id)
    open_, paid = await _asked(
        session, acting.group_id, [column.call_id for column in columns if column.call_id], waiting
    )
    cards = await _cards(session, acting.group_id)
    bit_by_bit = await _instalments(session, acting.group_id, waiting, {card.id for card in cards})
    columns += tuple(SheetColumn(None, "", due_on, kind) for kind, (due_on, _) in bit_by_bit.items())
    return SheetView(
        group_id=acting.group_id,
        currency=acting.currency,
        today=today,
        recorded=tuple(sorted(await meetings.recorded_days(session, acting.group_id, oldest_day(today)))),
        columns=columns,
        rows=tuple(
            SheetRow(
                member_id=card.id,
                member_no=card.member_no,
                name=card.name,
                is_own=card.id == acting.member_id,
                dues=tuple(
                    open_.get((card.id, column.call_id)) if column.call_id else bit_by_bit[column.kind][1].get(card.id)
                    for column in columns
                ),
                paid=tuple((card.id, column.call_id) in paid for column in columns),
            )
            for card in cards
        ),
    )


async def read_recorded(session: Session, actor: Actor, held_on: date) -> RecordedSheet:
    """What became of that day's sheet. NotFound when no meeting of the day is recorded."""
    acting = await authorise(session, actor, Permission.RECORD_CASH)
    meeting_id = (await meetings.recorded_days(session, acting.group_id, held_on)).get(held_on)
    if meeting_id is None:
        raise NotFound
    return await _recorded(session, acting.group_id, meeting_id)


async def record_sheet(session: Session, actor: Actor, command: RecordSheet) -> RecordedSheet:
    """The meeting, who was there, and for each who paid a payment, an entry and a receipt: all of it or nothing.

    Idempotent by `key`. Raises OwnPayment for money in the actor's own row, SheetDiffers when the cash is not what the
    sheet comes to, TooMuchHanded for more than is open, MeetingRecorded for a day that is, NotFound for who is no
    member and a due that isn't hers, InvalidInput for the rest.
    """
    acting = await authorise(session, actor, Permission.RECORD_CASH)
    check_paid_on(command.held_on, today_in(acting.timezone, clock_of(session).now()), field="held_on")
    cards = {card.id: card for card in await _cards(session, acting.group_id)}
    sheet_minor = _check(acting, command, cards)
    meeting_id = new_id()
    earlier = await idempotency.claim(
        session,
        group_id=acting.group_id,
        key=command.key,
        content=_content(command),
        result={"meeting_id": str(meeting_id)},
    )
    if earlier is not None:
        return await _recorded(session, acting.group_id, UUID(str(earlier["meeting_id"])))
    new = NewMeeting(meeting_id, command.held_on, sheet_minor, command.counted_minor)
    await meetings.open_meeting(session, acting, new)
    handed = [
        Handed(row.member_id, cards[row.member_id].member_no, row.parts, f"sheet:{meeting_id}:{row.member_id}")
        for row in command.rows
    ]
    taken = await take_cash(session, acting, handed, command.held_on)
    payments = {one.member_id: one.payment_id for one in taken}
    await meetings.mark_members(session, acting.group_id, meeting_id, command.attendance, payments)
    await audit.record(
        session,
        group_id=acting.group_id,
        actor_id=acting.member_id,
        action="sheet.recorded",
        subject="meeting",
        subject_id=meeting_id,
        facts={
            "amount_minor": sheet_minor,
            "currency": acting.currency,
            "payments": len(taken),
            "held_on": command.held_on.isoformat(),
        },
    )
    return await _recorded(session, acting.group_id, meeting_id)


async def _cards(session: Session, group_id: UUID) -> list[MemberCard]:
    """Active members by number."""
    ids = list((await session.execute(active_ids(group_id))).scalars())
    return sorted((await member_cards(session, group_id, ids)).values(), key=lambda card: card.member_no)


async def _columns(session: Session, group_id: UUID) -> tuple[SheetColumn, ...]:
    statement = (
        select(Call.id, Call.title, Call.due_on)
        .where(
            Call.group_id == group_id,
            col(Call.fined_call_id).is_(None),
            Call.id.in_(
                select(Contribution.call_id).where(
                    Contribution.group_id == group_id,
                    Contribution.state.in_(OPEN),
                    Contribution.member_id.in_(active_ids(group_id)),
                )
            ),
        )
        .order_by(Call.due_on, Call.id)
        .limit(COLUMNS)
    )
    return tuple(SheetColumn(row.id, row.title, row.due_on) for row in await session.execute(statement))


async def _instalments(
    session: Session, group_id: UUID, waiting: Mapping[UUID, int], members: Set[UUID]
) -> dict[str, tuple[date, dict[UUID, SheetDue]]]:
    """By kind, the oldest day and what each of the members is asked for; of several loans the one due first."""
    found: dict[str, tuple[date, dict[UUID, SheetDue]]] = {}
    for kind, some in (await list_instalments(session, group_id)).items():
        by_member: dict[UUID, SheetDue] = {}
        days = []
        for one in some:
            sent = waiting.get(one.claim.id, 0)
            due, owner = one.due_minor - sent, one.claim.member_id
            if due > 0 and owner in members and owner not in by_member:
                by_member[owner] = SheetDue(one.claim.id, due, one.most_minor - sent, kind)
                days.append(one.due_on)
        if by_member:
            found[kind] = min(days), by_member
    return found


async def _asked(
    session: Session, group_id: UUID, calls: Sequence[UUID], waiting: Mapping[UUID, int]
) -> tuple[dict[tuple[UUID, UUID], SheetDue], Set[tuple[UUID, UUID]]]:
    """By member and call: what can still be paid, and which are paid in full."""
    statement = select(
        Contribution.id,
        Contribution.member_id,
        Contribution.call_id,
        (Contribution.amount_minor - Contribution.paid_minor).label("left"),
    ).where(
        Contribution.group_id == group_id,
        Contribution.call_id.in_(calls),
        Contribution.state.in_((*OPEN, "confirmed")),
    )
    rows = (await session.execute(statement)).all()
    found = {
        (row.member_id, row.call_id): SheetDue(row.id, left, left)
        for row in rows
        if (left := row.left - waiting.get(row.id, 0)) > 0
    }
    return found, {(row.member_id, row.call_id) for row in rows if not row.left}


def _check(acting: Acting, command: RecordSheet, cards: Mapping[UUID, MemberCard]) -> int:
    """What can be said without the dues. The sheet's sum, in minor units."""
    if not command.attendance:
        raise InvalidInput("attendance", "sheet_empty")
    if any(state not in ATTENDANCE for state in command.attendance.values()):
        raise InvalidInput("attendance", "attendance")
    paying = [row.member_id for row in command.rows]
    if not {*command.attendance, *paying} <= cards.keys():
        raise NotFound
    if len(set(paying)) < len(paying):
        raise InvalidInput("rows", "sheet_twice")
    if acting.member_id in paying:
        raise OwnPayment(field=str(acting.member_id), member=cards[acting.member_id].member_no)
    for member_id in paying:
        if member_id not in command.attendance:
            raise InvalidInput(str(member_id), "attendance_missing", member=cards[member_id].member_no)
    amounts = [part.amount_minor for row in command.rows for part in row.parts]
    if any(amount <= 0 for amount in amounts) or not all(row.parts for row in command.rows):
        raise InvalidInput("rows", "amount_not_positive")
    total = sum(amounts)
    if total > MAX_MINOR:
        raise InvalidInput("rows", "amount_too_large")
    if command.counted_minor != total:
        raise SheetDiffers(command.counted_minor - total, acting.currency)
    return total


def _content(command: RecordSheet) -> dict[str, str | int]:
    """What the sheet says, however its rows are ordered."""
    rows = sorted(
        f"{row.member_id}:" + ",".join(sorted(f"{part.claim_id}={part.amount_minor}" for part in row.parts))
        for row in command.rows
    )
    return {
        "sheet": command.held_on.isoformat(),
        "rows": ";".join(rows),
        "attendance": ";".join(sorted(f"{one}={state}" for one, state in command.attendance.items())),
        "counted": command.counted_minor,
    }


async def _recorded(session: Session, group_id: UUID, meeting_id: UUID) -> RecordedSheet:
    view = await meetings.get_meeting(session, group_id, meeting_id)
    cards = await member_cards(session, group_id, list(view.payments))
    taken = await read_taken(session, group_id, list(view.payments.values()))
    payments = [
        SheetPayment(
            member_no=cards[one.member_id].member_no,
            name=cards[one.member_id].name,
            amount_minor=one.amount_minor,
            receipt_id=one.receipt_id,
            receipt_number=one.receipt_number,
        )
        for one in taken.values()
    ]
    return RecordedSheet(
        meeting_id=view.id,
        held_on=view.held_on,
        currency=view.currency,
        sheet_minor=view.sheet_minor,
        counted_minor=view.counted_minor,
        attendance=Counter(view.attendance.values()),
        payments=tuple(sorted(payments, key=lambda one: one.member_no)),
    )
