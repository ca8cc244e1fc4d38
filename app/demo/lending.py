"""Loans of the group in Nashik, made through the services: one is paid off, one runs, one is late."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from app.demo.people import proof_of, signed_in
from app.domain.governance import service as governance
from app.domain.governance.commands import ApproveDecision
from app.domain.groups.access import authorise
from app.domain.groups.permissions import Permission
from app.domain.loans import applying, disbursing, nightly
from app.domain.loans.commands import AnswerGuarantee, DisburseLoan, SaveApplication, SendApplication
from app.domain.loans.products import ProductRules
from app.domain.loans.service import define_product, list_products
from app.domain.loans.views import DefineProduct, LoanView
from app.domain.payments import service as payments
from app.domain.payments.commands import Part, RecordCash
from app.kit.actor import Actor
from app.kit.db import Database

KEY = "demo-nashik-loan"
PRODUCT = ProductRules(
    "Group loan", 180_000, 12, savings_ppm=3_000_000, least_minor=1_000_00, guarantors=2, penalty_ppm=20_000,
    penalty_grace_days=3,
)  # fmt: skip
"""18 % a year on what is owed, up to three times one's savings, two guarantors; 2 % once of what is late."""


@dataclass(frozen=True, slots=True)
class Lent:
    """`borrower` and `guarantors` are member numbers; lent so many days ago, the first `paid` instalments paid."""

    borrower: int
    guarantors: tuple[int, int]
    amount_minor: int
    repayments: int
    purpose: str
    days_ago: int
    paid: int


LOANS = (
    Lent(9, (10, 11), 12_000_00, 4, "A hospital bill", 230, 4),
    Lent(3, (9, 10), 24_000_00, 6, "Repair of the roof", 75, 2),
    Lent(12, (5, 11), 18_000_00, 6, "A dairy goat", 105, 2),
)
At = Callable[[date], Database]
"""The database as of noon of a day."""


@dataclass(frozen=True, slots=True)
class Lenders:
    """Who signs and pays out; `admin` and `president` are the two who sign."""

    group_id: UUID
    admin: Actor
    treasurer: Actor
    president: Actor
    at: At

    async def member(self, today: date, number: int) -> Actor:
        return await signed_in(self.at(today), f"+9198000002{number:02}", self.group_id)


async def lend(lenders: Lenders, today: date) -> None:
    """The terms, the three loans in the order in which they were lent, and what the night says of them."""
    async with lenders.at(today).transaction(lenders.admin) as session:
        if await list_products(session, lenders.admin):
            return
        product = await define_product(session, lenders.admin, DefineProduct(PRODUCT))
    for one in LOANS:
        loan = await _ask(lenders, one, product.product_id, today)
        loan = await _pay_out(lenders, one, loan, today)
        for row in loan.instalments[: one.paid]:
            await _repay(lenders, loan, row.due_on, row.due_minor)
    looked = 1
    while looked:
        async with lenders.at(today).transaction(Actor(group_id=lenders.group_id)) as session:
            looked = await nightly.look_after_loans(session, lenders.group_id)


async def _ask(lenders: Lenders, one: Lent, product_id: UUID, today: date) -> LoanView:
    """Asked for and stood for, sent to be signed."""
    database = lenders.at(today - timedelta(days=one.days_ago + 2))
    borrower = await lenders.member(today, one.borrower)
    guarantors = [await lenders.member(today, number) for number in one.guarantors]
    cards = []
    for who in guarantors:
        async with database.transaction(who) as session:
            cards.append((await authorise(session, who, Permission.READ_OWN)).member_id)
    command = SaveApplication(product_id, one.amount_minor, one.repayments, one.purpose, tuple(cards))
    async with database.transaction(borrower) as session:
        loan = await applying.save_application(session, borrower, command)
        loan = await applying.ask_guarantors(session, borrower, loan.id)
    for who in guarantors:
        async with database.transaction(who) as session:
            await applying.answer_guarantee(session, who, AnswerGuarantee(loan.id, agrees=True))
    async with database.transaction(borrower) as session:
        return await applying.send_application(session, borrower, SendApplication(loan.id, f"{KEY}-{loan.no}"))


async def _pay_out(lenders: Lenders, one: Lent, loan: LoanView, today: date) -> LoanView:
    """Signed by two the day before, and paid out."""
    database = lenders.at(today - timedelta(days=one.days_ago + 1))
    assert loan.proposal_id is not None
    for who in (lenders.admin, lenders.president):
        proof = await proof_of(database, who)
        async with database.transaction(who) as session:
            command = ApproveDecision(loan.proposal_id, f"{KEY}-{loan.no}", proof)
            await governance.approve_decision(session, who, command)
    database = lenders.at(today - timedelta(days=one.days_ago))
    proof = await proof_of(database, lenders.treasurer)
    async with database.transaction(lenders.treasurer) as session:
        command = DisburseLoan(loan.id, "cash", f"{KEY}-{loan.no}", step_up_id=proof)
        return await disbursing.disburse_loan(session, lenders.treasurer, command)


async def _repay(lenders: Lenders, loan: LoanView, on: date, amount_minor: int) -> None:
    async with lenders.at(on).transaction(lenders.treasurer) as session:
        part = Part(loan.id, amount_minor, "loan")
        command = RecordCash(loan.member_id, (part,), on, f"{KEY}-{loan.no}-{on}")
        await payments.record_cash(session, lenders.treasurer, command)
