"""How a group lends: its products, version by version."""

from dataclasses import asdict, fields, replace
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col

from app.domain.audit import service as audit
from app.domain.groups.access import authorise
from app.domain.groups.models import Group
from app.domain.groups.permissions import Permission
from app.domain.groups.taking_over import Give
from app.domain.loans.arrears import PenaltyPer
from app.domain.loans.errors import ProductChanged, TooManyProducts
from app.domain.loans.models import LoanProduct
from app.domain.loans.products import ProductRules, check_product
from app.domain.loans.terms import Amortization, InterestPeriod, InterestType, PayoffInterest, Unit
from app.domain.loans.views import DefineProduct, ProductView
from app.kit.actor import Actor
from app.kit.db import Session, clock_of
from app.kit.errors import NotFound
from app.kit.ids import new_id

MAX_PRODUCTS = 20
WORDS = {
    "unit": Unit,
    "interest_type": InterestType,
    "interest_period": InterestPeriod,
    "amortization": Amortization,
    "payoff": PayoffInterest,
    "penalty_per": PenaltyPer,
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
        **_columns(rules),
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


async def take_products(session: Session, group_id: UUID) -> Give:
    """For a group that succeeds this one: each product's newest rules, as its first version."""
    products = [_rules(row) for row in await _newest(session, group_id)]

    async def give(session: Session, group_id: UUID, seat_id: UUID) -> None:
        set_at = clock_of(session).now()
        session.add_all(
            LoanProduct(
                group_id=group_id, product_id=new_id(), version=1, set_by=seat_id, set_at=set_at, **_columns(rules)
            )
            for rules in products
        )
        await session.flush()

    return give


async def product_of(session: Session, group_id: UUID, product_id: UUID, version: int) -> ProductRules:
    """The version that a loan was made on; the caller has authorised."""
    return _rules(await session.get_one(LoanProduct, (group_id, product_id, version)))


async def _newest(session: Session, group_id: UUID) -> list[LoanProduct]:
    """The versions in force."""
    statement = (
        select(LoanProduct)
        .where(LoanProduct.group_id == group_id)
        .ext(distinct_on(col(LoanProduct.product_id)))
        .order_by(col(LoanProduct.product_id), col(LoanProduct.version).desc())
    )
    return list((await session.execute(statement)).scalars())


def _rules(row: LoanProduct) -> ProductRules:
    values = {field.name: getattr(row, field.name) for field in fields(ProductRules)}
    values["provision_ppm"] = tuple(values["provision_ppm"])
    return ProductRules(**values | {name: word(values[name]) for name, word in WORDS.items()})


def _columns(rules: ProductRules) -> dict[str, Any]:
    return asdict(rules) | {"provision_ppm": list(rules.provision_ppm)}


def _view(row: LoanProduct, currency: str) -> ProductView:
    return ProductView(row.product_id, row.version, _rules(row), currency)
