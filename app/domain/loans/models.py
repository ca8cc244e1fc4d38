"""Tables of loans; the migration holds their checks and policies."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, Integer
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel


class LoanProduct(SQLModel, table=True):
    """One version of the terms on which a group lends; never changed, the newest of a product is in force."""

    __tablename__ = "loan_products"

    group_id: UUID = Field(primary_key=True)
    product_id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    name: str
    is_offered: bool
    rate_ppm: int
    interest_type: str
    interest_period: str
    amortization: str
    unit: str
    every: int
    least_repayments: int
    most_repayments: int
    grace_periods: int
    year_days: int | None = None
    month_days: int | None = None
    multiple_minor: int = Field(sa_type=BigInteger)
    fee_ppm: int
    is_fee_added: bool
    least_minor: int = Field(sa_type=BigInteger)
    most_minor: int | None = Field(default=None, sa_type=BigInteger)
    savings_ppm: int | None = None
    treasurer_minor: int = Field(sa_type=BigInteger)
    guarantors: int
    guarantors_sign: bool
    allocation: str
    is_oldest_first: bool
    payoff: str
    overdue_after_days: int
    default_after_days: int
    penalty_per: str
    penalty_minor: int = Field(sa_type=BigInteger)
    penalty_ppm: int
    penalty_grace_days: int
    penalty_cap_minor: int | None = Field(default=None, sa_type=BigInteger)
    penalty_cap_ppm: int | None = None
    provision_ppm: list[int] = Field(sa_column=Column(ARRAY(Integer), nullable=False))
    is_capitalised: bool
    set_by: UUID
    set_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class Loan(SQLModel, table=True):
    """A loan from its first draft on, on one version of a product. A `sent` one is as far as its proposal is.

    `lent_minor` is the principal owed from the disbursement on, `fee_minor` what was taken up front. `looked_on` is the
    last day up to which penalties are charged, `standing` what was last told of its lateness. `replaces_id` is the loan
    that this one closes when it is paid out.
    """

    __tablename__ = "loans"

    group_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    no: int
    reference: str
    member_id: UUID
    product_id: UUID
    product_version: int
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str
    repayments: int
    purpose: str
    state: str = "draft"
    conditions: str = ""
    begun_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    sent_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True), nullable=True))
    proposal_id: UUID | None = None
    approved_on: date | None = None
    expires_on: date | None = None
    method: str | None = None
    lent_minor: int | None = Field(default=None, sa_type=BigInteger)
    fee_minor: int = Field(default=0, sa_type=BigInteger)
    disbursed_on: date | None = None
    disbursed_by: UUID | None = None
    disburse_key: str | None = None
    entry_seq: int | None = Field(default=None, sa_type=BigInteger)
    closed_on: date | None = None
    looked_on: date | None = None
    standing: str = "current"
    replaces_id: UUID | None = None


class LoanGuarantor(SQLModel, table=True):
    """Who stands for a loan with so much of her savings. `state` is named, asked, agreed, refused or dropped."""

    __tablename__ = "loan_guarantors"

    group_id: UUID = Field(primary_key=True)
    loan_id: UUID = Field(primary_key=True)
    member_id: UUID = Field(primary_key=True)
    pledge_minor: int = Field(sa_type=BigInteger)
    state: str = "named"
    answered_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True), nullable=True))


class LoanItem(SQLModel, table=True):
    """One part of an instalment, or a penalty under it. `waived_minor` is asked for no more: the loan was paid off."""

    __tablename__ = "loan_items"

    group_id: UUID = Field(primary_key=True)
    loan_id: UUID = Field(primary_key=True)
    item_no: int = Field(primary_key=True)
    n: int
    part: str
    due_on: date
    falls_on: date
    due_minor: int = Field(sa_type=BigInteger)
    paid_minor: int = Field(default=0, sa_type=BigInteger)
    waived_minor: int = Field(default=0, sa_type=BigInteger)


class LoanPortion(SQLModel, table=True):
    """What a payment gave to an item; it counts while the payment is confirmed. Never changed.

    `is_recovery`: it came after the loan was written off.
    """

    __tablename__ = "loan_portions"

    group_id: UUID = Field(primary_key=True)
    payment_id: UUID = Field(primary_key=True)
    loan_id: UUID = Field(primary_key=True)
    item_no: int = Field(primary_key=True)
    amount_minor: int = Field(sa_type=BigInteger)
    is_recovery: bool = False


class LoanChange(SQLModel, table=True):
    """A loan was `refinanced`, closed by `new_loan_id`; or `rescheduled`, what was left got a new schedule.

    Never changed. The parts are what was owed by that day, `days_late` how late it was. A new schedule is of
    `repayments` from `starts_on` at `rate_ppm`; its first instalment is `first_n`, and what was owed besides principal
    is the one before. `is_capitalised`: the interest joined the principal.
    """

    __tablename__ = "loan_changes"

    group_id: UUID = Field(primary_key=True)
    loan_id: UUID = Field(primary_key=True)
    change_no: int = Field(primary_key=True)
    kind: str
    changed_on: date
    days_late: int
    principal_minor: int = Field(sa_type=BigInteger)
    interest_minor: int = Field(sa_type=BigInteger)
    fees_minor: int = Field(sa_type=BigInteger)
    penalties_minor: int = Field(sa_type=BigInteger)
    entry_seq: int | None = Field(default=None, sa_type=BigInteger)
    new_loan_id: UUID | None = None
    proposal_id: UUID | None = None
    first_n: int | None = None
    repayments: int | None = None
    rate_ppm: int | None = None
    starts_on: date | None = None
    is_capitalised: bool = False


class LoanChangeItem(SQLModel, table=True):
    """What a change paid of an item, and what it asks for no more. Never changed."""

    __tablename__ = "loan_change_items"

    group_id: UUID = Field(primary_key=True)
    loan_id: UUID = Field(primary_key=True)
    change_no: int = Field(primary_key=True)
    item_no: int = Field(primary_key=True)
    paid_minor: int = Field(sa_type=BigInteger)
    waived_minor: int = Field(sa_type=BigInteger)
