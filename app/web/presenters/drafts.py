"""Members' lists that wait to be imported, as lines that open."""

from dataclasses import dataclass

from app.domain.groups.importing.views import DraftView
from app.kit.i18n import t
from app.web.presenters.dates import moment


@dataclass(frozen=True)
class DraftRow:
    href: str
    label: str
    note: str


def draft_row(view: DraftView) -> DraftRow:
    return DraftRow(
        href=f"/import?id={view.id}",
        label=view.file_name,
        note=t("imports.draft_note", count=view.lines, at=moment(view.created_at)),
    )
