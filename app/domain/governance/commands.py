"""What doors ask of governance. Every `key` makes its command repeatable."""

from dataclasses import dataclass
from uuid import UUID

from app.domain.governance.ports import Matter


@dataclass(frozen=True, slots=True)
class ProposeDecision:
    """`step_up_id` proves a fresh one-time code: needed where the rule lets who proposes carry it out alone."""

    kind: str
    matter: Matter
    key: str
    step_up_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ApproveDecision:
    """`step_up_id` proves a fresh one-time code of who signs."""

    proposal_id: UUID
    key: str
    step_up_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class RefuseDecision:
    proposal_id: UUID
    reason: str
    key: str


@dataclass(frozen=True, slots=True)
class WithdrawProposal:
    proposal_id: UUID
    key: str
