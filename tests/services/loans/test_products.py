"""Products of a group: versions, who sets them, and what a member is quoted, with the reasons against it."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app import wiring
from app.domain.contributions import reading, service
from app.domain.contributions.service import OpenCall
from app.domain.loans.errors import ProductChanged, TooManyProducts
from app.domain.loans.limits import Means, Reason, Why, limit_of, reasons_against
from app.domain.loans.products import ProductRules
from app.domain.loans.quoting import quote_loan
from app.domain.loans.service import MAX_PRODUCTS, define_product, list_products
from app.domain.loans.terms import InterestType, Unit
from app.domain.loans.views import DefineProduct, LoanQuote, ProductView, QuoteLoan
from app.domain.payments import service as payments
from app.domain.payments.commands import Part, RecordCash
from app.kit.actor import Actor
from app.kit.clock import today_in
from app.kit.db import Database, clock_of
from app.kit.errors import InvalidInput, NotFound, NotPermitted
from tests.factories.groups import MadeGroup, id_of, make_group, make_member, make_officer

RULES = ProductRules("School fees", 240_000, 12, savings_ppm=3_000_000, least_minor=10_000, treasurer_minor=100_000)


async def define(database: Database, who: Actor, command: DefineProduct) -> ProductView:
    async with database.transaction(who) as session:
        return await define_product(session, who, command)


async def quote(database: Database, who: Actor, command: QuoteLoan) -> LoanQuote:
    async with database.transaction(who) as session:
        return await quote_loan(session, who, command)


async def save(database: Database, group: MadeGroup, member: Actor, amount_minor: int) -> None:
    """The member pays a call's savings in cash."""
    wiring.register()
    treasurer = await make_officer(database, group, "treasurer")
    member_id = await id_of(database, member)
    async with database.transaction(treasurer) as session:
        today = today_in("Africa/Nairobi", clock_of(session).now())
        await service.open_call(
            session, treasurer, OpenCall("Savings", amount_minor, today + timedelta(days=9), str(uuid4()))
        )
    async with database.transaction(member) as session:
        due = (await reading.home(session, member)).dues[0]
    async with database.transaction(treasurer) as session:
        command = RecordCash(member_id, (Part(due.id, amount_minor),), today, str(uuid4()))
        await payments.record_cash(session, treasurer, command)


async def test_each_change_is_a_version_and_the_old_ones_stay(database: Database) -> None:
    group = await make_group(database)
    first = await define(database, group.admin, DefineProduct(replace(RULES, name="  School fees ")))
    assert (first.version, first.rules) == (1, RULES)
    dearer = replace(RULES, rate_ppm=300_000, unit=Unit.WEEKS, interest_type=InterestType.FLAT)
    second = await define(database, group.admin, DefineProduct(dearer, first.product_id, 1))
    again = await define(database, group.admin, DefineProduct(dearer, first.product_id, 1))
    assert (second.version, again) == (2, second)
    with pytest.raises(ProductChanged):
        await define(database, group.admin, DefineProduct(RULES, first.product_id, 1))
    async with database.transaction(group.admin) as session:
        assert await list_products(session, group.admin) == (second,)
        kept = await session.execute(text("SELECT version, rate_ppm FROM loan_products ORDER BY version"))
        assert [tuple(row) for row in kept] == [(1, 240_000), (2, 300_000)]
    with pytest.raises(DBAPIError):
        async with database.transaction(group.admin) as session:
            await session.execute(text("UPDATE loan_products SET rate_ppm = 1"))


async def test_products_are_the_admins_and_end_somewhere(database: Database) -> None:
    group = await make_group(database)
    for who in (await make_member(database, group), await make_officer(database, group, "treasurer")):
        with pytest.raises(NotPermitted):
            await define(database, who, DefineProduct(RULES))
    with pytest.raises(NotFound):
        await define(database, group.admin, DefineProduct(RULES, uuid4(), 1))
    for number in range(MAX_PRODUCTS):
        await define(database, group.admin, DefineProduct(replace(RULES, name=f"Loan {number}")))
    with pytest.raises(TooManyProducts):
        await define(database, group.admin, DefineProduct(RULES))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"rate_ppm": -1}, "rate_ppm"),
        ({"most_repayments": 0}, "most_repayments"),
        ({"most_repayments": 1200, "every": 2}, "most_repayments"),
        ({"grace_periods": 1}, "grace_periods"),
        ({"most_minor": 9_999}, "most_minor"),
        ({"fee_ppm": 1_000_001}, "fee_ppm"),
        ({"savings_ppm": 0}, "savings_ppm"),
        ({"multiple_minor": 0}, "multiple_minor"),
        ({"year_days": 366}, "year_days"),
        ({"month_days": 31}, "month_days"),
    ],
)
async def test_rules_that_can_not_be_are_named(database: Database, changes: dict[str, object], field: str) -> None:
    group = await make_group(database)
    with pytest.raises(InvalidInput) as refused:
        await define(database, group.admin, DefineProduct(replace(RULES, **changes)))  # type: ignore[arg-type]
    assert refused.value.field == field


async def test_a_member_is_quoted_what_the_books_allow(database: Database) -> None:
    group = await make_group(database, template="self_help", currency="INR")
    saver, other = await make_member(database, group), await make_member(database, group)
    await save(database, group, saver, 50_000)
    product = await define(database, group.admin, DefineProduct(RULES))
    hers = await quote(database, saver, QuoteLoan(product.product_id, 50_000, 6))
    assert (hers.limit_minor, hers.reasons, hers.needs_committee) == (50_000, (), False), "three times, but as cash is"
    assert len(hers.schedule.rows) == 6
    assert hers.cost is not None
    assert hers.cost.cost_minor == hers.schedule.totals.interest_minor > 0
    more = await quote(database, saver, QuoteLoan(product.product_id, 150_001, 13))
    assert more.reasons == (
        Reason(Why.ABOVE_SAVINGS, 150_000),
        Reason(Why.ABOVE_CASH, 50_000),
        Reason(Why.TOO_MANY_REPAYMENTS, 12),
    )
    assert more.needs_committee
    nothing = await quote(database, other, QuoteLoan(product.product_id, 10_000, 6))
    assert (nothing.limit_minor, nothing.reasons) == (0, (Reason(Why.ABOVE_SAVINGS, 0),))


async def test_a_quote_needs_a_product_of_the_group_and_a_loan_that_can_be(database: Database) -> None:
    group, elsewhere = await make_group(database), await make_group(database)
    theirs = await define(database, elsewhere.admin, DefineProduct(RULES))
    with pytest.raises(NotFound):
        await quote(database, group.admin, QuoteLoan(theirs.product_id, 50_000, 6))
    yearly = await define(database, group.admin, DefineProduct(replace(RULES, every=1000, most_repayments=1)))
    for amount, repayments, field in (
        (0, 1, "amount"),
        (10**16, 1, "amount"),
        (1, 0, "repayments"),
        (1, 1200, "repayments"),
    ):
        with pytest.raises(InvalidInput) as refused:
            await quote(database, group.admin, QuoteLoan(yearly.product_id, amount, repayments))
        assert refused.value.field == field


def test_the_limit_is_the_least_of_savings_cash_and_product() -> None:
    rules = replace(RULES, most_minor=80_000)
    assert limit_of(rules, Means(50_000, 100_000, 10**6)) == 50_000, "3 x savings less what she owes"
    assert limit_of(rules, Means(50_000, 0, 10**6)) == 80_000
    assert limit_of(rules, Means(50_000, 0, 7_000)) == 7_000
    assert limit_of(rules, Means(50_000, 10**6, -5)) == 0
    assert limit_of(replace(rules, savings_ppm=None), Means(0, 0, 10**6)) == 80_000


def test_every_reason_is_told_at_once() -> None:
    rules = replace(RULES, is_offered=False, most_minor=20_000, least_repayments=3, most_repayments=3)
    found = reasons_against(rules, Means(0, 0, 0), 30_000, 2)
    assert [one.why for one in found] == [
        Why.NOT_OFFERED,
        Why.ABOVE_PRODUCT,
        Why.ABOVE_SAVINGS,
        Why.ABOVE_CASH,
        Why.TOO_FEW_REPAYMENTS,
    ]
    assert reasons_against(RULES, Means(10**6, 0, 10**6), 9_999, 12) == (Reason(Why.TOO_LITTLE, 10_000),)
