"""Facts that keep money where it is."""

from app.kit.errors import DomainError


class MoreThanHeld(DomainError):
    """More than the group holds for the member: `left_minor`."""

    code = "more_than_held"
    http_status = 422


class HeldForLoans(DomainError):
    """The rest stands for loans of others until they are repaid: `left_minor` is free."""

    code = "held_for_loans"
    http_status = 409


class AskedAlready(DomainError):
    """Together with the `asked_minor` that waits for signatures it is more than is held: `left_minor` is free."""

    code = "asked_already"
    http_status = 409


class NothingHeld(DomainError):
    """The group holds nothing for its members: what they pay belongs to the fund."""

    code = "nothing_held"
    http_status = 409


class NotPaidByCode(DomainError):
    """It is not signed yet, or was paid in cash: no provider gave a code."""

    code = "not_paid_by_code"
    http_status = 409


class CodeWritten(DomainError):
    """Another code stands already."""

    code = "code_written"
    http_status = 409
