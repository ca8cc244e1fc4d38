"""The verifier: recomputes a group's chain from its entries, trusting no hash and no balance that is stored."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from app.domain.ledger import canon
from app.domain.ledger.reading import MAX_PAGE, entries_after
from app.domain.ledger.views import EntryView, Fault
from app.kit.db import UNREADABLE, Session

GAP = "gap"
CHAIN = "chain"
HASH = "hash"
UNBALANCED = "unbalanced"
LINES = "lines"
RUNNING_BALANCE = "running_balance"
MEMO = "memo"
TIME = "time"
REVERSAL = "reversal"
HEAD = "head"
BALANCE = "balance"
PERIOD = "period"
ASSERTION = "assertion"
LOCKED = "locked"
UNREADABLE_ENTRY = "unreadable"

# A memo may be gone only where `erasure` says so.
_LOST_MEMO = text(
    """SELECT min(e.seq) FROM ledger.journal_entry e WHERE e.group_id = :group_id
       AND NOT EXISTS (SELECT FROM ledger.entry_detail d WHERE d.group_id = :group_id AND d.seq = e.seq)
       AND NOT EXISTS (SELECT FROM ledger.erasure x WHERE x.group_id = :group_id AND x.seq = e.seq)"""
)
# What each close kept against the lines of its span: turnover, and the balance it carries on.
_BAD_PERIOD = text(
    """
    WITH span AS (
      SELECT through, seq, lag(through, 1, '-infinity') OVER (ORDER BY through) AS before
      FROM ledger.period WHERE group_id = :group_id),
    moved AS (
      SELECT span.through, p.account_no, sum(greatest(p.amount_minor, 0)) AS debit,
        sum(greatest(- p.amount_minor, 0)) AS credit
      FROM span JOIN ledger.journal_entry e ON e.group_id = :group_id
        AND e.effective_on > span.before AND e.effective_on <= span.through
      JOIN ledger.posting p ON p.group_id = :group_id AND p.seq = e.seq GROUP BY span.through, p.account_no),
    kept AS (
      SELECT through, account_no, debit_minor, credit_minor, balance_minor - debit_minor + credit_minor
        - lag(balance_minor, 1, 0::bigint) OVER (PARTITION BY account_no ORDER BY through) AS jump
      FROM ledger.period_balance WHERE group_id = :group_id)
    SELECT min(span.seq) FROM moved FULL JOIN kept USING (through, account_no) JOIN span USING (through)
    WHERE coalesce(moved.debit, 0) <> coalesce(kept.debit_minor, 0)
       OR coalesce(moved.credit, 0) <> coalesce(kept.credit_minor, 0) OR coalesce(kept.jump, 0) <> 0"""
)
# The date up to which nothing is posted is that of the last close.
_BAD_LOCK = text(
    """SELECT greatest(h.seq, 1) FROM ledger.chain_head h WHERE h.group_id = :group_id AND h.locked_through <>
         coalesce((SELECT max(p.through) FROM ledger.period p WHERE p.group_id = :group_id), '-infinity')"""
)
_BAD_ASSERTION = text(
    """SELECT min(s.seq) FROM ledger.assertion s WHERE s.group_id = :group_id AND s.ledger_minor <> (
         SELECT coalesce(sum(p.amount_minor), 0) FROM ledger.journal_entry e JOIN ledger.posting p
           ON p.group_id = :group_id AND p.seq = e.seq AND p.account_no = s.account_no
         WHERE e.group_id = :group_id AND e.seq <= s.seq AND e.effective_on <= s.as_of)"""
)
_STORED = ((_LOST_MEMO, MEMO), (_BAD_PERIOD, PERIOD), (_BAD_LOCK, LOCKED), (_BAD_ASSERTION, ASSERTION))


class Checker:
    """Takes a group's entries in order of seq; needs no database, so exports can be held against it as well.

    Remembers each entry's lines for reversals to negate: about 100 bytes a line. `erased` counts entries whose memo
    is gone: their commitment stands, and nothing can be held against it.
    """

    def __init__(self) -> None:
        self.seq = 0
        self.hash = canon.GENESIS
        self.recorded_at: datetime | None = None
        self.balances: Counter[int] = Counter()
        self.erased = 0
        self._lines: dict[int, tuple[tuple[int, int], ...] | None] = {}

    def take(self, entry: EntryView) -> str | None:
        """The reason why `entry` doesn't hold, None when it does."""
        reason = self._chain(entry) or self._content(entry) or self._reversal(entry)
        if reason is None:
            self.seq, self.hash, self.recorded_at = entry.seq, entry.hash, entry.recorded_at
            self.erased += entry.salt is None
        return reason

    def take_all(self, entries: Iterable[EntryView]) -> Fault | None:
        for entry in entries:
            if reason := self.take(entry):
                return Fault(self.seq + 1 if reason == GAP else entry.seq, reason)
        return None

    def _chain(self, entry: EntryView) -> str | None:
        if entry.seq != self.seq + 1:
            return GAP
        if entry.prev_hash != self.hash:
            return CHAIN
        if canon.entry_hash(entry) != entry.hash:
            return HASH
        if self.recorded_at is not None and entry.recorded_at <= self.recorded_at:
            return TIME
        return None

    def _content(self, entry: EntryView) -> str | None:
        if len(entry.lines) < 2 or [line.line_no for line in entry.lines] != list(range(1, len(entry.lines) + 1)):
            return LINES
        sums: Counter[str] = Counter()
        for line in entry.lines:
            sums[line.currency] += line.amount_minor
            self.balances[line.account_no] += line.amount_minor
            if self.balances[line.account_no] != line.balance_after_minor:
                return RUNNING_BALANCE
        if any(sums.values()):
            return UNBALANCED
        if entry.salt is not None and canon.doc_commitment(entry.salt, entry.memo or "") != entry.doc:
            return MEMO
        return None

    def _reversal(self, entry: EntryView) -> str | None:
        """Reversed lines are forgotten, reversals never remembered: neither can be reversed again."""
        if entry.reverses_seq is None:
            self._lines[entry.seq] = tuple((line.account_no, line.amount_minor) for line in entry.lines)
            return None
        was = self._lines.pop(entry.reverses_seq, None)
        return None if was == tuple((line.account_no, -line.amount_minor) for line in entry.lines) else REVERSAL


async def find_fault(session: Session, group_id: UUID) -> Fault | None:
    """The first thing wrong in the group's books: entries first, then all that is stored besides, held against them.

    Head, balances, what closes kept, what counts were held against, and memos gone without an erasure.

    Locks nothing; run it in one REPEATABLE READ transaction when others may post meanwhile, else the head may move.
    """
    checker = Checker()
    if fault := await _take_entries(session, group_id, checker):
        return fault
    return await _stored_state(session, group_id, checker)


async def _take_entries(session: Session, group_id: UUID, checker: Checker) -> Fault | None:
    """Page by page; a page with a row that can't be read is taken one by one, so that the row has a number."""
    limit = MAX_PAGE
    while True:
        try:
            page = await entries_after(session, group_id, after_seq=checker.seq, limit=limit)
            if fault := checker.take_all(page):
                return fault
        except UNREADABLE:
            if limit == 1:
                return Fault(checker.seq + 1, UNREADABLE_ENTRY)
            limit = 1
            continue
        if not page:
            return None


async def verify_group(session: Session, group_id: UUID) -> int | None:
    """The first bad seq, None when the books hold. A cut tail is reported at the first missing seq."""
    fault = await find_fault(session, group_id)
    return fault.seq if fault else None


async def _stored_state(session: Session, group_id: UUID, checker: Checker) -> Fault | None:
    query = text("SELECT seq, hash FROM ledger.chain_head WHERE group_id = :group_id")
    head = (await session.execute(query, {"group_id": group_id})).one_or_none()
    if head is None:
        return Fault(1, HEAD) if checker.seq else None
    if head.seq != checker.seq or bytes(head.hash) != checker.hash:
        return Fault(min(head.seq, checker.seq) + (head.seq != checker.seq), HEAD)
    query = text("SELECT account_no, posted_minor FROM ledger.balance WHERE group_id = :group_id")
    rows = await session.execute(query, {"group_id": group_id})
    stored = {row.account_no: row.posted_minor for row in rows}
    if any(stored.get(no) != minor for no, minor in checker.balances.items()) or any(
        minor for no, minor in stored.items() if no not in checker.balances
    ):
        return Fault(checker.seq, BALANCE)
    for query, reason in _STORED:
        if (seq := await session.scalar(query, {"group_id": group_id})) is not None:
            return Fault(max(seq, 1), reason)
    return None
