"""Rules of a group: versions, who sets them, what they suggest."""

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.domain.contributions import reading as contributions
from app.domain.contributions.service import OpenCall, open_call
from app.domain.groups import rules
from app.domain.groups.errors import RulesChanged
from app.domain.groups.rules import next_due
from app.domain.groups.views import SetRules
from app.kit.db import Database
from app.kit.errors import InvalidInput, NotPermitted
from tests.factories.groups import make_group, make_member, make_members


@pytest.mark.parametrize(
    ("frequency", "due_day", "after", "expected"),
    [
        ("monthly", 10, date(2026, 11, 9), date(2026, 11, 10)),
        ("monthly", 10, date(2026, 11, 10), date(2026, 12, 10)),
        ("monthly", 28, date(2027, 1, 31), date(2027, 2, 28)),
        ("monthly", 1, date(2026, 12, 31), date(2027, 1, 1)),
        ("weekly", 6, date(2026, 11, 21), date(2026, 11, 28)),
        ("weekly", 6, date(2026, 11, 20), date(2026, 11, 21)),
        ("fortnightly", 6, date(2026, 11, 21), date(2026, 12, 5)),
        ("fortnightly", 6, date(2026, 11, 20), date(2026, 11, 21)),
        ("fortnightly", 5, date(2026, 11, 21), date(2026, 11, 27)),
    ],
)
def test_the_next_due_day(frequency: str, due_day: int, after: date, expected: date) -> None:
    assert next_due(frequency, due_day, after) == expected


async def test_a_group_starts_with_its_templates_rules(database: Database) -> None:
    group = await make_group(database, template="self_help", currency="INR")
    async with database.transaction(group.admin) as session:
        its = await rules.get_rules(session, group.admin)
    assert (its.version, its.purpose, its.frequency, its.due_day, its.amount_minor) == (
        1,
        "savings",
        "monthly",
        10,
        None,
    )
    assert its.confirmers == ("Hassan Owuor",)


async def test_each_change_is_a_version_and_the_old_ones_stay(database: Database) -> None:
    group = await make_group(database)
    async with database.transaction(group.admin) as session:
        changed = await rules.set_rules(session, group.admin, SetRules(1, 20_000, "weekly", 6))
        again = await rules.set_rules(session, group.admin, SetRules(1, 20_000, "weekly", 6))
    assert (changed.version, again.version) == (2, 2)
    with pytest.raises(RulesChanged):
        async with database.transaction(group.admin) as session:
            await rules.set_rules(session, group.admin, SetRules(1, 30_000, "weekly", 6))
    async with database.transaction(group.admin) as session:
        kept = await session.execute(text("SELECT version, amount_minor FROM group_rules ORDER BY version"))
        assert [tuple(row) for row in kept] == [(1, None), (2, 20_000)]
    with pytest.raises(DBAPIError):
        async with database.transaction(group.admin) as session:
            await session.execute(text("UPDATE group_rules SET amount_minor = 1"))


@pytest.mark.parametrize(
    ("amount", "frequency", "due_day", "field"),
    [
        (0, "once", None, "amount"),
        (2**60, "once", None, "amount"),
        (1, "daily", 1, "frequency"),
        (1, "monthly", 29, "due_day"),
        (1, "monthly", None, "due_day"),
        (1, "weekly", 8, "due_day"),
        (1, "once", 3, "due_day"),
    ],
)
async def test_rules_that_make_no_sense_are_refused(
    database: Database, amount: int, frequency: str, due_day: int | None, field: str
) -> None:
    group = await make_group(database)
    with pytest.raises(InvalidInput) as refused:
        async with database.transaction(group.admin) as session:
            await rules.set_rules(session, group.admin, SetRules(1, amount, frequency, due_day))
    assert refused.value.field == field


async def test_the_next_call_follows_the_rules(database: Database) -> None:
    group = await make_group(database, template="self_help")
    await make_members(database, group)
    async with database.transaction(group.admin) as session:
        await rules.set_rules(session, group.admin, SetRules(1, 20_000, "monthly", 5))
        first = await contributions.suggest_call(session, group.admin)
        assert first.due_on is not None
        await open_call(session, group.admin, OpenCall("Savings", 20_000, first.due_on, "first"))
        second = await contributions.suggest_call(session, group.admin)
    assert (first.amount_minor, first.due_on.day) == (20_000, 5)
    assert second.due_on is not None
    assert second.due_on == next_due("monthly", 5, first.due_on)


async def test_a_member_reads_the_rules_and_cannot_set_them(database: Database) -> None:
    group = await make_group(database)
    someone = await make_member(database, group)
    async with database.transaction(someone) as session:
        assert (await rules.get_rules(session, someone)).template == "welfare"
        with pytest.raises(NotPermitted):
            await rules.set_rules(session, someone, SetRules(1, 1, "once", None))
