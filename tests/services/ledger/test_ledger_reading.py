"""Queries: what they say, how many statements they send, and how PostgreSQL plans them on full tables."""

from collections.abc import Callable, Coroutine
from datetime import date
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import event, text

from app.domain.ledger import reading
from app.domain.ledger import service as ledger
from app.domain.ledger.finding import Wanted, find_entries, sum_entries
from app.domain.ledger.views import BalanceView
from app.kit.db import Database, Session
from app.kit.ids import new_id
from tests.services.ledger.ledger_books import RAW_POST, Books, open_books, raw_session

MEMBERS = 40
ENTRIES = 3000
OTHERS_ENTRIES = 300


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def full(database: Database, owner_url: str) -> Books:
    """Five groups, analysed: four with 500 idle accounts and few entries; the fifth, returned, with 3,000 entries."""
    made = [await open_books(database) for _ in range(5)]
    for books in made:
        members = [f"4010.{new_id()}" for _ in range(MEMBERS)]
        for code in members:
            await books.open(code, "I")
        async with raw_session(owner_url, books.group_id) as owner:
            cursor = owner.cursor()
            count = ENTRIES if books is made[-1] else OTHERS_ENTRIES
            await cursor.executemany(
                RAW_POST, [books.raw(accounts=["1010", members[i % MEMBERS]]) for i in range(count)]
            )
            if books is not made[-1]:
                await owner.execute(
                    "SELECT ledger.open_account(%s, '4010.' || n, 'I', 'KES') FROM generate_series(1, 500) n",
                    (books.group_id,),
                )
            await owner.commit()
    async with raw_session(owner_url, None) as owner:
        for table in ("chain_head", "account", "balance", "journal_entry", "posting", "entry_detail"):
            await owner.execute(f"ANALYZE ledger.{table}")
        await owner.commit()
    return made[-1]


async def test_the_trial_balance_sums_by_control_code(books: Books) -> None:
    members = [f"4010.{new_id()}" for _ in range(3)]
    for code in members:
        await books.open(code, "I")
        await books.post(("1020", 500), (code, -500))
    await books.post(("1030", 200), ("1020", -200))
    await books.open("1040", "A", "UGX")
    async with books.acting() as session:
        rows = await ledger.trial_balance(session, books.group_id)
    assert rows == [
        BalanceView("1010", "A", 0, 0, "KES"),
        BalanceView("1020", "A", 1300, 0, "KES"),
        BalanceView("1030", "A", 200, 0, "KES"),
        BalanceView("1040", "A", 0, 0, "UGX"),
        BalanceView("4010", "I", 0, 1500, "KES"),
    ]


async def test_a_statement_runs_backwards_with_balances(books: Books) -> None:
    for amount in (100, 200, 300):
        await books.post(("1010", amount), ("4010", -amount), effective_on=date(2026, 1, amount // 100))
    await books.reverse(2, effective_on=date(2026, 1, 9))
    async with books.acting() as session:
        newest = await ledger.account_lines(session, books.group_id, "1010", limit=2)
        older = await ledger.account_lines(session, books.group_id, "1010", before_seq=newest[-1].seq, limit=2)
        assert await ledger.account_lines(session, books.group_id, "4010.nobody") == []
        moved = await ledger.movement(session, books.group_id, "1010", since=date(2026, 1, 3))
        assert await ledger.movement(session, books.group_id, "4010.nobody", since=date(2026, 1, 3)) == 0
    assert [(x.seq, x.amount_minor, x.balance_after_minor, x.reverses_seq) for x in [*newest, *older]] == [
        (4, -200, 400, 2),
        (3, 300, 600, None),
        (2, 200, 300, None),
        (1, 100, 100, None),
    ]
    assert (newest[0].kind, newest[0].effective_on, moved) == ("reversal", date(2026, 1, 9), 100)


async def test_pages_of_entries_meet_without_gap(books: Books) -> None:
    for i in range(7):
        await books.post(*((("1010", 5), ("4010", -5)) if i % 2 else (("1020", 5), ("1030", -5))))
    for control, expected in ((None, [7, 6, 5, 4, 3, 2, 1]), ("1010", [6, 4, 2]), ("1030", [7, 5, 3, 1]), ("9", [])):
        seen: list[int] = []
        before = None
        async with books.acting() as session:
            while page := await ledger.list_entries(
                session, books.group_id, before_seq=before, limit=3, control=control
            ):
                seen += [entry.seq for entry in page]
                before = seen[-1]
                assert all([line.line_no for line in entry.lines] == [1, 2] for entry in page)
        assert seen == expected


READERS: dict[str, Callable[[Session, Books], Coroutine[Any, Any, Any]]] = {
    "get_entry": lambda s, b: ledger.get_entry(s, b.group_id, ENTRIES),
    "list_entries": lambda s, b: ledger.list_entries(s, b.group_id, limit=50),
    "list_entries of a control": lambda s, b: ledger.list_entries(s, b.group_id, limit=50, control="4010"),
    "trial_balance": lambda s, b: ledger.trial_balance(s, b.group_id),
    "account_lines": lambda s, b: ledger.account_lines(s, b.group_id, "1010"),
    "balance": lambda s, b: ledger.balance(s, b.group_id, "1010"),
    "movement": lambda s, b: ledger.movement(s, b.group_id, "1010", since=date(2026, 1, 1)),
}


@pytest.mark.parametrize("name", READERS)
async def test_a_query_is_one_statement_however_many_rows(full: Books, name: str) -> None:
    sent: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    async with full.acting() as session:
        event.listen((await session.connection()).sync_connection, "before_cursor_execute", count)
        assert await READERS[name](session, full)
    assert len(sent) == 1


END = 2**62
PAGE = {"before_seq": END, "limit": 25}
PLANS: dict[str, tuple[str, dict[str, Any]]] = {
    "one": (reading.ONE_ENTRY, {"seq": 300}),
    "newest": (reading.NEWEST_ENTRIES, PAGE),
    "oldest": (reading.OLDEST_ENTRIES, {"after_seq": 300, "limit": 25}),
    "of a control of many accounts": (reading.NEWEST_OF_CONTROL, PAGE | {"control": "4010"}),
    "of a control of one account": (reading.NEWEST_OF_CONTROL, PAGE | {"control": "1010"}),
    "trial balance": (reading.TRIAL_BALANCE, {}),
    "statement": (reading.ACCOUNT_LINES, PAGE | {"codes": ["1010"]}),
    "balance": (reading.BALANCE, {"code": "1010"}),
}


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for child in plan.get("Plans", []) for node in nodes(child))]


async def plan_of(books: Books, statement: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    async with books.acting() as session:
        explain = text("EXPLAIN (ANALYZE, FORMAT JSON) " + statement)
        found = await session.scalar(explain, {"group_id": books.group_id} | values)
    return nodes(found[0]["Plan"])


@pytest.mark.parametrize("name", [name for name in PLANS if name not in ("trial balance", "balance")])
async def test_history_is_read_through_indexes(full: Books, name: str) -> None:
    """No scan of a whole table that grows with history, and no more rows out of an index than the page needs."""
    found = await plan_of(full, *PLANS[name])
    scans = [node for node in found if node.get("Relation Name") in ("journal_entry", "posting", "entry_detail")]
    assert scans
    assert {node["Node Type"] for node in scans} <= {"Index Scan", "Index Only Scan", "Bitmap Heap Scan"}
    read = max(node["Actual Rows"] * node["Actual Loops"] for node in scans)
    assert read <= (25 * MEMBERS if "many" in name else 2 * 25)


@pytest.mark.parametrize("wanted", [Wanted(), Wanted(since=date(2026, 1, 1)), Wanted(kind="contribution_confirmed")])
async def test_a_search_reads_its_page(full: Books, wanted: Wanted) -> None:
    """Through the index of days, in their order; what is summed up is all that is wanted."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        sent.append((statement, values))

    async with full.acting() as session:
        connection = await session.connection()
        event.listen(connection.sync_connection, "before_cursor_execute", note)
        found = await find_entries(session, full.group_id, wanted, limit=25)
        sums = await sum_entries(session, full.group_id, wanted)
        statement, values = sent[0]
        row = await connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values)
        plan = nodes(row.scalar_one()[0]["Plan"])
    tables = ("journal_entry", "posting", "entry_detail")
    scans = [node for node in plan if node.get("Relation Name") in tables]
    assert {node["Node Type"] for node in scans} <= {"Index Scan", "Index Only Scan", "Bitmap Heap Scan"}
    assert max(node["Actual Rows"] * node["Actual Loops"] for node in scans) <= 2 * 25
    assert "journal_entry_by_date" in {node.get("Index Name") for node in scans}
    days = [(entry.effective_on, entry.seq) for entry in found]
    assert days == sorted(days, reverse=True)
    assert sums.entries >= len(found)


@pytest.mark.parametrize("name", ["trial balance", "balance"])
async def test_balances_are_read_of_one_group_only(full: Books, name: str) -> None:
    """Bounded by the accounts of the group; history is not touched."""
    found = await plan_of(full, *PLANS[name])
    assert not [node for node in found if node.get("Relation Name") in ("journal_entry", "posting")]
    scans = [node for node in found if node.get("Relation Name") in ("account", "balance")]
    assert {node["Node Type"] for node in scans} <= {"Index Scan", "Index Only Scan", "Bitmap Heap Scan"}
