"""Who stands for whose loan: what a member stands for, and who may be asked."""

from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from app.domain.groups.access import authorise
from app.domain.groups.members import active_members, member_cards
from app.domain.groups.permissions import Permission
from app.domain.groups.views import Acting
from app.domain.loans import store
from app.domain.loans.liens import liens
from app.domain.loans.means import free_savings, means_of
from app.domain.loans.models import Loan, LoanGuarantor
from app.domain.loans.products import terms_of
from app.domain.loans.schedule import make_schedule
from app.domain.loans.service import product_of
from app.domain.loans.views import Candidate, StandFor
from app.kit.actor import Actor
from app.kit.clock import today_in
from app.kit.db import Session, clock_of
from app.kit.errors import NotFound


async def stands_for(session: Session, acting: Acting) -> list[StandFor]:
    """Newest first; what she refused or what is over is left out. A query for each product that she is asked about."""
    statement = (
        select(Loan, LoanGuarantor)
        .join(LoanGuarantor, (col(LoanGuarantor.group_id) == Loan.group_id) & (col(LoanGuarantor.loan_id) == Loan.id))
        .where(
            Loan.group_id == acting.group_id,
            LoanGuarantor.member_id == acting.member_id,
            col(LoanGuarantor.state).in_(("asked", "agreed")),
            col(Loan.state).in_(("asked", "sent", "approved", "active")),
        )
        .order_by(col(Loan.no).desc())
    )
    rows = [(row[0], row[1]) for row in (await session.execute(statement)).all()]
    if not rows:
        return []
    today = today_in(acting.timezone, clock_of(session).now())
    states = await store.states_of(session, [loan for loan, _ in rows], today)
    cards = await member_cards(session, acting.group_id, [loan.member_id for loan, _ in rows])
    bound = {loan_id: minor for _, loan_id, minor in await liens(session, acting.group_id, member_id=acting.member_id)}
    means = await means_of(session, acting.group_id, acting.member_id)
    free = max(0, means.savings_minor - sum(bound.values()))
    asked = [loan for loan, mine in rows if mine.state == "asked"]
    rules = {
        which: await product_of(session, acting.group_id, *which)
        for which in {(one.product_id, one.product_version) for one in asked}
    }
    plans = {
        one.id: make_schedule(
            terms_of(rules[one.product_id, one.product_version], one.amount_minor, one.repayments, today)
        )
        for one in asked
    }
    return [
        StandFor(
            loan_id=loan.id,
            no=loan.no,
            member_name=cards[loan.member_id].name,
            amount_minor=loan.amount_minor,
            repayments=loan.repayments,
            purpose=loan.purpose,
            pledge_minor=mine.pledge_minor,
            lien_minor=bound.get(loan.id, 0),
            free_minor=free,
            currency=loan.currency,
            state=states[loan.id],
            answer=mine.state,
            schedule=plans.get(loan.id),
        )
        for loan, mine in rows
        if states[loan.id] in store.WITH_LIEN
    ]


async def list_possible_guarantors(session: Session, actor: Actor, *, replaces: UUID | None = None) -> list[Candidate]:
    """The group's other members by name, for who looks for somebody to stand for her; `replaces` is the loan of hers
    that would be closed. What they pledged for that, or for her draft, counts as free. Five queries, however many.

    Raises NotFound for a loan that isn't hers.
    """
    acting = await authorise(session, actor, Permission.READ_OWN)
    there = {one.id for one in await active_members(session, acting.group_id)} - {acting.member_id}
    cards = await member_cards(session, acting.group_id, sorted(there))
    mine = select(Loan.id).where(
        Loan.group_id == acting.group_id,
        Loan.member_id == acting.member_id,
        col(Loan.state).in_(("draft", "asked")) | (col(Loan.id) == replaces),
    )
    own = set((await session.execute(mine)).scalars())
    if replaces and replaces not in own:
        raise NotFound
    free = await free_savings(session, acting.group_id, cards, but=own)
    found = (Candidate(one.id, one.member_no, one.name, can_stand=free[one.id] > 0) for one in cards.values())
    return sorted(found, key=lambda one: one.name.casefold())
