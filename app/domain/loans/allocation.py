"""How a payment is spread over what is owed: penalties, fees, interest, principal, by a rule."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple


class Part(StrEnum):
    PENALTY = "penalty"
    FEE = "fee"
    INTEREST = "interest"
    PRINCIPAL = "principal"


Order = tuple[Part, ...]
_PARTS = "|".join(part.name for part in Part)
_NAME = re.compile(rf"DUE((?:_(?:{_PARTS})){{4}})_IN_ADVANCE((?:_(?:{_PARTS})){{4}})")


@dataclass(frozen=True, slots=True)
class Strategy:
    """First what is due, in the order `due`; then instalment after instalment, each wholly, in the order `in_advance`.

    What is due is taken part by part over all instalments, the oldest first; with `is_oldest_first` the oldest
    instalment wholly before the next.
    """

    due: Order
    in_advance: Order
    is_oldest_first: bool = False

    @classmethod
    def parse(cls, name: str) -> "Strategy":
        """`DUE_a_b_c_d_IN_ADVANCE_e_f_g_h`, each part once in both. Raises ValueError."""
        if found := _NAME.fullmatch(name):
            due, in_advance = (tuple(Part[one] for one in group[1:].split("_")) for group in found.groups())
            if len(set(due)) == len(set(in_advance)) == len(Part):
                return cls(due, in_advance)
        msg = f"{name[:100]!r} is no strategy: DUE_PENALTY_FEE_INTEREST_PRINCIPAL_IN_ADVANCE_... names each part once"
        raise ValueError(msg)


DEFAULT = Strategy(tuple(Part), tuple(Part))
"""Penalties, fees, interest, principal. [DOMAIN.md 4]"""


class Claim(NamedTuple):
    """What is unpaid of one part of instalment `n`. A charge is due on its own `due_on`, under the instalment's day
    `falls_on`.
    """

    n: int
    part: Part
    due_on: date
    falls_on: date
    unpaid_minor: int


class Portion(NamedTuple):
    """What a payment gave to claim number `claim`."""

    claim: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Allocation:
    """Portions in the order in which they were given; with `rest_minor`, which nothing claims, they are the amount."""

    portions: tuple[Portion, ...]
    rest_minor: int


def allocate(claims: Sequence[Claim], amount_minor: int, on: date, strategy: Strategy = DEFAULT) -> Allocation:
    """Spread a payment of `on` over the claims. Makes and loses no unit; an over-payment stays in `rest_minor`."""
    if amount_minor < 0:
        msg = "a payment is not negative"
        raise ValueError(msg)
    portions: list[Portion] = []
    rest = amount_minor
    for in_turn in (_due, _in_advance):
        if not rest:
            break
        for position in in_turn(claims, on, strategy):
            given = min(rest, claims[position].unpaid_minor)
            if given > 0:
                portions.append(Portion(position, given))
                rest -= given
                if not rest:
                    break
    return Allocation(tuple(portions), rest)


def _due(claims: Sequence[Claim], on: date, strategy: Strategy) -> Iterable[int]:
    """Positions of what is due on or before the day, in turn."""
    due = sorted((n for n, claim in enumerate(claims) if claim.due_on <= on), key=lambda n: claims[n].due_on)
    if strategy.is_oldest_first:
        return _by_instalment(claims, due, strategy.due)
    return (n for part in strategy.due for n in due if claims[n].part is part)


def _in_advance(claims: Sequence[Claim], on: date, strategy: Strategy) -> Iterable[int]:
    ahead = sorted((n for n, claim in enumerate(claims) if claim.due_on > on), key=lambda n: claims[n].due_on)
    return _by_instalment(claims, ahead, strategy.in_advance)


def _by_instalment(claims: Sequence[Claim], positions: Iterable[int], order: Order) -> Iterable[int]:
    """Each instalment wholly, the nearest first; made as far as it is asked for."""
    instalments: dict[int, list[int]] = {}
    for position in positions:
        instalments.setdefault(claims[position].n, []).append(position)
    for n in sorted(instalments):
        for part in order:
            yield from (position for position in instalments[n] if claims[position].part is part)
