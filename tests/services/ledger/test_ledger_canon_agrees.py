"""PostgreSQL and Python write the same bytes for any entry."""

from datetime import UTC, date, datetime
from typing import Any

import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import AsyncConnection

from app.domain.ledger import canon
from app.domain.ledger import service as ledger
from app.domain.ledger.views import EntryLine, EntryView
from tests.services.ledger.ledger_books import Books, open_books, raw_session

BIGINT = st.integers(-(2**63), 2**63 - 1)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=128)
HASH = st.binary(min_size=32, max_size=32)


@st.composite
def entries(draw: st.DrawFn) -> EntryView:
    accounts = draw(st.lists(st.integers(1, 2**31 - 1), min_size=2, max_size=6, unique=True))
    currencies = st.sampled_from(["KES", "UGX", "XOF", "INR"])
    return EntryView(
        group_id=draw(st.uuids()),
        seq=draw(st.integers(1, 2**63 - 1)),
        entry_id=draw(st.uuids()),
        kind=draw(st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True)),
        effective_on=draw(st.dates(date(1900, 1, 1), date(2999, 12, 31))),
        recorded_at=draw(st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 30), timezones=st.just(UTC))),  # noqa: DTZ001
        actor=draw(st.uuids()),
        idempotency_key=draw(TEXT),
        doc=draw(HASH),
        prev_hash=draw(HASH),
        hash=b"",
        reverses_seq=draw(st.none() | st.integers(1, 2**63 - 1)),
        reversed_by_seq=None,
        memo=None,
        salt=None,
        lines=tuple(
            EntryLine(no, "", account, draw(currencies), draw(BIGINT), draw(BIGINT))
            for no, account in enumerate(accounts, 1)
        ),
    )


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def owner(owner_url: str) -> Any:
    async with raw_session(owner_url, None) as connection:
        yield connection


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(entry=entries())
async def test_both_write_the_same_bytes(owner: AsyncConnection, entry: EntryView) -> None:
    lines = ",".join(
        f'["{x.line_no}","{x.account_no}","{x.currency}","{x.amount_minor}","{x.balance_after_minor}"]'
        for x in entry.lines
    )
    cursor = await owner.execute(
        """SELECT c, sha256(c) FROM ledger.canon(%s, %s::bigint, %s, %s::text, %s, %s, %s, %s::text, %s::bigint,
             %s, %s, %s::text) AS c""",
        (
            entry.group_id,
            entry.seq,
            entry.entry_id,
            entry.kind,
            entry.effective_on,
            entry.recorded_at,
            entry.actor,
            entry.idempotency_key,
            entry.reverses_seq,
            entry.doc,
            entry.prev_hash,
            lines,
        ),
    )
    assert await cursor.fetchone() == (canon.canonical(entry), canon.entry_hash(entry))


@settings(max_examples=200, deadline=None)
@given(salt=st.binary(min_size=16, max_size=16), memo=TEXT)
async def test_both_commit_to_a_memo_alike(owner: AsyncConnection, salt: bytes, memo: str) -> None:
    cursor = await owner.execute("SELECT ledger.commit_doc(%s, %s)", (salt, memo))
    assert await cursor.fetchone() == (canon.doc_commitment(salt, memo),)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(key=TEXT, memo=st.text(st.characters(exclude_categories=["Cs", "Cn"], exclude_characters="\0"), max_size=200))
async def test_what_is_posted_is_what_python_recomputes(database: Any, key: str, memo: str) -> None:
    books: Books = await open_books(database)
    posted = await books.post(idempotency_key=key, memo=memo)
    async with books.acting() as session:
        [entry] = await ledger.list_entries(session, books.group_id)
    assert canon.entry_hash(entry) == posted.hash
    assert (entry.idempotency_key, entry.memo) == (key, canon.nfc(memo))
    assert await books.fault() is None
