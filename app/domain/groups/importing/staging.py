"""A list while it waits: its sealed content, its lock, and its check against today's members."""

import asyncio
import json
from dataclasses import asdict, dataclass, field
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from app.domain.groups.access import authorise
from app.domain.groups.importing.checking import Checked, Here, Known, check_rows
from app.domain.groups.importing.errors import ImportFinished
from app.domain.groups.importing.models import MemberImport
from app.domain.groups.importing.parsing import Sheet, SheetRow
from app.domain.groups.importing.views import ImportView
from app.domain.groups.models import Member
from app.domain.groups.permissions import Permission
from app.domain.groups.store import group_key
from app.domain.groups.views import Acting
from app.kit.actor import Actor
from app.kit.clock import today_in
from app.kit.crypto import decrypt, encrypt, place
from app.kit.db import Session, clock_of, keyring_of
from app.kit.errors import NotFound


@dataclass(slots=True)
class Content:
    """What is sealed: the file's cells as written, and what the treasurer said of them."""

    file_name: str
    header_line: int
    columns: tuple[str, ...]
    mapping: dict[str, int]
    confidence: dict[str, int]
    rows: tuple[SheetRow, ...] = ()
    empty_lines: int = 0
    fixes: dict[int, dict[str, str]] = field(default_factory=dict)
    left_out: set[int] = field(default_factory=set)
    sheet: str = ""
    other_sheets: dict[str, Sheet] = field(default_factory=dict)
    """The workbook's sheets that might be meant as well, by name; `sheet` is the one that is shown."""

    def dump(self) -> str:
        return json.dumps({**asdict(self), "left_out": sorted(self.left_out)})

    @classmethod
    def load(cls, text: str) -> "Content":
        found = json.loads(text)
        found["columns"] = tuple(found["columns"])
        found["rows"] = _rows(found["rows"])
        found["other_sheets"] = {
            name: Sheet(one["header_line"], tuple(one["columns"]), _rows(one["rows"]), one["empty_lines"])
            for name, one in found.get("other_sheets", {}).items()
        }
        found["fixes"] = {int(line): values for line, values in found["fixes"].items()}
        found["left_out"] = set(found["left_out"])
        return cls(**found)

    def without_people(self) -> "Content":
        """What stays of a list that is imported or discarded."""
        return Content(self.file_name, self.header_line, self.columns, self.mapping, self.confidence)

    def require_line(self, line: int) -> None:
        """Raises NotFound."""
        if all(row.line != line for row in self.rows):
            raise NotFound


def _rows(rows: list[dict]) -> tuple[SheetRow, ...]:
    return tuple(SheetRow(row["line"], tuple(row["cells"]), row["is_cut"]) for row in rows)


async def sealed(session: Session, group_id: UUID, import_id: UUID, content: Content) -> bytes:
    return encrypt(await group_key(session, group_id), content.dump(), _where(group_id, import_id))


async def content_of(session: Session, staged: MemberImport) -> Content:
    key = await group_key(session, staged.group_id)
    return Content.load(decrypt(key, staged.content_enc, _where(staged.group_id, staged.id)))


async def keep(session: Session, staged: MemberImport, content: Content) -> None:
    staged.content_enc = await sealed(session, staged.group_id, staged.id, content)
    await session.flush()


def _where(group_id: UUID, import_id: UUID) -> str:
    return place("member_imports", "content_enc", group_id, import_id)


async def find(session: Session, actor: Actor, import_id: UUID, *, lock: bool) -> tuple[Acting, MemberImport]:
    """The list as it is now. Raises NotFound, for a discarded one too."""
    acting = await authorise(session, actor, Permission.IMPORT_MEMBERS)
    statement = select(MemberImport).where(MemberImport.group_id == acting.group_id, MemberImport.id == import_id)
    if lock:
        statement = statement.with_for_update()
    found = await session.execute(statement, execution_options={"populate_existing": True})
    staged = found.scalar_one_or_none()
    if staged is None or staged.state == "discarded":
        raise NotFound
    return acting, staged


async def find_draft(session: Session, actor: Actor, import_id: UUID) -> tuple[Acting, MemberImport, Content]:
    """The list, locked, to be changed. Raises NotFound, ImportFinished."""
    acting, staged = await find(session, actor, import_id, lock=True)
    if staged.state != "draft":
        raise ImportFinished
    return acting, staged, await content_of(session, staged)


async def view_of(session: Session, acting: Acting, staged: MemberImport, content: Content) -> ImportView:
    return ImportView(
        id=staged.id,
        state=staged.state,
        file_name=content.file_name,
        country=acting.country,
        header_line=content.header_line,
        columns=content.columns,
        mapping=content.mapping,
        confidence=content.confidence,
        rows=tuple(await _check(session, acting, content)) if staged.state == "draft" else (),
        empty_lines=content.empty_lines,
        added=staged.added,
        already_here=staged.already,
        sheet=content.sheet,
        other_sheets=tuple(content.other_sheets),
    )


async def _check(session: Session, acting: Acting, content: Content) -> list[Checked]:
    """Two thousand lines take half a second, so they are checked beside the event loop."""
    here = await _here(session, acting.group_id)
    return await asyncio.to_thread(
        check_rows,
        content.rows,
        content.mapping,
        here,
        country=acting.country,
        today=today_in(acting.timezone, clock_of(session).now()),
        width=len(content.columns),
        fixes=content.fixes,
        left_out=frozenset(content.left_out),
    )


async def _here(session: Session, group_id: UUID) -> Here:
    """All members in one query, without opening a sealed column."""
    fields = (Member.region, Member.gender, Member.joined_on, col(Member.remarks_enc).is_not(None).label("remarks"))
    statement = select(Member.id, Member.member_no, Member.phone_index, *fields).where(Member.group_id == group_id)
    by_index: dict[bytes, Known] = {}
    by_no: dict[str, Known] = {}
    for row in await session.execute(statement):
        empty = frozenset(name for name in ("region", "gender", "joined_on", "remarks") if not getattr(row, name))
        known = Known(row.id, row.member_no, empty)
        by_no[row.member_no.upper()] = known
        if row.phone_index:
            by_index[row.phone_index] = known
    keyring = keyring_of(session)
    return Here(by_phone=lambda phone: by_index.get(keyring.blind_index(phone)), by_no=by_no.get)
