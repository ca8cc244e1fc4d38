"""Whatever is sent, confirmed, rejected, taken back, taken as cash and reversed: every place says the same money.

A model of a few counters follows random runs on the real services. After each step the ledger, the four figures, the
lists, each member's home and passbook, the receipts and their public check are held against it and one another.
`SANDUK_TEST_RUNS` makes more runs than the suite's.
"""

import os
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

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

from app.domain.contributions import reading as contributions
from app.domain.ledger import service as ledger
from app.domain.payments import reading as payments
from app.domain.payments.commands import Part, RecordCash, SubmitPayment
from app.domain.payments.errors import AmountTooHigh, NotConfirmed, NothingToPay, PaymentAlreadyDecided
from app.domain.payments.views import PaymentView
from app.domain.receipts import service as receipts
from app.domain.reports.passbook import passbook
from app.kit.actor import Actor
from app.kit.db import Database, Session, psycopg_url
from app.kit.errors import DomainError
from tests.factories.background import Background
from tests.factories.groups import id_of
from tests.factories.payments import EACH, Programme, make_programme, new_code

RUNS = int(os.environ.get("SANDUK_TEST_RUNS", "8"))
STEPS = 12
MEMBERS = 2
EVERYBODY = MEMBERS + 2
CALLS = 2
ACCOUNT = {"cash": "1010", "mpesa": "1020"}
Act = Callable[[], Coroutine[Any, Any, PaymentView]]


@dataclass
class Known:
    """A payment as the model has it. `again` repeats the command that led to its state."""

    id: UUID
    who: int
    due: UUID
    amount: int
    method: str
    state: str
    again: Act = field(repr=False)


class Money(RuleBasedStateMachine):
    background: Background
    database: Database

    def __init__(self) -> None:
        super().__init__()
        self.known: list[Known] = []
        self.dues: list[list[UUID]] = []

    @initialize()
    def open(self) -> None:
        async def work() -> None:
            self.programme: Programme = await make_programme(self.database, MEMBERS)
            for number in range(CALLS):
                await self.programme.open_call(title=f"Call {number}")
            self.dues = [[due.id for due in await self.programme.dues(who)] for who in self.programme.members]
            self.ids = [await id_of(self.database, who) for who in self.programme.members]
            self.day = await self.programme.today()

        self.background.run(work())

    def amount_of(self, due: UUID, *states: str) -> int:
        return sum(known.amount for known in self.known if known.due == due and known.state in states)

    def free(self, due: UUID) -> int:
        return EACH - self.amount_of(due, "confirmed", "submitted")

    def refused(self, act: Act, *errors: type[DomainError]) -> None:
        with pytest.raises(errors):
            self.background.run(act())

    def pay(self, who: int, call: int, amount: int, method: str) -> None:
        """Send or take; refused when it is more than is free."""
        due, programme = self.dues[who][call], self.programme
        parts = (Part(due, amount),)
        if method == "cash":
            cash = RecordCash(self.ids[who], parts, self.day, str(uuid4()))
            act: Act = lambda: programme.take_cash(cash)  # noqa: E731
        else:
            sent = SubmitPayment(parts, method, new_code(), self.day, str(uuid4()))
            act = lambda: programme.send(sent, programme.members[who])  # noqa: E731
        if amount > self.free(due):
            self.refused(act, AmountTooHigh, NothingToPay)
            return
        view = self.background.run(act())
        state = "confirmed" if method == "cash" else "submitted"
        assert view.state == state
        self.known.append(Known(view.id, who, due, amount, method, state, act))

    @rule(
        who=st.integers(0, MEMBERS - 1),
        call=st.integers(0, CALLS - 1),
        amount=st.sampled_from([1, 12_345, EACH // 2, EACH]),
        method=st.sampled_from(["mpesa", "mpesa", "cash"]),
    )
    def pay_an_amount(self, who: int, call: int, amount: int, method: str) -> None:
        self.pay(who, call, amount, method)

    @rule(who=st.integers(0, MEMBERS - 1), call=st.integers(0, CALLS - 1), method=st.sampled_from(["mpesa", "cash"]))
    def pay_the_rest(self, who: int, call: int, method: str) -> None:
        self.pay(who, call, self.free(self.dues[who][call]) or 1, method)

    @precondition(lambda self: self.known)
    @rule(data=st.data(), outcome=st.sampled_from(["confirmed", "confirmed", "rejected", "withdrawn"]))
    def decide(self, data: st.DataObject, outcome: str) -> None:
        known, key = data.draw(st.sampled_from(self.known)), str(uuid4())
        programme = self.programme

        def act() -> Coroutine[Any, Any, PaymentView]:
            if outcome == "confirmed":
                return programme.confirm(known.id, key=key)
            if outcome == "rejected":
                return programme.reject(known.id, key=key)
            return programme.withdraw(known.id, programme.members[known.who], key=key)

        if known.state != "submitted":
            self.refused(act, PaymentAlreadyDecided)
        else:
            assert self.background.run(act()).state == outcome
            known.state, known.again = outcome, act

    @precondition(lambda self: self.known)
    @rule(data=st.data())
    def reverse(self, data: st.DataObject) -> None:
        known, key = data.draw(st.sampled_from(self.known)), str(uuid4())
        programme = self.programme

        def act() -> Coroutine[Any, Any, PaymentView]:
            return programme.reverse(known.id, key=key)

        if known.state != "confirmed":
            self.refused(act, NotConfirmed)
        else:
            assert self.background.run(act()).state == "reversed"
            known.state, known.again = "reversed", act

    @precondition(lambda self: self.known)
    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        """A command that was lost on the way back is sent again."""
        known = data.draw(st.sampled_from(self.known))
        assert self.background.run(known.again()).state == known.state

    @invariant()
    def every_place_agrees(self) -> None:
        if self.dues:
            self.background.run(self.compare())

    async def compare(self) -> None:
        programme = self.programme
        async with self.database.transaction(programme.treasurer) as session:
            await self.compare_ledger(session)
            await self.compare_group(session, programme.treasurer)
        for who, actor in enumerate(programme.members):
            async with self.database.transaction(actor) as session:
                await self.compare_member(session, actor, who)

    def total(self, *states: str, who: int | None = None) -> int:
        chosen = [known for known in self.known if known.state in states and who in (None, known.who)]
        return sum(known.amount for known in chosen)

    async def compare_ledger(self, session: Session) -> None:
        rows = await ledger.trial_balance(session, self.programme.group.id)
        found = {row.control_code: row.debit_minor - row.credit_minor for row in rows}
        expected: Counter[str] = Counter()
        for known in self.known:
            if known.state == "confirmed":
                expected[ACCOUNT[known.method]] += known.amount
                expected["4010"] -= known.amount
        assert {code: amount for code, amount in found.items() if amount} == dict(expected)
        assert await ledger.verify_group(session, self.programme.group.id) is None

    async def compare_group(self, session: Session, treasurer: Actor) -> None:
        figures = await contributions.today(session, treasurer)
        confirmed, waiting = self.total("confirmed"), [known for known in self.known if known.state == "submitted"]
        assert figures.confirmed_minor == confirmed
        assert figures.pending_minor == EVERYBODY * CALLS * EACH - confirmed
        assert (figures.waiting_count, figures.waiting_minor) == (len(waiting), self.total("submitted"))
        assert sum(row.confirmed_minor for row in figures.ranking) == confirmed
        assert sum(call.paid_minor for call in await contributions.list_calls(session, treasurer)) == confirmed
        listed = await payments.list_waiting(session, treasurer)
        assert {row.id for row in listed.rows} == {known.id for known in waiting}
        assert (listed.total, listed.total_minor) == (len(waiting), self.total("submitted"))
        unpaid = sum(row.unpaid_minor for row in await contributions.list_unpaid(session, treasurer))
        assert unpaid == figures.pending_minor - figures.waiting_minor
        issued = [one.receipt for one in await receipts.list_group_receipts(session, treasurer)]
        assert [receipt.n for receipt in issued] == list(range(len(issued), 0, -1))
        assert Counter((receipt.payment_id, receipt.state) for receipt in issued) == Counter(
            (known.id, "issued" if known.state == "confirmed" else "reversed")
            for known in self.known
            if known.state in ("confirmed", "reversed")
        )

    async def compare_member(self, session: Session, actor: Actor, who: int) -> None:
        mine = await contributions.home(session, actor)
        confirmed = self.total("confirmed", who=who)
        assert await contributions.paid_this_year(session, actor) == confirmed
        assert mine.owed_minor == CALLS * EACH - confirmed
        assert mine.waiting_minor == self.total("submitted", who=who)
        for due in mine.dues:
            assert due.open_minor == EACH - self.amount_of(due.id, "confirmed")
            assert due.waiting_minor == self.amount_of(due.id, "submitted")
        book = await passbook(session, actor)
        assert book.balance_minor == confirmed
        assert sum(row.amount_minor for row in book.rows) == confirmed
        assert [row.balance_after_minor for row in book.rows[:1]] == [confirmed] * bool(book.rows)
        issued = {receipt.id: receipt for receipt in await receipts.list_my_receipts(session, actor)}
        assert {row.receipt_id for row in book.rows} == set(issued)
        for row in book.rows:
            assert row.receipt_id is not None
            receipt = issued[row.receipt_id]
            reversal = receipt.reversed_seq == row.seq
            assert row.amount_minor == (-receipt.amount_minor if reversal else receipt.amount_minor)
            assert reversal or (receipt.seq, receipt.state == "reversed") == (row.seq, row.is_reversed)
        for receipt in issued.values():
            public = await receipts.check(session, receipt.check_code)
            assert public.receipt is not None
            assert public.state == {"issued": "valid", "reversed": "reversed"}[receipt.state]
            assert (public.receipt.amount_minor, public.receipt.seq) == (receipt.amount_minor, receipt.seq)


@pytest.fixture(scope="module")
def own_database(background: Background, app_url: str, tools: dict[str, object]) -> Iterator[Database]:
    made = Database(psycopg_url(app_url), tools=tools)
    yield made
    background.run(made.close())


def test_any_run_of_payments_agrees_everywhere(background: Background, own_database: Database) -> None:
    Money.background, Money.database = background, own_database
    run_state_machine_as_test(
        Money,
        settings=settings(
            max_examples=RUNS,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
