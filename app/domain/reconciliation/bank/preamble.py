"""What a sheet says around its lines: the account, its currency, what it held before and after; pure."""

import re
from collections.abc import Iterable, Sequence
from datetime import date

from app.domain.reconciliation.bank.amounts import to_minor
from app.domain.reconciliation.bank.columns import currency_in
from app.domain.reconciliation.bank.rows import Layout, Row
from app.domain.reconciliation.bank.types import Balance

_TOTALS = re.compile(
    r"(?i)\s*(?:(?:grand\s+|sub\s?|page\s+)?(?:totals?|summary|jumla)\b|statement\s+summary|end\s+of\s+statement"
    r"|(?:carried|brought)\s+forward|(?:opening|closing)\s+bal|balance\s+(?:b/?f|c/?f|brought|carried|forward)"
    r"|b/?f\b|c/?f\b)"
)
_OPENING = re.compile(r"(?i)\b(?:opening\s+bal|balance\s+(?:b/?f|brought|forward)|brought\s+forward|b/?f\b)")
_CLOSING = re.compile(r"(?i)\b(?:closing\s+bal|balance\s+(?:c/?f|carried)|carried\s+forward|c/?f\b)")
_ACCOUNT = re.compile(
    r"(?i)\b(?:account|a/?c|acct|iban|short\s?code|till|pay\s?bill|mobile)\s*(?:no|number|num|#)?\.?\s*[:\-,;|\t ]\s*"
    r"[_'\"]*((?=[A-Z0-9 *\-]*\d)[A-Z0-9*][A-Z0-9*\-]{3,33})"
)

LOOKED_AT = 1_000
"""Characters of a row."""


def is_total(cells: Iterable[str]) -> bool:
    """Whether a row says a balance or a sum, not a payment."""
    return any(cell and _TOTALS.match(cell) for cell in cells)


def stated_balance(cells: Sequence[str], on: date | None, exponent: int, *, comma: bool) -> tuple[str, Balance] | None:
    """("opening" or "closing", balance) of a row in whose words it stands; its last amount is meant."""
    words = _plain(cells)
    kind = "opening" if _OPENING.search(words) else "closing" if _CLOSING.search(words) else ""
    if not kind:
        return None
    for cell in filter(None, reversed(cells)):
        try:
            return kind, Balance(on, to_minor(cell.rpartition(":")[2], exponent, comma=comma))
        except ValueError:
            continue
    return None


def currency_of(layout: Layout, above: Sequence[Row], said: Sequence[str]) -> str | None:
    """Of its column's first cell, else of the headers of amounts, else of the rows above."""
    if said and re.fullmatch(r"[A-Z]{3}", code := said[0].upper()):
        return code
    roles = ("amount", "debit", "credit", "balance")
    places = (layout.roles[role] for role in roles if role in layout.roles)
    money = [layout.headers[place] for place in places if place < len(layout.headers)]
    texts = (*money, *(_plain(cells) for _, cells in above))
    return next((code for text in texts if (code := currency_in(text))), None)


def account_of(above: Iterable[Row]) -> str | None:
    for _, cells in above:
        if found := _ACCOUNT.search(_plain(cells)):
            return found[1]
    return None


def _plain(cells: Sequence[str]) -> str:
    """A row's words with single blanks, and no more of them than a preamble has."""
    return " ".join(" ".join(cells)[:LOOKED_AT].split())
