"""What matching knows and what it says; pure. Amounts in minor units of one currency."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, NamedTuple
from uuid import UUID

Verdict = Literal[
    "sure", "likely", "ambiguous", "over", "under", "duplicate", "taken_back", "unknown", "unmatched", "out"
]
"""sure: may be confirmed in bulk. likely: one suggestion stands out. ambiguous: several might be meant. over and under:
whose it is, is known, but not all of it fits, or it doesn't suffice. duplicate: nothing is owed any more, or the code
was paid before. taken_back: a later line takes the money back. unknown: no member fits. unmatched: a member fits, no
due does. out: money that left the account."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the bank's. `words` are its reference, counterparty and description."""

    id: UUID
    on: date
    amount_minor: int
    bank_id: str
    reference: str
    counterparty: str
    description: str


@dataclass(frozen=True, slots=True)
class Due:
    """`open_minor` is what nothing confirmed, sent or accepted covers; 0 where nothing is owed any more.

    `most_minor` is what it takes under its reference where that may be more or less than is open, as a loan does.
    """

    id: UUID
    member_id: UUID
    reference: str
    open_minor: int
    due_on: date
    most_minor: int = 0


@dataclass(frozen=True, slots=True)
class Payer:
    """`phone` in E.164, empty where none is known."""

    member_id: UUID
    name: str
    phone: str
    member_no: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """A member's own "I have paid" that waits, or (`is_confirmed`) a payment that is in the books."""

    payment_id: UUID
    member_id: UUID
    code: str
    amount_minor: int
    due_ids: tuple[UUID, ...] = ()
    is_confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """All that lines are held against. `renewed`: references that are still used, each with the one that took over."""

    dues: tuple[Due, ...] = ()
    payers: tuple[Payer, ...] = ()
    sent: tuple[Sent, ...] = ()
    renewed: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """A sentence: the text `reason.<key>` with `params`. `points` it gave, of 100."""

    key: str
    points: int = 0
    params: Mapping[str, str | int] = field(default_factory=dict)


class Candidate(NamedTuple):
    """One way to settle a line: parts on dues in their order, the rest kept for `credit_member_id`.

    With `payment_id` the member's own submission is joined, or the payment that a reversal takes back.
    """

    score: int
    parts: tuple[tuple[UUID, int], ...] = ()
    member_id: UUID | None = None
    credit_minor: int = 0
    payment_id: UUID | None = None
    pair_id: UUID | None = None
    reasons: tuple[Reason, ...] = ()


class Proposal(NamedTuple):
    """`rule` says how the first candidate was found: submission, reference, typo, payer, charge, reversal, none."""

    line_id: UUID
    verdict: Verdict
    rule: str
    candidates: tuple[Candidate, ...] = ()

    @property
    def best(self) -> Candidate | None:
        return self.candidates[0] if self.candidates else None
