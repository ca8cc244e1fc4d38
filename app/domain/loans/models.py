"""Tables of loans; the migration holds their checks and policies."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime
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
    set_by: UUID
    set_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
