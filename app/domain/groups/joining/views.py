"""What others see of invitations and requests; and the commands on them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class InviteView:
    """For those who manage members. `code` has 13 symbols; `state` is live, expired, used_up or revoked."""

    id: UUID
    code: str
    state: str
    uses: int
    uses_allowed: int
    created_by: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class InviteSeen:
    """What the holder of a code sees, whoever it is."""

    group_id: UUID
    invite_id: UUID
    group_name: str
    short_name: str
    state: str


@dataclass(frozen=True, slots=True)
class RequestView:
    """`kind` is join or name; `state` waiting, approved, denied or withdrawn. `phone` is for those who answer.

    `former_name` is the present name of a member who asks to have it mended; `is_back` says that somebody with this
    phone was a member before.
    """

    id: UUID
    kind: str
    state: str
    name: str
    phone: str
    former_name: str
    member_no: str
    is_back: bool
    reason: str | None
    asked_at: datetime
    decided_at: datetime | None
    decided_by: str


@dataclass(frozen=True, slots=True)
class MyRequest:
    """One's own request, with the group that answers it."""

    id: UUID
    group_id: UUID
    invite_id: UUID | None
    group_name: str
    kind: str
    state: str
    name: str
    reason: str | None
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class MakeInvite:
    """Good for `days` (1 to 90) and `uses` (1 to 500)."""

    days: int
    uses: int
    key: str


@dataclass(frozen=True, slots=True)
class AskToJoin:
    """`code` as it was typed; `name` is the full name."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class ApproveRequest:
    """`member_no` and `region` are for who joins; a mended name needs none."""

    request_id: UUID
    member_no: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True)
class DenyRequest:
    request_id: UUID
    reason: str
