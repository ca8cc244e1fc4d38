"""A scratch installation to do harm to, a group's books in it, and writers that remember what they were told."""

import asyncio
import os
import re
import shutil
import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import psycopg

from app import embedded, migrate
from app.domain.ledger import service as ledger
from app.kit import roles
from app.kit.actor import Actor
from app.kit.db import Database, psycopg_url
from app.kit.ids import new_id
from tests.faults.report import CLEAN, Outcome

POST = """SELECT seq, hash, replayed FROM ledger.post_entry(%(group)s::uuid, %(entry)s::uuid, 'contribution_confirmed',
  '2026-03-01', %(group)s::uuid, %(key)s::text, sha256(convert_to(split_part(%(key)s, '#', 1), 'UTF8')), '',
  substring(sha256('salt'), 1, 16), ARRAY['1010', '4010'], ARRAY[%(amount)s, - %(amount)s]::bigint[], NULL::bigint)"""
AMOUNT = 100


@contextmanager
def installed(
    *, durable: bool = True, binaries: Path | None = None, revision: str = "heads", under: Path | None = None
) -> Iterator[embedded.Server]:
    """A cluster of its own, migrated; gone afterwards. As root under a folder that the system user can pass."""
    folder = Path(tempfile.mkdtemp(prefix="sanduk-faults-", dir=under))
    folder.chmod(0o755)
    server = embedded.start(folder / "data", binaries=binaries, durable=durable)
    try:
        migrate.upgrade(server.url(roles.OWNER), revision)
        yield server
    finally:
        server.stop()
        shutil.rmtree(server.sockets, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Ack:
    seq: int
    hash: bytes
    replayed: bool


@dataclass(frozen=True, slots=True)
class Book:
    """A group with three accounts; 1050 can't go below zero."""

    server: embedded.Server
    group: UUID

    @classmethod
    def open(cls, server: embedded.Server) -> "Book":
        book = cls(server, new_id())
        with book.connect() as connection:
            connection.execute("SELECT ledger.open_group(%s, 'KES')", (book.group,))
            for code, class_, floor in (("1010", "A", None), ("4010", "I", None), ("1050", "A", 0)):
                connection.execute(
                    "SELECT ledger.open_account(%s, %s, %s, 'KES', %s::bigint)", (book.group, code, class_, floor)
                )
        return book

    @property
    def app(self) -> str:
        return self.server.url(roles.APPLICATION)

    @property
    def admin(self) -> str:
        return self.server.url(embedded.SUPERUSER)

    def connect(self, url: str = "") -> psycopg.Connection:
        """A transaction of the application under this group."""
        connection = psycopg.connect(url or self.app, connect_timeout=5)
        try:
            self.enter(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def enter(self, connection: psycopg.Connection) -> None:
        connection.execute(f"SET LOCAL app.group_id = '{self.group}'".encode())

    def post(self, connection: psycopg.Connection, key: str, amount: int = AMOUNT, statement: str = POST) -> Ack:
        """One entry, committed. What it returns was acknowledged."""
        self.enter(connection)
        values = {"group": self.group, "entry": new_id(), "key": key, "amount": amount}
        row = connection.execute(statement.encode(), values).fetchone()
        connection.commit()
        assert row is not None
        return Ack(row[0], bytes(row[1]), row[2])

    def stored(self) -> dict[str, tuple[int, bytes]]:
        with psycopg.connect(self.admin) as connection:
            query = "SELECT idem_key, seq, hash FROM ledger.journal_entry WHERE group_id = %s"
            return {key: (seq, bytes(digest)) for key, seq, digest in connection.execute(query, (self.group,))}

    def balance(self, code: str = "1010") -> int:
        query = """SELECT posted_minor FROM ledger.balance JOIN ledger.account USING (group_id, account_no)
          WHERE group_id = %s AND code = %s"""
        with psycopg.connect(self.admin) as connection:
            row = connection.execute(query, (self.group, code)).fetchone()
        assert row is not None
        return row[0]

    def verify(self) -> str:
        """`clean`, or the first entry that doesn't hold."""

        async def look() -> str:
            database = Database(psycopg_url(self.app), pool_size=1)
            try:
                async with database.transaction(Actor(group_id=self.group)) as session:
                    fault = await ledger.find_fault(session, self.group)
            finally:
                await database.close()
            return f"group {fault_group} entry {fault.seq}: {fault.reason}" if fault else CLEAN

        fault_group = str(self.group)[:8]
        return asyncio.run(look())

    def settle(self, outcome: Outcome, acks: dict[str, Ack]) -> None:
        """Hold what was acknowledged against what is there. A key's part before `#` is the wish."""
        stored = self.stored()
        outcome.acknowledged += len(acks)
        outcome.lost += sum(stored.get(key) != (ack.seq, ack.hash) for key, ack in acks.items())
        wishes = Counter(key.split("#")[0] for key in stored)
        outcome.doubled += sum(number - 1 for number in wishes.values())
        outcome.verify = self.verify()
        seqs = sorted(seq for seq, _ in stored.values())
        outcome.must(seqs == list(range(1, len(seqs) + 1)), "the numbers have a gap")


@dataclass(slots=True)
class Writers:
    """Threads that post, and post the same again until they hear that it is there.

    `forgetful`: a retry takes another key, as a client without idempotency would. `setup` is said on each connection.
    """

    book: Book
    count: int = 8
    url: str = ""
    forgetful: bool = False
    setup: str = ""
    acks: dict[str, Ack] = field(default_factory=dict)
    unheard: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    _end: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> "Writers":
        mark = str(new_id())
        self._threads = [threading.Thread(target=self._write, args=(f"{mark}-{one}",)) for one in range(self.count)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join(60)

    def wait_for(self, more: int, seconds: float = 20) -> None:
        """Until so many more are acknowledged."""
        wanted, end = len(self.acks) + more, time.monotonic() + seconds
        while len(self.acks) < wanted and time.monotonic() < end:
            time.sleep(0.01)

    def _write(self, mark: str) -> None:
        connection: psycopg.Connection | None = None
        number, attempt, since = 0, 0, 0.0
        while not self._end.is_set() or (attempt and time.monotonic() - since < 20):
            key = f"{mark}-{number}" + (f"#{attempt}" if self.forgetful and attempt else "")
            try:
                connection = connection or self._connect()
                self.acks[key] = self.book.post(connection, key)
                number, attempt = number + 1, 0
            except psycopg.Error as error:
                since = since if attempt else time.monotonic()
                attempt, self.unheard = attempt + 1, self.unheard + (not attempt)
                self.refused[error.sqlstate or "connection"] += 1
                with suppress(psycopg.Error):
                    if connection:
                        connection.close()
                connection = None
                self._end.wait(0.05)
        if connection:
            connection.close()

    def _connect(self) -> psycopg.Connection:
        connection = psycopg.connect(self.url or self.book.app, connect_timeout=5)
        if self.setup:
            connection.execute(self.setup.encode())
            connection.commit()
        return connection


def at_once(book: Book, keys: list[str], statement: str = POST, amount: int = AMOUNT) -> tuple[list[Ack], Counter[str]]:
    """Every key in a session of its own, all connected before the first posts; SQLSTATEs of the others."""
    ready, acks, refused = threading.Barrier(len(keys)), [], Counter[str]()

    def one(key: str) -> None:
        with book.connect() as connection:
            connection.commit()
            ready.wait()
            try:
                acks.append(book.post(connection, key, amount, statement))
            except psycopg.Error as error:
                connection.rollback()
                refused[error.sqlstate or "connection"] += 1

    threads = [threading.Thread(target=one, args=(key,)) for key in keys]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return acks, refused


def variant(book: Book, name: str, *changes: tuple[str, str]) -> str:
    """The posting function with one guarantee taken out, under another name; the statement that calls it."""
    with psycopg.connect(book.server.url(roles.OWNER)) as connection:
        for function, its in (("post_entries", changes), ("post_entry", ())):
            query = "SELECT pg_get_functiondef(CAST(%s AS regproc)::oid)"
            row = connection.execute(query, (f"ledger.{function}",)).fetchone()
            assert row is not None
            text = row[0]
            for old, new in its:
                assert old in text
                text = text.replace(old, new)
            text = text.replace("ledger.post_entries", f"ledger.{name}_many")
            text = re.sub(r"\bpost_entry\b", name, text)
            connection.execute(text.encode())
        connection.execute(f"GRANT EXECUTE ON FUNCTION ledger.{name}, ledger.{name}_many TO sanduk_app".encode())
    return POST.replace("ledger.post_entry", f"ledger.{name}")


def kill_all(server: embedded.Server) -> None:
    """kill -9 of the postmaster and of each of its children, by their ids."""
    for pid in (server.process.pid, *children(server)):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    server.process.wait()


def children(server: embedded.Server) -> list[int]:
    pid = server.process.pid
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
