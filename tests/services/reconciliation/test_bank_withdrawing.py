"""A file that came by mistake is taken back: only while nothing was made of it, and nothing is lost by it."""

import asyncio
from datetime import timedelta

import pytest
import pytest_asyncio

from app.domain.reconciliation import service as reconciliation
from app.domain.reconciliation.bank import balancing, queue, staging, withdrawing
from app.domain.reconciliation.bank.errors import FileDecided, FileFollowed, FileInClosedMonth, FileNotRead, LineTaken
from app.domain.reconciliation.bank.queue_views import IgnoreLine
from app.domain.reconciliation.bank.views import BankFileView
from app.domain.reconciliation.views import ClosePeriod
from app.kit.db import Database
from app.kit.errors import NotFound, NotPermitted
from tests.factories.payments import make_programme
from tests.services.reconciliation.bank_books import bring, lines, mpesa, read, upload
from tests.services.reconciliation.test_bank_queue import Desk
from tests.services.reconciliation.test_bank_staging import ROWS, counts

PLAIN = b"Tarehe,Maelezo,Kiasi gani\n01/11/2026,Ada,500.00\n"


@pytest_asyncio.fixture(loop_scope="session")
async def desk(database: Database) -> Desk:
    return Desk(await make_programme(database, members=2))


async def states(desk: Desk, file: BankFileView) -> list[str]:
    return [line.state for line in (await lines(desk.told, file_id=file.id)).rows]


async def test_its_lines_leave_the_queue_and_may_come_again(desk: Desk):
    file = await bring(desk.told, mpesa(*ROWS))
    assert len((await desk.ask(queue.propose_matches)).rows) == 4
    back = await desk.ask(withdrawing.withdraw_file, file.id)
    assert back.state == "withdrawn"
    assert (await desk.ask(queue.propose_matches)).rows == ()
    assert await states(desk, file) == ["withdrawn"] * 4, "they are kept, to be looked at"
    assert await desk.ask(balancing.list_agreements, await desk.told.today()) == [], "and explain nothing"
    assert await desk.ask(withdrawing.withdraw_file, file.id) == back
    again = await bring(desk.told, mpesa(*ROWS))
    assert (again.id != file.id, counts(again)) == (True, ("read", 4, 4, 0))
    assert len((await desk.ask(queue.propose_matches)).rows) == 4


async def test_lines_that_were_here_before_stay(desk: Desk):
    first = await bring(desk.told, mpesa(*ROWS[:3]))
    second = await bring(desk.told, mpesa(*ROWS[1:]))
    with pytest.raises(FileFollowed):
        await desk.ask(withdrawing.withdraw_file, first.id)
    await desk.ask(withdrawing.withdraw_file, second.id)
    assert await states(desk, first) == ["open"] * 3
    assert await states(desk, second) == ["withdrawn"]
    await desk.ask(withdrawing.withdraw_file, first.id)
    other = await bring(desk.told, mpesa(*ROWS), account="1030")
    assert counts(other) == ("read", 4, 4, 0)


async def test_a_file_of_another_account_is_in_nobodys_way(desk: Desk):
    first = await bring(desk.told, mpesa(*ROWS), account="1030")
    await bring(desk.told, mpesa(*ROWS))
    assert (await desk.ask(withdrawing.withdraw_file, first.id)).state == "withdrawn"


async def test_what_somebody_decided_is_undone_first(desk: Desk):
    file = await bring(desk.told, mpesa(*ROWS))
    line = (await lines(desk.told, file_id=file.id)).rows[0]
    match = await desk.ask(queue.ignore_line, IgnoreLine(line.id, "Not ours", "once"))
    with pytest.raises(FileDecided) as caught:
        await desk.ask(withdrawing.withdraw_file, file.id)
    assert caught.value.params == {"count": 1}
    await desk.ask(queue.undo_match, match.id)
    await desk.ask(withdrawing.withdraw_file, file.id)
    with pytest.raises(LineTaken):
        await desk.ask(queue.ignore_line, IgnoreLine(line.id, "Not ours", "twice"))


async def test_one_that_waits_for_its_columns_and_one_that_is_not_read_yet(desk: Desk):
    unmapped = await bring(desk.told, PLAIN)
    assert unmapped.state == "unmapped"
    assert (await desk.ask(withdrawing.withdraw_file, unmapped.id)).why is None
    queued = await upload(desk.told, mpesa(*ROWS))
    with pytest.raises(FileNotRead):
        await desk.ask(withdrawing.withdraw_file, queued.id)
    failed = await bring(desk.told, b"%PDF-1.4 no statement")
    with pytest.raises(FileNotRead):
        await desk.ask(withdrawing.withdraw_file, failed.id)


async def test_a_closed_month_keeps_its_files(desk: Desk):
    """A statement without movements, by whose balance the month was closed."""
    today = await desk.told.today()
    day = today - timedelta(days=3)
    empty = f":20:1\n:25:77\n:28C:1/1\n:60F:C{day:%y%m%d}KES0,00\n:62F:C{day:%y%m%d}KES0,00\n-\n".encode()
    file = await bring(desk.told, empty, account="1030")
    assert counts(file) == ("read", 0, 0, 0)
    await desk.ask(reconciliation.close_period, ClosePeriod(day))
    with pytest.raises(FileInClosedMonth):
        await desk.ask(withdrawing.withdraw_file, file.id)


async def test_who_may_and_what_is_not_hers(desk: Desk, database: Database):
    file = await bring(desk.told, mpesa(*ROWS))
    for who, error in ((desk.told.members[0], NotPermitted), ((await make_programme(database)).treasurer, NotFound)):
        async with database.transaction(who) as session:
            with pytest.raises(error):
                await withdrawing.withdraw_file(session, who, file.id)


@pytest.mark.parametrize("order", range(4))
async def test_a_decision_or_another_file_at_the_same_time_loses_no_line(desk: Desk, order: int):
    """Either the file is back and nothing is decided, or it stays; a line that a later file has too is in the queue."""
    file = await bring(desk.told, mpesa(*ROWS))
    line = (await lines(desk.told, file_id=file.id)).rows[0]
    later = await upload(desk.told, mpesa(*ROWS[:2])) if order % 2 else None
    acts = [
        desk.ask(withdrawing.withdraw_file, file.id),
        read(desk.told, later.id) if later else desk.ask(queue.ignore_line, IgnoreLine(line.id, "Not ours", "once")),
    ]
    found = await asyncio.gather(*(acts if order < 2 else reversed(acts)), return_exceptions=True)
    assert not [
        one
        for one in found
        if isinstance(one, Exception) and not isinstance(one, FileDecided | FileFollowed | LineTaken)
    ]
    async with desk.told.database.transaction(desk.told.treasurer) as session:
        now = await staging.get_bank_file(session, desk.told.treasurer, file.id)
    if later:
        assert len((await desk.ask(queue.propose_matches)).rows) >= 2
    else:
        assert sum(isinstance(one, Exception) for one in found) == 1
        assert await states(desk, file) == (
            ["withdrawn"] * 4 if now.state == "withdrawn" else ["ignored"] + ["open"] * 3
        )
