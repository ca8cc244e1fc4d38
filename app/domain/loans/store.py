"""Reading and writing loans, for the services of this package."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from app.domain.governance import reading as governance
from app.domain.loans.allocation import Part
from app.domain.loans.book import Book, Item
from app.domain.loans.models import Loan, LoanChange, LoanChangeItem, LoanGuarantor, LoanItem
from app.domain.loans.payoff import PayoffQuote, quote_payoff
from app.domain.loans.products import ProductRules, terms_left, terms_of
from app.domain.loans.schedule import Schedule, make_schedule
from app.domain.loans.service import product_of
from app.domain.loans.terms import LoanTerms, PayoffInterest
from app.kit.db import Session, clock_of
from app.kit.errors import NotFound

PURPOSES = {
    Part.PRINCIPAL: "loan",
    Part.INTEREST: "loan_interest",
    Part.FEE: "loan_fee",
    Part.PENALTY: "loan_penalty",
}
"""Part of a loan -> purpose of a payment, principal first."""
WITH_LIEN = ("asked", "signing", "approved", "active")
"""States in which savings stand for a loan."""


@dataclass(slots=True)
class Running:
    """A loan that was paid out, with its items in order of their number, and what changed it, oldest first.

    `kept` is what changes ask for no more, by item number; `moved` what of it a later schedule asks for.
    """

    loan: Loan
    rules: ProductRules
    items: list[LoanItem]
    changes: list[LoanChange] = field(default_factory=list)
    kept: dict[int, int] = field(default_factory=dict)
    moved: dict[int, int] = field(default_factory=dict)

    @property
    def rescheduled(self) -> LoanChange | None:
        """The change whose schedule is in force; None for the first one."""
        return next((one for one in reversed(self.changes) if one.kind == "rescheduled"), None)

    @property
    def since(self) -> date:
        """The day from which payments count as they come: of the disbursement, or of the last change."""
        assert self.loan.disbursed_on is not None
        return max([self.loan.disbursed_on, *(one.changed_on for one in self.changes)])

    @property
    def unpaid_minor(self) -> int:
        return sum(unpaid(item) for item in self.items)

    @property
    def principal_minor(self) -> int:
        return sum(unpaid(item) for item in self.items if item.part == Part.PRINCIPAL)

    @property
    def oldest_unpaid_on(self) -> date | None:
        return min((item.due_on for item in self.items if unpaid(item)), default=None)

    def asked_by(self, today: date) -> tuple[date | None, int]:
        """The oldest day that is unpaid, and what is asked for: all that is overdue, or else the next instalment."""
        oldest = self.oldest_unpaid_on
        is_late = any(unpaid(item) for item in self.items if item.due_on < today)
        until = today if is_late else oldest or today
        return oldest, sum(unpaid(item) for item in self.items if item.due_on <= until)

    def schedule(self) -> Schedule:
        """As it was agreed last."""
        assert self.loan.disbursed_on is not None
        if change := self.rescheduled:
            return make_schedule(terms_since(self.rules, change))
        terms = terms_of(self.rules, self.loan.amount_minor, self.loan.repayments, self.loan.disbursed_on)
        return make_schedule(terms)

    def book(self, *, old_are_due: bool = False) -> Book:
        """Items in the order of ours; what is waived is asked for no more.

        `old_are_due`: what stands before the schedule in force counts as due since that was made.
        """
        change = self.rescheduled if old_are_due else None
        first_n, since = (change.first_n or 0, change.changed_on) if change else (0, date.max)
        days = sorted({item.falls_on for item in self.items})
        found = [
            Item(
                item.n,
                Part(item.part),
                min(item.due_on, since) if item.n < first_n else item.due_on,
                item.falls_on,
                item.due_minor - item.waived_minor,
                item.paid_minor,
                in_advance_minor=0,
            )
            for item in self.items
        ]
        return Book(self.rules.strategy, days, found)

    def payoff(self, on: date) -> PayoffQuote:
        """What settles it on a day, never more than is asked for. Raises ValueError before the disbursement."""
        return self._owed(on, self.rules.payoff)

    def owed(self, on: date) -> PayoffQuote:
        """What is owed by a day, with the interest up to it, whatever the rule of paying off."""
        return self._owed(on, PayoffInterest.TILL_DATE)

    def _owed(self, on: date, convention: PayoffInterest) -> PayoffQuote:
        quote = quote_payoff(self.schedule(), self.book(old_are_due=True), on, convention)
        most = {part: sum(unpaid(item) for item in self.items if item.part == part) for part in Part}
        return PayoffQuote(
            on,
            quote.counted_to,
            min(quote.principal_minor, most[Part.PRINCIPAL]),
            min(quote.interest_minor, most[Part.INTEREST]),
            min(quote.fees_minor, most[Part.FEE]),
            min(quote.penalties_minor, most[Part.PENALTY]),
        )

    def falls_on(self, day: date) -> date:
        """The due date of the first instalment on or after the day; of the last, when it is after all."""
        days = sorted({item.falls_on for item in self.items})
        return days[min(bisect_left(days, day), len(days) - 1)]


def terms_since(rules: ProductRules, change: LoanChange) -> LoanTerms:
    """Of the schedule that a `rescheduled` change made."""
    assert change.rate_ppm is not None
    assert change.repayments is not None
    assert change.starts_on is not None
    principal = change.principal_minor + (change.interest_minor if change.is_capitalised else 0)
    return terms_left(rules, principal, change.rate_ppm, change.repayments, change.changed_on, change.starts_on)


def unpaid(item: LoanItem) -> int:
    return item.due_minor - item.paid_minor - item.waived_minor


async def lock_loan(session: Session, group_id: UUID, loan_id: UUID) -> Loan:
    (loan,) = await lock_loans(session, group_id, [loan_id]) or [None]
    if loan is None:
        raise NotFound
    return loan


async def lock_loans(session: Session, group_id: UUID, ids: Sequence[UUID]) -> list[Loan]:
    """In id order."""
    statement = select(Loan).where(Loan.group_id == group_id, col(Loan.id).in_(ids)).order_by(col(Loan.id))
    statement = statement.with_for_update().execution_options(populate_existing=True)
    return list((await session.execute(statement)).scalars())


async def running(session: Session, loans: Sequence[Loan]) -> list[Running]:
    """Each with its items; of locked loans, nobody else changes them. Three queries at most, and one a product."""
    if not loans:
        return []
    statement = (
        select(LoanItem)
        .where(LoanItem.group_id == loans[0].group_id, col(LoanItem.loan_id).in_([one.id for one in loans]))
        .order_by(col(LoanItem.loan_id), col(LoanItem.item_no))
        .execution_options(populate_existing=True)
    )
    items: dict[UUID, list[LoanItem]] = {one.id: [] for one in loans}
    for item in (await session.execute(statement)).scalars():
        items[item.loan_id].append(item)
    products = {
        key: await product_of(session, loans[0].group_id, *key)
        for key in sorted({(one.product_id, one.product_version) for one in loans})
    }
    found = [Running(one, products[one.product_id, one.product_version], items[one.id]) for one in loans]
    await _add_changes(session, {one.loan.id: one for one in found})
    return found


async def _add_changes(session: Session, found: dict[UUID, Running]) -> None:
    group_id = next(iter(found.values())).loan.group_id
    changes = (
        select(LoanChange)
        .where(LoanChange.group_id == group_id, col(LoanChange.loan_id).in_(found))
        .order_by(col(LoanChange.loan_id), col(LoanChange.change_no))
    )
    kinds: dict[tuple[UUID, int], str] = {}
    for change in (await session.execute(changes)).scalars():
        found[change.loan_id].changes.append(change)
        kinds[change.loan_id, change.change_no] = change.kind
    if not kinds:
        return
    items = select(LoanChangeItem).where(
        LoanChangeItem.group_id == group_id, col(LoanChangeItem.loan_id).in_({loan_id for loan_id, _ in kinds})
    )
    for one in (await session.execute(items)).scalars():
        kept, moved = found[one.loan_id].kept, found[one.loan_id].moved
        kept[one.item_no] = kept.get(one.item_no, 0) + one.waived_minor
        if kinds[one.loan_id, one.change_no] == "rescheduled":
            moved[one.item_no] = moved.get(one.item_no, 0) + one.waived_minor


async def guarantors_of(session: Session, group_id: UUID, ids: Sequence[UUID]) -> dict[UUID, list[LoanGuarantor]]:
    """Those who stand for these loans, or are asked to, the longest known first."""
    found: dict[UUID, list[LoanGuarantor]] = {one: [] for one in ids}
    statement = (
        select(LoanGuarantor)
        .where(
            LoanGuarantor.group_id == group_id, col(LoanGuarantor.loan_id).in_(ids), LoanGuarantor.state != "dropped"
        )
        .order_by(col(LoanGuarantor.member_id))
        .execution_options(populate_existing=True)
    )
    for one in (await session.execute(statement)).scalars():
        found[one.loan_id].append(one)
    return found


async def states_of(session: Session, loans: Sequence[Loan], today: date) -> dict[UUID, str]:
    """How far each loan is; a sent one as its proposal, `signing` while that is open, an approved one in its time."""
    sent = [one.proposal_id for one in loans if one.state == "sent" and one.proposal_id]
    proposals = await governance.states_of(session, loans[0].group_id, sent, clock_of(session).now()) if sent else {}
    found = {}
    for one in loans:
        state = one.state
        if state == "sent" and one.proposal_id:
            state = {"open": "signing"}.get(proposals[one.proposal_id], proposals[one.proposal_id])
        elif state == "approved" and one.expires_on and one.expires_on < today:
            state = "expired"
        found[one.id] = state
    return found


async def state_of(session: Session, loan: Loan, today: date) -> str:
    return (await states_of(session, [loan], today))[loan.id]
