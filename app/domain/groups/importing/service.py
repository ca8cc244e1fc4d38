"""Commands on an import. Each locks its one row; the check is made afresh each time, against today's members."""

import asyncio
import hashlib
from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from app.domain.audit import service as audit
from app.domain.groups.access import authorise
from app.domain.groups.importing.checking import FLAGGED, Checked
from app.domain.groups.importing.columns import FIELDS, REQUIRED, SURE, guess_columns
from app.domain.groups.importing.errors import ColumnsMissing, LinesFlagged, NothingToImport
from app.domain.groups.importing.models import MemberImport
from app.domain.groups.importing.parsing import Sheet, parse
from app.domain.groups.importing.staging import Content, content_of, find, find_draft, keep, sealed, view_of
from app.domain.groups.importing.views import DraftView, ImportView
from app.domain.groups.importing.workbook import parse_workbook
from app.domain.groups.members import add_members, lock_members, update_members
from app.domain.groups.models import Member
from app.domain.groups.permissions import Permission
from app.domain.groups.store import group_key, open_text
from app.domain.groups.views import Acting, MemberData
from app.kit.actor import Actor
from app.kit.db import Session, clock_of, keyring_of
from app.kit.errors import InvalidInput
from app.kit.ids import new_id
from app.kit.text import tidy
from app.kit.workbooks import is_workbook

CELL_LIMIT = 1_000
"""Characters of one mended cell; the check has the narrower limits."""
DRAFTS_SHOWN = 5


async def upload_import(session: Session, actor: Actor, file_name: str, data: bytes) -> ImportView:
    """Read a CSV or a workbook and keep it for the check; no member is written. Raises InvalidInput(file).

    The same bytes again, while they wait: the same list with all that was mended in it.
    """
    acting = await authorise(session, actor, Permission.IMPORT_MEMBERS)
    sheets = await asyncio.to_thread(_read, data)
    content = _begun(tidy(file_name)[-80:] or "list.csv", sheets, next(iter(sheets)), acting.country)
    index = keyring_of(session).blind_index(hashlib.sha256(data).hexdigest())
    import_id = new_id()
    values = {
        "group_id": acting.group_id,
        "id": import_id,
        "state": "draft",
        "file_index": index,
        "content_enc": await sealed(session, acting.group_id, import_id, content),
        "created_by": acting.member_id,
        "created_at": clock_of(session).now(),
    }
    await session.execute(insert(MemberImport).values(values).on_conflict_do_nothing())
    statement = select(MemberImport).where(
        MemberImport.group_id == acting.group_id, MemberImport.file_index == index, MemberImport.state == "draft"
    )
    staged = (await session.execute(statement)).scalar_one()
    return await view_of(session, acting, staged, await content_of(session, staged))


def _read(data: bytes) -> dict[str, Sheet]:
    """By name, the first is meant; a CSV is one without a name."""
    return parse_workbook(data) if is_workbook(data) else {"": parse(data)}


def _begun(file_name: str, sheets: dict[str, Sheet], chosen: str, country: str) -> Content:
    """A list on which nothing was mended yet, its columns guessed."""
    sheet = sheets[chosen]
    guesses = guess_columns(sheet.columns, (row.cells for row in sheet.rows), country=country)
    return Content(
        file_name=file_name,
        header_line=sheet.header_line,
        columns=sheet.columns,
        mapping={name: guess.column for name, guess in guesses.items()},
        confidence={name: guess.confidence for name, guess in guesses.items()},
        rows=sheet.rows,
        empty_lines=sheet.empty_lines,
        sheet=chosen,
        other_sheets={name: one for name, one in sheets.items() if name != chosen},
    )


async def choose_sheet(session: Session, actor: Actor, import_id: UUID, name: str) -> ImportView:
    """Take another sheet of the workbook; what was mended in the one before is dropped. The same again changes nothing.

    Raises InvalidInput(sheet).
    """
    acting, staged, content = await find_draft(session, actor, import_id)
    if name != content.sheet:
        if name not in content.other_sheets:
            raise InvalidInput("sheet", "import_sheet")
        before = Sheet(content.header_line, content.columns, content.rows, content.empty_lines)
        sheets = content.other_sheets | {content.sheet: before}
        content = _begun(content.file_name, sheets, name, acting.country)
        await keep(session, staged, content)
    return await view_of(session, acting, staged, content)


async def get_import(session: Session, actor: Actor, import_id: UUID) -> ImportView:
    """The list with every line checked."""
    acting, staged = await find(session, actor, import_id, lock=False)
    return await view_of(session, acting, staged, await content_of(session, staged))


async def list_drafts(session: Session, actor: Actor) -> list[DraftView]:
    """The group's lists that wait, the newest first, at most DRAFTS_SHOWN."""
    acting = await authorise(session, actor, Permission.IMPORT_MEMBERS)
    mine = (MemberImport.group_id == acting.group_id, MemberImport.state == "draft")
    newest = select(MemberImport).where(*mine).order_by(col(MemberImport.id).desc()).limit(DRAFTS_SHOWN)
    found = []
    for staged in (await session.execute(newest)).scalars():
        content = await content_of(session, staged)
        found.append(DraftView(staged.id, content.file_name, len(content.rows), staged.created_at))
    return found


async def set_columns(session: Session, actor: Actor, import_id: UUID, mapping: dict[str, int]) -> ImportView:
    """Say which column is which field. Raises ColumnsMissing without number and name."""
    acting, staged, content = await find_draft(session, actor, import_id)
    width = len(content.columns)
    if any(name not in FIELDS or not 0 <= index < width for name, index in mapping.items()):
        raise InvalidInput("mapping", "import_columns")
    if len(set(mapping.values())) != len(mapping):
        raise InvalidInput("mapping", "import_column_twice")
    if any(name not in mapping for name in REQUIRED):
        raise ColumnsMissing
    content = replace(content, mapping=dict(mapping), confidence=dict.fromkeys(mapping, SURE))
    await keep(session, staged, content)
    return await view_of(session, acting, staged, content)


async def mend_row(session: Session, actor: Actor, import_id: UUID, line: int, values: dict[str, str]) -> ImportView:
    """Write other values over a line's cells; the file itself is not changed. Raises NotFound for no such line."""
    acting, staged, content = await find_draft(session, actor, import_id)
    content.require_line(line)
    if too_long := next((name for name, text in values.items() if len(text) > CELL_LIMIT), None):
        raise InvalidInput(too_long, "import_cell_long", limit=CELL_LIMIT)
    kept = {name: text.strip() for name, text in values.items() if name in FIELDS}
    content.fixes[line] = content.fixes.get(line, {}) | kept
    await keep(session, staged, content)
    return await view_of(session, acting, staged, content)


async def leave_out_row(session: Session, actor: Actor, import_id: UUID, line: int) -> ImportView:
    """This line is not imported."""
    return await _set_left_out(session, actor, import_id, line, left_out=True)


async def put_back_row(session: Session, actor: Actor, import_id: UUID, line: int) -> ImportView:
    return await _set_left_out(session, actor, import_id, line, left_out=False)


async def leave_out_flagged(session: Session, actor: Actor, import_id: UUID) -> ImportView:
    """No line with a fault is imported; each can be put back. Repeating changes nothing."""
    acting, staged, content = await find_draft(session, actor, import_id)
    view = await view_of(session, acting, staged, content)
    if not view.flagged_lines:
        return view
    content.left_out.update(view.flagged_lines)
    await keep(session, staged, content)
    return await view_of(session, acting, staged, content)


async def _set_left_out(session: Session, actor: Actor, import_id: UUID, line: int, *, left_out: bool) -> ImportView:
    acting, staged, content = await find_draft(session, actor, import_id)
    content.require_line(line)
    if left_out:
        content.left_out.add(line)
    else:
        content.left_out.discard(line)
    await keep(session, staged, content)
    return await view_of(session, acting, staged, content)


async def discard_import(session: Session, actor: Actor, import_id: UUID) -> None:
    """Throw a waiting list away; its lines are wiped. Raises NotFound (the second time too), ImportFinished."""
    acting, staged, content = await find_draft(session, actor, import_id)
    staged.state, staged.done_at = "discarded", clock_of(session).now()
    await keep(session, staged, content.without_people())
    await audit.record(
        session,
        group_id=acting.group_id,
        actor_id=acting.member_id,
        action="members.import_discarded",
        subject="import",
        subject_id=staged.id,
        facts={"lines": len(content.rows)},
    )


async def commit_import(session: Session, actor: Actor, import_id: UUID, key: str) -> ImportView:
    """Write all lines at once, or none. Once only: repeating returns what was done, whatever `key`.

    Locks the list, then the group's members: of two lists with the same people the second finds them here.
    Raises LinesFlagged while a line is neither mended nor left out; NothingToImport; GroupFull.
    """
    assert key
    acting, staged = await find(session, actor, import_id, lock=True)
    content = await content_of(session, staged)
    if staged.state == "done":
        return await view_of(session, acting, staged, content)
    await lock_members(session, acting.group_id)
    view = await view_of(session, acting, staged, content)
    if flagged := view.count(*FLAGGED):
        raise LinesFlagged(count=flagged)
    new = [row for row in view.rows if row.status == "new"]
    known = [row for row in view.rows if row.status == "already"]
    if not new and not known:
        raise NothingToImport
    await add_members(session, acting.group_id, [_data(row) for row in new])
    await _fill_in(session, acting, [row for row in known if row.fills])
    staged.state, staged.done_at = "done", clock_of(session).now()
    staged.added, staged.already = len(new), len(known)
    done = content.without_people()
    await keep(session, staged, done)
    facts = {"new": len(new), "already": len(known), "updated": view.updated, "left_out": view.count("left_out")}
    await audit.record(
        session,
        group_id=acting.group_id,
        actor_id=acting.member_id,
        action="members.imported",
        subject="import",
        subject_id=staged.id,
        facts=facts,
    )
    return await view_of(session, acting, staged, done)


def _data(row: Checked) -> MemberData:
    values = row.values
    return MemberData(
        member_no=values["member_no"],
        name=values["name"],
        phone=values["phone"] or None,
        region=values["region"] or None,
        gender=values["gender"] or None,
        joined_on=date.fromisoformat(values["joined_on"]) if values["joined_on"] else None,
        remarks=values["remarks"] or None,
    )


async def _fill_in(session: Session, acting: Acting, rows: list[Checked]) -> None:
    """Members that are here keep what they have; the list fills what is empty."""
    found = {row.known.member_id: _data(row) for row in rows if row.known}
    if not found:
        return
    key = await group_key(session, acting.group_id)
    statement = select(Member).where(Member.group_id == acting.group_id, Member.id.in_(found))
    changes = []
    for member in (await session.execute(statement)).scalars():
        data = found[member.id]
        filled = replace(
            data,
            member_no=member.member_no,
            name=open_text(session, key, member, "name_enc") or data.name,
            phone=None,
            region=member.region or data.region,
            gender=member.gender or data.gender,
            joined_on=member.joined_on or data.joined_on,
            remarks=open_text(session, key, member, "remarks_enc") or data.remarks,
        )
        changes.append((member.id, filled))
    await update_members(session, acting.group_id, changes)
