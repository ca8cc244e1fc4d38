"""Whether a statement's balances and its lines agree; pure."""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate, compress, groupby
from operator import itemgetter
from typing import NamedTuple

from app.domain.reconciliation.bank.types import Chain

Link = tuple[int | None, int, int | None, datetime]
"""A line as the chain sees it: its `n` (None for a row of the file that is no line, such as a failed payment), amount,
balance after it, and when."""


@dataclass(slots=True)
class Links:
    """Rows as the chain sees them, by column, in the file's order."""

    numbers: list[int | None] = field(default_factory=list)
    amounts: list[int] = field(default_factory=list)
    balances: list[int | None] = field(default_factory=list)
    instants: list[datetime] = field(default_factory=list)

    def add(self, link: Link) -> None:
        for column, one in zip((self.numbers, self.amounts, self.balances, self.instants), link, strict=True):
            column.append(one)

    def extend(
        self,
        numbers: Iterable[int | None],
        amounts: Iterable[int],
        balances: Iterable[int | None],
        instants: Iterable[datetime],
    ) -> None:
        self.numbers += numbers
        self.amounts += amounts
        self.balances += balances
        self.instants += instants

    def rows(self) -> list[Link]:
        return list(zip(self.numbers, self.amounts, self.balances, self.instants, strict=True))


class Checked(NamedTuple):
    """`opening_minor` and `closing_minor` are what was stated, else what the running balances say."""

    chain: Chain
    first_break: int | None
    opening_minor: int | None
    closing_minor: int | None


def check_total(amounts: Sequence[int], opening: int | None, closing: int | None) -> Chain:
    """Of a statement without running balances."""
    if opening is None or closing is None:
        return "unverifiable"
    return "ok" if opening + sum(amounts) == closing else "broken"


def check_chain(found: Links, opening: int | None, closing: int | None) -> Checked:
    """Oldest first or newest first, whichever fits; rows of the same instant may stand in any order.

    Where no order fits, the break of the order that the dates suggest is told.
    """
    if plain := _check_plain(found, opening, closing):
        return plain
    links = found.rows()
    if not any(n is not None and balance is not None for n, _, balance, _ in links):
        total = check_total([amount for n, amount, _, _ in links if n], opening, closing)
        return Checked(total, None, opening, closing)
    is_newest_first = links[0][3] > links[-1][3]
    orders = (links[::-1], links) if is_newest_first else (links, links[::-1])
    first = _walk(orders[0], opening, closing)
    if first.chain == "ok":
        return first
    others = (orders[1], *(list(_by_balance(order, opening)) for order in orders))
    tries = (_walk(order, opening, closing) for order in others)
    return next((one for one in tries if one.chain == "ok"), first)


def _check_plain(links: Links, opening: int | None, closing: int | None) -> Checked | None:
    """Where each line begins with what the one before it left, in the order of the dates, as nearly always."""
    amounts = list(compress(links.amounts, links.numbers))
    balances = [balance for balance in compress(links.balances, links.numbers) if balance is not None]
    if not balances or len(balances) < len(amounts):
        return None
    if links.instants[0] > links.instants[-1]:
        amounts.reverse()
        balances.reverse()
    first = balances[0] - amounts[0] if opening is None else opening
    _, *after = accumulate(amounts, initial=first)
    if after != balances or closing not in (None, after[-1]) or (opening, closing, len(after)) == (None, None, 1):
        return None
    return Checked("ok", None, first, after[-1])


def _walk(links: Sequence[Link], opening: int | None, closing: int | None) -> Checked:
    at, first, checked, gap, broken, wrong = opening, opening, 0, 0, None, False
    before = 0  # of lines without a balance, until one has it
    for n, amount, balance, _ in links:
        if n is None:
            gap += amount
            continue
        before += amount
        if balance is None:
            continue
        if at is None:
            first = balance - before
        else:
            checked += 1
            if balance not in (at + before, at + before + gap):
                wrong, broken = True, broken or n
        at, before, gap = balance, 0, 0
    last = at + before if at is not None else None
    if closing is not None and last is not None:
        checked += 1
        wrong = wrong or last not in (closing, closing - gap)
    chain: Chain = "broken" if wrong else "ok" if checked else "unverifiable"
    return Checked(chain, broken, first, closing if closing is not None else last)


def _by_balance(links: Sequence[Link], opening: int | None) -> Iterator[Link]:
    """The same, rows of one instant put one after the other as their balances say."""
    at = opening
    for _, some in groupby(links, key=itemgetter(3)):
        for one in _in_order(list(some), at):
            at = one[2] if one[2] is not None else at
            yield one


def _in_order(left: list[Link], at: int | None) -> Iterator[Link]:
    """Each time the first row that begins where the last one ended, else the first that is left."""
    waiting: dict[int, deque[int]] = defaultdict(deque)
    for place, (_, amount, balance, _) in enumerate(left):
        if balance is not None:
            waiting[balance - amount].append(place)
    taken, lowest, begins = set[int](), 0, _beginning(left) if at is None else None
    while len(taken) < len(left):
        here = waiting.get(at) if at is not None else None
        while here and here[0] in taken:
            here.popleft()
        while lowest in taken:
            lowest += 1
        place = here[0] if here else begins if begins is not None and begins not in taken else lowest
        taken.add(place)
        at = balance if (balance := left[place][2]) is not None else at
        yield left[place]


def _beginning(left: Sequence[Link]) -> int | None:
    """Where nothing is known of what was before: the row that no other of its instant leads to."""
    reached = {link[2] for link in left}
    return next((n for n, link in enumerate(left) if link[2] is not None and link[2] - link[1] not in reached), None)
