"""Closing periods, holding counted money against the books, and erasing memos: commands and their queries.

Each takes the group's head but `erase_memo`, so they belong where `post_entries` does: last in a transaction.
"""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.exc import DBAPIError

from app.domain.ledger.errors import translate
from app.domain.ledger.views import AssertionView, ClosedPeriod, PeriodBalance, Source
from app.kit.db import Session

_CLOSE = text("SELECT ledger.close_period(:group_id, CAST(:through AS date), :actor)")
_ASSERT = text(
    """SELECT ledger.record_assertion(:group_id, :id, :code, :source, CAST(:as_of AS date), CAST(:stated AS bigint),
       :actor)"""
)
_ERASE = text("SELECT ledger.erase_detail(:group_id, CAST(:seq AS bigint), :actor)")

PERIODS = """
SELECT through, seq, actor, recorded_at FROM ledger.period WHERE group_id = :group_id ORDER BY through DESC LIMIT :limit
"""
PERIOD_BALANCES = """
SELECT a.code AS account, a.class, a.currency, b.debit_minor, b.credit_minor, b.balance_minor
FROM ledger.period_balance b JOIN ledger.account a ON a.group_id = b.group_id AND a.account_no = b.account_no
WHERE b.group_id = :group_id AND b.through = :through ORDER BY a.code
"""
ASSERTIONS = """
SELECT s.id, a.code AS account, a.currency, s.source, s.as_of, s.stated_minor, s.ledger_minor, s.difference_minor,
       s.seq, s.actor, s.recorded_at
FROM ledger.assertion s JOIN ledger.account a ON a.group_id = s.group_id AND a.account_no = s.account_no
WHERE s.group_id = :group_id AND s.id <= :newest ORDER BY s.id DESC LIMIT :limit
"""
STATED_ON = """
SELECT s.stated_minor FROM ledger.assertion s
JOIN ledger.account a ON a.group_id = s.group_id AND a.account_no = s.account_no
WHERE s.group_id = :group_id AND a.code = :code AND s.as_of = :day ORDER BY s.id DESC LIMIT 1
"""
_LAST = UUID(int=2**128 - 1)


async def close_period(session: Session, group_id: UUID, *, through: date, actor: UUID) -> bool:
    """Close everything up to `through`: no entry gets such a date any more, and every account's balance is kept.

    True when it closed, False when exactly this was closed before. Raises PeriodClosedAlready for an earlier day.
    Belongs in a transaction after the one that posts into the period: the check at commit would refuse that entry.
    """
    return await _call(session, _CLOSE, {"group_id": group_id, "through": through, "actor": actor})


async def closed_periods(session: Session, group_id: UUID, *, limit: int = 12) -> list[ClosedPeriod]:
    """Newest first."""
    rows = await session.execute(text(PERIODS), {"group_id": group_id, "limit": limit})
    return [ClosedPeriod(**row._mapping) for row in rows]


async def closed_through(session: Session, group_id: UUID) -> date | None:
    """The last day of what is closed."""
    closed = await closed_periods(session, group_id, limit=1)
    return closed[0].through if closed else None


async def period_balances(session: Session, group_id: UUID, through: date) -> list[PeriodBalance]:
    """What was kept when the books were closed through this very day; empty when they never were."""
    rows = await session.execute(text(PERIOD_BALANCES), {"group_id": group_id, "through": through})
    return [
        PeriodBalance(
            row.account, row._mapping["class"], row.currency, row.debit_minor, row.credit_minor, row.balance_minor
        )
        for row in rows
    ]


async def record_assertion(
    session: Session,
    group_id: UUID,
    *,
    assertion_id: UUID,
    account: str,
    source: Source,
    as_of: date,
    stated_minor: int,
    actor: UUID,
) -> AssertionView:
    """Keep what was counted beside what the books say of that day, by effective date; nothing is posted.

    The database computes the books' side. Raises AccountUnknown; not idempotent by itself.
    """
    values = {"group_id": group_id, "id": assertion_id, "code": account, "source": source}
    await _call(session, _ASSERT, values | {"as_of": as_of, "stated": stated_minor, "actor": actor})
    (made,) = await list_assertions(session, group_id, newest=assertion_id, limit=1)
    return made


async def list_assertions(
    session: Session, group_id: UUID, *, newest: UUID | None = None, limit: int = 20
) -> list[AssertionView]:
    """Newest first, from `newest` on."""
    values = {"group_id": group_id, "newest": newest or _LAST, "limit": limit}
    return [AssertionView(**row._mapping) for row in await session.execute(text(ASSERTIONS), values)]


async def stated_on(session: Session, group_id: UUID, code: str, day: date) -> int | None:
    """What was last said to lie on the account at the end of `day`; None where nobody said."""
    return await session.scalar(text(STATED_ON), {"group_id": group_id, "code": code, "day": day})


async def erase_memo(session: Session, group_id: UUID, seq: int, *, actor: UUID) -> bool:
    """Take an entry's memo and its salt away for good; the entry, its hash and the chain stay as they are.

    Leaves a row that says who did it and when. Idempotent: False when it was erased before. Raises NotFound. The caller
    answers for the right to do this; backups keep the memo until they expire.
    """
    return await _call(session, _ERASE, {"group_id": group_id, "seq": seq, "actor": actor})


async def _call(session: Session, statement: TextClause, values: dict[str, Any]) -> bool:
    try:
        return bool(await session.scalar(statement, values))
    except DBAPIError as error:
        if refusal := translate(error):
            raise refusal from error
        raise
