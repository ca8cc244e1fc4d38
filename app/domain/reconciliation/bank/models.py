"""Tables of bank statements; the migration holds their checks and policies. What persons wrote is sealed."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel


def _instant(*, nullable: bool = False) -> Column:
    return Column(DateTime(timezone=True), nullable=nullable)


class BankFileRow(SQLModel, table=True):
    """A file that came; `content_enc` only until it is read."""

    __tablename__ = "bank_files"  # pyright: ignore[reportAssignmentType]

    group_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    account: str
    file_index: bytes
    name_enc: bytes
    content_enc: bytes | None = None
    state: str
    why: str | None = None
    params: dict = Field(sa_column=Column(JSONB, nullable=False))
    format: str | None = None
    lines: int = 0
    done: int = 0
    added: int = 0
    created_by: UUID
    created_at: datetime = Field(sa_column=_instant())
    read_at: datetime | None = Field(default=None, sa_column=_instant(nullable=True))


class BankStatementRow(SQLModel, table=True):
    """One account's statement in a file; `held_enc` is the account as the bank names it."""

    __tablename__ = "bank_statements"  # pyright: ignore[reportAssignmentType]

    group_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    file_id: UUID
    n: int
    account: str
    currency: str
    held_enc: bytes | None = None
    opening_on: date | None = None
    opening_minor: int | None = Field(default=None, sa_type=BigInteger)
    closing_on: date | None = None
    closing_minor: int | None = Field(default=None, sa_type=BigInteger)
    lines: int
    left_out: int = 0
    chain: str


class BankLineRow(SQLModel, table=True):
    """A line, once, however many files it came in. `words_enc`: reference, bank id, counterparty, description."""

    __tablename__ = "bank_lines"  # pyright: ignore[reportAssignmentType]

    group_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    statement_id: UUID
    account: str
    n: int
    booked_on: date
    value_on: date | None = None
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str
    balance_minor: int | None = Field(default=None, sa_type=BigInteger)
    words_enc: bytes
    fingerprint: bytes
    state: str


class BankLayoutRow(SQLModel, table=True):
    """How the columns below a header are read, for one account."""

    __tablename__ = "bank_layouts"  # pyright: ignore[reportAssignmentType]

    group_id: UUID = Field(primary_key=True)
    account: str = Field(primary_key=True)
    header_index: bytes = Field(primary_key=True)
    line: int
    roles: dict = Field(sa_column=Column(JSONB, nullable=False))
    set_by: UUID
    set_at: datetime = Field(sa_column=_instant())


class BankMatch(SQLModel, table=True):
    """A decision about a line; of all that were made at most one is not undone."""

    __tablename__ = "bank_matches"  # pyright: ignore[reportAssignmentType]

    group_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    line_id: UUID
    kind: str
    state: str = "accepted"
    rule: str
    score: int
    payment_id: UUID | None = None
    pair_id: UUID | None = None
    note_enc: bytes | None = None
    entry_seq: int | None = Field(default=None, sa_type=BigInteger)
    accept_key: str
    accept_print: bytes
    accepted_by: UUID
    accepted_at: datetime = Field(sa_column=_instant())
    undone_by: UUID | None = None
    undone_at: datetime | None = Field(default=None, sa_column=_instant(nullable=True))
    confirmed_by: UUID | None = None
    confirmed_at: datetime | None = Field(default=None, sa_column=_instant(nullable=True))
    confirm_key: str | None = None


class BankMatchPart(SQLModel, table=True):
    """A part of a line: on a due, or kept for the member."""

    __tablename__ = "bank_match_parts"  # pyright: ignore[reportAssignmentType]

    group_id: UUID = Field(primary_key=True)
    match_id: UUID = Field(primary_key=True)
    part_no: int = Field(primary_key=True)
    member_id: UUID
    kind: str
    claim_id: UUID
    amount_minor: int = Field(sa_type=BigInteger)
    payment_id: UUID | None = None


class BankReason(SQLModel, table=True):
    """Why an entry isn't on a statement; `entry_seq` 0: why bank and books began apart. For this amount."""

    __tablename__ = "bank_reasons"  # pyright: ignore[reportAssignmentType]

    group_id: UUID = Field(primary_key=True)
    account: str = Field(primary_key=True)
    entry_seq: int = Field(primary_key=True, sa_type=BigInteger)
    amount_minor: int = Field(sa_type=BigInteger)
    reason_enc: bytes
    said_by: UUID
    said_at: datetime = Field(sa_column=_instant())
