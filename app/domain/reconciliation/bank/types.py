"""A statement as a bank says it. Amounts are minor units, positive when money comes in; files are up to 32 MB."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

MAX_BYTES = 32_000_000
MAX_LINES = 200_000
"""Of one file, all its statements together."""
MAX_STATEMENTS = 400
"""Of one file."""

Chain = Literal["ok", "broken", "unverifiable"]


class Balance(NamedTuple):
    """`on` is the day that the bank names; None where it names none."""

    on: date | None
    amount_minor: int


Day = date
"""The type, where a field is called date."""


class BankLine(NamedTuple):
    """One line. `n` counts the statement's lines from 1, in the file's order; what the bank doesn't say is None.

    `date` is the day of booking, `reference` what the payer wrote for us, `bank_id` the bank's own name of the line;
    `balance_minor` is the account's balance after it.
    """

    n: int
    date: Day
    value_date: Day | None
    amount_minor: int
    reference: str | None
    bank_id: str | None
    counterparty: str | None
    description: str
    balance_minor: int | None


@dataclass(frozen=True, slots=True)
class BankStatement:
    """`chain`: whether the balances and the lines between them agree; `first_break` is the `n` of the first that
    doesn't, None when only the total is wrong. `exponent` is what minor units mean: of `currency`, or 2 where the file
    names none. `left_out` rows of the file are no lines: not completed, or not booked yet.
    """

    account: str | None
    currency: str | None
    exponent: int
    opening: Balance | None
    closing: Balance | None
    lines: tuple[BankLine, ...]
    chain: Chain
    first_break: int | None
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class BankFile:
    """`format` is csv, mpesa_csv, xlsx, ofx, mt940 or camt053."""

    format: str
    statements: tuple[BankStatement, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody said of a sheet: the header's line and which column holds which role."""

    line: int
    roles: Mapping[str, int]
