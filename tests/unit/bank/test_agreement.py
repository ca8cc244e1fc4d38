"""Bank and books as of a day: whatever happened, the items make the difference, and only what is known is explained."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from app.domain.ledger.recipes import OPENING
from app.domain.ledger.views import PeriodLine
from app.domain.reconciliation.bank.agreement import Agreement, Moved, Sheet, agree

FIRST, MONTH_END = date(2026, 11, 1), date(2026, 11, 30)


def on(number: int) -> date:
    """Days of November, from 1; 31 is in December."""
    return FIRST + timedelta(days=number - 1)


def entry(
    seq: int, day: int, amount: int, kind: str = "contribution_confirmed", reverses: int = 0, reversed_by: int = 0
) -> PeriodLine:
    return PeriodLine(seq, kind, on(day), datetime.now(UTC), amount, reverses or None, reversed_by or None)


def line(day: int, amount: int, state: str = "settled", *seqs: int, pair: UUID | None = None) -> Moved:
    return Moved(uuid4(), on(day), amount, state, seqs, pair)


def november(opening: int, closing: int, first: int = 1, last: int = 30) -> Sheet:
    return Sheet(on(first), opening, on(last), closing)


def whats(found: Agreement) -> dict[str, int]:
    sums: dict[str, int] = {}
    for one in found.items:
        sums[one.what] = sums.get(one.what, 0) + one.amount_minor
    assert sum(sums.values()) == (found.bank_minor or 0) - found.books_minor
    return sums


def test_a_month_in_which_every_line_is_in_the_books() -> None:
    found = agree(MONTH_END, [november(0, 700)], [line(3, 500, "settled", 1), line(9, 200, "settled", 2)],
                  [entry(1, 3, 500), entry(2, 9, 200)])  # fmt: skip
    assert (found.bank_minor, found.books_minor, found.items, found.is_explained) == (700, 700, (), True)


def test_each_difference_is_an_item() -> None:
    lines = [line(3, 500, "open"), line(4, 40, "accepted"), line(5, 7, "ignored"), line(6, 100, "settled", 1)]
    found = agree(MONTH_END, [november(0, 647)], lines, [entry(1, 6, 100), entry(2, 7, 30)])
    assert whats(found) == {"open": 500, "accepted": 40, "ignored": 7, "booked": -30}
    assert {one.what for one in found.unexplained} == {"open", "accepted", "booked"}
    assert {one.seq for one in found.items if one.what == "booked"} == {2}


def test_what_comes_after_the_banks_last_word_is_no_difference_yet() -> None:
    """The statement ends on the 20th: an entry of the 22nd can't be on it, one of the 19th should be."""
    sheet, lines = november(0, 500, last=20), [line(3, 500, "settled", 1)]
    found = agree(on(25), [sheet], lines, [entry(1, 3, 500), entry(2, 22, -70), entry(3, 19, 5)])
    assert whats(found) == {"after": 70, "booked": -5}
    assert {one.what for one in found.unexplained} == {"booked"}
    assert not agree(on(25), [sheet], lines, [entry(1, 3, 500), entry(2, 22, -70)]).is_explained, "nor can it be closed"
    read = agree(on(25), [sheet], lines, [entry(1, 3, 500), entry(2, 22, -70)], counted_minor=430)
    assert (whats(read), read.is_explained) == ({}, True), "what was read there speaks for it"
    assert whats(agree(on(25), [sheet], lines, [entry(1, 3, 500), entry(2, 22, -70)], counted_minor=431)) == {"rest": 1}


def test_a_reason_holds_for_its_amount_alone() -> None:
    entries = [entry(2, 7, 30)]
    for reasons, is_explained in (({2: -30}, True), ({2: -31}, False), ({}, False)):
        found = agree(MONTH_END, [november(0, 0)], [], entries, reasons=reasons)
        assert found.is_explained is is_explained
        assert whats(found) == {"booked": -30}


def test_the_day_between_the_bank_and_the_books_explains_itself() -> None:
    lines = [line(30, 100, "settled", 1), line(31, 60, "settled", 2)]
    found = agree(MONTH_END, [november(0, 160, last=31)], lines, [entry(1, 31, 100), entry(2, 30, 60)])
    assert whats(found) == {"booked_late": 100, "booked_early": -60}
    assert found.is_explained
    assert (found.bank_minor, found.bank_on) == (100, MONTH_END)


def test_a_reversed_entry_and_its_reversal_cancel() -> None:
    entries = [entry(1, 3, 500, reversed_by=2), entry(2, 4, -500, kind="reversal", reverses=1)]
    assert agree(MONTH_END, [november(0, 0)], [], entries).items == ()
    shown = agree(MONTH_END, [november(0, 500)], [line(3, 500, "settled", 1)], entries)
    assert whats(shown) == {"booked": 500}


def test_lines_that_take_each_other_back_cancel_unless_the_month_ends_between() -> None:
    one, two = uuid4(), uuid4()
    lines = [Moved(one, on(29), 70, "settled", (), two), Moved(two, on(31), -70, "settled", (), one)]
    found = agree(MONTH_END, [november(0, 0, last=31)], lines, [])
    assert whats(found) == {"taken_back": 70}
    assert found.is_explained
    assert agree(on(31), [november(0, 0, last=31)], lines, []).items == ()


def test_what_was_there_before_is_booked_once() -> None:
    lines = [line(3, 500, "settled", 1)]
    found = agree(MONTH_END, [november(1_234, 1_734)], lines, [entry(1, 3, 500)])
    assert whats(found) == {"before": 1_234}
    assert (found.may_open, found.is_explained) == (True, False)
    opened = agree(MONTH_END, [november(1_234, 1_734)], lines, [entry(1, 3, 500), entry(2, 1, 1_234, OPENING)])
    assert (opened.items, opened.is_explained, opened.may_open) == ((), True, False)
    known = agree(MONTH_END, [november(1_234, 1_734)], lines, [entry(1, 3, 500), entry(2, -5, 1_000)])
    assert whats(known) == {"before": 234}
    assert not known.may_open


def test_a_month_without_a_statement_of_it_is_a_gap() -> None:
    sheets = [november(0, 500, 1, 10), november(900, 1_000, 20, 30)]
    lines = [line(2, 500, "settled", 1), line(25, 100, "settled", 2)]
    found = agree(MONTH_END, sheets, lines, [entry(1, 2, 500), entry(2, 25, 100)])
    assert whats(found) == {"gap": 400}
    assert not found.is_explained
    assert whats(agree(on(15), sheets, lines, [entry(1, 2, 500), entry(2, 25, 100)])) == {"gap": 400}
    before = agree(on(10), sheets, lines, [entry(1, 2, 500), entry(2, 25, 100)])
    assert (before.items, before.is_explained) == ((), True)


def test_the_newest_statement_of_a_day_may_have_ended_at_noon() -> None:
    lines = [line(20, 500, "settled", 1), line(20, 50, "settled", 2)]
    sheets = [november(0, 500, last=20), november(0, 550, last=20)]
    for order in (sheets, sheets[::-1]):
        assert agree(on(20), order, lines, [entry(1, 20, 500), entry(2, 20, 50)]).items == ()


def test_a_statement_that_ends_early_says_nothing_of_the_months_end() -> None:
    lines, entries = [line(3, 500, "settled", 1)], [entry(1, 3, 500)]
    early = agree(MONTH_END, [november(0, 500, last=20)], lines, entries)
    assert (early.bank_minor, early.bank_on, early.is_said, early.is_explained) == (500, on(20), False, False)
    read = agree(MONTH_END, [november(0, 500, last=20)], lines, entries, counted_minor=500)
    assert (read.source, read.bank_on, read.is_explained) == ("count", MONTH_END, True)
    wrong = agree(MONTH_END, [november(0, 500, last=20)], lines, entries, counted_minor=450)
    assert whats(wrong) == {"rest": -50}
    assert not wrong.is_explained


def test_lines_without_balances_need_somebodys_word() -> None:
    lines, entries = [line(3, 500, "settled", 1)], [entry(1, 3, 500)]
    bare = Sheet(None, None, None, None)
    assert agree(MONTH_END, [bare], lines, entries).bank_minor is None
    assert not agree(MONTH_END, [bare], lines, entries).is_explained
    assert agree(MONTH_END, [bare], lines, entries, counted_minor=500).is_explained
    more = agree(MONTH_END, [bare], lines, entries, counted_minor=800)
    assert whats(more) == {"before": 300}
    assert more.may_open


def test_without_any_statement_the_books_must_say_what_the_bank_says() -> None:
    entries = [entry(1, 3, 500)]
    assert not agree(MONTH_END, [], [], entries).is_explained
    assert agree(on(2), [], [], entries).is_explained
    assert agree(MONTH_END, [], [], entries, counted_minor=500).is_explained
    assert whats(agree(MONTH_END, [], [], entries, counted_minor=400)) == {"rest": -100}


def test_before_the_first_statement_its_opening_is_the_banks_word_of_the_eve() -> None:
    sheets, entries = [november(500, 500)], [entry(1, -9, 500)]
    assert agree(on(0), sheets, [], entries).is_explained
    assert not agree(on(-1), sheets, [], entries).is_explained


@given(
    opening=st.integers(0, 10**6),
    moves=st.lists(
        st.tuples(
            st.integers(1, 40),
            st.integers(-(10**5), 10**5).filter(bool),
            st.sampled_from(["open", "accepted", "ignored", "settled"]),
            st.integers(-9, 9),
        ),
        max_size=30,
    ),
    others=st.lists(st.tuples(st.integers(-20, 40), st.integers(-(10**5), 10**5).filter(bool)), max_size=10),
    day=st.integers(1, 45),
)
def test_the_items_are_the_difference(
    opening: int, moves: list[tuple[int, int, str, int]], others: list[tuple[int, int]], day: int
) -> None:
    lines, entries = [], []
    for number, (at, amount, state, later) in enumerate(moves, 1):
        is_settled = state == "settled"
        lines.append(line(at, amount, state, *([number] if is_settled else [])))
        if is_settled:
            entries.append(entry(number, at + later, amount))
    entries += [entry(1_000 + n, at, amount) for n, (at, amount) in enumerate(others)]
    closing = opening + sum(amount for _, amount, _, _ in moves)
    found = agree(on(day), [november(opening, closing, 1, 40)], lines, entries)
    assert "rest" not in whats(found)
    assert found.is_explained == (not found.unexplained and day <= 40)
