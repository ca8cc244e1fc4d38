"""A member says she has paid, and takes it back."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from app.domain.payments import reading
from app.domain.payments.commands import Part
from app.domain.payments.errors import AmountTooHigh, CodeAlreadySent, NothingToPay, PaymentAlreadyDecided
from app.kit.actor import Actor
from app.kit.errors import IdempotencyConflict, InvalidInput, NotFound
from tests.factories.groups import make_officer
from tests.factories.payments import EACH, Programme, make_programme, new_code


async def waiting(programme: Programme) -> tuple[int, int]:
    async with programme.database.transaction(programme.treasurer) as session:
        found = await reading.list_waiting(session, programme.treasurer)
    return found.total, found.total_minor


async def test_what_is_sent_waits_and_changes_no_book(programme: Programme):
    view = await programme.submit()
    assert (view.state, view.amount_minor, view.entry_seq, view.receipt_id) == ("submitted", EACH, None, None)
    assert await waiting(programme) == (1, EACH)
    (due,) = await programme.dues()
    assert (due.open_minor, due.waiting_minor) == (EACH, EACH)


async def test_the_same_command_again_is_the_same_payment(programme: Programme):
    command = await programme.submission()
    first = await programme.send(command)
    assert await programme.send(command) == first
    assert await waiting(programme) == (1, EACH)


async def test_a_key_is_for_one_content(programme: Programme):
    command = await programme.submission(amount_minor=20_000)
    await programme.send(command)
    for other in (
        replace(command, provider_code=new_code()),
        replace(command, paid_on=command.paid_on - timedelta(days=1)),
        replace(command, parts=(Part(command.parts[0].claim_id, 20_001),)),
    ):
        with pytest.raises(IdempotencyConflict):
            await programme.send(other)
    assert await waiting(programme) == (1, 20_000)


async def test_a_key_of_somebody_else_is_a_conflict(programme: Programme):
    command = await programme.submission()
    await programme.send(command)
    other = programme.members[1]
    with pytest.raises(IdempotencyConflict):
        await programme.send(await programme.submission(other, key=command.key), other)


@pytest.mark.parametrize("again", ["{code}", " {code} ", "{lower}", "{start} {rest}", "{start}-{rest}"])
async def test_a_code_pays_once_however_it_is_typed(programme: Programme, again: str):
    code = new_code()
    await programme.submit(amount_minor=1_000, code=code)
    typed = again.format(code=code, lower=code.lower(), start=code[:4], rest=code[4:])
    for who in programme.members:
        with pytest.raises(CodeAlreadySent) as caught:
            await programme.submit(who, amount_minor=1_000, code=typed)
        assert caught.value.field == "provider_code"
    assert await waiting(programme) == (1, 1_000)


@pytest.mark.parametrize("freed", ["withdrawn", "rejected", "reversed"])
async def test_a_code_is_free_again_when_its_payment_is_not(programme: Programme, freed: str):
    first = await programme.submit()
    assert first.provider_code
    if freed == "withdrawn":
        await programme.withdraw(first.id)
    elif freed == "rejected":
        await programme.reject(first.id)
    else:
        await programme.confirm(first.id)
        await programme.reverse(first.id)
    assert (await programme.submit(code=first.provider_code)).state == "submitted"


async def test_another_group_may_see_the_same_code(programme: Programme):
    code = new_code()
    await programme.submit(code=code)
    other = await make_programme(programme.database)
    await other.open_call()
    assert (await other.submit(code=code)).state == "submitted"


@pytest.mark.parametrize(
    ("method", "code"),
    [
        ("mpesa", ""),
        ("mpesa", "  -  "),
        ("mpesa", "QGH7K2M4P"),
        ("mpesa", "QGH7K2M4P99"),
        ("mpesa", "QGH7K2M4P!"),
        ("mpesa", "1111111111"),
        ("mpesa", "ＱGH7K2M4P9"),
        ("mpesa", "QGH7K2M4P\0"),
        ("bank", "ABC"),
        ("bank", "A" * 36),
    ],
)
async def test_a_code_that_cannot_be_one_is_named(programme: Programme, method: str, code: str):
    command = replace(await programme.submission(), method=method, provider_code=code)
    with pytest.raises(InvalidInput) as caught:
        await programme.send(command)
    assert caught.value.field == "provider_code"
    assert await waiting(programme) == (0, 0)


@pytest.mark.parametrize("days", [1, -401, 365 * 200])
async def test_a_day_that_cannot_be_is_named(programme: Programme, days: int):
    command = await programme.submission()
    with pytest.raises(InvalidInput) as caught:
        await programme.send(replace(command, paid_on=command.paid_on + timedelta(days=days)))
    assert caught.value.field == "paid_on"


@pytest.mark.parametrize("method", ["cash", "card", ""])
async def test_a_member_sends_no_cash(programme: Programme, method: str):
    with pytest.raises(InvalidInput):
        await programme.send(replace(await programme.submission(), method=method))


@pytest.mark.parametrize(
    ("amount", "error"), [(0, InvalidInput), (-1, InvalidInput), (EACH + 1, AmountTooHigh), (2**63, AmountTooHigh)]
)
async def test_no_more_and_no_less_than_is_owed(programme: Programme, amount: int, error: type[Exception]):
    command = await programme.submission()
    with pytest.raises(error):
        await programme.send(replace(command, parts=(Part(command.parts[0].claim_id, amount),)))


async def test_what_waits_cannot_be_sent_again(programme: Programme):
    part = await programme.submission(amount_minor=30_000)
    await programme.send(part)
    with pytest.raises(AmountTooHigh):
        await programme.send(replace(part, provider_code=new_code(), key=str(uuid4())))
    await programme.submit(amount_minor=20_000)
    with pytest.raises(NothingToPay):
        await programme.send(replace(part, provider_code=new_code(), key=str(uuid4())))
    assert await waiting(programme) == (2, EACH)


async def test_one_payment_for_two_dues(programme: Programme):
    await programme.open_call(title="Meeting fine")
    dues = await programme.dues()
    command = replace(await programme.submission(), parts=tuple(Part(due.id, EACH) for due in dues))
    view = await programme.send(command)
    assert view.amount_minor == 2 * EACH
    confirmed = await programme.confirm(view.id)
    assert [line.amount_minor for line in confirmed.lines] == [EACH, EACH]
    assert await programme.dues() == ()


async def test_no_due_named_or_one_named_twice(programme: Programme):
    command = await programme.submission(amount_minor=100)
    for parts in ((), command.parts * 2, command.parts * 51):
        with pytest.raises(InvalidInput):
            await programme.send(replace(command, parts=parts))


async def test_dues_of_others_are_not_there(programme: Programme):
    theirs = await programme.submission(programme.members[1])
    stranger = await make_programme(programme.database)
    await stranger.open_call()
    for command in (theirs, await stranger.submission(), replace(theirs, parts=(Part(uuid4(), 100),))):
        with pytest.raises(NotFound):
            await programme.send(command)
    assert await waiting(programme) == (0, 0)
    assert await waiting(stranger) == (0, 0)


async def my_waiting(programme: Programme, who: Actor) -> list[UUID]:
    async with programme.database.transaction(who) as session:
        return [view.id for view in await reading.list_my_waiting(session, who)]


async def test_what_i_have_sent(programme: Programme):
    """Mine alone, undecided alone, the newest first."""
    first = await programme.submit(amount_minor=10_000)
    second = await programme.submit(amount_minor=10_000)
    third = await programme.submit(amount_minor=10_000)
    await programme.submit(programme.members[1])
    await programme.reject(second.id)
    assert await my_waiting(programme, programme.member) == [third.id, first.id]
    assert await my_waiting(programme, programme.treasurer) == []


async def test_taking_it_back(programme: Programme):
    view = await programme.submit()
    key = str(uuid4())
    assert (await programme.withdraw(view.id, key=key)).state == "withdrawn"
    assert (await programme.withdraw(view.id, key=key)).state == "withdrawn"
    with pytest.raises(PaymentAlreadyDecided):
        await programme.withdraw(view.id)
    with pytest.raises(PaymentAlreadyDecided):
        await programme.confirm(view.id)
    assert await waiting(programme) == (0, 0)


async def test_nobody_takes_back_what_others_sent(programme: Programme):
    view = await programme.submit()
    for who in (programme.members[1], programme.treasurer, programme.group.admin):
        with pytest.raises(NotFound):
            await programme.withdraw(view.id, who)


async def test_a_code_that_was_rejected_before_is_marked_for_the_same_member(programme: Programme):
    code, other = new_code(), programme.members[1]
    await programme.reject((await programme.submit(code=code)).id, reason="First reason")
    await programme.reject((await programme.submit(code=code)).id, reason="Not on the statement")
    again = await programme.submit(code=code)
    fresh = await programme.submit(other)
    auditor = await make_officer(programme.database, programme.group, "auditor")
    for who in (programme.treasurer, auditor):
        async with programme.database.transaction(who) as session:
            found = await reading.list_waiting(session, who)
            assert await reading.count_to_confirm(session, who) == found.total == 2
        assert {row.id: row.rejected_before for row in found.rows} == {again.id: "Not on the statement", fresh.id: None}
