"""Two sessions and more at once, and what happens when the head is not locked."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any

import psycopg

from app.domain.ledger import service as ledger
from app.domain.ledger.errors import BalanceOutOfBounds
from app.kit.db import Database
from tests.services.ledger.ledger_books import RAW_BATCH, RAW_POST, Books, raw_session

HURRY = 32


async def settle(*calls: Any) -> list[Any]:
    return await asyncio.gather(*calls, return_exceptions=True)


def states(results: Sequence[Any]) -> Counter[str]:
    """SQLSTATEs of the failures, "ok" for the others."""
    return Counter((r.sqlstate or "?") if isinstance(r, psycopg.Error) else "ok" for r in results)


async def post_at_once(url: str, books: Books, statement: str, values: Sequence[dict[str, Any]]) -> list[Any]:
    """Each in a session of its own, all connected before the first one posts."""
    ready = asyncio.Barrier(len(values))

    async def one(its: dict[str, Any]) -> Any:
        async with raw_session(url, books.group_id) as connection:
            await ready.wait()
            row = await (await connection.execute(statement, its)).fetchone()
            await connection.commit()
            return row

    return await settle(*(one(its) for its in values))


async def test_32_identical_requests_make_one_entry(books: Books, app_url: str) -> None:
    results = await post_at_once(app_url, books, RAW_POST, [books.raw(key="same") for _ in range(HURRY)])
    assert states(results) == {"ok": HURRY}
    assert len({row[:4] for row in results}) == 1
    assert Counter(row[4] for row in results) == {False: 1, True: HURRY - 1}
    assert await books.balance("1010") == 500


async def test_32_different_requests_are_numbered_without_gap(books: Books, app_url: str) -> None:
    results = await post_at_once(app_url, books, RAW_POST, [books.raw() for _ in range(HURRY)])
    assert sorted(row[1] for row in results) == list(range(1, HURRY + 1))
    assert await books.balance("1010") == 500 * HURRY
    assert await books.fault() is None


async def test_a_writer_that_gives_up_leaves_no_gap(books: Books, app_url: str) -> None:
    async with raw_session(app_url, books.group_id) as first:
        await first.execute(RAW_POST, books.raw())
        waiting = asyncio.create_task(books.post())
        await asyncio.sleep(0.2)
        assert not waiting.done()
        await first.rollback()
    assert (await waiting).seq == 1


async def test_a_reversal_happens_once(books: Books) -> None:
    await books.post()
    results = await settle(*(books.reverse(1) for _ in range(8)))
    assert [type(r).__name__ for r in results].count("EntryAlreadyReversed") == 7
    assert await books.balance("1010") == 0


async def test_withdrawals_at_once_take_what_is_there(books: Books) -> None:
    await books.open("1050", "A", floor_minor=0)
    await books.post(("1050", 500), ("4010", -500))
    results = await settle(*(books.post(("1050", -100), ("4010", 100)) for _ in range(12)))
    assert sum(isinstance(r, BalanceOutOfBounds) for r in results) == 7
    assert await books.balance("1050") == 0
    assert await books.fault() is None


async def test_an_account_opened_by_many_is_one(books: Books) -> None:
    numbers = await settle(*(books.open("1060", "A") for _ in range(12)), *(books.open("1070", "A") for _ in range(12)))
    assert Counter(numbers) == Counter({5: 12, 6: 12})


async def test_books_opened_by_many_are_one(database: Database, books: Books) -> None:
    other = Books(database, books.actor, books.actor)

    async def one() -> None:
        async with other.acting() as session:
            await ledger.open_group(session, other.group_id, "KES")

    assert await settle(*(one() for _ in range(12))) == [None] * 12


async def test_groups_do_not_wait_for_each_other(books: Books, database: Database, app_url: str) -> None:
    other = Books(database, books.actor, books.actor)
    async with other.acting() as session:
        await ledger.open_group(session, other.group_id, "KES")
    await other.open("1010", "A")
    await other.open("4010", "I")
    async with raw_session(app_url, books.group_id) as holding:
        await holding.execute(RAW_POST, books.raw())
        assert (await asyncio.wait_for(other.post(), timeout=2)).seq == 1


async def test_without_the_heads_lock_the_races_show(books: Books, owner_url: str, app_url: str) -> None:
    """Negative control: the same function without FOR UPDATE loses twins and numbers twice."""
    async with raw_session(owner_url, None) as owner:
        row = await (await owner.execute("SELECT pg_get_functiondef('ledger.post_entries'::regproc::oid)")).fetchone()
        assert row is not None
        unlocked = row[0].replace("ledger.post_entries", "ledger.post_unlocked").replace(" FOR UPDATE", "")
        meeting = unlocked.replace("s := s + 1;", "s := s + 1; PERFORM pg_sleep(1);")  # each has read before one writes
        assert (meeting.count("post_unlocked"), meeting.count("pg_sleep")) == (1, 1)
        await owner.execute(meeting)
        await owner.execute("GRANT EXECUTE ON FUNCTION ledger.post_unlocked TO sanduk_app")
        await owner.commit()
    statement = RAW_BATCH.replace("post_entries", "post_unlocked")
    same = await post_at_once(app_url, books, statement, [books.raw(key="same") for _ in range(HURRY)])
    different = await post_at_once(app_url, books, statement, [books.raw() for _ in range(HURRY)])
    for results in (same, different):
        found = states(results)
        assert found["ok"] < HURRY
        assert found["23505"] > 0
