"""What a member paid over what she owed pays a later due: never more than is kept or open, reversed like a payment."""

import asyncio
from uuid import uuid4

import pytest

from app import embedded
from app.domain.audit import service as audit
from app.domain.contributions import reading as contributions
from app.domain.ledger import service as ledger
from app.domain.ledger.errors import BalanceOutOfBounds
from app.domain.ledger.views import Fault
from app.domain.payments import reading
from app.domain.payments import service as payments
from app.domain.payments.commands import Part, UseKept
from app.domain.payments.errors import AmountTooHigh, KeptUsed, MoreThanKept, NothingToPay, OwnPayment
from app.domain.payments.views import PaymentView
from app.domain.receipts import service as receipts
from app.domain.reports import proving
from app.domain.reports.passbook import passbook
from app.kit.actor import Actor
from app.kit.errors import IdempotencyConflict, InvalidInput, NotFound, NotPermitted
from app.kit.i18n import t
from tests.factories.groups import id_of, make_officer
from tests.factories.payments import EACH, Programme
from tests.factories.tampering import Owner

OVER = 20_000


async def command(programme: Programme, amount_minor: int = OVER, member: Actor | None = None) -> UseKept:
    """For the member's oldest due."""
    due = (await programme.dues(member))[0]
    member_id = await id_of(programme.database, member or programme.member)
    return UseKept(member_id, (Part(due.id, amount_minor),), str(uuid4()))


async def use(programme: Programme, asked: UseKept, by: Actor | None = None) -> PaymentView:
    who = by or programme.treasurer
    async with programme.database.transaction(who) as session:
        return await payments.use_kept(session, who, asked)


async def books(programme: Programme) -> dict[str, int]:
    async with programme.database.transaction(programme.treasurer) as session:
        rows = await ledger.trial_balance(session, programme.group.id)
    return {row.control_code: row.debit_minor - row.credit_minor for row in rows if row.debit_minor != row.credit_minor}


async def fault(programme: Programme) -> Fault | None:
    """What the verifier of every night finds."""
    group_id = programme.group.id
    async with programme.database.transaction(Actor(group_id=group_id), is_snapshot=True) as session:
        return (await proving.check_books(session, group_id)).fault


async def kept(programme: Programme) -> int:
    """As the member sees it at home."""
    async with programme.database.transaction(programme.member) as session:
        return await contributions.kept_for_me(session, programme.member)


async def test_it_pays_a_due_with_receipt_and_no_money(programme: Programme):
    await programme.keep(OVER)
    assert (await books(programme), await kept(programme)) == ({"1010": OVER, "2030": -OVER}, OVER)
    view = await use(programme, await command(programme))
    assert (view.state, view.method, view.source, view.provider_code) == ("confirmed", "kept", "treasurer", None)
    assert (await books(programme), await kept(programme)) == ({"1010": OVER, "4010": -OVER}, 0)
    (due,) = await programme.dues()
    assert (due.state, due.open_minor) == ("part_paid", EACH - OVER)
    assert await fault(programme) is None
    async with programme.database.transaction(programme.member) as session:
        assert view.receipt_id is not None
        receipt = await receipts.get_receipt(session, programme.group.id, view.receipt_id)
        checked = await receipts.check(session, receipt.token)
    assert (checked.state, receipt.method, receipt.amount_minor) == ("valid", "kept", OVER)
    async with programme.database.transaction(programme.treasurer) as session:
        (event, *_) = await audit.list_events(session, programme.group.id, limit=1)
    assert (event.action, event.facts["amount_minor"]) == ("payment.kept_used", OVER)


async def test_the_passbook_shows_what_is_kept_and_its_use(programme: Programme):
    await programme.keep(OVER)
    view = await use(programme, await command(programme, 15_000))
    await programme.reverse(view.id)
    async with programme.database.transaction(programme.member) as session:
        book = await passbook(session, programme.member)
    assert (book.balance_minor, book.kept_minor) == (0, OVER)
    lines = [(row.purpose, row.amount_minor, row.kind == "reversal") for row in book.rows]
    assert lines == [
        ("contribution", -15_000, True),
        ("credit", 15_000, True),
        ("contribution", 15_000, False),
        ("credit", -15_000, False),
        ("credit", OVER, False),
    ]
    assert {row.balance_after_minor for row in book.rows if row.purpose == "credit"} == {None}


async def test_never_more_than_is_kept_or_open(programme: Programme):
    with pytest.raises(MoreThanKept):
        await use(programme, await command(programme, 1))
    await programme.keep(OVER)
    with pytest.raises(MoreThanKept) as caught:
        await use(programme, await command(programme, OVER + 1))
    assert caught.value.params["left_minor"] == OVER
    await programme.keep(EACH)
    with pytest.raises(AmountTooHigh):
        await use(programme, await command(programme, EACH + 1))
    await programme.submit(amount_minor=EACH - 1)
    with pytest.raises(AmountTooHigh):
        await use(programme, await command(programme, 2))
    asked = await command(programme, 1)
    await use(programme, asked)
    with pytest.raises(NothingToPay):
        await use(programme, UseKept(asked.member_id, asked.parts, str(uuid4())))
    assert (await books(programme))["2030"] == 1 - OVER - EACH


async def test_twice_is_once(programme: Programme):
    await programme.keep(OVER)
    asked = await command(programme)
    view = await use(programme, asked)
    assert await use(programme, asked) == view
    with pytest.raises(IdempotencyConflict):
        await use(programme, UseKept(asked.member_id, (Part(asked.parts[0].claim_id, 1),), asked.key))
    assert await books(programme) == {"1010": OVER, "4010": -OVER}


async def test_who_may(programme: Programme):
    await programme.keep(OVER)
    await programme.keep(OVER, programme.members[1])
    asked = await command(programme)
    auditor = await make_officer(programme.database, programme.group, "auditor")
    for who in (programme.member, programme.members[1], auditor):
        with pytest.raises(NotPermitted):
            await use(programme, asked, who)
    theirs = await command(programme, member=programme.members[1])
    with pytest.raises(NotFound):
        await use(programme, UseKept(asked.member_id, theirs.parts, str(uuid4())))
    with pytest.raises(OwnPayment):
        await use(programme, await command(programme, 1, programme.treasurer))
    async with programme.database.transaction(auditor) as session:
        found = await reading.kept_by_member(session, auditor)
    assert found == {asked.member_id: OVER, theirs.member_id: OVER}


async def test_it_is_not_kept_again(programme: Programme):
    await programme.keep(OVER)
    asked = await command(programme)
    with pytest.raises(InvalidInput):
        await use(programme, UseKept(asked.member_id, (Part(asked.member_id, 1, "credit"),), str(uuid4())))


async def test_a_reversal_keeps_it_again(programme: Programme):
    came = await programme.keep(OVER)
    view = await use(programme, await command(programme))
    with pytest.raises(KeptUsed) as caught:
        await programme.reverse(came.id)
    assert "since" in t(caught.value.message_key)
    await programme.reverse(view.id)
    (due,) = await programme.dues()
    assert (due.open_minor, await kept(programme)) == (EACH, OVER)
    assert await fault(programme) is None
    await programme.reverse(came.id)
    assert (await books(programme), await fault(programme)) == ({}, None)


async def test_two_treasurers_use_the_same_money_for_two_dues(programme: Programme):
    await programme.open_call(title="December")
    await programme.keep(OVER)
    other = await make_officer(programme.database, programme.group, "treasurer")
    first, second = await programme.dues()
    member_id = await id_of(programme.database, programme.member)
    asked = [UseKept(member_id, (Part(due.id, OVER),), str(uuid4())) for due in (first, second)]
    both = (use(programme, one, who) for one, who in zip(asked, (programme.treasurer, other), strict=True))
    found = await asyncio.gather(*both, return_exceptions=True)
    assert [one.state for one in found if isinstance(one, PaymentView)] == ["confirmed"]
    assert [type(one) in (MoreThanKept, BalanceOutOfBounds) for one in found if isinstance(one, Exception)] == [True]
    assert await books(programme) == {"1010": OVER, "4010": -OVER}


@pytest.mark.parametrize("attack", ["method = 'cash'", "method = 'bank', source = 'statement'"])
async def test_a_use_that_is_called_money_is_found(
    server: embedded.Server, database_name: str, programme: Programme, attack: str
):
    await programme.keep(OVER)
    view = await use(programme, await command(programme))
    owner = Owner(server.url(embedded.SUPERUSER, database_name), programme.group.id)
    owner.run(f"UPDATE payments SET {attack} WHERE group_id = '{{group}}' AND id = '{view.id}'")
    owner.close()
    assert view.entry_seq is not None
    assert await fault(programme) == Fault(view.entry_seq, "payment")


async def test_money_that_is_called_a_use_is_found(server: embedded.Server, database_name: str, programme: Programme):
    await programme.keep(OVER)
    owner = Owner(server.url(embedded.SUPERUSER, database_name), programme.group.id)
    owner.run("UPDATE payments SET method = 'kept' WHERE group_id = '{group}'")
    owner.close()
    assert await fault(programme) == Fault(1, "payment")
