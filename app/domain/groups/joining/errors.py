"""Facts that keep somebody outside."""

from app.kit.errors import DomainError, NotFound


class InviteUnknown(NotFound):
    """No invitation has this code."""

    code = "invite_unknown"


class InviteExpired(DomainError):
    code = "invite_expired"
    http_status = 410


class InviteUsedUp(DomainError):
    """As many have asked with it as it was made for."""

    code = "invite_used_up"
    http_status = 410


class InviteRevoked(DomainError):
    code = "invite_revoked"
    http_status = 410


class AlreadyMember(DomainError):
    """Who asks is in the group."""

    code = "already_member"
    http_status = 409


class RequestDecided(DomainError):
    """Somebody answered it, or took it back, first."""

    code = "request_decided"
    http_status = 409


class RequestDenied(DomainError):
    """This invitation was answered with no to this person; a new one may be asked for."""

    code = "request_denied"
    http_status = 409


class OwnRequest(DomainError):
    """Nobody answers their own request."""

    code = "own_request"
    http_status = 403
