"""What an approved decision does, as governance sees it; higher capabilities supply it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from app.domain.groups.views import Acting
from app.kit.db import Session


@dataclass(frozen=True, slots=True)
class Matter:
    """What is to be decided. `terms` are codes and titles of its kind; `note` says why or what for.

    `member_id` is whose money it is: she never signs. `subject_id` is the due, payment or loan that it is about.
    """

    amount_minor: int = 0
    note: str = ""
    member_id: UUID | None = None
    subject_id: UUID | None = None
    terms: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BoundMatter(Matter):
    """A matter of which its kind says who decides: nobody of `barred`; up to `alone_minor` one officer, whatever the
    group's rule. Never what a door asks.
    """

    barred: tuple[UUID, ...] = ()
    alone_minor: int = 0


class Decision(Protocol):
    """One kind of decision. Both calls come inside the transaction of the proposal or of its last signature."""

    askable: bool
    """Whether a member may ask for it for herself."""

    async def prepare(self, session: Session, acting: Acting, asked: Matter) -> Matter:
        """The matter checked and completed; raises what stands against it. Locks nothing."""
        ...

    async def carry_out(self, session: Session, acting: Acting, proposal_id: UUID, matter: Matter) -> int | None:
        """Do it, checking again under locks. Returns the ledger's entry, None where nothing is posted."""
        ...


_kinds: dict[str, Decision] = {}


def register_decision(kind: str, decision: Decision) -> None:
    """Called by wiring, once per kind; calling again with the same object changes nothing."""
    if _kinds.setdefault(kind, decision) is not decision:
        msg = f"the decision {kind!r} is registered already"
        raise ValueError(msg)


def decision_of(kind: str) -> Decision | None:
    return _kinds.get(kind)


def registered_decisions() -> frozenset[str]:
    return frozenset(_kinds)
