"""The public check: what it answers, what it shows, and what a database owner's forgery does to it."""

from dataclasses import asdict, replace

import psycopg
import pytest
from joserfc.jwk import OKPKey

from app import embedded
from app.domain.receipts import rules
from app.domain.receipts import service as receipts
from app.domain.receipts.views import CheckResult, PublicReceipt, ReceiptView
from app.kit.actor import NOBODY
from app.kit.db import Database
from app.kit.ids import ALPHABET, in_fours, new_check_code
from app.kit.signing import Signer
from tests.services.receipts.receipt_books import CODE, GROUP, NAME, PHONE, Books, issue, open_books, reverse


async def check(database: Database, given: str) -> CheckResult:
    async with database.transaction(NOBODY) as session:
        return await receipts.check(session, given)


async def test_a_genuine_receipt_by_code_and_by_token(books: Books):
    receipt = await issue(books)
    by_code = await check(books.database, in_fours(receipt.check_code).lower())
    assert by_code == CheckResult(
        "valid",
        given=receipt.check_code,
        receipt=PublicReceipt(
            number=receipt.number,
            check_code=receipt.check_code,
            group_name=GROUP,
            timezone="Africa/Nairobi",
            member_initials="A. B. O.-W.",
            member_no="LRW/0147",
            amount_minor=50_000,
            currency="KES",
            exponent=2,
            paid_on=receipt.paid_on,
            issued_at=receipt.issued_at,
            method="mpesa",
            provider_code="UKL7 ••• 9QD",
            seq=receipt.seq,
            hash=receipt.hash.hex(),
            token=receipt.token,
            reversed_at=None,
        ),
    )
    assert await check(books.database, receipt.token) == replace(by_code, given="")


async def test_the_answer_holds_no_name_phone_whole_code_or_id(books: Books):
    receipt = await issue(books)
    assert receipt.reference
    result = await check(books.database, receipt.check_code)
    assert result.receipt is not None
    said = str({**asdict(result.receipt), "token": ""})
    for secret in (*NAME.replace("-", " ").split(), PHONE, PHONE[1:], CODE, str(books.member_id), str(books.group.id)):
        assert secret not in said


async def test_a_reversed_receipt_says_so(books: Books):
    receipt = await reverse(books, await issue(books))
    for given in (receipt.check_code, receipt.token):
        result = await check(books.database, given)
        assert result.state == "reversed"
        assert result.receipt is not None
        assert result.receipt.reversed_at == receipt.reversed_at
        assert result.receipt.number == receipt.number


async def test_cash_has_no_code_to_show(books: Books):
    receipt = await issue(books, method="cash", provider_code=None)
    result = await check(books.database, receipt.check_code)
    assert result.receipt is not None
    assert result.receipt.provider_code is None


async def test_a_code_of_no_receipt_is_unknown(books: Books):
    code = new_check_code()
    assert await check(books.database, code) == CheckResult("unknown", given=code)


async def test_a_wrong_check_symbol_is_invalid_and_never_looked_up(books: Books):
    code = (await issue(books)).check_code
    for symbol in set(ALPHABET) - {code[-1]}:
        result = await check(books.database, code[:-1] + symbol)
        assert (result.state, result.why, result.receipt) == ("invalid", "typing", None)


@pytest.mark.parametrize(
    ("given", "why"), [("", "length"), ("7Q4M", "length"), ("7Q4M-K9TD-2HX0-O", "symbol"), ("' OR 1=1 --", "symbol")]
)
async def test_anything_else_is_invalid(database: Database, given: str, why: str):
    assert (await check(database, given)).why == why


async def test_a_token_changed_in_any_character_is_invalid(books: Books):
    token = (await issue(books)).token
    async with books.database.transaction(NOBODY) as session:
        for i, was in enumerate(token):
            if was == ".":
                continue
            forged = token[:i] + ("A" if was != "A" else "B") + token[i + 1 :]
            assert await receipts.check(session, forged) == CheckResult("invalid", why="signature")


async def test_anothers_signature_is_invalid(books: Books):
    receipt = await issue(books)
    stranger = Signer(OKPKey.generate_key("Ed25519"), issuer="http://127.0.0.1:8000")
    token = stranger.sign(rules.token_payload(receipt, issuer=stranger.issuer))
    assert await check(books.database, token) == CheckResult("invalid", why="signature")


def signed(tools: dict[str, object], receipt: ReceiptView, **changes: object) -> str:
    signer = tools["signer"]
    assert isinstance(signer, Signer)
    return signer.sign({**rules.token_payload(receipt, issuer=signer.issuer), **changes})


async def test_our_signature_on_what_we_never_kept_is_unknown(books: Books, tools: dict[str, object]):
    token = signed(tools, await issue(books), jti=new_check_code())
    assert await check(books.database, token) == CheckResult("unknown")


@pytest.mark.parametrize(
    "changes", [{"amount_minor": 500_000}, {"seq": 99}, {"hash": "00" * 32}, {"v": 2}, {"more": 1}, {"lines": []}]
)
async def test_our_signature_that_the_book_contradicts_is_invalid(
    books: Books, tools: dict[str, object], changes: dict[str, object]
):
    token = signed(tools, await issue(books), **changes)
    assert await check(books.database, token) == CheckResult("invalid", why="record")


async def test_our_signature_under_another_purpose_is_no_receipt(books: Books, tools: dict[str, object]):
    token = signed(tools, await issue(books), typ="checkpoint")
    assert await check(books.database, token) == CheckResult("invalid", why="signature")


async def test_a_moved_installation_keeps_its_receipts(books: Books, tools: dict[str, object]):
    token = signed(tools, await issue(books), iss="https://old.example")
    assert (await check(books.database, token)).state == "valid"


FORGERIES = {
    "amount": "UPDATE receipts SET amount_minor = 5000000 WHERE id = %(id)s",
    "amount in the lines": "UPDATE receipts SET lines = jsonb_set(lines, '{0,amount_minor}', '1') WHERE id = %(id)s",
    "number": "UPDATE receipts SET number = left(number, 7) || '000777', n = 777 WHERE id = %(id)s",
    "payer": "UPDATE receipts SET member_id = (SELECT m.id FROM members m WHERE m.group_id = receipts.group_id"
    " AND m.id <> receipts.member_id LIMIT 1) WHERE id = %(id)s",
    "date": "UPDATE receipts SET paid_on = '2020-01-01' WHERE id = %(id)s",
    "token": "UPDATE receipts SET token = overlay(token PLACING 'x' FROM 120) WHERE id = %(id)s",
    "entry": "UPDATE ledger.journal_entry e SET effective_on = '2020-01-01' FROM receipts r"
    " WHERE r.id = %(id)s AND e.group_id = r.group_id AND e.seq = r.seq",
    "entry's amount": "UPDATE ledger.posting p SET amount_minor = p.amount_minor * 2 FROM receipts r"
    " WHERE r.id = %(id)s AND p.group_id = r.group_id AND p.seq = r.seq",
    "account": "UPDATE ledger.account a SET code = '4010.' || gen_random_uuid() FROM receipts r"
    " WHERE r.id = %(id)s AND a.group_id = r.group_id AND a.code = '4010.' || r.member_id",
    "entry gone": "DELETE FROM ledger.posting p USING receipts r"
    " WHERE r.id = %(id)s AND p.group_id = r.group_id AND p.seq = r.seq",
}


@pytest.mark.parametrize("forgery", FORGERIES)
async def test_a_database_owners_forgery_shows(books: Books, server: embedded.Server, database_name: str, forgery: str):
    """A superuser with triggers off changes the record or the book: the page no longer says genuine."""
    receipt = await issue(books)
    with psycopg.connect(server.url(embedded.SUPERUSER, database_name)) as connection:
        connection.execute("SET session_replication_role = replica")
        assert connection.execute(FORGERIES[forgery], {"id": receipt.id}).rowcount > 0
    result = await check(books.database, receipt.check_code)
    assert (result.state, result.why, result.receipt) == ("invalid", "record", None)


async def test_a_reversal_struck_from_the_receipt_still_shows(
    books: Books, server: embedded.Server, database_name: str
):
    receipt = await reverse(books, await issue(books))
    with psycopg.connect(server.url(embedded.SUPERUSER, database_name)) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            "UPDATE receipts SET state = 'issued', reversed_seq = NULL, reversed_at = NULL WHERE id = %s", (receipt.id,)
        )
    assert (await check(books.database, receipt.check_code)).state == "reversed"


async def test_an_erased_member_is_a_member(books: Books, server: embedded.Server, database_name: str):
    receipt = await issue(books)
    other = await open_books(books.database)
    with psycopg.connect(server.url(embedded.SUPERUSER, database_name)) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("DELETE FROM members WHERE group_id = %s AND id = %s", (books.group.id, books.member_id))
    result = await check(books.database, receipt.check_code)
    assert result.state == "valid"
    assert result.receipt is not None
    assert (result.receipt.member_initials, result.receipt.member_no) == (None, None)
    assert (await check(other.database, (await issue(other)).check_code)).state == "valid"


async def test_the_look_up_tells_only_where(books: Books, app_url: str):
    """As the application role without a tenant: a known code gives two ids, nothing gives a list."""
    receipt = await issue(books)
    with psycopg.connect(app_url) as connection:
        found = connection.execute("SELECT * FROM lookup.receipt_by_check_code(%s)", (receipt.check_code,)).fetchall()
        assert found == [(books.group.id, receipt.id)]
        assert connection.execute("SELECT * FROM lookup.receipt_by_check_code('%')").fetchall() == []
        assert connection.execute("SELECT * FROM lookup.receipt_by_check_code(NULL)").fetchall() == []
        assert connection.execute("SELECT * FROM receipts").fetchall() == []
