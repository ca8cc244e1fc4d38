"""Closing, counting, erasing: what is kept, what is refused then, and that the chain holds throughout."""

from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from app.domain.ledger import service as ledger
from app.domain.ledger import verifying
from app.domain.ledger.errors import (
    AccountUnknown,
    AppendOnly,
    EntryUnbalanced,
    LedgerNotOpen,
    PeriodClosed,
    PeriodClosedAlready,
)
from app.domain.ledger.views import AssertionView, Fault, PeriodBalance
from app.kit.actor import Actor
from app.kit.errors import DomainError, NotFound
from app.kit.ids import new_id
from tests.services.ledger.ledger_books import DAY, RAW_POST, Books, open_books, raw_session
from tests.services.ledger.test_ledger_refusals import commit_error, forge
from tests.services.ledger.test_ledger_verifying import bend

MONTH_END = date(2026, 3, 31)
NEXT = date(2026, 4, 1)


async def close(books: Books, through: date = MONTH_END) -> bool:
    async with books.acting() as session:
        return await ledger.close_period(session, books.group_id, through=through, actor=books.actor)


async def count(books: Books, stated: int, on: date = MONTH_END, account: str = "1010") -> AssertionView:
    async with books.acting() as session:
        return await ledger.record_assertion(
            session,
            books.group_id,
            assertion_id=new_id(),
            account=account,
            source="cash_count",
            as_of=on,
            stated_minor=stated,
            actor=books.actor,
        )


async def kept(books: Books, through: date = MONTH_END) -> list[PeriodBalance]:
    async with books.acting() as session:
        return await ledger.period_balances(session, books.group_id, through)


async def test_a_close_keeps_turnover_and_balance_of_each_account(books: Books) -> None:
    await books.post(("1010", 900), ("4010", -900))
    await books.post(("1020", 300), ("1010", -300), effective_on=MONTH_END)
    await books.post(("1010", 50), ("4010", -50), effective_on=NEXT)
    assert await close(books)
    assert await kept(books) == [
        PeriodBalance("1010", "A", "KES", 900, 300, 600),
        PeriodBalance("1020", "A", "KES", 300, 0, 300),
        PeriodBalance("4010", "I", "KES", 0, 900, -900),
    ]
    await books.post(("1030", 7), ("4010", -7), effective_on=date(2026, 4, 30))
    assert await close(books, date(2026, 4, 30))
    assert await kept(books, date(2026, 4, 30)) == [
        PeriodBalance("1010", "A", "KES", 50, 0, 650),
        PeriodBalance("1020", "A", "KES", 0, 0, 300),
        PeriodBalance("1030", "A", "KES", 7, 0, 7),
        PeriodBalance("4010", "I", "KES", 0, 57, -957),
    ]
    async with books.acting() as session:
        periods = await ledger.closed_periods(session, books.group_id)
    assert [(p.through, p.seq, p.actor) for p in periods] == [
        (date(2026, 4, 30), 4, books.actor),
        (MONTH_END, 3, books.actor),
    ]
    assert await kept(books, NEXT) == []
    assert await books.fault() is None


async def test_a_close_is_made_once_and_never_goes_back(books: Books) -> None:
    assert await close(books)
    assert not await close(books)
    with pytest.raises(PeriodClosedAlready) as caught:
        await close(books, DAY)
    assert caught.value.params == {"through": MONTH_END}
    assert await close(books, NEXT)


async def test_after_the_close_nothing_gets_a_closed_date(books: Books, app_url: str, owner_url: str) -> None:
    await books.post(idempotency_key="early")
    await close(books)
    for day in (DAY, MONTH_END):
        with pytest.raises(PeriodClosed) as caught:
            await books.post(effective_on=day)
        assert caught.value.params == {"through": MONTH_END}
    with pytest.raises(PeriodClosed):
        await books.reverse(1)
    assert (await books.post(idempotency_key="early")).replayed
    assert (await books.reverse(1, effective_on=NEXT)).seq == 2
    for url in (app_url, owner_url):
        async with raw_session(url, books.group_id) as connection:
            with pytest.raises(psycopg.Error) as raised:
                await connection.execute(RAW_POST, books.raw())
            assert isinstance(ledger.translate(raised.value), PeriodClosed)
    async with raw_session(owner_url, books.group_id) as owner:
        await forge(owner, books, on=MONTH_END)
        assert isinstance(ledger.translate(await commit_error(owner)), PeriodClosed)
    assert await books.fault() is None


async def test_an_entry_of_the_closing_transaction_is_refused_at_commit(books: Books) -> None:
    async def both() -> None:
        async with books.acting() as session:
            await ledger.post_entry(session, books.entry())
            await ledger.close_period(session, books.group_id, through=MONTH_END, actor=books.actor)

    with pytest.raises(DBAPIError) as caught:
        await both()
    assert isinstance(ledger.translate(caught.value), PeriodClosed)
    assert (await books.post()).seq == 1


async def test_a_close_and_a_posting_take_turns(books: Books, app_url: str) -> None:
    """Whoever holds the head goes first; the posting that waited is then refused."""
    async with raw_session(app_url, books.group_id) as closing:
        await closing.execute("SELECT ledger.close_period(%s, %s, %s)", (books.group_id, MONTH_END, books.actor))
        async with raw_session(app_url, books.group_id) as other:
            await other.execute("SET LOCAL lock_timeout = '200ms'")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                await other.execute(RAW_POST, books.raw())
        await closing.commit()
    with pytest.raises(PeriodClosed):
        await books.post()


async def test_even_the_owner_does_not_reopen(books: Books, owner_url: str) -> None:
    await close(books)
    async with raw_session(owner_url, books.group_id) as owner:
        with pytest.raises(psycopg.Error) as caught:
            await owner.execute("UPDATE ledger.chain_head SET locked_through = %s", (DAY,))
    assert isinstance(ledger.translate(caught.value), AppendOnly)


async def test_closing_needs_open_books_of_the_own_group(books: Books) -> None:
    stranger = Books(books.database, new_id(), new_id())
    with pytest.raises(LedgerNotOpen):
        await close(stranger)
    async with books.database.transaction(Actor(group_id=stranger.group_id)) as session:
        with pytest.raises(NotFound):
            await ledger.close_period(session, books.group_id, through=DAY, actor=books.actor)


@pytest.mark.parametrize("table", ["period", "period_balance", "assertion", "erasure"])
async def test_what_is_kept_stays(books: Books, app_url: str, owner_url: str, table: str) -> None:
    await books.post(memo="lunch")
    await count(books, 500)
    await close(books)
    async with books.acting() as session:
        await ledger.erase_memo(session, books.group_id, 1, actor=books.actor)
    for url, error in ((app_url, psycopg.errors.InsufficientPrivilege), (owner_url, psycopg.Error)):
        for statement in (f"DELETE FROM ledger.{table}", f"UPDATE ledger.{table} SET group_id = group_id"):
            async with raw_session(url, books.group_id) as connection:
                with pytest.raises(error) as caught:
                    await connection.execute(statement)
                if url == owner_url:
                    assert isinstance(ledger.translate(caught.value), AppendOnly)
    other = await open_books(books.database)
    async with raw_session(owner_url, other.group_id) as owner:
        assert await (await owner.execute(f"SELECT count(*) FROM ledger.{table}")).fetchone() == (0,)


@pytest.mark.parametrize("stated", [500, 380, 0, 640])
async def test_a_count_stands_beside_the_books_and_is_never_padded(books: Books, stated: int) -> None:
    await books.post()
    await books.post(("1010", 9), ("4010", -9), effective_on=NEXT)
    made = await count(books, stated)
    assert (made.stated_minor, made.ledger_minor, made.difference_minor) == (stated, 500, stated - 500)
    assert (made.account, made.currency, made.source, made.as_of, made.seq) == (
        "1010",
        "KES",
        "cash_count",
        MONTH_END,
        2,
    )
    assert abs(made.recorded_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert await books.balance("1010") == 509
    async with books.acting() as session:
        assert await ledger.list_assertions(session, books.group_id) == [made]
    await books.post(("1010", 20), ("4010", -20))
    assert [(c.ledger_minor, c.seq) for c in [await count(books, 520)]] == [(520, 3)]
    assert await books.fault() is None


async def test_a_count_after_a_close_starts_from_it(books: Books) -> None:
    await books.post()
    await close(books)
    await books.post(("1010", 40), ("4010", -40), effective_on=NEXT)
    assert (await count(books, 540, NEXT)).difference_minor == 0
    assert (await count(books, 500)).difference_minor == 0
    assert await books.fault() is None


async def test_what_the_books_say_is_not_the_inserters(books: Books, owner_url: str) -> None:
    await books.post()
    async with raw_session(owner_url, books.group_id) as owner:
        cursor = await owner.execute(
            """INSERT INTO ledger.assertion (group_id, id, account_no, source, as_of, stated_minor, ledger_minor, seq,
                 actor, recorded_at) VALUES (%s, %s, 1, 'cash_count', %s, 7, 7, 99, %s, '2020-01-01')
               RETURNING ledger_minor, difference_minor, seq, recorded_at > '2025-01-01'""",
            (books.group_id, new_id(), DAY, books.actor),
        )
        assert await cursor.fetchone() == (500, -493, 1, True)


async def test_what_is_no_count_is_refused(books: Books) -> None:
    with pytest.raises(AccountUnknown):
        await count(books, 5, account="1099")
    with pytest.raises(DomainError, match="entry_refused"):
        await count(books, -1)


async def test_an_erased_memo_leaves_entry_and_chain(books: Books, owner_url: str) -> None:
    await books.post(memo="Akinyi paid at the funeral", idempotency_key="k")
    await books.post(memo="stays")
    async with books.acting() as session:
        before = await ledger.get_entry(session, books.group_id, 1)
        assert await ledger.erase_memo(session, books.group_id, 1, actor=books.actor)
    async with books.acting() as session:
        assert not await ledger.erase_memo(session, books.group_id, 1, actor=books.actor)
        after = await ledger.get_entry(session, books.group_id, 1)
        other = await ledger.get_entry(session, books.group_id, 2)
    assert before is not None
    assert after is not None
    assert other is not None
    assert (after.memo, after.salt, other.memo) == (None, None, "stays")
    assert (after.hash, after.doc, after.lines) == (before.hash, before.doc, before.lines)
    assert await books.fault() is None
    checker = verifying.Checker()
    assert checker.take_all([after, other]) is None
    assert checker.erased == 1
    assert (await books.post(memo="Akinyi paid at the funeral", idempotency_key="k")).replayed
    async with raw_session(owner_url, books.group_id) as owner:
        found = await owner.execute("SELECT count(*) FROM ledger.entry_detail WHERE memo LIKE '%%Akinyi%%'")
        assert await found.fetchone() == (0,)


async def test_a_memo_goes_by_the_function_alone(books: Books, owner_url: str) -> None:
    await books.post(memo="lunch")
    async with raw_session(owner_url, books.group_id) as owner:
        with pytest.raises(psycopg.Error) as caught:
            await owner.execute("DELETE FROM ledger.entry_detail")
    assert isinstance(ledger.translate(caught.value), AppendOnly)
    async with books.acting() as session:
        with pytest.raises(NotFound):
            await ledger.erase_memo(session, books.group_id, 2, actor=books.actor)


async def test_an_entry_is_not_erased_before_it_is_committed(books: Books) -> None:
    async def both() -> None:
        async with books.acting() as session:
            await ledger.post_entry(session, books.entry(memo="lunch"))
            await ledger.erase_memo(session, books.group_id, 1, actor=books.actor)

    with pytest.raises(DBAPIError, match="commitment"):
        await both()
    assert (await books.post()).seq == 1


@pytest.mark.parametrize("url", ["app_url", "owner_url"])
async def test_a_two_currency_entry_of_zero_in_sum_dies_at_commit(
    books: Books, url: str, request: pytest.FixtureRequest
) -> None:
    """The whole transaction with it, also an entry that was right."""
    await books.open("1040", "A", "UGX")
    async with raw_session(request.getfixturevalue(url), books.group_id) as connection:
        await connection.execute(RAW_POST, books.raw())
        await connection.execute(RAW_POST, books.raw(accounts=["1010", "1040"]))
        error = await commit_error(connection)
    assert isinstance(ledger.translate(error), EntryUnbalanced)
    assert await books.balance("1010") == 0
    assert (await books.post()).seq == 1


@pytest.mark.parametrize(
    ("table", "statement", "fault"),
    [
        ("period_balance", "UPDATE ledger.period_balance SET balance_minor = 1 WHERE account_no = 1", "period"),
        ("period_balance", "UPDATE ledger.period_balance SET debit_minor = debit_minor + 1", "period"),
        ("period_balance", "DELETE FROM ledger.period_balance WHERE account_no = 1", "period"),
        ("assertion", "UPDATE ledger.assertion SET ledger_minor = 499", "assertion"),
    ],
)
async def test_what_the_owner_bends_of_it_is_found(
    books: Books, owner_url: str, table: str, statement: str, fault: str
) -> None:
    await books.post()
    await count(books, 499)
    await close(books)
    await books.post(effective_on=NEXT)
    await bend(
        owner_url,
        books,
        f"ALTER TABLE ledger.{table} DISABLE TRIGGER USER",
        statement,
        f"ALTER TABLE ledger.{table} ENABLE TRIGGER USER",
    )
    assert await books.fault() == Fault(1, fault)
