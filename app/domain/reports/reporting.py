"""Reports on a group: what was paid, who owes, how regions stand, what moved, receipts, members, invoices, interest,
fines.

Each is drawn from the records as they are now; a member's name is sealed, so that names are looked up per report and
put in order here. Queries per report are counted in the tests; none grows with the number of rows.
"""

from collections.abc import Awaitable, Callable
from datetime import date
from uuid import UUID

from sqlalchemy import select

from app.domain.contributions.models import Call, Contribution
from app.domain.contributions.service import OPEN
from app.domain.contributions.standing import Asked, Standing, conditions, rank_regions, standings
from app.domain.groups.access import authorise, read_group
from app.domain.groups.members import active_members, current_members, member_cards
from app.domain.groups.permissions import Permission
from app.domain.ledger import service as ledger
from app.domain.ledger.finding import MOST, Wanted, find_entries, moved_by_month, sum_entries
from app.domain.ledger.recipes import MEMBER_CONTROL
from app.domain.payments import store as payment_store
from app.domain.receipts import service as receipts
from app.domain.receipts.views import ReceiptFor
from app.domain.reports.books import EARLIEST, flows, journal_rows, sign_of
from app.domain.reports.fines import draw_fines
from app.domain.reports.report_views import (
    FIELDS,
    KINDS,
    Balance,
    Bucket,
    Contributions,
    EarnedLine,
    EntryLine,
    Interest,
    Invoice,
    Invoices,
    MemberLine,
    Members,
    Narrowed,
    Overdue,
    OwedLine,
    Receipts,
    Regions,
    Report,
    ReportHead,
    Transactions,
)
from app.kit.actor import Actor
from app.kit.clock import today_in
from app.kit.db import Session, clock_of
from app.kit.errors import InvalidInput, NotFound

PAGE = 50
SHOWN = 500
"""Rows on a page at most; the files have all, up to MOST."""
ALL = Narrowed()
EARNED = tuple(MEMBER_CONTROL[one] for one in ("loan_interest", "loan_fee", "loan_penalty"))
"""Where stands what loans earn."""
AGES = ((0, 0), (1, 30), (31, 60), (61, 90), (91, None))
"""Days late, from and to."""


async def read_report(
    session: Session, actor: Actor, kind: str, narrowed: Narrowed = ALL, *, limit: int = MOST
) -> Report:
    """One report for those who read the books, with its first `limit` rows.

    NotFound for no kind of KINDS, and for a call or a member of another group; InvalidInput for days or amounts in the
    wrong order.
    """
    acting = await authorise(session, actor, Permission.READ_BOOKS)
    check_report(kind, narrowed)
    return await draw_report(session, acting.group_id, kind, narrowed, limit=limit)


async def my_invoice(session: Session, actor: Actor) -> Invoices:
    """What the reader owes, as the group would write it to her."""
    acting = await authorise(session, actor, Permission.READ_OWN)
    head = await head_of(session, acting.group_id, "invoices", Narrowed(member_id=acting.member_id))
    return await _invoices(session, acting.group_id, head, 1)


def check_report(kind: str, narrowed: Narrowed) -> None:
    """Raises NotFound and InvalidInput as `read_report`."""
    if kind not in KINDS:
        raise NotFound
    if narrowed.since and narrowed.until and narrowed.until < narrowed.since:
        raise InvalidInput("until", "period_backwards")
    least, most = narrowed.least_minor, narrowed.most_minor
    if least is not None and most is not None and most < least:
        raise InvalidInput("most", "amount_backwards")


async def draw_report(session: Session, group_id: UUID, kind: str, narrowed: Narrowed, *, limit: int = MOST) -> Report:
    """The report for whoever has authorised: the service above, and the worker."""
    known = {name: getattr(narrowed, name) for name in FIELDS[kind]}
    head = await head_of(session, group_id, kind, Narrowed(**known))
    return await _DRAWN[kind](session, group_id, head, limit)


async def head_of(session: Session, group_id: UUID, kind: str, narrowed: Narrowed) -> ReportHead:
    """What stands over a report; the caller has authorised. NotFound for another group's call or member."""
    group = await read_group(session, group_id)
    now = clock_of(session).now()
    title = name = ""
    if narrowed.call_id is not None:
        call = await session.get(Call, (group_id, narrowed.call_id))
        if call is None:
            raise NotFound
        title = call.title
    if narrowed.member_id is not None:
        card = (await member_cards(session, group_id, [narrowed.member_id])).get(narrowed.member_id)
        if card is None:
            raise NotFound
        name = card.name
    return ReportHead(
        kind=kind,
        narrowed=narrowed,
        group_name=group.name,
        group_code=group.code,
        currency=group.currency,
        timezone=group.timezone,
        region_kind=group.region_kind,
        way=group.way,
        pay_to=group.pay_to or "",
        today=today_in(group.timezone, now),
        made_at=now,
        call_title=title,
        member_name=name,
    )


def _asked(narrowed: Narrowed) -> Asked:
    return Asked(narrowed.call_id, narrowed.since, narrowed.until)


async def _contributions(session: Session, group_id: UUID, head: ReportHead, limit: int) -> Contributions:
    """Everybody who was asked, those who left since too, and members who were asked nothing."""
    known = await standings(session, group_id, _asked(head.narrowed))
    active = {member.id for member in await active_members(session, group_id)}
    cards = await member_cards(session, group_id, list(active | known.keys()))
    rows = []
    for card in sorted(cards.values(), key=lambda card: card.member_no):
        has = known.get(card.id, Standing())
        rows.append(
            MemberLine(
                member_id=card.id,
                member_no=card.member_no,
                name=card.name,
                region=card.region or "",
                dues=has.dues,
                paid_dues=has.paid_dues,
                asked_minor=has.expected,
                confirmed_minor=has.confirmed,
                waiting_minor=has.waiting,
                open_minor=has.expected - has.confirmed - has.waiting,
            )
        )
    return Contributions(
        head=head,
        total=len(rows),
        asked_minor=sum(row.asked_minor for row in rows),
        confirmed_minor=sum(row.confirmed_minor for row in rows),
        waiting_minor=sum(row.waiting_minor for row in rows),
        open_minor=sum(row.open_minor for row in rows),
        rows=tuple(rows[:limit]),
    )


async def _overdue(session: Session, group_id: UUID, head: ReportHead, limit: int) -> Overdue:
    rows = await owed(session, group_id, head.today, Asked(head.narrowed.call_id))
    if head.narrowed.is_late:
        rows = [row for row in rows if row.days_late]
    return Overdue(
        head=head,
        total=len(rows),
        members=len({row.member_id for row in rows}),
        open_minor=sum(row.open_minor for row in rows),
        ages=ages_of(rows),
        rows=tuple(rows[:limit]),
    )


async def owed(
    session: Session, group_id: UUID, today: date, asked: Asked, *, member_id: UUID | None = None
) -> list[OwedLine]:
    """Open dues that no payment covers or waits for, oldest first; four queries. The caller has authorised.

    A due is late from the day after it was due. Raises InvalidInput for more than MOST.
    """
    statement = (
        select(Contribution, Call.title)
        .join(Call, (Call.group_id == Contribution.group_id) & (Call.id == Contribution.call_id))
        .where(*conditions(group_id, asked), Contribution.state.in_(OPEN))
        .order_by(Contribution.due_on, Contribution.id)
        .limit(MOST + 1)
    )
    if member_id is not None:
        statement = statement.where(Contribution.member_id == member_id)
    found = (await session.execute(statement)).all()
    if len(found) > MOST:
        raise InvalidInput("call", "report_long", limit=f"{MOST:,}")
    waiting = await payment_store.waiting_amounts(session, group_id)
    cards = await member_cards(session, group_id, list({due.member_id for due, _ in found}))
    rows = [
        OwedLine(
            due_id=due.id,
            member_id=due.member_id,
            member_no=cards[due.member_id].member_no,
            name=cards[due.member_id].name,
            region=cards[due.member_id].region or "",
            title=title,
            reference=due.reference,
            due_on=due.due_on,
            days_late=max((today - due.due_on).days, 0),
            open_minor=due.amount_minor - due.paid_minor - waiting.get(due.id, 0),
        )
        for due, title in found
    ]
    return sorted((row for row in rows if row.open_minor > 0), key=lambda row: (row.due_on, row.member_no))


def ages_of(rows: list[OwedLine]) -> tuple[Bucket, ...]:
    """What is open by how late it is."""
    found = []
    for first, last in AGES:
        within = [row for row in rows if row.days_late >= first and (last is None or row.days_late <= last)]
        found.append(Bucket(first, last, len(within), sum(row.open_minor for row in within)))
    return tuple(found)


async def _regions(session: Session, group_id: UUID, head: ReportHead, limit: int) -> Regions:
    known = await standings(session, group_id, _asked(head.narrowed))
    rows = rank_regions(await active_members(session, group_id), known)
    return Regions(head, len(rows), rows[:limit])


async def _transactions(session: Session, group_id: UUID, head: ReportHead, limit: int) -> Transactions:
    by = head.narrowed
    wanted = Wanted(
        since=by.since,
        until=by.until,
        kind=by.entry,
        control=by.account,
        member=by.member_id,
        least_minor=by.least_minor,
        most_minor=by.most_minor,
    )
    sums = await sum_entries(session, group_id, wanted)
    control = by.account or None
    found = await journal_rows(session, group_id, await find_entries(session, group_id, wanted, limit=limit), control)
    came_in, went_out = sums.debit_minor, sums.credit_minor
    if control and sign_of(control) < 0:
        came_in, went_out = went_out, came_in
    lines = tuple(EntryLine(row, *flows(row.entry, control)) for row in found)
    return Transactions(head, sums.entries, came_in, went_out, lines)


async def _balance(session: Session, group_id: UUID, head: ReportHead, limit: int) -> Balance:
    until = head.narrowed.until
    if until and not EARLIEST <= until <= head.today:
        raise InvalidInput("until", "date_future" if until > head.today else "date")
    rows = await (ledger.balances_on(session, group_id, until) if until else ledger.trial_balance(session, group_id))
    debit, credit = sum(row.debit_minor for row in rows), sum(row.credit_minor for row in rows)
    return Balance(head, len(rows), debit, credit, tuple(rows[:limit]))


async def _receipts(session: Session, group_id: UUID, head: ReportHead, limit: int) -> Receipts:
    by = head.narrowed
    found = await receipts.receipts_of_days(
        session, group_id, since=by.since, until=by.until, member_id=by.member_id, limit=limit
    )
    cards = await member_cards(session, group_id, list({one.member_id for one in found.rows}))
    rows = tuple(
        ReceiptFor(
            receipt=one,
            member_name=cards[one.member_id].name if one.member_id in cards else "",
            member_no=cards[one.member_id].member_no if one.member_id in cards else "",
            group_name=head.group_name,
            timezone=head.timezone,
        )
        for one in found.rows
    )
    return Receipts(head, found.total, found.valid_minor, found.reversed, rows)


async def _members(session: Session, group_id: UUID, head: ReportHead, limit: int) -> Members:
    rows = await current_members(session, group_id)
    return Members(head, len(rows), tuple(rows[:limit]))


async def _invoices(session: Session, group_id: UUID, head: ReportHead, limit: int) -> Invoices:
    until, member_id = head.narrowed.until, head.narrowed.member_id
    by_member: dict[UUID, list[OwedLine]] = {}
    for row in await owed(session, group_id, head.today, Asked(until=until), member_id=member_id):
        by_member.setdefault(row.member_id, []).append(row)
    rows = [
        Invoice(
            member_id=lines[0].member_id,
            member_no=lines[0].member_no,
            name=lines[0].name,
            lines=tuple(lines),
            total_minor=sum(line.open_minor for line in lines),
        )
        for lines in by_member.values()
    ]
    rows.sort(key=lambda one: one.member_no)
    return Invoices(head, len(rows), sum(one.total_minor for one in rows), tuple(rows[:limit]))


async def _interest(session: Session, group_id: UUID, head: ReportHead, limit: int) -> Interest:
    """As it was paid, or joined a principal: the books count on a cash basis, and so does this."""
    by = head.narrowed
    sums: dict[tuple[date, UUID], dict[str, int]] = {}
    for one in await moved_by_month(session, group_id, EARNED, since=by.since, until=by.until, member_id=by.member_id):
        sums.setdefault((one.month, one.member_id), {})[one.control] = -one.net_minor
    cards = await member_cards(session, group_id, list({member_id for _, member_id in sums}))
    rows = [
        EarnedLine(
            month, member_id, cards[member_id].member_no, cards[member_id].name, *(has.get(one, 0) for one in EARNED)
        )
        for (month, member_id), has in sums.items()
    ]
    rows.sort(key=lambda row: (row.month, row.member_no))
    return Interest(
        head=head,
        total=len(rows),
        interest_minor=sum(row.interest_minor for row in rows),
        fees_minor=sum(row.fees_minor for row in rows),
        penalties_minor=sum(row.penalties_minor for row in rows),
        rows=tuple(rows[:limit]),
    )


_DRAWN: dict[str, Callable[[Session, UUID, ReportHead, int], Awaitable[Report]]] = {
    "contributions": _contributions,
    "overdue": _overdue,
    "regions": _regions,
    "transactions": _transactions,
    "balance": _balance,
    "receipts": _receipts,
    "members": _members,
    "invoices": _invoices,
    "interest": _interest,
    "fines": draw_fines,
}
