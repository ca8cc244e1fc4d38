"""The chart of accounts and the posting recipes, as data. Message keys: `account.<code>`, `entry.<kind>`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from uuid import UUID

from app.domain.ledger.views import Line
from app.kit.errors import InvalidInput
from app.kit.money import MAX_MINOR

CONTROL: Mapping[str, str] = MappingProxyType(
    {"1010": "A", "1020": "A", "1030": "A", "2010": "L", "2020": "L", "4010": "I"}
)
"""Control code -> class: cash in the box, mobile money, bank; members' savings, the pot; contributions."""

MONEY_BY_METHOD: Mapping[str, str] = MappingProxyType({"cash": "1010", "mpesa": "1020", "upi": "1030", "bank": "1030"})
"""UPI ends in the bank account that stands behind the ID."""


MEMBER_CONTROL: Mapping[str, str] = MappingProxyType({"contribution": "4010", "savings": "2010", "pot": "2020"})
"""What is received -> where it stands: given to the fund for good, owed to the member, owed to whose turn it is."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """The whole amount on the method's account (debit when `money_sign` is 1), each member's part against it."""

    money_sign: int
    money_by_method: Mapping[str, str]
    member_control: str


RECIPES: Mapping[str, Recipe] = MappingProxyType(
    {
        f"{purpose}_confirmed": Recipe(money_sign=1, money_by_method=MONEY_BY_METHOD, member_control=control)
        for purpose, control in MEMBER_CONTROL.items()
    }
)

REVERSAL = "reversal"
KINDS = (*RECIPES, REVERSAL)
"""Every kind of entry that is posted."""


def member_account(purpose: str, member_id: UUID) -> str:
    """The code of the account on which a member's payments for `purpose` stand."""
    return f"{MEMBER_CONTROL[purpose]}.{member_id}"


def build(recipe: str, *, method: str, parts: Sequence[tuple[UUID, int]]) -> tuple[Line, ...]:
    """The lines: money first, then a line per member in order of appearance, several parts of one member added up.

    Raises InvalidInput for an unknown method, no parts, or a part that isn't positive.
    """
    rule = RECIPES[recipe]
    money = rule.money_by_method.get(method)
    if money is None:
        raise InvalidInput("method", "method")
    by_member: dict[UUID, int] = {}
    for member_id, amount_minor in parts:
        if amount_minor <= 0:
            raise InvalidInput("amount", "amount_not_positive")
        by_member[member_id] = by_member.get(member_id, 0) + amount_minor
    total = sum(by_member.values())
    if not by_member:
        raise InvalidInput("amount", "amount_not_positive")
    if total > MAX_MINOR:
        raise InvalidInput("amount", "amount_too_large")
    return (
        Line(money, rule.money_sign * total),
        *(Line(f"{rule.member_control}.{m}", -rule.money_sign * part) for m, part in by_member.items()),
    )
