"""How a group lends: its products, version by version, and what a loan would come to."""

from dataclasses import asdict, fields, replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col

from app.domain.audit import service as audit
from app.domain.groups.access import authorise
from app.domain.groups.models import Group
from app.domain.groups.permissions import Permission
from app.domain.groups.views import Acting
from app.domain.ledger import service as ledger
from app.domain.ledger.recipes import MONEY_BY_METHOD, member_account
from app.domain.loans.cost import true_cost
from app.domain.loans.errors import ProductChanged, TooManyProducts
from app.domain.loans.limits import Means, limit_of, reasons_against
from app.domain.loans.models import LoanProduct
from app.domain.loans.products import ProductRules, check_product, terms_of
from app.domain.loans.schedule import make_schedule
from app.domain.loans.terms import MAX_REPAYMENTS, Amortization, BadTerms, InterestPeriod, InterestType, Unit
from app.domain.loans.views import DefineProduct, LoanQuote, ProductView, QuoteLoan
from app.kit.actor import Actor
from app.kit.clock import today_in
from app.kit.db import Session, clock_of
from app.kit.errors import InvalidInput, NotFound
from app.kit.ids import new_id
from app.kit.money import MAX_MINOR

MAX_PRODUCTS = 20
WORDS = {
    "unit": Unit,
    "interest_type": InterestType,
    "interest_period": InterestPeriod,
    "amortization": Amortization,
}


async def list_products(session: Session, actor: Actor) -> tuple[ProductView, ...]:
    """The newest version of each product, offered or not, by name; for every member."""
    acting = await authorise(session, actor, Permission.READ_OWN)
    found = [_view(row, acting.currency) for row in await _newest(session, acting.group_id)]
    return tuple(sorted(found, key=lambda one: (one.rules.name.casefold(), one.product_id)))


async def define_product(session: Session, actor: Actor, command: DefineProduct) -> ProductView:
    """A new product, or a new version of one, by an admin. Loans keep the version that they were made on.

    Locks the group. The same rules again change nothing. Raises ProductChanged when `version` is not the one in force,
    TooManyProducts, NotFound, InvalidInput.
    """
    acting = await authorise(session, actor, Permission.MANAGE_GROUP)
    check_product(command.rules)
    rules = replace(command.rules, name=command.rules.name.strip())
    await session.execute(select(Group.id).where(Group.id == acting.group_id).with_for_update(key_share=True))
    products = {row.product_id: row for row in await _newest(session, acting.group_id)}
    now = products.get(command.product_id) if command.product_id else None
    if command.product_id and now is None:
        raise NotFound
    if now and _rules(now) == rules:
        return _view(now, acting.currency)
    if command.version != (now.version if now else 0):
        raise ProductChanged
    if now is None and len(products) >= MAX_PRODUCTS:
        raise TooManyProducts(most=MAX_PRODUCTS)
    row = LoanProduct(
        group_id=acting.group_id,
        product_id=command.product_id or new_id(),
        version=command.version + 1,
        set_by=acting.member_id,
        set_at=clock_of(session).now(),
        **asdict(rules),
    )
    session.add(row)
    await session.flush()
    await audit.record(
        session,
        group_id=acting.group_id,
        actor_id=acting.member_id,
        action="loan_product.set",
        subject="loan_product",
        subject_id=row.product_id,
        facts={"version": row.version, "rate_ppm": rules.rate_ppm},
    )
    return _view(row, acting.currency)


async def quote_loan(session: Session, actor: Actor, command: QuoteLoan) -> LoanQuote:
    """What a loan to the actor, paid out today, would come to; records nothing.

    Raises NotFound for another group's product; InvalidInput for an amount or a number that no loan can have.
    """
    acting = await authorise(session, actor, Permission.READ_OWN)
    if command.amount_minor <= 0:
        raise InvalidInput("amount", "amount_not_positive")
    if command.amount_minor > MAX_MINOR:
        raise InvalidInput("amount", "amount_too_large")
    if not 1 <= command.repayments <= MAX_REPAYMENTS:
        raise InvalidInput("repayments", "between", least=1, most=MAX_REPAYMENTS)
    rows = await _newest(session, acting.group_id, command.product_id)
    if not rows:
        raise NotFound
    product = _view(rows[0], acting.currency)
    means = await _means(session, acting)
    today = today_in(acting.timezone, clock_of(session).now())
    try:
        schedule = make_schedule(terms_of(product.rules, command.amount_minor, command.repayments, today))
    except BadTerms as error:
        raise InvalidInput("repayments", "between", least=1, most=product.rules.most_repayments) from error
    return LoanQuote(
        product=product,
        schedule=schedule,
        cost=true_cost(schedule),
        limit_minor=limit_of(product.rules, means),
        reasons=reasons_against(product.rules, means, command.amount_minor, command.repayments),
        needs_committee=command.amount_minor > product.rules.treasurer_minor,
    )


async def _means(session: Session, acting: Acting) -> Means:
    """Her savings and the group's money, by the books. No loan is on the books yet: nobody owes any."""
    savings = -await ledger.balance(session, acting.group_id, member_account("savings", acting.member_id))
    controls = sorted(set(MONEY_BY_METHOD.values()))
    cash = sum([await ledger.control_balance(session, acting.group_id, one) for one in controls])
    return Means(savings_minor=savings, owed_minor=0, cash_minor=cash)


async def _newest(session: Session, group_id: UUID, product_id: UUID | None = None) -> list[LoanProduct]:
    """The versions in force, of all products or one."""
    statement = (
        select(LoanProduct)
        .where(LoanProduct.group_id == group_id)
        .ext(distinct_on(col(LoanProduct.product_id)))
        .order_by(col(LoanProduct.product_id), col(LoanProduct.version).desc())
    )
    if product_id:
        statement = statement.where(LoanProduct.product_id == product_id)
    return list((await session.execute(statement)).scalars())


def _rules(row: LoanProduct) -> ProductRules:
    values = {field.name: getattr(row, field.name) for field in fields(ProductRules)}
    return ProductRules(**values | {name: word(values[name]) for name, word in WORDS.items()})


def _view(row: LoanProduct, currency: str) -> ProductView:
    return ProductView(row.product_id, row.version, _rules(row), currency)
