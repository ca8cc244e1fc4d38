import pytest_asyncio

from app.kit.db import Database
from tests.services.importing.programme import Programme, open_programme


@pytest_asyncio.fixture(loop_scope="session")
async def programme(database: Database) -> Programme:
    """A new group with an admin and a treasurer."""
    return await open_programme(database)
