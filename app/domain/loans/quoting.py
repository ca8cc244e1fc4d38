"""What a loan would come to, and what it would settle; nothing is recorded."""

from uuid import UUID

from app.domain.groups.access import authorise
from app.domain.groups.permissions import Permission
from app.domain.groups.views import Acting
from app.domain.loans import store
from app.domain.loans.cost import true_cost
from app.domain.loans.errors import ReplacedLoanOver
from app.domain.loans.limits import limit_of, reasons_against
from app.domain.loans.means import means_of
from app.domain.loans.models import Loan
from app.domain.loans.payoff import PayoffQuote
from app.domain.loans.products import terms_of
from app.domain.loans.schedule import make_schedule
from app.domain.loans.service import list_products
from app.domain.loans.terms import MAX_REPAYMENTS, BadTerms
from app.domain.loans.views import LoanQuote, QuoteLoan
from app.kit.actor import Actor
from app.kit.clock import today_in
from app.kit.db import Session, clock_of
from app.kit.errors import InvalidInput, NotFound
from app.kit.money import MAX_MINOR


async def quote_loan(session: Session, actor: Actor, command: QuoteLoan) -> LoanQuote:
    """What a loan to the actor, paid out today, would come to; one that closes another settles that first.

    Raises NotFound for another group's product or another's loan, ReplacedLoanOver; InvalidInput for an amount or a
    number that no loan can have.
    """
    acting = await authorise(session, actor, Permission.READ_OWN)
    if command.amount_minor <= 0:
        raise InvalidInput("amount", "amount_not_positive")
    if command.amount_minor > MAX_MINOR:
        raise InvalidInput("amount", "amount_too_large")
    if not 1 <= command.repayments <= MAX_REPAYMENTS:
        raise InvalidInput("repayments", "between", least=1, most=MAX_REPAYMENTS)
    products = {one.product_id: one for one in await list_products(session, actor)}
    product = products.get(command.product_id)
    if product is None:
        raise NotFound
    settled = await settled_by(session, acting, acting.member_id, command.replaces)
    means = await means_of(session, acting.group_id, acting.member_id, settled)
    today = today_in(acting.timezone, clock_of(session).now())
    try:
        schedule = make_schedule(terms_of(product.rules, command.amount_minor, command.repayments, today))
    except BadTerms as error:
        raise InvalidInput("repayments", "between", least=1, most=product.rules.most_repayments) from error
    fee = schedule.terms.upfront_fee.amount_minor if schedule.terms.upfront_fee else 0
    settles = settled.total_minor if settled else 0
    return LoanQuote(
        product=product,
        schedule=schedule,
        cost=true_cost(schedule),
        limit_minor=limit_of(product.rules, means),
        reasons=reasons_against(product.rules, means, command.amount_minor, command.repayments),
        needs_committee=command.amount_minor > product.rules.treasurer_minor,
        settles_minor=settles,
        in_hand_minor=schedule.terms.lent_minor - fee - settles,
    )


async def settled_by(session: Session, acting: Acting, member_id: UUID, replaces: UUID | None) -> PayoffQuote | None:
    """What settles today the loan that a new one of the member would close; None where it closes none.

    Raises NotFound for a loan that isn't hers, ReplacedLoanOver for one that isn't running.
    """
    if replaces is None:
        return None
    loan = await session.get(Loan, (acting.group_id, replaces))
    if loan is None or loan.member_id != member_id:
        raise NotFound
    if loan.state != "active":
        raise ReplacedLoanOver(no=loan.no)
    (found,) = await store.running(session, [loan])
    return found.payoff(today_in(acting.timezone, clock_of(session).now()))
