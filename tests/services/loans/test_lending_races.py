"""Several people at once about one loan; and what happens when it is not locked."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from sqlalchemy import select

from app.domain.governance import store as proposals
from app.domain.governance.models import Proposal
from app.domain.ledger import service as ledger
from app.domain.loans import applying, disbursing, store
from app.domain.loans.models import Loan
from app.domain.reports.owed import OWED
from app.domain.reports.proving import check_books
from app.kit.db import Database, Session
from tests.factories.governance import EACH
from tests.factories.loans import AMOUNT, Lenders, make_lenders
from tests.factories.payments import step_up


@pytest_asyncio.fixture(loop_scope="session")
async def lenders(database: Database) -> Lenders:
    return await make_lenders(database)


async def at_once(*attempts: Any) -> Counter[str]:
    """How often each outcome came: a state, or the name of what stopped it."""
    results: Sequence[Any] = await asyncio.gather(*attempts, return_exceptions=True)
    return Counter(type(r).__name__ if isinstance(r, BaseException) else str(r.state) for r in results)


async def entries(lenders: Lenders, kind: str) -> int:
    async with lenders.database.transaction(lenders.treasurer) as session:
        assert await ledger.verify_group(session, lenders.council.group.id) is None
        return sum(one.kind == kind for one in await ledger.list_entries(session, lenders.council.group.id, limit=50))


async def test_two_last_approvals(lenders: Lenders) -> None:
    made = await lenders.signing()
    assert made.proposal_id
    await lenders.council.approve(made.proposal_id, lenders.council.admin)
    officers = (lenders.council.president, lenders.council.secretary)
    proofs = [await step_up(lenders.database, who) for who in officers]
    found = await at_once(
        *(
            lenders.council.approve(made.proposal_id, who, proof=proof)
            for who, proof in zip(officers, proofs, strict=True)
        )
    )
    assert found == {"carried": 1, "DecisionEnded": 1}
    assert (await lenders.get(made.id)).state == "approved"


async def test_without_its_lock_a_proposal_is_carried_twice_at_once(
    lenders: Lenders, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database's own wall holds then: one of the two is refused by it, and not by a sentence."""
    made = await lenders.signing()
    assert made.proposal_id
    await lenders.council.approve(made.proposal_id, lenders.council.admin)
    officers = (lenders.council.president, lenders.council.secretary)
    proofs = [await step_up(lenders.database, who) for who in officers]
    both = asyncio.Barrier(2)

    async def not_locked(session: Session, group_id: UUID, proposal_id: UUID) -> Proposal:
        found = await session.get_one(Proposal, (group_id, proposal_id))
        await both.wait()
        return found

    monkeypatch.setattr(proposals, "lock_proposal", not_locked)
    found = await at_once(
        *(
            lenders.council.approve(made.proposal_id, who, proof=proof)
            for who, proof in zip(officers, proofs, strict=True)
        )
    )
    assert found["carried"] == 1
    assert "DecisionEnded" not in found


async def test_an_approval_against_taking_it_back(lenders: Lenders) -> None:
    for _ in range(3):
        made = await lenders.signing()
        assert made.proposal_id
        await lenders.council.approve(made.proposal_id, lenders.council.admin)
        proof = await step_up(lenders.database, lenders.council.president)
        found = await at_once(
            lenders.council.approve(made.proposal_id, lenders.council.president, proof=proof),
            lenders.withdraw(made.id),
        )
        now = await lenders.get(made.id)
        assert now.state in ("approved", "withdrawn")
        assert found in (
            {"carried": 1, "DecisionEnded": 1},
            {"DecisionEnded": 1, "withdrawn": 1},
            {"carried": 1, "withdrawn": 1},
        )
        if now.state == "approved":
            await lenders.withdraw(made.id)


async def test_two_disbursements(lenders: Lenders) -> None:
    made = await lenders.approved()
    proofs = [await step_up(lenders.database, who) for who in (lenders.treasurer, lenders.council.admin)]
    found = await at_once(
        lenders.disburse(made.id, lenders.treasurer, proof=proofs[0]),
        lenders.disburse(made.id, lenders.council.admin, proof=proofs[1]),
    )
    assert found == {"active": 1, "ApplicationMoved": 1}
    assert await entries(lenders, "loan_lent") == 1
    assert await lenders.balances() == {"1010": 4 * EACH - AMOUNT, "1210": AMOUNT, "2010": -4 * EACH}


async def test_a_double_click_pays_out_once(lenders: Lenders) -> None:
    made, key = await lenders.approved(), str(uuid4())
    proof = await step_up(lenders.database, lenders.treasurer)
    found = await at_once(*(lenders.disburse(made.id, key=key, proof=proof) for _ in range(4)))
    assert found == {"active": 4}
    assert await entries(lenders, "loan_lent") == 1


async def test_without_the_lock_both_would_pay_out(lenders: Lenders, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both find it approved. The ledger's own key then keeps the second from posting."""
    made = await lenders.approved()
    proofs = [await step_up(lenders.database, who) for who in (lenders.treasurer, lenders.council.admin)]
    both = asyncio.Barrier(2)

    async def not_locked(session: Session, group_id: UUID, loan_id: UUID) -> Loan:
        statement = select(Loan).where(Loan.group_id == group_id, Loan.id == loan_id)
        found = (await session.execute(statement)).scalar_one()
        await both.wait()
        return found

    monkeypatch.setattr(store, "lock_loan", not_locked)
    found = await at_once(
        lenders.disburse(made.id, lenders.treasurer, proof=proofs[0]),
        lenders.disburse(made.id, lenders.council.admin, proof=proofs[1]),
    )
    assert found["active"] == 1
    assert "ApplicationMoved" not in found, "it was not seen that another was first"


async def test_two_loans_of_the_same_cash(lenders: Lenders) -> None:
    """Each alone is covered; together they are more than there is."""
    free = await lenders.define(guarantors=0, savings_ppm=None)
    ids = []
    for who in lenders.council.programme.members[:2]:
        made = await lenders.save(150_000, product=free, guarantors=(), by=who)
        sent = await lenders.send(made.id, who)
        assert sent.proposal_id
        for officer in (lenders.council.admin, lenders.council.president):
            await lenders.council.approve(sent.proposal_id, officer)
        ids.append(made.id)
    proofs = [await step_up(lenders.database, who) for who in (lenders.treasurer, lenders.council.admin)]
    found = await at_once(
        lenders.disburse(ids[0], lenders.treasurer, proof=proofs[0]),
        lenders.disburse(ids[1], lenders.council.admin, proof=proofs[1]),
    )
    assert found == {"active": 1, "NotEnoughCash": 1}


async def test_a_repayment_posted_twice(lenders: Lenders) -> None:
    made, key = await lenders.active(), str(uuid4())
    found = await at_once(*(lenders.pay(made, 5_000, key=key) for _ in range(4)))
    assert found == {"confirmed": 4}
    assert (await lenders.get(made.id)).unpaid_minor == made.unpaid_minor - 5_000
    found = await at_once(*(lenders.pay(made, 5_000) for _ in range(4)))
    assert found == {"confirmed": 4}, "other keys are other payments, one after the other"
    assert (await lenders.get(made.id)).unpaid_minor == made.unpaid_minor - 25_000


async def test_without_the_lock_two_payments_lose_one(lenders: Lenders, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both read what is paid before either writes: the items then say less than the books."""
    made = await lenders.active()
    both = asyncio.Barrier(2)

    async def not_locked(session: Session, group_id: UUID, ids: Sequence[UUID]) -> list[Loan]:
        found = list((await session.execute(select(Loan).where(Loan.group_id == group_id))).scalars())
        assert ids
        await both.wait()
        return found

    real = store.running
    seen = {"calls": 0}

    async def slow(session: Session, loans: Sequence[Loan]) -> list[store.Running]:
        found = await real(session, loans)
        seen["calls"] += 1
        if seen["calls"] in (3, 4):  # what `spread` reads, once for each
            await both.wait()
        return found

    monkeypatch.setattr(store, "lock_loans", not_locked)
    monkeypatch.setattr(store, "running", slow)
    found = await at_once(lenders.pay(made, 5_000), lenders.pay(made, 5_000))
    monkeypatch.undo()
    assert found["confirmed"] == 2
    async with lenders.database.transaction(lenders.treasurer) as session:
        fault = (await check_books(session, lenders.council.group.id)).fault
    assert fault is not None
    assert fault.reason == OWED


async def test_agreeing_against_having_it_back(lenders: Lenders) -> None:
    """A guarantor's yes and the last signature under her withdrawal want the same savings."""
    one = lenders.guarantors[0]
    made = await lenders.save()
    await lenders.ask(made.id)
    out = await lenders.council.propose("withdrawal", await lenders.council.withdrawal(30_000, one))
    await lenders.council.approve(out.id, lenders.council.admin)
    proof = await step_up(lenders.database, lenders.council.president)
    found = await at_once(
        lenders.answer(made.id, one),
        lenders.council.approve(out.id, lenders.council.president, proof=proof),
    )
    assert found in ({"asked": 1, "HeldForLoans": 1}, {"carried": 1, "NotEnoughSaved": 1})


async def test_without_the_money_lock_savings_are_bound_and_gone(
    lenders: Lenders, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = lenders.guarantors[0]
    first = await lenders.save()
    await lenders.ask(first.id)
    fourth = lenders.council.programme.members[3]
    second = await lenders.save(by=fourth, guarantors=lenders.guarantors)
    await lenders.ask(second.id, fourth)
    both = asyncio.Barrier(2)
    real = applying.pledged_by

    async def together(session: Session, group_id: UUID, member_id: UUID) -> int:
        found = await real(session, group_id, member_id)
        await both.wait()
        return found

    async def not_locked(session: Session, group_id: UUID) -> None:
        assert group_id
        assert session

    monkeypatch.setattr(applying, "pledged_by", together)
    monkeypatch.setattr(applying, "lock_money", not_locked)
    found = await at_once(lenders.answer(first.id, one), lenders.answer(second.id, one))
    assert found == {"asked": 2}, "60,000 of 50,000 are pledged"


async def asked_to_close(lenders: Lenders, old: UUID) -> UUID:
    """An approved loan of a larger sum that closes the old one."""
    product = await lenders.define(guarantors=0)
    return (await lenders.approved(amount_minor=80_000, product=product, guarantors=(), replaces=old)).id


async def test_a_loan_that_closes_another_against_a_repayment(lenders: Lenders) -> None:
    """Whoever is second finds what the first did: less to settle, or a loan that another took over."""
    for _ in range(3):
        old = await lenders.active(guarantors=(), product=await lenders.define(guarantors=0))
        new, proof = await asked_to_close(lenders, old.id), await step_up(lenders.database, lenders.treasurer)
        found = await at_once(lenders.disburse(new, proof=proof), lenders.pay(old, 5_000))
        assert found in ({"active": 1, "confirmed": 1}, {"active": 1, "ClaimReplaced": 1})
        assert (await lenders.get(old.id)).state == "closed"
        assert (await lenders.balances())["1210"] == 80_000
        made = await lenders.get(new)
        await lenders.pay(made, made.payoff_minor)


async def test_two_loans_that_close_the_same_one(lenders: Lenders) -> None:
    old = await lenders.active(guarantors=(), product=await lenders.define(guarantors=0))
    ids = [await asked_to_close(lenders, old.id) for _ in range(2)]
    proofs = [await step_up(lenders.database, who) for who in (lenders.treasurer, lenders.council.admin)]
    found = await at_once(
        lenders.disburse(ids[0], lenders.treasurer, proof=proofs[0]),
        lenders.disburse(ids[1], lenders.council.admin, proof=proofs[1]),
    )
    assert found == {"active": 1, "ReplacedLoanOver": 1}
    assert await entries(lenders, "loan_refinanced") == 1
    assert (await lenders.balances())["1210"] == 80_000


async def test_without_the_lock_on_the_old_loan_it_is_settled_twice(
    lenders: Lenders, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both read that it runs, each settles it from its own money: the books then say less than the items."""
    old = await lenders.active(guarantors=(), product=await lenders.define(guarantors=0))
    ids = [await asked_to_close(lenders, old.id) for _ in range(2)]
    proofs = [await step_up(lenders.database, who) for who in (lenders.treasurer, lenders.council.admin)]
    both = asyncio.Barrier(2)

    async def not_locked(session: Session, group_id: UUID, loan_id: UUID) -> Loan:
        statement = select(Loan).where(Loan.group_id == group_id, Loan.id == loan_id)
        return (await session.execute(statement)).scalar_one()

    real = disbursing._replaced

    async def together(session: Session, loan: Loan, today: date) -> Any:
        found = await real(session, loan, today)
        await both.wait()
        return found

    monkeypatch.setattr(disbursing, "_lock", not_locked)
    monkeypatch.setattr(disbursing, "_replaced", together)
    found = await at_once(
        lenders.disburse(ids[0], lenders.treasurer, proof=proofs[0]),
        lenders.disburse(ids[1], lenders.council.admin, proof=proofs[1]),
    )
    monkeypatch.undo()
    assert found["active"] == 1
    assert "ReplacedLoanOver" not in found, "it was not seen that another was first"
