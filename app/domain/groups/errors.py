"""Facts that stop a change to a group."""

from app.kit.errors import DomainError


class MemberNumberTaken(DomainError):
    code = "member_number_taken"
    http_status = 409


class PhoneTaken(DomainError):
    """Another member of the group has this phone."""

    code = "phone_taken"
    http_status = 409


class GroupFull(DomainError):
    """A group has at most 500 members."""

    code = "group_full"
    http_status = 409


class LastAdmin(DomainError):
    """A group keeps at least one admin."""

    code = "last_admin"
    http_status = 409


class OwnRole(DomainError):
    """Nobody withdraws their own role."""

    code = "own_role"
    http_status = 403


class OwnPhone(DomainError):
    """Nobody changes the phone that they sign in with here: a slip of the pen would lock them out."""

    code = "own_phone"
    http_status = 403


class RulesChanged(DomainError):
    """The rules were read in one version and are now in another."""

    code = "rules_changed"
    http_status = 409


class FormerMember(DomainError):
    """The phone or the number is that of somebody who left: she is taken back rather than written twice."""

    code = "former_member"
    http_status = 409


class OwnLeaving(DomainError):
    """Nobody removes themselves."""

    code = "own_leaving"
    http_status = 403


class AlreadyLive(DomainError):
    """What is live counts: it is never cleared."""

    code = "already_live"
    http_status = 409


class HoldsRole(DomainError):
    """Somebody with a role is not removed: the role is withdrawn first."""

    code = "holds_role"
    http_status = 409
