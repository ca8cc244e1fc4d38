"""What doors see of an import."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.groups.importing.checking import FLAGGED, Checked


@dataclass(frozen=True, slots=True)
class DraftView:
    """A list that waits; `lines` are those with something in them."""

    id: UUID
    file_name: str
    lines: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ImportView:
    """`columns` are the file's headers; `mapping` says which of them is which field (index).

    `sheet` is the workbook's sheet that is shown, `other_sheets` those that may be chosen instead; a CSV has none.
    `confidence` is the guess's, by field, 0 to 100; 100 when the treasurer said so. A draft has `rows`, a finished one
    `added` and `already_here`. `country` (ISO 3166) has the regions that lines may name.
    """

    id: UUID
    state: str
    file_name: str
    country: str
    header_line: int
    columns: tuple[str, ...]
    mapping: dict[str, int]
    confidence: dict[str, int]
    rows: tuple[Checked, ...]
    empty_lines: int
    added: int | None
    already_here: int | None
    sheet: str = ""
    other_sheets: tuple[str, ...] = ()

    def count(self, *statuses: str) -> int:
        return sum(row.status in statuses for row in self.rows)

    @property
    def updated(self) -> int:
        """Members here in whom something empty is filled."""
        return sum(bool(row.fills) for row in self.rows if row.status == "already")

    @property
    def flagged_lines(self) -> tuple[int, ...]:
        return tuple(row.line for row in self.rows if row.status in FLAGGED)

    @property
    def regions(self) -> int:
        """Regions among the lines that will come in."""
        return len(
            {row.values["region"] for row in self.rows if row.status in ("new", "already") and row.values["region"]}
        )
