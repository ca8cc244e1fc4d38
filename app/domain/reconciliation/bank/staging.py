"""A file comes in and waits for the worker (`taking.py`); its lines are listed. Nothing is posted here."""

import asyncio
import hashlib
from dataclasses import replace
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from app.domain.groups.access import authorise
from app.domain.groups.permissions import Permission
from app.domain.groups.store import group_key
from app.domain.reconciliation.bank.columns import is_header, roles_of
from app.domain.reconciliation.bank.errors import FileAlreadyRead
from app.domain.reconciliation.bank.models import BankFileRow, BankLayoutRow, BankLineRow, BankStatementRow
from app.domain.reconciliation.bank.ports import statement_reader
from app.domain.reconciliation.bank.refusing import refused
from app.domain.reconciliation.bank.store import (
    WITHDRAWN,
    content_of,
    file_place,
    file_view,
    find_file,
    header_index,
    line_view,
    row_place,
)
from app.domain.reconciliation.bank.types import MAX_BYTES
from app.domain.reconciliation.bank.views import (
    ACCOUNTS,
    BankFileView,
    BankStatementView,
    ImportStatement,
    LinePage,
    SetLayout,
    SheetView,
)
from app.kit import jobs
from app.kit.actor import Actor
from app.kit.crypto import decrypt, encrypt, seal
from app.kit.db import Session, clock_of, keyring_of
from app.kit.errors import InvalidInput
from app.kit.ids import new_id
from app.kit.text import tidy

READ = "read_bank_file"
"""The job, with `group_id` and `file_id`."""
SHOWN, PAGE, MOST = 30, 50, 500
MOST_WAITING = 20
"""Files of a group that are not read yet."""
ROLES = frozenset(
    {
        "date",
        "value_date",
        "description",
        "reference",
        "bank_id",
        "debit",
        "credit",
        "amount",
        "flag",
        "balance",
        "counterparty",
    }
)


async def import_statement(session: Session, actor: Actor, command: ImportStatement) -> BankFileView:
    """Keep a file and have the worker read it. The same bytes for the same account change nothing, and say so;
    those of a file that failed are read again.

    Raises InvalidInput(account), InvalidInput(file): bank_empty, bank_too_large, bank_many_waiting.
    """
    acting = await authorise(session, actor, Permission.CONFIRM_PAYMENTS)
    if command.account not in ACCOUNTS:
        raise InvalidInput("account", "account")
    if not command.data.strip(b"\xef\xbb\xbf \t\r\n\0"):
        raise refused("bank_empty")
    if len(command.data) > MAX_BYTES:
        raise refused("bank_too_large", megabytes=MAX_BYTES // 10**6)
    waiting = select(func.count()).where(BankFileRow.group_id == acting.group_id, BankFileRow.state == "queued")
    if (await session.scalar(waiting) or 0) >= MOST_WAITING:
        raise refused("bank_many_waiting", limit=MOST_WAITING)
    key, file_id = await group_key(session, acting.group_id), new_id()
    index = keyring_of(session).blind_index(hashlib.sha256(command.data).hexdigest())
    row = BankFileRow(
        group_id=acting.group_id,
        id=file_id,
        account=command.account,
        file_index=index,
        name_enc=encrypt(
            key, tidy(command.file_name)[-80:] or "statement", file_place(acting.group_id, file_id, "name")
        ),
        content_enc=seal(key, command.data, file_place(acting.group_id, file_id, "content")),
        state="queued",
        params={},
        created_by=acting.member_id,
        created_at=clock_of(session).now(),
    )
    statement = insert(BankFileRow).values(row.model_dump()).on_conflict_do_nothing()
    made = (await session.execute(statement.returning(BankFileRow.id))).scalar_one_or_none()
    same = and_(BankFileRow.account == command.account, BankFileRow.file_index == index, BankFileRow.state != WITHDRAWN)
    staged = await find_file(session, acting.group_id, same, lock=True)
    if staged.state == "failed":
        staged.state, staged.why, staged.params = "queued", None, {}
        staged.content_enc = seal(key, command.data, file_place(acting.group_id, staged.id, "content"))
        await session.flush()
        made = staged.id
    if made is not None:
        await _have_it_read(session, staged)
    return replace(await file_view(session, staged), is_repeat=made is None)


async def _have_it_read(session: Session, file: BankFileRow) -> None:
    """A group's files one after another: many large ones leave the worker free for other groups."""
    group = str(file.group_id)
    await jobs.enqueue(session, READ, turn=f"{READ} {group}", group_id=group, file_id=str(file.id))


async def list_bank_files(session: Session, actor: Actor) -> list[BankFileView]:
    """The newest thirty files, newest first; for those who read the books."""
    acting = await authorise(session, actor, Permission.READ_BOOKS)
    newest = (
        select(BankFileRow)
        .where(BankFileRow.group_id == acting.group_id)
        .order_by(col(BankFileRow.id).desc())
        .limit(SHOWN)
    )
    return [await file_view(session, row) for row in (await session.execute(newest)).scalars()]


async def get_bank_file(session: Session, actor: Actor, file_id: UUID) -> BankFileView:
    """How far it is. Raises NotFound."""
    acting = await authorise(session, actor, Permission.READ_BOOKS)
    return await file_view(session, await find_file(session, acting.group_id, BankFileRow.id == file_id))


async def list_bank_statements(session: Session, actor: Actor, file_id: UUID) -> list[BankStatementView]:
    """A file's statements in its order. Raises NotFound."""
    acting = await authorise(session, actor, Permission.READ_BOOKS)
    await find_file(session, acting.group_id, BankFileRow.id == file_id)
    key = await group_key(session, acting.group_id)
    mine = (BankStatementRow.group_id == acting.group_id, BankStatementRow.file_id == file_id)
    rows = (await session.execute(select(BankStatementRow).where(*mine).order_by(BankStatementRow.n))).scalars()
    return [
        BankStatementView(
            id=row.id,
            file_id=row.file_id,
            account=row.account,
            held_at=decrypt(key, row.held_enc, row_place(row, "held_enc")) if row.held_enc else "",
            currency=row.currency,
            opening_on=row.opening_on,
            opening_minor=row.opening_minor,
            closing_on=row.closing_on,
            closing_minor=row.closing_minor,
            lines=row.lines,
            left_out=row.left_out,
            chain=row.chain,
        )
        for row in rows
    ]


async def list_lines(
    session: Session,
    actor: Actor,
    *,
    state: str = "",
    file_id: UUID | None = None,
    skip: int = 0,
    limit: int = PAGE,
) -> LinePage:
    """Lines in the order in which they were staged, those of one file or state if asked; at most 500 at once.

    For those who read the books. A file's lines are those that came with it first; NotFound for another group's.
    """
    acting = await authorise(session, actor, Permission.READ_BOOKS)
    asked = [BankLineRow.group_id == acting.group_id]
    if state:
        asked.append(BankLineRow.state == state)
    if file_id is not None:
        await find_file(session, acting.group_id, BankFileRow.id == file_id)
        of_file = (BankStatementRow.group_id == acting.group_id, BankStatementRow.file_id == file_id)
        asked.append(col(BankLineRow.statement_id).in_(select(BankStatementRow.id).where(*of_file)))
    total = (await session.execute(select(func.count()).select_from(BankLineRow).where(*asked))).scalar_one()
    statement = select(BankLineRow).where(*asked).order_by(BankLineRow.id)
    rows = (await session.execute(statement.offset(max(0, skip)).limit(max(1, min(limit, MOST))))).scalars()
    key = await group_key(session, acting.group_id)
    return LinePage(int(total), tuple(line_view(row, key) for row in rows))


async def get_sheet(session: Session, actor: Actor, file_id: UUID) -> SheetView:
    """The first rows of a file that waits for its columns. Raises NotFound, FileAlreadyRead."""
    acting = await authorise(session, actor, Permission.CONFIRM_PAYMENTS)
    row = await _unmapped(session, acting.group_id, file_id)
    rows = await asyncio.to_thread(statement_reader().rows, await content_of(session, row), SHOWN)
    likely = max(rows, key=lambda one: len(roles_of(one[1])), default=(0, ()))
    return SheetView(file_id, tuple(rows), likely[0], roles_of(likely[1]))


async def set_layout(session: Session, actor: Actor, command: SetLayout) -> BankFileView:
    """Say what the columns are, and which of the rows shown is the header, 0 for none; remembered for this account and
    header, wherever it stands, and the file is read again.

    Raises NotFound, FileAlreadyRead, InvalidInput(roles).
    """
    acting = await authorise(session, actor, Permission.CONFIRM_PAYMENTS)
    row = await _unmapped(session, acting.group_id, command.file_id)
    roles = dict(command.roles)
    if not roles.keys() <= ROLES or not is_header(roles) or len(set(roles.values())) < len(roles):
        raise InvalidInput("roles", "bank_roles")
    if any(not 0 <= column < 100 for column in roles.values()) or command.line < 0:
        raise InvalidInput("roles", "bank_roles")
    rows = dict(await asyncio.to_thread(statement_reader().rows, await content_of(session, row), SHOWN))
    if command.line and command.line not in rows:
        raise InvalidInput("roles", "bank_roles")
    values = {
        "group_id": acting.group_id,
        "account": row.account,
        "header_index": header_index(keyring_of(session), rows.get(command.line, ())),
        "line": command.line,
        "roles": roles,
        "set_by": acting.member_id,
        "set_at": clock_of(session).now(),
    }
    changed = {name: values[name] for name in ("line", "roles", "set_by", "set_at")}
    await session.execute(
        insert(BankLayoutRow)
        .values(values)
        .on_conflict_do_update(index_elements=["group_id", "account", "header_index"], set_=changed)
    )
    row.state, row.why, row.params = "queued", None, {}
    await session.flush()
    await _have_it_read(session, row)
    return await file_view(session, row)


async def _unmapped(session: Session, group_id: UUID, file_id: UUID) -> BankFileRow:
    row = await find_file(session, group_id, BankFileRow.id == file_id, lock=True)
    if row.state != "unmapped":
        raise FileAlreadyRead
    return row
