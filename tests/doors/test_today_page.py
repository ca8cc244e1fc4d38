"""Today, at its state: what waits for the treasurer."""

from app.web.treasurer.states.today import TodayState, ToDo
from tests.doors.tabs import act, call, open_tab
from tests.factories.counting import counted
from tests.factories.payments import EACH, Programme, new_code
from tests.factories.welfare import Fund, make_fund
from tests.services.reconciliation.test_bank_queue import Desk


async def opened(told: Fund | Programme) -> TodayState:
    act(told.treasurer, "treasurer")
    state = await open_tab(TodayState)
    await call(state, "load")
    return state


async def test_claims_of_others_are_to_be_looked_at(services):
    fund = await make_fund(services.database)
    state = await opened(fund)
    assert state.to_do == []
    with counted(fund.database) as before:
        await call(state, "refresh")
    await fund.report(fund.treasurer)
    claim = await fund.report()
    with counted(fund.database) as after:
        await call(state, "refresh")
    assert state.to_do == [ToDo("Welfare claims to look at", "1", "/claims")]
    assert len(after) == len(before)
    await fund.accept(claim.id)
    await call(state, "refresh")
    assert state.to_do == []


async def test_bank_lines_wait_to_be_decided_and_then_to_be_confirmed(programme: Programme):
    await programme.open_call()
    desk = Desk(programme)
    await desk.bring((new_code(), f"Pay Bill Acc. {(await desk.due()).reference}", EACH))
    state = await opened(programme)
    assert state.to_do == [ToDo("Bank lines to decide", "1", "/matching")]
    accepted = await desk.accept((await desk.queue())[0])
    await call(state, "refresh")
    assert state.to_do == [ToDo("Accepted bank lines to confirm", "1", "/matching?tab=accepted")]
    await desk.confirm(accepted.id)
    await call(state, "refresh")
    assert state.to_do == []
