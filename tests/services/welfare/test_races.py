"""Several people at once, each in a transaction of their own; and what happens when the claim is not locked."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from app import embedded
from app.domain.ledger import service as ledger
from app.domain.welfare import decisions, store
from app.domain.welfare.models import WelfareClaim
from app.domain.welfare.scheme import Benefit
from app.kit.db import Session
from tests.factories.payments import step_up
from tests.factories.welfare import PAID, Fund

BENEFIT = 40_000


async def at_once(*attempts: Any) -> Counter[str]:
    """How often each outcome came: a state, or the name of what stopped it."""
    results: Sequence[Any] = await asyncio.gather(*attempts, return_exceptions=True)
    return Counter(type(r).__name__ if isinstance(r, BaseException) else str(getattr(r, "state", r)) for r in results)


async def paid_out(fund: Fund) -> tuple[int, int]:
    """What left the box, and in how many entries; the chain holds and the fund agrees."""
    async with fund.database.transaction(fund.treasurer) as session:
        assert await ledger.verify_group(session, fund.council.group.id) is None
        entries = await ledger.list_entries(session, fund.council.group.id, limit=50)
        box = await ledger.balance(session, fund.council.group.id, "1010")
        assert await store.fund_minor(session, fund.council.group.id) == box >= 0
    return 2 * PAID - box, sum(entry.kind == "welfare_payout" for entry in entries)


async def one_to_go(fund: Fund, claim_id: UUID) -> UUID:
    """A payout that wants one more signature."""
    made = await fund.payout(claim_id)
    await fund.council.approve(made.id, fund.council.admin)
    return made.id


async def test_two_payouts_of_one_claim_are_proposed_once(fund: Fund) -> None:
    claim = await fund.accepted()
    found = await at_once(*(fund.payout(claim.id, key=str(uuid4())) for _ in range(4)))
    assert found == {"open": 1, "AlreadyProposed": 3}


async def test_two_last_signatures_at_once_pay_once(fund: Fund) -> None:
    claim = await fund.accepted()
    proposal_id = await one_to_go(fund, claim.id)
    officers = (fund.council.president, fund.council.secretary)
    proofs = [await step_up(fund.database, who) for who in officers]
    found = await at_once(
        *(fund.council.approve(proposal_id, who, proof=proof) for who, proof in zip(officers, proofs, strict=True))
    )
    assert found == {"carried": 1, "DecisionEnded": 1}
    assert await paid_out(fund) == (BENEFIT, 1)


async def test_two_claims_of_one_fund_at_once(fund: Fund) -> None:
    """Each alone is covered; together they are more than the fund holds."""
    await fund.rule(benefits=(Benefit("parent", 2 * PAID - 1),))
    ids = [await one_to_go(fund, (await fund.accepted()).id) for _ in range(2)]
    proofs = [await step_up(fund.database, who) for who in (fund.council.president, fund.council.secretary)]
    found = await at_once(
        fund.council.approve(ids[0], fund.council.president, proof=proofs[0]),
        fund.council.approve(ids[1], fund.council.secretary, proof=proofs[1]),
    )
    assert found == {"carried": 1, "NotEnoughInFund": 1}
    assert await paid_out(fund) == (2 * PAID - 1, 1)


async def test_accepting_and_refusing_at_once(fund: Fund) -> None:
    for _ in range(3):
        claim = await fund.report()
        found = await at_once(fund.accept(claim.id), fund.refuse(claim.id))
        assert found in ({"accepted": 1, "refused": 1}, {"refused": 1, "ClaimEnded": 1})
        assert (await fund.get(claim.id)).state == "refused"


async def test_two_members_of_one_event_are_first_and_second(fund: Fund) -> None:
    await fund.rule(further_ppm=500_000)
    claims = [await fund.report(who, person="Mzee Onyango") for who in fund.members]
    results = await asyncio.gather(*(fund.accept(one.id) for one in claims))
    assert sorted(one.amount_minor for one in results) == [BENEFIT // 2, BENEFIT]


async def test_one_levy_is_called_at_once(fund: Fund) -> None:
    await fund.rule(levy_minor=500)
    claim = await fund.accepted()
    found = await at_once(*(fund.levy(claim.id) for _ in range(3)))
    assert found["AlreadyCalled"] == 2
    assert len((await fund.fund()).calls) == 1


async def two_proposals(fund: Fund, server: embedded.Server, database_name: str) -> list[UUID]:
    """Of one claim, each wanting one more signature: only without the index that keeps the second away."""
    claim = await fund.accepted()
    with psycopg.connect(server.url(embedded.SUPERUSER, database_name), autocommit=True) as connection:
        connection.execute("DROP INDEX proposals_once")
    return [await one_to_go(fund, claim.id) for _ in range(2)]


def restore(server: embedded.Server, database_name: str) -> None:
    with psycopg.connect(server.url(embedded.SUPERUSER, database_name), autocommit=True) as connection:
        connection.execute(
            "CREATE UNIQUE INDEX proposals_once ON proposals (group_id, kind, subject_id)"
            " WHERE state = 'open' AND subject_id IS NOT NULL"
        )


async def take_back_open(fund: Fund, ids: list[UUID]) -> None:
    for one in ids:
        if (await fund.council.get(one)).state == "open":
            await fund.council.withdraw(one)


async def sign_both(fund: Fund, ids: list[UUID]) -> Counter[str]:
    officers = (fund.council.president, fund.council.secretary)
    proofs = [await step_up(fund.database, who) for who in officers]
    return await at_once(
        *(fund.council.approve(one, who, proof=proof) for one, who, proof in zip(ids, officers, proofs, strict=True))
    )


async def test_two_payouts_of_one_claim_signed_at_once_pay_once(
    fund: Fund, server: embedded.Server, database_name: str
) -> None:
    ids = await two_proposals(fund, server, database_name)
    try:
        assert await sign_both(fund, ids) == {"carried": 1, "NotAccepted": 1}
        assert await paid_out(fund) == (BENEFIT, 1)
    finally:
        await take_back_open(fund, ids)
        restore(server, database_name)


@pytest.mark.parametrize(("is_guarded", "paid"), [(True, 1), (False, 2)])
async def test_without_the_lock_the_race_shows(
    fund: Fund,
    monkeypatch: pytest.MonkeyPatch,
    server: embedded.Server,
    database_name: str,
    *,
    is_guarded: bool,
    paid: int,
) -> None:
    """Negative control: read without FOR UPDATE, both see an accepted claim; the table's guard still stops the second.

    Without the guard too, it is paid twice.
    """
    ids = await two_proposals(fund, server, database_name)

    async def read_only(session: Session, group_id: UUID, claim_id: UUID) -> WelfareClaim:
        claim = await session.get_one(WelfareClaim, (group_id, claim_id))
        await both_have_read.wait()
        return claim

    both_have_read = asyncio.Barrier(2)
    monkeypatch.setattr(decisions.store, "lock_claim", read_only)
    with psycopg.connect(server.url(embedded.SUPERUSER, database_name), autocommit=True) as connection:
        if not is_guarded:
            connection.execute("ALTER TABLE welfare_claims DISABLE TRIGGER once")
        try:
            found = await sign_both(fund, ids)
        finally:
            connection.execute("ALTER TABLE welfare_claims ENABLE TRIGGER once")
            await take_back_open(fund, ids)
            restore(server, database_name)
    assert found["carried"] == paid
    assert await paid_out(fund) == (paid * BENEFIT, paid)
