"""The audit table; append-only by trigger."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, DateTime
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel


class AuditEvent(SQLModel, table=True):
    """`group_id` is the nil UUID for what happens on the platform; ids are time-ordered."""

    __tablename__ = "audit_events"

    group_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    actor_id: UUID | None = None
    action: str
    subject: str
    subject_id: str | None = None
    facts: dict = Field(sa_column=Column(JSONB, nullable=False))
    at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class AuditLink(SQLModel, table=True):
    """An event's place in its group's chain, written by the database at the commit."""

    __tablename__ = "chain"
    __table_args__ = {"schema": "audit"}

    group_id: UUID = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    event_id: UUID
    salt: bytes
    facts_commit: bytes
    prev_hash: bytes
    hash: bytes
