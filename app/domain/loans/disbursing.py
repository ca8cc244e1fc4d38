"""The money leaves: once, after the signatures; a loan that closes another settles that in the same entry.

Order of locks: the loans in id order, the group's money, the ledger's head.
"""

from datetime import date
from uuid import UUID

from app.domain.groups import inbox
from app.domain.groups.access import authorise
from app.domain.groups.permissions import Permission
from app.domain.groups.views import Acting
from app.domain.identity import codes
from app.domain.ledger import recipes
from app.domain.ledger import service as ledger
from app.domain.ledger.holds import lock_money
from app.domain.ledger.views import Line, NewEntry
from app.domain.loans import reading, store
from app.domain.loans.allocation import Part
from app.domain.loans.amending import close_by, settled_of
from app.domain.loans.applying import record_loan
from app.domain.loans.book import Book
from app.domain.loans.commands import DisburseLoan
from app.domain.loans.errors import (
    ApplicationMoved,
    ConditionsOpen,
    NotEnoughCash,
    OwnLoan,
    ReplacedLoanOver,
    SettlesTooLittle,
)
from app.domain.loans.models import Loan, LoanItem
from app.domain.loans.payoff import PayoffQuote
from app.domain.loans.penalties import charge_penalties
from app.domain.loans.products import terms_of
from app.domain.loans.schedule import Schedule, make_schedule
from app.domain.loans.service import product_of
from app.domain.loans.store import PURPOSES, Running
from app.domain.loans.views import LoanView
from app.kit.actor import Actor
from app.kit.clock import today_in
from app.kit.db import Session, clock_of
from app.kit.errors import InvalidInput


async def disburse_loan(session: Session, actor: Actor, command: DisburseLoan) -> LoanView:
    """Pay out an approved loan today, by another than its borrower: the entry, and the items that she owes from now on.

    What settles the loan that this one closes is kept back, and that is closed. Needs a fresh one-time code, used up
    here. Idempotent by `key`. Raises NotFound, OwnLoan, ApplicationMoved, ConditionsOpen, ReplacedLoanOver,
    SettlesTooLittle, NotEnoughCash, StepUpNeeded, InvalidInput.
    """
    acting = await authorise(session, actor, Permission.PROPOSE_DECISIONS)
    loan = await _lock(session, acting.group_id, command.loan_id)
    if loan.disburse_key == command.key:
        return await reading.view(session, acting, loan)
    if loan.member_id == acting.member_id:
        raise OwnLoan
    today = today_in(acting.timezone, clock_of(session).now())
    state = await store.state_of(session, loan, today)
    if state != "approved":
        raise ApplicationMoved(state)
    if loan.conditions and not command.conditions_met:
        raise ConditionsOpen
    if not command.key.isprintable() or not 1 <= len(command.key) <= 128:
        raise InvalidInput("idempotency_key", "key")
    rules = await product_of(session, acting.group_id, loan.product_id, loan.product_version)
    schedule = make_schedule(terms_of(rules, loan.amount_minor, loan.repayments, today))
    fee = schedule.terms.upfront_fee.amount_minor if schedule.terms.upfront_fee else 0
    lent = schedule.terms.lent_minor
    old, quote = await _replaced(session, loan, today)
    lines = _lines(command.method, loan, lent, fee, quote, old)
    await lock_money(session, acting.group_id)
    for line in lines:
        there = await ledger.balance(session, acting.group_id, line.account) if line.account in recipes.MONEY else 0
        if line.account in recipes.MONEY and there + line.amount_minor < 0:
            raise NotEnoughCash(field="method", left_minor=max(there, 0), currency=loan.currency)
    await codes.use_step_up(session, acting.person_id, command.step_up_id)
    loan.entry_seq = await _post(session, acting, loan, lines, today) if lines else None
    loan.state, loan.method, loan.disburse_key = "active", command.method, command.key
    loan.lent_minor, loan.fee_minor = lent, fee
    loan.disbursed_on = loan.looked_on = today
    loan.disbursed_by = acting.member_id
    await session.flush()
    session.add_all(_items(loan, schedule))
    await session.flush()
    settled = 0
    if old and quote:
        await close_by(session, old, quote, loan)
        await record_loan(session, acting, old.loan, "loan.refinanced")
        settled = quote.total_minor
    await record_loan(session, acting, loan, "loan.paid_out")
    await inbox.tell_members(
        session,
        acting.group_id,
        "loan_paid_out",
        {"amount_minor": lent - fee - settled, "currency": loan.currency, "no": loan.no},
        members=[loan.member_id],
        but=acting.member_id,
        subject_id=loan.id,
    )
    return await reading.view(session, acting, loan)


async def _lock(session: Session, group_id: UUID, loan_id: UUID) -> Loan:
    """With the loan that it closes. Raises NotFound."""
    found = await session.get(Loan, (group_id, loan_id))
    if found and found.replaces_id:
        await store.lock_loans(session, group_id, [found.replaces_id, loan_id])
    return await store.lock_loan(session, group_id, loan_id)


async def _replaced(session: Session, loan: Loan, today: date) -> tuple[Running | None, PayoffQuote | None]:
    """The locked loan that this one closes, and what settles it today, penalties up to today among it."""
    if loan.replaces_id is None:
        return None, None
    old = await session.get_one(Loan, (loan.group_id, loan.replaces_id))
    if old.state != "active":
        raise ReplacedLoanOver(no=old.no)
    (one,) = await store.running(session, [old])
    await charge_penalties(session, one, today)
    return one, one.payoff(today)


def _lines(
    method: str, loan: Loan, lent_minor: int, fee_minor: int, quote: PayoffQuote | None, old: Running | None
) -> tuple[Line, ...]:
    """None where a loan closes one of the same sum. Raises SettlesTooLittle, InvalidInput."""
    if quote is None or old is None:
        return recipes.lend(method=method, member_id=loan.member_id, lent_minor=lent_minor, fee_minor=fee_minor)
    missing = quote.total_minor - (lent_minor - fee_minor)
    if missing > 0:
        raise SettlesTooLittle(no=old.loan.no, left_minor=missing, currency=loan.currency)
    return recipes.refinance(
        method=method,
        member_id=loan.member_id,
        lent_minor=lent_minor,
        fee_minor=fee_minor,
        settled=settled_of(quote),
    )


async def _post(session: Session, acting: Acting, loan: Loan, lines: tuple[Line, ...], today: date) -> int:
    """The head is locked from here on. What she owes never falls below nothing."""
    named = {line.account for line in lines}
    for purpose in PURPOSES.values():
        code = recipes.member_account(purpose, loan.member_id)
        if code not in named:
            continue
        await ledger.open_account(
            session,
            acting.group_id,
            code=code,
            class_=recipes.CONTROL[recipes.MEMBER_CONTROL[purpose]],
            currency=loan.currency,
            floor_minor=0 if purpose == "loan" else None,
        )
    entry = NewEntry(
        group_id=acting.group_id,
        kind=recipes.REFINANCED if loan.replaces_id else recipes.LENT,
        effective_on=today,
        actor=acting.member_id,
        idempotency_key=f"loan:{loan.id}",
        lines=lines,
        memo=f"L-{loan.no}",
    )
    return (await ledger.post_entry(session, entry)).seq


def _items(loan: Loan, schedule: Schedule) -> list[LoanItem]:
    """What she owes, part by part; parts of nothing are left out."""
    found = [item for item in Book.of(schedule.rows).items if item.due_minor]
    found.sort(key=lambda item: (item.n, list(Part).index(item.part)))
    return [
        LoanItem(
            group_id=loan.group_id,
            loan_id=loan.id,
            item_no=place,
            n=item.n,
            part=item.part.value,
            due_on=item.due_on,
            falls_on=item.falls_on,
            due_minor=item.due_minor,
        )
        for place, item in enumerate(found, 1)
    ]
