"""A line that the books had before: recorded by hand, sent and confirmed, or paid out by a decision."""

from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from app.domain.groups.access import authorise
from app.domain.groups.members import member_cards
from app.domain.groups.permissions import Permission
from app.domain.ledger.views import PeriodLine
from app.domain.payments.models import Payment
from app.domain.reconciliation.bank.balancing import entries_of, shown_entries
from app.domain.reconciliation.bank.deciding import keep, read_line
from app.domain.reconciliation.bank.errors import EntryTaken
from app.domain.reconciliation.bank.models import BankLineRow
from app.domain.reconciliation.bank.queue import accepted, begin
from app.domain.reconciliation.bank.queue_views import BookedView, MatchBooked, MatchView
from app.kit.actor import Actor
from app.kit.db import Session

MOST, DAYS = 8, 92
"""Of so many entries one may choose, that are at most so many days from the line."""


async def find_booked(session: Session, actor: Actor, line_id: UUID) -> list[BookedView]:
    """Entries of the line's account and amount that no other line stands for, the nearest day first. NotFound."""
    acting = await authorise(session, actor, Permission.READ_BOOKS)
    line = await read_line(session, acting.group_id, line_id)
    near = await _free(session, line)
    near.sort(key=lambda one: (_days(one, line.booked_on), one.seq))
    seqs = [one.seq for one in near[:MOST]]
    statement = select(Payment.entry_seq, Payment.member_id).where(
        Payment.group_id == acting.group_id, col(Payment.entry_seq).in_(seqs)
    )
    owners = {row.entry_seq: row.member_id for row in await session.execute(statement)}
    cards = await member_cards(session, acting.group_id, list(owners.values())) if owners else {}
    names = {seq: cards[member_id].name for seq, member_id in owners.items() if member_id in cards}
    return [BookedView(one.seq, one.kind, one.effective_on, names.get(one.seq, "")) for one in near[:MOST]]


async def match_booked(session: Session, actor: Actor, command: MatchBooked) -> MatchView:
    """This line is entry `seq`: confirming it posts nothing. Idempotent by key. Locks the line.

    Raises LineTaken, EntryTaken where the entry doesn't fit or is another line's, NotFound.
    """
    acting = await authorise(session, actor, Permission.CONFIRM_PAYMENTS)
    content = {"line": str(command.line_id), "entry": str(command.seq)}
    line, earlier = await begin(session, acting, command.line_id, command.key, content)
    if earlier:
        return earlier
    if command.seq not in {one.seq for one in await _free(session, line)}:
        raise EntryTaken
    match = await keep(session, acting, line, "booked", command.key, content)
    match.entry_seq = command.seq
    try:
        async with session.begin_nested():
            session.add(match)
            await session.flush()
    except IntegrityError:
        raise EntryTaken from None
    return await accepted(session, acting, match, line)


async def _free(session: Session, line: BankLineRow) -> list[PeriodLine]:
    """Neither reversed nor a reversal: those two cancel in the books."""
    shown = await shown_entries(session, line.group_id, line.account)
    return [
        one
        for one in await entries_of(session, line.group_id, line.account)
        if one.amount_minor == line.amount_minor
        and one.seq not in shown
        and one.reverses_seq is None
        and one.reversed_by_seq is None
        and _days(one, line.booked_on) <= DAYS
    ]


def _days(entry: PeriodLine, on: date) -> int:
    return abs((entry.effective_on - on).days)
