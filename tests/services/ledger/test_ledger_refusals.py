"""What a person at psql can't do: as the application role, and as the owner of the tables."""

from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from psycopg import AsyncConnection, errors
from psycopg.rows import dict_row

from app.domain.ledger import service as ledger
from app.domain.ledger.errors import (
    AppendOnly,
    EntryRefused,
    EntryUnbalanced,
    PeriodClosed,
    ReversalNotExact,
    ReversalNotReversible,
)
from app.kit.ids import new_id
from tests.services.ledger.ledger_books import DAY, RAW_POST, Books, open_books, raw_session

TABLES = ("chain_head", "account", "balance", "journal_entry", "posting", "entry_detail")
RECORDED = ("account", "journal_entry", "posting", "entry_detail")
SOME_COLUMN = {
    "chain_head": "seq = 9",
    "account": "class = 'X'",
    "balance": "posted_minor = 9",
    "journal_entry": "kind = 'x'",
    "posting": "amount_minor = 9",
    "entry_detail": "memo = ''",
}


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("verb", ["UPDATE", "DELETE", "TRUNCATE", "INSERT"])
async def test_the_application_changes_no_table(books: Books, app_url: str, table: str, verb: str) -> None:
    await books.post()
    statement = {
        "UPDATE": f"UPDATE ledger.{table} SET {SOME_COLUMN[table]}",
        "DELETE": f"DELETE FROM ledger.{table}",
        "TRUNCATE": f"TRUNCATE ledger.{table} CASCADE",
        "INSERT": f"INSERT INTO ledger.{table} (group_id) VALUES (gen_random_uuid())",
    }[verb]
    async with raw_session(app_url, books.group_id) as app:
        with pytest.raises(errors.InsufficientPrivilege):
            await app.execute(statement)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("verb", ["UPDATE", "DELETE", "TRUNCATE"])
async def test_the_owner_meets_the_triggers(books: Books, owner_url: str, table: str, verb: str) -> None:
    if verb == "UPDATE" and table not in RECORDED:
        verb = "DELETE"
    await books.post()
    statement = {
        "UPDATE": f"UPDATE ledger.{table} SET {SOME_COLUMN[table]}",
        "DELETE": f"DELETE FROM ledger.{table}",
        "TRUNCATE": f"TRUNCATE ledger.{table} CASCADE",
    }[verb]
    async with raw_session(owner_url, books.group_id) as owner:
        with pytest.raises(psycopg.Error) as caught:
            await owner.execute(statement)
    assert isinstance(ledger.translate(caught.value), AppendOnly)


@pytest.mark.parametrize("role", ["app", "owner"])
async def test_other_groups_and_no_group_see_nothing(books: Books, app_url: str, owner_url: str, role: str) -> None:
    await books.post()
    other = await open_books(books.database)
    for group_id in (other.group_id, None):
        async with raw_session(app_url if role == "app" else owner_url, group_id) as connection:
            for table in TABLES:
                found = await connection.execute(
                    f"SELECT count(*) FROM ledger.{table} WHERE group_id = %s", (books.group_id,)
                )
                assert await found.fetchone() == (0,)


@pytest.mark.parametrize("function", ["check_entry()", "check_reversal(NULL, 1, 1, 1)", "commit_doc('', '')"])
async def test_the_application_runs_the_three_writers_alone(books: Books, app_url: str, function: str) -> None:
    async with raw_session(app_url, books.group_id) as app:
        with pytest.raises(errors.InsufficientPrivilege):
            await app.execute(f"SELECT ledger.{function}")


async def post_raw(url: str, books: Books, **changes: Any) -> str | None:
    """Post by SQL and commit; the SQLSTATE of what stopped it, at once or at commit."""
    async with raw_session(url, books.group_id) as connection:
        try:
            await connection.execute(RAW_POST, books.raw(**changes))
            await connection.commit()
        except psycopg.Error as error:
            return error.sqlstate
    return None


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, None),
        ({"amounts": [500, -499]}, "LG003"),
        ({"amounts": [500]}, "LG013"),
        ({"amounts": [], "accounts": []}, "LG013"),
        ({"amounts": [0, 0]}, "23514"),
        ({"accounts": ["1010", "1010"]}, "23505"),
        ({"amounts": [None, -5]}, "23502"),
        ({"accounts": ["1010", "nothing"]}, "LG014"),
        ({"group": new_id()}, "LG015"),
        ({"group": None}, "LG015"),
        ({"reverses": 7, "kind": "reversal"}, "LG017"),
        ({"kind": "Nonsense!"}, "23514"),
        ({"on": "infinity"}, "23502"),
        ({"key": ""}, "23514"),
        ({"actor": None}, "23502"),
    ],
)
async def test_the_function_refuses_what_is_no_entry(
    books: Books, app_url: str, changes: dict[str, Any], state: str | None
) -> None:
    assert await post_raw(app_url, books, **changes) == state


@pytest.mark.parametrize("url", ["app_url", "owner_url"])
async def test_currencies_are_checked_at_commit(books: Books, url: str, request: pytest.FixtureRequest) -> None:
    await books.open("1040", "A", "UGX")
    assert await post_raw(request.getfixturevalue(url), books, accounts=["1010", "1040"]) == "LG003"


NEXT = """SELECT seq, hash, greatest(recorded_at, now() - interval '1 day') + interval '1 microsecond' AS at
          FROM ledger.chain_head WHERE group_id = %s"""


async def forge(owner: AsyncConnection, books: Books, **changes: Any) -> dict[str, Any]:
    """As the owner, insert an entry by hand after the last one: everything right but what `changes` says.

    `moved` says whether the chain's head follows, `head_hash` to what; `amounts` make the lines.
    """
    cursor = owner.cursor(row_factory=dict_row)
    head = await (await cursor.execute(NEXT, (books.group_id,))).fetchone()
    assert head is not None
    amounts = changes.pop("amounts", [5, -5])
    values: dict[str, Any] = {
        "g": books.group_id,
        "seq": head["seq"] + 1,
        "entry": new_id(),
        "kind": "contribution_confirmed",
        "on": DAY,
        "at": head["at"],
        "actor": books.actor,
        "key": str(new_id()),
        "reverses": None,
        "n": len(amounts),
        "prev": head["hash"],
        "memo": "",
        "moved": True,
        "head_hash": None,
        "hash": None,
    } | changes
    lines = ",".join(f'["{i}","{i}","KES","{a}","{a}"]' for i, a in enumerate(amounts, 1))
    values["lines"] = lines
    made = await cursor.execute(
        """WITH doc AS (SELECT ledger.commit_doc(decode(repeat('00', 16), 'hex'), '') AS doc)
           SELECT doc, sha256(ledger.canon(%(g)s, %(seq)s, %(entry)s, %(kind)s::text, %(on)s, %(at)s,
                  %(actor)s, %(key)s::text, %(reverses)s::bigint, doc, %(prev)s, %(lines)s::text)) AS hash FROM doc""",
        values,
    )
    row = await made.fetchone()
    assert row is not None
    values |= {"doc": row["doc"], "hash": values["hash"] or row["hash"]}
    await cursor.execute(
        """INSERT INTO ledger.journal_entry (group_id, seq, entry_id, kind, effective_on, recorded_at, actor, idem_key,
             request_hash, reverses_seq, doc_commit, n_lines, prev_hash, hash)
           VALUES (%(g)s, %(seq)s, %(entry)s, %(kind)s, %(on)s, %(at)s, %(actor)s, %(key)s, sha256(''), %(reverses)s,
             %(doc)s, %(n)s, %(prev)s, %(hash)s)""",
        values,
    )
    await cursor.execute(
        "INSERT INTO ledger.entry_detail VALUES (%(g)s, %(seq)s, %(memo)s, decode(repeat('00', 16), 'hex'))", values
    )
    for i, amount in enumerate(amounts, 1):
        await cursor.execute(
            "INSERT INTO ledger.posting VALUES (%s, %s, %s, %s, %s, 'KES', %s, %s)",
            (books.group_id, values["seq"], i, len(amounts), i, amount, amount),
        )
    if values["moved"]:
        await cursor.execute(
            "UPDATE ledger.chain_head SET seq = %(seq)s, hash = coalesce(%(head_hash)s, %(hash)s)", values
        )
    return values


async def commit_error(connection: AsyncConnection) -> psycopg.Error:
    with pytest.raises(psycopg.Error) as caught:
        await connection.commit()
    return caught.value


async def test_a_faultless_forgery_passes_the_check(books: Books, owner_url: str) -> None:
    """So that the refusals below are for what they name."""
    await books.post()
    async with raw_session(owner_url, books.group_id) as owner:
        await forge(owner, books)
        await owner.commit()


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"prev": b"\1" * 32}, "LG004"),
        ({"seq": 3}, "LG004"),
        ({"moved": False}, "LG004"),
        ({"head_hash": b"\1" * 32}, "LG004"),
        ({"at": datetime(2020, 1, 1, tzinfo=UTC)}, "LG004"),
        ({"hash": b"\1" * 32}, "LG005"),
        ({"memo": "another"}, "LG006"),
    ],
)
async def test_the_owner_cannot_break_the_chain(
    books: Books, owner_url: str, changes: dict[str, Any], check: str
) -> None:
    await books.post()
    async with raw_session(owner_url, books.group_id) as owner:
        await forge(owner, books, **changes)
        error = await commit_error(owner)
    refusal = ledger.translate(error)
    assert isinstance(refusal, EntryRefused)
    assert refusal.params == {"check": check}
    assert await books.fault() is None


async def test_the_first_entry_follows_32_zero_bytes(books: Books, owner_url: str) -> None:
    async with raw_session(owner_url, books.group_id) as owner:
        await forge(owner, books, prev=b"\1" * 32)
        assert (await commit_error(owner)).sqlstate == "LG004"


async def test_the_owner_posts_nothing_unbalanced(books: Books, owner_url: str) -> None:
    async with raw_session(owner_url, books.group_id) as owner:
        await forge(owner, books, amounts=[5, -4])
        assert isinstance(ledger.translate(await commit_error(owner)), EntryUnbalanced)


async def test_the_owner_posts_nothing_in_a_closed_period(books: Books, owner_url: str) -> None:
    async with raw_session(owner_url, books.group_id) as owner:
        await owner.execute("UPDATE ledger.chain_head SET locked_through = %s", (DAY,))
        await forge(owner, books)
        assert isinstance(ledger.translate(await commit_error(owner)), PeriodClosed)


@pytest.mark.parametrize("amounts", [[-499, 499], [500, -500], [-500, 250, 250]])
async def test_the_owner_reverses_exactly_or_not_at_all(books: Books, owner_url: str, amounts: list[int]) -> None:
    await books.post(("1010", 500), ("1020", -500))
    async with raw_session(owner_url, books.group_id) as owner:
        await forge(owner, books, kind="reversal", reverses=1, amounts=amounts)
        assert isinstance(ledger.translate(await commit_error(owner)), ReversalNotExact)


async def test_the_owner_reverses_no_reversal(books: Books, owner_url: str) -> None:
    await books.post(("1010", 500), ("1020", -500))
    await books.reverse(1)
    async with raw_session(owner_url, books.group_id) as owner:
        await forge(owner, books, kind="reversal", reverses=2, amounts=[500, -500])
        assert isinstance(ledger.translate(await commit_error(owner)), ReversalNotReversible)


async def insert_and_commit(owner: AsyncConnection, books: Books, line_no: int, n_lines: int) -> str | None:
    try:
        await owner.execute(
            "INSERT INTO ledger.posting VALUES (%s, 1, %s, %s, 3, 'KES', 5, 5)", (books.group_id, line_no, n_lines)
        )
        await owner.commit()
    except psycopg.Error as error:
        return error.sqlstate
    return None


@pytest.mark.parametrize(("line_no", "n_lines"), [(3, 2), (3, 3), (2, 2)])
async def test_no_line_comes_late(books: Books, owner_url: str, line_no: int, n_lines: int) -> None:
    await books.post()
    async with raw_session(owner_url, books.group_id) as owner:
        assert await insert_and_commit(owner, books, line_no, n_lines) in ("23505", "23503", "23514")
    assert await books.fault() is None


async def test_a_tenant_changed_before_commit_stops_the_entry(books: Books, app_url: str) -> None:
    """The deferred check then sees no lines: it fails closed."""
    async with raw_session(app_url, books.group_id) as app:
        await app.execute(RAW_POST, books.raw())
        await app.execute(f"SET LOCAL app.group_id = '{new_id()}'")
        assert (await commit_error(app)).sqlstate == "LG002"


async def test_an_entry_is_undone_with_its_transaction(books: Books, app_url: str) -> None:
    async with raw_session(app_url, books.group_id) as app:
        await app.execute(RAW_POST, books.raw())
        await app.rollback()
    assert await books.balance("1010") == 0
    assert (await books.post()).seq == 1
