"""What a payment can settle, as payments see it; higher capabilities supply it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from app.kit.db import Session


@dataclass(frozen=True, slots=True)
class Claim:
    """Something a member owes. `open_minor` is what no confirmed payment covers; 0 when it can't be paid."""

    id: UUID
    member_id: UUID
    title: str
    purpose: str
    reference: str
    open_minor: int
    currency: str


class Settlement(Protocol):
    """One kind of claim. All calls come inside the payment's transaction."""

    async def lock_claims(self, session: Session, group_id: UUID, ids: Sequence[UUID]) -> list[Claim]:
        """Lock the rows in id order and return those that exist in the group."""
        ...

    async def read_claims(self, session: Session, group_id: UUID, ids: Sequence[UUID]) -> list[Claim]:
        """The same without locks."""
        ...

    async def change_paid(self, session: Session, group_id: UUID, parts: Sequence[tuple[UUID, int]]) -> None:
        """Add the amounts (negative gives back) to what is paid of each locked claim."""
        ...


_kinds: dict[str, Settlement] = {}


def register_settlement(kind: str, settlement: Settlement) -> None:
    """Called by wiring, once per kind; calling again with the same object changes nothing."""
    if _kinds.setdefault(kind, settlement) is not settlement:
        msg = f"settlement of {kind!r} is registered already"
        raise ValueError(msg)


def settlement_of(kind: str) -> Settlement:
    return _kinds[kind]


def registered_kinds() -> frozenset[str]:
    return frozenset(_kinds)
