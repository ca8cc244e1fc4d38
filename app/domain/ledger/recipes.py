"""The chart of accounts and the posting recipes, as data. Message keys: `account.<code>`, `entry.<kind>`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from uuid import UUID

from app.domain.ledger.views import Line
from app.kit.errors import InvalidInput
from app.kit.money import MAX_MINOR

CONTROL: Mapping[str, str] = MappingProxyType(
    {
        "1010": "A",
        "1020": "A",
        "1030": "A",
        "2010": "L",
        "2020": "L",
        "2030": "L",
        "4010": "I",
        "4090": "I",
        "5010": "X",
        "5090": "X",
    }
)
"""Control code -> class: cash in the box, mobile money, bank; members' savings, the pot, kept for members;
contributions, other income; expenses, bank charges."""

MONEY = ("1010", "1020", "1030")
"""Where a group's money lies."""

MONEY_BY_METHOD: Mapping[str, str] = MappingProxyType({"cash": "1010", "mpesa": "1020", "upi": "1030", "bank": "1030"})
"""UPI ends in the bank account that stands behind the ID."""


MEMBER_CONTROL: Mapping[str, str] = MappingProxyType(
    {"contribution": "4010", "savings": "2010", "pot": "2020", "credit": "2030"}
)
"""What is received -> where it stands: given to the fund for good, owed to the member, owed to whose turn it is, kept
for the member because it was more than she owed."""

OTHER: Mapping[str, str] = MappingProxyType({"other_income": "4090", "other_expense": "5010", "bank_charge": "5090"})
"""Money of no member -> where it stands. Income comes in, charges and expenses go out."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """The whole amount on the method's account (debit when `money_sign` is 1), each part against it.

    A part is a member's, on her own account under `control`, or the group's, on `control` itself.
    """

    money_sign: int
    money_by_method: Mapping[str, str]
    control: str


RECIPES: Mapping[str, Recipe] = MappingProxyType(
    {
        **{
            f"{purpose}_confirmed": Recipe(money_sign=1, money_by_method=MONEY_BY_METHOD, control=control)
            for purpose, control in MEMBER_CONTROL.items()
        },
        **{
            f"{purpose}_paid_out": Recipe(money_sign=-1, money_by_method=MONEY_BY_METHOD, control=control)
            for purpose, control in MEMBER_CONTROL.items()
            if CONTROL[control] == "L"
        },
        "expense": Recipe(money_sign=-1, money_by_method=MONEY_BY_METHOD, control="5010"),
    }
)

PAID_OUT = tuple(kind for kind in RECIPES if kind.endswith("_paid_out"))
"""What was held for a member and went to her."""
TRANSFER, REVERSAL = "transfer", "reversal"
KINDS = (*RECIPES, *OTHER, TRANSFER, REVERSAL)
"""Every kind of entry that is posted."""


def member_account(purpose: str, member_id: UUID) -> str:
    """The code of the account on which a member's payments for `purpose` stand."""
    return f"{MEMBER_CONTROL[purpose]}.{member_id}"


def build_mixed(*, method: str, parts: Sequence[tuple[str, UUID, int]]) -> tuple[Line, ...]:
    """Of one payment for several purposes, (purpose, member, amount): the lines of `build` with one money line.

    Raises InvalidInput as `build` does.
    """
    purposes = list(dict.fromkeys(purpose for purpose, _, _ in parts))
    built = [
        build(
            f"{purpose}_confirmed",
            method=method,
            parts=[(member, part) for one, member, part in parts if one == purpose],
        )
        for purpose in purposes
    ]
    if not built:
        raise InvalidInput("amount", "amount_not_positive")
    money = Line(built[0][0].account, sum(lines[0].amount_minor for lines in built))
    return (money, *(line for lines in built for line in lines[1:]))


def build_other(kind: str, *, money: str, amount_minor: int) -> tuple[Line, ...]:
    """Money of no member: `amount_minor`, positive, comes in or goes out of the account `money` as the kind says.

    Raises InvalidInput for an amount that isn't positive or is too large.
    """
    if amount_minor <= 0:
        raise InvalidInput("amount", "amount_not_positive")
    if amount_minor > MAX_MINOR:
        raise InvalidInput("amount", "amount_too_large")
    sign = 1 if CONTROL[OTHER[kind]] == "I" else -1
    return Line(money, sign * amount_minor), Line(OTHER[kind], -sign * amount_minor)


def move(source: str, target: str, amount_minor: int) -> tuple[Line, ...]:
    """The lines of a transfer between two places of MONEY. Raises InvalidInput as `build`, and for the same place."""
    if source not in MONEY:
        raise InvalidInput("source", "account")
    if target not in MONEY or target == source:
        raise InvalidInput("target", "account_other")
    if amount_minor <= 0:
        raise InvalidInput("amount", "amount_not_positive")
    if amount_minor > MAX_MINOR:
        raise InvalidInput("amount", "amount_too_large")
    return Line(target, amount_minor), Line(source, -amount_minor)


def build(recipe: str, *, method: str, parts: Sequence[tuple[UUID | None, int]]) -> tuple[Line, ...]:
    """The lines: money first, then a line per member in order of appearance, several parts of one member added up.

    None is the group itself.

    Raises InvalidInput for an unknown method, no parts, or a part that isn't positive.
    """
    rule = RECIPES[recipe]
    money = rule.money_by_method.get(method)
    if money is None:
        raise InvalidInput("method", "method")
    by_member: dict[UUID | None, int] = {}
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
        *(
            Line(f"{rule.control}.{member}" if member else rule.control, -rule.money_sign * part)
            for member, part in by_member.items()
        ),
    )
