"""Commands on an import. Each locks its one row; the check is made afresh each time, against today's members."""

import json
from dataclasses import asdict
from datetime import date
from uuid import UUID

from sqlalchemy import select

from app.domain.audit import service as audit
from app.domain.groups.access import authorise
from app.domain.groups.importing.checking import FLAGGED, Checked, Checker, Known
from app.domain.groups.importing.errors import ColumnsMissing, ImportFinished, LinesFlagged
from app.domain.groups.importing.models import MemberImport
from app.domain.groups.importing.parsing import FIELDS, REQUIRED, SheetRow, guess_columns, parse
from app.domain.groups.importing.views import ImportView
from app.domain.groups.members import add_members, update_members
from app.domain.groups.models import Member
from app.domain.groups.permissions import Permission
from app.domain.groups.store import group_key, open_text
from app.domain.groups.views import Acting, MemberData
from app.kit.actor import Actor
from app.kit.clock import today_in
from app.kit.crypto import decrypt, encrypt, place
from app.kit.db import Session, clock_of, keyring_of
from app.kit.errors import InvalidInput, NotFound
from app.kit.ids import new_id


async def upload_import(session: Session, actor: Actor, file_name: str, data: bytes) -> ImportView:
    """Read the file and keep it for the check; no member is written. Raises InvalidInput(file)."""
    acting = await authorise(session, actor, Permission.IMPORT_MEMBERS)
    sheet = parse(data)
    content = {
        "file_name": " ".join(file_name.split())[-80:] or "list.csv",
        "columns": list(sheet.columns),
        "mapping": guess_columns(sheet),
        "rows": [asdict(row) for row in sheet.rows],
        "fixes": {},
        "left_out": [],
    }
    staged = MemberImport(
        group_id=acting.group_id,
        id=new_id(),
        state="draft",
        content_enc=b"",
        created_by=acting.member_id,
        created_at=clock_of(session).now(),
    )
    await _keep(session, staged, content)
    session.add(staged)
    await session.flush()
    return await _view(session, acting, staged, content)


async def get_import(session: Session, actor: Actor, import_id: UUID) -> ImportView:
    """The list with every line checked."""
    acting = await authorise(session, actor, Permission.IMPORT_MEMBERS)
    staged = await session.get(MemberImport, (acting.group_id, import_id))
    if staged is None:
        raise NotFound
    return await _view(session, acting, staged, await _content(session, staged))


async def set_columns(session: Session, actor: Actor, import_id: UUID, mapping: dict[str, int]) -> ImportView:
    """Say which column is which field. Raises ColumnsMissing without number and name."""
    acting, staged, content = await _draft(session, actor, import_id)
    width = len(content["columns"])
    if any(name not in FIELDS or not 0 <= index < width for name, index in mapping.items()):
        raise InvalidInput("mapping", "import_columns")
    if len(set(mapping.values())) != len(mapping):
        raise InvalidInput("mapping", "import_column_twice")
    if any(name not in mapping for name in REQUIRED):
        raise ColumnsMissing
    content["mapping"] = mapping
    await _keep(session, staged, content)
    return await _view(session, acting, staged, content)


async def mend_row(session: Session, actor: Actor, import_id: UUID, line: int, values: dict[str, str]) -> ImportView:
    """Write other values over a line's cells; the file itself is not changed."""
    acting, staged, content = await _draft(session, actor, import_id)
    _require_line(content, line)
    kept = {name: value.strip()[:200] for name, value in values.items() if name in FIELDS}
    content["fixes"][str(line)] = content["fixes"].get(str(line), {}) | kept
    await _keep(session, staged, content)
    return await _view(session, acting, staged, content)


async def leave_out_row(session: Session, actor: Actor, import_id: UUID, line: int) -> ImportView:
    """This line is not imported."""
    return await _set_left_out(session, actor, import_id, line, left_out=True)


async def put_back_row(session: Session, actor: Actor, import_id: UUID, line: int) -> ImportView:
    return await _set_left_out(session, actor, import_id, line, left_out=False)


async def _set_left_out(session: Session, actor: Actor, import_id: UUID, line: int, *, left_out: bool) -> ImportView:
    acting, staged, content = await _draft(session, actor, import_id)
    _require_line(content, line)
    lines = set(content["left_out"])
    content["left_out"] = sorted(lines | {line} if left_out else lines - {line})
    await _keep(session, staged, content)
    return await _view(session, acting, staged, content)


async def commit_import(session: Session, actor: Actor, import_id: UUID, key: str) -> ImportView:
    """Write all lines at once, or none. Once only: repeating returns what was done, whatever `key`.

    Raises LinesFlagged while a line is neither mended nor left out; GroupFull and the like from members.
    """
    assert key
    acting = await authorise(session, actor, Permission.IMPORT_MEMBERS)
    staged = await _lock(session, acting, import_id)
    content = await _content(session, staged)
    if staged.state == "done":
        return await _view(session, acting, staged, content)
    view = await _view(session, acting, staged, content)
    if flagged := view.count(*FLAGGED):
        raise LinesFlagged(count=flagged)
    new = [row for row in view.rows if row.status == "new"]
    known = [row for row in view.rows if row.status == "already"]
    await add_members(session, acting.group_id, [_data(row) for row in new])
    await _fill_in(session, acting, known)
    staged.state, staged.done_at = "done", clock_of(session).now()
    staged.added, staged.already = len(new), len(known)
    await session.flush()
    await audit.record(
        session,
        group_id=acting.group_id,
        actor_id=acting.member_id,
        action="members.imported",
        subject="import",
        subject_id=staged.id,
        facts={"new": len(new), "already": len(known), "left_out": view.count("left_out")},
    )
    return await _view(session, acting, staged, content)


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
        changes.append(
            (
                member.id,
                MemberData(
                    member_no=member.member_no,
                    name=open_text(session, key, member, "name_enc") or data.name,
                    region=member.region or data.region,
                    gender=member.gender or data.gender,
                    joined_on=member.joined_on or data.joined_on,
                    remarks=open_text(session, key, member, "remarks_enc") or data.remarks,
                ),
            )
        )
    await update_members(session, acting.group_id, changes)


async def _lock(session: Session, acting: Acting, import_id: UUID) -> MemberImport:
    statement = (
        select(MemberImport)
        .where(MemberImport.group_id == acting.group_id, MemberImport.id == import_id)
        .with_for_update()
    )
    staged = (await session.execute(statement)).scalar_one_or_none()
    if staged is None:
        raise NotFound
    return staged


async def _draft(session: Session, actor: Actor, import_id: UUID) -> tuple[Acting, MemberImport, dict]:
    acting = await authorise(session, actor, Permission.IMPORT_MEMBERS)
    staged = await _lock(session, acting, import_id)
    if staged.state != "draft":
        raise ImportFinished
    return acting, staged, await _content(session, staged)


def _require_line(content: dict, line: int) -> None:
    if all(row["line"] != line for row in content["rows"]):
        raise NotFound


def _where(staged: MemberImport) -> str:
    return place("member_imports", "content_enc", staged.group_id, staged.id)


async def _content(session: Session, staged: MemberImport) -> dict:
    key = await group_key(session, staged.group_id)
    return json.loads(decrypt(key, staged.content_enc, _where(staged)))


async def _keep(session: Session, staged: MemberImport, content: dict) -> None:
    key = await group_key(session, staged.group_id)
    staged.content_enc = encrypt(key, json.dumps(content), _where(staged))
    await session.flush()


async def _view(session: Session, acting: Acting, staged: MemberImport, content: dict) -> ImportView:
    rows = tuple(SheetRow(line=row["line"], cells=tuple(row["cells"])) for row in content["rows"])
    checked = [] if staged.state == "done" else await _check(session, acting, rows, content)
    return ImportView(
        id=staged.id,
        state=staged.state,
        file_name=content["file_name"],
        columns=tuple(content["columns"]),
        mapping=content["mapping"],
        rows=tuple(checked),
        added=staged.added,
        already_here=staged.already,
    )


async def _check(session: Session, acting: Acting, rows: tuple[SheetRow, ...], content: dict) -> list[Checked]:
    statement = select(Member.id, Member.member_no, Member.phone_index).where(Member.group_id == acting.group_id)
    members = (await session.execute(statement)).all()
    by_phone = {row.phone_index: Known(row.id, row.member_no) for row in members if row.phone_index}
    by_no = {row.member_no.upper(): Known(row.id, row.member_no) for row in members}
    keyring = keyring_of(session)
    checker = Checker(
        columns=content["mapping"],
        fixes={int(line): fixes for line, fixes in content["fixes"].items()},
        left_out=frozenset(content["left_out"]),
        country=acting.country,
        known_phone=lambda phone: by_phone.get(keyring.blind_index(phone)),
        known_no=by_no.get,
        today=today_in(acting.timezone, clock_of(session).now()),
    )
    return checker.check_all(rows)
