"""A list of the group as a table: one form for the page, the PDF and the spreadsheets."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from app.kit.i18n import show_day
from app.kit.money import exponent
from app.kit.sheets import Cell, to_csv, to_xlsx
from app.web.presenters.amounts import exact

Kind = Literal["text", "amount", "count", "share", "date", "code"]


@dataclass(frozen=True, slots=True)
class Column:
    """`width` in characters, in a spreadsheet and, as a share, on paper."""

    label: str
    width: int
    kind: Kind = "text"

    @property
    def is_number(self) -> bool:
        return self.kind in ("amount", "count", "share")


@dataclass(frozen=True, slots=True)
class Line:
    """`href` opens what proves it; `is_void` is struck out, for what no longer counts.

    `currency` where the lines of a table have different ones.
    """

    cells: tuple[Cell, ...]
    href: str = ""
    is_void: bool = False
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """`about` says what it is of; `sums` are its figures in a line; `totals` has a cell for each column, or none.

    `name` is a file's without its ending, and has no person's name in it.
    """

    name: str
    title: str
    currency: str
    about: tuple[tuple[str, Cell], ...]
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    sums: tuple[tuple[str, str], ...] = ()
    totals: tuple[Cell, ...] = ()

    def texts(self, line: Line, lang: str = "") -> list[str]:
        """A line's cells as people read them."""
        currency = line.currency or self.currency
        return [_text(cell, one.kind, currency, lang) for cell, one in zip(line.cells, self.columns, strict=True)]


def _text(cell: Cell, kind: Kind, currency: str, lang: str) -> str:
    if cell is None:
        return ""
    if isinstance(cell, date):
        return show_day(cell, lang)
    if isinstance(cell, Decimal):
        return exact(int(cell.scaleb(exponent(currency))), currency) if kind == "amount" else f"{cell:,}"
    return cell


def money(minor: int, currency: str) -> Decimal:
    return Decimal(minor).scaleb(-exponent(currency))


def write(table: Table, kind: Literal["csv", "xlsx"]) -> bytes:
    """The same as a file for spreadsheets: what it is of, then a row each; amounts are numbers."""
    rows: list[tuple[Cell, ...]] = [*table.about, (), tuple(column.label for column in table.columns)]
    head = len(rows) - 1
    rows += [line.cells for line in table.lines]
    if table.totals:
        rows.append(table.totals)
    if kind == "csv":
        return to_csv(rows)
    return to_xlsx(rows, name=table.title, heads=[head], widths=[column.width for column in table.columns])
