"""Facts that stop a payment."""

from app.kit.errors import DecidedFirst, DomainError


class CodeAlreadySent(DomainError):
    """The provider's code stands in another live payment; never says by whom."""

    code = "code_already_sent"
    http_status = 409


class NothingToPay(DomainError):
    """The due is paid, cancelled, or covered by a payment that waits for confirmation."""

    code = "nothing_to_pay"
    http_status = 409


class PaymentWaits(NothingToPay):
    """What was sent before, `left_minor`, covers all of it and waits; if that was wrong, it is taken back first."""

    code = "payment_waits"
    http_status = 409


class ClaimReplaced(NothingToPay):
    """Another claim closed this one, `title`, and takes its payments."""

    code = "claim_replaced"
    http_status = 409


class AmountTooHigh(DomainError):
    """More than is still open on the due."""

    code = "amount_too_high"
    http_status = 422


class MoreThanKept(DomainError):
    """More than is kept for the member: `left_minor`."""

    code = "more_than_kept"
    http_status = 422


class KeptUsed(DomainError):
    """What was kept of this payment has paid a due since: that is reversed first."""

    code = "kept_used"
    http_status = 409


class PaymentAlreadyDecided(DecidedFirst):
    """Somebody confirmed, rejected, withdrew or reversed it first; `state` says which."""

    code = "payment_already_decided"


class OwnPayment(DomainError):
    """Nobody decides about their own payment."""

    code = "own_payment"
    http_status = 403


class ApprovalNeeded(DomainError):
    """The group's rule wants this reversal signed by others: it is proposed first."""

    code = "approval_needed"
    http_status = 409


class NotConfirmed(DomainError):
    """Only a confirmed payment can be reversed."""

    code = "not_confirmed"
    http_status = 409


class TooMuchHanded(DomainError):
    """Of many payments at once this one is more than is open; `member` is her number, `field` the claim."""

    code = "too_much_handed"
    http_status = 422
