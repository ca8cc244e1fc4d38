"""Counts what a service asks of the database."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from app.kit.db import Database


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The statements that go through SQLAlchemy while the block runs; the tenant's settings are not among them."""
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        found.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)
