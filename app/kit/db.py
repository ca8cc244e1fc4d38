"""One engine per process, one transaction per command, the tenant set in each."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from copy import copy
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

import psycopg
from sqlalchemy import text
from sqlalchemy.exc import DataError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine

from app.kit.actor import Actor
from app.kit.clock import Clock, MovedClock, SystemClock
from app.kit.crypto import Keyring
from app.kit.errors import ReadOnly
from app.kit.hints import CHANNEL, Hint, Notifier, NotingSession, hints_of, tell, tell_only
from app.kit.signing import Signer

T = TypeVar("T")
Session = AsyncSession
"""A transaction that a door has opened and will end; services never commit."""

UNREACHABLE = (OperationalError, InterfaceError, PoolTimeout, OSError)
"""What a door catches when the database is away, restarting or too busy."""

UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, OverflowError, psycopg.DataError, DataError)
"""What reading a row can raise that the product did not write: a verifier names it as a fault."""

PATIENCE_S = 30
"""How long a transaction waits for a connection: many at once are served late rather than refused."""

READ_ONLY_STATE = "25006"
READ_ONLY = "SET TRANSACTION READ ONLY; "
SNAPSHOT = {"isolation_level": "REPEATABLE READ"}
MOVED = "; SELECT shift FROM kit.development_clock"


async def set_tenant(connection: AsyncConnection, actor: Actor) -> None:
    """Tell row-level security who acts, for this transaction. Literal SET LOCAL also works through PgBouncer.

    A connection that is found dead raises SQLAlchemy's OperationalError, as every other statement does.
    """
    await _command(connection, _tenant(actor))


def _tenant(actor: Actor) -> str:
    """Both values are UUIDs."""
    group = str(actor.group_id) if actor.group_id else ""
    person = str(actor.person_id) if actor.person_id else ""
    return f"SET LOCAL app.group_id = '{group}'; SET LOCAL app.person_id = '{person}'"


async def _command(connection: AsyncConnection, command: str) -> psycopg.AsyncCursor[Any]:
    """Several statements in one round trip; never prepared, because a prepared statement takes one command."""
    raw = (await connection.get_raw_connection()).driver_connection
    assert raw is not None
    try:
        return await raw.execute(command, prepare=False)
    except psycopg.OperationalError as error:
        raise OperationalError(command, None, error) from error


class Database:
    """Opens transactions under an actor.

    `url` is SQLAlchemy's (`postgresql+psycopg://`); the role's own settings bound statement, lock and idle time.
    Errors leave out the parameters of a statement, because they end in logs.
    `tools` travel with every session: services reach the clock, the keyring and the signer through it.
    With `hints`, open pages hear of what was written (`app.kit.hints`).
    `read_only`: no transaction writes, whatever is asked of it; what tries raises ReadOnly. `has_moved_clock`: each
    transaction reads with its first command how far development has moved the clock.
    """

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 10,
        tools: Mapping[str, object] | None = None,
        hints: bool = False,
        read_only: bool = False,
        has_moved_clock: bool = False,
    ) -> None:
        self.tools = {"clock": SystemClock(), **(tools or {})}
        self.read_only, self.has_moved_clock = read_only, has_moved_clock
        self.engine: AsyncEngine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=PATIENCE_S,
            hide_parameters=True,
            connect_args={"options": "-c default_transaction_read_only=on"} if read_only else {},
        )
        self._free = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self.notifier = Notifier(self._notify) if hints else None

    def with_tools(self, **tools: object) -> "Database":
        """The same engine with other tools, for as long as this one lives."""
        other = copy(self)
        other.tools = {**self.tools, **tools}
        return other

    @asynccontextmanager
    async def transaction(self, actor: Actor, *, is_snapshot: bool = False) -> AsyncIterator[Session]:
        """Commit on exit, roll back on any error. A commit that wrote is hinted at in the actor's group.

        `is_snapshot`: everything is read as it is at the first statement (REPEATABLE READ), for what reads much.

        Raises ReadOnly where nothing may be written.
        """
        try:
            async with self._session() as session:
                session.info["shift"] = await self._begun(session, actor, SNAPSHOT if is_snapshot else None)
                yield session
                await session.commit()
        except DBAPIError as error:
            if self.read_only and getattr(error.orig, "sqlstate", "") == READ_ONLY_STATE:
                raise ReadOnly from None
            raise
        if self.notifier:
            self.notifier.mark(hints_of(session.info, actor))

    def _session(self) -> Session:
        info = {**self.tools, "read_only": self.read_only}
        return AsyncSession(self.engine, sync_session_class=NotingSession, expire_on_commit=False, info=info)

    async def ask(self, question: Callable[[Session], Awaitable[T]]) -> T:
        """The answer to one question that anybody may ask: one round trip, no transaction, no tenant, nothing written.

        Asked again over a new connection when the pool's had died.
        """
        try:
            return await self._answer(question)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            return await self._answer(question)

    async def _answer(self, question: Callable[[Session], Awaitable[T]]) -> T:
        async with AsyncSession(self._free, sync_session_class=NotingSession, info=dict(self.tools)) as session:
            return await question(session)

    async def _notify(self, hints: list[str]) -> None:
        statement = text("SELECT pg_notify(:channel, hint) FROM unnest(CAST(:hints AS text[])) AS hint")
        await self.ask(lambda session: session.execute(statement, {"channel": CHANNEL, "hints": hints}))

    async def _begun(self, session: Session, actor: Actor, options: Mapping[str, str] | None) -> timedelta:
        """Begin. A connection that died in the pool shows here, before anything was done: then over a new one."""
        connection = await session.connection(execution_options=options)
        try:
            return await self._begin(connection, actor)
        except OperationalError:
            await session.invalidate()
            await self.engine.dispose()
            return await self._begin(await session.connection(execution_options=options), actor)

    async def _begin(self, connection: AsyncConnection, actor: Actor) -> timedelta:
        """The first command of a transaction, one round trip. Returns how far the clock is moved.

        READ ONLY is said again: a pooler between may drop what the connection was opened with.
        """
        head, tail = READ_ONLY if self.read_only else "", MOVED if self.has_moved_clock else ""
        cursor = await _command(connection, head + _tenant(actor) + tail)
        if not tail:
            return timedelta()
        while cursor.nextset():
            pass
        row = await cursor.fetchone()
        return row[0] if row else timedelta()

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
    """The clock of what groups do; development may have moved it (`./sanduk clock`)."""
    shift = shift_of(session)
    return MovedClock(session.info["clock"], shift) if shift else session.info["clock"]


def real_clock_of(session: Session) -> Clock:
    """The clock that nobody moves: sign-in, sessions, the audit trail."""
    return session.info["clock"]


def shift_of(session: Session) -> timedelta:
    """How far development has moved the clock; none in production."""
    return session.info.get("shift", timedelta())


def is_read_only(session: Session) -> bool:
    return session.info.get("read_only", False)


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
