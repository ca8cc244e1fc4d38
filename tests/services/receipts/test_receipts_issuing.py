"""Receipts: numbered without gaps, signed, never changed but by their reversal."""

import asyncio
import base64
import json
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.domain.receipts import service as receipts
from app.domain.receipts.views import ReceiptLine, ReceiptView
from app.kit.actor import Actor
from app.kit.db import Database
from app.kit.errors import NotFound
from app.kit.ids import is_code
from app.kit.signing import Signer
from tests.services.receipts.receipt_books import CODE, NAME, Books, asked, issue, open_books, post, reverse


def payload_of(receipt: ReceiptView) -> dict[str, object]:
    part = receipt.token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


async def test_a_receipt_states_its_entry(books: Books, tools: dict[str, object]):
    receipt = await issue(books)
    signer = tools["signer"]
    assert isinstance(signer, Signer)
    assert receipt.number == f"{books.group.code}-000001"
    assert is_code(receipt.check_code, 12)
    assert signer.verify(receipt.token) == payload_of(receipt)
    assert payload_of(receipt) == {
        "v": 1,
        "typ": "receipt",
        "iss": signer.issuer,
        "jti": receipt.check_code,
        "group": str(books.group.id),
        "receipt_no": receipt.number,
        "amount_minor": 50_000,
        "currency": "KES",
        "exponent": 2,
        "lines": [{"purpose": "contribution", "amount_minor": 50_000}],
        "member": str(books.member_id),
        "paid_on": "2026-11-21",
        "iat": int(receipt.issued_at.timestamp()),
        "method": "mpesa",
        "ref": "K7M2Q9XM",
        "seq": receipt.seq,
        "hash": receipt.hash.hex(),
    }
    async with books.database.transaction(books.actor) as session:
        assert await receipts.get_receipt(session, books.group.id, receipt.id) == receipt
        assert await receipts.find_by_payment(session, books.group.id, receipt.payment_id) == receipt
        assert await receipts.find_by_entry(session, books.group.id, receipt.seq) == receipt
        assert await receipts.find_by_entry(session, books.group.id, 9_999) is None
        assert await receipts.find_by_entries(session, books.group.id, []) == {}
        with pytest.raises(NotFound):
            await receipts.get_receipt(session, books.group.id, uuid4())


async def test_nothing_personal_is_in_the_token(books: Books):
    receipt = await issue(books)
    said = json.dumps(payload_of(receipt))
    assert CODE not in said
    assert "November" not in said
    assert not any(word in said for word in NAME.split())


async def test_several_lines_make_one_receipt(books: Books):
    async with books.database.transaction(books.actor) as session:
        new = asked(books, await post(session, books, 80_000))
        lines = (ReceiptLine("contribution", 50_000, "October"), ReceiptLine("contribution", 30_000, "November"))
        (receipt,) = await receipts.issue_receipts(session, (replace(new, lines=lines),))
    assert receipt.amount_minor == 80_000
    assert receipt.lines == lines
    async with books.database.transaction(books.actor) as session:
        assert (await receipts.get_receipt(session, books.group.id, receipt.id)).lines == lines


@pytest.mark.parametrize("lines", [(), (ReceiptLine("gift", 1, "x"),), (ReceiptLine("contribution", 0, "x"),)])
async def test_lines_of_no_purpose_or_amount_are_a_defect(books: Books, lines: tuple[ReceiptLine, ...]):
    with pytest.raises(ValueError, match=r"receipt has lines|not a valid Purpose"):
        await issue(books, lines=lines)


async def test_a_replayed_entry_has_its_receipt(books: Books):
    async with books.database.transaction(books.actor) as session:
        new = asked(books, await post(session, books, key="once"))
        await receipts.issue_receipts(session, (new,))
    async with books.database.transaction(books.actor) as session:
        again = replace(new, entry=await post(session, books, key="once"))
        assert again.entry.replayed
        with pytest.raises(IntegrityError):
            await receipts.issue_receipts(session, (again,))
        await session.rollback()


async def test_numbers_have_no_gaps_under_twenty_at_once_with_rollbacks(books: Books):
    """20 at once, 3 in 10 of them break off after the number was given."""

    class BrokenOff(Exception):
        pass

    async def one(i: int) -> int | None:
        try:
            async with books.database.transaction(books.actor) as session:
                (receipt,) = await receipts.issue_receipts(session, (asked(books, await post(session, books)),))
                await asyncio.sleep(0.001 * (i % 4))
                if i % 10 in (1, 4, 7):
                    raise BrokenOff
                return receipt.n
        except BrokenOff:
            return None

    got = [n for n in await asyncio.gather(*(one(i) for i in range(60))) if n is not None]
    assert sorted(got) == list(range(1, 43))
    async with books.database.transaction(books.actor) as session:
        kept = await receipts.list_receipts(session, books.group.id)
    assert [r.n for r in kept] == list(range(42, 0, -1))
    assert [r.seq for r in kept] == sorted((r.seq for r in kept), reverse=True)
    assert len({r.check_code for r in kept}) == 42


async def test_groups_count_for_themselves(books: Books):
    other = await open_books(books.database)
    assert (await issue(books)).n == 1
    assert (await issue(other)).n == 1
    assert (await issue(books)).n == 2


async def test_a_reversal_keeps_the_number_and_happens_once(books: Books):
    receipt = await issue(books)
    gone = await reverse(books, receipt)
    assert (gone.number, gone.state) == (receipt.number, "reversed")
    assert gone.reversed_seq == receipt.seq + 1
    assert gone.reversed_at is not None
    assert await reverse(books, receipt) == gone
    assert (await issue(books)).n == 2
    async with books.database.transaction(books.actor) as session:
        assert await receipts.get_receipt(session, books.group.id, receipt.id) == gone
        with pytest.raises(NotFound):
            await receipts.mark_reversed(session, books.group.id, uuid4(), seq=1, at=datetime.now(UTC))


async def test_lists_are_pages_newest_first(books: Books):
    made = [await issue(books) for _ in range(4)]
    async with books.database.transaction(books.actor) as session:
        of = books.group.id
        assert [r.n for r in await receipts.list_receipts(session, of, limit=3)] == [4, 3, 2]
        assert [r.n for r in await receipts.list_receipts(session, of, before=2)] == [1]
        assert [r.n for r in await receipts.list_receipts(session, of, books.member_id, limit=1)] == [4]
        assert await receipts.list_receipts(session, of, uuid4()) == []
        found = await receipts.find_by_entries(session, of, [r.seq for r in made])
        assert {seq: r.n for seq, r in found.items()} == {r.seq: r.n for r in made}


async def test_another_group_sees_nothing(books: Books):
    receipt = await issue(books)
    other = await open_books(books.database)
    async with books.database.transaction(other.actor) as session:
        assert await receipts.list_receipts(session, books.group.id) == []
        with pytest.raises(NotFound):
            await receipts.get_receipt(session, books.group.id, receipt.id)
    async with books.database.transaction(Actor()) as session:
        assert (await session.execute(text("SELECT count(*) FROM receipts"))).scalar_one() == 0


async def issue_after(books: Books, step: int) -> None:
    """A receipt whose number isn't the next one."""
    async with books.database.transaction(books.actor) as session:
        await session.execute(text(f"UPDATE receipt_counters SET last_n = last_n + {step}"))
        await receipts.issue_receipts(session, (asked(books, await post(session, books)),))


async def test_of_numbers_taken_in_one_step_none_is_left_out(books: Books):
    """Two at once, and one more; then a step of two with one receipt, and one that goes nowhere."""
    async with books.database.transaction(books.actor) as session:
        news = [asked(books, await post(session, books)) for _ in range(2)]
        assert [one.n for one in await receipts.issue_receipts(session, news)] == [1, 2]
        (third,) = await receipts.issue_receipts(session, (asked(books, await post(session, books)),))
        assert third.n == 3
    for step, why in ((1, "left out"), (0, "go up")):
        with pytest.raises(DBAPIError, match=why):
            await issue_after(books, step)
    assert (await issue(books)).n == 4


REFUSED = {
    "amount": "UPDATE receipts SET amount_minor = 1",
    "token": "UPDATE receipts SET token = 'x'",
    "delete": "DELETE FROM receipts",
    "truncate": "TRUNCATE receipts",
    "counter back": "UPDATE receipt_counters SET last_n = last_n - 1",
    "counter skips": "UPDATE receipt_counters SET last_n = last_n + 2",
    "number left out": "UPDATE receipt_counters SET last_n = last_n + 1",
    "no such reversal": "UPDATE receipts SET state = 'reversed', reversed_seq = seq, reversed_at = now()",
    "half a reversal": "UPDATE receipts SET state = 'reversed'",
    "a copy": "INSERT INTO receipts SELECT * FROM receipts",
    "codes of others": "SET ROLE sanduk_lookup",
}


@pytest.mark.parametrize("attempt", REFUSED)
async def test_the_application_role_is_refused(books: Books, attempt: str):
    await issue(books)
    with pytest.raises(DBAPIError):
        async with books.database.transaction(books.actor) as session:
            await session.execute(text(REFUSED[attempt]))


@pytest.mark.parametrize(
    "attempt",
    [
        "UPDATE receipts SET state = 'issued', reversed_seq = NULL, reversed_at = NULL",
        "UPDATE receipts SET reversed_at = now()",
    ],
)
async def test_a_reversal_is_never_taken_back(books: Books, attempt: str):
    await reverse(books, await issue(books))
    with pytest.raises(DBAPIError, match="append-only"):
        async with books.database.transaction(books.actor) as session:
            await session.execute(text(attempt))


async def test_a_receipt_of_another_hash_is_refused(books: Books, database: Database):
    async with database.transaction(books.actor) as session:
        new = asked(books, await post(session, books))
        with pytest.raises(DBAPIError, match="does not show entry"):
            await receipts.issue_receipts(session, (replace(new, entry=replace(new.entry, hash=bytes(32))),))
        await session.rollback()
