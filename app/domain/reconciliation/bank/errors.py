"""Facts that stop an import or a match."""

from app.kit.errors import DomainError


class FileAlreadyRead(DomainError):
    """Its columns can't be said any more."""

    code = "bank_file_read"
    http_status = 409


class FileNotRead(DomainError):
    """There is nothing of it to take back, or not yet."""

    code = "bank_file_not_read"
    http_status = 409


class FileDecided(DomainError):
    """`count` of its lines are matched, ignored or booked."""

    code = "bank_file_decided"
    http_status = 409


class FileFollowed(DomainError):
    """A newer file of the account was read: it counts on the lines that both have."""

    code = "bank_file_followed"
    http_status = 409


class FileInClosedMonth(DomainError):
    """A closed month rests on it."""

    code = "bank_file_closed"
    http_status = 409


class LineTaken(DomainError):
    """Somebody decided about this line first, or it holds no money."""

    code = "bank_line_taken"
    http_status = 409


class PartsDiffer(DomainError):
    """The parts of a line don't make its amount."""

    code = "bank_parts_differ"
    http_status = 422


class AlreadyConfirmed(DomainError):
    """The match is in the books: it can be reversed, not undone."""

    code = "bank_match_confirmed"
    http_status = 409


class MatchUndone(DomainError):
    """Somebody undid the match first."""

    code = "bank_match_undone"
    http_status = 409


class DueReplaced(DomainError):
    """What the line was assigned to, `title`, was closed by another since, which takes the money now."""

    code = "bank_due_replaced"
    http_status = 409


class NoPair(DomainError):
    """A reversal takes back another line: the same amount the other way round, on the same account."""

    code = "bank_no_pair"
    http_status = 422


class PaymentStands(DomainError):
    """The payment that the bank took back is still in the books: reverse it first."""

    code = "bank_payment_stands"
    http_status = 409


class EntryTaken(DomainError):
    """Another line stands for this entry, or it isn't of the line's account and amount."""

    code = "bank_entry_taken"
    http_status = 409


class NothingToExplain(DomainError):
    """There is no such difference any more."""

    code = "bank_nothing_to_explain"
    http_status = 409


class NothingBefore(DomainError):
    """The account held nothing before its first statement, or the books know of it."""

    code = "bank_nothing_before"
    http_status = 409


class NotExplained(DomainError):
    """Bank and books differ by something that nobody has explained: `count` items on `account`."""

    code = "bank_not_explained"
    http_status = 409

    def __init__(self, account: str, *, count: int) -> None:
        super().__init__(count=count)
        self.account = account
