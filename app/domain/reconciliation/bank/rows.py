"""Rows of a sheet, and where its columns are; pure."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.domain.reconciliation.bank.columns import is_header, roles_of
from app.domain.reconciliation.bank.refusing import refused
from app.domain.reconciliation.bank.types import MAX_LINES

MAX_COLUMNS = 100
HEADER_WITHIN = 100
MOST_ROWS = 5 * MAX_LINES
"""Lines of a file, empty ones and those that one row runs over too."""
DELIMITERS = ",;\t|"
Row = tuple[int, Sequence[str]]
"""The file's line on which it begins, and its cells."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where what stands; `roles` by column, `line` the header's line of the file (0: none)."""

    line: int
    headers: tuple[str, ...]
    roles: Mapping[str, int]


def lines_of(text: str) -> io.TextIOWrapper:
    """Each with its end, whichever it is; `StringIO` would take four bytes for each character."""
    return io.TextIOWrapper(io.BytesIO(text.encode()), "utf-8", newline="")


def read_csv_rows(text: str, delimiter: str) -> Iterator[Row]:
    """Rows, each with the file's line. Raises InvalidInput: bank_truncated, bank_quote, bank_too_wide."""
    lines = lines_of(text)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    start = 1
    try:
        for cells in reader:
            if reader.line_num > MOST_ROWS:
                raise refused("bank_too_many_lines", limit=MAX_LINES)
            if len(cells) > MAX_COLUMNS:
                if any(cell.strip() for cell in cells[MAX_COLUMNS:]):
                    raise refused("bank_too_wide", start, limit=MAX_COLUMNS)
                cells = cells[:MAX_COLUMNS]  # noqa: PLW2901
            yield start, cells
            start = reader.line_num + 1
    except csv.Error as error:
        never_closed = not lines.read(1) or "limit" in str(error)
        raise refused("bank_truncated" if never_closed else "bank_quote", start) from None


def delimiter_of(text: str) -> str:
    """The separator by which some line of the first hundred is a header; else the commonest."""
    lines = text[:100_000].splitlines()[:HEADER_WITHIN]

    def score(mark: str) -> tuple[int, int]:
        named = 0
        for line in lines:
            if mark not in line:
                continue
            roles = roles_of([cell.strip(' "') for cell in line.split(mark)[:MAX_COLUMNS]])
            named = max(named, len(roles) if is_header(roles) else 0)
        return named, sum(line.count(mark) for line in lines)

    return max(DELIMITERS, key=score)


def find_layout(rows: Sequence[Row]) -> Layout:
    """The row that names the most, of the first hundred. Raises InvalidInput(bank_no_header)."""
    best: Layout | None = None
    for line, cells in rows[:HEADER_WITHIN]:
        roles = roles_of(cells)
        if is_header(roles) and (best is None or len(roles) > len(best.roles)):
            best = Layout(line, tuple(cells), roles)
    if best is None:
        raise refused("bank_no_header")
    return best
