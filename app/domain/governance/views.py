"""What doors see of proposals. Amounts in minor units of `currency`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class SignatureView:
    """`choice` is approved or refused, the latter with a reason; empty for who may sign and has not."""

    member_id: UUID
    name: str
    office: str
    choice: str = ""
    reason: str = ""
    at: datetime | None = None
    is_me: bool = False


@dataclass(frozen=True, slots=True)
class ProposalView:
    """`state` is open, carried, refused, withdrawn or expired.

    `signatures` are those given, in their order, and, while it is open, those that may come. `note` is a purpose or a
    reason, `terms` the codes of its kind, `provider_code` what the provider gave for money that was sent. `may_sign`:
    the reader's signature is awaited.
    """

    id: UUID
    kind: str
    state: str
    amount_minor: int
    currency: str
    note: str
    terms: Mapping[str, str]
    member_id: UUID | None
    subject_id: UUID | None
    member_name: str
    proposed_by: str
    proposed_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    needed: int
    approved: int
    signatures: tuple[SignatureView, ...]
    entry_seq: int | None
    provider_code: str | None
    is_mine: bool
    may_sign: bool
