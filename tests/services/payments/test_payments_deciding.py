"""The treasurer confirms, rejects, takes cash and reverses; each leaves its mark in ledger, receipt and audit log."""

from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.domain.audit import service as audit
from app.domain.contributions.views import Rejected
from app.domain.groups.members import name_of_actor
from app.domain.identity.errors import StepUpNeeded
from app.domain.ledger import service as ledger
from app.domain.payments import reading
from app.domain.payments.errors import NotConfirmed, OwnPayment, PaymentAlreadyDecided
from app.domain.payments.views import PaymentView
from app.domain.receipts import service as receipts
from app.domain.receipts.views import Reversal
from app.kit.errors import DomainError, InvalidInput, NotFound, NotPermitted
from app.kit.i18n import t
from tests.factories.groups import id_of, make_officer
from tests.factories.payments import EACH, Programme, make_programme


async def balances(programme: Programme) -> dict[str, int]:
    async with programme.database.transaction(programme.treasurer) as session:
        rows = await ledger.trial_balance(session, programme.group.id)
    return {row.control_code: row.debit_minor - row.credit_minor for row in rows if row.debit_minor != row.credit_minor}


async def actions(programme: Programme) -> list[str]:
    """Of payments, the newest first."""
    async with programme.database.transaction(programme.treasurer) as session:
        events = await audit.list_events(session, programme.group.id, limit=50)
    return [event.action for event in events if event.action.startswith("payment.")]


async def test_confirmed_is_paid_posted_receipted(programme: Programme):
    sent = await programme.submit()
    view = await programme.confirm(sent.id)
    assert (view.state, view.entry_seq) == ("confirmed", 1)
    assert view.receipt_number is not None
    assert await balances(programme) == {"1020": EACH, "4010": -EACH}
    assert await programme.dues() == ()
    async with programme.database.transaction(programme.member) as session:
        assert view.receipt_id is not None
        receipt = await receipts.get_receipt(session, programme.group.id, view.receipt_id)
        checked = await receipts.check(session, receipt.check_code)
    assert (receipt.seq, receipt.amount_minor, receipt.provider_code) == (1, EACH, sent.provider_code)
    assert checked.state == "valid"
    assert await actions(programme) == ["payment.confirmed", "payment.submitted"]


async def test_confirming_again_is_the_same_or_too_late(programme: Programme):
    sent = await programme.submit()
    key = str(uuid4())
    first = await programme.confirm(sent.id, key=key)
    assert await programme.confirm(sent.id, key=key) == first
    with pytest.raises(PaymentAlreadyDecided) as caught:
        await programme.confirm(sent.id)
    assert t(caught.value.message_key, **caught.value.params) == "This payment is already confirmed."
    assert await balances(programme) == {"1020": EACH, "4010": -EACH}


async def test_rejected_with_a_reason_and_sent_again(programme: Programme):
    sent = await programme.submit()
    assert sent.provider_code
    for empty in ("", "  \n "):
        with pytest.raises(InvalidInput):
            await programme.reject(sent.id, reason=empty)
    with pytest.raises(InvalidInput):
        await programme.reject(sent.id, reason="x" * 501)
    rejected = await programme.reject(sent.id, reason=" Only KES 400\ncame ")
    assert (rejected.state, rejected.reason) == ("rejected", "Only KES 400 came")
    (due,) = await programme.dues()
    assert due.rejected == Rejected("Only KES 400 came", sent.provider_code, sent.amount_minor)
    assert due.waiting_minor == 0
    again = await programme.submit(code=sent.provider_code)
    (due,) = await programme.dues()
    assert due.rejected is None
    await programme.confirm(again.id)
    assert await actions(programme) == [
        "payment.confirmed",
        "payment.submitted",
        "payment.rejected",
        "payment.submitted",
    ]


async def test_a_key_that_rejected_does_not_confirm(programme: Programme):
    sent = await programme.submit()
    key = str(uuid4())
    await programme.reject(sent.id, key=key)
    for other in (programme.confirm(sent.id, key=key), programme.withdraw(sent.id, key=key)):
        with pytest.raises(PaymentAlreadyDecided):
            await other
    assert (await programme.reject(sent.id, key=key)).state == "rejected"


async def test_cash_is_confirmed_at_once(programme: Programme):
    command = await programme.cash_command(amount_minor=20_000)
    view = await programme.take_cash(command)
    assert (view.state, view.method, view.source, view.provider_code) == ("confirmed", "cash", "treasurer", None)
    assert await programme.take_cash(command) == view
    assert await balances(programme) == {"1010": 20_000, "4010": -20_000}
    (due,) = await programme.dues()
    assert (due.state, due.open_minor) == ("part_paid", 30_000)


async def test_cash_for_another_members_due(programme: Programme):
    theirs = await programme.cash_command(programme.members[1])
    command = await programme.cash_command(amount_minor=100)
    for wrong in (
        type(command)(command.member_id, theirs.parts, command.paid_on, str(uuid4())),
        type(command)(uuid4(), command.parts, command.paid_on, str(uuid4())),
    ):
        with pytest.raises(NotFound):
            await programme.take_cash(wrong)
    assert await balances(programme) == {}


async def test_nobody_decides_their_own(programme: Programme):
    sent = await programme.submit(programme.treasurer)
    for attempt in (programme.confirm(sent.id), programme.reject(sent.id)):
        with pytest.raises(OwnPayment):
            await attempt
    other = await make_officer(programme.database, programme.group, "treasurer")
    assert (await programme.confirm(sent.id, other)).state == "confirmed"
    with pytest.raises(OwnPayment):
        await programme.reverse(sent.id)
    assert (await programme.reverse(sent.id, other)).state == "reversed"


async def test_no_cash_from_oneself(programme: Programme):
    with pytest.raises(OwnPayment):
        await programme.take_cash(await programme.cash_command(programme.treasurer))


async def test_reversed_is_open_again_and_the_receipt_says_so(programme: Programme):
    sent = await programme.submit()
    confirmed = await programme.confirm(sent.id)
    key = str(uuid4())
    view = await programme.reverse(sent.id, key=key)
    assert (view.state, view.reversal_reason, view.receipt_id) == (
        "reversed",
        "Confirmed by mistake",
        confirmed.receipt_id,
    )
    assert await programme.reverse(sent.id, key=key) == view
    assert await balances(programme) == {}
    (due,) = await programme.dues()
    assert (due.state, due.open_minor, due.waiting_minor) == ("expected", EACH, 0)
    async with programme.database.transaction(programme.member) as session:
        assert view.receipt_id is not None
        receipt = await receipts.get_receipt(session, programme.group.id, view.receipt_id)
        checked = await receipts.check(session, receipt.token)
        assert await ledger.verify_group(session, programme.group.id) is None
    assert (receipt.state, receipt.reversed_seq, checked.state) == ("reversed", 2, "reversed")
    treasurer_id = await id_of(programme.database, programme.treasurer)
    for who in (programme.member, programme.treasurer):
        async with programme.database.transaction(who) as session:
            shown = (await receipts.get_receipt_for(session, who, receipt.id)).receipt
            name = await name_of_actor(session, programme.group.id, treasurer_id)
        assert shown.reversal == Reversal("Confirmed by mistake", name)
    with pytest.raises(NotConfirmed):
        await programme.reverse(sent.id)


async def test_a_reversal_needs_a_fresh_code_of_the_one_who_reverses(programme: Programme):
    first, second = await programme.submit(), await programme.submit(programme.members[1])
    for sent in (first, second):
        await programme.confirm(sent.id)
    proof = await programme.step_up()
    for wrong in (uuid4(), await programme.step_up(programme.group.admin), await programme.step_up(programme.member)):
        with pytest.raises(StepUpNeeded):
            await programme.reverse(first.id, proof=wrong)
    await programme.reverse(first.id, proof=proof)
    with pytest.raises(StepUpNeeded):
        await programme.reverse(second.id, proof=proof)
    assert (await balances(programme))["1020"] == EACH


async def test_only_what_was_confirmed_is_reversed(programme: Programme):
    sent = await programme.submit()
    with pytest.raises(NotConfirmed):
        await programme.reverse(sent.id)
    await programme.reject(sent.id)
    with pytest.raises(NotConfirmed):
        await programme.reverse(sent.id)


async def test_who_may_decide(programme: Programme):
    sent = await programme.submit()
    auditor = await make_officer(programme.database, programme.group, "auditor")
    stranger = await make_programme(programme.database)
    refused: list[tuple[object, type[DomainError]]] = []
    for who, error in (
        (programme.member, NotPermitted),
        (programme.members[1], NotPermitted),
        (auditor, NotPermitted),
        (stranger.treasurer.within(programme.group.id), NotFound),
        (stranger.treasurer, NotFound),
    ):
        for attempt in (programme.confirm(sent.id, who), programme.reject(sent.id, who)):
            with pytest.raises(error):
                await attempt
            refused.append((who, error))
    assert len(refused) == 10
    assert await balances(programme) == {}


async def test_who_may_read(programme: Programme):
    sent = await programme.submit()

    async def read(who) -> PaymentView:
        async with programme.database.transaction(who) as session:
            return await reading.get_payment(session, who, sent.id)

    assert (await read(programme.member)).id == sent.id
    assert (await read(programme.treasurer)).id == sent.id
    stranger = await make_programme(programme.database)
    for who in (programme.members[1], stranger.member, stranger.treasurer):
        with pytest.raises(NotFound):
            await read(who)


async def test_what_is_kept_names_nobody(programme: Programme):
    """The audit log's facts hold amounts and methods, no names, phones or provider codes."""
    sent = await programme.submit()
    await programme.confirm(sent.id)
    async with programme.database.transaction(programme.treasurer) as session:
        events = await audit.list_events(session, programme.group.id, limit=50)
    facts = [event.facts for event in events if event.action.startswith("payment.")]
    assert facts == [{"amount_minor": EACH, "currency": "KES", "method": "mpesa"}] * 2
    assert await id_of(programme.database, programme.treasurer) in {event.actor_id for event in events}


@pytest.mark.parametrize(
    "change",
    [
        "amount_minor = 1",
        "member_id = (SELECT m.id FROM members m WHERE m.group_id = payments.group_id AND m.id <> member_id LIMIT 1)",
        "currency = 'USD'",
        "method = 'cash'",
        "paid_on = paid_on - 1",
        "provider_code = 'ABC'",
        "decided_by = gen_random_uuid()",
        "entry_seq = 99",
        "state = 'submitted', entry_seq = NULL, decided_by = NULL, decided_at = NULL",
        "state = 'reversed', reversed_seq = 1, reversed_by = decided_by, reversal_reason = 'x', amount_minor = 1",
    ],
)
async def test_a_confirmed_payment_keeps_what_it_says(programme: Programme, change: str) -> None:
    """The application role may not change it either, but for a reversal."""
    payment = await programme.confirm((await programme.submit(programme.member)).id)
    with pytest.raises(DBAPIError, match="keeps what was decided"):
        async with programme.database.transaction(programme.treasurer) as session:
            await session.execute(text(f"UPDATE payments SET {change} WHERE id = :id"), {"id": payment.id})


@pytest.mark.parametrize("change", ["amount_minor = 1", "member_id = gen_random_uuid()", "paid_on = paid_on - 1"])
async def test_a_submitted_payment_is_decided_as_it_was_sent(programme: Programme, change: str) -> None:
    payment = await programme.submit(programme.member)
    with pytest.raises(DBAPIError):
        async with programme.database.transaction(programme.treasurer) as session:
            await session.execute(
                text(f"UPDATE payments SET {change}, state = 'confirmed' WHERE id = :id"), {"id": payment.id}
            )
