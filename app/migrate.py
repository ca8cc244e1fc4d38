"""Migrations, run in this process as the owner role. The application's role never runs them."""

from pathlib import Path

import psycopg
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from alembic import command
from app.kit.db import psycopg_url
from app.kit.roles import APPLICATION

OLDEST = 15
ROOT = Path(__file__).parent.parent
SCRIPTS = ROOT / "alembic"


class CannotMigrate(Exception):
    """The way from where the database is to where it should be isn't there; the text says why."""


class TooOld(CannotMigrate):
    """The server is older than what the product is tested on."""


def upgrade(url: str, revision: str = "heads") -> None:
    """Bring the database to `revision`. `url` is the owner's, libpq's or SQLAlchemy's. Safe to repeat.

    Raises CannotMigrate.
    """
    _check_version(url)
    try:
        command.upgrade(_config(url), revision)
    except CommandError as error:
        raise CannotMigrate(str(error)) from error
    with psycopg.connect(libpq_url(url), connect_timeout=10) as connection:
        connection.execute(f"GRANT SELECT ON alembic_version TO {APPLICATION}")


def downgrade(url: str, revision: str = "base") -> None:
    """Take the database back to `revision`; what the later migrations held is lost. Raises CannotMigrate."""
    try:
        command.downgrade(_config(url), revision)
    except CommandError as error:
        raise CannotMigrate(str(error)) from error


def head() -> str:
    """The newest revision that this checkout knows."""
    return ScriptDirectory.from_config(_config("")).get_current_head() or ""


def revisions() -> list[str]:
    """All revisions, newest first."""
    return [script.revision for script in ScriptDirectory.from_config(_config("")).walk_revisions()]


def is_current(url: str) -> bool:
    """Whether nothing is left to migrate. `url` may be the application's. Raises TooOld."""
    _check_version(url)
    with psycopg.connect(libpq_url(url), connect_timeout=10) as connection:
        if connection.execute("SELECT to_regclass('public.alembic_version')").fetchone() == (None,):
            return False
        return connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(head(),)]


def libpq_url(url: str) -> str:
    """SQLAlchemy's `postgresql+psycopg://` as libpq wants it."""
    return url.replace("+psycopg", "", 1)


def _config(url: str) -> Config:
    config = Config(toml_file=str(ROOT / "pyproject.toml"))
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["url"] = psycopg_url(url)
    return config


def _check_version(url: str) -> None:
    with psycopg.connect(libpq_url(url), connect_timeout=10) as connection:
        number = connection.info.server_version // 10_000
    if number < OLDEST:
        msg = f"PostgreSQL {number} is too old: {OLDEST} or newer is needed."
        raise TooOld(msg)
