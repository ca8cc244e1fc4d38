"""What doors see of welfare, and the commands on it. Amounts in minor units of `currency`."""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from app.domain.contributions.views import CallView
from app.domain.governance.views import ProposalView
from app.domain.welfare.rules import Levy, Reason, Step
from app.domain.welfare.scheme import Scheme


@dataclass(frozen=True, slots=True)
class SchemeView:
    """The rules in force; version 0 and no benefits where the group has set none."""

    scheme: Scheme
    currency: str
    set_at: datetime | None
    today: date


@dataclass(frozen=True, slots=True)
class SetScheme:
    """`scheme.version` is the one that was read and is now changed."""

    scheme: Scheme


@dataclass(frozen=True, slots=True)
class ReportClaim:
    """What happened to `person`. `member_id` is the member concerned, None for oneself.

    When the member died herself, `payee_id` is the member who is paid, or `payee` names somebody outside; otherwise
    both stay empty and she is paid herself.
    """

    event: str
    relation: str
    cause: str
    happened_on: date
    person: str
    key: str
    born_on: date | None = None
    was_single: bool | None = None
    note: str = ""
    member_id: UUID | None = None
    payee_id: UUID | None = None
    payee: str = ""


@dataclass(frozen=True, slots=True)
class AcceptClaim:
    """`checked` are the codes of the reasons at which whoever accepts has looked."""

    claim_id: UUID
    key: str
    checked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RefuseClaim:
    claim_id: UUID
    reason: str
    key: str


@dataclass(frozen=True, slots=True)
class WithdrawClaim:
    claim_id: UUID
    key: str


@dataclass(frozen=True, slots=True)
class JoinEvent:
    """The claim is of the same event as another one, of another member."""

    claim_id: UUID
    other_id: UUID


@dataclass(frozen=True, slots=True)
class CallLevy:
    """Ask the members for a claim, and for whatever else befell the same member; `title` names the call."""

    claim_id: UUID
    title: str
    key: str


@dataclass(frozen=True, slots=True)
class CallFund:
    """Ask the members for the standing fund: `kind` is registration, premium or topup."""

    kind: str
    title: str
    due_on: date
    key: str


@dataclass(frozen=True, slots=True)
class AttachDocument:
    """A file as it came: nothing about it is believed."""

    claim_id: UUID
    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class DocumentView:
    id: UUID
    claim_id: UUID
    name: str
    kind: str
    size_bytes: int
    added_at: datetime


@dataclass(frozen=True, slots=True)
class SealedFile:
    """What the storage keeps: `content` opens only with the member's key. `name` is unique in the installation."""

    document: DocumentView
    name: str = field(repr=False)
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ClaimView:
    """`state` is reported, accepted, refused, withdrawn or paid. `reasons` are as they were when it was accepted.

    `steps` say how `amount_minor` comes about; `left_minor` of it, or of what its call brought since, can be paid now.
    `payee` is who is paid. `call` is the levy, `decision` the newest proposal to pay. `same_event` are the numbers of
    others' claims of the same event, `alike` those that may be.
    """

    id: UUID
    number: int
    state: str
    event: str
    relation: str
    cause: str
    happened_on: date
    born_on: date | None
    person: str
    note: str
    member_id: UUID
    member_name: str
    payee: str
    currency: str
    reasons: tuple[Reason, ...]
    verdict: str
    steps: tuple[Step, ...]
    amount_minor: int
    left_minor: int
    levy: Levy
    rules_version: int
    reported_by: str
    reported_at: datetime
    decided_by: str
    decided_at: datetime | None
    refusal: str
    documents: tuple[DocumentView, ...]
    call: CallView | None
    decision: ProposalView | None
    same_event: tuple[int, ...]
    alike: tuple[tuple[UUID, int, str], ...]
    entry_seq: int | None
    is_mine: bool
    is_own: bool


@dataclass(frozen=True, slots=True)
class FundView:
    """What the fund holds, free of what members are owed; `topup_minor` is what each is asked now, 0 for nothing.

    `calls` are those that welfare made, newest first, each with its kind. `parts` come to the fund: by control code
    what the group has and, below 0, what it owes.
    """

    currency: str
    fund_minor: int
    topup_minor: int
    calls: tuple[tuple[str, CallView], ...]
    parts: tuple[tuple[str, int], ...] = ()
