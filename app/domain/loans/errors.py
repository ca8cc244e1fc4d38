"""Facts that stop a loan, or a change to how a group lends."""

from app.kit.errors import DecidedFirst, DomainError


class ProductChanged(DomainError):
    """Somebody else set a newer version."""

    code = "product_changed"
    http_status = 409


class TooManyProducts(DomainError):
    """A group has at most `most` products, offered or not."""

    code = "too_many_products"
    http_status = 409


class NotEligible(DomainError):
    """She can't have this loan: the quote says every reason."""

    code = "loan_not_eligible"
    http_status = 409


class GuarantorsMissing(DomainError):
    """The terms ask for `needed` guarantors."""

    code = "loan_guarantors_missing"
    http_status = 409


class NotAnswered(DomainError):
    """Not everybody who was asked to stand for the loan has agreed."""

    code = "loan_not_answered"
    http_status = 409


class NotEnoughSaved(DomainError):
    """Less of her savings is free than she would stand for: `left_minor`."""

    code = "loan_not_enough_saved"
    http_status = 409


class ApplicationMoved(DecidedFirst):
    """The loan is no more where this can be done: `state` says how far it is."""

    code = "application_moved"


class OwnLoan(DomainError):
    """Nobody pays out, or sets conditions for, their own loan."""

    code = "own_loan"
    http_status = 403


class AlreadySignedFor(DomainError):
    """Somebody signed: what was signed for stays."""

    code = "loan_signed"
    http_status = 409


class ConditionsOpen(DomainError):
    """The loan was approved on conditions that nobody says are met."""

    code = "loan_conditions_open"
    http_status = 409


class ReplacedLoanOver(DomainError):
    """The loan `no` that this one would close is not running any more."""

    code = "loan_replaced_over"
    http_status = 409


class SettlesTooLittle(DomainError):
    """What would be paid out settles the loan `no` not wholly: `left_minor` are missing."""

    code = "loan_settles_too_little"
    http_status = 409


class WrittenOffSince(DomainError):
    """The loan `no` was written off after this payment, as what was owed then."""

    code = "loan_written_off_since"
    http_status = 409


class NotEnoughCash(DomainError):
    """The place that it should come from holds less: `left_minor`."""

    code = "loan_cash_short"
    http_status = 409
