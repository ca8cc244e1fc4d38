"""Facts that stop a claim."""

from app.kit.errors import DecidedFirst, DomainError


class NoScheme(DomainError):
    """The group has set no welfare rules."""

    code = "no_scheme"
    http_status = 409


class OwnClaim(DomainError):
    """Nobody decides about what she is given herself, nor calls for it."""

    code = "own_claim"
    http_status = 403


class ClaimEnded(DecidedFirst):
    """It was accepted, refused, withdrawn or paid first; `state` says which."""

    code = "claim_ended"


class ClaimKnown(DomainError):
    """The member has reported this already."""

    code = "claim_known"
    http_status = 409


class TooManyClaims(DomainError):
    """`limit` of her reports wait to be decided."""

    code = "too_many_claims"
    http_status = 409


class NotEligible(DomainError):
    """A rule of the group speaks against it."""

    code = "not_eligible"
    http_status = 409


class NotLookedAt(DomainError):
    """A person must look at `count` more of its reasons."""

    code = "not_looked_at"
    http_status = 409


class NotAccepted(DomainError):
    """It has not been accepted yet."""

    code = "claim_not_accepted"
    http_status = 409


class OtherEvent(DomainError):
    """The two claims are not of one event."""

    code = "other_event"
    http_status = 409


class AlreadyCalled(DomainError):
    """The members have been asked already."""

    code = "already_called"
    http_status = 409


class NothingToCall(DomainError):
    """The group's rules ask nothing of the members for this."""

    code = "nothing_to_call"
    http_status = 409


class NothingToPay(DomainError):
    """By the group's rules this event brings nothing, or nothing yet."""

    code = "welfare_nothing"
    http_status = 409


class NotEnoughInFund(DomainError):
    """The fund holds less: `left_minor`."""

    code = "not_enough_in_fund"
    http_status = 409


class RecorderAlone(DomainError):
    """Who recorded or accepted a claim is never the only one who signs for it."""

    code = "recorder_alone"
    http_status = 403


class TooManyDocuments(DomainError):
    """`limit` is how many a claim may have."""

    code = "too_many_documents"
    http_status = 409
