"""A member's page, at its state: what waits for signatures, and one's own record."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from app import wiring
from app.integrations.console import ConsoleSender
from app.kit.config import Settings
from app.kit.db import Database
from app.kit.signing import Signer
from app.web.treasurer.states.member import MemberState
from tests.doors.test_bad_addresses import act, call, look_at, open_tab
from tests.factories.groups import id_of
from tests.factories.payments import Programme, make_programme


@pytest_asyncio.fixture(loop_scope="session")
async def programme(
    database: Database, tools: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Programme]:
    signer = tools["signer"]
    assert isinstance(signer, Signer)
    made = wiring.Services(settings=Settings(), database=database, signer=signer, sender=ConsoleSender())
    monkeypatch.setattr(wiring, "services", lambda: made)
    yield await make_programme(database)


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
