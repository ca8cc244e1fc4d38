"""What others see of groups, members and roles; and the commands on them."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.domain.groups.permissions import Permission, allows
from app.kit.errors import NotPermitted


@dataclass(frozen=True, slots=True)
class Acting:
    """A live member of the group, with her rights: what `authorise` returns. `member_id` is the ledger's actor.

    `purpose` is what the group's template says that members' payments are received for.
    """

    group_id: UUID
    group_code: str
    group_name: str
    member_id: UUID
    person_id: UUID
    roles: frozenset[str]
    currency: str
    timezone: str
    country: str
    purpose: str
    template: str

    def may(self, permission: Permission) -> bool:
        return allows(self.roles, permission)

    def require(self, permission: Permission) -> None:
        if not self.may(permission):
            raise NotPermitted


@dataclass(frozen=True, slots=True)
class GroupView:
    id: UUID
    code: str
    name: str
    short_name: str
    template: str
    currency: str
    timezone: str
    country: str
    pay_to: str | None
    way: str
    region_kind: str


@dataclass(frozen=True, slots=True)
class StaffGroupView:
    """What staff see: no amounts."""

    id: UUID
    code: str
    name: str
    template: str
    created_at: datetime
    members: int


@dataclass(frozen=True, slots=True)
class MyGroup:
    group_id: UUID
    name: str
    short_name: str
    code: str
    roles: frozenset[str]
    member_id: UUID
    is_practice: bool = False


@dataclass(frozen=True, slots=True)
class MyPlace:
    group_short_name: str
    member_no: str
    name: str
    initials: str
    roles: frozenset[str]
    region_kind: str
    timezone: str
    country: str


@dataclass(frozen=True, slots=True)
class MemberRef:
    id: UUID
    member_no: str
    region: str | None


@dataclass(frozen=True, slots=True)
class MemberCard:
    """A member as other screens name her."""

    id: UUID
    member_no: str
    name: str
    region: str | None


@dataclass(frozen=True, slots=True)
class MemberContact:
    """`phone` in E.164, empty without one."""

    id: UUID
    member_no: str
    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class MemberView:
    id: UUID
    member_no: str
    name: str
    phone: str | None
    region: str | None
    gender: str | None
    joined_on: date | None
    remarks: str | None
    person_id: UUID | None
    roles: frozenset[str]
    left_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MemberPage:
    """`total` members fit the search, of `everyone`."""

    total: int
    everyone: int
    rows: tuple[MemberView, ...]
    has_next: bool


@dataclass(frozen=True, slots=True)
class RoleHolder:
    """`until` is the last day of the term, None for one without; `is_over` once that has passed."""

    member_id: UUID
    member_no: str
    name: str
    role: str
    is_me: bool
    until: date | None = None
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class MemberData:
    """A member to be written; `phone` in E.164."""

    member_no: str
    name: str
    phone: str | None = None
    region: str | None = None
    gender: str | None = None
    joined_on: date | None = None
    remarks: str | None = None


@dataclass(frozen=True, slots=True)
class AddMember:
    """A new member as a person writes her; `phone` in any form, empty for none; `gender` F, M or empty."""

    member_no: str
    name: str
    phone: str = ""
    region: str = ""
    gender: str = ""
    joined_on: date | None = None
    remarks: str = ""


@dataclass(frozen=True, slots=True)
class UpdateMember:
    """The whole profile as it shall be; an empty field empties.

    `step_up_id` proves a fresh one-time code of whoever changes the phone of somebody with a role.
    """

    member_id: UUID
    profile: AddMember
    step_up_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class CreateGroup:
    """Staff open a group and name its first admin by phone. An empty `frequency` takes the template's first rules."""

    name: str
    short_name: str
    template: str
    currency: str
    timezone: str
    country: str
    pay_to: str
    admin_phone: str
    admin_member_no: str
    admin_name: str
    idempotency_key: str
    amount_minor: int | None = None
    frequency: str = ""
    due_day: int | None = None


@dataclass(frozen=True, slots=True)
class RulesView:
    """How much and how often: `amount_minor` of `currency`, None when every call says its own.

    `due_day` is a day of the month (monthly), of the week (1 is Monday), None for calls that come when needed.
    `confirmers` are the names of those who may confirm payments. `version` 0 is a group without rules of its own.
    """

    template: str
    purpose: str
    currency: str
    version: int
    amount_minor: int | None
    frequency: str
    due_day: int | None
    set_at: datetime
    confirmers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SetRules:
    """`version` is the one that was read and is now changed."""

    version: int
    amount_minor: int | None
    frequency: str
    due_day: int | None


@dataclass(frozen=True, slots=True)
class ApprovalRule:
    """Who signs a decision of `kind`: `needed` different people of those in the roles and offices `signers`.

    Up to `alone_minor` (0: never) who may propose it carries it out alone, with a fresh code. What is not signed within
    `days` lapses. `version` 0 is what the template starts with.
    """

    kind: str
    needed: int
    signers: tuple[str, ...]
    alone_minor: int
    days: int
    version: int = 0


@dataclass(frozen=True, slots=True)
class SetApprovalRule:
    """`rule.version` is the one that was read and is now changed; `step_up_id` proves a fresh code of the admin."""

    rule: ApprovalRule
    step_up_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class UpdateGroup:
    """What an admin may change of the group; an empty `pay_to` is none.

    `step_up_id` proves a fresh one-time code of the admin, without which the place to pay to stays.
    """

    name: str
    short_name: str
    pay_to: str = ""
    step_up_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class AssignRole:
    """Give a role or an office to a member or, without `member_id`, to the owner of a phone: number and name are needed
    only when the phone is no member's yet.

    `step_up_id` proves a fresh one-time code of the admin. `until` is the last day of an office's term.
    """

    phone: str
    role: str
    member_no: str = ""
    name: str = ""
    step_up_id: UUID | None = None
    until: date | None = None
    member_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class WithdrawRole:
    """`step_up_id` proves a fresh one-time code of the admin."""

    member_id: UUID
    role: str
    step_up_id: UUID | None = None
