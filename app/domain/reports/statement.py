"""A member's statement for any period, read from the ledger: what stood before, each line, what stands after.

Bound to the book as it was at one entry, so that the same statement can be drawn again, line by line.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.domain.groups.access import authorise, read_group
from app.domain.groups.members import member_cards
from app.domain.groups.permissions import Permission
from app.domain.groups.templates import TEMPLATES
from app.domain.groups.views import Acting, GroupView
from app.domain.ledger import service as ledger
from app.domain.ledger.recipes import member_account
from app.domain.ledger.views import Head, PeriodLine
from app.domain.receipts import service as receipts
from app.domain.receipts.views import ReceiptView
from app.domain.reports.views import MemberStatement, StatementLine
from app.kit.actor import Actor
from app.kit.clock import today_in
from app.kit.db import Session, clock_of
from app.kit.errors import InvalidInput, NotFound
from app.kit.money import exponent

MAX_LINES = 5000
"""Longer statements are refused: a shorter period is asked for."""
EARLIEST = date(1900, 1, 1)


@dataclass(frozen=True, slots=True)
class Period:
    """Both days belong to it."""

    from_on: date
    until_on: date


async def member_statement(
    session: Session, actor: Actor, period: Period, *, member_id: UUID | None = None, recorded: datetime | None = None
) -> MemberStatement:
    """One's own, or anyone's for those who read the group; NotFound otherwise. Three queries on the ledger.

    With `recorded`, as the statement stood at that instant: entries recorded later are left out, reversals too.

    Raises InvalidInput for a period that ends before it begins or after today, or holds more than MAX_LINES.
    """
    acting, member_id = await may_read(session, actor, member_id)
    check_period(period, today_in(acting.timezone, clock_of(session).now()))
    upto = None if recorded is None else await ledger.seq_at(session, acting.group_id, recorded)
    head = await ledger.head(session, acting.group_id, upto=upto)
    return await draw(session, acting.group_id, member_id, period, head)


async def statement_days(session: Session, actor: Actor, *, member_id: UUID | None = None) -> tuple[date, date]:
    """The day of the account's first line, today without one; and today. Permission as `member_statement`."""
    acting, member_id = await may_read(session, actor, member_id)
    today = today_in(acting.timezone, clock_of(session).now())
    first = await ledger.first_day(session, acting.group_id, member_account(acting.purpose, member_id))
    return first or today, today


async def may_read(session: Session, actor: Actor, member_id: UUID | None) -> tuple[Acting, UUID]:
    """Who asks, and whose account: one's own, or another's for those who read the group. Raises NotFound."""
    acting = await authorise(session, actor, Permission.READ_OWN)
    wanted = member_id or acting.member_id
    if wanted == acting.member_id:
        return acting, wanted
    if not acting.may(Permission.READ_GROUP) or not await member_cards(session, acting.group_id, [wanted]):
        raise NotFound
    return acting, wanted


def account_of(group: GroupView, member_id: UUID) -> str:
    """The member's account in the group's book: what she gave to the fund, saved, or paid into the pot."""
    return member_account(TEMPLATES[group.template].purpose, member_id)


def check_period(period: Period, today: date) -> None:
    if period.from_on < EARLIEST:
        raise InvalidInput("from", "date")
    if period.until_on < period.from_on:
        raise InvalidInput("until", "period_backwards")
    if period.until_on > today:
        raise InvalidInput("until", "period_future")


async def draw(session: Session, group_id: UUID, member_id: UUID, period: Period, head: Head) -> MemberStatement:
    """The statement from the entries up to `head`; the caller has authorised. NotFound for no member of the group."""
    card = (await member_cards(session, group_id, [member_id])).get(member_id)
    if card is None:
        raise NotFound
    group = await read_group(session, group_id)
    account = account_of(group, member_id)
    opening = -(await ledger.balance_before(session, group_id, account, day=period.from_on, upto=head.seq))
    found = await ledger.period_lines(
        session,
        group_id,
        account,
        since=period.from_on,
        until=period.until_on,
        upto=head.seq,
        limit=MAX_LINES + 1,
    )
    if len(found) > MAX_LINES:
        raise InvalidInput("from", "statement_long", limit=f"{MAX_LINES:,}")
    known = await receipts.find_by_entries(session, group_id, [line.reverses_seq or line.seq for line in found])
    lines = _lines(found, known, opening)
    return MemberStatement(
        group_id=group_id,
        group_name=group.name,
        timezone=group.timezone,
        member_id=member_id,
        member_no=card.member_no,
        name=card.name,
        currency=group.currency,
        exponent=exponent(group.currency),
        from_on=period.from_on,
        until_on=period.until_on,
        opening_minor=opening,
        in_minor=sum(line.in_minor for line in lines),
        out_minor=sum(line.out_minor for line in lines),
        closing_minor=lines[-1].balance_after_minor if lines else opening,
        lines=lines,
        head_seq=head.seq,
        head_hash=head.hash,
    )


def _lines(found: list[PeriodLine], known: dict[int, ReceiptView], opening: int) -> tuple[StatementLine, ...]:
    lines, balance = [], opening
    for line in found:
        balance -= line.amount_minor
        lines.append(_line(line, known.get(line.reverses_seq or line.seq), balance))
    return tuple(lines)


def _line(line: PeriodLine, receipt: ReceiptView | None, balance: int) -> StatementLine:
    """The account is a credit account: what the member gave is negative there, and `in` here."""
    return StatementLine(
        seq=line.seq,
        effective_on=line.effective_on,
        title=", ".join(part.title for part in receipt.lines) if receipt else "",
        method=receipt.method if receipt else "",
        provider_code=(receipt.provider_code or "") if receipt else "",
        receipt_id=receipt.id if receipt else None,
        receipt_number=receipt.number if receipt else "",
        in_minor=max(-line.amount_minor, 0),
        out_minor=max(line.amount_minor, 0),
        balance_after_minor=balance,
        reverses_seq=line.reverses_seq,
        reversed_by_seq=line.reversed_by_seq,
        kind=line.kind,
    )
