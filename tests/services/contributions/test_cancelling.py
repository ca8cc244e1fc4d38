"""A call is taken back while nobody has paid or sent anything for it."""

import asyncio

import pytest

from app.domain.audit import service as audit
from app.domain.contributions import reading, service
from app.domain.contributions.errors import CallHasPayments
from app.domain.contributions.service import CancelCall
from app.domain.contributions.views import CallView
from app.domain.payments.errors import NothingToPay
from app.kit.actor import Actor
from app.kit.errors import NotFound, NotPermitted
from tests.factories.payments import EACH, Programme, make_programme

EVERYBODY = 5


async def cancel(programme: Programme, call: CallView, who: Actor | None = None) -> CallView:
    actor = who or programme.treasurer
    async with programme.database.transaction(actor) as session:
        return await service.cancel_call(session, actor, CancelCall(call.id))


async def test_its_dues_leave_every_figure_and_the_call_stays_in_the_list(programme: Programme):
    kept, wrong = await programme.open_call(), await programme.open_call(title="Typed wrong", amount_minor=5_000_000)
    view = await cancel(programme, wrong)
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
    assert (events[0].action, events[0].subject_id, events[0].facts) == (
        "call.cancelled",
        str(wrong.id),
        {"dues": EVERYBODY},
    )


async def test_again_changes_nothing_and_the_name_is_free(programme: Programme):
    call = await programme.open_call()
    assert await cancel(programme, call) == await cancel(programme, call)
    async with programme.database.transaction(programme.treasurer) as session:
        events = await audit.list_events(session, programme.group.id)
    assert [event.action for event in events].count("call.cancelled") == 1
    assert (await programme.open_call()).dues == EVERYBODY


@pytest.mark.parametrize("became", ["submitted", "withdrawn", "rejected", "confirmed", "reversed"])
async def test_any_payment_keeps_it(programme: Programme, became: str):
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
    with pytest.raises(CallHasPayments):
        await cancel(programme, call)
    async with programme.database.transaction(programme.treasurer) as session:
        (view,) = await reading.list_calls(session, programme.treasurer)
    assert (view.is_touched, view.is_cancelled, view.dues) == (True, False, EVERYBODY)


async def test_a_payment_and_a_cancellation_at_once(programme: Programme):
    for number in range(4):
        call = await programme.open_call(title=f"Call {number}")
        command = await programme.submission()
        results = await asyncio.gather(cancel(programme, call), programme.send(command), return_exceptions=True)
        refused = [type(one) for one in results if isinstance(one, Exception)]
        assert refused in ([CallHasPayments], [NothingToPay])
        if refused == [CallHasPayments]:
            (sent,) = [one for one in results if not isinstance(one, Exception)]
            await programme.confirm(sent.id)  # type: ignore[union-attr]


async def test_who_may(programme: Programme):
    call = await programme.open_call()
    stranger = await make_programme(programme.database)
    for who, error in (
        (programme.member, NotPermitted),
        (stranger.treasurer.within(programme.group.id), NotFound),
        (stranger.treasurer, NotFound),
    ):
        with pytest.raises(error):
            await cancel(programme, call, who)
    assert (await cancel(programme, call, programme.group.admin)).is_cancelled
