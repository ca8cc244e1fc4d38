"""Facts that stop a call."""

from app.kit.errors import DomainError


class NoMembers(DomainError):
    """A call needs somebody to pay it."""

    code = "no_members"
    http_status = 409
