import pytest_asyncio

from app.kit.db import Database
from tests.services.receipts.receipt_books import Books, open_books


@pytest_asyncio.fixture(loop_scope="session")
async def books(database: Database) -> Books:
    """A new group with one member besides its admin."""
    return await open_books(database)
