"""Random runs of postings, reversals, retries and refusals against a model of ten lines."""

from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from app.domain.ledger import service as ledger
from app.domain.ledger.errors import EntryAlreadyReversed, EntryUnbalanced, ReversalNotReversible
from app.domain.ledger.views import NewEntry, PostedEntry
from app.kit.db import Database, psycopg_url
from app.kit.errors import DomainError, IdempotencyConflict
from app.kit.ids import new_id
from tests.factories.background import Background
from tests.services.ledger.ledger_books import Books, open_books

CODES = ["1010", "1020", "1030", "4010"]
AMOUNT = st.integers(-(10**6), 10**6).filter(bool)


@pytest.fixture(scope="module")
def own_database(background: Background, app_url: str) -> Iterator[Database]:
    made = Database(psycopg_url(app_url))
    yield made
    background.run(made.close())


class LedgerMachine(RuleBasedStateMachine):
    """The model: balances as a counter, entries as a list of what was asked and answered."""

    background: Background
    database: Database
    codes = CODES

    def __init__(self) -> None:
        super().__init__()
        self.balances: Counter[str] = Counter()
        self.known: list[tuple[NewEntry, PostedEntry]] = []

    @initialize()
    def open(self) -> None:
        self.books: Books = self.background.run(open_books(self.database))

    def post(self, entry: NewEntry) -> PostedEntry:
        async def work() -> PostedEntry:
            async with self.books.acting() as session:
                return await ledger.post_entry(session, entry)

        return self.background.run(work())

    def refused(self, entry: NewEntry, error: type[DomainError]) -> None:
        with pytest.raises(error):
            self.post(entry)

    def accept(self, entry: NewEntry) -> None:
        posted = self.post(entry)
        assert (posted.seq, posted.replayed) == (len(self.known) + 1, False)
        self.known.append((entry, posted))
        for line in entry.lines:
            self.balances[line.account] += line.amount_minor

    def reversal(self, index: int) -> NewEntry:
        lines = self.known[index][0].lines
        return self.books.entry(
            *((line.account, -line.amount_minor) for line in lines), kind="reversal", reverses_seq=index + 1
        )

    @rule(
        codes=st.lists(st.sampled_from(CODES), min_size=2, max_size=4, unique=True),
        amounts=st.lists(AMOUNT, min_size=3, max_size=3),
        key=st.text('kéy 🤝\n"\\', max_size=3),
    )
    def post_new(self, codes: list[str], amounts: list[int], key: str) -> None:
        first = amounts[: len(codes) - 1]
        lines = tuple(zip(codes, [*first, -sum(first)], strict=True))
        if -sum(first):
            self.accept(self.books.entry(*lines, idempotency_key=f"{new_id()}{key}"))

    @rule(codes=st.permutations(CODES), amount=AMOUNT, off=st.integers(1, 9))
    def post_unbalanced(self, codes: list[str], amount: int, off: int) -> None:
        if amount + off:
            self.refused(self.books.entry((codes[0], amount + off), (codes[1], -amount)), EntryUnbalanced)

    @precondition(lambda self: self.known)
    @rule(data=st.data())
    def post_again(self, data: st.DataObject) -> None:
        entry, posted = data.draw(st.sampled_from(self.known))
        again = self.post(entry)
        assert again.replayed
        assert (again.seq, again.hash, again.entry_id) == (posted.seq, posted.hash, posted.entry_id)

    @precondition(lambda self: self.known)
    @rule(data=st.data())
    def reuse_a_key(self, data: st.DataObject) -> None:
        entry, _ = data.draw(st.sampled_from(self.known))
        other = self.books.entry(("1010", 77), ("4010", -77), idempotency_key=entry.idempotency_key, memo="other")
        self.refused(other, IdempotencyConflict)

    @precondition(lambda self: self.known)
    @rule(data=st.data())
    def reverse(self, data: st.DataObject) -> None:
        index = data.draw(st.integers(0, len(self.known) - 1))
        if self.known[index][0].reverses_seq is not None:
            self.refused(self.reversal(index), ReversalNotReversible)
        elif any(entry.reverses_seq == index + 1 for entry, _ in self.known):
            self.refused(self.reversal(index), EntryAlreadyReversed)
        else:
            self.accept(self.reversal(index))

    @invariant()
    def the_books_are_the_models(self) -> None:
        async def read() -> tuple[dict[str, int], list[int]]:
            async with self.books.acting() as session:
                rows = await ledger.trial_balance(session, self.books.group_id)
                entries = await ledger.list_entries(session, self.books.group_id, limit=500)
            return {r.control_code: r.debit_minor - r.credit_minor for r in rows}, [e.seq for e in entries]

        balances, seqs = self.background.run(read())
        assert balances == {code: self.balances[code] for code in self.codes}
        assert sum(balances.values()) == 0
        assert seqs == list(range(len(self.known), 0, -1))

    def teardown(self) -> None:
        if hasattr(self, "books"):
            assert self.background.run(self.books.fault()) is None


def test_any_run_of_commands_keeps_the_books(background: Background, own_database: Database) -> None:
    LedgerMachine.background, LedgerMachine.database = background, own_database
    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(
            max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
        ),
    )
