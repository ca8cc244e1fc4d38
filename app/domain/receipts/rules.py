"""Pure rules of receipts: the token's payload, what the public may see, and how a typed code is read."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from app.domain.receipts.views import Purpose, ReceiptView
from app.kit.ids import ALPHABET, is_code, normalise_code

CODE_SYMBOLS = 12
"""Random symbols of a check code; one check symbol follows."""

GROUP_SYMBOLS, NUMBER_DIGITS = 6, 6
"""A receipt number is its group's code, a dash and at least six digits."""

TYPE = "receipt"

_CONFUSED = {a: b for pair in ("8B", "5S", "2Z", "6G", "UV", "DQ", "EF", "PR", "MN") for a, b in (pair, pair[::-1])}
"""Symbols that eyes and fingers take for one another; each with its likeliest double."""


def receipt_number(group_code: str, n: int) -> str:
    return f"{group_code}-{n:0{NUMBER_DIGITS}d}"


def token_payload(receipt: ReceiptView, *, issuer: str) -> dict[str, Any]:
    """The signed statement. No name, phone, free text or provider's code; amounts in minor units, `iat` in seconds."""
    return {
        "v": 1,
        "typ": TYPE,
        "iss": issuer,
        "jti": receipt.check_code,
        "group": str(receipt.group_id),
        "receipt_no": receipt.number,
        "amount_minor": receipt.amount_minor,
        "currency": receipt.currency,
        "exponent": receipt.exponent,
        "lines": [{"purpose": Purpose(x.purpose).value, "amount_minor": x.amount_minor} for x in receipt.lines],
        "member": str(receipt.member_id),
        "paid_on": receipt.paid_on.isoformat(),
        "iat": int(receipt.issued_at.timestamp()),
        "method": receipt.method,
        "ref": receipt.reference,
        "seq": receipt.seq,
        "hash": receipt.hash.hex(),
    }


def says_the_same(payload: dict[str, Any], receipt: ReceiptView) -> bool:
    """Whether a verified payload and the live record agree in everything but the issuer, whose address may move."""
    return {**payload, "iss": ""} == token_payload(receipt, issuer="")


def initials(name: str) -> str:
    """`Akinyi Beatrice Odhiambo-Wekesa` as `A. B. O.-W.`; a letter keeps its marks; empty without letters."""
    return " ".join(filter(None, (_initials_of_word(word) for word in name.split())))


def _initials_of_word(word: str) -> str:
    return "-".join(f"{letter}." for part in re.split(r"[-\u2010\u2011]", word) if (letter := _first_letter(part)))


def _first_letter(text: str) -> str:
    start = next((i for i, c in enumerate(text) if unicodedata.category(c).startswith("L")), None)
    if start is None:
        return ""
    end = start + 1
    while end < len(text) and unicodedata.category(text[end]).startswith("M"):
        end += 1
    return text[start:end].upper()


def hide_middle(code: str) -> str:
    """`UKL7X4P9QD` as `UKL7 ••• 9QD`: at most four symbols before and three after; fewer of a shorter code."""
    before, after = min(4, len(code) * 2 // 5), min(3, len(code) * 3 // 10)
    return f"{code[:before]} ••• {code[len(code) - after :]}".strip()


_NUMBER = re.compile(rf"[{ALPHABET}]{{{GROUP_SYMBOLS}}}\d{{{NUMBER_DIGITS},9}}")
"""A receipt number without its dash. Twelve symbols are no check code; of more, a right check code is one."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody gave to check: a token, or a code, right (`why` empty) or wrong and how.

    `why` is number, symbol, length or typing; a receipt's number is no code, and is shown as it is written.
    """

    text: str
    is_token: bool = False
    why: str = ""
    wrong_symbols: str = ""
    suggestion: str = ""


def read_typed(text: str) -> Typed:
    """A token, a code in any spelling, or a check page's whole address (`/c/` of receipts, `/s/` of statements)."""
    compact = "".join(text.split())
    if (address := re.search(r"/[cs]/([^/?#]*)(?:[?#]|$)", compact)) is not None:
        compact = address[1].removesuffix(".json")
    if compact.count(".") == 2:
        return Typed(compact, is_token=True)
    code = normalise_code(compact)
    if _NUMBER.fullmatch(code) and not is_code(code, CODE_SYMBOLS):
        return Typed(f"{code[:GROUP_SYMBOLS]}-{code[GROUP_SYMBOLS:]}", why="number")
    wrong = "".join(dict.fromkeys(c for c in code if c not in ALPHABET))
    if wrong:
        return Typed(code[:40], why="symbol", wrong_symbols=wrong[:5])
    if len(code) != CODE_SYMBOLS + 1:
        return Typed(code[:40], why="length")
    if not is_code(code, CODE_SYMBOLS):
        return Typed(code, why="typing", suggestion=_suggestion(code))
    return Typed(code)


def _suggestion(code: str) -> str:
    """The one right code that differs by a symbol often misread, if there is exactly one."""
    tries = (code[:i] + _CONFUSED[c] + code[i + 1 :] for i, c in enumerate(code) if c in _CONFUSED)
    found = [candidate for candidate in tries if is_code(candidate, CODE_SYMBOLS)]
    return found[0] if len(found) == 1 else ""
