"""A money account's bank against the books, as of a day: the difference, item by item; pure.

Bank less books is, by construction, the sum of the items: lines that aren't in the books, entries that no statement
shows, those that both have on either side of the day, what lies before the first statement, and what nobody has
explained. Amounts in minor units of one currency; an item is what it adds to the bank's side.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal
from uuid import UUID

from app.domain.ledger.recipes import OPENING
from app.domain.ledger.views import PeriodLine

What = Literal[
    "open",
    "accepted",
    "ignored",
    "booked",
    "after",
    "booked_early",
    "booked_late",
    "taken_back",
    "before",
    "gap",
    "rest",
]
"""open: nobody decided about the line. accepted: it waits for its confirmation. ignored: left out, with a reason.
booked: an entry that no statement shows. after: one from after the bank's last word. booked_early, booked_late: an
entry before the day whose line comes after it, and the other way round. taken_back: a line whose reversal comes after
the day. before: what lies before the first statement. gap: money that moved between two statements. rest: the bank's
figure isn't what its own lines make."""
BLOCKS = frozenset({"open", "accepted", "gap", "rest"})
"""What no reason explains."""
NEEDS_REASON = frozenset({"booked", "before"})


@dataclass(frozen=True, slots=True)
class Sheet:
    """A statement's balances, as far as it states them."""

    opening_on: date | None
    opening_minor: int | None
    closing_on: date | None
    closing_minor: int | None


@dataclass(frozen=True, slots=True)
class Moved:
    """A line of the bank's; `seqs` are the entries that it became, `pair_id` the line with which it cancels."""

    id: UUID
    on: date
    amount_minor: int
    state: str
    seqs: tuple[int, ...] = ()
    pair_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """`on` is the day of the line or the entry. `is_explained`: it doesn't stand in the way of a close."""

    what: What
    amount_minor: int
    on: date
    line_id: UUID | None = None
    seq: int = 0
    is_explained: bool = True


@dataclass(frozen=True, slots=True)
class Agreement:
    """`bank_minor` is what the bank says of `bank_on`; None where it never said anything. `source` says how one knows:
    its statements, or what somebody read there (`count`). `is_said`: its word holds for the day itself. `may_open`:
    money from before the first statement, of which the books know nothing, may be booked."""

    day: date
    bank_minor: int | None
    bank_on: date | None
    source: Literal["statement", "count", ""]
    books_minor: int
    items: tuple[Item, ...]
    is_said: bool
    may_open: bool = False

    @property
    def difference_minor(self) -> int:
        return (self.bank_minor or 0) - self.books_minor

    @property
    def is_explained(self) -> bool:
        """True when the books may be closed through the day."""
        return self.is_said and all(one.is_explained for one in self.items)

    @property
    def unexplained(self) -> tuple[Item, ...]:
        return tuple(one for one in self.items if not one.is_explained)


def agree(
    day: date,
    sheets: Sequence[Sheet],
    lines: Sequence[Moved],
    entries: Sequence[PeriodLine],
    *,
    counted_minor: int | None = None,
    reasons: Mapping[int, int] | None = None,
) -> Agreement:
    """`entries` are all of the account, `counted_minor` what somebody read at the bank at the end of the day, `reasons`
    the amounts that somebody explained, by entry (0: before the first statement)."""
    books = sum(one.amount_minor for one in entries if one.effective_on <= day)
    opening = _opening(sheets)
    started = opening[0] if opening else min((one.on for one in lines), default=date.max)
    if day < started:
        return _without_statements(day, opening, counted_minor, books, entries)
    until = [one for one in lines if one.on <= day]
    gaps, sheets = _between(day, sheets)
    closing = _closing(sheets, lines)
    bank, bank_on, source, is_said = _word(day, closing, lines, counted_minor)
    if bank is None:
        return Agreement(day, None, None, "", books, (), is_said=False)
    begun = opening[1] if opening else bank - sum(one.amount_minor for one in until)
    items = [*_not_booked(until), *_both(day, lines, entries)]
    missing = _not_shown(day, started, lines, entries, closing[0] if closing else day)
    items += [*(one for one in missing if source != "count" or one.what == "booked"), *gaps]
    known = _before(day, started, lines, entries)
    if before := begun - known:
        items.append(Item("before", before, started))
    if rest := bank - books - sum(one.amount_minor for one in items):
        items.append(Item("rest", rest, bank_on or day))
    marked = tuple(_judge(one, reasons or {}) for one in items)
    may_open = before > 0 == known
    return Agreement(day, bank, bank_on, source, books, marked, is_said=is_said, may_open=may_open)


def _without_statements(
    day: date, opening: tuple[date, int] | None, counted_minor: int | None, books: int, entries: Sequence[PeriodLine]
) -> Agreement:
    """Of a time that no statement tells of: what somebody read at the bank must be what the books say."""
    bank, source = counted_minor, "count"
    if bank is None and opening and opening[0] == day + timedelta(days=1):
        bank, source = opening[1], "statement"
    if bank is None:
        is_idle = not any(one.effective_on <= day for one in entries)
        return Agreement(day, None, None, "", books, (), is_said=is_idle)
    rest = (Item("rest", bank - books, day, is_explained=False),) if bank != books else ()
    return Agreement(day, bank, day, source, books, rest, is_said=True)  # pyright: ignore[reportArgumentType]


def _judge(item: Item, reasons: Mapping[int, int]) -> Item:
    is_explained = item.what not in BLOCKS
    if item.what in NEEDS_REASON:
        is_explained = reasons.get(item.seq) == item.amount_minor
    return Item(item.what, item.amount_minor, item.on, item.line_id, item.seq, is_explained)


def _opening(sheets: Sequence[Sheet]) -> tuple[date, int] | None:
    """The first balance that any statement states."""
    stated = [(one.opening_on, one.opening_minor) for one in sheets if one.opening_on and one.opening_minor is not None]
    return min(stated, key=lambda one: one[0]) if stated else None


def _closing(sheets: Sequence[Sheet], lines: Sequence[Moved]) -> tuple[date, int] | None:
    """The newest balance. Of several of one day that which the lines make: one file may end at noon."""
    stated = [(one.closing_on, one.closing_minor) for one in sheets if one.closing_on and one.closing_minor is not None]
    if not stated:
        return None
    newest = max(on for on, _ in stated)
    opening = _opening(sheets)
    made = (opening[1] if opening else 0) + sum(one.amount_minor for one in lines if one.on <= newest)
    return newest, min((minor for on, minor in stated if on == newest), key=lambda minor: abs(minor - made))


def _word(
    day: date, closing: tuple[date, int] | None, lines: Sequence[Moved], counted_minor: int | None
) -> tuple[int | None, date | None, Literal["statement", "count", ""], bool]:
    """What the bank says of the day: by its statements, backwards from the newest; as somebody read there; else its
    last word."""
    if closing and closing[0] >= day:
        on, minor = closing
        return minor - sum(one.amount_minor for one in lines if day < one.on <= on), day, "statement", True
    if counted_minor is not None:
        return counted_minor, day, "count", True
    if closing:
        return closing[1], closing[0], "statement", False
    return None, None, "", False


def _not_booked(until: Sequence[Moved]) -> list[Item]:
    return [
        Item(one.state, one.amount_minor, one.on, one.id)  # pyright: ignore[reportArgumentType]
        for one in until
        if one.state in ("open", "ignored") or (one.state == "accepted" and one.pair_id is None)
    ]


def _both(day: date, lines: Sequence[Moved], entries: Sequence[PeriodLine]) -> list[Item]:
    """What the bank and the books both have, with the day between."""
    by_seq = {one.seq: one for one in entries}
    on_of = {one.id: one.on for one in lines}
    items: list[Item] = []
    for line in lines:
        for seq in line.seqs:
            entry = by_seq.get(seq)
            if entry is None or (line.on <= day) == (entry.effective_on <= day):
                continue
            if line.on <= day:
                items.append(Item("booked_late", entry.amount_minor, entry.effective_on, line.id, seq))
            else:
                items.append(Item("booked_early", -entry.amount_minor, line.on, line.id, seq))
        if line.pair_id and line.on <= day < on_of.get(line.pair_id, line.on):
            items.append(Item("taken_back", line.amount_minor, line.on, line.id))
    return items


def _shown(lines: Sequence[Moved]) -> set[int]:
    return {seq for line in lines for seq in line.seqs}


def _not_shown(
    day: date, started: date, lines: Sequence[Moved], entries: Sequence[PeriodLine], said_on: date
) -> list[Item]:
    """Entries that no statement shows, up to the last balance that one states and after it; one that is reversed, and
    its reversal, cancel. What somebody read at the bank stands for those after it."""
    shown = _shown(lines)
    left = {
        one.seq: one
        for one in entries
        if started <= one.effective_on <= day and one.seq not in shown and one.kind != OPENING
    }
    return [
        Item("booked" if one.effective_on <= said_on else "after", -one.amount_minor, one.effective_on, seq=one.seq)
        for one in left.values()
        if one.reverses_seq not in left and one.reversed_by_seq not in left
    ]


def _before(day: date, started: date, lines: Sequence[Moved], entries: Sequence[PeriodLine]) -> int:
    """What the books say of the time before the first statement."""
    shown = _shown(lines)
    return sum(
        one.amount_minor
        for one in entries
        if one.effective_on <= day and one.seq not in shown and (one.effective_on < started or one.kind == OPENING)
    )


def _between(day: date, sheets: Sequence[Sheet]) -> tuple[list[Item], list[Sheet]]:
    """Gaps before the day: a statement, and a later one that begins with another balance. And the statements that tell
    of the day: none from beyond a gap that lies after it."""
    gaps: list[Item] = []
    reached: tuple[date, int] | None = None
    for one in sorted(sheets, key=lambda one: (one.opening_on or date.min, one.closing_on or date.min)):
        if one.opening_on is None or one.closing_on is None or one.opening_minor is None or one.closing_minor is None:
            continue
        if reached and one.opening_on > reached[0] and one.opening_minor != reached[1]:
            if reached[0] >= day:
                first = one.opening_on
                return gaps, [it for it in sheets if it.opening_on is None or it.opening_on < first]
            gaps.append(Item("gap", one.opening_minor - reached[1], one.opening_on))
        if reached is None or one.closing_on >= reached[0]:
            reached = one.closing_on, one.closing_minor
    return gaps, list(sheets)
