"""Signed statements: what is in them, that they stay what they were, and what their check page says."""

import json
from contextlib import suppress
from datetime import date, timedelta

import psycopg
import pytest
import pytest_asyncio
from sqlalchemy import text

from app import embedded, wiring
from app.domain.ledger import service as ledger
from app.domain.reports import files, issuing
from app.domain.reports.checking import check_statement
from app.domain.reports.issuing import draw_again, issue_statement, open_statement
from app.domain.reports.statement import Period, member_statement, statement_days
from app.domain.reports.views import SignedStatement, StatementCheck
from app.kit.actor import NOBODY, Actor
from app.kit.db import Database, signer_of
from app.kit.errors import InvalidInput, NotFound, TooManyRequests
from tests.factories.groups import id_of, make_group, make_member, make_officer
from tests.factories.payments import EACH, Programme, make_programme


@pytest_asyncio.fixture(loop_scope="session")
async def told(database: Database) -> Programme:
    """One payment, taken back, then cash."""
    programme = await make_programme(database, members=2)
    await programme.open_call()
    first = await programme.submit()
    await programme.confirm(first.id)
    await programme.reverse(first.id)
    await programme.take_cash(await programme.cash_command(programme.member, 20_000))
    return programme


async def this_year(programme: Programme) -> Period:
    today = await programme.today()
    return Period(date(today.year, 1, 1), today)


async def sign(programme: Programme, who: Actor | None = None) -> SignedStatement:
    who = who or programme.member
    period = await this_year(programme)
    async with programme.database.transaction(who) as session:
        return await issue_statement(session, who, period, member_id=await id_of(programme.database, programme.member))


async def check(programme: Programme, given: str) -> StatementCheck:
    async with programme.database.transaction(NOBODY) as session:
        return await check_statement(session, given)


async def test_each_line_with_its_balance_and_the_reversal_beside_what_it_takes_back(told: Programme):
    async with told.database.transaction(told.member) as session:
        made = await member_statement(session, told.member, await this_year(told))
        first, today = await statement_days(session, told.member)
    assert (made.opening_minor, made.in_minor, made.out_minor, made.closing_minor) == (0, EACH + 20_000, EACH, 20_000)
    rows = [(line.in_minor, line.out_minor, line.balance_after_minor, line.method) for line in made.lines]
    assert rows == [(EACH, 0, EACH, "mpesa"), (0, EACH, 0, "mpesa"), (20_000, 0, 20_000, "cash")]
    paid, taken_back, _ = made.lines
    assert (paid.reversed_by_seq, taken_back.reverses_seq) == (taken_back.seq, paid.seq)
    assert paid.receipt_number == taken_back.receipt_number
    assert first == today == await told.today()


async def test_a_statement_of_an_earlier_moment_knows_nothing_of_what_came_later(told: Programme):
    """The payment stands in it, its reversal and the cash do not."""
    async with told.database.transaction(told.member) as session:
        entry = await ledger.get_entry(session, told.group.id, 1)
        assert entry is not None
        period, at = await this_year(told), entry.recorded_at
        then = await member_statement(session, told.member, period, recorded=at)
        before = await member_statement(session, told.member, period, recorded=at - timedelta(seconds=1))
    assert [(line.in_minor, line.reversed_by_seq) for line in then.lines] == [(EACH, None)]
    assert (then.closing_minor, then.head_seq, then.head_hash) == (EACH, 1, entry.hash)
    assert (before.lines, before.closing_minor, before.head_seq) == ((), 0, 0)


async def test_savings_stand_on_an_account_of_their_own(database: Database):
    wiring.register()
    group = await make_group(database, template="self_help")
    treasurer, member = await make_officer(database, group, "treasurer"), await make_member(database, group)
    savers = Programme(database, group, treasurer, (member,))
    await savers.open_call()
    await savers.confirm((await savers.submit()).id)
    made = await sign(savers)
    assert (made.statement.in_minor, made.statement.closing_minor) == (EACH, EACH)
    assert (await check(savers, made.check_code)).state == "valid"


async def test_what_came_before_is_brought_forward(told: Programme):
    today = await told.today()
    tomorrow = today + timedelta(days=1)
    async with told.database.transaction(told.member) as session:
        with pytest.raises(InvalidInput):
            await member_statement(session, told.member, Period(tomorrow, tomorrow))
        with pytest.raises(InvalidInput):
            await member_statement(session, told.member, Period(today, today - timedelta(days=1)))
        before = await member_statement(session, told.member, Period(date(2020, 1, 1), date(2020, 12, 31)))
    assert (before.lines, before.opening_minor, before.closing_minor) == ((), 0, 0)


async def test_the_same_content_is_signed_once(told: Programme):
    mine, again = await sign(told), await sign(told, told.treasurer)
    assert (mine.id, mine.check_code, mine.token) == (again.id, again.check_code, again.token)
    async with told.database.transaction(told.treasurer) as session:
        opened = await open_statement(session, told.treasurer, mine.id)
        drawn = await draw_again(session, told.group.id, mine.id)
        payload = signer_of(session).verify(mine.token)
    assert opened == drawn == mine
    assert payload is not None
    assert payload["closing_minor"] == 20_000
    words = json.dumps(payload)
    assert opened.statement.name not in words
    assert "mpesa" not in words


async def test_nobody_keeps_the_worker_busy(told: Programme, monkeypatch: pytest.MonkeyPatch):
    made = await sign(told)
    monkeypatch.setattr(issuing, "MOST", 1)
    assert (await sign(told)).id == made.id, "what is signed already may be asked for at any time"
    today = await told.today()
    async with told.database.transaction(told.member) as session:
        with pytest.raises(TooManyRequests):
            await issue_statement(session, told.member, Period(today, today))


async def test_the_check_page_knows_it_until_its_period_changes(told: Programme):
    made = await sign(told)
    for given in (made.check_code, made.token, f"https://sanduk.example/s/{made.check_code}?x=1"):
        found = await check(told, given)
        assert found.state == "valid"
        assert found.statement is not None
        assert found.statement.closing_minor == 20_000
        assert made.statement.name not in repr(found)
    await told.take_cash(await told.cash_command(told.member, 10_000))
    assert (await check(told, made.check_code)).state == "outdated"
    newer = await sign(told)
    assert newer.id != made.id
    assert (await check(told, newer.check_code)).state == "valid"
    async with told.database.transaction(told.member) as session:
        assert (await open_statement(session, told.member, made.id)).statement.closing_minor == 20_000


async def test_what_we_never_signed(told: Programme):
    made = await sign(told)
    body, last = made.token[:-20], made.token[-19:]
    forged = body + ("A" if made.token[-20] != "A" else "B") + last
    assert (await check(told, forged)).state == "invalid"
    assert (await check(told, "7Q4MK9TD2HXW6")).state in ("invalid", "unknown")


async def test_a_changed_record_is_found(told: Programme, server: embedded.Server, database_name: str):
    made = await sign(told)
    with psycopg.connect(server.url(embedded.SUPERUSER, database_name), autocommit=True) as everything:
        everything.execute("ALTER TABLE statements DISABLE TRIGGER kept")
        everything.execute(
            "UPDATE statements SET in_minor = in_minor + 1, closing_minor = closing_minor + 1 WHERE id = %s", [made.id]
        )
        everything.execute("ALTER TABLE statements ENABLE TRIGGER kept")
    found = await check(told, made.check_code)
    assert (found.state, found.why, found.statement) == ("invalid", "record", None)


async def test_who_may_not_read_it_finds_nothing(told: Programme):
    made = await sign(told)
    other = told.members[1]
    async with told.database.transaction(other) as session:
        with pytest.raises(NotFound):
            await open_statement(session, other, made.id)
        with pytest.raises(NotFound):
            await files.ask_file(session, other, made.id, "en")
        with pytest.raises(NotFound):
            await issue_statement(
                session, other, await this_year(told), member_id=await id_of(told.database, told.member)
            )


async def jobs_of(programme: Programme, made: SignedStatement) -> list[str]:
    """The names of the statement's jobs."""
    async with programme.database.transaction(NOBODY) as session:
        found = text("SELECT task_name FROM procrastinate_jobs WHERE args ->> 'statement_id' = :id ORDER BY id")
        return list((await session.execute(found, {"id": str(made.id)})).scalars())


async def test_a_file_is_asked_for_once_kept_sealed_and_forgotten(told: Programme):
    made, me, group_id = await sign(told), told.member, told.group.id
    for who in (me, me, told.treasurer):
        async with told.database.transaction(who) as session:
            assert (await files.ask_file(session, who, made.id, "en")).state == "queued"
    assert await jobs_of(told, made) == [files.PRINT]
    worker = Actor(group_id=group_id)
    async with told.database.transaction(worker) as session:
        assert await files.STATEMENTS.is_wanted(session, group_id, made.id, "en")
        await files.STATEMENTS.keep(session, group_id, made.id, "en", b"%PDF-content")
        kept = (await session.execute(text("SELECT content FROM statement_files"))).scalars().all()
    assert not any(b"%PDF" in bytes(one) for one in kept if one)
    async with told.database.transaction(me) as session:
        assert (await files.find_file(session, me, made.id, "en")).state == "ready"
        assert await files.read_file(session, me, made.id, "en") == b"%PDF-content"
        assert (await files.ask_file(session, me, made.id, "en")).state == "ready"
    assert await jobs_of(told, made) == [files.PRINT, files.FORGET]
    async with told.database.transaction(worker) as session:
        await files.STATEMENTS.forget(session, group_id, made.id, "en")
        assert not await files.STATEMENTS.is_wanted(session, group_id, made.id, "en"), "it was made just now"
        await session.execute(text("UPDATE statement_files SET made_at = now() - interval '8 days'"))
        await files.STATEMENTS.forget(session, group_id, made.id, "en")
    async with told.database.transaction(me) as session:
        with pytest.raises(NotFound):
            await files.read_file(session, me, made.id, "en")
        assert (await files.ask_file(session, me, made.id, "en")).state == "queued"
    assert await jobs_of(told, made) == [files.PRINT, files.FORGET, files.PRINT]


async def test_a_job_that_was_rolled_back_was_never_asked_for(told: Programme):
    made, me = await sign(told), told.member
    with suppress(RuntimeError):
        async with told.database.transaction(me) as session:
            await files.ask_file(session, me, made.id, "en")
            raise RuntimeError
    assert await jobs_of(told, made) == []
