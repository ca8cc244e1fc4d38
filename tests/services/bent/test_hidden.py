"""What somebody with the whole database may want to hide beside the entries: a count, a close, who did what.

Every attack was tried on the version before, where nothing said a word of it.
"""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio

from app.domain.audit import service as audit
from app.domain.ledger import checkpoints
from app.domain.ledger import service as ledger
from app.domain.ledger.checkpoint_holding import Claims
from app.domain.ledger.views import Fault
from app.domain.receipts import service as receipts
from app.domain.reports import proving, verified
from app.domain.reports.proving import CheckedBooks
from app.integrations.checkpoint_folder import CheckpointFolder
from app.integrations.console import ConsoleSender
from app.kit.actor import NOBODY, Actor
from app.kit.config import Settings
from app.kit.db import Database
from app.kit.ids import new_id
from app.kit.signing import Signer
from app.launch.evidence import read_folder
from app.wiring import Services
from app.worker.jobs import BooksDontHold, Handlers
from app.worker.outside import put_waiting
from tests.factories.payments import Programme
from tests.factories.tampering import Owner

PLATFORM = UUID(int=0)
LATER = timedelta(hours=1)


class SetClock:
    """What signs is an hour on: the first entries are old by then."""

    def __init__(self) -> None:
        self.at = datetime.now(UTC) + LATER

    def now(self) -> datetime:
        return self.at


@pytest_asyncio.fixture(loop_scope="session")
async def kept(database: Database, programme: Programme, tmp_path: Path) -> Claims:
    """A count with a shortage, a close, and an event of the platform; then a checkpoint, here and outside."""
    group_id, actor = programme.group.id, programme.treasurer
    assert actor.person_id is not None
    async with database.transaction(actor) as session:
        await ledger.record_assertion(
            session,
            group_id,
            assertion_id=new_id(),
            account="1030",
            source="cash_count",
            as_of=date(2999, 1, 1),
            stated_minor=1000,
            actor=actor.person_id,
        )
    async with database.transaction(actor) as session:
        await ledger.close_period(session, group_id, through=date(2999, 1, 1), actor=actor.person_id)
    async with database.transaction(NOBODY) as session:
        what = {"action": "staff.added", "subject": "staff", "subject_id": None}
        await audit.record(session, group_id=None, actor_id=None, **what)
    later = database.with_tools(clock=SetClock())
    async with later.transaction(NOBODY) as session:
        await checkpoints.make_checkpoint(session, goes_out=True)
    await put_waiting(later, CheckpointFolder(tmp_path))
    return read_folder(tmp_path)


async def check(database: Database, group_id: UUID, claims: Claims | None = None) -> CheckedBooks:
    async with database.transaction(Actor(group_id=group_id), is_snapshot=True) as session:
        return await proving.check_books(session, group_id, claims)


MINE = "WHERE group_id = '{group}'"
OPENED = f"""DELETE FROM ledger.period_balance {MINE}; DELETE FROM ledger.period {MINE};
  UPDATE ledger.chain_head SET locked_through = '-infinity' {MINE}"""
RECHAIN = """DO $$
DECLARE c record; prev bytea := decode(repeat('00', 32), 'hex'); n bigint := 0; made bytea; f bytea;
BEGIN
  DELETE FROM audit.chain k WHERE group_id = '{group}' AND NOT EXISTS (
    SELECT FROM audit_events e WHERE e.group_id = k.group_id AND e.id = k.event_id);
  FOR c IN SELECT k.event_id, k.salt, e FROM audit.chain k JOIN audit_events e ON e.group_id = k.group_id
      AND e.id = k.event_id WHERE k.group_id = '{group}' ORDER BY k.seq LOOP
    n := n + 1; f := audit.commit_facts(c.salt, (c.e).facts); made := sha256(audit.canon(c.e, n, f, prev));
    UPDATE audit.chain SET seq = n, facts_commit = f, prev_hash = prev, hash = made
      WHERE group_id = '{group}' AND event_id = c.event_id;
    prev := made;
  END LOOP;
  UPDATE audit.head SET seq = n, hash = prev WHERE group_id = '{group}';
END $$"""
EVENT = "(SELECT id FROM audit_events WHERE group_id = '{group}' AND action = 'payment.confirmed' LIMIT 1)"
NO_TRAIL = f"DELETE FROM audit.chain {MINE}; DELETE FROM audit_events {MINE}; DELETE FROM audit.head {MINE}"
SWAPPED = f"""UPDATE ledger.account SET code = '1010.tmp' {MINE} AND code = '1030';
  UPDATE ledger.account SET code = '1030' {MINE} AND code = '1010'; UPDATE ledger.account SET code = '1010' {MINE}
  AND code = '1010.tmp'"""


@pytest.mark.parametrize(
    ("attack", "wanted"),
    [
        (f"UPDATE ledger.assertion SET stated_minor = ledger_minor {MINE}", Fault(1, "counts")),
        (f"DELETE FROM ledger.assertion {MINE}", Fault(1, "counts")),
        (OPENED, Fault(1, "closes")),
        (f"UPDATE ledger.period SET actor = gen_random_uuid() {MINE}", Fault(1, "closes")),
        (f"UPDATE ledger.chain_head SET locked_through = '-infinity' {MINE}", Fault(4, "locked")),
        (f"UPDATE ledger.chain_head SET locked_through = '2020-01-01' {MINE}", Fault(4, "locked")),
        (f"UPDATE audit_events SET actor_id = gen_random_uuid() {MINE} AND id = {EVENT}; {RECHAIN}", "audit"),
        (f"DELETE FROM audit_events {MINE} AND id = {EVENT}; {RECHAIN}", "audit"),
        (f"UPDATE audit_events SET facts = '[1]' {MINE} AND id = {EVENT}", "audit"),
        (NO_TRAIL, Fault(1, "audit")),
        (SWAPPED, "accounts"),
        (f"DELETE FROM receipts {MINE}", Fault(1, "receipt")),
        (f"DELETE FROM receipts {MINE} AND n = 2", Fault(2, "receipt")),
        (f"UPDATE receipt_counters SET last_n = 9 {MINE}", Fault(5, "numbers")),
        (f"DELETE FROM receipt_counters {MINE}", "receipts"),
        (f"DELETE FROM checkpoint_heads {MINE}", Fault(1, "missing")),
        (f"UPDATE payments SET amount_minor = 1 {MINE} AND entry_seq = 3", Fault(3, "payment")),
        (f"UPDATE payment_lines SET amount_minor = 1 {MINE}", Fault(1, "payment")),
        (f"DELETE FROM payment_lines {MINE}", Fault(1, "payment")),
        (f"DELETE FROM payments {MINE} AND entry_seq = 2", Fault(2, "payment")),
        (f"UPDATE payments SET entry_seq = 9 {MINE} AND entry_seq = 2", Fault(2, "payment")),
        (
            f"UPDATE receipts SET state = 'reversed', reversed_seq = 3, reversed_at = now() {MINE} AND seq = 2",
            Fault(2, "receipt"),
        ),
        ("INSERT INTO ledger.erasure VALUES ('{group}', 2, gen_random_uuid(), now())", Fault(2, "memo")),
        ("INSERT INTO ledger.erasure VALUES ('{group}', 9999, gen_random_uuid(), now())", Fault(9999, "memo")),
        (f"UPDATE receipts SET lines = '[{{{{\"a\":1}}}}]' {MINE} AND seq = 3".replace("{{", "{").replace("}}", "}"),
         Fault(3, "unreadable")),
        (f"""UPDATE receipts SET lines = jsonb_set(lines, '{{0,purpose}}', '"zzz"') {MINE} AND seq = 3""",
         Fault(3, "unreadable")),
        (f"UPDATE ledger.journal_entry SET recorded_at = 'infinity' {MINE} AND seq = 2", Fault(2, "unreadable")),
    ],
)  # fmt: skip
async def test_it_is_found(
    database: Database, programme: Programme, owner: Owner, kept: Claims, attack: str, wanted: Fault | str
) -> None:
    """By what lies in the database itself: receipts, payments, our own checkpoints."""
    assert (await check(database, programme.group.id, kept)).fault is None
    owner.run(attack)
    found = (await check(database, programme.group.id)).fault
    assert found is not None, attack
    assert wanted in (found, found.reason), found


@pytest.mark.parametrize(
    ("attack", "reason"),
    [
        (f"DELETE FROM ledger.assertion {MINE}", "counts"),
        (OPENED, "closes"),
        (NO_TRAIL, "audit"),
        (SWAPPED, "accounts"),
        (f"DELETE FROM receipts {MINE}; DELETE FROM receipt_counters {MINE}", "receipt"),
    ],
)
async def test_without_our_own_checkpoints_those_outside_find_it(
    database: Database, programme: Programme, owner: Owner, kept: Claims, attack: str, reason: str
) -> None:
    owner.run(f"{attack}; DELETE FROM checkpoint_heads {MINE}; DELETE FROM checkpoints")
    found = (await check(database, programme.group.id, kept)).fault
    assert found is not None
    assert found.reason == reason


async def test_the_platforms_own_trail_is_verified_and_anchored(database: Database, owner: Owner, kept: Claims) -> None:
    assert (await check(database, PLATFORM, kept)).fault is None
    owner.group_id = PLATFORM
    owner.run("UPDATE audit_events SET action = 'staff.lost' WHERE group_id = '{group}' AND action = 'staff.added'")
    for _ in range(2):
        found = (await check(database, PLATFORM)).fault
        assert found is not None
        assert found.reason == "audit"
        owner.run(RECHAIN)
    owner.run("DELETE FROM checkpoint_heads; DELETE FROM checkpoints")
    found = (await check(database, PLATFORM, kept)).fault
    assert found is not None
    assert found.reason in ("audit", "series")


async def test_our_own_row_of_checkpoints_is_whole(database: Database, owner: Owner, kept: Claims) -> None:
    async with database.with_tools(clock=SetClock()).transaction(NOBODY) as session:
        await checkpoints.make_checkpoint(session, goes_out=False)
    assert (await check(database, PLATFORM, kept)).fault is None
    owner.run("DELETE FROM checkpoint_heads WHERE number = 1; DELETE FROM checkpoints WHERE number = 1")
    assert (await check(database, PLATFORM)).fault == Fault(1, "series")


async def test_books_that_were_longer_once_are_found(database: Database, programme: Programme, owner: Owner) -> None:
    group_id, actor = programme.group.id, Actor(group_id=programme.group.id)
    async with database.transaction(actor) as session:
        await verified.record_check(session, group_id, await proving.check_books(session, group_id))
    owner.cut(2)
    owner.run(f"DELETE FROM receipts {MINE}")
    owner.call_expenses()
    owner.rehash()
    found = (await check(database, group_id)).fault
    assert found == Fault(3, "earlier")


async def test_nothing_is_signed_over_books_that_depart(
    database: Database, programme: Programme, owner: Owner, kept: Claims
) -> None:
    owner.run(f"DELETE FROM ledger.assertion {MINE}")
    with pytest.raises(Exception, match=re.escape(f"group {programme.group.id}: count 1 (counts)")):
        async with database.transaction(NOBODY) as session:
            await checkpoints.make_checkpoint(session, goes_out=False)
    owner.run("DELETE FROM checkpoint_heads; DELETE FROM checkpoints")
    with pytest.raises(Exception, match=re.escape("count 1 (counts)")):
        async with database.transaction(NOBODY) as session:
            await checkpoints.make_checkpoint(session, goes_out=False, claims=kept)


async def test_a_group_that_vanished_is_missed(
    database: Database, programme: Programme, owner: Owner, kept: Claims
) -> None:
    owner.run("DELETE FROM ledger.chain_head WHERE group_id = '{group}'; DELETE FROM groups WHERE id = '{group}'")
    assert (await check(database, PLATFORM, kept)).fault == Fault(1, "cut")
    with pytest.raises(Exception, match=r"\(cut\)"):
        async with database.transaction(NOBODY) as session:
            await checkpoints.make_checkpoint(session, goes_out=False)


async def test_the_worker_reads_what_lies_outside(
    database: Database, programme: Programme, owner: Owner, kept: Claims, tools: dict[str, object], tmp_path: Path
) -> None:
    """No evidence is left in the database, and nobody named a folder: the night finds it all the same."""
    signer = tools["signer"]
    assert isinstance(signer, Signer)
    services = Services(
        settings=Settings(),
        database=database.with_tools(clock=SetClock()),
        signer=signer,
        sender=ConsoleSender(),
        outside=CheckpointFolder(tmp_path),
    )
    owner.run(f"DELETE FROM ledger.assertion {MINE}")
    owner.burn_everything()
    with pytest.raises(BooksDontHold, match="checkpoint"):
        await Handlers(services).verify_books(str(programme.group.id))
    with pytest.raises(BooksDontHold):
        await Handlers(services).verify_books(str(PLATFORM))
    async with services.database.transaction(NOBODY) as session:
        assert (await verified.check_totals(session))[0] == 2
    with pytest.raises(checkpoints.BooksDepart):
        await Handlers(services).make_checkpoint()


async def test_a_verification_of_a_time_to_come_silences_no_night(
    database: Database, programme: Programme, owner: Owner
) -> None:
    group_id = programme.group.id
    for at in ("infinity", "2999-01-01"):
        owner.run(
            f"""INSERT INTO book_checks (group_id, id, at, seq, hash, checkpoints, receipts)
                VALUES ('{{group}}', gen_random_uuid(), '{at}', 0, sha256('x'), 0, 0)"""
        )
    async with database.transaction(Actor(group_id=group_id)) as session:
        assert group_id in await verified.due_groups(session)
        assert await verified.newest_check(session, group_id) is None


async def test_what_is_read_as_a_whole_and_cannot_be_is_a_fault(
    database: Database, programme: Programme, owner: Owner, kept: Claims
) -> None:
    owner.run("UPDATE checkpoints SET made_at = 'infinity'")
    assert (await check(database, programme.group.id)).fault == Fault(1, "unreadable")


async def test_a_checkpoint_that_lay_outside_and_is_gone_is_missed(
    database: Database, kept: Claims, tools: dict[str, object], tmp_path: Path
) -> None:
    signer = tools["signer"]
    assert isinstance(signer, Signer)
    services = Services(
        settings=Settings(),
        database=database.with_tools(clock=SetClock()),
        signer=signer,
        sender=ConsoleSender(),
        outside=CheckpointFolder(tmp_path),
    )
    await Handlers(services).verify_books(str(PLATFORM))
    for ending in ("heads", "checkpoint"):
        (tmp_path / f"00000001.{ending}").unlink()
    services.database.tools["clock"].at += timedelta(days=1)  # type: ignore[attr-defined]
    with pytest.raises(BooksDontHold, match="checkpoint 1: outside"):
        await Handlers(services).verify_books(str(PLATFORM))


async def test_a_receipt_is_not_killed_by_its_own_row(database: Database, programme: Programme, owner: Owner) -> None:
    """The book says whether a payment was reversed; the row of a receipt that says so alone kills nothing."""
    async with database.transaction(Actor(group_id=programme.group.id)) as session:
        (one, *_) = await receipts.list_receipts(session, programme.group.id)
    owner.run(f"UPDATE receipts SET state = 'reversed', reversed_seq = 1, reversed_at = now() {MINE} AND n = {one.n}")
    async with database.transaction(NOBODY) as session:
        assert (await receipts.check(session, one.check_code)).state == "valid"


async def test_a_receipt_of_a_group_that_is_gone_is_answered(
    database: Database, programme: Programme, owner: Owner
) -> None:
    async with database.transaction(Actor(group_id=programme.group.id)) as session:
        (one, *_) = await receipts.list_receipts(session, programme.group.id)
    owner.run("DELETE FROM groups WHERE id = '{group}'")
    async with database.transaction(NOBODY) as session:
        assert (await receipts.check(session, one.check_code)).state == "invalid"
