"""An owner who bends recorded rows behind the triggers is found by the verifier, group and seq."""

import pytest

from app.domain.ledger import service as ledger
from app.domain.ledger import verifying
from app.domain.ledger.views import Fault
from tests.services.ledger.ledger_books import Books, open_books, raw_session

TABLES = ("journal_entry", "posting", "entry_detail", "account", "balance", "chain_head")


async def bend(owner_url: str, books: Books, *statements: str) -> None:
    """As the owner with the triggers off, who also covers nothing."""
    async with raw_session(owner_url, books.group_id) as owner:
        for switch in ("DISABLE", "ENABLE"):
            for table in TABLES:
                await owner.execute(f"ALTER TABLE ledger.{table} {switch} TRIGGER USER")
            if switch == "DISABLE":
                for statement in statements:
                    await owner.execute(statement)
                await owner.execute("SET CONSTRAINTS ALL IMMEDIATE")
        await owner.commit()


@pytest.mark.parametrize(
    ("statements", "fault"),
    [
        (["UPDATE ledger.posting SET amount_minor = amount_minor * 2 WHERE seq = 2"], Fault(2, verifying.HASH)),
        (["UPDATE ledger.journal_entry SET effective_on = '2020-01-01' WHERE seq = 3"], Fault(3, verifying.HASH)),
        (["UPDATE ledger.journal_entry SET idem_key = 'x' WHERE seq = 1"], Fault(1, verifying.HASH)),
        (["UPDATE ledger.journal_entry SET hash = sha256('') WHERE seq = 3"], Fault(3, verifying.HASH)),
        (["UPDATE ledger.journal_entry SET prev_hash = sha256('') WHERE seq = 1"], Fault(1, verifying.CHAIN)),
        (["UPDATE ledger.entry_detail SET memo = 'x' WHERE seq = 2"], Fault(2, verifying.MEMO)),
        (["UPDATE ledger.balance SET posted_minor = posted_minor + 1 WHERE account_no = 1"], Fault(4, "balance")),
        (["UPDATE ledger.balance SET posted_minor = 1 WHERE account_no = 3"], Fault(4, verifying.BALANCE)),
        (["UPDATE ledger.chain_head SET hash = sha256('')"], Fault(4, verifying.HEAD)),
        (["UPDATE ledger.chain_head SET seq = 9"], Fault(5, verifying.HEAD)),
        (
            [f"DELETE FROM ledger.{table} WHERE seq = 4" for table in ("posting", "entry_detail", "journal_entry")],
            Fault(4, verifying.HEAD),
        ),
        (
            [f"DELETE FROM ledger.{table} WHERE seq = 2" for table in ("posting", "entry_detail", "journal_entry")],
            Fault(2, verifying.GAP),
        ),
        (["DELETE FROM ledger.entry_detail WHERE seq = 3"], Fault(3, verifying.MEMO)),
    ],
)
async def test_what_the_owner_bends_is_found(
    books: Books, owner_url: str, statements: list[str], fault: Fault | None
) -> None:
    untouched = await open_books(books.database)
    for amount in (100, 200, 300, 400):
        await books.post(("1010", amount), ("4010", -amount), memo="lunch")
    await untouched.post()
    assert await books.fault() is None
    await bend(owner_url, books, *statements)
    assert await books.fault() == fault
    async with books.acting() as session:
        assert await ledger.verify_group(session, books.group_id) == (fault.seq if fault else None)
    assert await untouched.fault() is None


async def test_books_without_entries_hold(books: Books) -> None:
    assert await books.fault() is None
