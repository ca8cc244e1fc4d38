"""Facts that stop a decision."""

from app.kit.errors import DecidedFirst, DomainError


class OwnDecision(DomainError):
    """Nobody signs what they proposed, or what pays themselves."""

    code = "own_decision"
    http_status = 403


class NotASigner(DomainError):
    """The group's rule doesn't ask this person's signature, or her term is over."""

    code = "not_a_signer"
    http_status = 403


class AlreadySigned(DomainError):
    """Each person signs once; what was said stays said."""

    code = "already_signed"
    http_status = 409


class DecisionEnded(DecidedFirst):
    """It was carried out, refused, withdrawn or lapsed first; `state` says which."""

    code = "decision_ended"


class TooFewSigners(DomainError):
    """More signatures are asked for than people may give one: `needed`, `there`."""

    code = "too_few_signers"
    http_status = 409


class AlreadyProposed(DomainError):
    """The same waits for signatures."""

    code = "already_proposed"
    http_status = 409


class NotEnoughMoney(DomainError):
    """The account `place` that it should come from holds less: `left_minor`."""

    code = "not_enough_money"
    http_status = 409
