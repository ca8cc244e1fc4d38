"""Posting, replay, reversal and the refusals that people hear about."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from app.domain.ledger import canon
from app.domain.ledger import service as ledger
from app.domain.ledger.errors import (
    AccountMismatch,
    AccountUnknown,
    BalanceOutOfBounds,
    EntryAlreadyReversed,
    EntryLinesInvalid,
    EntryUnbalanced,
    LedgerNotOpen,
    PeriodClosed,
    ReversalNotExact,
    ReversalNotReversible,
)
from app.domain.ledger.views import Line
from app.kit.actor import Actor
from app.kit.errors import DomainError, IdempotencyConflict, InvalidInput, NotFound
from app.kit.ids import new_id
from app.kit.money import MAX_MINOR
from tests.services.ledger.ledger_books import DAY, Books, open_books, raw_session


async def test_entries_are_numbered_chained_and_readable(books: Books) -> None:
    first = await books.post(memo="first")
    second = await books.post(("1020", 250), ("4010", -250))
    assert (first.seq, second.seq) == (1, 2)
    assert first.recorded_at < second.recorded_at
    async with books.acting() as session:
        one = await ledger.get_entry(session, books.group_id, 1)
        two = await ledger.get_entry(session, books.group_id, 2)
    assert one is not None
    assert two is not None
    assert (one.prev_hash, two.prev_hash) == (canon.GENESIS, one.hash)
    assert (one.hash, two.hash) == (first.hash, second.hash)
    assert (one.memo, one.entry_id, one.actor, one.effective_on) == ("first", first.entry_id, books.actor, DAY)
    assert [(line.account, line.balance_after_minor) for line in two.lines] == [("1020", 250), ("4010", -750)]
    assert await books.fault() is None


async def test_posting_is_one_round_trip(books: Books) -> None:
    sent: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    async with books.acting() as session:
        connection = (await session.connection()).sync_connection
        event.listen(connection, "before_cursor_execute", count)
        await ledger.post_entry(session, books.entry())
    assert len(sent) == 1


async def test_the_same_request_again_is_the_same_entry(books: Books) -> None:
    entry = books.entry(memo="e\u0301")
    results = []
    for _ in range(3):
        async with books.acting() as session:
            results.append(await ledger.post_entry(session, entry))
    assert [r.replayed for r in results] == [False, True, True]
    assert {(r.entry_id, r.seq, r.hash, r.recorded_at) for r in results} == {
        (results[0].entry_id, results[0].seq, results[0].hash, results[0].recorded_at)
    }
    assert await books.balance("1010") == 500


@pytest.mark.parametrize(
    "change",
    [
        {"memo": "another"},
        {"effective_on": DAY + timedelta(days=1)},
        {"lines": (Line("1020", 500), Line("4010", -500))},
        {"kind": "donation_received"},
    ],
)
async def test_the_same_key_for_another_request_is_a_conflict(books: Books, change: dict[str, Any]) -> None:
    await books.post(idempotency_key="k", memo="one")
    with pytest.raises(IdempotencyConflict):
        await books.post(idempotency_key="k", **({"memo": "one"} | change))
    assert await books.balance("1010") == 500


async def test_keys_belong_to_their_group(books: Books) -> None:
    other = await open_books(books.database)
    assert not (await books.post(idempotency_key="k")).replayed
    assert not (await other.post(idempotency_key="k")).replayed


async def test_a_payment_of_long_ago_is_posted_today(books: Books) -> None:
    posted = await books.post(effective_on=date(2019, 12, 31))
    assert posted.recorded_at.date() > date(2025, 1, 1)


async def test_a_clock_set_back_does_not_turn_the_order(books: Books, owner_url: str) -> None:
    await books.post()
    async with raw_session(owner_url, books.group_id) as owner:
        await owner.execute("UPDATE ledger.chain_head SET recorded_at = now() + interval '1 day'")
        await owner.commit()
    second, third = await books.post(), await books.post()
    assert third.recorded_at - second.recorded_at == timedelta(microseconds=1)
    assert second.recorded_at > datetime.now(second.recorded_at.tzinfo) + timedelta(hours=23)


@pytest.mark.parametrize(
    ("amounts", "changes", "error"),
    [
        ((("1010", 5), ("4010", -4)), {}, EntryUnbalanced),
        ((("1010", 5),), {}, EntryLinesInvalid),
        ((("1010", 0), ("4010", 0)), {}, EntryLinesInvalid),
        ((("1010", 5), ("1010", -5)), {}, EntryLinesInvalid),
        ((("1010", 5), ("9999", -5)), {}, AccountUnknown),
        ((("1010", MAX_MINOR + 1), ("4010", -MAX_MINOR - 1)), {}, InvalidInput),
        ((), {"idempotency_key": ""}, InvalidInput),
        ((), {"idempotency_key": "k" * 129}, InvalidInput),
        ((), {"idempotency_key": "a\0b"}, InvalidInput),
        ((), {"memo": "\ud800"}, InvalidInput),
        ((), {"memo": "m" * 1001}, InvalidInput),
        ((), {"effective_on": date.max}, InvalidInput),
    ],
)
async def test_what_is_not_an_entry_is_refused(
    books: Books, amounts: tuple[tuple[str, int], ...], changes: dict[str, Any], error: type[DomainError]
) -> None:
    with pytest.raises(error):
        await books.post(*amounts, **changes)
    assert await books.balance("1010") == 0
    assert (await books.post()).seq == 1


async def test_each_currency_balances_by_itself(books: Books) -> None:
    """In sum the lines are zero; the deferred check refuses at commit, and doors translate that."""
    await books.open("1040", "A", "UGX")
    with pytest.raises(DBAPIError) as caught:
        await books.post(("1010", 5), ("1040", -5))
    assert isinstance(ledger.translate(caught.value), EntryUnbalanced)
    await books.open("3010", "E", "UGX")
    assert (await books.post(("1010", -5), ("4010", 5), ("1040", 70), ("3010", -70))).seq == 1


async def test_closed_days_stay_closed(books: Books, owner_url: str) -> None:
    await books.post(idempotency_key="early")
    async with raw_session(owner_url, books.group_id) as owner:
        await owner.execute("UPDATE ledger.chain_head SET locked_through = %s", (DAY,))
        await owner.commit()
    with pytest.raises(PeriodClosed) as caught:
        await books.post()
    assert caught.value.params == {"through": DAY}
    assert (await books.post(idempotency_key="early")).replayed
    assert (await books.post(effective_on=DAY + timedelta(days=1))).seq == 2


async def test_opening_twice_changes_nothing(books: Books) -> None:
    await books.post()
    async with books.acting() as session:
        await ledger.open_group(session, books.group_id, "KES")
        with pytest.raises(AccountMismatch):
            await ledger.open_group(session, books.group_id, "UGX")
    assert await books.open("1010", "A") == await books.open("1010", "A") == 1
    assert await books.open(f"4010.{new_id()}", "I") == 5
    for class_, currency in (("L", "KES"), ("A", "UGX")):
        with pytest.raises(AccountMismatch):
            await books.open("1010", class_, currency)
    assert await books.balance("1010") == 500


@pytest.mark.parametrize(("code", "class_"), [("10", "A"), ("1010.", "A"), ("1010.A B", "A"), ("1050", "Z")])
async def test_an_account_has_a_code_and_a_class(books: Books, code: str, class_: str) -> None:
    with pytest.raises(DomainError, match="entry_refused"):
        await books.open(code, class_)


async def test_without_open_books_nothing_is_posted(books: Books) -> None:
    stranger = Books(books.database, new_id(), new_id())
    with pytest.raises(LedgerNotOpen):
        await stranger.post()
    with pytest.raises(LedgerNotOpen):
        await stranger.open("1010", "A")


async def test_another_groups_books_are_not_found(books: Books) -> None:
    other = await open_books(books.database)
    await other.post()
    async with books.database.transaction(Actor(group_id=books.group_id)) as session:
        assert await ledger.get_entry(session, other.group_id, 1) is None
        assert await ledger.trial_balance(session, other.group_id) == []
    for call in (
        lambda s: ledger.post_entry(s, other.entry()),
        lambda s: ledger.open_group(s, other.group_id, "KES"),
        lambda s: ledger.open_account(s, other.group_id, code="1010", class_="A", currency="KES"),
    ):
        async with books.database.transaction(Actor(group_id=books.group_id)) as session:
            with pytest.raises(NotFound):
                await call(session)


async def test_a_reversal_negates_every_line_once(books: Books) -> None:
    member = f"4010.{new_id()}"
    await books.open(member, "I")
    await books.post(("1010", 700), ("4010", -200), (member, -500))
    done = await books.reverse(1, idempotency_key="r", memo="typed twice")
    again = await books.reverse(1, idempotency_key="r", memo="typed twice")
    assert (done.seq, again.seq, again.replayed) == (2, 2, True)
    with pytest.raises(EntryAlreadyReversed):
        await books.reverse(1)
    with pytest.raises(ReversalNotReversible):
        await books.reverse(2)
    with pytest.raises(NotFound):
        await books.reverse(99)
    async with books.acting() as session:
        one = await ledger.get_entry(session, books.group_id, 1)
        two = await ledger.get_entry(session, books.group_id, 2)
    assert one is not None
    assert two is not None
    assert (one.reversed_by_seq, two.reverses_seq, two.kind) == (2, 1, "reversal")
    assert [(x.account, -x.amount_minor) for x in one.lines] == [(x.account, x.amount_minor) for x in two.lines]
    assert [await books.balance(code) for code in ("1010", "4010", member)] == [0, 0, 0]
    assert await books.fault() is None


@pytest.mark.parametrize(
    "amounts",
    [
        (("1010", -499), ("4010", 499)),
        (("4010", 500), ("1010", -500)),
        (("1020", -500), ("4010", 500)),
        (("1010", -500), ("4010", 400), ("1020", 100)),
    ],
)
async def test_anything_but_the_exact_negation_is_no_reversal(
    books: Books, amounts: tuple[tuple[str, int], ...]
) -> None:
    await books.post()
    with pytest.raises(ReversalNotExact):
        await books.post(*amounts, kind="reversal", reverses_seq=1)


async def test_a_reversal_says_so_in_its_kind(books: Books) -> None:
    await books.post()
    for changes in ({"kind": "reversal"}, {"reverses_seq": 1}):
        with pytest.raises(DomainError, match="entry_refused"):
            await books.post(("1010", -500), ("4010", 500), **changes)


async def test_bounds_hold(books: Books) -> None:
    await books.open("1050", "A", floor_minor=0, ceiling_minor=1000)
    await books.post(("1050", 1000), ("4010", -1000))
    for amount in (1, -1001):
        with pytest.raises(BalanceOutOfBounds):
            await books.post(("1050", amount), ("4010", -amount))
    assert await books.balance("1050") == 1000
