"""Facts that stop a sign-in or a step-up."""

from app.kit.errors import DomainError, NotFound


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


class CodesUsedUp(DomainError):
    """This installation has sent as many codes as it may in a day; said of every phone alike."""

    code = "codes_used_up"
    http_status = 503


class CodeUnchecked(DomainError):
    """Whoever compares the codes did not answer; said of every phone alike."""

    code = "code_unchecked"
    http_status = 503


class CodeUnsent(DomainError):
    """The vendor did not take the code; said only to somebody who is signed in, of her own phone."""

    code = "code_unsent"
    http_status = 503


class SamePhone(DomainError):
    """The new phone is the present one."""

    code = "same_phone"
    http_status = 409


class NoPhoneChange(NotFound):
    """No change of phone is under way, or it has been cancelled."""

    code = "no_phone_change"
