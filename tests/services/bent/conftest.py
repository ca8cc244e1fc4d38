"""Books that an owner of the database bends, each test in a database of its own."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from app import embedded
from app.domain.ledger import checkpoints
from app.domain.ledger.checkpoint_holding import Claims
from app.integrations.checkpoint_folder import CheckpointFolder
from app.kit import roles
from app.kit.actor import NOBODY
from app.kit.db import Database, psycopg_url
from app.launch.evidence import read_folder
from app.worker.outside import put_waiting
from tests.factories.databases import own_database
from tests.factories.payments import Programme, make_programme
from tests.factories.tampering import Owner

ENTRIES = 4


@pytest.fixture
def database_name(server: embedded.Server) -> Iterator[str]:
    with own_database(server) as name:
        yield name


@pytest_asyncio.fixture(loop_scope="session")
async def database(server: embedded.Server, database_name: str, tools: dict[str, object]) -> AsyncIterator[Database]:
    made = Database(psycopg_url(server.url(roles.APPLICATION, database_name)), tools=tools)
    yield made
    await made.close()


@pytest_asyncio.fixture(loop_scope="session")
async def programme(database: Database) -> Programme:
    """Four confirmed payments, each with its receipt."""
    made = await make_programme(database, members=ENTRIES)
    await made.open_call()
    for member in made.members:
        await made.confirm((await made.submit(member)).id)
    return made


@pytest_asyncio.fixture(loop_scope="session")
async def owner(server: embedded.Server, database_name: str, programme: Programme) -> AsyncIterator[Owner]:
    found = Owner(server.url(embedded.SUPERUSER, database_name), programme.group.id)
    yield found
    found.close()


@pytest_asyncio.fixture(loop_scope="session")
async def outside(database: Database, programme: Programme, tmp_path: Path) -> Claims:
    """A checkpoint of the books as they are, in a folder that the owner of the database can't reach."""
    async with database.transaction(NOBODY) as session:
        await checkpoints.make_checkpoint(session, goes_out=True)
    await put_waiting(database, CheckpointFolder(tmp_path))
    return read_folder(tmp_path)
