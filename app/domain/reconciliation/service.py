"""Counts of money, shown beside the books and never booked; and the closing of periods.

Order of locks: the ledger's head comes last, as everywhere; the audit row after it is only inserted.
"""

from datetime import date
from uuid import UUID

from app.domain.audit import service as audit
from app.domain.groups.access import authorise
from app.domain.groups.members import member_cards
from app.domain.groups.permissions import Permission
from app.domain.groups.views import Acting
from app.domain.ledger import recipes
from app.domain.ledger import service as ledger
from app.domain.ledger.views import AssertionView
from app.domain.reconciliation.bank.balancing import require_explained
from app.domain.reconciliation.views import SOURCES, ClosePeriod, ClosesView, CloseView, CountView, RecordCount
from app.kit import idempotency
from app.kit.actor import Actor
from app.kit.clock import today_in
from app.kit.db import Session, clock_of
from app.kit.errors import InvalidInput
from app.kit.ids import new_id
from app.kit.money import MAX_MINOR

EARLIEST = date(1900, 1, 1)
NEWEST, CLOSES = 10, 24
"""How many counts and closes a page lists."""


async def record_count(session: Session, actor: Actor, command: RecordCount) -> CountView:
    """Keep what was counted beside what the books say of that day; nothing is posted, whatever the difference.

    Idempotent by key. Locks the ledger's head. Raises InvalidInput for an unknown account, a day to come, an amount
    below nothing.
    """
    acting = await authorise(session, actor, Permission.COUNT_MONEY)
    _check_count(command, _today(session, acting))
    count_id = new_id()
    earlier = await idempotency.claim(
        session,
        group_id=acting.group_id,
        key=command.key,
        content={"count": command.account, "as_of": str(command.as_of), "stated": command.stated_minor},
        result={"count_id": str(count_id)},
    )
    if earlier is not None:
        (made,) = await ledger.list_assertions(session, acting.group_id, newest=UUID(str(earlier["count_id"])), limit=1)
        return (await _views(session, acting, [made]))[0]
    made = await ledger.record_assertion(
        session,
        acting.group_id,
        assertion_id=count_id,
        account=command.account,
        source=SOURCES[command.account],
        as_of=command.as_of,
        stated_minor=command.stated_minor,
        actor=acting.member_id,
    )
    await audit.record(
        session,
        group_id=acting.group_id,
        actor_id=acting.member_id,
        action="count.recorded",
        subject="count",
        subject_id=made.id,
        facts={
            "account": made.account,
            "as_of": str(made.as_of),
            "amount_minor": made.stated_minor,
            "difference_minor": made.difference_minor,
            "currency": made.currency,
        },
    )
    return (await _views(session, acting, [made]))[0]


async def list_counts(session: Session, actor: Actor) -> list[CountView]:
    """The newest ten, newest first; for those who read the books."""
    acting = await authorise(session, actor, Permission.READ_BOOKS)
    return await _views(session, acting, await ledger.list_assertions(session, acting.group_id, limit=NEWEST))


async def close_period(session: Session, actor: Actor, command: ClosePeriod) -> bool:
    """Close the books through a day that is over, once every bank agrees with them or each difference is explained: no
    entry gets such a date any more.

    False when exactly this was closed before. Locks the ledger's head. Raises InvalidInput for today or later,
    PeriodClosedAlready for a day before the last close, and NotExplained; then nothing is closed.
    """
    acting = await authorise(session, actor, Permission.CLOSE_PERIODS)
    if not EARLIEST <= command.through < _today(session, acting):
        raise InvalidInput("through", "day_not_over")
    is_new = await ledger.close_period(session, acting.group_id, through=command.through, actor=acting.member_id)
    if is_new:
        await require_explained(session, acting.group_id, command.through)
        await audit.record(
            session,
            group_id=acting.group_id,
            actor_id=acting.member_id,
            action="period.closed",
            subject="period",
            subject_id=str(command.through),
            facts={"through": str(command.through)},
        )
    return is_new


async def list_closes(session: Session, actor: Actor) -> ClosesView:
    """What is closed, and where the books begin; for those who read them."""
    acting = await authorise(session, actor, Permission.READ_BOOKS)
    closed = await ledger.closed_periods(session, acting.group_id, limit=CLOSES)
    cards = await member_cards(session, acting.group_id, list({one.actor for one in closed})) if closed else {}
    firsts = [await ledger.first_day(session, acting.group_id, code) for code in recipes.MONEY]
    return ClosesView(
        today=_today(session, acting),
        first=min((day for day in firsts if day), default=None),
        rows=tuple(
            CloseView(one.through, one.seq, cards[one.actor].name if one.actor in cards else "", one.recorded_at)
            for one in closed
        ),
    )


def _today(session: Session, acting: Acting) -> date:
    return today_in(acting.timezone, clock_of(session).now())


def _check_count(command: RecordCount, today: date) -> None:
    if command.account not in SOURCES:
        raise InvalidInput("account", "account")
    if command.as_of < EARLIEST:
        raise InvalidInput("as_of", "date")
    if command.as_of > today:
        raise InvalidInput("as_of", "date_future")
    if not 0 <= command.stated_minor <= MAX_MINOR:
        raise InvalidInput("stated", "amount")


async def _views(session: Session, acting: Acting, found: list[AssertionView]) -> list[CountView]:
    cards = await member_cards(session, acting.group_id, list({one.actor for one in found})) if found else {}
    return [
        CountView(
            id=one.id,
            account=one.account,
            source=one.source,
            as_of=one.as_of,
            stated_minor=one.stated_minor,
            books_minor=one.ledger_minor,
            difference_minor=one.difference_minor,
            currency=one.currency,
            by=cards[one.actor].name if one.actor in cards else "",
            recorded_at=one.recorded_at,
        )
        for one in found
    ]
