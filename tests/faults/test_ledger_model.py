"""F13: random runs of commands against a model in plain Python: bounds and closed periods besides what
`tests/services/ledger/test_ledger_stateful.py` tries."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule, run_state_machine_as_test

from app.domain.ledger import service as ledger
from app.domain.ledger.errors import (
    BalanceOutOfBounds,
    EntryAlreadyReversed,
    PeriodClosed,
    PeriodClosedAlready,
    ReversalNotReversible,
)
from app.kit.db import Database, psycopg_url
from tests.factories.background import Background
from tests.services.ledger.ledger_books import DAY, open_books
from tests.services.ledger.test_ledger_stateful import CODES, LedgerMachine

BOX = "1050"
"""A cash box, which can't hold less than nothing."""


@pytest.fixture(scope="module")
def own_database(background: Background, app_url: str) -> Iterator[Database]:
    made = Database(psycopg_url(app_url))
    yield made
    background.run(made.close())


class BoundedMachine(LedgerMachine):
    """The model knows a box that can't be overdrawn and the last day that is closed."""

    codes = [*CODES, BOX]

    @initialize()
    def open(self) -> None:
        self.books = self.background.run(open_books(self.database))
        self.background.run(self.books.open(BOX, "A", floor_minor=0))
        self.closed_through = date(1, 1, 1)

    @rule(amount=st.integers(1, 500), days=st.integers(0, 90))
    def put_in(self, amount: int, days: int) -> None:
        on = DAY - timedelta(days=days)
        entry = self.books.entry((BOX, amount), ("4010", -amount), effective_on=on)
        if on <= self.closed_through:
            self.refused(entry, PeriodClosed)
        else:
            self.accept(entry)

    @rule(amount=st.integers(1, 900))
    def take_out(self, amount: int) -> None:
        entry = self.books.entry((BOX, -amount), ("1010", amount))
        if self.balances[BOX] < amount:
            self.refused(entry, BalanceOutOfBounds)
        else:
            self.accept(entry)

    @rule(days=st.integers(1, 60))
    def close(self, days: int) -> None:
        """What is closed stays closed; an earlier day is refused."""
        through = DAY - timedelta(days=days)

        async def work() -> bool:
            async with self.books.acting() as session:
                return await ledger.close_period(session, self.books.group_id, through=through, actor=self.books.actor)

        if through < self.closed_through:
            with pytest.raises(PeriodClosedAlready):
                self.background.run(work())
        else:
            assert self.background.run(work()) is (through > self.closed_through)
            self.closed_through = through

    @precondition(lambda self: self.known)
    @rule(data=st.data())
    def reverse(self, data: st.DataObject) -> None:
        index = data.draw(st.integers(0, len(self.known) - 1))
        was, reversal = self.known[index][0], self.reversal(index)
        taken = sum(line.amount_minor for line in was.lines if line.account == BOX)
        if was.reverses_seq is not None:
            self.refused(reversal, ReversalNotReversible)
        elif any(entry.reverses_seq == index + 1 for entry, _ in self.known):
            self.refused(reversal, EntryAlreadyReversed)
        elif taken > self.balances[BOX]:
            self.refused(reversal, BalanceOutOfBounds)
        else:
            self.accept(reversal)


def test_bounds_and_closed_periods_hold_in_any_run(background: Background, own_database: Database) -> None:
    BoundedMachine.background, BoundedMachine.database = background, own_database
    run_state_machine_as_test(
        BoundedMachine,
        settings=settings(
            max_examples=15, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
        ),
    )
