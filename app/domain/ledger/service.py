"""Commands on the ledger, and its queries under one name.

Order of locks: `post_entries` takes the group's head, the last lock of a transaction; `open_account` takes it too when
the account is new, so it belongs right before the posting. One group per transaction.
"""

import secrets
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.domain.ledger import canon
from app.domain.ledger.as_of import balance_before, balance_on, balances_at, balances_on, seq_at
from app.domain.ledger.closing import (
    close_period,
    closed_periods,
    closed_through,
    erase_memo,
    list_assertions,
    period_balances,
    record_assertion,
    stated_on,
)
from app.domain.ledger.errors import (
    BatchInvalid,
    EntryLinesInvalid,
    EntryUnbalanced,
    name_entry,
    refused_entry,
    translate,
)
from app.domain.ledger.reading import (
    account_lines,
    balance,
    balances,
    codes_at,
    control_balance,
    control_balances,
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
from app.kit.errors import DomainError, InvalidInput, NotFound
from app.kit.ids import new_id
from app.kit.money import MAX_MINOR

__all__ = [
    "account_lines",
    "balance",
    "balance_before",
    "balance_on",
    "balances",
    "balances_at",
    "balances_on",
    "close_period",
    "closed_periods",
    "closed_through",
    "codes_at",
    "control_balance",
    "control_balances",
    "entries_after",
    "erase_memo",
    "find_fault",
    "first_day",
    "get_entry",
    "head",
    "list_assertions",
    "list_entries",
    "movement",
    "open_account",
    "open_accounts",
    "open_group",
    "period_balances",
    "period_lines",
    "period_sum",
    "post_entries",
    "post_entry",
    "record_assertion",
    "reverse_entry",
    "seq_at",
    "stated_on",
    "translate",
    "trial_balance",
    "verify_group",
]

MAX_KEY = 128
MAX_MEMO = 1000
MAX_LINES = 1000
MAX_BATCH = 500
MAX_BATCH_LINES = 5000

_OPEN_GROUP = text("SELECT ledger.open_group(:group_id, :currency)")
_OPEN_ACCOUNT = text(
    "SELECT ledger.open_account(:group_id, :code, :class_, :currency, CAST(:floor AS bigint), CAST(:ceiling AS bigint))"
)
_OPEN_ACCOUNTS = text(
    """SELECT ledger.open_account(:group_id, code, :class_, :currency, NULL, CAST(:ceiling AS bigint))
       FROM unnest(CAST(:codes AS text[])) AS code"""
)
_POST = text(
    """SELECT entry_id, seq, hash, recorded_at, replayed FROM ledger.post_entries(:group_id,
       CAST(:entry_ids AS uuid[]), CAST(:kinds AS text[]), CAST(:effective_on AS date[]), CAST(:actors AS uuid[]),
       CAST(:keys AS text[]), CAST(:requests AS bytea[]), CAST(:memos AS text[]), CAST(:salts AS bytea[]),
       CAST(:reverses AS bigint[]), CAST(:counts AS int[]), CAST(:codes AS text[]), CAST(:accounts AS int[]),
       CAST(:amounts AS bigint[]))"""
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


async def open_accounts(
    session: Session,
    group_id: UUID,
    codes: Sequence[str],
    *,
    class_: str,
    currency: str,
    ceiling_minor: int | None = None,
) -> None:
    """Many accounts of one class, in one round trip; otherwise as `open_account`."""
    values = {
        "group_id": group_id,
        "codes": list(codes),
        "class_": class_,
        "currency": currency,
        "ceiling": ceiling_minor,
    }
    try:
        await session.execute(_OPEN_ACCOUNTS, values)
    except DBAPIError as error:
        if refusal := translate(error):
            raise refusal from error
        raise


async def post_entry(session: Session, entry: NewEntry) -> PostedEntry:
    """Post in one round trip. Idempotent by key for ever: the earlier result with `replayed`, or IdempotencyConflict.

    Locks the group's head until the transaction ends. Currencies are checked one by one at commit: an entry whose
    currencies only balance together fails there, see `errors.translate`.
    """
    (posted,) = await post_entries(session, (entry,))
    return posted


async def post_entries(session: Session, entries: Sequence[NewEntry]) -> list[PostedEntry]:
    """Post up to 500 entries of one group, 5,000 lines in all, in one round trip; a result each, in their order.

    The same as posting them one by one under one lock, and all or nothing: the first entry that is refused refuses
    the batch, named by its error's `entry` (its place, from 1) and `key`. Each entry is idempotent by its own key: of a
    batch sent again, or in part, what is known comes back with `replayed`, also when a key stands twice in the batch.
    What only the commit finds (see `post_entry`) names no entry.
    """
    memos = [canon.nfc(entry.memo) for entry in entries]
    _check_batch(entries, memos)
    try:
        rows = (await session.execute(_POST, _values(entries, memos))).all()
    except DBAPIError as error:
        refusal = translate(error)
        if refusal is None:
            raise
        if (place := refused_entry(error)) and len(entries) > 1:
            name_entry(refusal, place, entries[place - 1].idempotency_key)
        raise refusal from error
    return [PostedEntry(row.entry_id, row.seq, bytes(row.hash), row.recorded_at, row.replayed) for row in rows]


def _values(entries: Sequence[NewEntry], memos: list[str]) -> dict[str, Any]:
    """One array per property; lines name their accounts by place in `codes`, from 1."""
    places: dict[str, int] = {}
    lines = [line for entry in entries for line in entry.lines]
    accounts = [places.setdefault(line.account, len(places) + 1) for line in lines]
    return {
        "group_id": entries[0].group_id,
        "entry_ids": [new_id() for _ in entries],
        "kinds": [entry.kind for entry in entries],
        "effective_on": [entry.effective_on for entry in entries],
        "actors": [entry.actor for entry in entries],
        "keys": [entry.idempotency_key for entry in entries],
        "requests": [canon.request_hash(entry) for entry in entries],
        "memos": memos,
        "salts": [secrets.token_bytes(canon.SALT_BYTES) for _ in entries],
        "reverses": [entry.reverses_seq for entry in entries],
        "counts": [len(entry.lines) for entry in entries],
        "codes": list(places),
        "accounts": accounts,
        "amounts": [line.amount_minor for line in lines],
    }


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


def _check_batch(entries: Sequence[NewEntry], memos: list[str]) -> None:
    if (
        not 1 <= len(entries) <= MAX_BATCH
        or sum(len(entry.lines) for entry in entries) > MAX_BATCH_LINES
        or len({entry.group_id for entry in entries}) > 1
    ):
        raise BatchInvalid
    for place, (entry, memo) in enumerate(zip(entries, memos, strict=True), 1):
        try:
            _check(entry, memo)
        except DomainError as refusal:
            if len(entries) > 1:
                name_entry(refusal, place, entry.idempotency_key)
            raise


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
