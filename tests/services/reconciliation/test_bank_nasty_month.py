"""A nasty month: eighty lines of M-Pesa, cleared as suggested; then bank, books and hledger agree to the cent."""

from collections import Counter
from pathlib import Path
from uuid import uuid4

from app.domain.reconciliation.bank import queue, staging
from app.domain.reconciliation.bank.queue_views import BookOther, PairReversal, QueueRow
from app.kit.db import Database
from tests.factories.groups import make_members
from tests.factories.nasty_month import OPENING, write_month
from tests.factories.payments import EACH, let_spend, make_programme
from tests.services.reconciliation.bank_books import bring, lines
from tests.services.reconciliation.test_bank_queue import Desk, books
from tests.services.reports.test_plain_accounting import exported, of_hledger


async def clear(desk: Desk, row: QueueRow) -> str:
    """What a treasurer does by one key: take the suggestion, or say what else it is."""
    if row.rule == "reversal":
        (one,) = row.candidates
        assert one.pair_id is not None
        made = await desk.ask(queue.pair_reversal, PairReversal(row.line.id, one.pair_id, str(uuid4())))
    elif row.candidates and row.candidates[0].parts and row.verdict not in ("ambiguous", "unmatched"):
        made = await desk.accept(row)
    else:
        kind = "income" if row.line.amount_minor > 0 else "charge" if row.rule == "charge" else "expense"
        made = await desk.ask(queue.book_other, BookOther(row.line.id, kind, "to be looked into", str(uuid4())))
    await desk.confirm(made.id)
    return f"{row.verdict}/{row.rule}"


async def test_a_nasty_month(database: Database, tmp_path: Path):
    told = await make_programme(database, members=1)
    await make_members(database, told.group, 34)
    await let_spend(told)
    desk = Desk(told)
    month = await write_month(told)
    assert month.count >= 75
    view = await bring(told, month.file())
    assert (view.state, view.why, view.lines) == ("read", None, month.count)
    assert len(month.rows) >= 79

    many = await desk.sure()
    for match_id in many.match_ids:
        await desk.confirm(match_id)
    rules = Counter({"sure": many.count})
    for _ in range(200):
        rows = await desk.queue()
        if not rows:
            break
        reversals = [row for row in rows if row.rule == "reversal"]
        rules[await clear(desk, (reversals or rows)[0])] += 1
    print("matched by which rule:", dict(sorted(rules.items())))
    assert rules["sure"] == 30 + 2 + 1
    assert rules["likely/typo"] == 8
    assert rules["likely/payer"] == 5
    assert rules["under/reference"] == 3
    assert rules["over/reference"] == 2
    assert rules["duplicate/reference"] == 4
    assert rules["out/reversal"] + rules["taken_back/reversal"] == 2
    assert rules["out/charge"] == 10
    assert {line.state for line in (await lines(told, limit=500)).rows} == {"settled"}

    async with database.transaction(told.treasurer) as session:
        (statement,) = await staging.list_bank_statements(session, told.treasurer, view.id)
    assert (statement.opening_minor, statement.closing_minor) == (OPENING, month.balance)
    found = await books(told)
    assert found["1020"] == month.balance - OPENING
    assert found["2030"] == -(2 * 150_00 + 4 * EACH)
    file = tmp_path / "books.journal"
    file.write_text(await exported(database, told.group.id, "hledger"))
    by_hledger = of_hledger(file)
    assert by_hledger is not None
    assert by_hledger == {f"{code} KES": amount for code, amount in found.items() if code != "receipts"}
