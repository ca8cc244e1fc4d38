"""Migrations, run in this process as the owner role. The application's role never runs them."""

from pathlib import Path

import psycopg
from alembic.config import Config

from alembic import command
from app.kit.db import psycopg_url

OLDEST = 15
ROOT = Path(__file__).parent.parent
SCRIPTS = ROOT / "alembic"


class TooOld(Exception):
    """The server is older than what the product is tested on."""


def upgrade(url: str, revision: str = "heads") -> None:
    """Bring the database to `revision`. `url` is the owner's, libpq's or SQLAlchemy's. Safe to repeat."""
    _check_version(url)
    command.upgrade(_config(url), revision)


def downgrade(url: str, revision: str = "base") -> None:
    """Take the database back to `revision`; what the later migrations held is lost."""
    command.downgrade(_config(url), revision)


def _config(url: str) -> Config:
    config = Config(toml_file=str(ROOT / "pyproject.toml"))
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["url"] = psycopg_url(url)
    return config


def _check_version(url: str) -> None:
    with psycopg.connect(url.replace("+psycopg", "", 1), connect_timeout=10) as connection:
        number = connection.info.server_version // 10_000
    if number < OLDEST:
        msg = f"PostgreSQL {number} is too old: {OLDEST} or newer is needed."
        raise TooOld(msg)
