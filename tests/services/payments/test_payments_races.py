"""Several people at once, each in a transaction of their own; and what happens when the payment is not locked."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.domain.ledger import service as ledger
from app.domain.payments import store
from app.domain.payments.commands import Part
from app.domain.payments.models import Payment
from app.domain.receipts import service as receipts
from app.kit.db import Session
from tests.factories.groups import make_officer
from tests.factories.payments import EACH, Programme, make_programme, new_code


async def at_once(*attempts: Any) -> Counter[str]:
    """How often each outcome came: a state, or the name of what stopped it."""
    results: Sequence[Any] = await asyncio.gather(*attempts, return_exceptions=True)
    return Counter(type(r).__name__ if isinstance(r, BaseException) else r.state for r in results)


async def paid(programme: Programme) -> tuple[int, int, int]:
    """Income in the ledger, entries, receipts; the chain holds."""
    async with programme.database.transaction(programme.treasurer) as session:
        assert await ledger.verify_group(session, programme.group.id) is None
        entries = await ledger.list_entries(session, programme.group.id, limit=50)
        issued = await receipts.list_group_receipts(session, programme.treasurer)
        balances = {row.control_code: row for row in await ledger.trial_balance(session, programme.group.id)}
    stands = balances.get("4010")  # not open yet where the confirmation lost
    return (stands.credit_minor - stands.debit_minor if stands else 0), len(entries), len(issued)


async def test_two_treasurers_confirm(programme: Programme):
    sent = await programme.submit()
    others = [await make_officer(programme.database, programme.group, "treasurer") for _ in range(3)]
    found = await at_once(*(programme.confirm(sent.id, who) for who in (programme.treasurer, *others)))
    assert found == {"confirmed": 1, "PaymentAlreadyDecided": 3}
    assert await paid(programme) == (EACH, 1, 1)


async def test_a_double_click_confirms_once_and_shows_it_twice(programme: Programme):
    sent = await programme.submit()
    key = str(uuid4())
    assert await at_once(*(programme.confirm(sent.id, key=key) for _ in range(6))) == {"confirmed": 6}
    assert await paid(programme) == (EACH, 1, 1)


async def test_confirm_reject_and_withdraw_meet(programme: Programme):
    sent = await programme.submit()
    found = await at_once(programme.confirm(sent.id), programme.reject(sent.id), programme.withdraw(sent.id))
    assert found["PaymentAlreadyDecided"] == 2
    assert await paid(programme) == ((EACH, 1, 1) if found["confirmed"] else (0, 0, 0))


async def test_a_double_click_sends_once(programme: Programme):
    command = await programme.submission()
    assert await at_once(*(programme.send(command) for _ in range(6))) == {"submitted": 6}
    (due,) = await programme.dues()
    assert due.waiting_minor == EACH


async def test_one_code_by_two_members(programme: Programme):
    code = new_code()
    commands = [(await programme.submission(who, code=code), who) for who in programme.members]
    found = await at_once(*(programme.send(command, who) for command, who in commands))
    assert found == {"submitted": 1, "CodeAlreadySent": 1}


async def test_two_codes_for_one_due(programme: Programme):
    commands = [await programme.submission() for _ in range(4)]
    found = await at_once(*(programme.send(command) for command in commands))
    assert found == {"submitted": 1, "NothingToPay": 3}


async def test_cash_is_taken_once(programme: Programme):
    command = await programme.cash_command()
    assert await at_once(*(programme.take_cash(command) for _ in range(6))) == {"confirmed": 6}
    assert await paid(programme) == (EACH, 1, 1)


async def test_cash_that_is_only_kept_is_taken_once(programme: Programme):
    given = await programme.cash_command()
    command = replace(given, parts=(Part(given.member_id, EACH, "credit"),))
    assert await at_once(*(programme.take_cash(command) for _ in range(6))) == {"confirmed": 6}
    assert (await paid(programme))[1:] == (1, 1)


async def test_cash_of_two_treasurers_for_one_due(programme: Programme):
    other = await make_officer(programme.database, programme.group, "treasurer")
    commands = [(await programme.cash_command(), who) for who in (programme.treasurer, other)]
    found = await at_once(*(programme.take_cash(command, who) for command, who in commands))
    assert found == {"confirmed": 1, "NothingToPay": 1}
    assert await paid(programme) == (EACH, 1, 1)


async def test_a_reversal_happens_once_and_uses_one_code(programme: Programme):
    sent = await programme.submit()
    await programme.confirm(sent.id)
    proofs = [await programme.step_up() for _ in range(4)]
    found = await at_once(*(programme.reverse(sent.id, proof=proof) for proof in proofs))
    assert found == {"reversed": 1, "NotConfirmed": 3}
    assert await paid(programme) == (0, 2, 1)


async def test_one_code_reverses_one_payment(programme: Programme):
    sent = [await programme.submit(who) for who in programme.members]
    for one in sent:
        await programme.confirm(one.id)
    proof = await programme.step_up()
    found = await at_once(*(programme.reverse(one.id, proof=proof) for one in sent))
    assert found == {"reversed": 1, "StepUpNeeded": 1}
    assert await paid(programme) == (EACH, 3, 2)


async def test_dues_in_any_order_do_not_lock_each_other_out(programme: Programme):
    """Payments of the same two dues, named in opposite order, confirmed and taken at once."""
    await programme.open_call(title="Second")
    for _ in range(4):
        first, second = await programme.dues()
        parts = [((first.id, 1_000), (second.id, 1_000)), ((second.id, 1_000), (first.id, 1_000))]
        commands = [await programme.cash_command(amount_minor=1_000) for _ in parts]
        mixed = [
            type(command)(
                command.member_id, tuple(type(command.parts[0])(*part) for part in both), command.paid_on, command.key
            )
            for command, both in zip(commands, parts, strict=True)
        ]
        assert await at_once(*(programme.take_cash(command) for command in mixed)) == {"confirmed": 2}
    assert (await paid(programme))[0] == 16_000


async def test_many_members_at_once(programme: Programme):
    """Every receipt has a number of its own, without gaps."""
    big = await make_programme(programme.database, members=12)
    await big.open_call()
    sent = [await big.submit(who) for who in big.members]
    assert await at_once(*(big.confirm(one.id) for one in sent)) == {"confirmed": 12}
    assert await paid(big) == (12 * EACH, 12, 12)
    async with big.database.transaction(big.treasurer) as session:
        issued = await receipts.list_group_receipts(session, big.treasurer)
    assert sorted(one.receipt.n for one in issued) == list(range(1, 13))


async def test_without_the_payments_lock_the_race_shows(programme: Programme, monkeypatch: pytest.MonkeyPatch):
    """Negative control: read without FOR UPDATE, two tabs of one treasurer both go on to confirm: only the receipt's
    own key stands between them and a due that counts the money twice, and it says so in no words.
    """

    async def read_only(session: Session, group_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Payment]:
        found = {one: await session.get_one(Payment, (group_id, one)) for one in ids}
        await both_have_read.wait()
        return found

    sent = await programme.submit(amount_minor=10_000)
    both_have_read = asyncio.Barrier(2)
    monkeypatch.setattr(store, "lock_payments", read_only)
    found = await at_once(programme.confirm(sent.id), programme.confirm(sent.id))
    assert found == {"confirmed": 1, "IntegrityError": 1}
    (due,) = await programme.dues()
    assert EACH - due.open_minor == 10_000
    assert await paid(programme) == (10_000, 1, 1)
