"""Tables of groups; the migration holds their checks and policies."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, SQLModel


def _instant(*, nullable: bool = False) -> Column:
    return Column(DateTime(timezone=True), nullable=nullable)


class Group(SQLModel, table=True):
    """`live_at` is None while it is tried out; `cleared_at` once it is practice; `clears_id` the practice before it."""

    __tablename__ = "groups"

    id: UUID = Field(primary_key=True)
    code: str
    name: str
    short_name: str
    template: str
    currency: str
    timezone: str
    country: str
    pay_to: str | None = None
    wrapped_key: bytes
    created_at: datetime = Field(sa_column=_instant())
    live_at: datetime | None = Field(default=None, sa_column=_instant(nullable=True))
    cleared_at: datetime | None = Field(default=None, sa_column=_instant(nullable=True))
    clears_id: UUID | None = None


class Member(SQLModel, table=True):
    """A profile in one group. Name, phone and remarks open with the member's key, which the group's key wraps."""

    __tablename__ = "members"

    group_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    member_no: str
    wrapped_key: bytes
    name_enc: bytes
    phone_enc: bytes | None = None
    phone_index: bytes | None = None
    remarks_enc: bytes | None = None
    region: str | None = None
    gender: str | None = None
    joined_on: date | None = None
    person_id: UUID | None = None
    state: str = "active"
    created_at: datetime = Field(sa_column=_instant())
    left_at: datetime | None = Field(default=None, sa_column=_instant(nullable=True))


class WaitingNotice(SQLModel, table=True):
    """What the group told a member who has not signed in; as a notification, but of the member."""

    __tablename__ = "waiting_notices"

    group_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    member_id: UUID
    kind: str
    facts: dict = Field(sa_column=Column(JSONB, nullable=False))
    subject_id: UUID | None = None
    at: datetime = Field(sa_column=_instant())


class GroupRules(SQLModel, table=True):
    """One version of a group's rules; never changed, the newest is in force."""

    __tablename__ = "group_rules"

    group_id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    amount_minor: int | None = Field(default=None, sa_type=BigInteger)
    frequency: str
    due_day: int | None = None
    set_by: UUID
    set_at: datetime = Field(sa_column=_instant())


class LateRuleVersion(SQLModel, table=True):
    """One version of what late payment costs and when members are reminded; never changed."""

    __tablename__ = "late_rules"

    group_id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    fine: str
    amount_minor: int = Field(sa_type=BigInteger)
    rate_ppm: int
    grace_days: int
    every_days: int
    steps: int
    before_days: int
    on_due: bool
    after_days: int
    title: str
    set_by: UUID
    set_at: datetime = Field(sa_column=_instant())


class ApprovalRuleVersion(SQLModel, table=True):
    """One version of who signs decisions of one kind; never changed, the newest is in force."""

    __tablename__ = "approval_rules"

    group_id: UUID = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    needed: int
    signers: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    alone_minor: int = Field(sa_type=BigInteger)
    days: int
    set_by: UUID
    set_at: datetime = Field(sa_column=_instant())


class Seat(SQLModel, table=True):
    """Staff or the system as an actor of the group's ledger; never listed, counted or charged."""

    __tablename__ = "seats"

    group_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    kind: str
    person_id: UUID | None = None


class RoleGrant(SQLModel, table=True):
    """A role or an office of a member; `until` is the last day of an office's term, None for one without."""

    __tablename__ = "role_grants"

    group_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    member_id: UUID
    role: str
    granted_by: UUID
    granted_at: datetime = Field(sa_column=_instant())
    until: date | None = None
    ended_by: UUID | None = None
    ended_at: datetime | None = Field(default=None, sa_column=_instant(nullable=True))
