"""Counts beside the books, closes, and the trial balance on both clocks, as people of a group ask for them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from app.domain.audit import service as audit
from app.domain.ledger.errors import PeriodClosed, PeriodClosedAlready
from app.domain.reconciliation import service as reconciliation
from app.domain.reconciliation.views import ClosePeriod, CountView, RecordCount
from app.domain.reports import books
from app.domain.reports.activity import group_activity
from app.domain.reports.views import AsOf, TrialBalance
from app.kit.db import Database
from app.kit.errors import IdempotencyConflict, InvalidInput, NotPermitted
from app.kit.ids import new_id
from tests.factories.payments import EACH, Programme, make_programme

ZONE = ZoneInfo("Africa/Nairobi")


def today() -> date:
    return datetime.now(ZONE).date()


@pytest_asyncio.fixture(loop_scope="session")
async def told(database: Database) -> Programme:
    """One payment by M-Pesa and KES 200 in cash, both confirmed."""
    programme = await make_programme(database, members=2)
    await programme.open_call()
    await programme.confirm((await programme.submit()).id)
    await programme.take_cash(await programme.cash_command(programme.members[1], 20_000))
    return programme


async def record(told: Programme, stated: int, **changes: object) -> CountView:
    values = {"account": "1010", "as_of": today(), "stated_minor": stated, "key": str(new_id())} | changes
    async with told.database.transaction(told.treasurer) as session:
        return await reconciliation.record_count(session, told.treasurer, RecordCount(**values))  # type: ignore[arg-type]


async def balances(told: Programme, as_of: AsOf | None = None) -> TrialBalance:
    async with told.database.transaction(told.treasurer) as session:
        return await books.trial_balance(session, told.treasurer, as_of=as_of)


async def test_a_count_shows_the_difference_and_books_nothing(told: Programme):
    before = await balances(told)
    made = await record(told, 19_500)
    assert (made.stated_minor, made.books_minor, made.difference_minor) == (19_500, 20_000, -500)
    assert (made.source, made.account, made.currency) == ("cash_count", "1010", "KES")
    assert made.by
    assert (await record(told, EACH, account="1020")).difference_minor == 0
    async with told.database.transaction(told.treasurer) as session:
        listed = await reconciliation.list_counts(session, told.treasurer)
        events = await audit.list_events(session, told.group.id, limit=2)
        log = await group_activity(session, told.treasurer, kind="payments")
    assert [one.account for one in listed] == ["1020", "1010"]
    assert listed[1] == made
    assert [(e.action, e.facts["difference_minor"]) for e in events] == [
        ("count.recorded", 0),
        ("count.recorded", -500),
    ]
    assert [row.action for row in log.rows[:2]] == ["count.recorded"] * 2
    assert await balances(told) == before


async def test_a_form_sent_twice_is_one_count(told: Programme):
    first = await record(told, 100, key="form")
    assert await record(told, 100, key="form") == first
    with pytest.raises(IdempotencyConflict):
        await record(told, 101, key="form")
    async with told.database.transaction(told.treasurer) as session:
        assert await reconciliation.list_counts(session, told.treasurer) == [first]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"account": "4010"}, "account"),
        ({"as_of": date(1899, 1, 1)}, "as_of"),
        ({"as_of": date(2999, 1, 1)}, "as_of"),
        ({"stated_minor": -1}, "stated"),
    ],
)
async def test_what_is_no_count_is_refused(told: Programme, changes: dict[str, object], field: str):
    with pytest.raises(InvalidInput) as caught:
        await record(told, 5, **changes)
    assert caught.value.field == field


async def test_members_count_nothing(told: Programme):
    async with told.database.transaction(told.member) as session:
        with pytest.raises(NotPermitted):
            await reconciliation.record_count(session, told.member, RecordCount("1010", today(), 5, "k"))


async def test_after_a_close_earlier_payments_are_refused(told: Programme):
    yesterday = today() - timedelta(days=1)

    async def close(through: date) -> bool:
        async with told.database.transaction(told.treasurer) as session:
            return await reconciliation.close_period(session, told.treasurer, ClosePeriod(through))

    for day in (today(), today() + timedelta(days=1)):
        with pytest.raises(InvalidInput):
            await close(day)
    assert await close(yesterday)
    assert not await close(yesterday)
    with pytest.raises(PeriodClosedAlready):
        await close(yesterday - timedelta(days=9))
    late = replace(await told.cash_command(told.members[1], 10_000), paid_on=yesterday)
    with pytest.raises(PeriodClosed):
        await told.take_cash(late)
    async with told.database.transaction(told.treasurer) as session:
        [closed] = [e for e in await audit.list_events(session, told.group.id) if e.action == "period.closed"]
    assert closed.facts == {"through": yesterday.isoformat()}


async def test_the_trial_balance_of_a_day_and_of_a_moment(told: Programme):
    now = await balances(told)
    assert now.debit_minor == now.credit_minor == EACH + 20_000
    assert await balances(told, AsOf(today())) == now
    long_ago = await balances(told, AsOf(date(2020, 1, 1)))
    assert (long_ago.debit_minor, long_ago.entries) == (0, now.entries)
    moment = datetime.now(UTC)
    assert await balances(told, AsOf(today(), moment)) == now
    then = await balances(told, AsOf(today(), moment - timedelta(hours=1)))
    assert (then.debit_minor, then.entries, then.head) == (0, 0, "")
    with pytest.raises(InvalidInput):
        await balances(told, AsOf(today() + timedelta(days=1)))
