"""The table of notifications; the migration holds its checks and policies."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, DateTime
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel


class Notification(SQLModel, table=True):
    """Read by its person alone; `facts` fill the message of `kind`, ids are time-ordered."""

    __tablename__ = "notifications"

    group_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    person_id: UUID
    kind: str
    facts: dict = Field(sa_column=Column(JSONB, nullable=False))
    subject_id: UUID | None = None
    at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    read_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True), nullable=True))
