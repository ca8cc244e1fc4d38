"""A group with open books, and short ways to post in it; each call is a committed transaction."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import psycopg
from psycopg import AsyncConnection

from app.domain.ledger import service as ledger
from app.domain.ledger.views import Line, NewEntry, PostedEntry
from app.kit.actor import Actor
from app.kit.db import Database, Session
from app.kit.ids import new_id

DAY = date(2026, 3, 1)

RAW_POST = """SELECT * FROM ledger.post_entry(%(group)s::uuid, %(entry)s::uuid, %(kind)s::text, %(on)s::date,
  %(actor)s::uuid, %(key)s::text, sha256(convert_to(%(key)s::text, 'UTF8')), '', substring(sha256('salt'), 1, 16),
  %(accounts)s::text[], %(amounts)s::bigint[],
  %(reverses)s::bigint)"""

RAW_BATCH = """SELECT * FROM ledger.post_entries(%(group)s::uuid, ARRAY[%(entry)s::uuid], ARRAY[%(kind)s::text],
  ARRAY[%(on)s::date], ARRAY[%(actor)s::uuid], ARRAY[%(key)s::text], ARRAY[sha256(convert_to(%(key)s::text, 'UTF8'))],
  ARRAY[''], ARRAY[substring(sha256('salt'), 1, 16)], ARRAY[%(reverses)s::bigint], ARRAY[2], %(accounts)s::text[],
  ARRAY[1, 2], %(amounts)s::bigint[])"""
"""The same as a batch of one entry of two lines."""

ACCOUNTS = {"1010": "A", "1020": "A", "1030": "A", "4010": "I"}
"""What a fund's books open with: three places for money, and contributions."""


@dataclass(frozen=True)
class Books:
    database: Database
    group_id: UUID
    actor: UUID

    def acting(self) -> Any:
        return self.database.transaction(Actor(group_id=self.group_id))

    def entry(self, *amounts: tuple[str, int], **changes: Any) -> NewEntry:
        values: dict[str, Any] = {
            "group_id": self.group_id,
            "kind": "contribution_confirmed",
            "effective_on": DAY,
            "actor": self.actor,
            "idempotency_key": str(new_id()),
            "lines": tuple(Line(*pair) for pair in amounts or (("1010", 500), ("4010", -500))),
        }
        return NewEntry(**(values | changes))

    async def post(self, *amounts: tuple[str, int], **changes: Any) -> PostedEntry:
        async with self.acting() as session:
            return await ledger.post_entry(session, self.entry(*amounts, **changes))

    async def post_all(self, *entries: NewEntry) -> list[PostedEntry]:
        async with self.acting() as session:
            return await ledger.post_entries(session, entries)

    async def reverse(self, seq: int, **changes: Any) -> PostedEntry:
        values: dict[str, Any] = {"actor": self.actor, "idempotency_key": str(new_id()), "effective_on": DAY}
        async with self.acting() as session:
            return await ledger.reverse_entry(session, group_id=self.group_id, seq=seq, **(values | changes))

    async def open(self, code: str, class_: str, currency: str = "KES", **bounds: int) -> int:
        async with self.acting() as session:
            return await ledger.open_account(
                session, self.group_id, code=code, class_=class_, currency=currency, **bounds
            )

    async def balance(self, code: str) -> int:
        async with self.acting() as session:
            return await ledger.balance(session, self.group_id, code)

    async def fault(self) -> Any:
        async with self.acting() as session:
            return await ledger.find_fault(session, self.group_id)

    def raw(self, **changes: Any) -> dict[str, Any]:
        """Values for RAW_POST."""
        values: dict[str, Any] = {
            "group": self.group_id,
            "entry": new_id(),
            "kind": "contribution_confirmed",
            "on": DAY,
            "actor": self.actor,
            "key": str(new_id()),
            "accounts": ["1010", "4010"],
            "amounts": [500, -500],
            "reverses": None,
        }
        return values | changes


async def open_control_accounts(session: Session, group_id: UUID) -> None:
    await ledger.open_group(session, group_id, "KES")
    for code, class_ in ACCOUNTS.items():
        await ledger.open_account(session, group_id, code=code, class_=class_, currency="KES")


async def open_books(database: Database) -> Books:
    books = Books(database, new_id(), new_id())
    async with books.acting() as session:
        await open_control_accounts(session, books.group_id)
    return books


@asynccontextmanager
async def raw_session(url: str, group_id: UUID | None) -> AsyncIterator[AsyncConnection]:
    """What psql would be: a transaction of the role in `url` under the group; rolled back unless committed."""
    connection = await psycopg.AsyncConnection.connect(url)
    try:
        if group_id:
            await connection.execute(f"SET LOCAL app.group_id = '{group_id}'")
        yield connection
        await connection.rollback()
    finally:
        await connection.close()
