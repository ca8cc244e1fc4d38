"""Tables of calls and dues; the migration holds their checks and policies."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime
from sqlmodel import Field, SQLModel


class Call(SQLModel, table=True):
    """One amount asked of every member by one date; with `fined_call_id`, a step's fine for paying that one late."""

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
    fined_call_id: UUID | None = None
    fine_step: int | None = None


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


class DueLook(SQLModel, table=True):
    """The last day on which a group's dues were looked after."""

    __tablename__ = "due_looks"

    group_id: UUID = Field(primary_key=True)
    through: date


class Reminder(SQLModel, table=True):
    """That a member was told of a due: `step` is before, on or after."""

    __tablename__ = "reminders"

    group_id: UUID = Field(primary_key=True)
    due_id: UUID = Field(primary_key=True)
    step: str = Field(primary_key=True)
    at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
