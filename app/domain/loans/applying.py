"""Asking for a loan: a draft that waits for its owner, guarantors who answer for themselves, then the signatures.

Order of locks: the loan, then the group's money. A proposal is new, and nobody can wait for it.
"""

from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import col

from app.domain.audit import service as audit
from app.domain.governance import service as governance
from app.domain.governance.commands import ProposeDecision, WithdrawProposal
from app.domain.governance.ports import Matter
from app.domain.groups import inbox
from app.domain.groups.access import authorise
from app.domain.groups.members import active_members
from app.domain.groups.models import Group
from app.domain.groups.permissions import Permission
from app.domain.groups.views import Acting
from app.domain.ledger.holds import lock_money
from app.domain.loans import reading, store
from app.domain.loans.commands import AnswerGuarantee, SaveApplication, SendApplication
from app.domain.loans.errors import ApplicationMoved, GuarantorsMissing, NotAnswered, NotEligible, NotEnoughSaved
from app.domain.loans.liens import liens, pledged_by
from app.domain.loans.limits import reasons_against
from app.domain.loans.means import means_of
from app.domain.loans.models import Loan, LoanGuarantor
from app.domain.loans.products import MAX_GUARANTORS
from app.domain.loans.quoting import quote_loan, settled_by
from app.domain.loans.service import product_of
from app.domain.loans.views import LoanView, QuoteLoan
from app.kit.actor import Actor
from app.kit.clock import today_in
from app.kit.db import Session, clock_of
from app.kit.errors import InvalidInput, NotFound
from app.kit.ids import new_id, new_payment_reference
from app.kit.text import tidy

KIND = "loan"
LONGEST_PURPOSE = 200


async def save_application(session: Session, actor: Actor, command: SaveApplication) -> LoanView:
    """The member's one draft as it shall be; a draft may be more than she can have. Twice changes nothing.

    Locks the group for the loan's number. Who was asked to stand for other terms is asked anew. Raises NotFound,
    ReplacedLoanOver, InvalidInput; what was sent is another loan.
    """
    acting = await authorise(session, actor, Permission.READ_OWN)
    purpose = tidy(command.purpose)
    if not purpose:
        raise InvalidInput("purpose", "loan_purpose")
    if len(purpose) > LONGEST_PURPOSE:
        raise InvalidInput("purpose", "reason_too_long", limit=LONGEST_PURPOSE)
    asked = QuoteLoan(command.product_id, command.amount_minor, command.repayments, command.replaces)
    product = (await quote_loan(session, actor, asked)).product
    await _check_guarantors(session, acting, command.guarantors)
    await session.execute(select(Group.id).where(Group.id == acting.group_id).with_for_update(key_share=True))
    loan = await _begun(session, acting)
    if loan is None:
        loan = await _new(session, acting)
    terms = (product.product_id, product.version, command.amount_minor, command.repayments)
    is_same = terms == (loan.product_id, loan.product_version, loan.amount_minor, loan.repayments)
    loan.product_id, loan.product_version, loan.amount_minor, loan.repayments = terms
    loan.purpose, loan.replaces_id = purpose, command.replaces
    if not is_same:
        loan.state = "draft"
    session.add(loan)
    await session.flush()
    if await _name(session, loan, command.guarantors, is_same=is_same):
        loan.state = "draft"
    await session.flush()
    return await reading.view(session, acting, loan)


async def ask_guarantors(session: Session, actor: Actor, loan_id: UUID) -> LoanView:
    """Each of them is asked, who was not. Twice changes nothing.

    Raises NotFound, ApplicationMoved, NotEligible, GuarantorsMissing, InvalidInput without a purpose.
    """
    acting = await authorise(session, actor, Permission.READ_OWN)
    loan = await _lock_own(session, acting, loan_id)
    await _require_state(session, acting, loan, "draft", "asked")
    if not loan.purpose:
        raise InvalidInput("purpose", "loan_purpose")
    await _require_eligible(session, acting, loan)
    guarantors = (await store.guarantors_of(session, acting.group_id, [loan.id]))[loan.id]
    await _require_enough(session, loan, guarantors)
    asked = [one for one in guarantors if one.state == "named"]
    for one in asked:
        one.state = "asked"
    if loan.state == "draft":
        loan.state = "asked"
    await session.flush()
    if asked:
        await _tell(session, acting, loan, "loan_stand_for", [one.member_id for one in asked])
        await record_loan(session, acting, loan, "loan.guarantors_asked")
    return await reading.view(session, acting, loan)


async def answer_guarantee(session: Session, actor: Actor, command: AnswerGuarantee) -> LoanView:
    """A guarantor's own yes or no, once; who says yes can't have back, or pledge again, what she stands for.

    Locks the loan, then the group's money. The same answer again changes nothing. Raises NotFound for who wasn't asked,
    ApplicationMoved, NotEnoughSaved.
    """
    acting = await authorise(session, actor, Permission.READ_OWN)
    loan = await store.lock_loan(session, acting.group_id, command.loan_id)
    guarantors = (await store.guarantors_of(session, acting.group_id, [loan.id]))[loan.id]
    mine = next((one for one in guarantors if one.member_id == acting.member_id and one.state != "named"), None)
    if mine is None:
        raise NotFound
    answer = "agreed" if command.agrees else "refused"
    if mine.state == answer:
        return await reading.view(session, acting, loan)
    if mine.state != "asked":
        raise ApplicationMoved("answered")
    await _require_state(session, acting, loan, "asked")
    if command.agrees:
        await lock_money(session, acting.group_id)
        means = await means_of(session, acting.group_id, acting.member_id)
        bound = await pledged_by(session, acting.group_id, acting.member_id)
        if loan.replaces_id:  # what she stands for there is free when this one is paid out
            known = await liens(session, acting.group_id, member_id=acting.member_id, loan_id=loan.replaces_id)
            bound -= sum(minor for _, _, minor in known)
        free = max(0, means.savings_minor - bound)
        if mine.pledge_minor > free:
            raise NotEnoughSaved(left_minor=free, currency=loan.currency)
    mine.state, mine.answered_at = answer, clock_of(session).now()
    await session.flush()
    await _tell(session, acting, loan, f"loan_{answer}", [loan.member_id])
    await record_loan(session, acting, loan, "loan.guarantee_agreed" if command.agrees else "loan.guarantee_refused")
    return await reading.view(session, acting, loan)


async def send_application(session: Session, actor: Actor, command: SendApplication) -> LoanView:
    """To those who sign, once all have agreed who stand for it. Idempotent by `key`; what is sent is sent.

    Raises NotFound, ApplicationMoved, NotEligible, GuarantorsMissing, NotAnswered, TooFewSigners, InvalidInput.
    """
    acting = await authorise(session, actor, Permission.READ_OWN)
    loan = await _lock_own(session, acting, command.loan_id)
    if await store.state_of(session, loan, _today(session, acting)) == "signing":
        return await reading.view(session, acting, loan)
    matter = Matter(loan.amount_minor, loan.purpose, subject_id=loan.id)
    made = await governance.ask_decision(session, actor, ProposeDecision(KIND, matter, command.key))
    loan.state, loan.proposal_id, loan.sent_at = "sent", made.id, clock_of(session).now()
    await session.flush()
    return await reading.view(session, acting, loan)


async def withdraw_application(session: Session, actor: Actor, loan_id: UUID) -> LoanView:
    """The member wants it no more; those who stand for it are free. Twice changes nothing.

    Locks the proposal, then the loan. Raises NotFound, DecisionEnded, ApplicationMoved.
    """
    acting = await authorise(session, actor, Permission.READ_OWN)
    found = await session.get(Loan, (acting.group_id, loan_id))
    if found is None or found.member_id != acting.member_id:
        raise NotFound
    if found.state == "sent" and found.proposal_id:
        await governance.withdraw_proposal(session, actor, WithdrawProposal(found.proposal_id, f"loan:{loan_id}"))
    loan = await store.lock_loan(session, acting.group_id, loan_id)
    if loan.state not in ("sent", "withdrawn"):
        await _require_state(session, acting, loan, "draft", "asked", "approved")
        loan.state = "withdrawn"
        await session.flush()
        await record_loan(session, acting, loan, "loan.withdrawn")
    return await reading.view(session, acting, loan)


async def check_ready(session: Session, acting: Acting, loan: Loan) -> list[LoanGuarantor]:
    """That it can be signed for as it stands; returns who stands for it. Raises what `send_application` does."""
    await _require_state(session, acting, loan, "draft", "asked")
    if not loan.purpose:
        raise InvalidInput("purpose", "loan_purpose")
    await _require_eligible(session, acting, loan)
    guarantors = (await store.guarantors_of(session, acting.group_id, [loan.id]))[loan.id]
    await _require_enough(session, loan, guarantors)
    if any(one.state != "agreed" for one in guarantors):
        raise NotAnswered
    return guarantors


async def record_loan(session: Session, acting: Acting, loan: Loan, action: str) -> None:
    await audit.record(
        session,
        group_id=acting.group_id,
        actor_id=acting.member_id,
        action=action,
        subject="loan",
        subject_id=loan.id,
        facts={"no": loan.no, "amount_minor": loan.amount_minor, "currency": loan.currency},
    )


async def _begun(session: Session, acting: Acting) -> Loan | None:
    statement = select(Loan).where(
        Loan.group_id == acting.group_id, Loan.member_id == acting.member_id, col(Loan.state).in_(("draft", "asked"))
    )
    return (await session.execute(statement.with_for_update())).scalar_one_or_none()


async def _new(session: Session, acting: Acting) -> Loan:
    """The group is locked: the next number is nobody else's."""
    last = await session.scalar(select(func.max(Loan.no)).where(Loan.group_id == acting.group_id))
    return Loan(
        group_id=acting.group_id,
        id=new_id(),
        no=(last or 0) + 1,
        reference=new_payment_reference(),
        member_id=acting.member_id,
        currency=acting.currency,
        begun_at=clock_of(session).now(),
    )


async def _name(session: Session, loan: Loan, members: tuple[UUID, ...], *, is_same: bool) -> bool:
    """Who stands for how much: equal shares, the first bear what is left over. True when anybody is to be asked."""
    known = {
        one.member_id: one
        for one in (
            await session.execute(
                select(LoanGuarantor).where(LoanGuarantor.group_id == loan.group_id, LoanGuarantor.loan_id == loan.id)
            )
        ).scalars()
    }
    share, over = divmod(loan.amount_minor, max(len(members), 1))
    is_open = False
    for place, member_id in enumerate(sorted(members)):
        one = known.pop(member_id, None)
        pledge = share + (place < over)
        if one is None:
            one = LoanGuarantor(
                group_id=loan.group_id, loan_id=loan.id, member_id=member_id, pledge_minor=pledge, state="dropped"
            )
            session.add(one)
        if not is_same or one.state == "dropped" or one.pledge_minor != pledge:
            one.state, one.pledge_minor, one.answered_at = "named", pledge, None
            is_open = True
    for one in known.values():
        one.state, one.answered_at = "dropped", None
    return is_open


async def _check_guarantors(session: Session, acting: Acting, members: tuple[UUID, ...]) -> None:
    if len(set(members)) != len(members) or len(members) > MAX_GUARANTORS:
        raise InvalidInput("guarantors", "loan_guarantors_twice")
    if acting.member_id in members:
        raise InvalidInput("guarantors", "loan_guarantor_self")
    if not set(members) <= {one.id for one in await active_members(session, acting.group_id)}:
        raise NotFound


async def _lock_own(session: Session, acting: Acting, loan_id: UUID) -> Loan:
    loan = await store.lock_loan(session, acting.group_id, loan_id)
    if loan.member_id != acting.member_id:
        raise NotFound
    return loan


async def _require_state(session: Session, acting: Acting, loan: Loan, *wanted: str) -> None:
    state = await store.state_of(session, loan, _today(session, acting))
    if state not in wanted:
        raise ApplicationMoved(state)


async def _require_eligible(session: Session, acting: Acting, loan: Loan) -> None:
    rules = await product_of(session, acting.group_id, loan.product_id, loan.product_version)
    settled = await settled_by(session, acting, loan.member_id, loan.replaces_id)
    means = await means_of(session, acting.group_id, loan.member_id, settled)
    if reasons_against(rules, means, loan.amount_minor, loan.repayments):
        raise NotEligible


async def _require_enough(session: Session, loan: Loan, guarantors: list[LoanGuarantor]) -> None:
    rules = await product_of(session, loan.group_id, loan.product_id, loan.product_version)
    if len(guarantors) < rules.guarantors:
        raise GuarantorsMissing(needed=rules.guarantors)


async def _tell(session: Session, acting: Acting, loan: Loan, kind: str, members: list[UUID]) -> None:
    facts: dict[str, str | int] = {"amount_minor": loan.amount_minor, "currency": loan.currency, "no": loan.no}
    facts["about"] = str(acting.member_id)
    await inbox.tell_members(
        session, acting.group_id, kind, facts, members=members, but=acting.member_id, subject_id=loan.id
    )


def _today(session: Session, acting: Acting):
    return today_in(acting.timezone, clock_of(session).now())
