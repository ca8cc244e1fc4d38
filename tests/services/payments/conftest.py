"""A programme of its own for each test: one open contribution of KES 500, a treasurer, two members."""

import pytest_asyncio

from app.kit.db import Database
from tests.factories.payments import Programme, make_programme


@pytest_asyncio.fixture(loop_scope="session")
async def programme(database: Database) -> Programme:
    made = await make_programme(database, members=2)
    await made.open_call()
    return made
