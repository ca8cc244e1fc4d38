"""Rules that higher capabilities keep for a group, when its try-out is cleared; wiring fills the registry."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from app.kit.db import Session

Give = Callable[[Session, UUID, UUID], Awaitable[None]]
"""Writes into the new group, as its seat, what was taken out of the old one."""
Take = Callable[[Session, UUID], Awaitable[Give]]
"""Reads the rules of a group, in its own tenant."""

_takers: list[Take] = []


def register_rules_taker(take: Take) -> None:
    """Called by wiring; calling again with the same changes nothing."""
    if take not in _takers:
        _takers.append(take)


async def take_rules(session: Session, group_id: UUID) -> tuple[Give, ...]:
    return tuple([await take(session, group_id) for take in _takers])
