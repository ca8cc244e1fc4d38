"""The verifier: recomputes a group's chain from its entries, trusting no hash and no balance that is stored."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from app.domain.ledger import canon
from app.domain.ledger.reading import MAX_PAGE, entries_after
from app.domain.ledger.views import EntryView, Fault
from app.kit.db import Session

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


class Checker:
    """Takes a group's entries in order of seq; needs no database, so exports can be held against it as well.

    Remembers each entry's lines for reversals to negate: about 100 bytes a line.
    """

    def __init__(self) -> None:
        self.seq = 0
        self.hash = canon.GENESIS
        self.recorded_at: datetime | None = None
        self.balances: Counter[int] = Counter()
        self._lines: dict[int, tuple[tuple[int, int], ...] | None] = {}

    def take(self, entry: EntryView) -> str | None:
        """The reason why `entry` doesn't hold, None when it does."""
        reason = self._chain(entry) or self._content(entry) or self._reversal(entry)
        if reason is None:
            self.seq, self.hash, self.recorded_at = entry.seq, entry.hash, entry.recorded_at
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
    """The first thing wrong in the group's books: entries first, then the stored head and balances against them.

    Locks nothing; run it in one REPEATABLE READ transaction when others may post meanwhile, else the head may move.
    """
    checker = Checker()
    while page := await entries_after(session, group_id, after_seq=checker.seq, limit=MAX_PAGE):
        if fault := checker.take_all(page):
            return fault
    return await _stored_state(session, group_id, checker)


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
    return None
