"""The doors' own services, on the database of the module."""

import pytest
import pytest_asyncio

from app import wiring
from app.integrations.console import ConsoleSender
from app.kit.config import Settings
from app.kit.db import Database
from app.kit.signing import Signer
from tests.factories.payments import Programme, make_programme


@pytest.fixture
def services(database: Database, tools: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> wiring.Services:
    signer = tools["signer"]
    assert isinstance(signer, Signer)
    made = wiring.Services(settings=Settings(), database=database, signer=signer, sender=ConsoleSender())
    monkeypatch.setattr(wiring, "services", lambda: made)
    return made


@pytest_asyncio.fixture(loop_scope="session")
async def programme(services: wiring.Services) -> Programme:
    """A group before its first call, behind the doors' services; with two plain members."""
    return await make_programme(services.database, members=2)
