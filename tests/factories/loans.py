"""A savings group that lends, and what its people do about a loan, through the services."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from app.domain.governance import service as governance
from app.domain.governance.commands import ProposeDecision
from app.domain.governance.ports import Matter
from app.domain.governance.views import ProposalView
from app.domain.ledger import service as ledger
from app.domain.loans import applying, deciding, disbursing, nightly, reading
from app.domain.loans.commands import AnswerGuarantee, DisburseLoan, SaveApplication, SendApplication, SetConditions
from app.domain.loans.products import ProductRules
from app.domain.loans.service import define_product
from app.domain.loans.views import DefineProduct, LoanView, ProductView
from app.domain.payments import service as payments
from app.domain.payments.commands import DecidePayment, Part, RecordCash, ReversePayment, SubmitPayment
from app.domain.payments.views import PaymentView
from app.domain.reports.proving import check_books
from app.kit.actor import Actor
from app.kit.clock import Clock
from app.kit.db import Database
from tests.factories.governance import Council, make_council
from tests.factories.groups import id_of
from tests.factories.payments import new_code, step_up

RULES = ProductRules("School fees", 240_000, 12, savings_ppm=3_000_000, least_minor=10_000, guarantors=2)
"""24 % a year on what is owed, up to three times one's savings, with two guarantors."""
AMOUNT, REPAYMENTS = 60_000, 6


@dataclass(slots=True)
class Days:
    """The real clock, on by whole days."""

    real: Clock
    shift: timedelta = timedelta()

    def now(self) -> datetime:
        return self.real.now() + self.shift


@dataclass(frozen=True, slots=True)
class Lenders:
    """A council of which everybody has saved, on a clock that tests move on."""

    council: Council
    product: ProductView
    days: Days

    @property
    def database(self) -> Database:
        return self.council.database

    @property
    def borrower(self) -> Actor:
        return self.council.programme.members[0]

    @property
    def guarantors(self) -> tuple[Actor, ...]:
        return self.council.programme.members[1:3]

    @property
    def treasurer(self) -> Actor:
        return self.council.treasurer

    async def today(self) -> date:
        return await self.council.programme.today()

    def go(self, days: int) -> None:
        self.days.shift += timedelta(days=days)

    async def define(self, **changes: object) -> ProductView:
        """Another kind of loan."""
        rules = replace(RULES, name=f"Loan {uuid4().hex[:6]}", **changes)  # type: ignore[arg-type]
        async with self.database.transaction(self.council.admin) as session:
            return await define_product(session, self.council.admin, DefineProduct(rules))

    async def save(
        self,
        amount_minor: int = AMOUNT,
        repayments: int = REPAYMENTS,
        *,
        product: ProductView | None = None,
        guarantors: tuple[Actor, ...] | None = None,
        by: Actor | None = None,
        replaces: UUID | None = None,
    ) -> LoanView:
        who = by or self.borrower
        named = self.guarantors if guarantors is None else guarantors
        members = tuple([await id_of(self.database, one) for one in named])
        command = SaveApplication(
            (product or self.product).product_id, amount_minor, repayments, "A sewing machine", members, replaces
        )
        async with self.database.transaction(who) as session:
            return await applying.save_application(session, who, command)

    async def ask(self, loan_id: UUID, by: Actor | None = None) -> LoanView:
        who = by or self.borrower
        async with self.database.transaction(who) as session:
            return await applying.ask_guarantors(session, who, loan_id)

    async def answer(self, loan_id: UUID, by: Actor, *, agrees: bool = True) -> LoanView:
        async with self.database.transaction(by) as session:
            return await applying.answer_guarantee(session, by, AnswerGuarantee(loan_id, agrees))

    async def send(self, loan_id: UUID, by: Actor | None = None, *, key: str = "") -> LoanView:
        who = by or self.borrower
        async with self.database.transaction(who) as session:
            return await applying.send_application(session, who, SendApplication(loan_id, key or str(uuid4())))

    async def withdraw(self, loan_id: UUID, by: Actor | None = None) -> LoanView:
        who = by or self.borrower
        async with self.database.transaction(who) as session:
            return await applying.withdraw_application(session, who, loan_id)

    async def conditions(self, loan_id: UUID, words: str, by: Actor | None = None) -> LoanView:
        who = by or self.treasurer
        async with self.database.transaction(who) as session:
            return await deciding.set_conditions(session, who, SetConditions(loan_id, words))

    async def disburse(
        self, loan_id: UUID, by: Actor | None = None, *, key: str = "", met: bool = False, proof: UUID | None = None
    ) -> LoanView:
        who = by or self.treasurer
        command = DisburseLoan(loan_id, "cash", key or str(uuid4()), met, proof or await step_up(self.database, who))
        async with self.database.transaction(who) as session:
            return await disbursing.disburse_loan(session, who, command)

    async def get(self, loan_id: UUID, by: Actor | None = None) -> LoanView:
        who = by or self.treasurer
        async with self.database.transaction(who) as session:
            return await reading.get_loan(session, who, loan_id)

    async def asked(self, **how: object) -> LoanView:
        """Saved, and all who are asked to stand for it agree."""
        made = await self.save(**how)  # type: ignore[arg-type]
        await self.ask(made.id)
        for one in self.guarantors if made.guarantors else ():
            made = await self.answer(made.id, one)
        return made

    async def signing(self, **how: object) -> LoanView:
        return await self.send((await self.asked(**how)).id)

    async def approved(self, **how: object) -> LoanView:
        made = await self.signing(**how)
        assert made.proposal_id
        needed = (await self.council.get(made.proposal_id)).needed
        for who in (self.council.admin, self.council.president)[:needed]:
            await self.council.approve(made.proposal_id, who)
        return await self.get(made.id)

    async def active(self, **how: object) -> LoanView:
        return await self.disburse((await self.approved(**how)).id)

    async def ask_reschedule(
        self, loan_id: UUID, repayments: int, first_on: date, by: Actor | None = None
    ) -> ProposalView:
        """The borrower asks; an officer proposes."""
        who = by or self.borrower
        terms = {"repayments": str(repayments), "first_on": first_on.isoformat()}
        matter = Matter(note="The harvest was late", subject_id=loan_id, terms=terms)
        command = ProposeDecision("loan_reschedule", matter, str(uuid4()))
        async with self.database.transaction(who) as session:
            if who == self.borrower:
                return await governance.ask_decision(session, who, command)
            return await governance.propose_decision(session, who, command)

    async def rescheduled(self, loan_id: UUID, repayments: int, first_on: date) -> LoanView:
        made = await self.ask_reschedule(loan_id, repayments, first_on)
        await self.council.approve(made.id, self.council.admin)
        return await self.get(loan_id)

    async def pay(
        self, loan: LoanView, amount_minor: int, *, on: date | None = None, key: str = "", by: Actor | None = None
    ) -> PaymentView:
        """Cash at the treasurer's."""
        who, day = by or self.treasurer, on or await self.today()
        command = RecordCash(loan.member_id, (Part(loan.id, amount_minor, "loan"),), day, key or str(uuid4()))
        async with self.database.transaction(who) as session:
            return await payments.record_cash(session, who, command)

    async def submit(self, loan: LoanView, amount_minor: int) -> PaymentView:
        """The borrower says that she has paid."""
        part = Part(loan.id, amount_minor, "loan")
        command = SubmitPayment((part,), "mpesa", new_code(), await self.today(), str(uuid4()))
        async with self.database.transaction(self.borrower) as session:
            return await payments.submit_payment(session, self.borrower, command)

    async def confirm(self, payment_id: UUID) -> PaymentView:
        async with self.database.transaction(self.treasurer) as session:
            return await payments.confirm_payment(session, self.treasurer, DecidePayment(payment_id, str(uuid4())))

    async def reject(self, payment_id: UUID, reason: str) -> PaymentView:
        command = DecidePayment(payment_id, str(uuid4()), reason)
        async with self.database.transaction(self.treasurer) as session:
            return await payments.reject_payment(session, self.treasurer, command)

    async def reverse(self, payment_id: UUID) -> PaymentView:
        proof = await step_up(self.database, self.treasurer)
        command = ReversePayment(payment_id, "Typed by mistake", proof, str(uuid4()))
        async with self.database.transaction(self.treasurer) as session:
            return await payments.reverse_payment(session, self.treasurer, command)

    async def night(self) -> int:
        """As the worker does; how many loans were looked at."""
        looked, group_id = 0, self.council.group.id
        while True:
            async with self.database.transaction(Actor(group_id=group_id)) as session:
                some = await nightly.look_after_loans(session, group_id)
            if not some:
                return looked
            looked += some

    async def balances(self) -> dict[str, int]:
        """By control account, debit positive, those at zero left out; the books hold."""
        async with self.database.transaction(self.treasurer) as session:
            assert (await check_books(session, self.council.group.id)).fault is None
            rows = await ledger.trial_balance(session, self.council.group.id)
        found = {row.control_code: row.debit_minor - row.credit_minor for row in rows}
        assert sum(found.values()) == 0
        return {code: minor for code, minor in found.items() if minor}


async def make_lenders(database: Database, members: int = 4, **changes: object) -> Lenders:
    """KES 500 saved by each of the members, in the box."""
    days = Days(database.tools["clock"])  # type: ignore[arg-type]
    moved = database.with_tools(clock=days)
    council = await make_council(moved, members=members)
    async with moved.transaction(council.admin) as session:
        product = await define_product(session, council.admin, DefineProduct(replace(RULES, **changes)))  # type: ignore[arg-type]
    return Lenders(council, product, days)
