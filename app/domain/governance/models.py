"""Tables of proposals and signatures; the migration holds their checks, guards and policies."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, SQLModel


class Proposal(SQLModel, table=True):
    """Something to be decided, with the rule that it was made under: `needed` signatures of people in `signers`.

    `member_id` is whose money it is, `subject_id` the due, payment or loan that it is about; those `barred` don't sign.
    `state` is open, carried, refused, withdrawn or expired.
    """

    __tablename__ = "proposals"

    group_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    kind: str
    state: str = "open"
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str
    member_id: UUID | None = None
    subject_id: UUID | None = None
    terms: dict = Field(sa_column=Column(JSONB, nullable=False))
    note: str
    proposed_by: UUID
    proposed_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    expires_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    needed: int
    signers: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    barred: list[UUID] = Field(default_factory=list, sa_column=Column(ARRAY(Uuid), nullable=False))
    rule_version: int
    ended_by: UUID | None = None
    ended_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True), nullable=True))
    end_key: str | None = None
    entry_seq: int | None = Field(default=None, sa_type=BigInteger)
    provider_code: str | None = None


class Signature(SQLModel, table=True):
    """One person's word on a proposal, given in `office`; `choice` is approved or refused. Never changed."""

    __tablename__ = "signatures"

    group_id: UUID = Field(primary_key=True)
    proposal_id: UUID = Field(primary_key=True)
    member_id: UUID = Field(primary_key=True)
    office: str
    choice: str
    reason: str | None = None
    at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    key: str
