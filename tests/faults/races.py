"""F5 to F8: clocks and crowds."""

import asyncio
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg

from app import embedded
from app.domain.payments import store
from app.domain.payments.models import Payment
from app.integrations.local_keys import LocalKeys
from app.kit import roles
from app.kit.clock import SystemClock
from app.kit.crypto import Keyring
from app.kit.db import Database, Session, psycopg_url
from app.kit.signing import Signer
from tests.factories.groups import make_member, make_officer
from tests.factories.payments import Programme, make_programme
from tests.faults.report import Control, Outcome
from tests.faults.site import AMOUNT, POST, Book, Writers, at_once, installed, variant

FAKETIME = "/usr/lib/*/faketime/libfaketimeMT.so.1"


def clock_off() -> Outcome:
    """F5: the database's clock an hour back, then a day forward, then right again, under writers."""
    outcome = Outcome("F5", "clock of the database an hour back, a day forward, and right again, under 4 writers")
    library = next(iter(Path("/").glob(FAKETIME.lstrip("/"))), None)
    if library is None:
        outcome.wrong.append("not tried: libfaketime is missing (apt-get install faketime)")
        return outcome
    with tempfile.TemporaryDirectory(prefix="sanduk-clock-") as name:
        Path(name).chmod(0o755)
        shift = Path(name) / "shift"
        shift.write_text("+0\n")
        shift.chmod(0o644)
        with installed(binaries=_faked(Path(name), library, shift)) as server:
            book = Book.open(server)
            with Writers(book, count=4) as writers:
                for step in ("+0", "-3600", "+86400", "+0"):
                    shift.write_text(f"{step}\n")
                    writers.wait_for(60)
            outcome.must(_span(book) > 80_000, "the clock didn't move")
            others = set(writers.refused) - {
                "57014"
            }  # what runs when a day passes is over its 15 s, and is asked again
            outcome.must(not others, f"refused: {dict(writers.refused)}")
            book.settle(outcome, writers.acks)
            outcome.controls.append(_trusting_the_clock(book, shift))
    return outcome


def _faked(folder: Path, library: Path, shift: Path) -> Path:
    """A bin folder whose `postgres` runs under libfaketime, reading its shift from a file at each look."""
    real = embedded._binaries(embedded._account())
    for program in ("initdb",):
        (folder / program).symlink_to(real / program)
    (folder / "postgres").write_text(
        f"#!/bin/sh\nexec env LD_PRELOAD={library} FAKETIME_TIMESTAMP_FILE={shift} FAKETIME_NO_CACHE=1 "
        f'FAKETIME_DONT_FAKE_MONOTONIC=1 {real / "postgres"} "$@"\n'
    )
    (folder / "postgres").chmod(0o755)
    return folder


def _span(book: Book) -> float:
    """Seconds between the first and the last entry's time."""
    query = """SELECT extract(epoch FROM max(recorded_at) - min(recorded_at))::float
      FROM ledger.journal_entry WHERE group_id = %s"""
    with psycopg.connect(book.admin) as connection:
        row = connection.execute(query, (book.group,)).fetchone()
    return row[0] if row else 0.0


def _trusting_the_clock(book: Book, shift: Path) -> Control:
    statement = variant(
        book,
        "post_by_the_clock",
        ("greatest(clock_timestamp(), rec + interval '1 microsecond')", "clock_timestamp()"),
    )
    shift.write_text("-3600\n")
    _, refused = at_once(book, [f"c{number}" for number in range(4)], statement)
    shown = f"the commit's check refused {refused['LG004']} of 4 (LG004)"
    return Control("entries timed by the clock alone", refused["LG004"] == 4, shown)


def identical(crowd: int) -> Outcome:
    """F6: the same request by many at once."""
    outcome = Outcome("F6", f"{crowd} identical requests at once")
    with installed(durable=False) as server:
        book = Book.open(server)
        acks, refused = at_once(book, ["same"] * crowd)
        outcome.must(len(acks) == crowd and not refused, f"refused: {dict(refused)}")
        outcome.must(len({(ack.seq, ack.hash) for ack in acks}) == 1, "the answers differ")
        outcome.must(Counter(ack.replayed for ack in acks)[False] == 1, "not one made it")
        outcome.must(book.balance() == AMOUNT, "the balance isn't one entry's")
        book.settle(outcome, {"same": acks[0]})
        outcome.acknowledged = len(acks)
        other = Book.open(server)
        meeting = ("s := s + 1;", "s := s + 1; PERFORM pg_sleep(1);")  # each has looked for its key before one writes
        unlocked = variant(other, "post_unlocked", (" FOR UPDATE", ""), meeting)
        acks, refused = at_once(other, ["same"] * crowd, unlocked)
        shown = f"{len(acks)} of {crowd} answered, {dict(refused)}"
        outcome.controls.append(Control("the head not locked", len(acks) < crowd, shown))
    return outcome


def withdrawals(crowd: int) -> Outcome:
    """F7: many take from an account that holds enough for half of them."""
    outcome = Outcome("F7", f"{crowd} withdrawals at once from what is enough for {crowd // 2}")
    takes = POST.replace("1010", "1050")
    with installed(durable=False) as server:
        book = Book.open(server)
        acks, refused, left = _rush(book, takes, crowd)
        outcome.must(
            len(acks) - 1 == crowd // 2 and refused == {"LG022": crowd - crowd // 2}, f"{len(acks)}, {refused}"
        )
        outcome.must(left == 0, f"{left} is left")
        book.settle(outcome, acks)
        with psycopg.connect(server.url(roles.OWNER)) as connection:
            connection.execute("ALTER TABLE ledger.balance DROP CONSTRAINT balance_floor")
        unbounded = variant(book, "post_unbounded", ("IF bounded AND", "IF false AND")).replace("1010", "1050")
        acks, _, left = _rush(Book.open(server), unbounded, crowd)
        control = Control(
            "the floor and its CHECK dropped", left < 0, f"{len(acks) - 1} of {crowd} got through, balance {left}"
        )
        outcome.controls.append(control)
    return outcome


def _rush(book: Book, statement: str, crowd: int) -> tuple[dict[str, Any], Counter[str], int]:
    with book.connect() as connection:
        filled = book.post(connection, "filled", AMOUNT * (crowd // 2), statement)
    keys = [f"w{number}" for number in range(crowd)]
    acks, refused = at_once(book, keys, statement, -AMOUNT)
    stored = {seq: key for key, (seq, _) in book.stored().items()}
    return {"filled": filled} | {stored[ack.seq]: ack for ack in acks}, refused, book.balance("1050")


def approvers(clicks: int) -> Outcome:
    """F8: two treasurers, double clicks of each, and the member who takes it back in between; through the services."""
    outcome = Outcome("F8", f"2 treasurers, {clicks} clicks each, a withdrawal and a rejection in between")
    with installed(durable=False) as server, tempfile.TemporaryDirectory() as keys:
        asyncio.run(_approve(server, Path(keys), clicks, outcome))
    return outcome


async def _approve(server: embedded.Server, keys: Path, clicks: int, outcome: Outcome) -> None:
    tools = {
        "clock": SystemClock(),
        "keyring": Keyring(LocalKeys(keys, create=True)),
        "signer": Signer.load(keys, issuer="http://127.0.0.1", may_create=True),
    }
    database = Database(psycopg_url(server.url(roles.APPLICATION)), pool_size=16, tools=tools)
    try:
        programme = await make_programme(database)
        other = await make_officer(database, programme.group, "treasurer")
        states = await _clicked(programme, other, clicks)
        await asyncio.to_thread(_one_posting, Book(server, programme.group.id), states, outcome)
        outcome.controls.append(await _without_a_lock(programme))
    finally:
        await database.close()


async def _clicked(programme: Programme, other: Any, clicks: int) -> Counter[str]:
    await programme.open_call()
    sent, keys = await programme.submit(), (str(uuid4()), str(uuid4()))
    attempts = [
        programme.confirm(sent.id, who, key=key)
        for who, key in zip((programme.treasurer, other), keys, strict=True)
        for _ in range(clicks)
    ]
    attempts.insert(clicks // 2, programme.withdraw(sent.id))
    attempts.insert(clicks, programme.reject(sent.id))
    results = await asyncio.gather(*attempts, return_exceptions=True)
    return Counter(type(one).__name__ if isinstance(one, BaseException) else one.state for one in results)


def _one_posting(book: Book, states: Counter[str], outcome: Outcome) -> None:
    entries = len(book.stored())
    won = [state for state in ("confirmed", "rejected", "withdrawn") if states[state]]
    outcome.must(len(won) == 1, f"several changes of state: {won}")
    outcome.must(entries == (won == ["confirmed"]), f"{entries} postings")
    outcome.must(set(states) <= {*won, "PaymentAlreadyDecided"}, f"other answers: {dict(states)}")
    outcome.acknowledged = sum(states[state] for state in won)
    outcome.doubled = max(0, entries - 1)
    outcome.verify = book.verify()
    outcome.what += f" ({dict(states)})"


async def _without_a_lock(programme: Programme) -> Control:
    """The payment read without FOR UPDATE: both go on to confirm, and only the receipt's own key ends one of them."""
    member = await make_member(programme.database, programme.group)
    await programme.open_call(title="Another")
    sent, locked, both_have_read = await programme.submit(member, 10_000), store.lock_payments, asyncio.Barrier(2)

    async def unlocked(session: Session, group_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Payment]:
        found = {one: await session.get_one(Payment, (group_id, one)) for one in ids}
        await both_have_read.wait()
        return found

    store.lock_payments = unlocked
    try:
        ends = await asyncio.gather(programme.confirm(sent.id), programme.confirm(sent.id), return_exceptions=True)
    finally:
        store.lock_payments = locked
    met = [type(one).__name__ for one in ends if isinstance(one, Exception)]
    return Control(
        "the payment not locked", met == ["IntegrityError"], f"two went on; one met {', '.join(met) or 'nothing'}"
    )
