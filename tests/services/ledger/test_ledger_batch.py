"""Many entries at once: the same as one by one, all or nothing, each with its own key."""

from collections import Counter
from datetime import date
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from app.domain.ledger import canon
from app.domain.ledger import service as ledger
from app.domain.ledger.errors import (
    AccountUnknown,
    BalanceOutOfBounds,
    BatchInvalid,
    EntryAlreadyReversed,
    EntryUnbalanced,
    PeriodClosed,
)
from app.domain.ledger.views import NewEntry, PostedEntry
from app.kit.db import Database
from app.kit.errors import DomainError, IdempotencyConflict, InvalidInput, NotFound
from app.kit.ids import new_id
from tests.services.ledger.ledger_books import DAY, Books, open_books, raw_session
from tests.services.ledger.test_ledger_races import settle

CODES = ("1010", "1020", "1030", "4010")


async def test_a_batch_is_one_round_trip_and_one_chain(books: Books) -> None:
    sent: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    await books.post()
    entries = [books.entry(("1010", n), ("4010", -n), memo=f"line {n}") for n in range(1, 41)]
    async with books.acting() as session:
        event.listen((await session.connection()).sync_connection, "before_cursor_execute", count)
        posted = await ledger.post_entries(session, entries)
    assert len(sent) == 1
    assert [one.seq for one in posted] == list(range(2, 42))
    assert not any(one.replayed for one in posted)
    async with books.acting() as session:
        stored = await ledger.entries_after(session, books.group_id, after_seq=1, limit=100)
    assert [(e.hash, e.entry_id, e.recorded_at, e.idempotency_key) for e in stored] == [
        (p.hash, p.entry_id, p.recorded_at, e.idempotency_key) for p, e in zip(posted, entries, strict=True)
    ]
    assert [e.memo for e in stored] == [f"line {n}" for n in range(1, 41)]
    assert await books.balance("1010") == 500 + sum(range(1, 41))
    assert await books.fault() is None


async def test_a_batch_sent_again_is_the_same_batch(books: Books) -> None:
    entries = [books.entry() for _ in range(3)]
    first = await books.post_all(*entries)
    again = await books.post_all(*entries)
    assert [(p.entry_id, p.seq, p.hash, p.recorded_at) for p in first] == [
        (p.entry_id, p.seq, p.hash, p.recorded_at) for p in again
    ]
    assert all(p.replayed for p in again)
    assert await books.balance("1010") == 1500


async def test_what_is_known_of_a_batch_comes_back_and_the_rest_is_posted(books: Books) -> None:
    one, two, three = (books.entry(("1010", n), ("4010", -n)) for n in (1, 10, 100))
    await books.post_all(two)
    posted = await books.post_all(one, two, three)
    assert [(p.seq, p.replayed) for p in posted] == [(2, False), (1, True), (3, False)]
    assert await books.balance("1010") == 111
    assert await books.fault() is None


async def test_a_key_twice_in_a_batch_is_one_entry(books: Books) -> None:
    entry = books.entry()
    posted = await books.post_all(entry, books.entry(), entry)
    assert [(p.seq, p.replayed) for p in posted] == [(1, False), (2, False), (1, True)]
    assert posted[0].hash == posted[2].hash
    assert await books.balance("1010") == 1000


@pytest.mark.parametrize(
    ("amounts", "changes", "error"),
    [
        ((("1010", 5), ("4010", -4)), {}, EntryUnbalanced),
        ((("1010", 5), ("9999", -5)), {}, AccountUnknown),
        ((), {"effective_on": DAY.replace(year=2020)}, PeriodClosed),
        ((), {"idempotency_key": "known", "memo": "other"}, IdempotencyConflict),
        ((), {"idempotency_key": "first", "memo": "other"}, IdempotencyConflict),
        ((), {"memo": "\0"}, InvalidInput),
        ((("1010", -500), ("4010", 500)), {"kind": "reversal", "reverses_seq": 77}, NotFound),
        ((("1010", -500), ("4010", 500)), {"kind": "reversal", "reverses_seq": 1}, EntryAlreadyReversed),
        ((("1050", 1001), ("4010", -1001)), {}, BalanceOutOfBounds),
    ],
)
async def test_one_faulty_entry_refuses_the_batch_and_is_named(
    books: Books,
    amounts: tuple[tuple[str, int], ...],
    changes: dict[str, Any],
    error: type[DomainError],
) -> None:
    await books.open("1050", "A", ceiling_minor=1000)
    await books.post()
    await books.reverse(1)
    await books.post(idempotency_key="known")
    async with books.acting() as session:
        await ledger.close_period(session, books.group_id, through=date(2020, 12, 31), actor=books.actor)
    faulty = books.entry(*amounts, **changes)
    with pytest.raises(error) as caught:
        await books.post_all(books.entry(idempotency_key="first"), books.entry(), faulty, books.entry())
    assert {k: caught.value.params[k] for k in ("entry", "key")} == {"entry": 3, "key": faulty.idempotency_key}
    assert await books.balance("1010") == 500
    async with books.acting() as session:
        assert (await ledger.head(session, books.group_id)).seq == 3
    assert await books.fault() is None


async def test_bounds_hold_between_the_entries_too(books: Books) -> None:
    """In sum the batch takes nothing; its second entry would."""
    await books.open("1050", "A", floor_minor=0)
    steps = (100, -200, 100)
    with pytest.raises(BalanceOutOfBounds) as caught:
        await books.post_all(*(books.entry(("1050", n), ("4010", -n)) for n in steps))
    assert caught.value.params["entry"] == 2


async def test_the_commit_refuses_a_batch_for_one_mixed_entry(books: Books) -> None:
    """Two currencies that are zero together: the deferred check speaks for each entry."""
    await books.open("1040", "A", "UGX")
    with pytest.raises(DBAPIError) as caught:
        await books.post_all(books.entry(), books.entry(("1010", 5), ("1040", -5)))
    assert isinstance(ledger.translate(caught.value), EntryUnbalanced)
    assert await books.balance("1010") == 0


async def test_a_batch_can_reverse_what_it_holds_no_more_than_once(books: Books) -> None:
    back: tuple[tuple[str, int], ...] = (("1010", -500), ("4010", 500))
    undo = {"kind": "reversal", "reverses_seq": 1}
    posted = await books.post_all(books.entry(), books.entry(*back, **undo))
    assert [p.seq for p in posted] == [1, 2]
    assert await books.balance("1010") == 0
    assert await books.fault() is None
    other = await open_books(books.database)
    with pytest.raises(EntryAlreadyReversed) as caught:
        await other.post_all(other.entry(), other.entry(*back, **undo), other.entry(*back, **undo))
    assert caught.value.params["entry"] == 3


async def test_a_batch_is_bounded_and_of_one_group(books: Books) -> None:
    other = await open_books(books.database)
    with pytest.raises(BatchInvalid):
        await books.post_all()
    with pytest.raises(BatchInvalid):
        await books.post_all(*(books.entry() for _ in range(501)))
    with pytest.raises(BatchInvalid):
        await books.post_all(books.entry(), other.entry())
    assert len(await books.post_all(*(books.entry() for _ in range(500)))) == 500
    assert await books.fault() is None


@pytest.mark.parametrize(
    ("codes", "accounts", "state"),
    [
        (["1010", "4010", "1010"], [1, 2, 3, 2], "LG013"),  # an account under two places would be counted once
        (["1010", "4010"], [1, 3, 1, 2], "LG014"),
        (["1010", "4010"], [1, None, 1, 2], "LG014"),
        (["1010", "4010"], [1, 2], "LG013"),
        (["1010", "4010"], [1, 1, 1, 2], "23505"),
    ],
)
async def test_by_sql_lines_must_name_their_accounts(
    books: Books, app_url: str, codes: list[str], accounts: list[int | None], state: str
) -> None:
    statement = """SELECT * FROM ledger.post_entries(%s::uuid, ARRAY[gen_random_uuid(), gen_random_uuid()],
      ARRAY['x', 'x'], ARRAY[current_date, current_date], ARRAY[%s, %s]::uuid[], ARRAY['a', 'b'],
      ARRAY[sha256('a'), sha256('b')], ARRAY['', ''], array_fill(substring(sha256('s'), 1, 16), ARRAY[2]),
      ARRAY[NULL, NULL]::bigint[], ARRAY[2, 2], %s::text[], %s::int[], ARRAY[5, -5, 5, -5]::bigint[])"""
    async with raw_session(app_url, books.group_id) as app:
        with pytest.raises(psycopg.Error) as caught:
            await app.execute(statement, (books.group_id, books.actor, books.actor, codes, accounts))
    assert caught.value.sqlstate == state


async def test_batches_at_once_take_turns(books: Books) -> None:
    same = [books.entry() for _ in range(20)]
    results = await settle(
        *(books.post_all(*same) for _ in range(4)), *(books.post_all(books.entry()) for _ in range(8))
    )
    assert Counter(p.replayed for r in results for p in r) == {True: 60, False: 28}
    assert sorted({p.seq for r in results for p in r}) == list(range(1, 29))
    assert await books.fault() is None


LINES = st.lists(st.sampled_from(CODES), min_size=2, max_size=4, unique=True).flatmap(
    lambda codes: st.lists(st.integers(1, 10**6), min_size=len(codes) - 1, max_size=len(codes) - 1).map(
        lambda parts: tuple(zip(codes, (*parts, -sum(parts)), strict=True))
    )
)
PLANS = st.lists(st.tuples(LINES, st.integers(0, 11), st.text('é🤝\n"\\', max_size=3)), min_size=1, max_size=12)


def entries_of(books: Books, plan: list[Any]) -> list[NewEntry]:
    """A number below the entry's own place sends the entry of that place again."""
    made: list[NewEntry] = []
    for place, (lines, again, memo) in enumerate(plan):
        fresh = books.entry(*lines, idempotency_key=f"k{place}", memo=memo)
        made.append(made[again] if again < place else fresh)
    return made


async def stored(books: Books) -> list[Any]:
    async with books.acting() as session:
        found = await ledger.entries_after(session, books.group_id, after_seq=0, limit=500)
    assert all(canon.entry_hash(entry) == entry.hash for entry in found)
    return [
        (e.seq, e.idempotency_key, e.memo, [(x.account, x.amount_minor, x.balance_after_minor) for x in e.lines])
        for e in found
    ]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=PLANS, cut=st.integers(0, 12))
async def test_a_batch_is_the_same_as_one_by_one(database: Database, plan: list[Any], cut: int) -> None:
    """Also in two batches, the second beginning with all of the first again."""
    one, many, parts = [await open_books(database) for _ in range(3)]
    singly: list[PostedEntry] = []
    for entry in entries_of(one, plan):
        async with one.acting() as session:
            singly.append(await ledger.post_entry(session, entry))
    together = await many.post_all(*entries_of(many, plan))
    if first := entries_of(parts, plan)[:cut]:
        await parts.post_all(*first)
    await parts.post_all(*entries_of(parts, plan))
    assert [(p.seq, p.replayed) for p in together] == [(p.seq, p.replayed) for p in singly]
    assert await stored(one) == await stored(many) == await stored(parts)
    for books in (one, many, parts):
        assert await books.fault() is None
        assert [await books.balance(code) for code in CODES] == [await one.balance(code) for code in CODES]


async def test_keys_of_other_groups_are_no_replay(books: Books) -> None:
    other = await open_books(books.database)
    await other.post_all(other.entry(idempotency_key="a"), other.entry(idempotency_key="b"))
    posted = await books.post_all(books.entry(idempotency_key="a"), books.entry(idempotency_key=str(new_id())))
    assert not any(p.replayed for p in posted)
    assert isinstance(posted[0].entry_id, UUID)
