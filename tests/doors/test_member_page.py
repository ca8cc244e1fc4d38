"""A member's page, at its state: what waits for signatures, and one's own record."""

import pytest

from app.web.treasurer.states.member import MemberState
from tests.doors.tabs import act, call, look_at, open_tab
from tests.factories.groups import id_of
from tests.factories.payments import Programme


async def test_a_waiver_that_waits_stands_on_its_due_and_is_not_offered_again(
    programme: Programme, monkeypatch: pytest.MonkeyPatch
):
    await programme.open_call(title="Harambee")
    await programme.open_call(title="Burial")
    act(programme.treasurer, "treasurer")
    look_at(monkeypatch, MemberState, id=str(await id_of(programme.database, programme.member)))
    state = await open_tab(MemberState)
    await call(state, "load")
    assert [row.waiver for row in state.dues] == ["", ""]
    first, second = (row.id for row in state.dues)
    await call(state, "ask_waiver", first)
    await call(state, "waive", {"reason": "Her house burnt down"})
    assert (state.problem, state.waiving) == ("", "")
    assert [row.waiver for row in state.dues] == ["Waiver proposed, 0 of 1 signed", ""]
    await call(state, "ask_waiver", first)
    assert state.waiving == ""
    await call(state, "ask_waiver", second)
    assert state.waiving == second


async def test_ones_own_page_offers_no_cash_and_says_who_can_record_it(
    programme: Programme, monkeypatch: pytest.MonkeyPatch
):
    await programme.open_call()
    act(programme.treasurer, "treasurer")
    state = await open_tab(MemberState)
    for who, words in (
        (programme.treasurer, "Nobody records their own money: Hassan Owuor can record yours."),
        (programme.member, ""),
    ):
        look_at(monkeypatch, MemberState, id=str(await id_of(programme.database, who)))
        await call(state, "load")
        assert (len(state.dues), state.own_words) == (1, words)
