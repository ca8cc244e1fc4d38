"""Books for measurements: many groups, whole chains computed here with the hashes that posting would give, by COPY.

The owner loads, exempt from row-level security and without triggers and foreign keys meanwhile, a database that is
thrown away; whoever loads holds a sample against the verifier afterwards.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import psycopg
from psycopg import sql

from app import embedded
from app.kit import roles

PREFIX = "01920000-0000-7000-8000-0000"
FIRST = 10_000_000
"""A group's id is the prefix and eight digits from here on, so that pgbench can write it too."""
MONEY, INCOME = "1010", "4010"
KIND, CURRENCY = "contribution_confirmed", "KES"
ACTOR = UUID(PREFIX + "00000000")
BEGAN, DAYS = date(2023, 1, 1), 1095
TABLES = ("chain_head", "account", "balance", "journal_entry", "entry_detail", "posting")
CHUNK = 50_000
"""Entries in one transaction."""


def group_id(number: int) -> UUID:
    return UUID(f"{PREFIX}{FIRST + number}")


def day_of(seq: int, entries: int) -> date:
    """Entries lie evenly over three years."""
    return BEGAN + timedelta(days=(seq - 1) * DAYS // max(1, entries))


def moments(entries: int) -> list[tuple[str, str, str]]:
    """Of each entry: the effective day, the recorded instant as it is hashed, and its milliseconds in hex."""
    began, found = datetime(2023, 1, 1, 6, tzinfo=UTC), []
    for seq in range(1, entries + 1):
        at = began + timedelta(days=(seq - 1) * DAYS // entries, microseconds=seq)
        stamp = at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        found.append((day_of(seq, entries).isoformat(), stamp, f"{int(at.timestamp() * 1000):012x}"))
    return found


def make_chain(group: UUID, times: list[tuple[str, str, str]]) -> dict[str, list[str]]:
    """Contributions in cash, as lines of COPY by table; canonical form v1 is written out here for speed."""
    name, prev, balance = str(group), "0" * 64, 0
    rows: dict[str, list[str]] = {table: [] for table in TABLES}
    entry_rows, detail_rows, posting_rows = rows["journal_entry"], rows["entry_detail"], rows["posting"]
    for seq, (day, at, ms) in enumerate(times, 1):
        amount = 100 + seq * 37 % 1000
        balance += amount
        salt = hashlib.sha256(f"{name}{seq}".encode()).digest()[:16]
        doc, mark = hashlib.sha256(b"\x01" + salt).hexdigest(), salt.hex()
        entry_id = f"{ms[:8]}-{ms[8:]}-7{mark[:3]}-8{mark[3:6]}-{mark[6:18]}"
        request = hashlib.sha256(
            f'{{"actor":"{ACTOR}","effective_on":"{day}","group_id":"{name}","kind":"{KIND}",'
            f'"lines":[["{MONEY}","{amount}"],["{INCOME}","-{amount}"]],"reverses":"","v":"1"}}'.encode()
        ).hexdigest()
        hashed = hashlib.sha256(
            f'{{"actor":"{ACTOR}","doc":"{doc}","effective_on":"{day}","entry_id":"{entry_id}","group_id":"{name}",'
            f'"idem":"{entry_id}","kind":"{KIND}","lines":[["1","1","{CURRENCY}","{amount}","{balance}"],'
            f'["2","2","{CURRENCY}","-{amount}","-{balance}"]],"prev":"{prev}","recorded_at":"{at}",'
            f'"reverses":"","seq":"{seq}","v":"1"}}'.encode()
        ).hexdigest()
        entry_rows.append(
            f"{name}\t{seq}\t{entry_id}\t{KIND}\t{day}\t{at}\t{ACTOR}\t{entry_id}\t\\\\x{request}\t\\N\t\\\\x{doc}\t2"
            f"\t\\\\x{prev}\t\\\\x{hashed}\n"
        )
        detail_rows.append(f"{name}\t{seq}\t\t\\\\x{mark}\n")
        posting_rows.append(
            f"{name}\t{seq}\t1\t2\t1\t{CURRENCY}\t{amount}\t{balance}\n"
            f"{name}\t{seq}\t2\t2\t2\t{CURRENCY}\t-{amount}\t-{balance}\n"
        )
        prev = hashed
    last = times[-1][1] if times else "-infinity"
    rows["chain_head"].append(f"{name}\t{CURRENCY}\t{len(times)}\t\\\\x{prev}\t{last}\n")
    rows["account"].append(f"{name}\t1\t{MONEY}\tA\t{CURRENCY}\n{name}\t2\t{INCOME}\tI\t{CURRENCY}\n")
    rows["balance"].append(f"{name}\t1\t{balance}\n{name}\t2\t{-balance}\n")
    return rows


COLUMNS = {
    "chain_head": "group_id, currency, seq, hash, recorded_at",
    "account": "group_id, account_no, code, class, currency",
    "balance": "group_id, account_no, posted_minor",
    "journal_entry": "group_id, seq, entry_id, kind, effective_on, recorded_at, actor, idem_key, request_hash, "
    "reverses_seq, doc_commit, n_lines, prev_hash, hash",
    "entry_detail": "group_id, seq, memo, salt",
    "posting": "group_id, seq, line_no, n_lines, account_no, currency, amount_minor, balance_after_minor",
}


def load(server: embedded.Server, database: str, first: int, groups: int, entries: int) -> None:
    """Groups from number `first` on, each with as many entries. The books are at rest meanwhile."""
    with at_rest(server, database, "ledger", TABLES) as connection:
        for rows in _chunks(first, groups, entries):
            _copy(connection, rows)


@contextmanager
def at_rest(server: embedded.Server, database: str, schema: str, tables: Sequence[str]) -> Iterator[psycopg.Connection]:
    """The owner's connection, that these tables' policies, triggers and foreign keys don't hold; vacuumed after it."""
    with psycopg.connect(server.url(embedded.SUPERUSER, database), autocommit=True) as connection:
        connection.execute(sql.SQL("GRANT SET ON PARAMETER session_replication_role TO {}").format(_OWNER))
    try:
        with psycopg.connect(server.url(roles.OWNER, database), autocommit=True) as connection:
            named = [sql.Identifier(schema, table) for table in tables]
            _force(connection, named, forced=False)
            connection.execute("SET session_replication_role = replica")
            yield connection
            connection.execute("RESET session_replication_role")
            _force(connection, named, forced=True)
            for table in named:
                connection.execute(sql.SQL("VACUUM ANALYZE {}").format(table))
    finally:
        with psycopg.connect(server.url(embedded.SUPERUSER, database), autocommit=True) as connection:
            connection.execute(sql.SQL("REVOKE SET ON PARAMETER session_replication_role FROM {}").format(_OWNER))


_OWNER = sql.Identifier(roles.OWNER)


def _force(connection: psycopg.Connection, tables: Sequence[sql.Identifier], *, forced: bool) -> None:
    word = sql.SQL("FORCE" if forced else "NO FORCE")
    for table in tables:
        connection.execute(sql.SQL("ALTER TABLE {} {} ROW LEVEL SECURITY").format(table, word))


def _chunks(first: int, groups: int, entries: int) -> Iterator[dict[str, list[str]]]:
    times, held = moments(entries), 0
    rows: dict[str, list[str]] = {table: [] for table in TABLES}
    for number in range(first, first + groups):
        for table, lines in make_chain(group_id(number), times).items():
            rows[table] += lines
        held += max(1, entries)
        if held >= CHUNK:
            yield rows
            rows, held = {table: [] for table in TABLES}, 0
    if held:
        yield rows


def _copy(connection: psycopg.Connection, rows: dict[str, list[str]]) -> None:
    with connection.transaction(), connection.cursor() as cursor:
        for table, lines in rows.items():
            statement = sql.SQL("COPY ledger.{} ({}) FROM STDIN").format(
                sql.Identifier(table), sql.SQL(", ").join(sql.Identifier(one) for one in COLUMNS[table].split(", "))
            )
            with cursor.copy(statement) as copy:
                copy.write("".join(lines))
