"""A council of its own for each test: a self-help group with KES 500 in the box, saved by one member."""

import pytest_asyncio

from app.kit.db import Database
from tests.factories.governance import Council, make_council


@pytest_asyncio.fixture(loop_scope="session")
async def council(database: Database) -> Council:
    return await make_council(database)
