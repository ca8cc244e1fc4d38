"""Tables of payments; the migration holds their checks and policies."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime
from sqlmodel import Field, SQLModel


def _instant(*, nullable: bool = False) -> Column:
    return Column(DateTime(timezone=True), nullable=nullable)


class Payment(SQLModel, table=True):
    """One payment of one member; `submit_key` and the decision keys make each command repeatable."""

    __tablename__ = "payments"

    group_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    member_id: UUID
    state: str
    source: str
    method: str
    provider_code: str | None = None
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str
    paid_on: date
    submitted_by: UUID
    submitted_at: datetime = Field(sa_column=_instant())
    decided_by: UUID | None = None
    decided_at: datetime | None = Field(default=None, sa_column=_instant(nullable=True))
    reason: str | None = None
    entry_seq: int | None = Field(default=None, sa_type=BigInteger)
    reversed_seq: int | None = Field(default=None, sa_type=BigInteger)
    reversed_by: UUID | None = None
    reversed_at: datetime | None = Field(default=None, sa_column=_instant(nullable=True))
    reversal_reason: str | None = None
    submit_key: str
    submit_fingerprint: bytes
    decision_key: str | None = None
    reversal_key: str | None = None


@dataclass(slots=True, kw_only=True)
class NewPayment:
    """A payment that is not kept yet: what a row of `Payment` begins with, without an object of the session."""

    group_id: UUID
    id: UUID
    member_id: UUID
    state: str
    source: str
    method: str
    provider_code: str | None
    amount_minor: int
    currency: str
    paid_on: date
    submitted_by: UUID
    submitted_at: datetime
    decided_by: UUID | None = None
    decided_at: datetime | None = None
    reason: None = None
    entry_seq: int | None = None
    reversal_reason: None = None
    submit_key: str
    submit_fingerprint: bytes
    decision_key: str | None = None


AnyPayment = Payment | NewPayment


class PaymentLine(SQLModel, table=True):
    """What a payment settles: `claim_id` of the kind `kind`."""

    __tablename__ = "payment_lines"

    group_id: UUID = Field(primary_key=True)
    payment_id: UUID = Field(primary_key=True)
    line_no: int = Field(primary_key=True)
    kind: str
    claim_id: UUID
    amount_minor: int = Field(sa_type=BigInteger)


class NewLine(NamedTuple):
    """A line that is not kept yet."""

    payment_id: UUID
    line_no: int
    kind: str
    claim_id: UUID
    amount_minor: int


AnyLine = PaymentLine | NewLine
