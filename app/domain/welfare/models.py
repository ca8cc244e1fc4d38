"""Tables of welfare; the migration holds their checks, guards and policies."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, SQLModel


def _instant(*, nullable: bool = False) -> Column:
    return Column(DateTime(timezone=True), nullable=nullable)


class WelfareRules(SQLModel, table=True):
    """One version of a group's scheme, as `scheme.terms_of` writes it; never changed, the newest is in force."""

    __tablename__ = "welfare_rules"

    group_id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    terms: dict = Field(sa_column=Column(JSONB, nullable=False))
    set_by: UUID
    set_at: datetime = Field(sa_column=_instant())


class WelfareClaim(SQLModel, table=True):
    """What befell a member, and what she is given. Sealed columns open with her key.

    `event_id` is the first claim of the same event, `place` hers among those bereaved by it, from its acceptance.
    `payee_id` is the member who is paid; without one, `payee_enc` names somebody outside. `reasons`, `members` and
    `checked` are what was known when it was accepted. `paid_minor` is all that was paid, `entry_seq` the first.
    """

    __tablename__ = "welfare_claims"

    group_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    number: int
    event_id: UUID
    place: int | None = None
    rules_version: int
    member_id: UUID
    payee_id: UUID | None = None
    payee_enc: bytes | None = None
    event: str
    relation: str
    cause: str
    happened_on: date
    born_enc: bytes | None = None
    was_single: bool | None = None
    person_enc: bytes
    person_index: bytes
    note_enc: bytes | None = None
    state: str = "reported"
    currency: str
    reasons: list | None = Field(default=None, sa_column=Column(JSONB, nullable=True))
    members: int | None = None
    checked: list[str] | None = Field(default=None, sa_column=Column(ARRAY(Text), nullable=True))
    reported_by: UUID
    reported_at: datetime = Field(sa_column=_instant())
    decided_by: UUID | None = None
    decided_at: datetime | None = Field(default=None, sa_column=_instant(nullable=True))
    decision_key: str | None = None
    refusal_enc: bytes | None = None
    call_id: UUID | None = None
    paid_minor: int | None = Field(default=None, sa_type=BigInteger)
    entry_seq: int | None = Field(default=None, sa_type=BigInteger)


class WelfareDocument(SQLModel, table=True):
    """A paper for a claim; its sealed content lies in the storage under the group's and its own id."""

    __tablename__ = "welfare_documents"

    group_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    claim_id: UUID
    kind: str
    size_bytes: int
    sha256: bytes
    name_enc: bytes
    added_by: UUID
    added_at: datetime = Field(sa_column=_instant())


class WelfareCall(SQLModel, table=True):
    """A call on the members that welfare made: `kind` is levy, registration, premium or topup."""

    __tablename__ = "welfare_calls"

    group_id: UUID = Field(primary_key=True)
    call_id: UUID = Field(primary_key=True)
    kind: str
