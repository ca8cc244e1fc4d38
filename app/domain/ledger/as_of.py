"""Balances as of any moment, on both of the ledger's clocks.

By effective date: what the entries known so far say of a day. The nearest point whose balances are kept is the start:
the empty beginning, a close, or now; only entries between it and the day are read. By recorded order: what the books
said at that moment, from each account's newest line then, however long its history.
"""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from app.domain.ledger.reading import OWN, OWN_LINES, balance_views
from app.domain.ledger.views import BalanceView
from app.kit.db import Session

END = 2**63 - 1

# `upto` binds to the entries up to one: a close or the present serves as a start only if nothing later is in it.
_START = """
WITH start AS (
  SELECT day, is_now FROM (
    SELECT DATE '-infinity' AS day, false AS is_now, CAST(:day AS date) - min(effective_on) AS far
      FROM ledger.journal_entry WHERE group_id = :group_id
    UNION ALL
    SELECT 'infinity', true, max(effective_on) - CAST(:day AS date) FROM ledger.journal_entry
      WHERE group_id = :group_id AND (SELECT seq FROM ledger.chain_head WHERE group_id = :group_id) <= :upto
      HAVING max(effective_on) IS NOT NULL
    UNION ALL
    (SELECT through, false, CAST(:day AS date) - through FROM ledger.period
      WHERE group_id = :group_id AND through <= :day AND seq <= :upto ORDER BY through DESC LIMIT 1)
    UNION ALL
    (SELECT through, false, through - CAST(:day AS date) FROM ledger.period
      WHERE group_id = :group_id AND through > :day AND seq <= :upto ORDER BY through LIMIT 1)
  ) points ORDER BY far NULLS LAST LIMIT 1)
"""
_BETWEEN = """
  SELECT p.account_no, CASE WHEN start.day <= :day THEN p.amount_minor ELSE - p.amount_minor END AS minor
  FROM start JOIN ledger.journal_entry e ON e.group_id = :group_id AND e.seq <= :upto
    AND e.effective_on > least(start.day, :day) AND e.effective_on <= greatest(start.day, :day)
  JOIN ledger.posting p ON p.group_id = :group_id AND p.seq = e.seq
"""
_AFTER = "(SELECT least(day, CAST(:day AS date)) + 1 FROM start)"
_UNTIL = "(SELECT greatest(day, CAST(:day AS date)) FROM start)"
BALANCES_ON = f"""{_START}
SELECT a.control_code, a.class, a.currency, CAST(coalesce(sum(m.minor), 0) AS bigint) AS net_minor
FROM ledger.account a LEFT JOIN (
  SELECT account_no, posted_minor AS minor FROM ledger.balance, start WHERE start.is_now AND group_id = :group_id
  UNION ALL
  SELECT account_no, balance_minor FROM ledger.period_balance, start
    WHERE group_id = :group_id AND through = start.day
  UNION ALL {_BETWEEN}
) m ON m.account_no = a.account_no
WHERE a.group_id = :group_id GROUP BY a.control_code, a.class, a.currency ORDER BY a.control_code, a.currency, a.class
"""  # noqa: S608
# As BALANCES_ON for one account. Dates are whole days: what lies after the earlier one begins the day after.
BALANCE_ON = f"""{_START}, {OWN}
SELECT CAST(coalesce(sum(minor), 0) AS bigint) FROM (
  SELECT posted_minor AS minor FROM ledger.balance, start
    WHERE start.is_now AND group_id = :group_id AND account_no = (SELECT account_no FROM own)
  UNION ALL
  SELECT balance_minor FROM ledger.period_balance, start
    WHERE group_id = :group_id AND through = start.day AND account_no = (SELECT account_no FROM own)
  UNION ALL
  SELECT CASE WHEN (SELECT day FROM start) <= :day THEN l.amount_minor ELSE - l.amount_minor END
    FROM ({OWN_LINES.format(since=_AFTER, until=_UNTIL)}) l) m
"""  # noqa: S608
BALANCES_AT = """
SELECT a.control_code, a.class, a.currency, CAST(coalesce(sum(newest.balance_after_minor), 0) AS bigint) AS net_minor
FROM ledger.account a LEFT JOIN LATERAL (
  SELECT balance_after_minor FROM ledger.posting
  WHERE group_id = :group_id AND account_no = a.account_no AND seq <= :upto ORDER BY seq DESC LIMIT 1) newest ON true
WHERE a.group_id = :group_id GROUP BY a.control_code, a.class, a.currency ORDER BY a.control_code, a.currency, a.class
"""
# `seq` has no gaps and `recorded_at` rises with it: halving finds the entry by the primary key, without an index of
# instants that every posting would have to write.
SEQ_AT = """
WITH RECURSIVE half(low, high) AS (
  SELECT CAST(0 AS bigint), seq FROM ledger.chain_head WHERE group_id = :group_id
  UNION ALL
  SELECT CASE WHEN e.recorded_at <= :at THEN e.seq ELSE low END,
    CASE WHEN e.recorded_at <= :at THEN high ELSE e.seq - 1 END
  FROM half CROSS JOIN LATERAL (SELECT seq, recorded_at FROM ledger.journal_entry
    WHERE group_id = :group_id AND seq = (low + high + 1) / 2 LIMIT 1) e WHERE low < high)
SELECT coalesce(max(low), 0) FROM half
"""


async def balances_on(session: Session, group_id: UUID, day: date, *, upto: int = END) -> list[BalanceView]:
    """Every control account as of the end of `day` by effective date, from the entries up to `upto`."""
    values = {"group_id": group_id, "day": day, "upto": upto}
    return balance_views(await session.execute(text(BALANCES_ON), values))


async def balance_on(session: Session, group_id: UUID, code: str, day: date, *, upto: int = END) -> int:
    """One account as of the end of `day`, likewise; debit positive, 0 for an account that isn't open."""
    values = {"group_id": group_id, "code": code, "day": day, "upto": upto}
    return await session.scalar(text(BALANCE_ON), values) or 0


async def balance_before(session: Session, group_id: UUID, code: str, *, day: date, upto: int) -> int:
    """As `balance_on`, at the beginning of `day`."""
    return await balance_on(session, group_id, code, day - timedelta(days=1), upto=upto)


async def balances_at(session: Session, group_id: UUID, seq: int) -> list[BalanceView]:
    """Every control account as the books stood once entry `seq` was in; accounts opened later stand at 0."""
    return balance_views(await session.execute(text(BALANCES_AT), {"group_id": group_id, "upto": seq}))


async def seq_at(session: Session, group_id: UUID, at: datetime) -> int:
    """The newest entry recorded at or before `at`; 0 before the first."""
    return await session.scalar(text(SEQ_AT), {"group_id": group_id, "at": at}) or 0
