"""Tables of receipts; the migration holds their checks, guards and policies."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel


class Receipt(SQLModel, table=True):
    """One receipt. Only the three columns of its reversal ever change, once and together."""

    __tablename__ = "receipts"  # pyright: ignore[reportAssignmentType]

    group_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    n: int = Field(sa_type=BigInteger)
    number: str
    check_code: str
    member_id: UUID
    payment_id: UUID
    seq: int = Field(sa_type=BigInteger)
    hash: bytes
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str
    exponent: int
    lines: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    paid_on: date
    issued_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    method: str
    provider_code: str | None = None
    reference: str
    token: str
    state: str = "issued"
    reversed_seq: int | None = Field(default=None, sa_type=BigInteger)
    reversed_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True), nullable=True))
