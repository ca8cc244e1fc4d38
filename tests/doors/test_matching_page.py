"""Bank matching, at its state: it opens where there is something to look at."""

import pytest

from app.web.treasurer.states.matching import MatchingState
from tests.doors.tabs import act, call, look_at, open_tab
from tests.factories.payments import EACH, Programme, new_code
from tests.services.reconciliation.test_bank_queue import Desk


async def test_it_opens_on_the_first_part_that_has_lines(programme: Programme, monkeypatch: pytest.MonkeyPatch):
    await programme.open_call()
    desk = Desk(programme)
    act(programme.treasurer, "treasurer")
    look_at(monkeypatch, MatchingState)

    async def opened() -> tuple[str, int]:
        state = await open_tab(MatchingState)
        await call(state, "load")
        return state.tab, len(state.rows)

    assert await opened() == ("", 0)
    await desk.bring((new_code(), f"Pay Bill Acc. {(await desk.due()).reference}", EACH))
    assert await opened() == ("", 1)
    accepted = await desk.accept((await desk.queue())[0])
    assert await opened() == ("accepted", 1)
    await desk.confirm(accepted.id)
    assert await opened() == ("confirmed", 1)
    look_at(monkeypatch, MatchingState, tab="ignored")
    assert await opened() == ("ignored", 0)
