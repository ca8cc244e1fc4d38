"""A loan's instalments and charges, and what was paid of each: what payments are allocated over."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from app.domain.loans.allocation import DEFAULT, Allocation, Claim, Part, Strategy, allocate
from app.domain.loans.schedule import ScheduleRow


@dataclass(slots=True)
class Item:
    """One part of an instalment, or one charge under it."""

    n: int
    part: Part
    due_on: date
    falls_on: date
    due_minor: int
    paid_minor: int = 0
    in_advance_minor: int = 0
    late_minor: int = 0

    @property
    def unpaid_minor(self) -> int:
        return self.due_minor - self.paid_minor

    def claim(self) -> Claim:
        return Claim(self.n, self.part, self.due_on, self.falls_on, self.unpaid_minor)


@dataclass(frozen=True, slots=True)
class Standing:
    """An instalment as it stands; `in_advance` and `late` are judged by its due date."""

    n: int
    due_on: date
    due: dict[Part, int]
    paid_minor: int
    in_advance_minor: int
    late_minor: int

    @property
    def total_minor(self) -> int:
        return sum(self.due.values())

    @property
    def outstanding_minor(self) -> int:
        return self.total_minor - self.paid_minor


@dataclass(slots=True)
class Book:
    """Instalments by due date. Rebuild it from the schedule and the payments in the order they were recorded."""

    strategy: Strategy = DEFAULT
    days: list[date] = field(default_factory=list)
    """Due dates of the instalments; instalment n is `days[n - 1]`."""
    items: list[Item] = field(default_factory=list)

    @classmethod
    def of(cls, rows: Sequence[ScheduleRow], strategy: Strategy = DEFAULT) -> "Book":
        book = cls(strategy)
        for row in rows:
            book.days.append(row.due_on)
            for part, amount in (
                (Part.PRINCIPAL, row.principal_minor),
                (Part.INTEREST, row.interest_minor),
                (Part.FEE, row.fees_minor),
                (Part.PENALTY, row.penalties_minor),
            ):
                book.items.append(Item(row.n, part, row.due_on, row.due_on, amount))
        return book

    def charge(self, part: Part, due_on: date, amount_minor: int) -> None:
        """A charge is under the first instalment due on or after its own date; under the last, when it is after all."""
        at = min(bisect_left(self.days, due_on), len(self.days) - 1)
        self.items.append(Item(at + 1, part, due_on, self.days[at], amount_minor))

    def pay(self, amount_minor: int, on: date) -> dict[Part, int]:
        """What the payment gave to each part; what nothing claims is left out."""
        found = self.allocation(amount_minor, on)
        given = dict.fromkeys(Part, 0)
        for portion in found.portions:
            item = self.items[portion.claim]
            item.paid_minor += portion.amount_minor
            given[item.part] += portion.amount_minor
            if on < item.falls_on:
                item.in_advance_minor += portion.amount_minor
            elif on > item.falls_on:
                item.late_minor += portion.amount_minor
        return given

    def allocation(self, amount_minor: int, on: date) -> Allocation:
        """What a payment would do; its claims are `items`."""
        return allocate([item.claim() for item in self.items], amount_minor, on, self.strategy)

    def unpaid(self, parts: Iterable[Part] = tuple(Part), *, due_by: date | None = None) -> int:
        """Of these parts, with `due_by` only what was due on or before that day."""
        wanted = set(parts)
        return sum(
            item.unpaid_minor
            for item in self.items
            if item.part in wanted and (due_by is None or item.due_on <= due_by)
        )

    def standings(self) -> list[Standing]:
        return [self._standing(n) for n in range(1, len(self.days) + 1)]

    def _standing(self, n: int) -> Standing:
        mine = [item for item in self.items if item.n == n]
        due = dict.fromkeys(Part, 0)
        for item in mine:
            due[item.part] += item.due_minor
        return Standing(
            n,
            self.days[n - 1],
            due,
            sum(item.paid_minor for item in mine),
            sum(item.in_advance_minor for item in mine),
            sum(item.late_minor for item in mine),
        )
