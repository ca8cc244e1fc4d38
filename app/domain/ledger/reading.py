"""Queries on the books: each is one statement, bounded by a page or by the number of a group's accounts."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from app.domain.ledger.views import AccountLine, BalanceView, EntryLine, EntryView, Head, PeriodLine
from app.kit.db import Session

MAX_PAGE = 500

# A row for each entry, its lines as arrays: a fifth less to read than a row for each line.
ENTRIES = """
SELECT e.group_id, e.seq, e.entry_id, e.kind, e.effective_on, e.recorded_at, e.actor, e.idem_key, e.doc_commit,
       e.prev_hash, e.hash, e.reverses_seq, r.seq AS reversed_by_seq, d.memo, d.salt,
       l.line_nos, l.codes, l.account_nos, l.currencies, l.amounts, l.balances
FROM ({page}) page
JOIN ledger.journal_entry e ON e.group_id = :group_id AND e.seq = page.seq
LEFT JOIN ledger.journal_entry r ON r.group_id = :group_id AND r.reverses_seq = e.seq
LEFT JOIN ledger.entry_detail d ON d.group_id = :group_id AND d.seq = e.seq
CROSS JOIN LATERAL (
  SELECT array_agg(p.line_no ORDER BY p.line_no) AS line_nos, array_agg(a.code ORDER BY p.line_no) AS codes,
    array_agg(p.account_no ORDER BY p.line_no) AS account_nos,
    array_agg(p.currency ORDER BY p.line_no) AS currencies,
    array_agg(p.amount_minor ORDER BY p.line_no) AS amounts,
    array_agg(p.balance_after_minor ORDER BY p.line_no) AS balances
  FROM ledger.posting p JOIN ledger.account a ON a.group_id = :group_id AND a.account_no = p.account_no
  WHERE p.group_id = :group_id AND p.seq = page.seq) l
ORDER BY e.seq {order}
"""

ONE_ENTRY = ENTRIES.format(page="SELECT CAST(:seq AS bigint) AS seq", order="")
NEWEST_ENTRIES = ENTRIES.format(
    page="""SELECT seq FROM ledger.journal_entry
            WHERE group_id = :group_id AND seq < :before_seq ORDER BY seq DESC LIMIT :limit""",
    order="DESC",
)
OLDEST_ENTRIES = ENTRIES.format(
    page="""SELECT seq FROM ledger.journal_entry
            WHERE group_id = :group_id AND seq > :after_seq ORDER BY seq LIMIT :limit""",
    order="",
)
# The newest few of each account under the control code, then the newest of those: bounded by accounts, not by history.
NEWEST_OF_CONTROL = ENTRIES.format(
    page="""SELECT DISTINCT newest.seq FROM ledger.account c CROSS JOIN LATERAL (
              SELECT seq FROM ledger.posting
              WHERE group_id = :group_id AND account_no = c.account_no AND seq < :before_seq
              ORDER BY seq DESC LIMIT :limit) newest
            WHERE c.group_id = :group_id AND c.control_code = :control ORDER BY newest.seq DESC LIMIT :limit""",
    order="DESC",
)
TRIAL_BALANCE = """
SELECT a.control_code, a.class, a.currency, CAST(sum(b.posted_minor) AS bigint) AS net_minor
FROM ledger.account a JOIN ledger.balance b ON b.group_id = a.group_id AND b.account_no = a.account_no
WHERE a.group_id = :group_id GROUP BY a.control_code, a.class, a.currency ORDER BY a.control_code, a.currency, a.class
"""
# The account's number as a sub-select, not a join: the index then yields the page in order, and the rest stays unread.
ACCOUNT_LINES = """
SELECT a.code, p.seq, e.kind, e.effective_on, e.recorded_at, p.amount_minor, p.balance_after_minor, e.hash,
  e.reverses_seq
FROM ledger.account a
CROSS JOIN LATERAL (SELECT seq, amount_minor, balance_after_minor FROM ledger.posting
  WHERE group_id = :group_id AND account_no = a.account_no AND seq < :before_seq ORDER BY seq DESC LIMIT :limit) p
JOIN ledger.journal_entry e ON e.group_id = :group_id AND e.seq = p.seq
WHERE a.group_id = :group_id AND a.code = ANY(CAST(:codes AS text[]))
ORDER BY p.seq DESC, array_position(CAST(:codes AS text[]), a.code)
"""
# Each account's newest balance before an entry, added up: one row of an index per account, not the history.
CONTROL_BALANCE = """
SELECT CAST(coalesce(sum(last.balance_after_minor), 0) AS bigint) FROM ledger.account c CROSS JOIN LATERAL (
  SELECT balance_after_minor FROM ledger.posting
  WHERE group_id = :group_id AND account_no = c.account_no AND seq < :before_seq
  ORDER BY seq DESC LIMIT 1) last
WHERE c.group_id = :group_id AND c.control_code = :control
"""
# An account's lines of some days: a member's few lines are all looked at, the group's money only on those days. No
# statistics tell PostgreSQL which it is, so it is counted, up to two thousand; the other way is then not taken at all.
OWN = """own AS (SELECT account_no FROM ledger.account WHERE group_id = :group_id AND code = :code),
few AS (SELECT count(*) < 2000 AS is_few FROM (SELECT FROM ledger.posting
  WHERE group_id = :group_id AND account_no = (SELECT account_no FROM own) ORDER BY seq LIMIT 2000) counted)"""
OWN_LINES = """
  SELECT p.seq, p.amount_minor, e.kind, e.effective_on, e.recorded_at, e.reverses_seq
  FROM ledger.posting p CROSS JOIN LATERAL (
    SELECT kind, effective_on, recorded_at, reverses_seq FROM ledger.journal_entry
    WHERE group_id = :group_id AND seq = p.seq LIMIT 1) e
  WHERE (SELECT is_few FROM few) AND p.group_id = :group_id AND p.seq <= :upto
    AND p.account_no = (SELECT account_no FROM own) AND e.effective_on BETWEEN {since} AND {until}
  UNION ALL
  SELECT e.seq, p.amount_minor, e.kind, e.effective_on, e.recorded_at, e.reverses_seq
  FROM ledger.journal_entry e CROSS JOIN LATERAL (
    SELECT amount_minor FROM ledger.posting
    WHERE group_id = :group_id AND account_no = (SELECT account_no FROM own) AND seq = e.seq LIMIT 1) p
  WHERE NOT (SELECT is_few FROM few) AND e.group_id = :group_id AND e.seq <= :upto
    AND e.effective_on BETWEEN {since} AND {until}
"""
# Bound to the book as it was at entry `upto`: the same question always has the same answer.
PERIOD_LINES = f"""WITH {OWN}
SELECT l.seq, l.kind, l.effective_on, l.recorded_at, l.amount_minor, l.reverses_seq, r.seq AS reversed_by_seq
FROM ({OWN_LINES.format(since=":since", until=":until")}) l
LEFT JOIN LATERAL (SELECT seq FROM ledger.journal_entry
  WHERE group_id = :group_id AND reverses_seq = l.seq AND seq <= :upto LIMIT 1) r ON true
ORDER BY l.effective_on, l.seq LIMIT :limit
"""  # noqa: S608
PERIOD_SUM = """
SELECT CAST(coalesce(sum(p.amount_minor), 0) AS bigint) FROM ledger.posting p
JOIN ledger.journal_entry e ON e.group_id = :group_id AND e.seq = p.seq
WHERE p.group_id = :group_id AND p.seq <= :upto AND e.effective_on BETWEEN :since AND :until
  AND p.account_no = (SELECT account_no FROM ledger.account WHERE group_id = :group_id AND code = :code)
"""
FIRST_DAY = """
SELECT min(e.effective_on) FROM ledger.posting p
JOIN ledger.journal_entry e ON e.group_id = :group_id AND e.seq = p.seq
WHERE p.group_id = :group_id
  AND p.account_no = (SELECT account_no FROM ledger.account WHERE group_id = :group_id AND code = :code)
"""
HEAD = """
SELECT seq, hash FROM ledger.journal_entry WHERE group_id = :group_id AND seq <= :upto ORDER BY seq DESC LIMIT 1
"""
CODES_AT = """
SELECT p.seq, a.code FROM ledger.posting p
JOIN ledger.account a ON a.group_id = p.group_id AND a.account_no = p.account_no
WHERE p.group_id = :group_id AND p.seq = ANY(CAST(:seqs AS bigint[]))
"""
MOVEMENT = """
SELECT CAST(coalesce(sum(p.amount_minor), 0) AS bigint) FROM ledger.account a
JOIN ledger.posting p ON p.group_id = a.group_id AND p.account_no = a.account_no
JOIN ledger.journal_entry e ON e.group_id = p.group_id AND e.seq = p.seq
WHERE a.group_id = :group_id AND a.code = :code AND e.effective_on >= :since AND e.kind <> ALL(CAST(:but AS text[]))
"""
CONTROL_BALANCES = """
SELECT a.code, b.posted_minor FROM ledger.account a
JOIN ledger.balance b ON b.group_id = a.group_id AND b.account_no = a.account_no
WHERE a.group_id = :group_id AND a.control_code = :control AND b.posted_minor <> 0
"""
BALANCE = """
SELECT b.posted_minor FROM ledger.account a
JOIN ledger.balance b ON b.group_id = a.group_id AND b.account_no = a.account_no
WHERE a.group_id = :group_id AND a.code = :code
"""
BALANCES = """
SELECT a.code, b.posted_minor FROM ledger.account a
JOIN ledger.balance b ON b.group_id = a.group_id AND b.account_no = a.account_no
WHERE a.group_id = :group_id AND a.code = ANY(CAST(:codes AS text[]))
"""

_END = 2**63 - 1


async def get_entry(session: Session, group_id: UUID, seq: int) -> EntryView | None:
    rows = await session.execute(text(ONE_ENTRY), {"group_id": group_id, "seq": seq})
    return next(iter(entries_of(rows)), None)


async def list_entries(
    session: Session, group_id: UUID, *, before_seq: int | None = None, limit: int = 50, control: str | None = None
) -> list[EntryView]:
    """Newest first, at most 500; the last row's `seq` is the next page's `before_seq`. `control`: a control code."""
    values: dict[str, Any] = {
        "group_id": group_id,
        "before_seq": _END if before_seq is None else before_seq,
        "limit": _page(limit),
    }
    if control is None:
        return entries_of(await session.execute(text(NEWEST_ENTRIES), values))
    return entries_of(await session.execute(text(NEWEST_OF_CONTROL), values | {"control": control}))


async def entries_after(session: Session, group_id: UUID, *, after_seq: int, limit: int) -> list[EntryView]:
    """Oldest first, for verification and export."""
    values = {"group_id": group_id, "after_seq": after_seq, "limit": _page(limit)}
    return entries_of(await session.execute(text(OLDEST_ENTRIES), values))


async def codes_at(session: Session, group_id: UUID, seqs: list[int]) -> dict[int, set[str]]:
    """The codes of the accounts on which these entries stand."""
    found: dict[int, set[str]] = {}
    for row in await session.execute(text(CODES_AT), {"group_id": group_id, "seqs": seqs}):
        found.setdefault(row.seq, set()).add(row.code)
    return found


async def trial_balance(session: Session, group_id: UUID) -> list[BalanceView]:
    """Every control account with its net balance, also at zero; per currency both columns have the same sum."""
    return balance_views(await session.execute(text(TRIAL_BALANCE), {"group_id": group_id}))


def balance_views(rows: Iterable[Row[Any]]) -> list[BalanceView]:
    """Rows of control code, class, currency and net balance."""
    return [
        BalanceView(
            control_code=row.control_code,
            class_=row._mapping["class"],
            debit_minor=max(row.net_minor, 0),
            credit_minor=max(-row.net_minor, 0),
            currency=row.currency,
        )
        for row in rows
    ]


async def account_lines(
    session: Session, group_id: UUID, *codes: str, before_seq: int | None = None, limit: int = 50
) -> list[AccountLine]:
    """Accounts' statements, newest first, up to `limit` of each; in one entry as named; none of one not open."""
    rows = await session.execute(
        text(ACCOUNT_LINES),
        {
            "group_id": group_id,
            "codes": list(codes),
            "before_seq": _END if before_seq is None else before_seq,
            "limit": _page(limit),
        },
    )
    return [AccountLine(**{**row._mapping, "hash": bytes(row.hash)}) for row in rows]


async def period_lines(
    session: Session, group_id: UUID, code: str, *, since: date, until: date, upto: int, limit: int
) -> list[PeriodLine]:
    """Lines effective in the period, both days in it, by date and entry; of the entries up to `upto` only."""
    values = {"group_id": group_id, "code": code, "since": since, "until": until, "upto": upto, "limit": limit}
    return [PeriodLine(**row._mapping) for row in await session.execute(text(PERIOD_LINES), values)]


async def period_sum(session: Session, group_id: UUID, code: str, *, since: date, until: date, upto: int) -> int:
    """What the entries up to `upto` that are effective in the period moved; debit positive."""
    values = {"group_id": group_id, "code": code, "since": since, "until": until, "upto": upto}
    return await session.scalar(text(PERIOD_SUM), values) or 0


async def first_day(session: Session, group_id: UUID, code: str) -> date | None:
    """The earliest effective day of an account's lines, None without any."""
    return await session.scalar(text(FIRST_DAY), {"group_id": group_id, "code": code})


async def head(session: Session, group_id: UUID, *, upto: int | None = None) -> Head:
    """The newest entry, or the newest up to one; 0 and an empty hash before the first."""
    values = {"group_id": group_id, "upto": _END if upto is None else upto}
    row = (await session.execute(text(HEAD), values)).one_or_none()
    return Head(row.seq, bytes(row.hash)) if row else Head(0, b"")


async def balance(session: Session, group_id: UUID, code: str) -> int:
    """Debit positive; 0 for an account that isn't open: members' accounts open with their first entry."""
    return await session.scalar(text(BALANCE), {"group_id": group_id, "code": code}) or 0


async def balances(session: Session, group_id: UUID, *codes: str) -> dict[str, int]:
    """The same of several accounts, by code."""
    rows = await session.execute(text(BALANCES), {"group_id": group_id, "codes": list(codes)})
    return dict.fromkeys(codes, 0) | {row.code: row.posted_minor for row in rows}


async def control_balances(session: Session, group_id: UUID, control: str) -> dict[str, int]:
    """By code, the accounts under a control account on which something stands; debit positive."""
    rows = await session.execute(text(CONTROL_BALANCES), {"group_id": group_id, "control": control})
    return {row.code: row.posted_minor for row in rows}


async def control_balance(session: Session, group_id: UUID, control: str, *, before_seq: int | None = None) -> int:
    """A control account's balance, of one currency, before entry `before_seq`, or now; debit positive."""
    values = {"group_id": group_id, "control": control, "before_seq": _END if before_seq is None else before_seq}
    return await session.scalar(text(CONTROL_BALANCE), values) or 0


async def movement(session: Session, group_id: UUID, code: str, *, since: date, but: Sequence[str] = ()) -> int:
    """What the entries effective on `since` or later moved on the account, but for these kinds; debit positive."""
    values = {"group_id": group_id, "code": code, "since": since, "but": list(but)}
    return await session.scalar(text(MOVEMENT), values) or 0


def _page(limit: int) -> int:
    return min(max(limit, 1), MAX_PAGE)


def entries_of(rows: Iterable[Row[Any]]) -> list[EntryView]:
    """Rows of ENTRIES, each one entry."""
    return [_entry(row) for row in rows]


def _entry(row: Row[Any]) -> EntryView:
    columns = (row.line_nos, row.codes, row.account_nos, row.currencies, row.amounts, row.balances)
    return EntryView(
        group_id=row.group_id,
        seq=row.seq,
        entry_id=row.entry_id,
        kind=row.kind,
        effective_on=row.effective_on,
        recorded_at=row.recorded_at,
        actor=row.actor,
        idempotency_key=row.idem_key,
        doc=bytes(row.doc_commit),
        prev_hash=bytes(row.prev_hash),
        hash=bytes(row.hash),
        reverses_seq=row.reverses_seq,
        reversed_by_seq=row.reversed_by_seq,
        memo=row.memo,
        salt=None if row.salt is None else bytes(row.salt),
        lines=tuple(map(EntryLine, *columns)) if row.line_nos else (),
    )
