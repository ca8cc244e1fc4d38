"""The four figures, who has not paid, the ranking, and a member's own screen."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from app.domain.contributions import reading
from app.domain.contributions.standing import Standing, rank_regions
from app.domain.contributions.views import HomeView, TodayView
from app.domain.groups.views import MemberRef
from app.kit.actor import Actor
from app.kit.db import Database
from app.kit.errors import NotFound, NotPermitted
from tests.factories.counting import counted
from tests.factories.groups import id_of, make_members
from tests.factories.payments import EACH, Programme, make_programme

EVERYBODY = 5


async def today(programme: Programme) -> TodayView:
    async with programme.database.transaction(programme.treasurer) as session:
        return await reading.today(session, programme.treasurer)


async def home(programme: Programme, who: Actor) -> HomeView:
    async with programme.database.transaction(who) as session:
        return await reading.home(session, who)


def figures(view: TodayView) -> tuple[int, int, int, int, int]:
    return view.confirmed_minor, view.pending_minor, view.waiting_minor, view.waiting_count, view.unpaid_members


async def test_before_anything(programme: Programme):
    view = await today(programme)
    assert (view.members, view.calls, *figures(view)) == (EVERYBODY, (), 0, 0, 0, 0, 0)
    mine = await home(programme, programme.member)
    assert (mine.owed_minor, mine.next_due_on, mine.dues) == (0, None, ())


async def test_the_figures_follow_the_money(programme: Programme):
    await programme.open_call()
    total = EVERYBODY * EACH
    assert figures(await today(programme)) == (0, total, 0, 0, EVERYBODY)
    sent = await programme.submit()
    assert figures(await today(programme)) == (0, total, EACH, 1, EVERYBODY - 1)
    await programme.confirm(sent.id)
    assert figures(await today(programme)) == (EACH, total - EACH, 0, 0, EVERYBODY - 1)
    await programme.take_cash(await programme.cash_command(programme.members[1], 20_000))
    assert figures(await today(programme)) == (EACH + 20_000, total - EACH - 20_000, 0, 0, EVERYBODY - 1)
    await programme.reverse(sent.id)
    assert figures(await today(programme)) == (20_000, total - 20_000, 0, 0, EVERYBODY)


async def test_who_has_not_paid(programme: Programme):
    await programme.open_call()
    await programme.submit(programme.members[0])
    await programme.submit(programme.members[1], 20_000)
    async with programme.database.transaction(programme.treasurer) as session:
        rows = await reading.list_unpaid(session, programme.treasurer)
        first = await reading.list_unpaid(session, programme.treasurer, limit=2)
    amounts = {row.member_id: row.unpaid_minor for row in rows}
    assert len(rows) == EVERYBODY - 1
    assert len(first) <= 2
    assert await id_of(programme.database, programme.members[0]) not in amounts
    assert amounts[await id_of(programme.database, programme.members[1])] == 30_000
    assert [row.member_no for row in rows] == sorted(row.member_no for row in rows)
    assert not any(row.is_overdue for row in rows)


async def test_a_members_own_screen(programme: Programme):
    call = await programme.open_call()
    await programme.submit(amount_minor=20_000)
    mine = await home(programme, programme.member)
    assert (mine.owed_minor, mine.waiting_minor, mine.next_due_on) == (EACH, 20_000, call.due_on)
    sent = await programme.submit()
    mine = await home(programme, programme.member)
    assert (mine.owed_minor, mine.waiting_minor, mine.next_due_on) == (EACH, EACH, None)
    await programme.confirm(sent.id)
    mine = await home(programme, programme.member)
    async with programme.database.transaction(programme.member) as session:
        paid = await reading.paid_this_year(session, programme.member)
    assert (paid, mine.owed_minor) == (30_000, 20_000)


async def test_overdue_is_the_day_after_in_the_groups_zone(programme: Programme, database: Database):
    """20:59 UTC is still the due day in Nairobi; a minute later it is over."""
    call = await programme.open_call()
    last = datetime(call.due_on.year, call.due_on.month, call.due_on.day, 20, 59, tzinfo=UTC)

    class At:
        def __init__(self, instant: datetime) -> None:
            self.instant = instant

        def now(self) -> datetime:
            return self.instant

    async def is_overdue(instant: datetime) -> bool:
        async with database.transaction(programme.member) as session:
            session.info["clock"] = At(instant)
            return (await reading.home(session, programme.member)).dues[0].is_overdue

    assert not await is_overdue(last)
    assert await is_overdue(last + timedelta(minutes=1))


async def test_one_due(programme: Programme):
    await programme.open_call()
    (due,) = await programme.dues()
    for who in (programme.member, programme.treasurer):
        async with programme.database.transaction(who) as session:
            assert (await reading.get_due(session, who, due.id)).reference == due.reference
    stranger = await make_programme(programme.database)
    for who, wanted in ((programme.members[1], due.id), (stranger.treasurer, due.id), (programme.treasurer, uuid4())):
        async with programme.database.transaction(who) as session:
            with pytest.raises(NotFound):
                await reading.get_due(session, who, wanted)


async def test_members_do_not_read_the_group(programme: Programme):
    async with programme.database.transaction(programme.member) as session:
        for service in (reading.today, reading.list_unpaid, reading.list_calls):
            with pytest.raises(NotPermitted):
                await service(session, programme.member)
        with pytest.raises(NotPermitted):
            await reading.dues_of_member(session, programme.member, uuid4())


async def test_dues_of_one_member(programme: Programme):
    await programme.open_call()
    theirs = await id_of(programme.database, programme.member)
    async with programme.database.transaction(programme.treasurer) as session:
        (due,) = await reading.dues_of_member(session, programme.treasurer, theirs)
        assert due.member_id == theirs
        assert await reading.dues_of_member(session, programme.treasurer, uuid4()) == []


async def test_queries_do_not_grow_with_the_group(programme: Programme):
    await programme.open_call()

    async def queries() -> tuple[int, int, int]:
        found = []
        for service in (reading.today, reading.list_unpaid, reading.list_calls):
            async with programme.database.transaction(programme.treasurer) as session:
                with counted(programme.database) as statements:
                    await service(session, programme.treasurer)
            found.append(len(statements))
        return (found[0], found[1], found[2])

    few = await queries()
    await make_members(programme.database, programme.group, 60)
    await programme.open_call(title="Second")
    assert await queries() == few
    assert max(few) <= 8


def test_ranking_is_by_amount_then_share_then_name():
    regions = ["Kisumu", "Kisumu", "Busia", "Homa Bay", "Siaya", None]
    members = [MemberRef(uuid4(), f"M{n}", region) for n, region in enumerate(regions)]
    paid = [500, 0, 500, 0, 0, 900]
    standings = {m.id: Standing(confirmed=p, expected=1000) for m, p in zip(members, paid, strict=True)}
    rows = rank_regions(members, standings)
    assert [(row.rank, row.region) for row in rows] == [
        (1, "Busia"),
        (2, "Kisumu"),
        (3, "Homa Bay"),
        (4, "Siaya"),
        (5, ""),
    ]
    assert rows[1].members == 2
    assert sum(row.confirmed_minor for row in rows) == sum(paid)
    assert rank_regions([], {}) == ()


async def test_the_figures_of_one_call(programme: Programme):
    first, second = await programme.open_call(), await programme.open_call(title="Second")
    await programme.take_cash(await programme.cash_command())
    sent = await programme.submit(programme.members[1], 20_000)
    async with programme.database.transaction(programme.treasurer) as session:
        one = await reading.today(session, programme.treasurer, call_id=first.id)
        other = await reading.today(session, programme.treasurer, call_id=second.id)
        unpaid = await reading.list_unpaid(session, programme.treasurer, call_id=second.id)
        with pytest.raises(NotFound):
            await reading.today(session, programme.treasurer, call_id=uuid4())
    total = EVERYBODY * EACH
    assert (one.call, {call.id for call in one.calls}) == (one.calls[1], {first.id, second.id})
    assert figures(one) == (EACH, total - EACH, 20_000, 1, EVERYBODY - 1)
    assert (one.dues, one.paid_dues, one.part_paid_dues) == (EVERYBODY, 1, 0)
    assert figures(other) == (0, total, 0, 0, EVERYBODY)
    assert [row.call_id for row in unpaid] == [second.id] * EVERYBODY
    await programme.confirm(sent.id)
    both = await today(programme)
    assert both.call is None
    assert (both.dues, both.paid_dues, both.part_paid_dues) == (2 * EVERYBODY, 1, 1)
    assert sum(row.paid_dues for row in both.ranking) == 1
    assert (both.members, both.officers) == (EVERYBODY, 2)
