"""Lines to confirm for `./sanduk bench reconcile`: one group, a statement brought in, matched and accepted by the
services; then batches of confirmations, each in turn with a batch that only posts as many entries.

A confirmation is the whole service: the right is asked, line, match and due are locked, the entry is posted, the
receipt signed, the audit trail written, the member told. Seconds are of the clock: half of the work is the database's.
"""

import asyncio
import os
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from uuid import UUID

import psycopg

from app import migrate, wiring
from app.domain.contributions import reading as contributions
from app.domain.contributions.service import OpenCall, open_call
from app.domain.groups import members
from app.domain.groups.views import MemberData
from app.domain.identity import service as identity
from app.domain.ledger import service as ledger
from app.domain.ledger.views import Line, NewEntry
from app.domain.reconciliation.bank import confirming, queue, staging, taking
from app.domain.reconciliation.bank.queue_views import ConfirmMatch
from app.domain.reconciliation.bank.views import ImportStatement
from app.kit import roles
from app.kit.actor import NOBODY, Actor
from app.kit.clock import today_in
from app.kit.db import Database, clock_of
from app.kit.ids import new_id
from app.launch.bench import scratch
from app.launch.bench_payments import ZONE, open_bench_group
from app.launch.paths import Refusal

BATCH, MEMBERS, EACH = 500, 490, 500_00
HEADER = "Receipt No.,Completion Time,Details,Transaction Status,Paid In,Withdrawn,Balance"


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Seconds of each batch of `BATCH` lines, confirmed and only posted; `faults` counts what went wrong."""

    confirm_s: list[float]
    post_s: list[float]
    faults: int


def measure(batches: int) -> Confirmed:
    """In a scratch cluster that writes to disk."""
    with scratch() as (server, folder):
        os.environ |= {"DATABASE_URL": server.url(roles.APPLICATION), "SANDUK_KEY_FOLDER": str(folder / "keys")}
        migrate.upgrade(server.url(roles.OWNER))
        return asyncio.run(_measure(batches, server.url(roles.OWNER)))


async def _measure(batches: int, owner: str) -> Confirmed:
    wired = wiring.services()
    try:
        admin = await _make(wired.database, batches * BATCH)
        waiting = await _accept(wired.database, admin)
        return await _run(wired.database, admin, waiting[: batches * BATCH], owner)
    finally:
        await wired.database.close()


async def _make(database: Database, count: int) -> Actor:
    """A group whose members owe so many dues, and the statement on which each is paid."""
    async with database.transaction(NOBODY) as session:
        staff = Actor(person_id=(await identity.add_staff(session, "+254700000001")).id)
    admin, group_id = await open_bench_group(database, staff, 0)
    rows = [MemberData(f"M/{n}", f"Member {n} Mwangi", f"+25472{1_100_000 + n}") for n in range(MEMBERS)]
    async with database.transaction(admin) as session:
        await members.add_members(session, group_id, rows)
    async with database.transaction(admin) as session:
        today = today_in(ZONE, clock_of(session).now())
        for n in range(-(-count // MEMBERS)):
            await open_call(session, admin, OpenCall(f"Call {n}", EACH, today, f"confirm-{n}"))
        dues = await contributions.dues_to_match(session, group_id)
        own = {one.id for one in (await contributions.home(session, admin)).dues}
    text, balance = [HEADER], 0
    for n, due in enumerate(one for one in dues if one.id not in own):
        balance += EACH
        words = f"Pay Bill from 254700000000 - SOMEBODY Acc. {due.reference}"
        text.append(
            f"TK{n:08d},{today} {n // 3600 % 24:02d}:{n // 60 % 60:02d}:{n % 60:02d},{words},Completed,"
            f"{EACH / 100:.2f},,{balance / 100:.2f}"
        )
    async with database.transaction(admin) as session:
        command = ImportStatement("1020", "bench.csv", ("\n".join(text) + "\n").encode())
        file = await staging.import_statement(session, admin, command)
    await taking.read_bank_file(database, group_id, file.id)
    return admin


async def _accept(database: Database, admin: Actor) -> list[UUID]:
    async with database.transaction(admin) as session:
        return list((await queue.accept_sure(session, admin, key="bench")).match_ids)


async def _run(database: Database, admin: Actor, waiting: list[UUID], owner: str) -> Confirmed:
    if not waiting:
        msg = "No line was sure: nothing can be confirmed."
        raise Refusal(msg)
    confirm_s, post_s, faults = [], [], 0
    for first in range(0, len(waiting), BATCH):
        some = waiting[first : first + BATCH]
        await asyncio.to_thread(_analyze, owner)
        post_s.append(await _timed(_post(database, admin, len(some))) * BATCH / len(some))
        began = time.perf_counter()
        async with database.transaction(admin) as session:
            found = await confirming.confirm_matches(session, admin, [ConfirmMatch(one, f"b:{one}") for one in some])
        confirm_s.append((time.perf_counter() - began) * BATCH / len(some))
        faults += sum(one.refusal is not None for one in found)
    async with database.transaction(admin) as session:
        assert admin.group_id is not None
        faults += await ledger.find_fault(session, admin.group_id) is not None
    return Confirmed(confirm_s, post_s, faults)


def _analyze(owner: str) -> None:
    """What autovacuum does within minutes of such a load: plans for empty tables read full ones slowly."""
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("ANALYZE")


async def _timed(work: Awaitable[object]) -> float:
    began = time.perf_counter()
    await work
    return time.perf_counter() - began


async def _post(database: Database, admin: Actor, count: int) -> None:
    """As many entries of two lines, and nothing else."""
    group_id = admin.group_id
    assert group_id is not None
    async with database.transaction(admin) as session:
        today = today_in(ZONE, clock_of(session).now())
        for code, class_ in (("1020", "A"), ("4090", "I")):
            await ledger.open_account(session, group_id, code=code, class_=class_, currency="KES")
        lines = (Line("1020", EACH), Line("4090", -EACH))
        await ledger.post_entries(
            session,
            [NewEntry(group_id, "other_income", today, group_id, f"bench:{new_id()}", lines) for _ in range(count)],
        )
