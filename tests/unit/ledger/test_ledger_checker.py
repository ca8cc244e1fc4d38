"""The verifier without a database: a chain made in Python, and every way to bend it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from app.domain.ledger import canon, verifying
from app.domain.ledger.verifying import Checker
from app.domain.ledger.views import EntryLine, EntryView, Fault

GROUP, ACTOR = UUID(int=1), UUID(int=2)
SALT = bytes(range(16))
START = datetime(2026, 1, 1, tzinfo=UTC)


def sealed(entry: EntryView) -> EntryView:
    return replace(entry, hash=canon.entry_hash(entry))


def relinked(entries: list[EntryView]) -> list[EntryView]:
    """The whole chain hashed anew, as an owner who covers the traces would."""
    out: list[EntryView] = []
    for entry in entries:
        out.append(sealed(replace(entry, prev_hash=out[-1].hash if out else canon.GENESIS)))
    return out


def chain() -> list[EntryView]:
    def steps() -> Iterator[EntryView]:
        after = 0
        for seq, (amount, reverses) in enumerate([(500, None), (-300, None), (300, 2), (7, None)], start=1):
            after += amount
            lines = (
                EntryLine(1, "1010", 1, "KES", amount, after),
                EntryLine(2, "4010", 2, "KES", -amount, -after),
            )
            yield EntryView(
                group_id=GROUP,
                seq=seq,
                entry_id=UUID(int=100 + seq),
                kind="reversal" if reverses else "contribution_confirmed",
                effective_on=date(2026, 1, seq),
                recorded_at=START + timedelta(seconds=seq),
                actor=ACTOR,
                idempotency_key=f"k{seq}",
                doc=canon.doc_commitment(SALT, "memo"),
                prev_hash=b"",
                hash=b"",
                reverses_seq=reverses,
                reversed_by_seq=None,
                memo="memo",
                salt=SALT,
                lines=lines,
            )

    return relinked(list(steps()))


def with_amounts(entry: EntryView, first: int, second: int) -> EntryView:
    one, two = entry.lines
    return replace(entry, lines=(replace(one, amount_minor=first), replace(two, amount_minor=second)))


def at(seq: int, change: Callable[[EntryView], EntryView], *, reseal: bool = False) -> list[EntryView]:
    entries = chain()
    entries[seq - 1] = change(entries[seq - 1])
    return relinked(entries) if reseal else entries


def test_an_honest_chain_holds() -> None:
    assert Checker().take_all(chain()) is None


def test_an_erased_memo_leaves_the_chain_whole() -> None:
    assert Checker().take_all(replace(entry, memo=None, salt=None) for entry in chain()) is None


@pytest.mark.parametrize(
    ("entries", "fault"),
    [
        (chain()[1:], Fault(1, verifying.GAP)),
        ([*chain()[:1], *chain()[2:]], Fault(2, verifying.GAP)),
        (at(2, lambda e: with_amounts(e, -200, 200)), Fault(2, verifying.HASH)),
        (at(2, lambda e: replace(e, effective_on=date(2020, 1, 1))), Fault(2, verifying.HASH)),
        (at(2, lambda e: sealed(replace(e, actor=GROUP))), Fault(3, verifying.CHAIN)),
        (at(1, lambda e: sealed(replace(e, prev_hash=b"\1" * 32))), Fault(1, verifying.CHAIN)),
        (at(2, lambda e: with_amounts(e, -200, 200), reseal=True), Fault(2, verifying.RUNNING_BALANCE)),
        (at(1, lambda e: with_amounts(e, 500, 0), reseal=True), Fault(1, verifying.RUNNING_BALANCE)),
        (at(1, lambda e: replace(e, lines=e.lines[:1]), reseal=True), Fault(1, verifying.LINES)),
        (at(1, lambda e: replace(e, memo="another")), Fault(1, verifying.MEMO)),
        (at(3, lambda e: replace(e, recorded_at=START), reseal=True), Fault(3, verifying.TIME)),
        (at(3, lambda e: replace(e, reverses_seq=1), reseal=True), Fault(3, verifying.REVERSAL)),
        (at(4, lambda e: replace(e, reverses_seq=2), reseal=True), Fault(4, verifying.REVERSAL)),
    ],
)
def test_a_bent_chain_is_named_by_seq_and_reason(entries: list[EntryView], fault: Fault) -> None:
    assert Checker().take_all(entries) == fault


def test_one_currency_cannot_pay_for_another() -> None:
    entry = chain()[0]
    one, two = entry.lines
    [mixed] = relinked([replace(entry, lines=(one, replace(two, currency="UGX")))])
    assert Checker().take_all([mixed]) == Fault(1, verifying.UNBALANCED)
