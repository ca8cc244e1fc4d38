"""Facts that keep money where it is."""

from app.kit.errors import DomainError


class NotEnoughMoney(DomainError):
    """The place that it should come from holds less: `left_minor`."""

    code = "not_enough_money"
    http_status = 409


class MoreThanHeld(DomainError):
    """More than the group holds for the member: `left_minor`."""

    code = "more_than_held"
    http_status = 422


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
