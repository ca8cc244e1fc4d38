"""Balances as of a day and as of a moment, against a model that adds everything up; and what they read for it."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.ledger import as_of, reading
from app.domain.ledger import service as ledger
from app.domain.ledger.views import AccountLine, BalanceView, PostedEntry
from app.kit.db import Database
from app.kit.ids import new_id
from tests.services.ledger.ledger_books import RAW_POST, Books, open_books, raw_session
from tests.services.ledger.test_ledger_reading import plan_of

START = date(2026, 1, 1)
DAYS = st.integers(0, 40).map(lambda n: START + timedelta(days=n))
CODES = ("1010", "1020", "1030", "4010")
ENTRY = st.tuples(DAYS, st.sampled_from(CODES[:3]), st.integers(1, 1000))
STEPS = st.lists(st.one_of(ENTRY, DAYS), min_size=1, max_size=25)
"""What happens: an entry, or a close through a day; what a close forbids by then is left out."""


def nets(views: list[BalanceView]) -> dict[str, int]:
    return {v.control_code: v.debit_minor - v.credit_minor for v in views}


async def run(books: Books, steps: list[Any]) -> list[tuple[int, date, str, int, PostedEntry]]:
    """The entries that were posted: seq, day, account, amount, result."""
    closed, done = date.min, []
    for step in steps:
        if isinstance(step, date):
            if step > closed:
                closed = step
                async with books.acting() as session:
                    await ledger.close_period(session, books.group_id, through=step, actor=books.actor)
            continue
        day, code, amount = step
        if day > closed:
            posted = await books.post((code, amount), ("4010", -amount), effective_on=day)
            done.append((posted.seq, day, code, amount, posted))
    return done


def model(done: list[Any], keeps: Callable[[int, date], bool]) -> dict[str, int]:
    found: Counter[str] = Counter(dict.fromkeys(CODES, 0))
    for seq, day, code, amount, _ in done:
        if keeps(seq, day):
            found[code] += amount
            found["4010"] -= amount
    return dict(found)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, day=st.integers(-3, 43).map(lambda n: START + timedelta(days=n)), upto=st.integers(0, 26))
async def test_any_day_from_any_start_is_the_sum_of_its_entries(
    database: Database, steps: list[Any], day: date, upto: int
) -> None:
    books = await open_books(database)
    done = await run(books, steps)
    group_id = books.group_id
    async with books.acting() as session:
        assert nets(await ledger.balances_on(session, group_id, day)) == model(done, lambda _, on: on <= day)
        bound = model(done, lambda seq, on: on <= day and seq <= upto)
        assert nets(await ledger.balances_on(session, group_id, day, upto=upto)) == bound
        assert {c: await ledger.balance_on(session, group_id, c, day, upto=upto) for c in CODES} == bound
        before = model(done, lambda seq, on: on < day and seq <= upto)
        assert await ledger.balance_before(session, group_id, "4010", day=day, upto=upto) == before["4010"]
        assert nets(await ledger.balances_at(session, group_id, upto)) == model(done, lambda seq, _: seq <= upto)
        assert [await ledger.seq_at(session, group_id, p.recorded_at) for *_, p in done] == [seq for seq, *_ in done]
    assert await books.fault() is None


async def test_a_moment_finds_the_newest_entry_of_then(books: Books) -> None:
    posted = [await books.post() for _ in range(5)]
    tick = timedelta(microseconds=1)
    async with books.acting() as session:
        for p in posted:
            assert await ledger.seq_at(session, books.group_id, p.recorded_at) == p.seq
            assert await ledger.seq_at(session, books.group_id, p.recorded_at - tick) == p.seq - 1
        assert await ledger.seq_at(session, books.group_id, posted[-1].recorded_at + timedelta(days=9)) == 5
        assert await ledger.seq_at(session, new_id(), posted[-1].recorded_at) == 0


async def test_the_two_clocks_differ_for_what_came_late(books: Books) -> None:
    first = await books.post(effective_on=date(2026, 2, 1))
    await books.post(("1010", 70), ("4010", -70), effective_on=date(2026, 1, 1))
    async with books.acting() as session:
        by_day = await ledger.balance_on(session, books.group_id, "1010", date(2026, 1, 31))
        then = await ledger.seq_at(session, books.group_id, first.recorded_at)
        by_record = await ledger.balances_at(session, books.group_id, then)
    assert (by_day, nets(by_record)["1010"]) == (70, 500)


async def test_another_groups_balances_are_not_seen(books: Books) -> None:
    other = await open_books(books.database)
    await other.post()
    async with books.acting() as session:
        assert await ledger.balances_on(session, other.group_id, date(2030, 1, 1)) == []
        assert await ledger.balance_on(session, other.group_id, "1010", date(2030, 1, 1)) == 0
        assert await ledger.balances_at(session, other.group_id, 9) == []


ENTRIES = 3000
MONTHS = 30


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def years(database: Database, owner_url: str) -> Books:
    """3,000 entries on 1010, 100 a month for thirty months, each month closed but the last; and other groups."""
    made = [await open_books(database) for _ in range(4)]
    for books in made:
        count = ENTRIES if books is made[-1] else 300
        async with raw_session(owner_url, books.group_id) as owner:
            cursor = owner.cursor()
            await cursor.executemany(
                RAW_POST,
                [books.raw(on=START + timedelta(days=30 * (i * MONTHS // count) + i % 30)) for i in range(count)],
            )
            await owner.commit()
    books = made[-1]
    async with raw_session(owner_url, books.group_id) as owner:
        for month in range(1, MONTHS):
            through = START + timedelta(days=30 * month - 1)
            await owner.execute("SELECT ledger.close_period(%s, %s, %s)", (books.group_id, through, books.actor))
        for table in ("chain_head", "account", "balance", "journal_entry", "posting", "period", "period_balance"):
            await owner.execute(f"ANALYZE ledger.{table}")
        await owner.commit()
    return books


async def test_long_accounts_are_read_by_day_with_the_same_answer(years: Books) -> None:
    """1010 has 3,000 lines: its own way to the days of a period, against the sum of all of its lines."""
    lines: list[AccountLine] = []
    group_id, before = years.group_id, None
    since, until = MID, MID + timedelta(days=29)
    async with years.acting() as session:
        while page := await ledger.account_lines(session, group_id, "1010", before_seq=before, limit=500):
            lines += page
            before = page[-1].seq
        found = await ledger.period_lines(
            session, group_id, "1010", since=since, until=until, upto=as_of.END, limit=500
        )
        for day in (date(2000, 1, 1), MID, START + timedelta(days=899), date(2100, 1, 1)):
            for upto in (0, 1700, 2500, as_of.END):
                expected = sum(x.amount_minor for x in lines if x.effective_on <= day and x.seq <= upto)
                assert await ledger.balance_on(session, group_id, "1010", day, upto=upto) == expected
    assert len(lines) == ENTRIES
    wanted = sorted((x for x in lines if since <= x.effective_on <= until), key=lambda x: (x.effective_on, x.seq))
    assert [(x.seq, x.amount_minor) for x in found] == [(x.seq, x.amount_minor) for x in wanted]


MID = START + timedelta(days=30 * 15 + 10)
PLANS: dict[str, tuple[str, dict[str, Any]]] = {
    "trial balance of a day": (as_of.BALANCES_ON, {"day": MID, "upto": as_of.END}),
    "trial balance of today": (as_of.BALANCES_ON, {"day": START + timedelta(days=30 * MONTHS), "upto": as_of.END}),
    "account on a day": (as_of.BALANCE_ON, {"day": MID, "upto": as_of.END, "code": "1010"}),
    "trial balance of a moment": (as_of.BALANCES_AT, {"upto": 1500}),
    "entry of a moment": (as_of.SEQ_AT, {}),
    "a month of a long account": (
        reading.PERIOD_LINES,
        {"code": "1010", "since": MID, "until": MID + timedelta(days=29), "upto": as_of.END, "limit": 500},
    ),
}


@pytest.mark.parametrize("name", PLANS)
async def test_a_day_is_reached_from_the_nearest_close_through_indexes(years: Books, name: str) -> None:
    """Half a month's entries are read, not three thousand; a moment needs one line per account, found by halving."""
    statement, values = PLANS[name]
    if name == "entry of a moment":
        async with years.acting() as session:
            entry = await ledger.get_entry(session, years.group_id, 1500)
        assert entry is not None
        values = {"at": entry.recorded_at}
    found = await plan_of(years, statement, values)
    taken = [node for node in found if node["Actual Loops"]]
    scans = [node for node in taken if node.get("Relation Name") in ("journal_entry", "posting")]
    assert scans
    assert {node["Node Type"] for node in scans} <= {"Index Scan", "Index Only Scan", "Bitmap Heap Scan"}
    counted = {"posting": 2000} if "account" in name else {}
    read = max(
        node["Actual Rows"] * node["Actual Loops"]
        for node in scans
        if node["Actual Rows"] != counted.get(node["Relation Name"])
    )
    assert read <= {"entry of a moment": 12, "trial balance of a moment": 4}.get(name, 100)
