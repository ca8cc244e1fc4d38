"""A contribution that was opened is put right, asked of who joined later, and closed."""

import asyncio
from datetime import timedelta

import pytest

from app.domain.audit import service as audit
from app.domain.contributions import changing, reading
from app.domain.contributions.changing import AskLater, ChangeCall, CloseCall
from app.domain.contributions.errors import CallExists, CallHasPayments, PaymentsWaiting
from app.domain.contributions.views import CallView
from app.domain.groups import inbox, profiles
from app.domain.groups.views import AddMember
from app.domain.payments.errors import NothingToPay
from app.kit.actor import Actor
from app.kit.errors import InvalidInput, NotFound, NotPermitted
from tests.factories.payments import EACH, Programme, make_programme

EVERYBODY = 5


async def close(programme: Programme, call: CallView, who: Actor | None = None) -> CallView:
    actor = who or programme.treasurer
    async with programme.database.transaction(actor) as session:
        return await changing.close_call(session, actor, CloseCall(call.id))


async def change(programme: Programme, call: CallView, who: Actor | None = None, **new: object) -> CallView:
    actor = who or programme.treasurer
    asked = {"title": call.title, "amount_minor": call.amount_minor, "due_on": call.due_on} | new
    async with programme.database.transaction(actor) as session:
        return await changing.change_call(session, actor, ChangeCall(call.id, **asked))  # type: ignore[arg-type]


async def ask_later(programme: Programme, call: CallView, who: Actor | None = None) -> CallView:
    actor = who or programme.treasurer
    async with programme.database.transaction(actor) as session:
        return await changing.ask_later(session, actor, AskLater(call.id))


async def add_member(programme: Programme) -> None:
    async with programme.database.transaction(programme.treasurer) as session:
        await profiles.add_member(session, programme.treasurer, AddMember("L/1", "Late Comer", region="Siaya"))


async def actions(programme: Programme) -> list[str]:
    async with programme.database.transaction(programme.treasurer) as session:
        return [event.action for event in await audit.list_events(session, programme.group.id)]


async def told(programme: Programme) -> list[str]:
    async with programme.database.transaction(programme.member) as session:
        return [one.kind for one in await inbox.list_my_notifications(session, programme.member)]


async def test_closed_its_open_dues_leave_every_figure_and_the_call_stays_in_the_list(programme: Programme):
    kept, wrong = await programme.open_call(), await programme.open_call(title="Typed wrong", amount_minor=5_000_000)
    view = await close(programme, wrong)
    assert (view.is_cancelled, view.dues, view.expected_minor) == (True, 0, 0)
    async with programme.database.transaction(programme.treasurer) as session:
        today = await reading.today(session, programme.treasurer)
        calls = await reading.list_calls(session, programme.treasurer)
        unpaid = await reading.list_unpaid(session, programme.treasurer)
        events = await audit.list_events(session, programme.group.id)
        with pytest.raises(NotFound):
            await reading.today(session, programme.treasurer, call_id=wrong.id)
    assert (today.pending_minor, [call.id for call in today.calls]) == (EVERYBODY * EACH, [kept.id])
    assert [(call.id, call.is_cancelled) for call in calls] == [(wrong.id, True), (kept.id, False)]
    assert {row.call_id for row in unpaid} == {kept.id}
    assert [due.title for due in await programme.dues()] == ["November contribution"]
    closed = events[0]
    assert (closed.action, closed.subject_id, closed.facts) == ("call.closed", str(wrong.id), {"dues": EVERYBODY})
    assert (await told(programme))[0] == "call_closed"


async def test_what_was_paid_stays(programme: Programme):
    call = await programme.open_call()
    part = await programme.submit(amount_minor=20_000)
    await programme.confirm(part.id)
    view = await close(programme, call)
    assert (view.is_cancelled, view.paid_minor, view.expected_minor, view.unpaid, view.part_paid) == (
        True,
        20_000,
        20_000,
        0,
        0,
    )
    async with programme.database.transaction(programme.treasurer) as session:
        today = await reading.today(session, programme.treasurer)
    assert (today.confirmed_minor, today.pending_minor) == (20_000, 0)


async def test_closing_again_changes_nothing_and_the_name_is_free(programme: Programme):
    call = await programme.open_call()
    assert await close(programme, call) == await close(programme, call)
    assert (await actions(programme)).count("call.closed") == 1
    assert (await programme.open_call()).dues == EVERYBODY


async def test_a_payment_that_waits_comes_first(programme: Programme):
    call = await programme.open_call()
    sent = await programme.submit()
    with pytest.raises(PaymentsWaiting):
        await close(programme, call)
    await programme.reject(sent.id)
    assert (await close(programme, call)).is_cancelled


async def test_a_payment_and_a_closing_at_once(programme: Programme):
    for number in range(4):
        call = await programme.open_call(title=f"Call {number}")
        command = await programme.submission()
        results = await asyncio.gather(close(programme, call), programme.send(command), return_exceptions=True)
        refused = [type(one) for one in results if isinstance(one, Exception)]
        assert refused in ([PaymentsWaiting], [NothingToPay])
        if refused == [PaymentsWaiting]:
            (sent,) = [one for one in results if not isinstance(one, Exception)]
            await programme.confirm(sent.id)  # type: ignore[union-attr]


async def test_name_amount_and_date_are_put_right_with_the_dues(programme: Programme):
    call = await programme.open_call()
    later = call.due_on + timedelta(days=5)
    view = await change(programme, call, title=" Harambee  ", amount_minor=60_000, due_on=later)
    assert (view.title, view.amount_minor, view.due_on, view.expected_minor) == (
        "Harambee",
        60_000,
        later,
        EVERYBODY * 60_000,
    )
    (due,) = await programme.dues()
    assert (due.title, due.open_minor, due.due_on) == ("Harambee", 60_000, later)
    async with programme.database.transaction(programme.treasurer) as session:
        event = (await audit.list_events(session, programme.group.id))[0]
    assert event.facts == {
        "fields": "title,amount,due_on",
        "amount_before": EACH,
        "amount_after": 60_000,
        "currency": "KES",
        "due_before": call.due_on.isoformat(),
        "due_after": later.isoformat(),
    }
    assert (await told(programme))[0] == "call_changed"
    assert await change(programme, view) == view
    assert (await actions(programme)).count("call.changed") == 1


@pytest.mark.parametrize("became", ["submitted", "withdrawn", "rejected", "confirmed", "reversed"])
async def test_any_payment_fixes_the_amount_alone(programme: Programme, became: str):
    call = await programme.open_call()
    sent = await programme.submit(amount_minor=20_000)
    if became == "withdrawn":
        await programme.withdraw(sent.id)
    elif became == "rejected":
        await programme.reject(sent.id)
    elif became != "submitted":
        await programme.confirm(sent.id)
    if became == "reversed":
        await programme.reverse(sent.id)
    with pytest.raises(CallHasPayments) as refused:
        await change(programme, call, amount_minor=60_000)
    assert refused.value.field == "amount"
    view = await change(programme, call, title="Harambee")
    assert (view.is_touched, view.title, view.amount_minor) == (True, "Harambee", EACH)


async def test_a_change_that_cant_be(programme: Programme):
    call, other = await programme.open_call(), await programme.open_call(title="Harambee")
    with pytest.raises(CallExists):
        await change(programme, call, title="harambee", due_on=other.due_on)
    with pytest.raises(InvalidInput) as refused:
        await change(programme, call, title=" ", amount_minor=0, due_on=call.due_on - timedelta(days=900))
    assert [refused.value.field, *(fault.field for fault in refused.value.others)] == ["title", "amount", "due_on"]
    await close(programme, call)
    with pytest.raises(NotFound):
        await change(programme, call, title="Late")


async def test_who_joined_later_is_asked_once(programme: Programme):
    call = await programme.open_call()
    assert call.unasked == 0
    await add_member(programme)
    async with programme.database.transaction(programme.treasurer) as session:
        (before,) = await reading.list_calls(session, programme.treasurer)
    assert (before.unasked, before.dues) == (1, EVERYBODY)
    after = await ask_later(programme, call)
    assert (after.unasked, after.dues, after.expected_minor) == (0, EVERYBODY + 1, (EVERYBODY + 1) * EACH)
    assert await asyncio.gather(ask_later(programme, call), ask_later(programme, call)) == [after, after]
    assert (await actions(programme)).count("call.asked_later") == 1


async def test_who_may(programme: Programme):
    call = await programme.open_call()
    stranger = await make_programme(programme.database)
    for who, error in (
        (programme.member, NotPermitted),
        (stranger.treasurer.within(programme.group.id), NotFound),
        (stranger.treasurer, NotFound),
    ):
        for attempt in (close, change, ask_later):
            with pytest.raises(error):
                await attempt(programme, call, who)
    assert (await close(programme, call, programme.group.admin)).is_cancelled
