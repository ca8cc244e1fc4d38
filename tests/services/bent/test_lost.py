"""A group that is gone with all its rows, and books that are cut while our own newest checkpoint is bent to fit."""

from uuid import UUID, uuid4

import pytest

from app.domain.ledger import checkpoints
from app.domain.ledger.checkpoint_holding import Claims
from app.domain.ledger.views import Fault
from app.domain.reports import proving
from app.kit.actor import NOBODY, Actor
from app.kit.db import Database
from app.launch import ledger as launched
from tests.factories.payments import Programme
from tests.factories.tampering import Owner
from tests.services.bent.test_hidden import SetClock, kept

__all__ = ["kept"]
PLATFORM = UUID(int=0)
MINE = "WHERE group_id = '{group}'"
GONE = f"""DELETE FROM ledger.chain_head {MINE}; DELETE FROM ledger.journal_entry {MINE};
  DELETE FROM ledger.posting {MINE}; DELETE FROM payments {MINE}; DELETE FROM receipts {MINE};
  DELETE FROM groups WHERE id = '{{group}}'"""
NO_HEADS = f"DELETE FROM checkpoint_heads {MINE}"


async def check(database: Database, group_id: UUID) -> Fault | None:
    async with database.transaction(Actor(group_id=group_id), is_snapshot=True) as session:
        return (await proving.check_books(session, group_id)).fault


async def refused(database: Database) -> tuple[UUID, Fault]:
    """Why no further checkpoint is signed."""
    with pytest.raises(checkpoints.BooksDepart) as found:
        async with database.with_tools(clock=SetClock()).transaction(NOBODY) as session:
            await checkpoints.make_checkpoint(session, goes_out=False)
    return found.value.group_id, found.value.fault


async def lost(database: Database) -> tuple[str, Fault] | None:
    """As `./sanduk ledger verify` asks, with every group that is there."""
    async with database.transaction(NOBODY) as session:
        there = {PLATFORM, *(await checkpoints.every_group(session))}
    return await launched._lost(database, there, None)


async def test_a_group_that_is_gone_is_named(
    database: Database, programme: Programme, owner: Owner, kept: Claims
) -> None:
    assert await lost(database) is None
    owner.run(GONE)
    assert await lost(database) == (str(programme.group.id), Fault(1, "cut"))
    assert await check(database, PLATFORM) == Fault(1, "cut")
    assert await refused(database) == (programme.group.id, Fault(1, "cut"))


@pytest.mark.parametrize("is_hidden", [False, True])
async def test_one_that_is_gone_with_its_records_is_missed_by_number(
    database: Database, programme: Programme, owner: Owner, kept: Claims, *, is_hidden: bool
) -> None:
    """Another head in its place hides nothing: the checkpoint has a record for as many as it signed, or it has not."""
    owner.run(f"{GONE}; {NO_HEADS}")
    if is_hidden:
        owner.run(f"INSERT INTO ledger.chain_head (group_id, currency) VALUES ('{uuid4()}', 'KES')")
    assert await lost(database) == ("platform", Fault(1, "missing"))
    assert await check(database, PLATFORM) == Fault(1, "missing")
    assert await refused(database) == (PLATFORM, Fault(1, "missing"))


async def test_a_record_of_another_in_its_place_is_found(
    database: Database, programme: Programme, owner: Owner, kept: Claims
) -> None:
    owner.run(f"{GONE}; UPDATE checkpoint_heads SET group_id = gen_random_uuid() {MINE}")
    found = await lost(database)
    assert found is not None
    assert found[1] == Fault(1, "cut")


@pytest.mark.parametrize("is_filled", [False, True])
async def test_nothing_is_signed_over_a_cut_tail_whose_records_were_deleted(
    database: Database, programme: Programme, owner: Owner, kept: Claims, *, is_filled: bool
) -> None:
    other = uuid4()
    owner.cut(3)
    if is_filled:
        owner.run(f"UPDATE checkpoint_heads SET group_id = '{other}' {MINE}")
        owner.run(f"INSERT INTO ledger.chain_head (group_id, currency) VALUES ('{other}', 'KES')")
    owner.run(NO_HEADS)
    assert await check(database, programme.group.id) is not None
    group_id, fault = await refused(database)
    if is_filled:
        assert (group_id, fault) in (
            (programme.group.id, Fault(1, "missing")),
            (other, Fault(4, "signature")),
        )
    else:
        assert (group_id, fault) == (PLATFORM, Fault(1, "missing"))


async def test_nothing_is_signed_over_a_record_that_was_bent_without_the_key(
    database: Database, programme: Programme, owner: Owner, kept: Claims
) -> None:
    owner.cut(3)
    owner.run(
        """UPDATE checkpoint_heads h SET seq = e.seq, hash = e.hash, record = replace(replace(h.record,
              encode(h.hash, 'hex'), encode(e.hash, 'hex')), '"seq":"4"', '"seq":"3"')
            FROM ledger.journal_entry e WHERE e.group_id = h.group_id AND e.seq = 3 AND h.group_id = '{group}'"""
    )
    assert await refused(database) == (programme.group.id, Fault(3, "signature"))


async def test_a_damaged_note_is_the_platforms_fault(
    database: Database, programme: Programme, owner: Owner, kept: Claims
) -> None:
    owner.run("UPDATE checkpoints SET note = replace(note, 'number 1', 'number 2')")
    found = await check(database, programme.group.id)
    assert found == Fault(1, "series")
    assert found is not None
    assert launched._named("ABCDEF", found) == "platform"
    assert launched._words(launched._named("ABCDEF", found), found).startswith(
        "The books of platform don't hold. Checkpoint 1:"
    )
    assert await refused(database) == (PLATFORM, Fault(1, "series"))
