"""What those who sign for a loan, or for its new schedule, sign for: as it would be today."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from app.domain.governance.views import ProposalView
from app.domain.groups.views import Acting
from app.domain.loans import store
from app.domain.loans.amending import RESCHEDULE, new_schedule, read_terms
from app.domain.loans.applying import KIND
from app.domain.loans.cost import true_cost
from app.domain.loans.models import Loan
from app.domain.loans.products import terms_of
from app.domain.loans.schedule import make_schedule
from app.domain.loans.store import Running
from app.domain.loans.views import SignedTerms
from app.kit.clock import today_in
from app.kit.db import Session, clock_of
from app.kit.errors import InvalidInput


async def terms_to_sign(session: Session, acting: Acting, made: Sequence[ProposalView]) -> dict[UUID, SignedTerms]:
    """By proposal, of those that are open; the caller has authorised and read them. What can't be done any more is left
    out. Five queries at most, and one a product.
    """
    asked = [one for one in made if one.state == "open" and one.kind in (KIND, RESCHEDULE) and one.subject_id]
    loans = await _loans(session, acting.group_id, [one.subject_id for one in asked if one.subject_id])
    closed = await _loans(session, acting.group_id, [one.replaces_id for one in loans if one.replaces_id])
    known = {one.loan.id: one for one in await store.running(session, [*loans, *closed])}
    today = today_in(acting.timezone, clock_of(session).now())
    found: dict[UUID, SignedTerms] = {}
    for one in asked:
        running = known.get(one.subject_id) if one.subject_id else None
        if running is None:
            continue
        terms = _anew(one, running, today) if one.kind == RESCHEDULE else _lent(running, known, today)
        if terms:
            found[one.id] = terms
    return found


async def _loans(session: Session, group_id: UUID, ids: Sequence[UUID]) -> list[Loan]:
    if not ids:
        return []
    statement = select(Loan).where(Loan.group_id == group_id, col(Loan.id).in_(ids)).order_by(col(Loan.id))
    return list((await session.execute(statement)).scalars())


def _lent(one: Running, known: dict[UUID, Running], today: date) -> SignedTerms:
    """If it were paid out today."""
    schedule = make_schedule(terms_of(one.rules, one.loan.amount_minor, one.loan.repayments, today))
    old = known.get(one.loan.replaces_id) if one.loan.replaces_id else None
    is_running = old is not None and old.loan.state == "active"
    return SignedTerms(
        schedule=schedule,
        cost=true_cost(schedule),
        conditions=one.loan.conditions,
        before_minor=old.schedule().rows[0].total_minor if old and is_running else 0,
        settles_minor=old.payoff(today).total_minor if old and is_running else 0,
    )


def _anew(made: ProposalView, one: Running, today: date) -> SignedTerms | None:
    """If the last signature came today; None where the terms can't be kept any more."""
    if one.loan.state != "active":
        return None
    quote = one.owed(today)
    try:
        schedule = new_schedule(one.rules, quote, *read_terms(made.terms))
    except InvalidInput:
        return None
    joins = quote.interest_minor if one.rules.is_capitalised else 0
    return SignedTerms(
        schedule=schedule,
        cost=true_cost(schedule),
        before_minor=one.schedule().rows[0].total_minor,
        carried_minor=quote.interest_minor + quote.fees_minor + quote.penalties_minor - joins,
    )
