"""Entries by what they are: day, kind, account, member, size. A page and its sums, one statement each.

Days first: `journal_entry_by_date` gives them in order, newest first, so that a page without other wishes reads no
more than itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.domain.ledger.reading import ENTRIES, entries_of
from app.domain.ledger.recipes import MEMBER_CONTROL, MONEY
from app.domain.ledger.views import EntryView
from app.kit.db import Session

MOST = 10_000
"""Entries of one answer."""
_WISHES = {
    "since": "e.effective_on >= :since",
    "until": "e.effective_on <= :until",
    "kind": "e.kind = :kind",
    "control": """e.seq IN (SELECT p.seq FROM ledger.posting p JOIN ledger.account a
      ON a.group_id = :group_id AND a.account_no = p.account_no
      WHERE p.group_id = :group_id AND a.control_code = :control)""",
    "codes": """e.seq IN (SELECT p.seq FROM ledger.posting p JOIN ledger.account a
      ON a.group_id = :group_id AND a.account_no = p.account_no
      WHERE p.group_id = :group_id AND a.code = ANY(CAST(:codes AS text[])))""",
    "least": "(SELECT sum(amount_minor) FROM ledger.posting p WHERE p.group_id = :group_id AND p.seq = e.seq"
    " AND p.amount_minor > 0) >= :least",
    "most": "(SELECT sum(amount_minor) FROM ledger.posting p WHERE p.group_id = :group_id AND p.seq = e.seq"
    " AND p.amount_minor > 0) <= :most",
}
_PAGE = """
SELECT e.seq FROM ledger.journal_entry e WHERE {wishes} ORDER BY e.effective_on DESC, e.seq DESC LIMIT :limit
"""
_SUMS = """
SELECT count(DISTINCT e.seq), coalesce(sum(p.amount_minor) FILTER (WHERE p.amount_minor > 0), 0),
       coalesce(-sum(p.amount_minor) FILTER (WHERE p.amount_minor < 0), 0)
FROM ledger.journal_entry e
LEFT JOIN (ledger.posting p JOIN ledger.account a ON a.group_id = p.group_id AND a.account_no = p.account_no
  AND a.control_code = ANY(CAST(:controls AS text[])))
  ON p.group_id = :group_id AND p.seq = e.seq
WHERE {wishes}
"""


_BY_MONTH = """
SELECT CAST(date_trunc('month', e.effective_on) AS date) AS month, a.control_code, split_part(a.code, '.', 2) AS member,
       CAST(sum(p.amount_minor) AS bigint) AS net_minor
FROM ledger.account a JOIN ledger.posting p ON p.group_id = a.group_id AND p.account_no = a.account_no
JOIN ledger.journal_entry e ON e.group_id = p.group_id AND e.seq = p.seq
WHERE a.group_id = :group_id AND a.control_code = ANY(CAST(:controls AS text[])) AND a.code <> a.control_code
  AND (CAST(:member AS text) IS NULL OR split_part(a.code, '.', 2) = :member)
  AND (CAST(:since AS date) IS NULL OR e.effective_on >= :since)
  AND (CAST(:until AS date) IS NULL OR e.effective_on <= :until)
GROUP BY 1, 2, 3 HAVING sum(p.amount_minor) <> 0 ORDER BY 1, 3, 2
"""


@dataclass(frozen=True, slots=True)
class Moved:
    """What moved on a member's account under `control` in the month that begins on `month`; debit positive."""

    month: date
    control: str
    member_id: UUID
    net_minor: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries; None and empty leave nothing out. Days are those of the money, both included.

    `control` is a control code that the entry touches, `member` one whose accounts it touches; `least_minor` and
    `most_minor` bound its size, the sum of its debits.
    """

    since: date | None = None
    until: date | None = None
    kind: str = ""
    control: str = ""
    member: UUID | None = None
    least_minor: int | None = None
    most_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Sums:
    """All that is wanted: debits and credits of the asked control account, else of the group's money."""

    entries: int
    debit_minor: int
    credit_minor: int


async def find_entries(session: Session, group_id: UUID, wanted: Wanted, *, limit: int) -> list[EntryView]:
    """The newest by the day of the money, then by number; at most MOST. The caller has authorised."""
    wishes, values = _conditions(group_id, wanted)
    page = _PAGE.format(wishes=wishes)
    statement = text(ENTRIES.format(page=page, order="DESC"))
    found = entries_of(await session.execute(statement, values | {"limit": min(max(limit, 1), MOST)}))
    return sorted(found, key=lambda entry: (entry.effective_on, entry.seq), reverse=True)


async def sum_entries(session: Session, group_id: UUID, wanted: Wanted) -> Sums:
    """Of all entries that are wanted; the caller has authorised."""
    wishes, values = _conditions(group_id, wanted)
    controls: Sequence[str] = [wanted.control] if wanted.control else MONEY
    row = (await session.execute(text(_SUMS.format(wishes=wishes)), values | {"controls": list(controls)})).one()
    return Sums(int(row[0]), int(row[1]), int(row[2]))


async def moved_by_month(
    session: Session,
    group_id: UUID,
    controls: Sequence[str],
    *,
    since: date | None = None,
    until: date | None = None,
    member_id: UUID | None = None,
) -> list[Moved]:
    """By month of the money, control account and member, both days in it; reversals count on theirs.

    The caller has authorised.
    """
    values = {
        "group_id": group_id,
        "controls": list(controls),
        "since": since,
        "until": until,
        "member": str(member_id) if member_id else None,
    }
    return [
        Moved(row.month, row.control_code, UUID(row.member), row.net_minor)
        for row in await session.execute(text(_BY_MONTH), values)
    ]


def _conditions(group_id: UUID, wanted: Wanted) -> tuple[str, dict[str, Any]]:
    codes = [f"{control}.{wanted.member}" for control in set(MEMBER_CONTROL.values())] if wanted.member else None
    asked = {
        "since": wanted.since,
        "until": wanted.until,
        "kind": wanted.kind or None,
        "control": wanted.control or None,
        "codes": codes,
        "least": wanted.least_minor,
        "most": wanted.most_minor,
    }
    values = {name: value for name, value in asked.items() if value is not None}
    return " AND ".join(["e.group_id = :group_id", *(_WISHES[name] for name in values)]), values | {
        "group_id": group_id
    }
