"""Commands that lock no row and post nothing insert their key first; a twin waits for it and gets the same answer."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import rfc8785
from sqlalchemy import Column, DateTime, select
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlmodel import Field, SQLModel

from app.kit.db import Session, clock_of
from app.kit.errors import IdempotencyConflict, InvalidInput

NO_GROUP = UUID(int=0)
LONGEST = 128


class IdempotentCommand(SQLModel, table=True):
    __tablename__ = "idempotent_commands"

    group_id: UUID = Field(primary_key=True)
    key: str = Field(primary_key=True)
    fingerprint: bytes
    result: dict = Field(sa_column=Column(JSONB, nullable=False))
    at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


def fingerprint(content: Mapping[str, str | int]) -> bytes:
    """SHA-256 over RFC 8785 JSON of what was asked."""
    return hashlib.sha256(rfc8785.dumps(dict(content))).digest()


async def claim(
    session: Session,
    *,
    group_id: UUID | None,
    key: str,
    content: Mapping[str, str | int],
    result: Mapping[str, str | int],
) -> dict[str, str | int] | None:
    """None when the key is new: go on. Else the result of the command that took it, once that has committed.

    Raises IdempotencyConflict when the key was used for another content, InvalidInput for one that is none.
    """
    if not key.isprintable() or not 1 <= len(key) <= LONGEST:
        raise InvalidInput("idempotency_key", "key")
    scope, print_ = group_id or NO_GROUP, fingerprint(content)
    values = {
        "group_id": scope,
        "key": key,
        "fingerprint": print_,
        "result": dict(result),
        "at": clock_of(session).now(),
    }
    statement = insert(IdempotentCommand).values(values).on_conflict_do_nothing().returning(IdempotentCommand.group_id)
    if (await session.execute(statement)).scalar_one_or_none() is not None:
        return None
    known = (
        await session.execute(
            select(IdempotentCommand).where(IdempotentCommand.group_id == scope, IdempotentCommand.key == key)
        )
    ).scalar_one()
    if known.fingerprint != print_:
        raise IdempotencyConflict
    return known.result
