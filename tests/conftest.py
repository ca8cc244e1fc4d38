"""Real PostgreSQL for the tests: one cluster per process, one migrated template, one database per module.

`SANDUK_TEST_POSTGRES` names another PostgreSQL's bin folder, to run the same tests on Debian's version.
"""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings

from app import embedded, migrate
from app.integrations.local_keys import LocalKeys
from app.kit import roles
from app.kit.clock import SystemClock
from app.kit.crypto import Keyring
from app.kit.db import Database, psycopg_url
from app.kit.signing import Signer
from tests.factories.background import Background

TEMPLATE = "sanduk_template"
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")  # how busy the machine is fails no test


@pytest.fixture(scope="session")
def server() -> Iterator[embedded.Server]:
    """A throw-away cluster with the roles and the migrated database `sanduk_template`."""
    binaries = os.environ.get("SANDUK_TEST_POSTGRES")
    folder = Path(tempfile.mkdtemp(prefix="sanduk-test-"))
    folder.chmod(0o755)
    running = embedded.start(folder / "data", binaries=Path(binaries) if binaries else None, durable=False)
    try:
        roles.create_database(running.url(embedded.SUPERUSER, "postgres"), TEMPLATE)
        migrate.upgrade(running.url(roles.OWNER, TEMPLATE))
        yield running
    finally:
        running.stop()
        shutil.rmtree(running.sockets, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def database_name(server: embedded.Server) -> Iterator[str]:
    """A fresh copy of the template, dropped after the module."""
    name = f"test_{uuid4().hex[:12]}"
    superuser = server.url(embedded.SUPERUSER, "postgres")
    roles.create_database(superuser, name, template=TEMPLATE)
    yield name
    roles.drop_database(superuser, name)


@pytest.fixture(scope="module")
def owner_url(server: embedded.Server, database_name: str) -> str:
    """libpq's address of the module's database as the owner role."""
    return server.url(roles.OWNER, database_name)


@pytest.fixture(scope="module")
def app_url(server: embedded.Server, database_name: str) -> str:
    """libpq's address of the module's database as the application role."""
    return server.url(roles.APPLICATION, database_name)


@pytest.fixture(scope="module")
def background() -> Iterator[Background]:
    """A second event loop, for tests that Hypothesis drives."""
    made = Background()
    yield made
    made.stop()


@pytest.fixture(scope="session")
def key_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Master, index and signing keys of this run, made at first use."""
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="session")
def tools(key_folder: Path) -> dict[str, object]:
    """What travels with every session: the real keyring and signer on the run's own keys, and the real clock."""
    return {
        "clock": SystemClock(),
        "keyring": Keyring(LocalKeys(key_folder, create=True)),
        "signer": Signer.load(key_folder, issuer="http://127.0.0.1:8000", may_create=True),
    }


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def database(app_url: str, tools: dict[str, object]) -> AsyncIterator[Database]:
    """The module's database as the application sees it. Tests may commit."""
    made = Database(psycopg_url(app_url), tools=tools)
    yield made
    await made.close()
