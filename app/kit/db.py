"""One engine per process, one transaction per command, the tenant set in each."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from copy import copy
from uuid import UUID

import psycopg
from sqlalchemy import text
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine

from app.kit.actor import Actor
from app.kit.clock import Clock, SystemClock
from app.kit.crypto import Keyring
from app.kit.hints import CHANNEL, Hint, Notifier, NotingSession, hints_of, tell, tell_only
from app.kit.signing import Signer

Session = AsyncSession
"""A transaction that a door has opened and will end; services never commit."""

UNREACHABLE = (OperationalError, InterfaceError, PoolTimeout, OSError)
"""What a door catches when the database is away, restarting or too busy."""


async def set_tenant(connection: AsyncConnection, actor: Actor) -> None:
    """Tell row-level security who acts, for this transaction. Literal SET LOCAL also works through PgBouncer.

    A connection that is found dead raises SQLAlchemy's OperationalError, as every other statement does.
    """
    group = str(actor.group_id) if actor.group_id else ""
    person = str(actor.person_id) if actor.person_id else ""
    raw = (await connection.get_raw_connection()).driver_connection
    assert raw is not None
    # One round trip; never prepared, because a prepared statement takes one command. Both values are UUIDs.
    command = f"SET LOCAL app.group_id = '{group}'; SET LOCAL app.person_id = '{person}'"
    try:
        await raw.execute(command, prepare=False)
    except psycopg.OperationalError as error:
        raise OperationalError(command, None, error) from error


class Database:
    """Opens transactions under an actor.

    `url` is SQLAlchemy's (`postgresql+psycopg://`); the role's own settings bound statement, lock and idle time.
    Errors leave out the parameters of a statement, because they end in logs.
    `tools` travel with every session: services reach the clock, the keyring and the signer through it.
    With `hints`, open pages hear of what was written (`app.kit.hints`).
    """

    def __init__(
        self, url: str, *, pool_size: int = 10, tools: Mapping[str, object] | None = None, hints: bool = False
    ) -> None:
        self.tools = {"clock": SystemClock(), **(tools or {})}
        self.engine: AsyncEngine = create_async_engine(
            url, pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=True, pool_timeout=10, hide_parameters=True
        )
        self.notifier = Notifier(self._notify) if hints else None

    def with_tools(self, **tools: object) -> "Database":
        """The same engine with other tools, for as long as this one lives."""
        other = copy(self)
        other.tools = {**self.tools, **tools}
        return other

    @asynccontextmanager
    async def transaction(self, actor: Actor) -> AsyncIterator[Session]:
        """Commit on exit, roll back on any error. A commit that wrote is hinted at in the actor's group."""
        async with self._session() as session, session.begin():
            await set_tenant(await session.connection(), actor)
            yield session
        if self.notifier:
            self.notifier.mark(hints_of(session.info, actor))

    def _session(self) -> Session:
        return AsyncSession(self.engine, sync_session_class=NotingSession, expire_on_commit=False, info=self.tools)

    async def _notify(self, hints: list[str]) -> None:
        statement = text("SELECT pg_notify(:channel, hint) FROM unnest(CAST(:hints AS text[])) AS hint")
        async with self.engine.connect() as connection:
            free = await connection.execution_options(isolation_level="AUTOCOMMIT")
            await free.execute(statement, {"channel": CHANNEL, "hints": hints})

    async def revision(self) -> str:
        """The migration at which the database is; empty before the first."""
        async with self.engine.connect() as connection:
            if (await connection.execute(text("SELECT to_regclass('public.alembic_version')"))).scalar_one() is None:
                return ""
            return (await connection.execute(text("SELECT min(version_num) FROM alembic_version"))).scalar_one() or ""

    async def close(self) -> None:
        if self.notifier:
            await self.notifier.close()
        await self.engine.dispose()


def hint_at(session: Session, hint: Hint) -> None:
    """Tell open pages of this too, after the commit."""
    tell(session.info, hint)


def hint_only(session: Session, persons: Iterable[UUID]) -> None:
    """What this transaction writes shows on pages of the whole group and on these persons' own: the others rest.

    For commands that are often made in bulk; without it, a commit concerns every open page of the group.
    """
    tell_only(session.info, persons)


def clock_of(session: Session) -> Clock:
    return session.info["clock"]


def keyring_of(session: Session) -> Keyring:
    return session.info["keyring"]


def signer_of(session: Session) -> Signer:
    return session.info["signer"]


def psycopg_url(url: str) -> str:
    """`postgresql://` and `postgres://` as SQLAlchemy's psycopg 3 dialect wants them."""
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url
