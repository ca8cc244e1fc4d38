"""What others see of the login side."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class PersonView:
    id: UUID
    phone: str


@dataclass(frozen=True, slots=True)
class CodeStarted:
    """With `is_sent` a code goes to the phone by `channel`; without, the phone may not sign in: outwardly the same.

    `code` is ours, None where none goes or the vendor makes it.
    """

    request_id: UUID
    phone: str
    code: str | None
    is_sent: bool = False
    channel: str = "sms"


@dataclass(frozen=True, slots=True)
class CodeAsked:
    """A sign-in request: its phone, the seconds until another may be made, and whether its code can still be used."""

    phone: str
    wait_s: int
    is_open: bool
    channel: str = "sms"


@dataclass(frozen=True, slots=True)
class CodeChecked:
    """`failure` is None, "wrong" or "expired". A returned failure is committed: that is how attempts are counted.

    `left` says how many attempts remain after a wrong one.
    """

    phone: str = ""
    failure: str | None = None
    left: int = 0


@dataclass(frozen=True, slots=True)
class CodeTried:
    """One counted try of a code that the vendor compares. With `failure` there is nothing left to compare."""

    reference: str = ""
    code: str = ""
    failure: str | None = None
    left: int = 0


@dataclass(frozen=True, slots=True)
class SessionView:
    id: UUID
    person_id: UUID
    group_id: UUID | None
    role: str | None
    is_staff: bool
    is_to_note: bool = False
    """It was not noted as seen for a while."""


@dataclass(frozen=True, slots=True)
class DeviceView:
    """A live session of one's own; `user_agent` as the browser named itself."""

    id: UUID
    user_agent: str
    created_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class PhoneChangeView:
    """`state` is started (codes were sent) or waiting (both were right; it counts from `effective_at`)."""

    id: UUID
    state: str
    phone: str
    effective_at: datetime | None


@dataclass(frozen=True, slots=True)
class PhoneChangeStarted:
    """Two codes to send: one to each phone."""

    change_id: UUID
    old: CodeStarted
    new: CodeStarted


@dataclass(frozen=True, slots=True)
class DueChange:
    """A change whose cool-down is over."""

    person_id: UUID
    change_id: UUID
