"""A loan and its write-off as decisions that others sign, and the conditions on which they do.

Order of locks, after the proposal's: the loan, then the ledger's head.
"""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select

from app.domain.governance import store as proposals
from app.domain.governance.models import Signature
from app.domain.governance.ports import BoundMatter, Matter
from app.domain.governance.rules import check_text
from app.domain.groups.access import authorise
from app.domain.groups.permissions import Permission
from app.domain.groups.views import Acting
from app.domain.ledger import recipes
from app.domain.ledger import service as ledger
from app.domain.ledger.views import NewEntry
from app.domain.loans import reading, store
from app.domain.loans.applying import check_ready, record_loan
from app.domain.loans.commands import SetConditions
from app.domain.loans.errors import AlreadySignedFor, ApplicationMoved, OwnLoan
from app.domain.loans.models import Loan
from app.domain.loans.service import product_of
from app.domain.loans.views import LoanView
from app.kit.actor import Actor
from app.kit.clock import today_in
from app.kit.db import Session, clock_of
from app.kit.errors import NotFound

OFFER_DAYS = 30
"""An approved loan that nobody has paid out by then is asked for anew."""


class Lending:
    """A loan that a member asks for. Terms: `product`, `repayments`, `no`, and `replaces`, the number of one that it
    closes; the note is its purpose.
    """

    askable = True

    async def prepare(self, session: Session, acting: Acting, asked: Matter) -> Matter:
        """Raises what stands against it, see `applying.check_ready`; NotFound for a loan that isn't the actor's."""
        loan = await session.get(Loan, (acting.group_id, asked.subject_id)) if asked.subject_id else None
        if loan is None or loan.member_id != acting.member_id:
            raise NotFound
        guarantors = await check_ready(session, acting, loan)
        rules = await product_of(session, acting.group_id, loan.product_id, loan.product_version)
        old = await session.get_one(Loan, (acting.group_id, loan.replaces_id)) if loan.replaces_id else None
        replaced = {"replaces": str(old.no)} if old else {}
        return BoundMatter(
            amount_minor=loan.amount_minor,
            note=loan.purpose,
            member_id=loan.member_id,
            subject_id=loan.id,
            terms={"product": rules.name, "repayments": str(loan.repayments), "no": str(loan.no), **replaced},
            barred=() if rules.guarantors_sign else tuple(one.member_id for one in guarantors),
            alone_minor=rules.treasurer_minor,
        )

    async def carry_out(self, session: Session, acting: Acting, proposal_id: UUID, matter: Matter) -> None:
        """It may be paid out from now on. Raises ApplicationMoved."""
        assert matter.subject_id is not None
        loan = await store.lock_loan(session, acting.group_id, matter.subject_id)
        if (loan.state, loan.proposal_id) != ("sent", proposal_id):
            raise ApplicationMoved(loan.state)
        today = today_in(acting.timezone, clock_of(session).now())
        loan.state, loan.approved_on, loan.expires_on = "approved", today, today + timedelta(days=OFFER_DAYS)
        await session.flush()


class WriteOff:
    """What is owed of a loan is expected no more: its principal is a loss, the rest was never counted. Terms: `no`."""

    askable = False

    async def prepare(self, session: Session, acting: Acting, asked: Matter) -> Matter:
        """Raises NotFound, ApplicationMoved, InvalidInput."""
        note = check_text(asked.note, field="note", empty="reason_empty")
        loan = await session.get(Loan, (acting.group_id, asked.subject_id)) if asked.subject_id else None
        if loan is None:
            raise NotFound
        if loan.state != "active":
            raise ApplicationMoved(loan.state)
        (found,) = await store.running(session, [loan])
        return Matter(
            amount_minor=found.principal_minor,
            note=note,
            member_id=loan.member_id,
            subject_id=loan.id,
            terms={"no": str(loan.no)},
        )

    async def carry_out(self, session: Session, acting: Acting, proposal_id: UUID, matter: Matter) -> int:
        """Raises ApplicationMoved when another amount is owed than was signed for."""
        assert matter.subject_id is not None
        loan = await store.lock_loan(session, acting.group_id, matter.subject_id)
        (found,) = await store.running(session, [loan])
        if loan.state != "active" or found.principal_minor != matter.amount_minor:
            raise ApplicationMoved("repaid" if loan.state == "active" else loan.state)
        for item in found.items:
            item.waived_minor = item.due_minor - item.paid_minor
        today = today_in(acting.timezone, clock_of(session).now())
        loan.state, loan.closed_on = "written_off", today
        await session.flush()
        await ledger.open_account(
            session, acting.group_id, code="5030", class_=recipes.CONTROL["5030"], currency=loan.currency
        )
        posted = await ledger.post_entry(
            session,
            NewEntry(
                group_id=acting.group_id,
                kind=recipes.WRITTEN_OFF,
                effective_on=today,
                actor=acting.member_id,
                idempotency_key=f"decision:{proposal_id}",
                lines=recipes.write_off(member_id=loan.member_id, amount_minor=matter.amount_minor),
                memo=matter.note,
            ),
        )
        return posted.seq


async def set_conditions(session: Session, actor: Actor, command: SetConditions) -> LoanView:
    """What must be met before the money leaves, by a treasurer or admin, while nobody has signed.

    Locks the proposal, then the loan. Twice changes nothing. Raises NotFound, OwnLoan, ApplicationMoved,
    AlreadySignedFor, InvalidInput.
    """
    acting = await authorise(session, actor, Permission.PROPOSE_DECISIONS)
    conditions = check_text(command.conditions, field="conditions")
    found = await session.get(Loan, (acting.group_id, command.loan_id))
    if found is None:
        raise NotFound
    if found.member_id == acting.member_id:
        raise OwnLoan
    if found.proposal_id is None:
        raise ApplicationMoved(found.state)
    await proposals.lock_proposal(session, acting.group_id, found.proposal_id)
    loan = await store.lock_loan(session, acting.group_id, command.loan_id)
    if loan.conditions == conditions:
        return await reading.view(session, acting, loan)
    state = await store.state_of(session, loan, today_in(acting.timezone, clock_of(session).now()))
    if state != "signing":
        raise ApplicationMoved(state)
    signed = select(func.count()).where(
        Signature.group_id == acting.group_id, Signature.proposal_id == loan.proposal_id
    )
    if await session.scalar(signed):
        raise AlreadySignedFor
    loan.conditions = conditions
    await session.flush()
    await record_loan(session, acting, loan, "loan.conditions_set")
    return await reading.view(session, acting, loan)
