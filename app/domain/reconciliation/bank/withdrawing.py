"""A file that came by mistake is taken back, while nothing was made of its lines."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import col

from app.domain.audit import service as audit
from app.domain.groups.access import authorise
from app.domain.groups.permissions import Permission
from app.domain.ledger import service as ledger
from app.domain.reconciliation.bank.errors import FileDecided, FileFollowed, FileInClosedMonth, FileNotRead
from app.domain.reconciliation.bank.models import BankFileRow, BankLineRow, BankStatementRow
from app.domain.reconciliation.bank.store import WITHDRAWN, file_view, find_file
from app.domain.reconciliation.bank.views import BankFileView
from app.kit.actor import Actor
from app.kit.db import Session


async def withdraw_file(session: Session, actor: Actor, file_id: UUID) -> BankFileView:
    """Its lines leave the queue and explain nothing any more; the same file may come again. Repeating changes nothing.

    Raises NotFound; FileNotRead while the worker reads it or where nothing was taken; FileDecided where a line of it
    is matched, ignored or booked; FileFollowed where a newer file of the account was read, which may count on its
    lines; FileInClosedMonth where a closed month rests on it.
    """
    acting = await authorise(session, actor, Permission.CONFIRM_PAYMENTS)
    row = await find_file(session, acting.group_id, BankFileRow.id == file_id, lock=True)
    if row.state == WITHDRAWN:
        return await file_view(session, row)
    lines = await _free_lines(session, row)
    for line in lines:
        line.state = WITHDRAWN
    row.state, row.why, row.params, row.content_enc = WITHDRAWN, None, {}, None
    await session.flush()
    await audit.record(
        session,
        group_id=acting.group_id,
        actor_id=acting.member_id,
        action="bank.withdrawn",
        subject="bank",
        subject_id=row.id,
        facts={"account": row.account, "lines": len(lines)},
    )
    return await file_view(session, row)


async def check_withdrawal(session: Session, actor: Actor, file_id: UUID) -> None:
    """Raises what stands against taking the file back: see `withdraw_file`."""
    acting = await authorise(session, actor, Permission.CONFIRM_PAYMENTS)
    await _free_lines(session, await find_file(session, acting.group_id, BankFileRow.id == file_id, lock=True))


async def _free_lines(session: Session, row: BankFileRow) -> list[BankLineRow]:
    """The file's lines, locked. Raises what stands against taking them back."""
    if row.state not in ("read", "unmapped"):
        raise FileNotRead
    mine = (BankStatementRow.group_id == row.group_id, BankStatementRow.file_id == row.id)
    statements = list((await session.execute(select(BankStatementRow).where(*mine))).scalars())
    lines = await _locked(session, row.group_id, [one.id for one in statements])
    if decided := sum(line.state not in ("open", "nothing") for line in lines):
        raise FileDecided(count=decided)
    await _require_newest(session, row)  # after the lock: who stages the same lines from now on waits for this
    closed = await ledger.closed_through(session, row.group_id)
    days = [line.booked_on for line in lines] + [one.closing_on for one in statements if one.closing_on]
    if closed and days and min(days) <= closed:
        raise FileInClosedMonth
    return lines


async def _locked(session: Session, group_id: UUID, statement_ids: Sequence[UUID]) -> list[BankLineRow]:
    statement = (
        select(BankLineRow)
        .where(BankLineRow.group_id == group_id, col(BankLineRow.statement_id).in_(statement_ids))
        .order_by(BankLineRow.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list((await session.execute(statement)).scalars())


async def _require_newest(session: Session, row: BankFileRow) -> None:
    newer = select(func.count()).where(
        BankFileRow.group_id == row.group_id,
        BankFileRow.account == row.account,
        BankFileRow.id > row.id,
        col(BankFileRow.state).in_(("queued", "read")),
    )
    if await session.scalar(newer):
        raise FileFollowed
