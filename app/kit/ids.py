"""Identifiers: UUIDv7, and short codes that people read aloud and type."""

import secrets
from uuid import UUID

from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_37_36
from uuid6 import uuid7

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""32 symbols: no 0, 1, I, O."""


def new_id() -> UUID:
    """A time-ordered UUIDv7."""
    return UUID(int=uuid7().int)


def random_symbols(count: int) -> str:
    return "".join(ALPHABET[byte % 32] for byte in secrets.token_bytes(count))


def new_code(symbols: int) -> str:
    """`symbols` random symbols and one check symbol (ISO 7064 MOD 37,36 over our 32-symbol alphabet)."""
    body = random_symbols(symbols)
    return body + mod_37_36.calc_check_digit(body, ALPHABET)


def normalise_code(text: str) -> str:
    """What was typed without blanks and dashes, in capitals; characters outside the alphabet stay to fail the check."""
    return "".join(c for c in text.upper() if not c.isspace() and c not in "-\u2010\u2011\u2012\u2013")


def is_code(text: str, symbols: int) -> bool:
    """True when `text` (normalised) has `symbols` + 1 symbols and the right check symbol."""
    if len(text) != symbols + 1 or any(c not in ALPHABET for c in text):
        return False
    try:
        mod_37_36.validate(text, ALPHABET)
    except ValidationError:
        return False
    return True


def in_fours(code: str) -> str:
    """`K7M2Q9XM` as `K7M2-Q9XM`."""
    return "-".join(code[i : i + 4] for i in range(0, len(code), 4))


def new_group_code() -> str:
    return random_symbols(6)


def new_payment_reference() -> str:
    """7 random symbols and a check symbol, shown with `in_fours`."""
    return new_code(7)


def new_check_code() -> str:
    """12 random symbols (60 bits) and a check symbol: the address of a receipt's public page."""
    return new_code(12)
