"""Statements come in: each line once, whoever sends it and however often; what can't be taken says why."""

import asyncio
from types import SimpleNamespace

import psycopg
import pytest
import pytest_asyncio

from app.domain.reconciliation.bank import staging, taking
from app.domain.reconciliation.bank.views import BankFileView, SetLayout
from app.kit import jobs
from app.kit.config import settings
from app.kit.db import Database
from app.kit.errors import InvalidInput, NotPermitted
from app.worker.jobs import Handlers
from tests.factories.groups import make_officer
from tests.factories.payments import Programme, make_programme
from tests.services.reconciliation.bank_books import bring, lines, mpesa, read, upload
from tests.unit.bank import formats

ROWS = [
    "TKL4X81QZ1,2026-11-01 10:00:00,Pay Bill from 254722***101 - AKINYI Acc. A,Completed,500.00,,1500.00",
    "TKL4X81QZ2,2026-11-02 10:00:00,Pay Bill from 254722***102 - BARAKA Acc. B,Completed,250.00,,1750.00",
    "TKL4X81QZ2,2026-11-02 10:00:00,Pay merchant Charge,Completed,,-5.00,1745.00",
    "TKL4X81QZ3,2026-11-03 10:00:00,Pay Bill from 254722***103 - CHEBET Acc. C,Completed,100.00,,1845.00",
]
PLAIN = "Date,Details,Amount\n"
BREAK = {"entry": 2, "on": "2026-11-02"}
CAMT = formats.camt(8).replace("EUR", "KES")
HUGE = (
    "Date,Details,Reference,Debit,Credit,Balance\n" + "1/11/26,a,b,,9999999999999.99,\n" * 10_000 + "2/11/26,a,b,,1,1\n"
)
"""What it held before is less than any database keeps."""


@pytest_asyncio.fixture(loop_scope="session")
async def told(database: Database) -> Programme:
    return await make_programme(database)


def counts(view: BankFileView) -> tuple[str, int, int, int]:
    return view.state, view.lines, view.added, view.known


async def test_a_statement_is_read_by_the_worker_and_its_bytes_go(told: Programme, owner_url: str):
    sent = await upload(told, mpesa(*ROWS))
    assert (sent.state, sent.is_repeat, sent.file_name) == ("queued", False, "november.csv")
    view = await read(told, sent.id)
    assert counts(view) == ("read", 4, 4, 0)
    assert view.format == "mpesa_csv"
    page = await lines(told, file_id=sent.id)
    assert [line.amount_minor for line in page.rows] == [500_00, 250_00, -5_00, 100_00]
    assert page.rows[0].bank_id == "TKL4X81QZ1"
    assert page.rows[0].counterparty == "254722***101 - AKINYI"
    async with told.database.transaction(told.treasurer) as session:
        (statement,) = await staging.list_bank_statements(session, told.treasurer, sent.id)
    assert (statement.opening_minor, statement.closing_minor, statement.chain) == (1_000_00, 1_845_00, "ok")
    assert statement.left_out == 0
    with psycopg.connect(owner_url) as connection:
        connection.execute("SELECT set_config('app.group_id', %s, false)", [str(told.group.id)])
        kept = connection.execute("SELECT content_enc, words_enc::text FROM bank_files f, bank_lines").fetchall()
    assert all(content is None and b"AKINYI".hex() not in words for content, words in kept)


async def test_three_times_the_same_changes_nothing_and_says_so(told: Programme):
    first = await bring(told, mpesa(*ROWS))
    for _ in range(2):
        again = await upload(told, mpesa(*ROWS))
        assert (again.id, again.is_repeat, counts(again)) == (first.id, True, ("read", 4, 4, 0))
        await read(told, first.id)
    assert (await lines(told)).total == 4


async def test_what_failed_is_left_out_and_counted(told: Programme):
    failed = "TKL4X81QZ9,2026-11-02 11:00:00,Pay Bill from 254722***102 - BARAKA Acc. B,Failed,70.00,,"
    sent = await bring(told, mpesa(*ROWS[:2], failed, *ROWS[2:]))
    assert counts(sent) == ("read", 4, 4, 0)
    async with told.database.transaction(told.treasurer) as session:
        (statement,) = await staging.list_bank_statements(session, told.treasurer, sent.id)
    assert (statement.lines, statement.left_out) == (4, 1)


async def test_files_that_overlap_bring_what_is_new(told: Programme):
    assert counts(await bring(told, mpesa(*ROWS[:3]))) == ("read", 3, 3, 0)
    assert counts(await bring(told, mpesa(*ROWS[1:]))) == ("read", 3, 1, 2)
    assert counts(await bring(told, mpesa(*reversed(ROWS)))) == ("read", 4, 0, 4)
    assert (await lines(told)).total == 4


async def test_the_same_payments_on_another_account_are_others(told: Programme):
    await bring(told, mpesa(*ROWS))
    assert counts(await bring(told, mpesa(*ROWS), account="1030")) == ("read", 4, 4, 0)


async def test_truly_equal_lines_of_one_file_are_two(told: Programme):
    twice = PLAIN + "1/11/26,Cash deposit,100\n" * 2
    assert counts(await bring(told, twice.encode())) == ("read", 2, 2, 0)
    thrice = PLAIN + "1/11/26,Cash deposit,100\n" * 3
    assert counts(await bring(told, thrice.encode())) == ("read", 3, 1, 2)


async def test_equal_payments_of_one_day_are_told_apart_by_the_balance_after_them(told: Programme):
    """The morning's file and the evening's: neither is lost, and the whole day brings nothing new."""
    header, first = "Date,Details,Debit,Credit,Balance\n", "6/11/26,Cash deposit,,300.00,300.00\n"
    second = "6/11/26,Cash deposit,,300.00,600.00\n"
    assert counts(await bring(told, (header + first).encode())) == ("read", 1, 1, 0)
    assert counts(await bring(told, (header + second).encode())) == ("read", 1, 1, 0)
    assert counts(await bring(told, (header + first + second).encode())) == ("read", 2, 0, 2)


async def test_a_code_that_a_payer_wrote_hides_no_other_payment(told: Programme):
    """Somebody writes another's receipt and pays as much: the genuine line still comes."""
    header = "Date,Details,Reference,Debit,Credit\n"
    rows = (
        "3/11/26,MPESA payer Mallory,TKL4X81QZ1,,500.00\n",
        "5/11/26,MPESA payer Victim Jane,TKL4X81QZ1,,500.00\n",
        "6/11/26,MPESA payer | x,,,5.00\n",
        "6/11/26,MPESA payer,| x,,5.00\n",
    )
    for row in rows:
        assert counts(await bring(told, (header + row).encode())) == ("read", 1, 1, 0)
    assert counts(await bring(told, (header + "".join(rows)).encode())) == ("read", 4, 0, 4)


async def test_what_payers_write_is_text_whatever_it_looks_like(told: Programme):
    """A formula in a reference stops nobody's month."""
    data = (
        b"Date,Details,Reference,Debit,Credit\n3/11/26,MPESA from JANE,=X1,,5.00\n4/11/26,@SUM(1+1)x,=HYPERLINK,,6.00\n"
    )
    assert counts(await bring(told, data)) == ("read", 2, 2, 0)
    assert [line.reference for line in (await lines(told)).rows] == ["=X1", "=HYPERLINK"]


async def test_so_many_files_wait_and_no_more(told: Programme, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(staging, "MOST_WAITING", 2)
    for n in range(2):
        await upload(told, f"{PLAIN}1/11/26,a,{n}\n".encode())
    with pytest.raises(InvalidInput) as caught:
        await upload(told, mpesa(*ROWS))
    assert caught.value.why == "bank_many_waiting"


async def test_lines_of_nothing_are_kept_and_never_open(told: Programme):
    await bring(told, (PLAIN + "1/11/26,Balance enquiry,0.00\n2/11/26,dues,5\n").encode())
    assert [(line.amount_minor, line.state) for line in (await lines(told)).rows] == [(0, "nothing"), (5_00, "open")]
    assert (await lines(told, state="open")).total == 1


@pytest.mark.parametrize(
    ("data", "why", "params"),
    [
        (mpesa(ROWS[0], ROWS[1].replace("1750.00", "1755.00"), *ROWS[2:]), "bank_chain_broken", BREAK),
        (b"Date,Details,Amount\n1/11/26,a,5\n31/12/2099,b,5\n", "bank_ahead", {"entry": 2, "on": "2099-12-31"}),
        (b"%PDF-1.7", "file_pdf", {}),
        (b"Date,Details,Amount (USD)\n1/11/26,a,5\n", "bank_other_currency", {"found": "USD", "currency": "KES"}),
        (b"Date,Details,Amount\n1/11/26,a,five\n", "bank_amount", {"line": 2}),
        (CAMT.replace("2026-08-05", "0001-01-01").encode(), "bank_long_ago", {"entry": 1, "on": "0001-01-01"}),
        (CAMT.replace("<Dt><Dt>2026-08-05", "<Dt><Dt>9999-12-31").encode(), "bank_odd_balance", {}),
        (HUGE.encode(), "bank_odd_balance", {}),
        (b"<OFX>" + b"<STMTRS/>" * 500 + b"</OFX>", "bank_many_statements", {"limit": 400}),
    ],
)
async def test_what_cannot_be_taken_leaves_nothing(told: Programme, data: bytes, why: str, params: dict[str, object]):
    view = await bring(told, data)
    assert (view.state, view.why, view.params) == ("failed", why, params)
    assert (await lines(told)).total == 0
    again = await upload(told, data)
    assert (again.id, again.state, again.is_repeat) == (view.id, "queued", False)
    assert (await read(told, view.id)).state == "failed"


async def test_columns_are_said_once_and_remembered(told: Programme):
    def month(n: int) -> bytes:
        return f"Wann,Wer,Rein,Raus\n0{n}/11/26,Akinyi,500.00,\n0{n}/11/26,Gebühr,,5.00\n".encode()

    view = await bring(told, month(1))
    assert (view.state, view.why) == ("unmapped", "bank_no_header")
    async with told.database.transaction(told.treasurer) as session:
        sheet = await staging.get_sheet(session, told.treasurer, view.id)
        assert sheet.rows[0] == (1, ("Wann", "Wer", "Rein", "Raus"))
        with pytest.raises(InvalidInput):
            await staging.set_layout(session, told.treasurer, SetLayout(view.id, 1, {"date": 0}))
        with pytest.raises(InvalidInput):
            await staging.set_layout(session, told.treasurer, SetLayout(view.id, 400, {"date": 0, "credit": 2}))
        for wrong in ({"date": 0, "credit": 100}, {"date": 0, "credit": 0}, {"date": 0, "credit": 1, "what": 2}):
            with pytest.raises(InvalidInput):
                await staging.set_layout(session, told.treasurer, SetLayout(view.id, 1, wrong))
        roles = {"date": 0, "description": 1, "credit": 2, "debit": 3}
        assert (await staging.set_layout(session, told.treasurer, SetLayout(view.id, 1, roles))).state == "queued"
    assert counts(await read(told, view.id)) == ("read", 2, 2, 0)
    assert counts(await bring(told, month(2))) == ("read", 2, 2, 0)
    assert [line.amount_minor for line in (await lines(told)).rows] == [500_00, -5_00] * 2


async def test_a_header_that_was_said_is_found_where_it_stands(told: Programme):
    """With more above it, and with less: nothing below it is taken for what stands above."""
    month = "Wann,Wer,Rein\n0{n}/11/26,Akinyi,{n}00.00\n0{n}/11/26,Baraka,{n}50.00\n"
    above = "Kontoauszug\nFiliale 7\n"
    view = await bring(told, (above + month.format(n=1)).encode())
    async with told.database.transaction(told.treasurer) as session:
        roles = {"date": 0, "description": 1, "credit": 2}
        await staging.set_layout(session, told.treasurer, SetLayout(view.id, 3, roles))
    assert counts(await read(told, view.id)) == ("read", 2, 2, 0)
    for n, before in ((2, ""), (3, above * 3)):
        assert counts(await bring(told, (before + month.format(n=n)).encode())) == ("read", 2, 2, 0)


async def test_who_may(told: Programme):
    with pytest.raises(NotPermitted):
        await upload(told, mpesa(*ROWS), by=told.member)
    auditor = await make_officer(told.database, told.group, "auditor")
    with pytest.raises(NotPermitted):
        await upload(told, mpesa(*ROWS), by=auditor)
    async with told.database.transaction(auditor) as session:
        assert (await staging.list_lines(session, auditor)).total == 0
        assert await staging.list_bank_files(session, auditor) == []


async def test_two_treasurers_at_once(told: Programme):
    """The same file, and files that overlap, sent and read at the same time."""
    other = await make_officer(told.database, told.group, "treasurer")
    sent = await asyncio.gather(*(upload(told, mpesa(*ROWS), by=who) for who in (told.treasurer, other)))
    assert {view.id for view in sent} == {sent[0].id}
    assert sorted(view.is_repeat for view in sent) == [False, True]
    more = [await upload(told, mpesa(*some), by=other) for some in (ROWS[:3], ROWS[1:], list(reversed(ROWS)))]
    found = await asyncio.gather(*(read(told, view.id) for view in (sent[0], sent[0], *more)))
    assert {view.state for view in found} == {"read"}
    assert (await lines(told)).total == 4


async def test_without_the_fingerprints_index_the_race_shows(told: Programme, owner_url: str):
    """Negative control: were equal lines let in, two readers at once would stage them twice."""
    views = [await upload(told, mpesa(*some)) for some in (ROWS, list(reversed(ROWS)))]
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute("DROP INDEX bank_lines_once")
        await asyncio.gather(*(read(told, view.id) for view in views))
        assert (await lines(told)).total == 8
        connection.execute("ALTER TABLE bank_lines DISABLE TRIGGER USER")
        connection.execute("ALTER TABLE bank_lines NO FORCE ROW LEVEL SECURITY")
        connection.execute("DELETE FROM bank_lines WHERE group_id = %s", [told.group.id])
        connection.execute("ALTER TABLE bank_lines FORCE ROW LEVEL SECURITY")
        connection.execute(
            "CREATE UNIQUE INDEX bank_lines_once ON bank_lines (group_id, fingerprint) WHERE state <> 'withdrawn'"
        )


async def test_a_worker_that_dies_begins_again(told: Programme, monkeypatch: pytest.MonkeyPatch):
    data = (PLAIN + "".join(f"1/11/26,payment {n},{n}\n" for n in range(1, 26))).encode()
    view = await upload(told, data)
    monkeypatch.setattr(taking, "PORTION", 10)
    calls = 0
    stage = taking._stage

    async def dying(*arguments: object) -> int:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise ConnectionError
        return await stage(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(taking, "_stage", dying)
    with pytest.raises(ConnectionError):
        await read(told, view.id)
    async with told.database.transaction(told.treasurer) as session:
        half = await staging.get_bank_file(session, told.treasurer, view.id)
    assert (half.state, half.lines, half.done) == ("queued", 25, 20)
    assert counts(await read(told, view.id)) == ("read", 25, 25, 0)
    assert len({line.id for line in (await lines(told)).rows}) == 25


async def test_twenty_thousand_lines(told: Programme):
    rows = "".join(f"1/11/26,payment {n},{n}.00\n" for n in range(1, 20_001))
    assert counts(await bring(told, (PLAIN + rows).encode())) == ("read", 20_000, 20_000, 0)


async def test_the_worker_reads_what_was_sent(told: Programme, app_url: str):
    """The job as procrastinate runs it, by the handler that the worker has."""
    services = SimpleNamespace(database=told.database, signer=None, outside=None, printer=None, settings=settings())
    handlers = Handlers(services).all()
    view = await upload(told, mpesa(*ROWS))
    worker = asyncio.create_task(jobs.work(app_url, handlers))
    try:
        async with asyncio.timeout(20):
            while view.state == "queued":
                await asyncio.sleep(0.2)
                async with told.database.transaction(told.treasurer) as session:
                    view = await staging.get_bank_file(session, told.treasurer, view.id)
    finally:
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)
    assert counts(view) == ("read", 4, 4, 0)


@pytest.mark.parametrize("line", [0, 1])
async def test_columns_that_the_sheet_has_not_hold_nothing(told: Programme, line: int):
    """With its header said, and without one, which is remembered as well."""
    view = await bring(told, b"Wann,Rein\n1/11/26,5\n")
    async with told.database.transaction(told.treasurer) as session:
        roles = {"date": 0, "credit": 1, "debit": 40}
        await staging.set_layout(session, told.treasurer, SetLayout(view.id, line, roles))
    assert counts(await read(told, view.id)) == ("read", 1, 1, 0)
    assert counts(await bring(told, b"Wann,Rein\n2/11/26,5\n")) == ("read", 1, 1, 0)
