"""Facts that stop a call."""

from app.kit.errors import DomainError


class CallExists(DomainError):
    """A contribution of this name and date is open already."""

    code = "call_exists"
    http_status = 409


class CallHasPayments(DomainError):
    """Somebody paid for it, or sent a payment, whatever became of that: the call stays."""

    code = "call_has_payments"
    http_status = 409


class NoMembers(DomainError):
    """A call needs somebody to pay it."""

    code = "no_members"
    http_status = 409


class PaymentsWaiting(DomainError):
    """She has sent payments that nobody has decided about: that comes first."""

    code = "payments_waiting"
    http_status = 409


class SettlementChanged(DomainError):
    """What is open is not what was shown."""

    code = "settlement_changed"
    http_status = 409


class NothingToWaive(DomainError):
    """The due is paid, waived or cancelled already."""

    code = "nothing_to_waive"
    http_status = 409


class DueChanged(DomainError):
    """Another amount is open than was signed for: it is proposed anew."""

    code = "due_changed"
    http_status = 409


class StillOwed(DomainError):
    """The group holds money of hers: it is paid out before she leaves."""

    code = "still_owed"
    http_status = 409


class OwesLoan(DomainError):
    """She has borrowed from the group: that is repaid before she leaves."""

    code = "owes_loan"
    http_status = 409


class SheetDiffers(DomainError):
    """What was counted is not what the sheet comes to: `difference_minor` less (`short`) or more (`over`)."""

    code = "sheet_differs"
    http_status = 409

    def __init__(self, difference_minor: int, currency: str) -> None:
        super().__init__(field="counted", difference_minor=abs(difference_minor), currency=currency)
        self.side = "short" if difference_minor < 0 else "over"

    @property
    def message_key(self) -> str:
        return f"{super().message_key}.{self.side}"
