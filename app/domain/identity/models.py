"""Tables of the login side; the migration holds their checks and policies."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, DateTime
from sqlmodel import Field, SQLModel


def _instant(*, nullable: bool = False) -> Column:
    return Column(DateTime(timezone=True), nullable=nullable)


class Person(SQLModel, table=True):
    __tablename__ = "persons"  # pyright: ignore[reportAssignmentType]

    id: UUID = Field(primary_key=True)
    wrapped_key: bytes
    phone_enc: bytes
    phone_index: bytes
    created_at: datetime = Field(sa_column=_instant())


class ListedPhone(SQLModel, table=True):
    """A phone that some group lists: its owner may sign in."""

    __tablename__ = "listed_phones"  # pyright: ignore[reportAssignmentType]

    phone_index: bytes = Field(primary_key=True)


class CodeRequest(SQLModel, table=True):
    """One asking for a code; the phone opens with the master key.

    `is_sent`: the phone is listed. `code_hash` is None where no code of ours was made: for a phone that is not listed,
    and where the vendor makes the codes. `reference` is then the vendor's name of its code, empty until it has said it.
    """

    __tablename__ = "code_requests"  # pyright: ignore[reportAssignmentType]

    id: UUID = Field(primary_key=True)
    purpose: str
    phone_index: bytes
    phone_enc: bytes
    code_hash: bytes | None = None
    created_at: datetime = Field(sa_column=_instant())
    expires_at: datetime = Field(sa_column=_instant())
    attempts: int = 0
    asker_index: bytes = b""
    channel: str = "sms"
    is_sent: bool = False
    reference: str = ""
    used_at: datetime | None = Field(default=None, sa_column=_instant(nullable=True))


class StepUp(SQLModel, table=True):
    """A fresh proof of the phone, good for one act."""

    __tablename__ = "step_ups"  # pyright: ignore[reportAssignmentType]

    id: UUID = Field(primary_key=True)
    person_id: UUID
    made_at: datetime = Field(sa_column=_instant())
    used_at: datetime | None = Field(default=None, sa_column=_instant(nullable=True))


class LoginSession(SQLModel, table=True):
    """A browser's session; only the hash of its token is kept."""

    __tablename__ = "sessions"  # pyright: ignore[reportAssignmentType]

    id: UUID = Field(primary_key=True)
    token_hash: bytes
    person_id: UUID
    group_id: UUID | None = None
    role: str | None = None
    user_agent: str
    created_at: datetime = Field(sa_column=_instant())
    seen_at: datetime = Field(sa_column=_instant())
    expires_at: datetime = Field(sa_column=_instant())
    ended_at: datetime | None = Field(default=None, sa_column=_instant(nullable=True))


class Staff(SQLModel, table=True):
    __tablename__ = "staff"  # pyright: ignore[reportAssignmentType]

    person_id: UUID = Field(primary_key=True)
    added_at: datetime = Field(sa_column=_instant())


class PhoneChange(SQLModel, table=True):
    """A person's way from one phone to another; the new one opens with the master key."""

    __tablename__ = "phone_changes"  # pyright: ignore[reportAssignmentType]

    id: UUID = Field(primary_key=True)
    person_id: UUID
    old_index: bytes
    new_index: bytes
    new_phone_enc: bytes
    old_request: UUID
    new_request: UUID
    state: str
    asked_at: datetime = Field(sa_column=_instant())
    effective_at: datetime | None = Field(default=None, sa_column=_instant(nullable=True))
    ended_at: datetime | None = Field(default=None, sa_column=_instant(nullable=True))
