"""A programme without a call for each test: a treasurer, three members."""

import pytest_asyncio

from app.kit.db import Database
from tests.factories.payments import Programme, make_programme


@pytest_asyncio.fixture(loop_scope="session")
async def programme(database: Database) -> Programme:
    return await make_programme(database, members=3)
