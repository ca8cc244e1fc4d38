"""Repayments on the collection sheet: a cell of the borrower's row, posted with the rest, all of it or nothing."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.domain.contributions import sheet
from app.domain.contributions.sheet import PaidRow, RecordedSheet, RecordSheet, SheetView
from app.domain.loans.views import LoanView
from app.domain.payments.commands import Part
from app.domain.payments.errors import TooMuchHanded
from app.domain.receipts import service as receipts
from app.kit.db import Database
from app.kit.errors import NotFound
from tests.factories.groups import id_of
from tests.factories.loans import Lenders, make_lenders

DUES = 10_000


async def ready(database: Database) -> tuple[Lenders, LoanView]:
    """A loan, and a contribution that everybody owes."""
    lenders = await make_lenders(database)
    loan = await lenders.active()
    await lenders.council.programme.open_call(DUES, "December")
    return lenders, loan


async def read(lenders: Lenders) -> SheetView:
    async with lenders.database.transaction(lenders.treasurer) as session:
        return await sheet.read_sheet(session, lenders.treasurer)


async def record(lenders: Lenders, command: RecordSheet) -> RecordedSheet:
    async with lenders.database.transaction(lenders.treasurer) as session:
        return await sheet.record_sheet(session, lenders.treasurer, command)


def filled(view: SheetView, paid: dict[UUID, tuple[Part, ...]], **changes: Any) -> RecordSheet:
    rows = tuple(PaidRow(member_id, parts) for member_id, parts in paid.items())
    total = sum(part.amount_minor for row in rows for part in row.parts)
    return replace(RecordSheet(view.today, rows, dict.fromkeys(paid, "present"), total, str(uuid4())), **changes)


async def test_who_has_a_loan_has_a_cell_for_it(database: Database):
    lenders, loan = await ready(database)
    view = await read(lenders)
    assert [(column.title, column.kind) for column in view.columns][-2:] == [("December", "contribution"), ("", "loan")]
    cells = {row.member_id: row.dues[-1] for row in view.rows if row.dues[-1]}
    (cell,) = cells.values()
    assert list(cells) == [loan.member_id]
    assert (cell.due_id, cell.open_minor, cell.most_minor) == (loan.id, loan.next_minor, loan.payoff_minor)
    sent = await lenders.submit(loan, 5_000)
    (cell,) = [row.dues[-1] for row in (await read(lenders)).rows if row.dues[-1]]
    assert (cell.open_minor, cell.most_minor) == (loan.next_minor - 5_000, loan.payoff_minor - 5_000)
    await lenders.confirm(sent.id)
    await lenders.pay(loan, (await lenders.get(loan.id)).payoff_minor)
    assert {column.kind for column in (await read(lenders)).columns} == {"contribution"}


async def test_a_sheet_with_a_loan_is_posted_at_once(database: Database):
    lenders, loan = await ready(database)
    view = await read(lenders)
    other = await id_of(database, lenders.guarantors[0])
    dues = {row.member_id: row.dues[-2] for row in view.rows}
    hers, theirs = dues[loan.member_id], dues[other]
    assert hers
    assert theirs
    first = loan.instalments[0]
    command = filled(
        view,
        {
            loan.member_id: (Part(hers.due_id, DUES), Part(loan.id, first.due_minor, "loan")),
            other: (Part(theirs.due_id, DUES),),
        },
    )
    before = await lenders.balances()
    made = await record(lenders, command)
    assert await record(lenders, command) == made
    assert made.sheet_minor == 2 * DUES + first.due_minor
    assert {one.amount_minor for one in made.payments} == {DUES, DUES + first.due_minor}
    now = await lenders.balances()
    assert now["1010"] - before["1010"] == made.sheet_minor
    assert before["1210"] - now["1210"] == first.principal_minor
    assert (await lenders.get(loan.id)).instalments[0].unpaid_minor == 0
    async with lenders.database.transaction(lenders.treasurer) as session:
        listed = {
            one.receipt.number: one.receipt for one in await receipts.list_group_receipts(session, lenders.treasurer)
        }
    mixed = next(listed[one.receipt_number] for one in made.payments if one.amount_minor > DUES)
    assert [line.purpose for line in mixed.lines][1:] == ["loan", "loan_interest"]
    assert mixed.amount_minor == DUES + first.due_minor


async def test_a_loan_takes_more_and_nothing_is_half_done(database: Database):
    lenders, loan = await ready(database)
    view = await read(lenders)
    other = await id_of(database, lenders.guarantors[0])
    theirs = next(row.dues[-2] for row in view.rows if row.member_id == other)
    assert theirs
    before = await lenders.balances()
    both = {loan.member_id: (Part(loan.id, loan.payoff_minor, "loan"),), other: (Part(theirs.due_id, DUES + 1),)}
    with pytest.raises(TooMuchHanded):
        await record(lenders, filled(view, both))
    with pytest.raises(NotFound):
        await record(lenders, filled(view, {other: (Part(loan.id, 1_000, "loan"),)}))
    assert await lenders.balances() == before
    both[other] = (Part(theirs.due_id, DUES),)
    await record(lenders, filled(view, both))
    assert (await lenders.get(loan.id)).state == "closed"
