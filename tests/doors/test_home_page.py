"""A member's home, at its state: what everyone opens first asks little of the database."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from app import wiring
from app.integrations.console import ConsoleSender
from app.kit.config import Settings
from app.kit.db import Database
from app.kit.signing import Signer
from app.web.member.states.home import HomeState
from tests.doors.test_bad_addresses import act, call, open_tab
from tests.factories.counting import counted
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


async def test_a_members_home_asks_five_queries_however_much_there_is(programme: Programme):
    """Six with the one that looks up her session."""
    await programme.open_call(title="Harambee")
    await programme.confirm((await programme.submit(amount_minor=10_000)).id)
    await programme.submit(amount_minor=10_000)
    await programme.open_call(title="Burial")
    act(programme.member, "member")
    state = await open_tab(HomeState)
    with counted(programme.database) as statements:
        await call(state, "load")
    assert (state.phase, len(state.dues), len(state.receipts)) == ("ready", 2, 1)
    assert len(statements) == 5, statements
