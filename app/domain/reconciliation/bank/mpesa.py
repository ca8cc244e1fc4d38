"""What M-Pesa's statements say in their words: who paid, for which account, under which receipt; pure."""

import re

_RECEIPT = re.compile(r"(?<![A-Z0-9])(?=[A-Z0-9]*[0-9])(?=[A-Z0-9]*[A-Z][A-Z0-9]*[A-Z])[A-Z][A-Z0-9]{9}(?![A-Z0-9])")
_TOLD = re.compile(r"(?i)m-?pesa|stk\s?push|\bpaybill\b|\bc2b\b|(?<!\d)254[17]\d{8}(?!\d)")
_ACCOUNT = re.compile(r"(?i) acc(?:ount|t)?\.?(?: ?(?:no|number))?[.:]? +")
_PARTY = re.compile(r"(?i)\b(?:from|to|by) +(?:- *)?((?:\+?\d[\d*]{5,}|\*{2,}\d+).*)")
_CHARGE = re.compile(r"(?i)\bcharges?\b|\bfee\b")


def is_receipt(text: str) -> bool:
    """Whether it can be a receipt of M-Pesa's."""
    return _RECEIPT.fullmatch(text) is not None


def receipt_in(description: str, reference: str | None) -> str | None:
    """The receipt inside a bank's narration, when the words speak of M-Pesa and only one is there."""
    if not _TOLD.search(description) and not _TOLD.search(reference or ""):
        return None
    found = set(_RECEIPT.findall(description.upper()))
    return found.pop() if len(found) == 1 else None


def mpesa_parts(account: str, receipt: str, party: str, details: str) -> tuple[str | None, str | None, str | None, str]:
    """Reference, receipt, counterparty and description of a row; fees have no reference."""
    if "  " in details or "\n" in details:
        details = " ".join(details.split())
    at = details.lower().rfind(" acc")
    match = _ACCOUNT.match(details, at) if at >= 0 else None
    before, said = (details[:at], details[match.end() :]) if match else (details, "")
    if not account and said and not _CHARGE.search(before):
        account = said
    if not party and (found := _PARTY.search(before)):
        party = found[1].partition(" via ")[0].strip()
    return account[:140] or None, receipt or None, " ".join(party.split()) or None, details
