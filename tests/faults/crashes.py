"""F1 to F4: things end in the middle."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from app import embedded
from app.domain.ledger import service as ledger
from app.domain.ledger.views import Line, NewEntry
from app.kit import roles
from app.kit.actor import Actor
from app.kit.clock import today_in
from app.kit.db import UNREACHABLE, Database, psycopg_url
from app.launch.paths import ROOT
from tests.faults.proxy import Proxy
from tests.faults.report import Control, Outcome
from tests.faults.site import Ack, Book, Writers, children, installed, kill_all

CLIENT = """
import os, sys
from uuid import UUID
from app import embedded
from tests.faults.site import Book
url, group, mark, told = sys.argv[1:]
book = Book(None, UUID(group))
import psycopg
connection, number = psycopg.connect(url), 0
with open(told, "ab", buffering=0) as out:
    while True:
        key = f"{mark}-{number}"
        out.write(f"try {key}\\n".encode())
        ack = book.post(connection, key)
        out.write(f"ack {key} {ack.seq} {ack.hash.hex()}\\n".encode())
        number += 1
"""


def database_killed(rounds: int) -> Outcome:
    """F1: a backend, then the whole server, under eight writers."""
    outcome = Outcome("F1", f"kill -9 of a backend and of the whole database, {rounds} times each, under 8 writers")
    with installed() as server:
        book = Book.open(server)
        with Writers(book) as writers:
            for number in range(2 * rounds):
                writers.wait_for(200)
                if number % 2:
                    kill_all(server)
                    server.revive()
                else:
                    os.kill(random.choice(children(server)), signal.SIGKILL)
                writers.wait_for(1)
        book.settle(outcome, writers.acks)
        outcome.must(writers.unheard > 0, "no writer was interrupted")
        outcome.controls.append(_not_waiting_for_the_disk(server))
    return outcome


def _not_waiting_for_the_disk(server: embedded.Server) -> Control:
    with psycopg.connect(server.url(embedded.SUPERUSER), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET wal_writer_delay = '10s'")
        connection.execute("ALTER SYSTEM SET wal_writer_flush_after = '100MB'")
        connection.execute("SELECT pg_reload_conf()")
    time.sleep(0.3)
    book, seen = Book.open(server), Outcome("", "")
    with Writers(book, setup="SET synchronous_commit = off") as writers:
        writers.wait_for(300)
        kill_all(server)
        heard = dict(writers.acks)
        writers._end.set()
        server.revive()
    book.settle(seen, heard)
    return Control("synchronous_commit off", seen.lost > 0, f"{seen.lost} of {seen.acknowledged} acknowledged lost")


def client_killed(times: int) -> Outcome:
    """F2: kill -9 of the program that posts; and an answer to COMMIT that never comes."""
    what = f"kill -9 of the posting program {times} times, and {times} commits whose answer is lost"
    outcome = Outcome("F2", what)
    with installed() as server:
        book = Book.open(server)
        acks = _killed_clients(book, times)
        with Proxy(server.sockets) as proxy:
            replayed = sum(_unheard(book, proxy, f"u{number}", f"u{number}", acks) for number in range(times))
            outcome.must(replayed == times, f"{times - replayed} retries were not known")
            book.settle(outcome, acks)
            other, seen, again = Book.open(server), Outcome("", ""), dict[str, Ack]()
            for number in range(times):
                _unheard(other, proxy, f"u{number}", f"u{number}#1", again)
            other.settle(seen, again)
            shown = f"{seen.doubled} of {times} doubled"
            outcome.controls.append(Control("a retry with another key", seen.doubled == times, shown))
    return outcome


def _unheard(book: Book, proxy: Proxy, key: str, again: str, acks: dict[str, Ack]) -> bool:
    """Post, hear nothing, post once more; whether the second was told that it is there already."""
    with book.connect(proxy.url(roles.APPLICATION)) as connection:
        connection.commit()
        proxy.swallow.set()
        with suppress(psycopg.OperationalError):
            book.post(connection, key)
            return False
        connection.close()
    with book.connect(proxy.url(roles.APPLICATION)) as connection:
        acks[again] = book.post(connection, again)
    return acks[again].replayed


def _killed_clients(book: Book, times: int) -> dict[str, Ack]:
    acks: dict[str, Ack] = {}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(times):
            told = Path(folder) / str(number)
            command = [sys.executable, "-c", CLIENT, book.app, str(book.group), f"k{number}", str(told)]
            process = subprocess.Popen(command, cwd=ROOT)
            while not told.exists() or told.stat().st_size < 500:
                time.sleep(0.01)
            time.sleep(random.uniform(0, 0.05))
            process.kill()
            process.wait()
            words = [line.split() for line in told.read_text().splitlines()]
            heard = [one[1:] for one in words if one[0] == "ack"]
            acks |= {key: Ack(int(seq), bytes.fromhex(digest), replayed=False) for key, seq, digest in heard}
            with book.connect() as connection:  # what was begun last is asked for again
                acks[words[-1][1]] = book.post(connection, words[-1][1])
    return acks


def network_cut(times: int) -> Outcome:
    """F3: the application's own pool, and the way to the database cut under it."""
    outcome = Outcome("F3", f"network cut between application and database {times} times, 2 s each")
    with installed() as server, Proxy(server.sockets) as proxy:
        book = Book.open(server)
        acks, slowest = asyncio.run(_through_cuts(book, proxy, times))
        book.settle(outcome, acks)
        outcome.what += f"; back after {slowest:.1f} s"
        outcome.must(slowest < 10, f"it took {slowest:.1f} s to recover")
    return outcome


async def _through_cuts(book: Book, proxy: Proxy, times: int) -> tuple[dict[str, Ack], float]:
    database = Database(psycopg_url(proxy.url(roles.APPLICATION)), pool_size=4)
    acks: dict[str, Ack] = {}
    slowest, end = 0.0, asyncio.Event()

    async def write(mark: int) -> None:
        number = 0
        while not end.is_set():
            entry = _entry(book, f"{mark}-{number}")
            try:
                async with database.transaction(Actor(group_id=book.group)) as session:
                    posted = await ledger.post_entry(session, entry)
            except UNREACHABLE:
                await asyncio.sleep(0.05)  # unknown: the same is asked again
                continue
            acks[entry.idempotency_key] = Ack(posted.seq, posted.hash, posted.replayed)
            number += 1

    writers = [asyncio.create_task(write(mark)) for mark in range(4)]
    for _ in range(times):
        await asyncio.sleep(0.5)
        proxy.cut()
        await asyncio.sleep(2)
        before, back = len(acks), time.monotonic()
        proxy.join()
        while len(acks) == before and time.monotonic() - back < 30:  # noqa: ASYNC110 - a measurement
            await asyncio.sleep(0.02)
        slowest = max(slowest, time.monotonic() - back)
    end.set()
    await asyncio.gather(*writers)
    await database.close()
    return acks, slowest


def _entry(book: Book, key: str) -> NewEntry:
    lines = (Line("1010", 100), Line("4010", -100))
    today = today_in("Africa/Nairobi", _now())
    return NewEntry(book.group, "contribution_confirmed", today, book.group, key, lines)


def _now() -> datetime:
    return datetime.now(UTC)


def disk_full(megabytes: int) -> Outcome:
    """F4: a small disk of its own (needs root to mount one), filled under writers, then freed."""
    outcome = Outcome("F4", f"disk of {megabytes} MB full under 4 writers, then freed")
    with tempfile.TemporaryDirectory(prefix="sanduk-disk-") as name:
        Path(name).chmod(0o755)
        mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755", "none", name]
        if os.geteuid() or subprocess.run(mount, check=False, capture_output=True).returncode:
            outcome.wrong.append("not tried: a small disk can be mounted by root alone")
            return outcome
        try:
            with installed(under=Path(name)) as server:
                _fill(server, Path(name) / "filler", outcome)
        finally:
            subprocess.run(["umount", "--lazy", name], check=True)
    return outcome


def _fill(server: embedded.Server, filler: Path, outcome: Outcome) -> None:
    book = Book.open(server)
    with Writers(book, count=4) as writers:
        writers.wait_for(200)
        with suppress(OSError), filler.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(1 << 16))
        end = time.monotonic() + 30
        while not writers.refused and time.monotonic() < end:
            time.sleep(0.05)
        time.sleep(1)
        outcome.must(bool(writers.refused), "nobody was refused")
        filler.unlink()
        if server.process.poll() is not None:
            server.revive()
        before = len(writers.acks)
        writers.wait_for(50, 30)
        outcome.must(len(writers.acks) > before, "no service after space was freed")
    book.settle(outcome, writers.acks)
    told = ", ".join(f"{number} x {state}" for state, number in writers.refused.most_common(3))
    outcome.what += f" (refused: {told})"
    outcome.must(len(book.stored()) == len(writers.acks), "something half is there")
