"""The group's log: who may read it, page by page, of one person or one kind, through indexes."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import pytest_asyncio
from sqlalchemy import text

from app.domain.audit import service as audit
from app.domain.governance.commands import ProposeDecision
from app.domain.governance.ports import Matter
from app.domain.governance.service import propose_decision
from app.domain.groups.joining import requests
from app.domain.reports.activity import GROUP_PAGE, KINDS, group_activity, member_activity
from app.domain.reports.issuing import issue_statement
from app.domain.reports.statement import Period
from app.domain.reports.views import GroupActivity
from app.kit.actor import Actor
from app.kit.db import Database
from app.kit.errors import InvalidInput, NotFound, NotPermitted
from app.web.presenters.activity import log_line
from tests.factories.counting import counted
from tests.factories.groups import id_of, make_officer, make_person, make_staff
from tests.factories.payments import Programme, make_programme
from tests.services.joining.asking import approve, ask, deny, invite, run

MOST_QUERIES = 12


@pytest_asyncio.fixture(loop_scope="session")
async def told(database: Database) -> Programme:
    """A payment confirmed and reversed, one rejected, a new name, a statement, one let in, one not; an expense."""
    programme = await make_programme(database, members=2)
    await programme.open_call()
    sent = await programme.submit()
    await programme.confirm(sent.id)
    expense = ProposeDecision("expense", Matter(1_000, "Chairs", terms={"method": "mpesa"}), "told")
    await make_officer(database, programme.group, "president")
    await run(database, programme.treasurer, propose_decision, expense)
    await programme.reverse(sent.id)
    await programme.reject((await programme.submit(programme.members[1])).id)
    name = await run(database, programme.member, requests.ask_name_change, "Somebody Better")
    await approve(database, programme.treasurer, name.id)
    code = (await invite(database, programme.treasurer)).code
    for answer in (approve, deny):
        asked = await ask(database, await make_person(database), code)
        await answer(database, programme.treasurer, asked.id, *(["NEW/1"] if answer is approve else []))
    today = await programme.today()
    member_id = await id_of(database, programme.member)
    await run(database, programme.treasurer, issue_statement, Period(today, today), member_id=member_id)
    return programme


async def log(programme: Programme, actor: Actor | None = None, **wanted: Any) -> GroupActivity:
    return await run(programme.database, actor or programme.treasurer, group_activity, **wanted)


async def test_every_event_is_told_with_whom_it_concerns(told: Programme):
    found = await log(told)
    member_id = await id_of(told.database, told.member)
    treasurer = next(row.by for row in found.rows if row.action == "payment.confirmed")
    words = [log_line(row).words for row in found.rows]
    assert words[0] == f"{treasurer} had a statement of Somebody Better signed"
    lines = {row.action: (log_line(row), row) for row in reversed(found.rows)}
    said, row = lines["payment.confirmed"]
    assert said.words.startswith(f"{treasurer} confirmed a payment of ")
    assert said.words.endswith(" from Somebody Better")
    assert row.receipt is not None
    assert (said.href, said.link) == (f"/receipts?id={row.receipt.id}", row.receipt.number)
    assert lines["payment.reversed"][1].receipt == row.receipt
    said, row = lines["payment.rejected"]
    assert said.href == f"/member?id={row.about_id}"
    assert row.about_id == await id_of(told.database, told.members[1])
    assert row.about in said.words
    assert lines["call.opened"][0].words.replace("\N{NO-BREAK SPACE}", " ") == (
        f"{treasurer} opened the contribution “November contribution” of KES 500.00: 4 members asked"
    )
    assert lines["call.opened"][0].href == ""
    assert "Somebody Better asked for another name" in words
    assert f"{treasurer} approved the new name of Somebody Better" in words
    assert f"{treasurer} approved the request of Wanjiru Kamau to join" in words
    assert f"{treasurer} denied a request to join" in words
    assert "Somebody asked to join" in words
    assert "Wanjiru Kamau asked to join" in words
    assert not any("changed something" in one for one in words)
    own = await run(told.database, told.treasurer, member_activity, member_id=member_id)
    assert {row.id for row in own.rows} <= {row.id for row in found.rows}
    of_her = {row.action: log_line(row, "Somebody Better") for row in own.rows}
    assert " from " not in of_her["payment.confirmed"].words
    assert of_her["payment.confirmed"].link == lines["payment.confirmed"][0].link


async def test_the_log_of_an_officer_says_whose_money_it_was(told: Programme):
    treasurer_id = await id_of(told.database, told.treasurer)
    own = await run(told.database, told.treasurer, member_activity, member_id=treasurer_id)
    said = [log_line(row, "Treasurer") for row in own.rows if row.action == "payment.confirmed"]
    assert [line.words.rpartition(" from ")[2] for line in said] == ["Somebody Better"]


async def test_a_log_of_who_holds_no_role_names_nobody_else(told: Programme):
    own = await run(told.database, told.members[1], member_activity)
    assert {row.about for row in own.rows} == {""}


async def test_it_is_read_by_those_who_read_the_books(told: Programme):
    database = told.database
    for role in ("auditor", "treasurer", "admin"):
        assert (await log(told, await make_officer(database, told.group, role))).rows
    with pytest.raises(NotPermitted):
        await log(told, told.member)
    for stranger in (await make_staff(database), await make_person(database)):
        with pytest.raises(NotFound):
            await log(told, stranger)


async def test_another_group_reads_none_of_it(told: Programme):
    other = await make_programme(told.database)
    theirs = {row.id for row in (await log(other)).rows}
    assert theirs.isdisjoint(row.id for row in (await log(told)).rows)
    with pytest.raises(NotFound):
        await log(other, person=await id_of(told.database, told.member))


async def test_pages_follow_one_another(told: Programme):
    async with told.database.transaction(told.treasurer) as session:
        for number in range(GROUP_PAGE):
            await audit.record(
                session,
                group_id=told.group.id,
                actor_id=None,
                action="group.changed",
                subject="group",
                subject_id=told.group.id,
                facts={"fields": str(number)},
            )
        everything = [event.id for event in await audit.list_events(session, told.group.id, limit=500)]
    first = await log(told)
    assert (len(first.rows), first.next_before) == (GROUP_PAGE, str(first.rows[-1].id))
    rest = await log(told, before=first.next_before)
    assert rest.next_before == ""
    assert [row.id for row in (*first.rows, *rest.rows)] == everything
    exactly = await log(told, kind="group", before=str(first.rows[0].id))
    assert {row.action for row in exactly.rows} == {"group.changed", "group.opened"}


async def test_one_kind_and_one_person(told: Programme):
    everything = (await log(told)).rows
    found = {kind: [row.id for row in (await log(told, kind=kind)).rows] for kind in KINDS}
    assert sorted(one for rows in found.values() for one in rows) == sorted(row.id for row in everything)
    assert {kind for kind, rows in found.items() if not rows} == {"bank", "loans", "welfare"}, "nobody did any of that"
    actions = {row.action for row in (await log(told, kind="roles")).rows}
    assert actions <= {"role.given", "role.withdrawn"}
    assert actions
    member_id = await id_of(told.database, told.member)
    of_her = await log(told, person=member_id)
    assert {row.action for row in of_her.rows} == {"payment.submitted", "request.name"}
    assert {row.by for row in of_her.rows} == {"Somebody Better"}
    both = await log(told, person=member_id, kind="payments")
    assert [row.action for row in both.rows] == ["payment.submitted"]
    assert (await log(told, person=member_id, kind="roles")).rows == ()


async def test_who_acted_can_be_chosen(told: Programme):
    found = await log(told, kind="roles")
    everything = (await log(told)).rows
    assert {one.name for one in found.people} == {row.by for row in everything if row.by}
    assert found.people[-1].name == "staff"
    assert [one.name for one in found.people[:-1]] == sorted((p.name for p in found.people[:-1]), key=str.casefold)


@pytest.mark.parametrize("wanted", [{"kind": "secrets"}, {"before": "x"}, {"person": uuid4()}])
async def test_what_is_none_names_nothing(told: Programme, wanted: dict[str, Any]):
    with pytest.raises(NotFound):
        await log(told, **wanted)


async def test_its_queries_are_counted(told: Programme):
    with counted(told.database) as sent:
        await log(told)
    assert len(sent) <= MOST_QUERIES


@pytest.mark.parametrize(
    ("where", "index"),
    [
        ("", "audit_events_pkey"),
        ("AND subject = 'statement'", "audit_events_kind"),
        ("AND actor_id = kit.me()", "audit_events_actor"),
    ],
)
async def test_each_way_has_its_index(told: Programme, owner_url: str, where: str, index: str):
    with psycopg.connect(owner_url, autocommit=True) as owner:  # what other tests left is known to the planner
        owner.execute("ANALYZE audit_events")
    async with told.database.transaction(told.treasurer) as session:
        await session.execute(text("SET LOCAL enable_seqscan = off"))
        await session.execute(text("SET LOCAL enable_bitmapscan = off"))
        await session.execute(text("SET LOCAL enable_sort = off"))
        asked = f"EXPLAIN SELECT * FROM audit_events WHERE group_id = kit.tenant() {where} ORDER BY id DESC LIMIT 51"
        plan = "\n".join((await session.execute(text(asked))).scalars())
    assert index in plan, plan


async def test_days_are_the_groups_own(told: Programme):
    """The first and the last day are both in; the days begin at midnight in the group's zone."""
    today = await told.today()
    whole = await log(told)
    one_day = await log(told, since=today, until=today)
    assert [row.id for row in one_day.rows] == [row.id for row in whole.rows]
    for other in ({"until": today - timedelta(days=1)}, {"since": today + timedelta(days=1)}):
        assert (await log(told, **other)).rows == ()
    with pytest.raises(InvalidInput):
        await log(told, since=today, until=today - timedelta(days=1))


async def test_every_event_says_its_place_in_the_chain(told: Programme):
    found = await log(told, limit=10_000)
    assert [row.seq for row in found.rows] == list(range(found.seq, 0, -1))
    assert found.rows[0].hash == found.hash
    async with told.database.transaction(told.treasurer) as session:
        assert await audit.find_fault(session, told.group.id) is None
