"""Tables of joining; the migration holds their checks and policies."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, DateTime
from sqlmodel import Field, SQLModel


def _instant(*, nullable: bool = False) -> Column:
    return Column(DateTime(timezone=True), nullable=nullable)


class Invite(SQLModel, table=True):
    """A code that opens the way to ask. Looked up by its blind index; its text opens with the group's key."""

    __tablename__ = "invites"

    group_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    code_index: bytes
    code_enc: bytes
    uses_allowed: int
    uses: int = 0
    created_by: UUID
    created_at: datetime = Field(sa_column=_instant())
    expires_at: datetime = Field(sa_column=_instant())
    revoked_by: UUID | None = None
    revoked_at: datetime | None = Field(default=None, sa_column=_instant(nullable=True))


class MemberRequest(SQLModel, table=True):
    """A person asks to come in, or a member to have her name mended. Name and phone open with the group's key."""

    __tablename__ = "member_requests"  # pyright: ignore[reportAssignmentType]

    group_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    kind: str
    person_id: UUID
    member_id: UUID | None = None
    invite_id: UUID | None = None
    name_enc: bytes
    phone_enc: bytes | None = None
    state: str = "waiting"
    reason: str | None = None
    asked_at: datetime = Field(sa_column=_instant())
    decided_by: UUID | None = None
    decided_at: datetime | None = Field(default=None, sa_column=_instant(nullable=True))
