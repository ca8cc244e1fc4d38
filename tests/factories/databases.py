"""A database for one test alone, where books are bent: over such books nothing more is signed."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from app import embedded
from app.kit import roles


@contextmanager
def own_database(server: embedded.Server) -> Iterator[str]:
    """The name of a fresh copy of the template."""
    name, superuser = f"test_{uuid4().hex[:12]}", server.url(embedded.SUPERUSER, "postgres")
    roles.create_database(superuser, name, template="sanduk_template")
    try:
        yield name
    finally:
        roles.drop_database(superuser, name)
