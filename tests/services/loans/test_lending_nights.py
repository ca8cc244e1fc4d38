"""The night's work on loans: twice, late, or after days without it, it comes to the same."""

from datetime import timedelta

import pytest
import pytest_asyncio
from sqlalchemy import text

from app.domain.groups import inbox
from app.domain.loans import nightly
from app.domain.loans.arrears import PenaltyPer
from app.domain.loans.views import LoanView
from app.kit.actor import NOBODY
from app.kit.db import Database
from tests.factories.loans import Lenders, make_lenders

DAILY = {"penalty_per": PenaltyPer.DAY, "penalty_ppm": 10_000, "penalty_grace_days": 2, "guarantors": 0}
"""1 % a day of what is overdue, from the third day on."""


@pytest_asyncio.fixture(loop_scope="session")
async def lenders(database: Database) -> Lenders:
    return await make_lenders(database)


async def items(lenders: Lenders, loan: LoanView) -> list[tuple[object, ...]]:
    """Every item, with its day counted from the loan's."""
    async with lenders.database.transaction(lenders.treasurer) as session:
        rows = await session.execute(
            text("SELECT n, part, due_on, due_minor, paid_minor FROM loan_items WHERE loan_id = :id ORDER BY item_no"),
            {"id": loan.id},
        )
        assert loan.disbursed_on
        return [(row.n, row.part, row.due_on - loan.disbursed_on, row.due_minor, row.paid_minor) for row in rows]


async def late_loan(lenders: Lenders, **rules: object) -> LoanView:
    """Its first instalment is due today."""
    product = await lenders.define(**(DAILY | rules))
    made = await lenders.active(product=product, guarantors=())
    lenders.go((made.instalments[0].due_on - await lenders.today()).days)
    await lenders.night()
    return made


async def test_twice_on_a_day_changes_nothing(lenders: Lenders) -> None:
    made = await late_loan(lenders)
    lenders.go(4)
    assert await lenders.night() == 1
    once = await items(lenders, made)
    assert sum(row[3] for row in once if row[1] == "penalty") == 2 * 107, "1 % of 10,712 for two days, a row each"  # type: ignore[misc]
    assert await lenders.night() == 0
    assert await items(lenders, made) == once
    now = await lenders.get(made.id)
    assert now.overdue_minor == 10_712 + 107, "what is charged today is due today"
    assert now.standing == "overdue"


@pytest.mark.parametrize("pays", [False, True])
async def test_after_three_missed_days_as_after_three_nights(database: Database, *, pays: bool) -> None:
    """Also when a payment came in between: it finds the penalties of its day, whether or not the night has."""
    found = []
    for is_nightly in (True, False):
        lenders = await make_lenders(database)
        made = await late_loan(lenders)
        lenders.go(2)
        await lenders.night()
        for day in range(3):
            lenders.go(1)
            if is_nightly:
                await lenders.night()
            if pays and day == 1:
                await lenders.pay(made, 4_000)
        await lenders.night()
        found.append(await items(lenders, made))
    assert found[0] == found[1]
    assert sum(row[1] == "penalty" for row in found[0]) == 3


async def test_a_penalty_is_never_on_a_penalty_and_has_its_cap(lenders: Lenders) -> None:
    made = await late_loan(lenders, penalty_cap_minor=300)
    lenders.go(20)
    await lenders.night()
    charged = [row for row in await items(lenders, made) if row[1] == "penalty"]
    assert [row[3] for row in charged] == [107, 107, 86]
    await lenders.pay(made, 300)
    assert (await lenders.get(made.id)).instalments[0].unpaid_minor == 10_712, "penalties are paid first"


async def test_a_fixed_penalty_comes_once(lenders: Lenders) -> None:
    made = await late_loan(lenders, penalty_per=PenaltyPer.ONCE, penalty_ppm=0, penalty_minor=500)
    for _ in range(5):
        lenders.go(1)
        await lenders.night()
    assert [row[2:4] for row in await items(lenders, made) if row[1] == "penalty"] == [
        (made.instalments[0].due_on - made.disbursed_on + timedelta(days=3), 500)  # type: ignore[operator]
    ]


async def test_overdue_and_default_are_told_once(lenders: Lenders) -> None:
    made = await late_loan(lenders, default_after_days=30)
    for days in (1, 1, 20, 10, 1):
        lenders.go(days)
        await lenders.night()
    async with lenders.database.transaction(lenders.borrower) as session:
        told = [one.kind for one in await inbox.list_my_notifications(session, lenders.borrower)]
    assert told.count("loan_late") == 2
    assert (await lenders.get(made.id)).standing == "default"


async def test_the_worker_asks_for_groups_with_loans_of_yesterday(lenders: Lenders) -> None:
    await lenders.active()

    async def due() -> bool:
        async with lenders.database.transaction(NOBODY) as session:
            return lenders.council.group.id in await nightly.due_groups(session)

    assert not await due()
    lenders.go(1)
    assert await due()
    await lenders.night()
    assert not await due()
