"""Rows of staged files and lines, opened; for the modules of this package."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.domain.groups.store import group_key
from app.domain.reconciliation.bank.models import BankFileRow, BankLineRow, BankStatementRow
from app.domain.reconciliation.bank.views import BankFileView, LineView
from app.kit.crypto import Keyring, decrypt, place, unseal
from app.kit.db import Session
from app.kit.errors import NotFound

WITHDRAWN = "withdrawn"
"""The state of a file that was taken back, and of its lines."""


async def find_file(session: Session, group_id: UUID, which: Any, *, lock: bool = False) -> BankFileRow:
    """Raises NotFound."""
    statement = select(BankFileRow).where(BankFileRow.group_id == group_id, which)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    row = (await session.execute(statement)).scalar_one_or_none()
    if row is None:
        raise NotFound
    return row


async def content_of(session: Session, row: BankFileRow) -> bytes:
    """The file's bytes, which it has until it is read or refused."""
    assert row.content_enc is not None
    return unseal(await group_key(session, row.group_id), row.content_enc, file_place(row.group_id, row.id, "content"))


def header_index(keyring: Keyring, cells: Sequence[str]) -> bytes:
    """A blind index of a header's words: by it a layout is found again."""
    return keyring.blind_index("header\0" + "\0".join(cell.strip().casefold() for cell in cells))


async def file_view(session: Session, row: BankFileRow) -> BankFileView:
    key = await group_key(session, row.group_id)
    return BankFileView(
        id=row.id,
        account=row.account,
        file_name=decrypt(key, row.name_enc, file_place(row.group_id, row.id, "name")),
        state=row.state,
        why=row.why,
        params=row.params,
        format=row.format,
        lines=row.lines,
        done=row.done,
        added=row.added,
        created_at=row.created_at,
    )


def line_view(row: BankLineRow, key: bytes) -> LineView:
    reference, bank_id, counterparty, description = (
        text or "" for text in json.loads(decrypt(key, row.words_enc, row_place(row, "words_enc")))
    )
    return LineView(
        id=row.id,
        statement_id=row.statement_id,
        account=row.account,
        n=row.n,
        booked_on=row.booked_on,
        value_on=row.value_on,
        amount_minor=row.amount_minor,
        currency=row.currency,
        reference=reference,
        bank_id=bank_id,
        counterparty=counterparty,
        description=description,
        state=row.state,
    )


def row_place(row: BankLineRow | BankStatementRow, column: str) -> str:
    return place(row.__tablename__, column, row.group_id, row.id)


def file_place(group_id: UUID, file_id: UUID, column: str) -> str:
    return place("bank_files", column, group_id, file_id)
