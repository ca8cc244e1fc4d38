"""What a payment can settle, as payments see it; higher capabilities supply it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol, runtime_checkable
from uuid import UUID

from app.kit.db import Session


@dataclass(frozen=True, slots=True)
class Claim:
    """Something a member owes. `open_minor` is what no confirmed payment covers; 0 when it can't be paid.

    `takes_more`: of a payment that is larger, the settlement says where the rest goes. `replaced_by` is the claim that
    closed this one and takes its payments.
    """

    id: UUID
    member_id: UUID
    title: str
    purpose: str
    reference: str
    open_minor: int
    currency: str
    takes_more: bool = False
    replaced_by: UUID | None = None


class Claims(Protocol):
    """One kind of claim. All calls come inside the payment's transaction."""

    async def lock_claims(self, session: Session, group_id: UUID, ids: Sequence[UUID]) -> list[Claim]:
        """Lock the rows in id order and return those that exist in the group."""
        ...

    async def read_claims(self, session: Session, group_id: UUID, ids: Sequence[UUID]) -> list[Claim]:
        """The same without locks."""
        ...


@runtime_checkable
class Settlement(Claims, Protocol):
    """Claims that stand under one purpose each."""

    async def change_paid(self, session: Session, group_id: UUID, parts: Sequence[tuple[UUID, int]]) -> None:
        """Add the amounts (negative gives back) to what is paid of each locked claim."""
        ...


@dataclass(frozen=True, slots=True)
class Share:
    """What of a payment for a claim stands under which purpose."""

    claim_id: UUID
    purpose: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Paid:
    """The payment that settles something."""

    payment_id: UUID
    paid_on: date


@runtime_checkable
class SpreadSettlement(Claims, Protocol):
    """Claims made of several parts, such as principal and interest: a payment is spread over them by their own rule."""

    async def spread(
        self, session: Session, group_id: UUID, paid: Paid, parts: Sequence[tuple[UUID, int]]
    ) -> list[Share]:
        """The payment's shares of each locked claim; they come to its amount."""
        ...

    async def give_back(self, session: Session, group_id: UUID, payment_id: UUID, ids: Sequence[UUID]) -> None:
        """What the payment gave to each locked claim is owed again."""
        ...


@dataclass(frozen=True, slots=True)
class Instalment:
    """What a claim asks for next: `due_minor` by `due_on`. It takes up to `most_minor`, which settles it now.

    Nothing is asked for of one that is paid.
    """

    claim: Claim
    due_on: date
    due_minor: int = 0
    most_minor: int = 0


@runtime_checkable
class Instalments(Protocol):
    """Claims that are paid bit by bit."""

    async def list_instalments(self, session: Session, group_id: UUID) -> list[Instalment]:
        """Of every claim, paid ones too, the oldest day first; the caller has authorised."""
        ...


AnySettlement = Settlement | SpreadSettlement
_kinds: dict[str, AnySettlement] = {}


def register_settlement(kind: str, settlement: AnySettlement) -> None:
    """Called by wiring, once per kind; calling again with the same object changes nothing."""
    if _kinds.setdefault(kind, settlement) is not settlement:
        msg = f"settlement of {kind!r} is registered already"
        raise ValueError(msg)


def settlement_of(kind: str) -> AnySettlement:
    return _kinds[kind]


async def list_instalments(session: Session, group_id: UUID) -> dict[str, list[Instalment]]:
    """By kind of claim, what each asks for next; the caller has authorised."""
    kinds = {kind: settlement for kind, settlement in sorted(_kinds.items()) if isinstance(settlement, Instalments)}
    return {kind: await settlement.list_instalments(session, group_id) for kind, settlement in kinds.items()}


def registered_kinds() -> frozenset[str]:
    return frozenset(_kinds)
