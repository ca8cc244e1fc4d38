"""Bank and books as of a day: what is asked for and what doors see. Amounts in minor units of the group's currency."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from app.domain.reconciliation.bank.views import LineView


@dataclass(frozen=True, slots=True)
class ExplainDifference:
    """Why entry `seq` of `account` isn't on a statement by `day`; 0: why bank and books began apart."""

    account: str
    day: date
    seq: int
    reason: str


@dataclass(frozen=True, slots=True)
class BookOpening:
    """`day` is that of the agreement in which it was seen."""

    account: str
    day: date


@dataclass(frozen=True, slots=True)
class SumView:
    count: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class ItemView:
    """`what` and `amount_minor` as in `agreement.Item`. `line` is the bank's, `seq` (from 1) and `kind` the entry's."""

    what: str
    amount_minor: int
    on: date
    line: LineView | None
    seq: int
    kind: str
    reason: str
    is_explained: bool


@dataclass(frozen=True, slots=True)
class AgreementView:
    """As `agreement.Agreement`; `sums` of all items by what they are, `items` at most a hundred of each."""

    account: str
    currency: str
    day: date
    bank_minor: int | None
    bank_on: date | None
    source: str
    is_said: bool
    books_minor: int
    difference_minor: int
    is_explained: bool
    may_open: bool
    sums: Mapping[str, SumView]
    items: tuple[ItemView, ...]
