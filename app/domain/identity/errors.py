"""Facts that stop a sign-in or a step-up."""

from app.kit.errors import DomainError


class CodeWrong(DomainError):
    """Not the code of this request; `left` attempts remain."""

    code = "code_wrong"
    http_status = 422


class CodeExpired(DomainError):
    """Too old, used already, tried too often, or never sent: ask for a new one."""

    code = "code_expired"
    http_status = 422


class StepUpNeeded(DomainError):
    """This act needs a fresh one-time code."""

    code = "step_up_needed"
    http_status = 403
