"""What M-Pesa's statements say in their words: who paid, for which account, under which receipt; pure."""

import re
from collections.abc import Iterator, Sequence

_RECEIPT = re.compile(r"(?<![A-Z0-9])(?=[A-Z0-9]*[0-9])(?=[A-Z0-9]*[A-Z][A-Z0-9]*[A-Z])[A-Z][A-Z0-9]{9}(?![A-Z0-9])")
_TOLD = re.compile(r"(?i)m-?pesa|stk\s?push|\bpaybill\b|\bc2b\b|(?<!\d)254[17]\d{8}(?!\d)")
_ACCOUNT = re.compile(r"(?i) acc(?:ount|t)?\.?(?: ?(?:no|number))?[.:]? +")
_PARTY = re.compile(r"(?i)\b(?:from|to|by) +(?:- *)?((?:\+?\d[\d*]{5,}|\*{2,}\d+).*)")
FEES = ("charge", "fee")
_CHARGE = re.compile(r"(?i)\bcharges?\b|\bfee\b")
_PAID = (
    r"Pay Bill from ([0-9]{6}[^ \n]*+(?: (?!Acc\. |via (?!Acc\. ))[^ \n]++)*)"
    r"(?: via(?: (?!Acc\. )[^ \n]++)+)? Acc\. ([^ \n]{1,140}+)[^ \n]*+"
)
"""Payer and account of `Pay Bill from 254722000111 - GRACE WANJIRU via API Acc. XYZ`, as nearly all payments are; as
much of the account as is kept. Only single characters repeat possessively: of more, Python before 3.11.5 finds other
matches (gh-106052).
"""
_PAID_ALONE, _PAID_OR_NOT = re.compile(_PAID), re.compile(rf"(?m)^(?:{_PAID}|.*)$")
_SHAPES = bytes(65 if 65 <= code <= 90 else 48 if 48 <= code <= 57 else 32 for code in range(256))
"""A for a capital letter, 0 for a digit."""

Parts = tuple[str | None, str | None, str | None, str]
"""Reference, receipt, counterparty and description."""


def is_receipt(text: str) -> bool:
    """Whether it can be a receipt of M-Pesa's."""
    return _RECEIPT.fullmatch(text) is not None


def receipt_in(description: str, reference: str | None) -> str | None:
    """The receipt inside a bank's narration, when the words speak of M-Pesa and only one is there."""
    small = f"{description}\n{reference or ''}".lower()
    if not ("pesa" in small or "254" in small or "stk" in small or "paybill" in small or "c2b" in small):
        return None  # most lines, quickly
    found = set(_RECEIPT.findall(description.upper()))
    return found.pop() if len(found) == 1 and _TOLD.search(small) else None


def holds_receipt(text: str) -> bool:
    """Whether something in it looks like a receipt: somewhere in it a digit follows a letter."""
    capitals = text.upper()
    shapes = capitals.encode("ascii", "replace").translate(_SHAPES)
    return b"A0" in shapes and _RECEIPT.search(capitals) is not None


def mpesa_columns(
    accounts: Sequence[str], receipts: Sequence[str], parties: Sequence[str], details: Sequence[str]
) -> Sequence[Sequence[str | None]]:
    """What `mpesa_parts` says of each row, by column; what nearly all payments say is found in all of them at once."""
    joined = "\n".join(details)
    if any(accounts) or any(parties) or joined.count("\n") >= len(details):
        return list(zip(*map(mpesa_parts, accounts, receipts, parties, details), strict=True)) or [(), (), (), ()]
    payers, references = map(list[str | None], zip(*_PAID_OR_NOT.findall(joined), strict=True))
    words, small = list(details), joined.lower()
    others = {place for place, payer in enumerate(payers) if not payer} if "" in payers else set[int]()
    for place in others.union(*(_lines_with(fee, small) for fee in FEES)):
        references[place], _, payers[place], words[place] = mpesa_parts("", "", "", details[place])
    return references, [receipt or None for receipt in receipts], payers, words


def _lines_with(word: str, text: str) -> Iterator[int]:
    """Which lines hold it, counted from 0."""
    line, looked, at = 0, 0, text.find(word)
    while at >= 0:
        line += text.count("\n", looked, at)
        yield line
        looked, at = at, text.find(word, at + 1)


def _speaks_of_fee(small: str) -> bool:
    return any(fee in small for fee in FEES)


def mpesa_parts(account: str, receipt: str, party: str, details: str) -> Parts:
    """What one row says; fees have no reference."""
    small = details.lower()
    if not (account or party or _speaks_of_fee(small)) and (paid := _PAID_ALONE.fullmatch(details)):
        return paid[2], receipt or None, paid[1], details
    if "  " in details or "\n" in details:
        details = " ".join(details.split())
        small = details.lower()
    before, said = _account_in(details, small)
    if not account and said and not (_speaks_of_fee(small) and _CHARGE.search(before)):
        account = said
    party = " ".join(party.split()) if party else _party_in(before)
    return account[:140] or None, receipt or None, party or None, details


def _account_in(details: str, small: str) -> tuple[str, str]:
    """What stands before `Acc. XYZ`, and XYZ."""
    at = small.rfind(" acc")
    if at < 0:
        return details, ""
    if small.startswith(" acc. ", at):  # as M-Pesa itself writes it
        return details[:at], details[at + 6 :].lstrip()
    match = _ACCOUNT.match(details, at)
    return (details[:at], details[match.end() :]) if match else (details, "")


def _party_in(before: str) -> str:
    """`254722000111 - GRACE WANJIRU` of `Pay Bill from 254722000111 - GRACE WANJIRU via API`."""
    said, _, party = before.partition(" from ")
    if not (party[:6].isdecimal() and party[:6].isascii() and " to " not in said and " by " not in said):
        found = _PARTY.search(before)
        party = found[1] if found else ""
    return party.partition(" via ")[0].strip()
