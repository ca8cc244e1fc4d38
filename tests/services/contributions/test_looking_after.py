"""Fines and reminders as the worker makes them: once, late, twice, at once, and taken back when money came in time."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.domain.contributions import looking_after, reading
from app.domain.contributions.changing import AskLater, CloseCall, ask_later, close_call
from app.domain.contributions.looking_after import Looked, look_after_dues
from app.domain.contributions.service import OpenCall, open_call
from app.domain.contributions.views import DueView
from app.domain.governance import service as governance
from app.domain.governance.commands import ProposeDecision
from app.domain.governance.ports import Matter
from app.domain.groups import inbox
from app.domain.groups.errors import RulesChanged
from app.domain.groups.late_rules import LateRule, SetLateRule, get_late_rule, set_late_rule
from app.domain.payments.commands import Part, RecordCash, SubmitPayment
from app.domain.payments.service import record_cash, submit_payment
from app.domain.reports.passbook import passbook
from app.domain.reports.report_views import Fines, Narrowed
from app.domain.reports.reporting import read_report
from app.kit.actor import NOBODY, Actor
from app.kit.clock import MovedClock, SystemClock
from app.kit.db import Database, Session, psycopg_url
from app.kit.errors import InvalidInput, NotFound, NotPermitted
from app.web.presenters.reports import report_table
from tests.factories.counting import counted
from tests.factories.groups import id_of, make_members
from tests.factories.payments import EACH, Programme, make_programme, new_code

FINE = 5_000
RULE = LateRule(fine="amount", amount_minor=FINE, grace_days=2, every_days=10, steps=2, title="Late fee")


class Days:
    """Databases on which it is so many days later."""

    def __init__(self, url: str, tools: dict[str, object]) -> None:
        self._url, self._tools = url, tools
        self._made: dict[int, Database] = {}

    def after(self, days: int) -> Database:
        if days not in self._made:
            clock = MovedClock(SystemClock(), timedelta(days=days))
            self._made[days] = Database(psycopg_url(self._url), tools={**self._tools, "clock": clock})
        return self._made[days]

    async def close(self) -> None:
        for one in self._made.values():
            await one.close()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def days(app_url: str, tools: dict[str, object]) -> AsyncIterator[Days]:
    made = Days(app_url, tools)
    yield made
    await made.close()


@pytest_asyncio.fixture(loop_scope="session")
async def late(database: Database) -> Programme:
    """Two members and a rule; a contribution is due today."""
    programme = await make_programme(database, members=2)
    await set_rule(programme, RULE)
    command = OpenCall("November", EACH, await programme.today(), str(uuid4()))
    async with database.transaction(programme.treasurer) as session:
        await open_call(session, programme.treasurer, command)
    return programme


async def set_rule(programme: Programme, rule: LateRule) -> LateRule:
    admin = programme.group.admin
    async with programme.database.transaction(admin) as session:
        now = await get_late_rule(session, admin)
        return await set_late_rule(session, admin, SetLateRule(replace(rule, version=now.version)))


async def look(database: Database, programme: Programme) -> Looked:
    async with database.transaction(Actor(group_id=programme.group.id)) as session:
        return await look_after_dues(session, programme.group.id)


async def dues(programme: Programme, database: Database, who: Actor | None = None) -> list[DueView]:
    who = who or programme.member
    async with database.transaction(who) as session:
        return list((await reading.home(session, who)).dues)


async def fines(programme: Programme, database: Database, who: Actor | None = None) -> list[tuple[str, int, date]]:
    found = await dues(programme, database, who)
    return [(due.title, due.open_minor, due.due_on) for due in found if due.title.startswith("Late fee")]


async def kinds(programme: Programme, database: Database, who: Actor | None = None) -> list[str]:
    who = who or programme.member
    async with database.transaction(who) as session:
        return [one.kind for one in await inbox.list_my_notifications(session, who)]


async def pay(programme: Programme, database: Database, on: date, minor: int = EACH) -> None:
    """Cash that the treasurer writes down with the day on which it came."""
    (due,) = [one for one in await dues(programme, database) if one.title == "November"]
    member_id = await id_of(database, programme.member)
    async with database.transaction(programme.treasurer) as session:
        command = RecordCash(member_id, (Part(due.id, minor),), on, str(uuid4()))
        await record_cash(session, programme.treasurer, command)


async def test_a_fine_is_charged_once_for_each_step_however_often_it_is_looked(late: Programme, days: Days):
    today = await late.today()
    assert (await look(days.after(2), late)).charged == 0, "two days of grace"
    first = await look(days.after(3), late)
    assert first.charged == 4, "treasurer, admin and two members"
    assert await fines(late, days.after(3)) == [("Late fee: November", FINE, today + timedelta(days=17))]
    for _ in range(3):
        assert await look(days.after(3), late) == Looked()
    assert (await look(days.after(40), late)).charged == 4
    assert [title for title, _, _ in await fines(late, days.after(40))] == [
        "Late fee: November",
        "Late fee 2: November",
    ]
    assert await look(days.after(90), late) == Looked(), "two steps at most, and no fine on a fine"


async def test_missed_nights_give_the_same(late: Programme, days: Days):
    today = await late.today()
    assert (await look(days.after(40), late)).charged == 8
    assert await fines(late, days.after(40)) == [
        ("Late fee: November", FINE, today + timedelta(days=17)),
        ("Late fee 2: November", FINE, today + timedelta(days=27)),
    ]


async def test_two_workers_at_once_charge_once(late: Programme, days: Days):
    found = await asyncio.gather(*(look(days.after(3), late) for _ in range(4)))
    assert sorted(one.charged for one in found) == [0, 0, 0, 4]
    assert len(await fines(late, days.after(3))) == 1


async def test_without_the_lock_the_keys_refuse_a_second_fine(
    late: Programme, days: Days, monkeypatch: pytest.MonkeyPatch
):
    """The control: two do collide then, and a due still has at most one fine of a step."""

    async def no_lock(session: Session, group_id: UUID) -> None:
        """Wait for nobody."""

    monkeypatch.setattr(looking_after, "lock_members", no_lock)
    found = await asyncio.gather(*(look(days.after(3), late) for _ in range(4)), return_exceptions=True)
    assert any(isinstance(one, IntegrityError) for one in found), found
    assert len(await fines(late, days.after(3))) == 1


async def test_money_that_came_in_time_takes_the_fine_back(late: Programme, days: Days):
    today = await late.today()
    await look(days.after(3), late)
    await pay(late, days.after(4), today + timedelta(days=1))
    assert await fines(late, days.after(4)) != []
    assert (await look(days.after(4), late)).dropped == 1
    assert await fines(late, days.after(4)) == []
    assert await look(days.after(5), late) == Looked()


async def test_money_that_came_too_late_leaves_it(late: Programme, days: Days):
    today = await late.today()
    await look(days.after(3), late)
    await pay(late, days.after(4), today + timedelta(days=4))
    assert (await look(days.after(30), late)).dropped == 0
    assert [title for title, _, _ in await fines(late, days.after(30))] == ["Late fee: November"], "no second step"


async def test_what_is_sent_in_time_is_not_fined_while_it_waits(late: Programme, days: Days):
    (due,) = await dues(late, late.database)
    async with late.database.transaction(late.member) as session:
        command = SubmitPayment((Part(due.id, EACH),), "mpesa", new_code(), await late.today(), str(uuid4()))
        sent = await submit_payment(session, late.member, command)
    assert (await look(days.after(5), late)).charged == 3
    assert await fines(late, days.after(5)) == []
    await late.reject(sent.id)
    assert (await look(days.after(6), late)).charged == 1


async def test_a_fine_is_paid_into_its_own_account(late: Programme, days: Days):
    await look(days.after(3), late)
    now = days.after(3)
    found = [one for one in await dues(late, now) if one.title.startswith("Late fee")]
    member_id = await id_of(now, late.member)
    async with now.transaction(late.treasurer) as session:
        command = RecordCash(member_id, (Part(found[0].id, FINE),), found[0].due_on - timedelta(days=14), str(uuid4()))
        await record_cash(session, late.treasurer, command)
        balance = await session.execute(
            text(
                "SELECT sum(posted_minor) FROM ledger.balance JOIN ledger.account USING (group_id, account_no)"
                " WHERE group_id = kit.tenant() AND control_code = '4050'"
            )
        )
        assert balance.scalar_one() == -FINE
    async with now.transaction(late.member) as session:
        book = await passbook(session, late.member)
    assert [(row.title, row.purpose, row.amount_minor, row.balance_after_minor) for row in book.rows] == [
        ("Late fee: November", "fine", FINE, None)
    ]
    assert (book.rows[0].receipt_number is not None, book.balance_minor) == (True, 0)
    assert await fines(late, now) == []
    assert await look(now, late) == Looked()


async def test_one_payment_for_a_due_and_its_fine_is_two_lines_of_the_passbook(late: Programme, days: Days):
    now = days.after(3)
    await look(now, late)
    owed = await dues(late, now)
    parts = tuple(Part(due.id, due.open_minor) for due in owed)
    member_id = await id_of(now, late.member)
    async with now.transaction(late.treasurer) as session:
        today = await late.today() + timedelta(days=3)
        await record_cash(session, late.treasurer, RecordCash(member_id, parts, today, str(uuid4())))
    async with now.transaction(late.member) as session:
        book = await passbook(session, late.member)
    assert len({row.seq for row in book.rows}) == len({row.receipt_id for row in book.rows}) == 1
    assert [(row.title, row.amount_minor, row.balance_after_minor) for row in book.rows] == [
        ("November", EACH, EACH),
        ("Late fee: November", FINE, None),
    ]


async def test_a_waived_fine_stays_waived(late: Programme, days: Days):
    await look(days.after(3), late)
    (fine,) = [one for one in await dues(late, late.database) if one.title.startswith("Late fee")]
    matter = Matter(note="She was in hospital", subject_id=fine.id)
    with pytest.raises(NotPermitted):
        async with late.database.transaction(late.member) as session:
            await governance.propose_decision(session, late.member, ProposeDecision("waiver", matter, str(uuid4())))
    async with late.database.transaction(late.treasurer) as session:
        proposed = await governance.propose_decision(
            session, late.treasurer, ProposeDecision("waiver", matter, str(uuid4()))
        )
    assert proposed.state == "open", "another one signs"
    async with late.database.transaction(Actor(group_id=late.group.id)) as session:
        await session.execute(
            text("UPDATE contributions SET state = 'waived' WHERE group_id = kit.tenant() AND id = :id"),
            {"id": fine.id},
        )
    assert (await look(days.after(5), late)).charged == 0
    assert await fines(late, days.after(5)) == []


async def test_the_report_says_what_became_of_each_fine(late: Programme, days: Days):
    now, charged = days.after(3), await late.today() + timedelta(days=3)
    await look(now, late)

    async def fine_of(who: Actor) -> Part:
        (found,) = [one for one in await dues(late, now, who) if one.title.startswith("Late fee")]
        return Part(found.id, found.open_minor)

    async def set_state(who: Actor, state: str) -> None:
        async with now.transaction(Actor(group_id=late.group.id)) as session:
            change = "UPDATE contributions SET state = :state WHERE group_id = kit.tenant() AND id = :id"
            await session.execute(text(change), {"state": state, "id": (await fine_of(who)).claim_id})

    async def read(**by: Any) -> Fines:
        async with now.transaction(late.treasurer) as session:
            found = await read_report(session, late.treasurer, "fines", Narrowed(**by))
        assert isinstance(found, Fines)
        return found

    first, second = late.members
    part = await fine_of(first)
    async with now.transaction(late.treasurer) as session:
        command = RecordCash(await id_of(now, first), (replace(part, amount_minor=1),), charged, str(uuid4()))
        await record_cash(session, late.treasurer, command)
    async with now.transaction(first) as session:
        command = SubmitPayment((replace(part, amount_minor=2),), "mpesa", new_code(), charged, str(uuid4()))
        await submit_payment(session, first, command)
    await set_state(late.treasurer, "waived")
    await set_state(late.group.admin, "cancelled")
    report = await read()
    assert (report.total, report.asked_minor, report.confirmed_minor) == (4, 3 * FINE, 1)
    assert (report.waived_minor, report.waiting_minor, report.open_minor) == (FINE, 2, 2 * FINE - 3)
    assert {(row.title, row.charged_on) for row in report.rows} == {("Late fee: November", charged)}
    (hers,) = (await read(member_id=await id_of(now, second))).rows
    assert (hers.amount_minor, hers.open_minor, hers.is_dropped) == (FINE, FINE, False)
    assert (await read(since=charged, until=charged)).total == 4
    for by in ({"until": charged - timedelta(days=1)}, {"since": charged + timedelta(days=1)}):
        assert (await read(**by)).total == 0
    table = report_table(report)
    states = sorted(line.cells[-1] for line in table.lines)  # type: ignore[type-var]
    assert states == ["Dropped", "Open", "Open", "Waived"]
    assert [line.is_void for line in table.lines].count(True) == 1


async def test_a_rule_never_reaches_back(late: Programme, days: Days):
    """What fell due before a rule was set is not fined by it, nor by what it replaced later."""
    later = days.after(1)
    admin = late.group.admin
    async with later.transaction(admin) as session:
        now = await get_late_rule(session, admin)
        await set_late_rule(session, admin, SetLateRule(replace(RULE, amount_minor=99_999, version=now.version)))
    await look(days.after(5), late)
    assert [minor for _, minor, _ in await fines(late, days.after(5))] == [FINE]


async def test_a_group_without_a_rule_fines_nobody(database: Database, days: Days):
    programme = await make_programme(database)
    async with database.transaction(programme.treasurer) as session:
        await open_call(session, programme.treasurer, OpenCall("May", EACH, await programme.today(), str(uuid4())))
    assert (await look(days.after(60), programme)).charged == 0


async def test_reminders_come_once_before_on_and_after(database: Database, days: Days):
    programme = await make_programme(database)
    command = OpenCall("June", EACH, await programme.today() + timedelta(days=9), str(uuid4()))
    async with database.transaction(programme.treasurer) as session:
        await open_call(session, programme.treasurer, command)
    for day in (0, 5, 6, 6, 7, 9, 9, 10, 16, 17, 40):
        await look(days.after(day), programme)
    told = [kind for kind in await kinds(programme, database) if kind.startswith("due_")]
    assert told == ["due_after", "due_on", "due_before"]
    await programme.submit(programme.member)
    assert (await look(days.after(41), programme)).reminded == 0


async def test_who_has_paid_is_not_reminded(database: Database, days: Days):
    programme = await make_programme(database, members=2)
    await programme.open_call()
    await programme.submit(programme.member)
    await look(days.after(9), programme)
    assert not [kind for kind in await kinds(programme, database) if kind.startswith("due_")]
    assert "due_on" in await kinds(programme, database, programme.members[1])


async def test_each_group_is_looked_at_once_a_day(late: Programme, days: Days):
    async def unseen(database: Database) -> bool:
        async with database.transaction(NOBODY) as session:
            return late.group.id in await looking_after.unseen_groups(session)

    assert await unseen(late.database)
    await look(late.database, late)
    assert not await unseen(late.database)
    assert await unseen(days.after(1))


async def test_fines_are_no_contributions_of_the_treasurer(late: Programme, days: Days):
    await look(days.after(3), late)
    async with late.database.transaction(late.treasurer) as session:
        assert [call.title for call in await reading.list_calls(session, late.treasurer)] == ["November"]
        fine = await session.scalar(text("SELECT id FROM calls WHERE group_id = kit.tenant() AND purpose = 'fine'"))
    assert isinstance(fine, UUID)
    for command, service in ((AskLater(fine), ask_later), (CloseCall(fine), close_call)):
        with pytest.raises(NotFound):
            async with late.database.transaction(late.treasurer) as session:
                await service(session, late.treasurer, command)  # type: ignore[operator]


async def test_a_look_costs_the_same_for_many(database: Database, days: Days):
    few, many = await make_programme(database), await make_programme(database)
    for programme, others in ((few, 1), (many, 40)):
        await make_members(database, programme.group, others)
    cost = []
    for programme in (few, many):
        await set_rule(programme, RULE)
        async with database.transaction(programme.treasurer) as session:
            await open_call(session, programme.treasurer, OpenCall("May", EACH, await programme.today(), str(uuid4())))
        with counted(days.after(3)) as found:
            await look(days.after(3), programme)
        cost.append(len(found))
    assert cost[0] == cost[1]


async def test_the_rule_is_checked_and_versioned(late: Programme):
    admin = late.group.admin
    with pytest.raises(NotPermitted):
        async with late.database.transaction(late.treasurer) as session:
            await set_late_rule(session, late.treasurer, SetLateRule(RULE))
    same = await set_rule(late, RULE)
    assert same.version == 1
    with pytest.raises(RulesChanged):
        async with late.database.transaction(admin) as session:
            await set_late_rule(session, admin, SetLateRule(replace(RULE, grace_days=5, version=0)))
    for wrong in (
        {"amount_minor": 0},
        {"grace_days": 91},
        {"steps": 0},
        {"fine": "share", "rate_ppm": 1_000_001},
        {"title": ""},
        {"fine": "other"},
    ):
        with pytest.raises(InvalidInput):
            await set_rule(late, replace(RULE, **wrong))  # type: ignore[arg-type]
    assert "late_rule_set" in await kinds(late, late.database)
    none = await set_rule(late, LateRule())
    assert (none.version, none.fine, none.amount_minor) == (2, "none", 0)
