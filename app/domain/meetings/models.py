"""Tables of meetings; the migration holds their checks and policies. Nothing in them ever changes."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime
from sqlmodel import Field, SQLModel


class Meeting(SQLModel, table=True):
    """One meeting a day; `sheet_minor` is what its collection sheet came to, `counted_minor` the cash in the hand."""

    __tablename__ = "meetings"

    group_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    held_on: date
    currency: str
    sheet_minor: int = Field(sa_type=BigInteger)
    counted_minor: int = Field(sa_type=BigInteger)
    recorded_by: UUID
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class MeetingMember(SQLModel, table=True):
    """Whether a member was there, and the payment that she made."""

    __tablename__ = "meeting_members"

    group_id: UUID = Field(primary_key=True)
    meeting_id: UUID = Field(primary_key=True)
    member_id: UUID = Field(primary_key=True)
    attendance: str
    payment_id: UUID | None = None
