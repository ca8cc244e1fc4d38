"""An owner of the database bends the books: who finds it, and what is needed for it. The worker's nights."""

import io
from uuid import UUID

import pytest

from app.domain.ledger import checkpoints
from app.domain.ledger.checkpoint_holding import CHECKPOINT, CUT, RECEIPT, SIGNATURE, Claims
from app.domain.ledger.export_checking import check_export
from app.domain.ledger.verifying import HASH
from app.domain.ledger.views import Fault
from app.domain.reports import proving, verified
from app.domain.reports.exporting import export_books
from app.domain.reports.proving import CheckedBooks
from app.domain.reports.verified import KeepHead, LookForHead
from app.kit.actor import NOBODY, Actor
from app.kit.db import Database
from app.kit.errors import InvalidInput, NotFound
from app.launch import ledger as launched
from tests.factories.payments import Programme, make_programme
from tests.factories.tampering import Owner

ENTRIES = 4


async def checkpoint(database: Database, *, is_due_only: bool = False) -> checkpoints.CheckpointView | None:
    async with database.transaction(NOBODY) as session:
        return await checkpoints.make_checkpoint(session, goes_out=True, is_due_only=is_due_only)


async def check(database: Database, group_id: UUID, claims: Claims | None = None) -> CheckedBooks:
    async with database.transaction(Actor(group_id=group_id), is_snapshot=True) as session:
        return await proving.check_books(session, group_id, claims)


async def fault_of_export(database: Database, group_id: UUID, claims: Claims | None = None) -> Fault | None:
    async with database.transaction(Actor(group_id=group_id), is_snapshot=True) as session:
        text = "".join([piece async for piece in export_books(session, group_id, "json")])
    found = check_export(io.BytesIO(text.encode()), None, claims)
    assert found.group_id == group_id
    return found.fault


async def test_good_books_hold_against_everything(database: Database, programme: Programme, outside: Claims) -> None:
    found = await check(database, programme.group.id, outside)
    assert found.fault is None
    assert (found.head.seq, found.checkpoints, found.held, found.receipts) == (ENTRIES, 1, 1, ENTRIES)
    assert await fault_of_export(database, programme.group.id, outside) is None


async def test_a_balanced_edit_is_named_by_its_entry(database: Database, programme: Programme, owner: Owner) -> None:
    owner.balanced_edit(2)
    assert (await check(database, programme.group.id)).fault == Fault(2, HASH)
    assert await fault_of_export(database, programme.group.id) == Fault(2, HASH)


async def test_swapped_accounts_are_found_by_the_receipts_of_those_whose_they_were(
    database: Database, programme: Programme, owner: Owner
) -> None:
    """An account's code is in no hash: the signed member of a receipt is what it is held against."""
    rows = owner.connection.execute(
        "SELECT account_no, code FROM ledger.account WHERE group_id = %s AND code LIKE '%%.%%' ORDER BY account_no",
        [programme.group.id],
    ).fetchall()
    (one, code), (other, of_other) = rows[:2]
    for account_no, text in ((one, "4010.0"), (other, code), (one, of_other)):
        owner.connection.execute(
            "UPDATE ledger.account SET code = %s WHERE group_id = %s AND account_no = %s",
            [text, programme.group.id, account_no],
        )
    found = await check(database, programme.group.id)
    assert found.fault is not None
    assert found.fault.reason == RECEIPT
    assert await fault_of_export(database, programme.group.id) == found.fault


async def test_a_full_rehash_is_found_by_receipts_and_by_checkpoints(
    database: Database, programme: Programme, owner: Owner, outside: Claims
) -> None:
    group_id = programme.group.id
    owner.balanced_edit(2)
    owner.rehash()
    assert (await check(database, group_id)).fault == Fault(2, RECEIPT)
    assert await fault_of_export(database, group_id) == Fault(2, RECEIPT)
    owner.burn_evidence()
    assert (await check(database, group_id)).fault == Fault(1, RECEIPT), "payments without their receipts"
    owner.burn_everything()
    # everything in the database agrees now: nothing but what lies outside can tell
    assert (await check(database, group_id)).fault is None
    assert await fault_of_export(database, group_id) is None
    assert (await check(database, group_id, outside)).fault == Fault(ENTRIES, CHECKPOINT)
    assert await fault_of_export(database, group_id, outside) == Fault(ENTRIES, CHECKPOINT)


async def test_our_own_checkpoints_find_it_while_they_are_there(
    database: Database, programme: Programme, owner: Owner, outside: Claims
) -> None:
    owner.run("DELETE FROM receipts WHERE group_id = '{group}'")
    owner.call_expenses()
    owner.rehash()
    assert (await check(database, programme.group.id)).fault == Fault(ENTRIES, CHECKPOINT)
    assert len(outside) >= 1
    owner.run('UPDATE checkpoint_heads SET record = replace(record, \'"seq":"4"\', \'"seq":"3"\')')
    assert (await check(database, programme.group.id)).fault == Fault(ENTRIES - 1, SIGNATURE)


async def test_a_cut_tail_is_found_by_checkpoints(
    database: Database, programme: Programme, owner: Owner, outside: Claims
) -> None:
    group_id = programme.group.id
    owner.cut(2)
    assert (await check(database, group_id)).fault == Fault(3, CUT)
    owner.burn_everything()
    assert (await check(database, group_id)).fault is None
    assert await fault_of_export(database, group_id) is None
    assert (await check(database, group_id, outside)).fault == Fault(3, CUT)
    assert await fault_of_export(database, group_id, outside) == Fault(3, CUT)


async def test_an_export_carries_the_proof_of_its_head(database: Database, programme: Programme) -> None:
    await checkpoint(database)
    async with database.transaction(Actor(group_id=programme.group.id)) as session:
        proof = await checkpoints.newest_proof(session, programme.group.id)
    assert proof is not None
    assert proof.is_inside()
    assert proof.head.seq == ENTRIES
    async with database.transaction(Actor(group_id=programme.group.id), is_snapshot=True) as session:
        text = "".join([piece async for piece in export_books(session, programme.group.id, "json")])
    assert proof.path.hex() in text


async def test_an_export_that_was_kept_is_held_against_the_books(
    database: Database, programme: Programme, owner: Owner
) -> None:
    async with database.transaction(Actor(group_id=programme.group.id), is_snapshot=True) as session:
        text = "".join([piece async for piece in export_books(session, programme.group.id, "json")])
    old = check_export(io.BytesIO(text.encode()), None, None)
    await programme.confirm((await programme.submit(programme.treasurer)).id, by=programme.group.admin)
    assert await launched._departure(database, old) is None
    owner.call_expenses()
    owner.rehash()
    assert await launched._departure(database, old) == Fault(ENTRIES, "earlier")
    owner.cut(2)
    assert await launched._departure(database, old) == Fault(3, "earlier")


async def test_a_days_checkpoint_is_made_once(database: Database, programme: Programme) -> None:
    made = await checkpoint(database)
    assert made is not None
    assert await checkpoint(database, is_due_only=True) is None
    async with database.transaction(NOBODY) as session:
        assert not await checkpoints.is_due(session)
        after = await checkpoints.newest(session)
    assert after is not None
    assert after.number == made.number


async def test_a_group_reads_no_other_groups_head(database: Database, programme: Programme) -> None:
    await checkpoint(database)
    other = await make_programme(database)
    async with database.transaction(other.member) as session:
        assert await checkpoints.newest_proof(session, programme.group.id) is None


async def test_a_member_keeps_a_head_and_sees_it_again(database: Database, programme: Programme, owner: Owner) -> None:
    me = programme.member
    async with database.transaction(me) as session:
        before = await verified.books_verified(session, me)
        assert before.last is None
        assert len(before.now.words) == 4
        seen = KeepHead(before.now.head.seq, before.now.head.hash.hex())
        kept = await verified.keep_head(session, me, seen)
        assert await verified.keep_head(session, me, seen) == kept
        with pytest.raises(NotFound):
            await verified.keep_head(session, me, KeepHead(seen.seq, "00" * 32))
    words = " - ".join(kept.words).upper()
    await programme.confirm((await programme.submit(programme.treasurer)).id, by=programme.group.admin)
    async with database.transaction(me) as session:
        after = await verified.books_verified(session, me)
        assert [one.fault for one in after.kept] == [None]
        assert after.now.head.seq == ENTRIES + 1
        assert await verified.look_for_head(session, me, LookForHead(ENTRIES, words)) is None
        assert await verified.look_for_head(session, me, LookForHead(1, words)) == Fault(1, CHECKPOINT)
        assert await verified.look_for_head(session, me, LookForHead(99, words)) == Fault(ENTRIES + 2, CUT)
        for wrong in ("", "one two three four", "acid acorn acre"):
            with pytest.raises(InvalidInput):
                await verified.look_for_head(session, me, LookForHead(1, wrong))
    async with database.transaction(programme.treasurer) as session:
        assert (await verified.books_verified(session, programme.treasurer)).kept == ()
    owner.balanced_edit(1)
    owner.rehash()
    async with database.transaction(me) as session:
        found = await verified.books_verified(session, me)
        assert [one.fault for one in found.kept] == [Fault(ENTRIES, CHECKPOINT)]
        assert await verified.look_for_head(session, me, LookForHead(ENTRIES, words)) == Fault(ENTRIES, CHECKPOINT)
    owner.cut(2)
    async with database.transaction(me) as session:
        found = await verified.books_verified(session, me)
        assert [one.fault for one in found.kept] == [Fault(3, CUT)]
