"""Tables of signed statements and their files; the migration holds their checks, guards and policies."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime
from sqlmodel import Field, SQLModel


class Statement(SQLModel, table=True):
    """What was signed; never changed."""

    __tablename__ = "statements"  # pyright: ignore[reportAssignmentType]

    group_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    check_code: str
    member_id: UUID
    from_on: date
    until_on: date
    opening_minor: int = Field(sa_type=BigInteger)
    in_minor: int = Field(sa_type=BigInteger)
    out_minor: int = Field(sa_type=BigInteger)
    closing_minor: int = Field(sa_type=BigInteger)
    currency: str
    exponent: int
    lines: int
    head_seq: int = Field(sa_type=BigInteger)
    head_hash: bytes
    digest: bytes
    made_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    token: str


class StatementFile(SQLModel, table=True):
    """A statement's file in one language, sealed with the group's key; `content` is there when it is ready."""

    __tablename__ = "statement_files"  # pyright: ignore[reportAssignmentType]

    group_id: UUID = Field(primary_key=True)
    statement_id: UUID = Field(primary_key=True)
    language: str = Field(primary_key=True)
    state: str
    asked_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    made_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True), nullable=True))
    content: bytes | None = None


class ReportFile(SQLModel, table=True):
    """A report's file in one language, as StatementFile; `query` says what the report is narrowed to, in ids alone."""

    __tablename__ = "report_files"  # pyright: ignore[reportAssignmentType]

    group_id: UUID = Field(primary_key=True)
    report_id: UUID = Field(primary_key=True)
    language: str = Field(primary_key=True)
    kind: str
    query: str
    state: str
    asked_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    made_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True), nullable=True))
    content: bytes | None = None
