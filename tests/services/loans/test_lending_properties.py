"""Whatever is paid, reversed, refinanced and rescheduled in whatever order: ledger, loan and schedule agree."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Row, text

from app.domain.groups.access import authorise
from app.domain.groups.permissions import Permission
from app.domain.ledger import service as ledger
from app.domain.ledger.recipes import member_account
from app.domain.loans.arrears import PenaltyPer
from app.domain.loans.errors import SettlesTooLittle
from app.domain.loans.terms import InterestType, PayoffInterest
from app.domain.loans.views import LoanView, ProductView
from app.domain.payments import service as payments
from app.domain.payments.errors import NothingToPay
from app.kit.db import Database, psycopg_url
from tests.factories.background import Background
from tests.factories.loans import Lenders, make_lenders

AMOUNT = 6_000
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("pay"), st.integers(1, 3_000)),
        st.tuples(st.just("pay back"), st.integers(0, 500)),
        st.tuples(st.just("settle"), st.integers(0, 300)),
        st.tuples(st.just("reverse"), st.integers(0, 9)),
        st.tuples(st.just("go"), st.integers(1, 45)),
        st.tuples(st.just("night"), st.just(0)),
        st.tuples(st.just("refinance"), st.integers(1, 2_000)),
        st.tuples(st.just("reschedule"), st.integers(1, 60)),
    ),
    min_size=1,
    max_size=12,
)


@pytest.fixture(scope="module")
def lenders(background: Background, app_url: str, tools: dict[str, object]) -> Iterator[Lenders]:
    database = Database(psycopg_url(app_url), tools=tools)
    yield background.run(make_lenders(database))
    background.run(database.close())


@pytest.fixture(scope="module")
def products(background: Background, lenders: Lenders) -> list[ProductView]:
    """Declining with a daily penalty, and flat, oldest instalment first, settled to the due date."""
    easy = {"guarantors": 0, "savings_ppm": None, "least_minor": 1, "treasurer_minor": 10**9}
    return [
        background.run(lenders.define(**easy, penalty_per=PenaltyPer.DAY, penalty_ppm=5_000)),
        background.run(
            lenders.define(
                **easy,
                interest_type=InterestType.FLAT,
                payoff=PayoffInterest.TILL_DUE_DATE,
                is_oldest_first=True,
                penalty_minor=200,
                is_capitalised=True,
            )
        ),
    ]


class Runs:
    """A loan, the ones that closed each other, and what was paid of them. `loan` is the newest."""

    def __init__(self, lenders: Lenders, loan: LoanView, product: ProductView) -> None:
        self.lenders, self.loan, self.product = lenders, loan, product
        self.live: list[UUID] = []
        self.before: list[LoanView] = []

    async def step(self, kind: str, number: int) -> None:
        if kind == "go":
            self.lenders.go(number)
        elif kind == "night":
            await self.lenders.night()
        elif kind == "reverse":
            if self.live:
                await self.reverse(self.live.pop(number % len(self.live)))
        elif kind == "refinance":
            await self.refinance(number)
        elif kind == "reschedule":
            await self.reschedule(number)
        else:
            await self.pay(kind, number)

    async def pay(self, kind: str, number: int) -> None:
        today = await self.lenders.today()
        amount, on = number, today
        if kind == "settle":
            await self.lenders.night()
            amount = (await self.lenders.get(self.loan.id)).payoff_minor + number
        elif kind == "pay back":
            assert self.loan.disbursed_on
            amount, on = number + 1, max(self.loan.disbursed_on, today - timedelta(days=number % 9))
        try:
            paid = await self.lenders.pay(self.loan, max(amount, 1), on=on)
        except NothingToPay:
            assert (await self.lenders.get(self.loan.id)).state == "closed"
            return
        self.live.append(paid.id)
        if kind == "settle":
            assert (await self.lenders.get(self.loan.id)).state == "closed"

    async def refinance(self, more: int) -> None:
        """By a loan that is paid out some days after it was asked for."""
        now = await self.lenders.get(self.loan.id)
        if now.state != "active":
            return
        made = await self.lenders.approved(
            amount_minor=now.payoff_minor + more, product=self.product, guarantors=(), replaces=now.id
        )
        try:
            new = await self.lenders.disburse(made.id)
        except SettlesTooLittle:
            await self.lenders.withdraw(made.id)
            return
        self.before.append(await self.lenders.get(self.loan.id))
        assert (self.before[-1].state, self.before[-1].unpaid_minor) == ("closed", 0)
        self.loan = new

    async def reschedule(self, days: int) -> None:
        await self.lenders.night()
        now = await self.lenders.get(self.loan.id)
        if now.state != "active" or not now.principal_minor:
            return
        first_on = await self.lenders.today() + timedelta(days=days)
        while first_on.day > 28:
            first_on += timedelta(days=1)
        self.loan = await self.lenders.rescheduled(now.id, 1 + days % 6, first_on)
        if self.product.rules.payoff is PayoffInterest.TILL_DATE:
            assert self.loan.payoff_minor == now.payoff_minor
        assert self.loan.days_late == 0

    async def reverse(self, payment_id: UUID) -> None:
        treasurer = self.lenders.treasurer
        async with self.lenders.database.transaction(treasurer) as session:
            acting = await authorise(session, treasurer, Permission.REVERSE_PAYMENTS)
            await payments.reverse_decided(session, acting, payment_id, "Typed by mistake", str(uuid4()))

    async def agree(self) -> None:
        """Items bear what live payments and changes gave, and nothing beyond; the books say the same by account."""
        group_id = self.lenders.council.group.id
        async with self.lenders.database.transaction(self.lenders.treasurer) as session:
            rows = (
                await session.execute(
                    text(
                        """SELECT i.*, coalesce((SELECT sum(o.amount_minor) FROM loan_portions o JOIN payments p
                        ON p.group_id = o.group_id AND p.id = o.payment_id AND p.state = 'confirmed'
                        WHERE o.loan_id = i.loan_id AND o.item_no = i.item_no), 0) AS given,
                        coalesce((SELECT sum(c.paid_minor) FROM loan_change_items c
                        WHERE c.loan_id = i.loan_id AND c.item_no = i.item_no), 0) AS settled FROM loan_items i"""
                    )
                )
            ).all()
            kept = -(await ledger.control_balance(session, group_id, "2030"))
            paid = await session.scalar(text("SELECT sum(l.amount_minor) FROM payment_lines l JOIN payments p"
                " ON p.group_id = l.group_id AND p.id = l.payment_id"
                " WHERE l.kind = 'loan' AND p.state = 'confirmed'"))  # fmt: skip
            owed = await ledger.balance(session, group_id, member_account("loan", self.loan.member_id))
            joined = await session.scalar(text("SELECT coalesce(sum(interest_minor), 0) FROM loan_changes"
                " WHERE is_capitalised"))  # fmt: skip
            earned = {
                part: -(await ledger.control_balance(session, group_id, control))
                for part, control in (("interest", "4020"), ("fee", "4030"), ("penalty", "4040"))
            }
            assert await ledger.find_fault(session, group_id) is None
        assert all(row.paid_minor == row.given + row.settled for row in rows)
        assert owed == sum(row.due_minor - row.paid_minor - row.waived_minor for row in rows if row.part == "principal")
        for part, minor in earned.items():
            by_items = sum(row.given + row.settled for row in rows if row.part == part)
            assert minor == by_items + (int(joined or 0) if part == "interest" else 0)
        assert kept == int(paid or 0) - sum(row.given for row in rows)
        for loan in (*self.before, self.loan):
            await self.agree_one(loan, [row for row in rows if row.loan_id == loan.id])

    async def agree_one(self, known: LoanView, rows: Sequence[Row[Any]]) -> None:
        loan = await self.lenders.get(known.id)
        unpaid = sum(row.due_minor - row.paid_minor - row.waived_minor for row in rows)
        assert (loan.state == "closed") == (unpaid == 0)
        assert loan.unpaid_minor == sum(row.unpaid_minor for row in loan.instalments) == unpaid
        joined = sum(one.interest_minor for one in loan.changes if one.is_capitalised)
        assert sum(row.principal_minor for row in loan.instalments) == loan.lent_minor + joined
        if len(loan.changes) == len(known.changes):
            assert [row.principal_minor for row in loan.instalments] == [
                row.principal_minor for row in known.instalments
            ]
            assert [row.interest_minor for row in loan.instalments] == [row.interest_minor for row in known.instalments]


@settings(max_examples=20)
@given(which=st.integers(0, 1), steps=STEPS)
def test_any_order_of_paying_reversing_and_changing_agrees(
    background: Background, lenders: Lenders, products: list[ProductView], which: int, steps: list[tuple[str, int]]
) -> None:
    async def go() -> None:
        lenders.go(2)  # nobody is sent more codes in a day than a day allows
        loan = await lenders.active(amount_minor=AMOUNT, product=products[which], guarantors=())
        runs = Runs(lenders, loan, products[which])
        for step in steps:
            await runs.step(*step)
            await runs.agree()
        while runs.live:
            await runs.step("reverse", 0)
            await runs.agree()
        now = await lenders.get(runs.loan.id)
        assert now.state == "active", "all taken back, it is owed"
        if not runs.before and not now.changes:
            assert now.principal_minor == AMOUNT
        for one in (*runs.before, runs.loan):
            runs.loan = one
            await runs.step("settle", 0)

    background.run(go())
