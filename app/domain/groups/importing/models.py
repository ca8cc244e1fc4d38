"""The staging table: one row per list, its content sealed with the group's key."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, DateTime
from sqlmodel import Field, SQLModel


class MemberImport(SQLModel, table=True):
    """`file_index` is the blind index of the file's bytes. Lines are kept only while the state is draft."""

    __tablename__ = "member_imports"  # pyright: ignore[reportAssignmentType]

    group_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    state: str
    file_index: bytes
    content_enc: bytes
    created_by: UUID
    created_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    done_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True), nullable=True))
    added: int | None = None
    already: int | None = None
