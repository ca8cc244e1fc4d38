"""Decisions about payments, pure: no session, no clock."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from app.domain.payments.errors import AmountTooHigh, NothingToPay
from app.domain.payments.ports import Claim
from app.kit.errors import InvalidInput, NotFound
from app.kit.text import tidy

METHODS = ("mpesa", "upi", "bank", "cash")
MAX_LINES = 50
OLDEST_DAYS = 400
MPESA_LENGTH = 10
LONGEST_CODE = 24
"""What is longer, blanks in it, is a message."""

_MPESA_CODE = re.compile(r"[A-Z][A-Z0-9]{9}")
_UTR = re.compile(r"(?:0000)?([0-9]{12})")
"""Some banks pad it to 16."""
_IN_MESSAGE = {
    "mpesa": re.compile(r"\b(?=[A-Z0-9]*[0-9])[A-Z][A-Z0-9]{9}\b"),
    "upi": re.compile(r"\b(?:0000)?[0-9]{12}\b"),
}
_BANK_CODE = re.compile(r"[A-Z0-9]{4,35}")


def normalise_provider_code(method: str, text: str) -> str:
    """The code in capitals without blanks and dashes; raises InvalidInput where it can't be one of the method's.

    A whole message of M-Pesa's or of a bank's is taken too, when just one code stands in it.
    """
    if (
        method in _IN_MESSAGE
        and len(text) > LONGEST_CODE
        and len(found := set(_IN_MESSAGE[method].findall(text.upper()))) == 1
    ):
        text = found.pop()
    code = re.sub(r"[\s\-\u2010-\u2015]", "", text).upper()
    if not code:
        raise InvalidInput("provider_code", "provider_code_empty")
    if method == "mpesa" and not _MPESA_CODE.fullmatch(code):
        why = "mpesa_code" if len(code) != MPESA_LENGTH else "mpesa_code_symbols"
        raise InvalidInput("provider_code", why, length=len(code))
    if method == "upi":
        if not (found := _UTR.fullmatch(code)):
            raise InvalidInput("provider_code", "upi_code", length=len(code))
        return found[1]
    if method == "bank" and not _BANK_CODE.fullmatch(code):
        raise InvalidInput("provider_code", "bank_code")
    return code


def check_paid_on(paid_on: date, today: date) -> None:
    if paid_on > today:
        raise InvalidInput("paid_on", "date_future")
    if paid_on < today - timedelta(days=OLDEST_DAYS):
        raise InvalidInput("paid_on", "date_too_old", days=OLDEST_DAYS)


def check_reason(text: str, *, field: str = "reason") -> str:
    reason = tidy(text)
    if not reason:
        raise InvalidInput(field, "reason_empty")
    if len(reason) > 500:
        raise InvalidInput(field, "reason_too_long", limit=500)
    return reason


def check_parts(
    parts: Sequence[tuple[UUID, int]], claims: Sequence[Claim], waiting: Mapping[UUID, int], member_id: UUID
) -> None:
    """Each part pays an open claim of this member, and no more than is neither paid nor waiting for confirmation."""
    if not 1 <= len(parts) <= MAX_LINES or len({claim_id for claim_id, _ in parts}) != len(parts):
        raise InvalidInput("lines", "payment_lines")
    known = {claim.id: claim for claim in claims}
    for claim_id, amount in parts:
        claim = known.get(claim_id)
        if claim is None or claim.member_id != member_id:
            raise NotFound
        if amount <= 0:
            raise InvalidInput("amount", "amount_not_positive")
        free = claim.open_minor - waiting.get(claim_id, 0)
        if free <= 0:
            raise NothingToPay
        if amount > free:
            raise AmountTooHigh(field="amount", left_minor=free, currency=claim.currency)
