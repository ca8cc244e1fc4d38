"""Vouchers: money that went out, with who asked, who signed, and where it stands in the book."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.governance import reading as decisions
from app.domain.governance.views import ProposalView
from app.domain.groups.access import authorise
from app.domain.groups.permissions import Permission
from app.domain.ledger import service as ledger
from app.domain.ledger.views import EntryView
from app.kit.actor import Actor
from app.kit.db import Session, clock_of
from app.kit.errors import NotFound

KINDS = ("withdrawal", "expense", "transfer", "welfare_payout")
"""Decisions that move money."""


@dataclass(frozen=True, slots=True)
class Voucher:
    """A decision that was carried out, and its entry. `number` is the entry's, behind the group's code."""

    number: str
    group_name: str
    timezone: str
    made_at: datetime
    decision: ProposalView
    entry: EntryView


async def read_voucher(session: Session, actor: Actor, proposal_id: UUID) -> Voucher:
    """For whoever may read the decision. NotFound for all others, and for what moved no money (yet)."""
    acting = await authorise(session, actor, Permission.READ_OWN)
    found = await decisions.get_decision(session, actor, proposal_id)
    if found.kind not in KINDS or found.entry_seq is None:
        raise NotFound
    entry = await ledger.get_entry(session, acting.group_id, found.entry_seq)
    if entry is None:
        raise NotFound
    return Voucher(
        number=f"{acting.group_code}-{entry.seq}",
        group_name=acting.group_name,
        timezone=acting.timezone,
        made_at=clock_of(session).now(),
        decision=found,
        entry=entry,
    )
