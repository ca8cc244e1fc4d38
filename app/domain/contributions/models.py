"""Tables of calls and dues; the migration holds their checks and policies."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime
from sqlmodel import Field, SQLModel


class Call(SQLModel, table=True):
    """One amount asked of every member by one date."""

    __tablename__ = "calls"

    group_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    title: str
    purpose: str
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str
    due_on: date
    opened_by: UUID
    opened_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class Contribution(SQLModel, table=True):
    """A due: what one member owes on a call. `paid_minor` counts confirmed payments alone (cash basis)."""

    __tablename__ = "contributions"

    group_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    call_id: UUID
    member_id: UUID
    reference: str
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str
    paid_minor: int = Field(default=0, sa_type=BigInteger)
    due_on: date
    state: str = "expected"
