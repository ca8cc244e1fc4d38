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
        "1210": "A",
        "2010": "L",
        "2020": "L",
        "2030": "L",
        "3010": "E",
        "4010": "I",
        "4020": "I",
        "4030": "I",
        "4040": "I",
        "4050": "I",
        "4060": "I",
        "4090": "I",
        "5010": "X",
        "5020": "X",
        "5030": "X",
        "5090": "X",
    }
)
"""Control code -> class: cash in the box, mobile money, bank, lent to members; members' savings, the pot, kept for
members; what was there when the books began; contributions, loan interest, loan fees, penalties on loans, fines,
what came back of loans after they were written off, other income; expenses, welfare paid out, loans written off, bank
charges."""

MONEY = ("1010", "1020", "1030")
"""Where a group's money lies."""

MONEY_BY_METHOD: Mapping[str, str] = MappingProxyType({"cash": "1010", "mpesa": "1020", "upi": "1030", "bank": "1030"})
"""UPI ends in the bank account that stands behind the ID."""
KEPT = "kept"
"""The method of a payment that brings no money: what is kept for the member pays."""

MEMBER_CONTROL: Mapping[str, str] = MappingProxyType(
    {
        "contribution": "4010",
        "savings": "2010",
        "pot": "2020",
        "credit": "2030",
        "loan": "1210",
        "loan_interest": "4020",
        "loan_fee": "4030",
        "loan_penalty": "4040",
        "loan_recovered": "4060",
        "fine": "4050",
    }
)
"""What is received -> where it stands: given to the fund for good, owed to the member, owed to whose turn it is, kept
for the member because it was more than she owed; principal that she owed, and what a loan earns; what comes back of one
that was written off; for paying late."""

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
        "welfare_payout": Recipe(money_sign=-1, money_by_method=MONEY_BY_METHOD, control="5020"),
    }
)

PAID_OUT = tuple(kind for kind in RECIPES if kind.endswith("_paid_out"))
"""What was held for a member and went to her."""
TRANSFER, REVERSAL, OPENING = "transfer", "reversal", "opening_balance"
LENT, WRITTEN_OFF = "loan_lent", "loan_written_off"
REFINANCED, CAPITALISED = "loan_refinanced", "loan_capitalised"
KINDS = (*RECIPES, *OTHER, TRANSFER, LENT, REFINANCED, CAPITALISED, WRITTEN_OFF, REVERSAL, OPENING)
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


def use_kept(member_id: UUID, parts: Sequence[tuple[str, UUID, int]]) -> tuple[Line, ...]:
    """The lines of `build_mixed` for parts of one member, what is kept for her in place of money.

    Raises InvalidInput as `build` does.
    """
    money, *rest = build_mixed(method="cash", parts=parts)
    return Line(member_account("credit", member_id), money.amount_minor), *rest


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


def build_opening(*, money: str, amount_minor: int) -> tuple[Line, ...]:
    """What the account `money` held before the books began. Raises InvalidInput for an amount that isn't positive or is
    too large."""
    if amount_minor <= 0:
        raise InvalidInput("amount", "amount_not_positive")
    if amount_minor > MAX_MINOR:
        raise InvalidInput("amount", "amount_too_large")
    return Line(money, amount_minor), Line("3010", -amount_minor)


def lend(*, method: str, member_id: UUID, lent_minor: int, fee_minor: int) -> tuple[Line, ...]:
    """The lines of a disbursement: the member owes `lent_minor`, of which `fee_minor` is the group's at once.

    Raises InvalidInput for an unknown method, and where nothing would be paid out.
    """
    money = MONEY_BY_METHOD.get(method)
    if money is None:
        raise InvalidInput("method", "method_out")
    if not 0 <= fee_minor < lent_minor:
        raise InvalidInput("amount", "amount_not_positive")
    if lent_minor > MAX_MINOR:
        raise InvalidInput("amount", "amount_too_large")
    fee = (Line(member_account("loan_fee", member_id), -fee_minor),) if fee_minor else ()
    return Line(money, fee_minor - lent_minor), Line(member_account("loan", member_id), lent_minor), *fee


def refinance(
    *, method: str, member_id: UUID, lent_minor: int, fee_minor: int, settled: Mapping[str, int]
) -> tuple[Line, ...]:
    """The lines of a loan that closes another: `settled`, by purpose (`loan` its principal), is kept from what is lent.

    Where nothing is left over no money moves; no lines at all where the two are the same. Raises InvalidInput for an
    unknown method, an amount that is too large, and where less is lent than that.
    """
    money = MONEY_BY_METHOD.get(method)
    if money is None:
        raise InvalidInput("method", "method_out")
    if lent_minor > MAX_MINOR:
        raise InvalidInput("amount", "amount_too_large")
    earned = {purpose: -minor for purpose, minor in settled.items() if purpose != "loan"}
    earned["loan_fee"] = earned.get("loan_fee", 0) - fee_minor
    owed = lent_minor - settled.get("loan", 0)
    out = owed + sum(earned.values())
    if out < 0:
        raise InvalidInput("amount", "amount_not_positive")
    parts = [(member_account("loan", member_id), owed)]
    parts += [(member_account(purpose, member_id), minor) for purpose, minor in earned.items()]
    return tuple(Line(account, minor) for account, minor in ((money, -out), *parts) if minor)


def capitalise(*, member_id: UUID, interest_minor: int) -> tuple[Line, ...]:
    """The lines of interest that joins the principal. Raises InvalidInput for an amount that isn't positive."""
    if interest_minor <= 0:
        raise InvalidInput("amount", "amount_not_positive")
    return (
        Line(member_account("loan", member_id), interest_minor),
        Line(member_account("loan_interest", member_id), -interest_minor),
    )


def write_off(*, member_id: UUID, amount_minor: int) -> tuple[Line, ...]:
    """The lines of principal that nobody expects back. Raises InvalidInput for an amount that isn't positive."""
    if amount_minor <= 0:
        raise InvalidInput("amount", "amount_not_positive")
    return Line("5030", amount_minor), Line(member_account("loan", member_id), -amount_minor)


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
