"""What the lists ask of the database: a fixed number of queries, each through an index, in a grown installation."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import psycopg
import pytest
import pytest_asyncio
from sqlalchemy import event

from app import embedded
from app.domain.contributions import reading as contributions
from app.domain.contributions.looking_after import _late
from app.domain.loans.reading import loans_now
from app.domain.payments import reading as payments
from app.domain.payments import store
from app.domain.receipts import service as receipts
from app.domain.reports import activity, books
from app.domain.reports.frame import read_frame
from app.domain.reports.passbook import passbook
from app.domain.reports.report_views import KINDS as REPORTS
from app.domain.reports.report_views import Narrowed
from app.domain.reports.reporting import read_report
from app.kit.actor import Actor
from app.kit.db import Database, Session
from tests.factories.groups import make_members
from tests.factories.payments import Programme, make_programme

GROUPS = 200
READERS: dict[str, tuple[int, Callable[[Session, Actor], Awaitable[object]]]] = {
    "today": (8, contributions.today),
    "unpaid": (6, contributions.list_unpaid),
    "calls": (3, contributions.list_calls),
    "home": (3, contributions.home),
    "frame": (4, lambda session, actor: read_frame(session, actor, frozenset({"member", "admin"}))),
    "loans now": (2, loans_now),
    "waiting": (10, payments.list_waiting),
    "waiting, counted": (2, payments.count_to_confirm),
    "receipts": (4, receipts.list_group_receipts),
    "receipts found": (4, lambda session, actor: receipts.list_group_receipts(session, actor, search="akinyi")),
    "my receipts": (3, receipts.list_my_receipts),
    "passbook": (5, passbook),
    "books": (4, books.trial_balance),
    "journal": (5, books.journal),
    "log": (11, activity.group_activity),
    "log of a kind": (11, lambda session, actor: activity.group_activity(session, actor, kind="payments")),
    "log of roles": (11, lambda session, actor: activity.group_activity(session, actor, kind="roles")),
    **{
        f"report of {kind}": (10, lambda session, actor, kind=kind: read_report(session, actor, kind))
        for kind in REPORTS
    },
    "what is late, and when it was paid": (
        3,
        lambda session, actor: store.days_paid(session, actor.group_id, _late(actor.group_id, date(2030, 1, 1))),
    ),
    "report of some days": (
        10,
        lambda session, actor: read_report(
            session, actor, "contributions", Narrowed(since=date(2026, 1, 1), until=date(2026, 1, 31))
        ),
    ),
    "journal of one account": (6, lambda session, actor: books.journal(session, actor, control="4010")),
}
"""The most queries that each may need."""
GROWN = ("calls", "members", "role_grants", "payments", "payment_lines", "contributions", "receipts", "audit_events")
COPY = """
INSERT INTO {table} SELECT (jsonb_populate_record(t, jsonb_build_object('group_id', o.id) || {own})).*
  FROM {table} t CROSS JOIN (SELECT gen_random_uuid() AS id FROM generate_series(1, {groups})) o ON CONFLICT DO NOTHING
"""
OWN = {
    "contributions": "jsonb_build_object('reference', translate(upper(left(md5(o.id::text || t.id), 8)), '01', 'XY'))",
    "receipts": "jsonb_build_object('check_code', translate(upper(left(md5(o.id::text || t.id), 13)), '01IO', 'WXYZ'))",
}
"""What is unique in the whole installation."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def grown(database: Database, server: embedded.Server, database_name: str) -> Programme:
    """A group of 64 with two calls and payments in every state, among 200 of its likes."""
    programme = await make_programme(database, members=2)
    await make_members(database, programme.group, 60)
    for title in ("First", "Second"):
        await programme.open_call(title=title)
    await programme.confirm((await programme.submit(amount_minor=10_000)).id)
    await programme.reject((await programme.submit(amount_minor=10_000)).id)
    await programme.submit(amount_minor=10_000)
    await programme.submit(programme.members[1])
    url = server.url(embedded.SUPERUSER, database_name)
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute("SET session_replication_role = replica")
        for table in GROWN:
            groups = GROUPS * 10 if table == "calls" else GROUPS  # a table of few pages is read whole, rightly
            copy = COPY.format(table=table, own=OWN.get(table, "'{}'"), groups=groups)
            await connection.execute(copy)  # type: ignore[arg-type]
        await connection.execute("ANALYZE")
    return programme


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for child in plan.get("Plans", []) for node in nodes(child))]


async def plans(programme: Programme, reader: Callable[[Session, Actor], Awaitable[object]]) -> list[dict[str, Any]]:
    """The plan of every statement of the reader, run once more with EXPLAIN."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, values: Any, *_: object) -> None:
        sent.append((statement, values))

    found = []
    async with programme.database.transaction(programme.treasurer) as session:
        connection = await session.connection()
        event.listen(connection.sync_connection, "before_cursor_execute", note)
        await reader(session, programme.treasurer)
        for statement, values in list(sent):
            row = await connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values)
            found.append(row.scalar_one()[0]["Plan"])
    return found


@pytest.mark.parametrize("name", READERS)
async def test_a_list_is_read_through_indexes(grown: Programme, name: str):
    most, reader = READERS[name]
    found = await plans(grown, reader)
    assert len(found) <= most
    for node in (node for plan in found for node in nodes(plan)):
        if node.get("Relation Name") in GROWN:
            assert node["Node Type"] in ("Index Scan", "Index Only Scan", "Bitmap Heap Scan"), str(node)
            assert node.get("Rows Removed by Filter", 0) <= 200, str(node)
