"""Which database a command works on: the one that the environment names, or the embedded one in a data folder."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from psycopg import OperationalError, ProgrammingError

from app import embedded, migrate
from app.kit import roles
from app.kit.config import BadSettings, Settings, read_settings
from app.launch.paths import Refusal

if TYPE_CHECKING:
    from app.wiring import Services


@dataclass(frozen=True, slots=True)
class Place:
    """Addresses (libpq's) of one database, and the server when this process runs it.

    `is_embedded` also when another process runs it.
    """

    application: str
    owner: str
    data: Path
    server: embedded.Server | None = None
    is_embedded: bool = False

    @property
    def admin(self) -> str:
        """The address of a role that reads every group, for backups alone; empty when nobody named one."""
        if self.is_embedded:
            return embedded.url(self.data, embedded.SUPERUSER)
        return os.environ.get("DATABASE_ADMIN_URL", "")


def folder_of(data: Path | None) -> Path:
    """The data folder that is meant; without `--data` the default one."""
    return (data or embedded.default_data()).absolute()


@contextmanager
def refusing() -> Iterator[None]:
    """A database that can't be started becomes a Refusal: 2 for a folder that can't be one."""
    try:
        yield
    except embedded.CannotStart as error:
        raise Refusal(str(error), 2 if isinstance(error, embedded.Unusable) else 1) from error


def is_running(folder: Path) -> bool:
    """Whether an `up` or another command works on the embedded database in this folder. Raises Refusal."""
    with refusing():
        return not os.environ.get("DATABASE_URL") and embedded.is_held(folder)


@contextmanager
def open_place(data: Path | None, *, may_begin: bool = False) -> Iterator[Place]:
    """DATABASE_URL's database; else the embedded one, started for as long as needed unless it is already running.

    Only with `may_begin` is a new installation made. Raises Refusal when there is no way to a database.
    """
    folder = folder_of(data)
    external = os.environ.get("DATABASE_URL")
    if not external and os.environ.get("DATABASE_OWNER_URL"):
        msg = "DATABASE_OWNER_URL is set without DATABASE_URL: set both for a PostgreSQL of your own, or none."
        raise Refusal(msg, 2)
    if external:
        yield Place(external, os.environ.get("DATABASE_OWNER_URL", ""), folder)
        return
    if is_running(folder):
        application, owner = embedded.url(folder, roles.APPLICATION), embedded.url(folder, roles.OWNER)
        yield Place(application, owner, folder, is_embedded=True)
        return
    with refusing():
        if not may_begin and not embedded.has_cluster(folder):
            msg = f"No installation is in {folder}. Name its folder with --data DIR, or begin one: ./sanduk up"
            raise Refusal(msg, 2)
        server = embedded.start(folder)
    try:
        yield Place(server.url(roles.APPLICATION), server.url(roles.OWNER), folder, server, is_embedded=True)
    finally:
        server.stop()


def set_environment(place: Place, public_url: str | None = None) -> None:
    """Tell `app.kit.config` of this process and its children where things are; what is set already stays."""
    os.environ["DATABASE_URL"] = place.application
    keys = place.data / "keys" if place.is_embedded else place.data.with_name(f"{place.data.name}-keys")
    os.environ.setdefault("SANDUK_KEY_FOLDER", str(keys))
    os.environ.setdefault("SANDUK_FILES_FOLDER", str(keys.with_name(keys.name.removesuffix("keys") + "files")))
    if public_url:
        os.environ.setdefault("SANDUK_PUBLIC_URL", public_url)


def wired() -> "Services":
    """The product's services on the environment's settings; makes the keys at the first start in development.

    Raises Refusal when the settings or the keys must not serve.
    """
    from app import wiring

    try:
        return wiring.wire(writes=True)
    except wiring.CannotStart as error:
        raise Refusal(str(error), 2) from error


@asynccontextmanager
async def opened_services() -> AsyncIterator["Services"]:
    """The services on a database that these keys open. Raises Refusal when they are another installation's."""
    from app.domain.identity import service as identity
    from app.kit.actor import NOBODY
    from app.kit.crypto import CannotOpen

    services = wired()
    try:
        async with services.database.transaction(NOBODY) as session:
            await identity.list_staff(session)
        yield services
    except CannotOpen as error:
        folder = services.settings.key_folder
        msg = f"The keys in {folder} don't open what is in this database. Name its own folder: SANDUK_KEY_FOLDER"
        raise Refusal(msg, 2) from error
    finally:
        await services.database.close()


async def check_keys() -> None:
    """Raises Refusal when the settings or the keys must not serve this database."""
    async with opened_services():
        pass


def settings_now() -> Settings:
    """The environment's settings. Raises Refusal for values that can't be read."""
    try:
        return read_settings()
    except BadSettings as error:
        raise Refusal(str(error), 2) from error


@contextmanager
def answering() -> Iterator[None]:
    """A database that can't be reached, or an address that is none, becomes a Refusal."""
    try:
        yield
    except migrate.CannotMigrate as error:
        raise Refusal(str(error), 2) from error
    except (OperationalError, ProgrammingError) as error:
        what = "doesn't answer" if isinstance(error, OperationalError) else "can't be used"
        msg = f"The database {what}: {str(error).splitlines()[0]}"
        raise Refusal(msg, 2) from error


def bring_up_to_date(place: Place) -> None:
    """Migrate as the owner; without the owner's address only check that nothing is left to migrate. Raises Refusal."""
    with answering():
        if place.owner:
            migrate.upgrade(place.owner)
        elif not migrate.is_current(place.application):
            msg = "The database needs migrations: set DATABASE_OWNER_URL and run ./sanduk migrate."
            raise Refusal(msg)
