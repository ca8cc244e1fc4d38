"""Commands on the ledger, and its queries under one name.

Order of locks: `post_entry` takes the group's head, the last lock of a transaction; `open_account` takes it too when
the account is new, so it belongs right before the posting. One group per transaction.
"""

import secrets
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.domain.ledger import canon
from app.domain.ledger.errors import EntryLinesInvalid, EntryUnbalanced, translate
from app.domain.ledger.reading import (
    account_lines,
    balance,
    balance_before,
    control_balance,
    entries_after,
    first_day,
    get_entry,
    head,
    list_entries,
    movement,
    period_lines,
    period_sum,
    trial_balance,
)
from app.domain.ledger.recipes import REVERSAL
from app.domain.ledger.verifying import find_fault, verify_group
from app.domain.ledger.views import Line, NewEntry, PostedEntry
from app.kit.db import Session
from app.kit.errors import InvalidInput, NotFound
from app.kit.ids import new_id
from app.kit.money import MAX_MINOR

__all__ = [
    "account_lines",
    "balance",
    "balance_before",
    "control_balance",
    "entries_after",
    "find_fault",
    "first_day",
    "get_entry",
    "head",
    "list_entries",
    "movement",
    "open_account",
    "open_group",
    "period_lines",
    "period_sum",
    "post_entry",
    "reverse_entry",
    "translate",
    "trial_balance",
    "verify_group",
]

MAX_KEY = 128
MAX_MEMO = 1000
MAX_LINES = 1000

_OPEN_GROUP = text("SELECT ledger.open_group(:group_id, :currency)")
_OPEN_ACCOUNT = text(
    "SELECT ledger.open_account(:group_id, :code, :class_, :currency, CAST(:floor AS bigint), CAST(:ceiling AS bigint))"
)
_POST = text(
    """SELECT entry_id, seq, hash, recorded_at, replayed FROM ledger.post_entry(:group_id, :entry_id, :kind,
       CAST(:effective_on AS date), :actor, :key, :request, :memo, :salt, CAST(:accounts AS text[]),
       CAST(:amounts AS bigint[]), CAST(:reverses AS bigint))"""
)


async def open_group(session: Session, group_id: UUID, currency: str) -> None:
    """Begin the group's chain. Idempotent; AccountMismatch when it is open in another currency."""
    await _call(session, _OPEN_GROUP, {"group_id": group_id, "currency": currency})


async def open_account(
    session: Session,
    group_id: UUID,
    *,
    code: str,
    class_: str,
    currency: str,
    floor_minor: int | None = None,
    ceiling_minor: int | None = None,
) -> int:
    """The account's number, opened if need be. Idempotent by `code`; AccountMismatch for another class or currency.

    `code` is a control code of four digits, or `<control code>.<member id>`. The bounds hold for the posted balance
    (debit positive) and are set once, when the account is opened.
    """
    row = await _call(
        session,
        _OPEN_ACCOUNT,
        {
            "group_id": group_id,
            "code": code,
            "class_": class_,
            "currency": currency,
            "floor": floor_minor,
            "ceiling": ceiling_minor,
        },
    )
    return row[0]


async def post_entry(session: Session, entry: NewEntry) -> PostedEntry:
    """Post in one round trip. Idempotent by key for ever: the earlier result with `replayed`, or IdempotencyConflict.

    Locks the group's head until the transaction ends. Currencies are checked one by one at commit: an entry whose
    currencies only balance together fails there, see `errors.translate`.
    """
    memo = canon.nfc(entry.memo)
    _check(entry, memo)
    row = await _call(
        session,
        _POST,
        {
            "group_id": entry.group_id,
            "entry_id": new_id(),
            "kind": entry.kind,
            "effective_on": entry.effective_on,
            "actor": entry.actor,
            "key": entry.idempotency_key,
            "request": canon.request_hash(entry),
            "memo": memo,
            "salt": secrets.token_bytes(canon.SALT_BYTES),
            "accounts": [line.account for line in entry.lines],
            "amounts": [line.amount_minor for line in entry.lines],
            "reverses": entry.reverses_seq,
        },
    )
    return PostedEntry(row.entry_id, row.seq, bytes(row.hash), row.recorded_at, row.replayed)


async def reverse_entry(
    session: Session,
    *,
    group_id: UUID,
    seq: int,
    actor: UUID,
    idempotency_key: str,
    effective_on: date,
    memo: str = "",
) -> PostedEntry:
    """Post the exact negation of entry `seq`. Idempotent by key.

    Raises NotFound, EntryAlreadyReversed, or ReversalNotReversible when `seq` is a reversal.
    """
    entry = await get_entry(session, group_id, seq)
    if entry is None:
        raise NotFound
    return await post_entry(
        session,
        NewEntry(
            group_id=group_id,
            kind=REVERSAL,
            effective_on=effective_on,
            actor=actor,
            idempotency_key=idempotency_key,
            lines=tuple(Line(line.account, -line.amount_minor) for line in entry.lines),
            memo=memo,
            reverses_seq=seq,
        ),
    )


def _check(entry: NewEntry, memo: str) -> None:
    """What can be said without the database, which checks it all again."""
    if not _is_text(entry.idempotency_key, MAX_KEY) or not entry.idempotency_key:
        raise InvalidInput("idempotency_key", "idempotency_key")
    if not _is_text(memo, MAX_MEMO):
        raise InvalidInput("memo", "memo")
    if not date(1900, 1, 1) <= entry.effective_on <= date(2999, 12, 31):
        raise InvalidInput("effective_on", "date")
    amounts = [line.amount_minor for line in entry.lines]
    accounts = {line.account for line in entry.lines}
    if not 2 <= len(amounts) <= MAX_LINES or 0 in amounts or len(accounts) < len(amounts):
        raise EntryLinesInvalid
    if any(abs(amount) > MAX_MINOR for amount in amounts):
        raise InvalidInput("amount", "amount_too_large")
    if sum(amounts) != 0:
        raise EntryUnbalanced


def _is_text(value: str, longest: int) -> bool:
    """Storable text: no NUL, no lone surrogate."""
    return len(value) <= longest and "\0" not in value and not any(0xD800 <= ord(c) <= 0xDFFF for c in value)


async def _call(session: Session, statement: Any, values: dict[str, Any]) -> Any:
    try:
        return (await session.execute(statement, values)).one()
    except DBAPIError as error:
        if refusal := translate(error):
            raise refusal from error
        raise
