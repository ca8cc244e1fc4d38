"""What a group's money is bound by: one decision at a time spends it, and savings that are pledged stay.

Higher capabilities say what is pledged; wiring fills the registry.
"""

from collections.abc import Awaitable, Callable
from uuid import UUID

from sqlalchemy import func, select

from app.kit.db import Session

Pledged = Callable[[Session, UUID, UUID], Awaitable[int]]
"""Of a group and a member: how much of her savings stands for others, in minor units."""

_readers: list[Pledged] = []


def register_pledge(reader: Pledged) -> None:
    """Called by wiring; calling again with the same changes nothing."""
    if reader not in _readers:
        _readers.append(reader)


async def pledged(session: Session, group_id: UUID, member_id: UUID) -> int:
    """How much of her savings she can't have back now. To act on it, `lock_money` first."""
    return sum([await reader(session, group_id, member_id) for reader in _readers])


async def lock_money(session: Session, group_id: UUID) -> None:
    """One decision at a time spends a group's money or pledges savings, until the transaction ends."""
    await session.execute(select(func.pg_advisory_xact_lock((group_id.int >> 64) & (2**63 - 1))))
