"""Decisions about payments, pure: no session, no clock."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from app.domain.payments.errors import AmountTooHigh, ClaimReplaced, NothingToPay, PaymentWaits
from app.domain.payments.ports import Claim
from app.kit.civil_dates import parse_civil
from app.kit.errors import InvalidInput, NotFound
from app.kit.text import tidy

METHODS = ("mpesa", "upi", "bank", "cash")
MAX_LINES = 50
OLDEST_DAYS = 400
MPESA_LENGTH = 10

_MPESA_CODE = re.compile(r"[A-Z][A-Z0-9]{9}")
_UTR = re.compile(r"(?:0000)?([0-9]{12})")
"""Some banks pad it to 16."""
_IN_MESSAGE = {
    "mpesa": re.compile(r"(?<![A-Z0-9])(?=[A-Z0-9]*[0-9])[A-Z][A-Z0-9]{9}(?![A-Z0-9])"),
    "upi": re.compile(r"(?<![A-Z0-9])(?:0000)?[0-9]{12}(?![A-Z0-9])"),
}
"""A word without any digit is a word ("Settlement"), no code of M-Pesa's."""
_SUM = re.compile(r"(?:(?<![A-Z])(?:KSHS?|KES|INR|RS)\.?|\u20b9) ?([0-9][0-9,]*(?:\.[0-9]{1,2})?)")
_DAY = re.compile(r"(?<![0-9])[0-9]{1,2}[/.\-](?:[0-9]{1,2}|[A-Z]{3})[/.\-](?:[0-9]{4}|[0-9]{2})(?![0-9])")
_BANK_CODE = re.compile(r"[A-Z0-9]{4,35}")


def normalise_provider_code(method: str, text: str) -> str:
    """The code in capitals without blanks and dashes; raises InvalidInput where it can't be one of the method's.

    Of a whole message the code that it holds.
    """
    code = re.sub(r"[\s\-\u2010-\u2015]", "", text).upper()
    if not code:
        raise InvalidInput("provider_code", "provider_code_empty")
    if method == "mpesa" and not _MPESA_CODE.fullmatch(code):
        if found := find_code(method, text):
            return found
        why = "mpesa_code" if len(code) != MPESA_LENGTH else "mpesa_code_symbols"
        raise InvalidInput("provider_code", why, length=len(code))
    if method == "upi":
        if not (match := _UTR.fullmatch(find_code(method, text) or code)):
            raise InvalidInput("provider_code", "upi_code", length=len(code))
        return match[1]
    if method == "bank" and not _BANK_CODE.fullmatch(code):
        raise InvalidInput("provider_code", "bank_code")
    return code


def find_code(method: str, text: str) -> str | None:
    """The code of a payment message: what it begins with, else the only word that can be one."""
    words = text.upper().strip()
    found = list(_IN_MESSAGE[method].finditer(words)) if method in _IN_MESSAGE else []
    if found and (found[0].start() == 0 or len({match.group() for match in found}) == 1):
        return found[0].group()
    return None


@dataclass(frozen=True, slots=True)
class Message:
    """What a payment's message says: its code, the amount as written (empty where none is) and the day."""

    code: str
    amount: str
    paid_on: date | None


def read_message(method: str, text: str) -> Message | None:
    """Of a whole message: the first sum of money, which is what was paid, and the first day. None without a code."""
    if (code := find_code(method, text)) is None:
        return None
    words = text.upper()
    paid, day = _SUM.search(words), _DAY.search(words)
    return Message(code, paid[1].rstrip(",") if paid else "", _day(day[0]) if day else None)


def _day(text: str) -> date | None:
    try:
        return parse_civil(text, is_day_first=True)
    except ValueError:
        return None


def oldest_day(today: date) -> date:
    """The first on which money can still be said to have been paid."""
    return today - timedelta(days=OLDEST_DAYS)


def check_paid_on(paid_on: date, today: date, *, field: str = "paid_on") -> None:
    if paid_on > today:
        raise InvalidInput(field, "date_future")
    if paid_on < oldest_day(today):
        raise InvalidInput(field, "date_too_old", days=OLDEST_DAYS)


def check_reason(text: str, *, field: str = "reason") -> str:
    reason = tidy(text)
    if not reason:
        raise InvalidInput(field, "reason_empty")
    if len(reason) > 500:
        raise InvalidInput(field, "reason_too_long", limit=500)
    return reason


def spread(amount_minor: int, open_minor: Sequence[tuple[UUID, int]]) -> list[tuple[UUID, int]]:
    """One amount over several claims, each filled in the order given; what is too much stands on the last of them.

    Of `open_minor`, pairs of a claim and what is left to pay of it; claims that get nothing are left out.
    """
    parts: list[tuple[UUID, int]] = []
    left = amount_minor
    for claim_id, free in open_minor:
        if parts and left <= 0:
            break
        parts.append((claim_id, min(left, free)))
        left -= parts[-1][1]
    if parts and left > 0:
        claim_id, part = parts[-1]
        parts[-1] = (claim_id, part + left)
    return parts


def check_parts(
    parts: Sequence[tuple[UUID, int]], claims: Sequence[Claim], waiting: Mapping[UUID, int], member_id: UUID
) -> None:
    """Each part pays an open claim of this member, and no more than is neither paid nor waiting for
    confirmation, unless the claim takes more."""
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
        if free <= 0 and claim.replaced_by:
            raise ClaimReplaced(title=claim.title)
        if free <= 0 and claim.open_minor and claim.takes_more:
            raise PaymentWaits(left_minor=waiting[claim_id], currency=claim.currency)
        if free <= 0:
            raise NothingToPay
        if amount > free and not claim.takes_more:
            raise AmountTooHigh(field="amount", left_minor=free, currency=claim.currency)
