"""How members of a group pay outside, by its country. The product tells where; it never moves money."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from app.kit.errors import InvalidInput

DEFAULT = "mpesa"
BY_COUNTRY: Mapping[str, str] = MappingProxyType({"IN": "upi"})
PLACES: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {"mpesa": re.compile(r"[0-9]{5,7}"), "upi": re.compile(r"[a-z0-9._-]{2,80}@[a-z][a-z0-9]{1,30}")}
)
"""What is given to pay to: an M-Pesa paybill number, a UPI ID."""


WRONG: Mapping[str, str] = MappingProxyType({"mpesa": "pay_to_mpesa", "upi": "pay_to_upi"})


def way_of(country: str) -> str:
    """The method by which members pay in this country, a key of PLACES."""
    return BY_COUNTRY.get(country, DEFAULT)


def check_place(way: str, text: str) -> None:
    """What members are told to pay to, in any case of its letters; empty for none. Raises InvalidInput."""
    if text and not PLACES[way].fullmatch(text.lower()):
        raise InvalidInput("pay_to", WRONG[way])
