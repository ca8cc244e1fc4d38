"""A sheet's rows as a table: what stands above its header, and what below it by column; pure."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import compress, islice, zip_longest

from app.domain.reconciliation.bank.refusing import refused
from app.domain.reconciliation.bank.rows import (
    HEADER_WITHIN,
    MAX_COLUMNS,
    Layout,
    Row,
    delimiter_of,
    find_layout,
    lines_of,
    read_csv_rows,
)
from app.domain.reconciliation.bank.types import MAX_LINES, Said
from app.kit.formulas import unprotected

NOWHERE = -1
"""Where a column stands that the sheet hasn't: every row ends with an empty cell."""
MOST_CELLS = 20 * MAX_LINES
BLOCK = 500
"""Rows that are put into columns together: soon enough that they are still at hand."""
TOGETHER = 4_000
"""Rows that are read by column together."""
LOOKED_BACK = 6
"""Rows of which the last has as many cells as the others, if the file is whole."""

Filled = tuple[int, tuple[str, ...]]
"""A row with something in it, no blanks around any cell."""


@dataclass(frozen=True, slots=True)
class Table:
    """`above` are the last rows before the header. `lines` and `columns` are of the rows below that have something in
    them: each column as long, no blanks around any cell, and an empty column NOWHERE.
    """

    layout: Layout
    above: list[Filled]
    lines: Sequence[int]
    columns: Sequence[list[str]]

    def parts(self) -> Iterator["Table"]:
        """Rows that are read together, one part after the other: as few as stay near at hand. Their cells are let go
        here, so that what is read takes their room.
        """
        for first in range(0, len(self.lines), TOGETHER):
            part = slice(first, first + TOGETHER)
            lines, columns = self.lines[part], [column[part] for column in self.columns]
            for column in self.columns:
                column[part] = [""] * len(lines)
            yield Table(self.layout, self.above, lines, columns)

    def rows(self) -> Iterator[Filled]:
        return zip(self.lines, zip(*self.columns, strict=True), strict=True)


def table_of_text(text: str, said: Said | None = None, *, is_cut: bool = False) -> Table:
    """Of a CSV file. `is_cut`: it ends without a line end, so that a short last row is one that broke off.

    Raises InvalidInput: bank_truncated, bank_quote, bank_too_wide, and as `table_of`.
    """
    delimiter = delimiter_of(text)
    if plain := _plain_columns(text, delimiter):
        return _table_of_columns(*plain, said, is_cut=is_cut, is_protected="=" in text)
    return table_of(read_csv_rows(text, delimiter), said, is_cut=is_cut)


def table_of(rows: Iterable[Row], said: Said | None = None, *, is_cut: bool = False) -> Table:
    """Row by row, and no further than is allowed. With `said` the columns are as somebody said.

    Raises InvalidInput: bank_empty, bank_no_header, bank_truncated, bank_too_many_lines, bank_heavy.
    """
    rows = rows if said is None else list(rows)
    kept = _kept(rows)
    layout = _said_layout(rows, said) if said else find_layout(kept)
    below = [row for row in kept if row[0] > layout.line]
    if is_cut and below:
        _require_whole(below[-1][0], [len(cells) for _, cells in below[-LOOKED_BACK:]], layout)
    columns = [list(column) for column in zip_longest(*(cells for _, cells in below), fillvalue="")]
    above = [row for row in kept if row[0] < layout.line][-HEADER_WITHIN:]
    return Table(layout, above, [line for line, _ in below], _widened(columns, layout, len(below)))


def _kept(rows: Iterable[Row]) -> list[Filled]:
    kept: list[Filled] = []
    count = 0
    for line, cells in _filled(rows):
        kept.append((line, cells))
        count += len(cells)
        if len(kept) > MAX_LINES + HEADER_WITHIN:
            raise refused("bank_too_many_lines", limit=MAX_LINES)
        if count > MOST_CELLS:
            raise refused("bank_heavy", line)
    if not kept:
        raise refused("bank_empty")
    return kept


def _filled(rows: Iterable[Row]) -> Iterator[Filled]:
    for line, cells in rows:
        stripped = tuple(map(str.strip, cells))
        joined = "".join(stripped)
        if joined:
            yield line, tuple(map(unprotected, stripped)) if "=" in joined else stripped  # `="0700..."`


def _said_layout(rows: Iterable[Row], said: Said) -> Layout:
    header = next((cells for line, cells in rows if line == said.line), ())
    return Layout(said.line, tuple(header), dict(said.roles))


def _require_whole(line: int, lengths: Sequence[int], layout: Layout) -> None:
    """Of a file that ends in the middle of its last line, that line has fewer cells than those before."""
    *usual, last = lengths
    if usual and last < min(usual) and min(usual) > max(layout.roles.values()):
        raise refused("bank_truncated", line)


def _widened(columns: list[list[str]], layout: Layout, count: int) -> list[list[str]]:
    """As many columns as the layout has at least, and an empty one NOWHERE."""
    width = max(len(layout.headers), *(column + 1 for column in layout.roles.values()))
    return columns + [[""] * count] * (max(width - len(columns), 0) + 1)


def _plain_columns(text: str, delimiter: str) -> tuple[list[list[str]], list[int]] | None:
    """Of a file that has a row in each line, as nearly every file, and no more than is allowed: its cells by column, no
    blanks around any, and how many each row has. None where there is more to see.
    """
    if len(text) >= MOST_CELLS and sum(map(text.count, (delimiter, "\n", "\r"))) >= MOST_CELLS:
        return None
    columns: list[list[str]] = []
    lengths: list[int] = []
    reader = csv.reader(lines_of(text), delimiter=delimiter, strict=True)
    try:
        while block := list(islice(reader, BLOCK)):
            widths = list(map(len, block))
            if max(widths) > MAX_COLUMNS or not len(lengths) + len(block) == reader.line_num <= MAX_LINES:
                return None
            found = [list(map(str.strip, column)) for column in zip_longest(*block, fillvalue="")]
            columns += ([""] * len(lengths) for _ in found[len(columns) :])
            for column, cells in zip_longest(columns, found, fillvalue=[""] * len(block)):
                column.extend(cells)
            lengths += widths
    except csv.Error:
        return None
    return columns, lengths


def _table_of_columns(
    columns: list[list[str]], lengths: list[int], said: Said | None, *, is_cut: bool, is_protected: bool
) -> Table:
    """What `table_of` makes of the same cells row by row. `is_protected`: some may stand as `="0700..."`."""
    head = list(islice(_filled(enumerate(zip(*columns, strict=True), 1)), HEADER_WITHIN))
    if not head:
        raise refused("bank_empty")
    layout = _said_layout(enumerate(zip(*columns, strict=True), 1), said) if said else find_layout(head)
    first = max(layout.line, 0)
    before = _filled(enumerate(zip(*(column[: max(first - 1, 0)] for column in columns), strict=True), 1))
    above = list(before)[-HEADER_WITHIN:]
    lines: Sequence[int] = range(first + 1, len(lengths) + 1)
    for column in columns:
        del column[:first]
    if not any(map(all, columns)):  # no column is filled in every row: there may be rows with nothing
        is_filled = list(map(any, zip(*columns, strict=True)))
        lines = list(compress(lines, is_filled))
        for place, column in enumerate(columns):
            columns[place] = list(compress(column, is_filled))
    if is_cut and lines:
        _require_whole(lines[-1], [lengths[line - 1] for line in lines[-LOOKED_BACK:]], layout)
    for place, column in enumerate(columns) if is_protected else ():
        if any("=" in cell for cell in column):
            columns[place] = list(map(unprotected, column))
    return Table(layout, above, lines, _widened(columns, layout, len(lines)))
