"""Entries that nothing stands behind, and records that say otherwise than their entry: each has number and reason."""

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from app import embedded
from app.domain.governance.ports import Matter
from app.domain.ledger import service as ledger
from app.domain.ledger.views import Fault, Line, NewEntry
from app.domain.reports import proving
from app.kit.actor import Actor
from app.kit.db import Database
from tests.factories.groups import id_of
from tests.factories.loans import Lenders, make_lenders
from tests.factories.payments import Programme, step_up
from tests.factories.tampering import Owner

NOBODYS = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff"
SAVED = 4
LENT, SPENT, MOVED, OUT, BACK = range(SAVED + 1, SAVED + 6)
"""Each who saves has an entry; then the loan, the expense, the transfer, savings paid out, and a payment reversed."""


async def fault_of(database: Database, actor: Actor) -> Fault | None:
    assert actor.group_id is not None
    async with database.transaction(Actor(group_id=actor.group_id), is_snapshot=True) as session:
        return (await proving.check_books(session, actor.group_id)).fault


@pytest.mark.parametrize(
    ("key", "wanted"),
    [
        ("forged:1", "origin"),
        ("x", "origin"),
        (f"payment:{NOBODYS}", "payment"),
        (f"loan:{NOBODYS}", "origin"),
        (f"decision:{NOBODYS}", "origin"),
        (f"bank:{NOBODYS}", "origin"),
        ("bank:opening:1030", "origin"),
        (f"reverse:{NOBODYS}", "origin"),
    ],
)
async def test_an_entry_that_the_application_role_posts_for_nothing_is_found(
    database: Database, programme: Programme, key: str, wanted: str
) -> None:
    actor, group_id = programme.treasurer, programme.group.id
    who = await id_of(database, actor)
    assert await fault_of(database, actor) is None
    async with database.transaction(actor) as session:
        for code in ("1010", "2010"):
            await ledger.open_account(session, group_id, code=code, class_="AL"[code == "2010"], currency="KES")
        lines = (Line("1010", 900_000), Line("2010", -900_000))
        day = await programme.today()
        made = await ledger.post_entry(session, NewEntry(group_id, "savings_confirmed", day, who, key, lines))
    assert await fault_of(database, actor) == Fault(made.seq, wanted)


async def test_a_payment_negated_past_its_own_record_is_found(database: Database, programme: Programme) -> None:
    actor, group_id = programme.treasurer, programme.group.id
    async with database.transaction(actor) as session:
        await ledger.reverse_entry(
            session,
            group_id=group_id,
            seq=2,
            actor=uuid4(),
            idempotency_key="mine",
            effective_on=await programme.today(),
        )
    found = await fault_of(database, actor)
    assert found is not None
    assert (found.seq, found.reason) in ((2, "payment"), (2, "receipt"))


@pytest_asyncio.fixture(loop_scope="session")
async def lenders(database: Database) -> Lenders:
    """A loan, an expense, a transfer, a withdrawal and a reversal, each as it is done."""
    made = await make_lenders(database, members=SAVED, guarantors=0)
    council = made.council
    await made.active(guarantors=())
    for kind, matter in (
        ("expense", Matter(5_000, "Chairs", terms={"method": "cash"})),
        ("transfer", Matter(6_000, terms={"source": "1010", "target": "1030"})),
        ("withdrawal", await council.withdrawal(7_000, made.guarantors[0])),
    ):
        proposed = await council.propose(kind, matter, proof=await step_up(made.database, made.treasurer))
        for who in (council.admin, council.president)[: proposed.needed]:
            await council.approve(proposed.id, who)
    async with database.transaction(made.treasurer) as session:
        wrong = await ledger.get_entry(session, council.group.id, SAVED)
    assert wrong is not None
    await council.rule("reversal", alone_minor=1_000_000)
    await made.reverse(UUID(wrong.idempotency_key.removeprefix("payment:")))
    return made


@pytest_asyncio.fixture(loop_scope="session")
async def owner(server: embedded.Server, database_name: str, lenders: Lenders) -> AsyncIterator[Owner]:
    found = Owner(server.url(embedded.SUPERUSER, database_name), lenders.council.group.id)
    yield found
    found.close()


MINE = "WHERE group_id = '{group}'"
FIRST, SECOND = (f"(SELECT id FROM payments {MINE} AND entry_seq = {seq})" for seq in (1, 2))
DUE = f"(SELECT claim_id FROM payment_lines {MINE} AND payment_id = {SECOND})"


@pytest.mark.parametrize(
    ("attack", "wanted"),
    [
        (f"DELETE FROM loans {MINE}", Fault(LENT, "origin")),
        (f"UPDATE loans SET lent_minor = lent_minor + 1 {MINE}", Fault(LENT, "origin")),
        (f"UPDATE loans SET method = 'mpesa' {MINE}", Fault(LENT, "origin")),
        (f"UPDATE loans SET disbursed_by = gen_random_uuid() {MINE}", Fault(LENT, "origin")),
        (f"UPDATE loans SET member_id = gen_random_uuid() {MINE}", Fault(LENT, "origin")),
        (f"DELETE FROM proposals {MINE} AND kind = 'expense'", Fault(SPENT, "origin")),
        (f"UPDATE proposals SET amount_minor = 1 {MINE} AND kind = 'transfer'", Fault(MOVED, "origin")),
        (f"UPDATE proposals SET state = 'open', ended_at = NULL, entry_seq = NULL {MINE} AND kind = 'transfer'",
         Fault(MOVED, "origin")),
        (f"UPDATE proposals SET member_id = gen_random_uuid() {MINE} AND kind = 'withdrawal'", Fault(OUT, "origin")),
        (f"UPDATE proposals SET ended_by = gen_random_uuid() {MINE} AND kind = 'withdrawal'", Fault(OUT, "origin")),
        (f"UPDATE proposals SET entry_seq = 99 {MINE} AND kind = 'expense'", Fault(SPENT, "origin")),
        (f"UPDATE payments SET decided_by = gen_random_uuid() {MINE} AND entry_seq = 2", Fault(2, "payment")),
        (f"UPDATE payments SET reversed_by = gen_random_uuid() {MINE} AND entry_seq = 4", Fault(SAVED, "payment")),
        (f"UPDATE payments SET method = 'bank', provider_code = 'A' {MINE} AND entry_seq = 1", Fault(1, "payment")),
        (f"UPDATE payments SET provider_code = 'FORGED' {MINE} AND entry_seq = 3", Fault(3, "receipt")),
        (f"UPDATE contributions SET paid_minor = 0, state = 'expected' {MINE} AND id = {DUE}", Fault(2, "owed")),
        (f"UPDATE payment_lines SET claim_id = {DUE} {MINE} AND payment_id = {FIRST}", Fault(1, "payment")),
        (f"UPDATE loan_items SET paid_minor = due_minor {MINE}", Fault(LENT, "owed")),
        (f"UPDATE loan_items SET waived_minor = 1 {MINE} AND part = 'principal' AND n = 2", Fault(LENT, "owed")),
        (f"DELETE FROM loan_items {MINE}", Fault(LENT, "owed")),
    ],
)  # fmt: skip
async def test_a_record_that_says_otherwise_than_its_entry_is_found(
    database: Database, lenders: Lenders, owner: Owner, attack: str, wanted: Fault
) -> None:
    assert await fault_of(database, lenders.treasurer) is None
    owner.run(attack)
    assert await fault_of(database, lenders.treasurer) == wanted


@pytest.mark.parametrize(
    "attack",
    [
        "DELETE FROM payments WHERE id = '{id}'",
        "UPDATE payments SET state = 'withdrawn' WHERE id = '{id}'",
        "UPDATE payments SET amount_minor = 1 WHERE id = '{id}'",
        "UPDATE payments SET decided_by = gen_random_uuid() WHERE id = '{id}'",
    ],
)
async def test_the_log_speaks_of_payments_that_are_there_and_stand_so(
    database: Database, lenders: Lenders, owner: Owner, attack: str
) -> None:
    programme = lenders.council.programme
    await programme.open_call()
    made = await programme.submit(programme.member)
    await programme.reject(made.id)
    assert await fault_of(database, lenders.treasurer) is None
    owner.run(attack.replace("{id}", str(made.id)))
    found = await fault_of(database, lenders.treasurer)
    assert found is not None
    assert found.reason == "audit"
