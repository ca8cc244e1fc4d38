"""The one table of who may do what: permission by role or office. Every member has READ_OWN.

An office alone moves nothing: it signs what others propose, as far as the group's rules ask for it.
"""

from enum import StrEnum

ROLES = ("admin", "treasurer", "auditor")
OFFICES = ("president", "vice", "secretary", "money_counter", "key_holder")
MEMBER = "member"


class Permission(StrEnum):
    READ_OWN = "read_own"
    READ_GROUP = "read_group"
    READ_BOOKS = "read_books"
    CONFIRM_PAYMENTS = "confirm_payments"
    RECORD_CASH = "record_cash"
    REVERSE_PAYMENTS = "reverse_payments"
    COUNT_MONEY = "count_money"
    CLOSE_PERIODS = "close_periods"
    OPEN_CALLS = "open_calls"
    IMPORT_MEMBERS = "import_members"
    MANAGE_MEMBERS = "manage_members"
    MANAGE_ROLES = "manage_roles"
    MANAGE_GROUP = "manage_group"
    PROPOSE_DECISIONS = "propose_decisions"
    SIGN_DECISIONS = "sign_decisions"


GRANTS: dict[Permission, frozenset[str]] = {
    Permission.READ_OWN: frozenset({MEMBER}),
    Permission.READ_GROUP: frozenset({"admin", "treasurer", "auditor"}),
    Permission.READ_BOOKS: frozenset({"admin", "treasurer", "auditor"}),
    Permission.CONFIRM_PAYMENTS: frozenset({"admin", "treasurer"}),
    Permission.RECORD_CASH: frozenset({"admin", "treasurer"}),
    Permission.REVERSE_PAYMENTS: frozenset({"admin", "treasurer"}),
    Permission.COUNT_MONEY: frozenset({"admin", "treasurer"}),
    Permission.CLOSE_PERIODS: frozenset({"admin", "treasurer"}),
    Permission.OPEN_CALLS: frozenset({"admin", "treasurer"}),
    Permission.IMPORT_MEMBERS: frozenset({"admin", "treasurer"}),
    Permission.MANAGE_MEMBERS: frozenset({"admin", "treasurer"}),
    Permission.MANAGE_ROLES: frozenset({"admin"}),
    Permission.MANAGE_GROUP: frozenset({"admin"}),
    Permission.PROPOSE_DECISIONS: frozenset({"admin", "treasurer"}),
    Permission.SIGN_DECISIONS: frozenset({"admin", "treasurer", *OFFICES}),
}


READING = frozenset({Permission.READ_OWN, Permission.READ_GROUP, Permission.READ_BOOKS})
"""What stays in a practice group that was closed; the database refuses what is written there under these."""


def allows(roles: frozenset[str], permission: Permission) -> bool:
    """`roles` are those that a live member holds, MEMBER included."""
    return bool(roles & GRANTS[permission])
