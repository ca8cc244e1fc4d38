"""Papers of a loan: which there are when, and that a statement's lines come to what the loan says."""

from uuid import UUID

import pytest
from sqlalchemy import text

from app.domain.loans.arrears import PenaltyPer
from app.domain.reports.loan_papers import KINDS, LoanPaper, papers_of, read_loan_paper
from app.kit.actor import Actor
from app.kit.db import Database
from app.kit.errors import NotFound
from tests.factories.counting import counted
from tests.factories.loans import Lenders, make_lenders

MOST_QUERIES = 40


async def read(lenders: Lenders, loan_id: UUID, kind: str, by: Actor | None = None) -> LoanPaper:
    who = by or lenders.treasurer
    async with lenders.database.transaction(who) as session:
        return await read_loan_paper(session, who, loan_id, kind)


async def test_papers_come_with_the_loan(database: Database):
    lenders = await make_lenders(database)
    signing = await lenders.signing()
    assert papers_of(signing) == ()
    with pytest.raises(NotFound):
        await read(lenders, signing.id, "agreement")
    assert signing.proposal_id
    for who in (lenders.council.admin, lenders.council.president):
        await lenders.council.approve(signing.proposal_id, who)
    approved = await lenders.get(signing.id)
    assert papers_of(approved) == ("agreement", "schedule")
    active = await lenders.disburse(signing.id)
    assert papers_of(active) == KINDS
    await lenders.pay(active, active.payoff_minor)
    closed = await lenders.get(active.id)
    assert closed.state == "closed"
    assert papers_of(closed) == ("agreement", "schedule", "statement")
    with pytest.raises(NotFound):
        await read(lenders, closed.id, "invoice")


async def test_a_statement_comes_to_what_the_loan_says(database: Database):
    lenders = await make_lenders(database, penalty_ppm=50_000, penalty_per=PenaltyPer.ONCE)
    loan = await lenders.active()
    first = loan.instalments[0]
    wrong = await lenders.pay(loan, 3_000)
    await lenders.reverse(wrong.id)
    lenders.go((first.due_on - loan.today).days + 3)
    late = await lenders.pay(loan, first.due_minor)
    half = await lenders.get(loan.id)
    found = await read(lenders, loan.id, "statement", lenders.borrower)
    assert [(one.receipt_number, one.is_reversed) for one in found.payments] == [
        (wrong.receipt_number, True),
        (late.receipt_number, False),
    ]
    counts = [one for one in found.payments if not one.is_reversed]
    assert half.lent_minor - sum(one.principal_minor for one in counts) == half.principal_minor
    assert sum(one.penalties_minor for one in counts) == round(first.due_minor / 20)
    assert all(one.kept_minor == 0 for one in found.payments)
    more = half.payoff_minor + 500
    await lenders.pay(loan, more)
    last = (await read(lenders, loan.id, "statement")).payments[-1]
    assert (last.amount_minor, last.kept_minor) == (more, 500)
    async with lenders.database.transaction(lenders.treasurer) as session:
        given = await session.scalar(
            text("SELECT sum(amount_minor) FROM loan_portions WHERE loan_id = :id AND payment_id <> :wrong"),
            {"id": loan.id, "wrong": wrong.id},
        )
    every = [one for one in (await read(lenders, loan.id, "statement")).payments if not one.is_reversed]
    assert sum(one.amount_minor - one.kept_minor for one in every) == given


async def test_queries_of_a_statement_do_not_grow(database: Database):
    lenders = await make_lenders(database)
    loan = await lenders.active()
    counts = []
    for _ in range(2):
        await lenders.pay(loan, 2_000)
        await lenders.pay(loan, 3_000)
        with counted(database) as sent:
            await read(lenders, loan.id, "statement")
        counts.append(len(sent))
    assert counts[0] == counts[1] <= MOST_QUERIES
