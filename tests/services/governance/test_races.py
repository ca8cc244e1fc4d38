"""Several people at once, each in a transaction of their own; and what happens when the proposal is not locked."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from app import embedded
from app.domain.cashbook import decisions
from app.domain.governance import service, store
from app.domain.governance.models import Proposal
from app.domain.ledger import service as ledger
from app.kit.clock import MovedClock, SystemClock
from app.kit.db import Session
from tests.factories.governance import EACH, Council
from tests.factories.groups import make_officer
from tests.factories.payments import step_up

LENT = 20_000


async def at_once(*attempts: Any) -> Counter[str]:
    """How often each outcome came: a state, or the name of what stopped it."""
    results: Sequence[Any] = await asyncio.gather(*attempts, return_exceptions=True)
    return Counter(type(r).__name__ if isinstance(r, BaseException) else str(getattr(r, "state", r)) for r in results)


async def paid_out(council: Council) -> tuple[int, int]:
    """What left the box, and in how many entries; the chain holds and the member's account agrees."""
    async with council.database.transaction(council.treasurer) as session:
        assert await ledger.verify_group(session, council.group.id) is None
        entries = await ledger.list_entries(session, council.group.id, limit=50)
        box = await ledger.balance(session, council.group.id, "1010")
        held = await ledger.control_balance(session, council.group.id, "2010")
    assert box == -held
    return EACH - box, sum(entry.kind == "savings_paid_out" for entry in entries)


async def one_to_go(council: Council) -> UUID:
    """A withdrawal that wants one more signature."""
    made = await council.propose("withdrawal", await council.withdrawal(LENT))
    await council.approve(made.id, council.admin)
    return made.id


async def test_two_last_signatures(council: Council) -> None:
    proposal_id = await one_to_go(council)
    officers = [council.president, council.secretary, await make_officer(council.database, council.group, "vice")]
    proofs = [await step_up(council.database, who) for who in officers]
    found = await at_once(
        *(council.approve(proposal_id, who, proof=proof) for who, proof in zip(officers, proofs, strict=True))
    )
    assert found == {"carried": 1, "DecisionEnded": 2}
    assert await paid_out(council) == (LENT, 1)


async def test_a_double_click_signs_once_and_shows_it_each_time(council: Council) -> None:
    proposal_id, key = await one_to_go(council), str(uuid4())
    proof = await step_up(council.database, council.president)
    found = await at_once(*(council.approve(proposal_id, council.president, key=key, proof=proof) for _ in range(6)))
    assert found == {"carried": 6}
    assert await paid_out(council) == (LENT, 1)


async def test_a_signature_against_taking_it_back(council: Council) -> None:
    for _ in range(3):
        proposal_id = await one_to_go(council)
        before = await paid_out(council)
        proof = await step_up(council.database, council.president)
        found = await at_once(
            council.approve(proposal_id, council.president, proof=proof), council.withdraw(proposal_id)
        )
        assert found["DecisionEnded"] == 1
        spent = LENT if found["carried"] else 0
        assert (await paid_out(council))[0] == before[0] + spent
        if spent:
            break


async def test_a_signature_against_its_time(council: Council) -> None:
    """The clock says it is over when the worker comes, and not yet when the officer signed: one of the two wins."""
    proposal_id = await one_to_go(council)
    proof = await step_up(council.database, council.president)
    late = council.database.with_tools(clock=MovedClock(SystemClock(), (await _days(council, proposal_id))))

    async def expire() -> bool:
        async with late.transaction(council.treasurer) as session:
            return await service.expire_decision(session, council.group.id, proposal_id)

    found = await at_once(council.approve(proposal_id, council.president, proof=proof), expire(), expire())
    assert found in ({"carried": 1, "False": 2}, {"DecisionEnded": 1, "True": 1, "False": 1})
    assert (await paid_out(council))[1] == found["carried"]


async def _days(council: Council, proposal_id: UUID) -> Any:
    view = await council.get(proposal_id)
    return view.expires_at - view.proposed_at


async def test_two_withdrawals_of_the_same_savings(council: Council, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each alone is covered; together they are more than she has: exactly what the balance allows goes out.

    Both were proposed at once, neither seeing that the other waits.
    """

    async def nothing_waits(*_: object) -> int:
        return 0

    monkeypatch.setattr(decisions, "open_amount", nothing_waits)
    ids = []
    for _ in range(2):
        made = await council.propose("withdrawal", await council.withdrawal(30_000))
        await council.approve(made.id, council.admin)
        ids.append(made.id)
    proofs = [await step_up(council.database, who) for who in (council.president, council.secretary)]
    found = await at_once(
        council.approve(ids[0], council.president, proof=proofs[0]),
        council.approve(ids[1], council.secretary, proof=proofs[1]),
    )
    assert found == {"carried": 1, "MoreThanHeld": 1}
    assert await paid_out(council) == (30_000, 1)


async def test_without_the_lock_the_race_shows(
    council: Council, monkeypatch: pytest.MonkeyPatch, server: embedded.Server, database_name: str
) -> None:
    """Negative control: read without FOR UPDATE, two last signatures each carry it out; here without the table's guard.

    The ledger's key still keeps the second from paying again: the last wall of three.
    """
    proposal_id = await one_to_go(council)

    async def read_only(session: Session, group_id: UUID, wanted: UUID) -> Proposal:
        proposal = await session.get_one(Proposal, (group_id, wanted))
        await both_have_read.wait()
        return proposal

    proofs = [await step_up(council.database, who) for who in (council.president, council.secretary)]
    both_have_read = asyncio.Barrier(2)
    monkeypatch.setattr(store, "lock_proposal", read_only)
    with psycopg.connect(server.url(embedded.SUPERUSER, database_name), autocommit=True) as connection:
        connection.execute("ALTER TABLE proposals DISABLE TRIGGER signed")
        try:
            found = await at_once(
                council.approve(proposal_id, council.president, proof=proofs[0]),
                council.approve(proposal_id, council.secretary, proof=proofs[1]),
            )
        finally:
            connection.execute("ALTER TABLE proposals ENABLE TRIGGER signed")
    assert found["carried"] + found["IdempotencyConflict"] == 2
    assert found["carried"] >= 1
    assert await paid_out(council) == (LENT, 1)


async def test_without_the_lock_the_table_still_ends_it_once(council: Council, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: the second signature finds an ended proposal and is refused by the table, not the service."""
    proposal_id = await one_to_go(council)

    async def read_only(session: Session, group_id: UUID, wanted: UUID) -> Proposal:
        proposal = await session.get_one(Proposal, (group_id, wanted))
        await both_have_read.wait()
        return proposal

    proofs = [await step_up(council.database, who) for who in (council.president, council.secretary)]
    both_have_read = asyncio.Barrier(2)
    monkeypatch.setattr(store, "lock_proposal", read_only)
    found = await at_once(
        council.approve(proposal_id, council.president, proof=proofs[0]),
        council.approve(proposal_id, council.secretary, proof=proofs[1]),
    )
    assert found["carried"] == 1
    assert found["DecisionEnded"] == 0
    assert await paid_out(council) == (LENT, 1)
