import pytest_asyncio

from app.kit.db import Database
from tests.factories.welfare import Fund, make_fund


@pytest_asyncio.fixture(loop_scope="session")
async def fund(database: Database) -> Fund:
    """A group of its own for each test."""
    return await make_fund(database)
