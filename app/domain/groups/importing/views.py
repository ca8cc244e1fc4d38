"""What doors see of an import."""

from dataclasses import dataclass
from uuid import UUID

from app.domain.groups.importing.checking import FLAGGED, Checked


@dataclass(frozen=True, slots=True)
class ImportView:
    """`columns` are the file's headers; `mapping` says which of them is which field (index)."""

    id: UUID
    state: str
    file_name: str
    columns: tuple[str, ...]
    mapping: dict[str, int]
    rows: tuple[Checked, ...]
    added: int | None
    already_here: int | None

    def count(self, *statuses: str) -> int:
        return sum(row.status in statuses for row in self.rows)

    @property
    def flagged_lines(self) -> tuple[int, ...]:
        return tuple(row.line for row in self.rows if row.status in FLAGGED)

    @property
    def regions(self) -> int:
        """Regions among the lines that will come in."""
        return len(
            {row.values["region"] for row in self.rows if row.status in ("new", "already") and row.values["region"]}
        )
