"""Migrations run as the owner role, one transaction each, on a plain synchronous connection."""

import os

from sqlalchemy import create_engine, pool

from alembic import context
from app.kit.db import psycopg_url
from app.tables import metadata


def run() -> None:
    url = context.config.attributes.get("url") or os.environ["DATABASE_OWNER_URL"]
    engine = create_engine(psycopg_url(url), poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=metadata, transaction_per_migration=True)
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
