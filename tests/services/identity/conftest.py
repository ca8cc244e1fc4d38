"""A clock that tests move, and the module's database under it."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
import pytest_asyncio

from app.kit.clock import SystemClock
from app.kit.db import Database, psycopg_url


class MovedClock:
    """The real clock, as far ahead as a test has waited."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return SystemClock().now() + self.ahead

    def wait(self, **much: float) -> None:
        self.ahead += timedelta(**much)


@pytest.fixture(scope="module")
def clock() -> MovedClock:
    return MovedClock()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def base(app_url: str, tools: dict[str, object], clock: MovedClock) -> AsyncIterator[Database]:
    made = Database(psycopg_url(app_url), tools={**tools, "clock": clock})
    yield made
    await made.close()
