"""What doors ask of bank statements and what they see. Amounts in minor units of `currency`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

ACCOUNTS = ("1020", "1030")
"""The money accounts that have statements: mobile money, bank."""


@dataclass(frozen=True, slots=True)
class ImportStatement:
    """`account` is one of ACCOUNTS: whose statement the treasurer says it is."""

    account: str
    file_name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class SetLayout:
    """`line` is the header's line of the file (0: the sheet has none); `roles` say which column (from 0) is what:
    date, value_date, description, reference, bank_id, debit, credit, amount, flag, balance, counterparty.
    """

    file_id: UUID
    line: int
    roles: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class BankFileView:
    """`state`: queued (the worker reads it, `done` of `lines` so far), unmapped (say its columns), failed, read,
    withdrawn.

    `why` and `params` make the sentence `invalid.<why>`. Of the lines, `added` were new; the others were here before.
    `is_repeat`: exactly this file came before.
    """

    id: UUID
    account: str
    file_name: str
    state: str
    why: str | None
    params: Mapping[str, str | int]
    format: str | None
    lines: int
    done: int
    added: int
    created_at: datetime
    is_repeat: bool = False

    @property
    def known(self) -> int:
        return self.done - self.added


@dataclass(frozen=True, slots=True)
class SheetView:
    """The first rows of a file whose columns aren't understood, as they are; `line` of the likeliest header."""

    file_id: UUID
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    line: int
    roles: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class BankStatementView:
    id: UUID
    file_id: UUID
    account: str
    held_at: str
    """The account as the bank names it; empty where the file doesn't say."""
    currency: str
    opening_on: date | None
    opening_minor: int | None
    closing_on: date | None
    closing_minor: int | None
    lines: int
    chain: str
    left_out: int = 0
    """Rows of the file that are no lines: payments that failed, entries that weren't booked yet."""


@dataclass(frozen=True, slots=True)
class LineView:
    """`state`: open, nothing (no money), accepted, settled, ignored, withdrawn (its file). Missing texts are empty."""

    id: UUID
    statement_id: UUID
    account: str
    n: int
    booked_on: date
    value_on: date | None
    amount_minor: int
    currency: str
    reference: str
    bank_id: str
    counterparty: str
    description: str
    state: str


@dataclass(frozen=True, slots=True)
class LinePage:
    """`total` lines fit."""

    total: int
    rows: tuple[LineView, ...]
