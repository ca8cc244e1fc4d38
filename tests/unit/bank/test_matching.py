"""Which lines pay which dues: by code, by reference, by amount with phone or name; what is only ever suggested."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.reconciliation.bank.facts import Due, Known, Line, Payer, Proposal, Sent
from app.domain.reconciliation.bank.matching import match_lines
from app.domain.reconciliation.bank.references import Neighbours, is_alone, references_in
from app.kit.ids import ALPHABET, is_code, new_payment_reference
from app.web.presenters.matches import reason_words
from tests.factories.bank_lines import Programme
from tests.factories.bank_scores import score

DAY = date(2026, 11, 10)
AKINYI = Payer(UUID(int=1), "Akinyi Achieng Odhiambo", "+254722000101")
BARAKA = Payer(UUID(int=2), "Baraka Mwangi", "+254722000102")
BEATRICE = Payer(UUID(int=3), "Beatrice Mwangi", "+254733000102")
REFERENCES = [new_payment_reference() for _ in range(6)]
OLD, NEW, OTHER, THIRD = (
    Due(UUID(int=10 + n), who.member_id, REFERENCES[n], amount, DAY.replace(month=month))
    for n, (who, amount, month) in enumerate(
        [(AKINYI, 500_00, 10), (AKINYI, 500_00, 11), (BARAKA, 1_000_00, 11), (BEATRICE, 750_00, 11)]
    )
)
KNOWN = Known((OLD, NEW, OTHER, THIRD), (AKINYI, BARAKA, BEATRICE))


def line(amount: int, reference: str = "", payer: str = "", *, n: int = 1, code: str = "", words: str = "") -> Line:
    return Line(UUID(int=100 + n), DAY, amount, code or f"TKL4X81QZ{n}", reference, payer, words or f"Pay Bill {payer}")


def one(found: Line, known: Known = KNOWN) -> Proposal:
    (proposal,) = match_lines([found], known)
    return proposal


def parts(proposal: Proposal) -> dict[UUID, int]:
    return dict(proposal.best.parts) if proposal.best else {}


@pytest.mark.parametrize("form", ["{}", "{:.4}-{rest}", "{:.4} {rest}", "dues {} november", "#{}.", "acc.{}"])
def test_a_right_reference_is_sure_however_it_is_written(form: str) -> None:
    text = form.format(NEW.reference, rest=NEW.reference[4:])
    for written in (text, text.lower()):
        found = one(line(500_00, written))
        assert (found.verdict, found.rule, parts(found)) == ("sure", "reference", {NEW.id: 500_00})


def test_a_reference_in_the_narration_counts_as_well() -> None:
    assert one(line(500_00, "STKPUSH", words=f"MPS 254722 {NEW.reference} X")).verdict == "sure"


def test_less_leaves_the_rest_due() -> None:
    found = one(line(200_00, NEW.reference))
    assert (found.verdict, parts(found)) == ("under", {NEW.id: 200_00})


def test_more_goes_on_what_else_she_owes_and_what_is_left_is_kept() -> None:
    found = one(line(1_200_00, NEW.reference))
    assert found.best is not None
    assert (found.verdict, parts(found)) == ("over", {NEW.id: 500_00, OLD.id: 500_00})
    assert (found.best.credit_minor, found.best.member_id) == (200_00, AKINYI.member_id)


def test_one_line_for_two_members() -> None:
    found = one(line(1_500_00, f"{NEW.reference} {OTHER.reference}"))
    assert (found.verdict, parts(found)) == ("sure", {NEW.id: 500_00, OTHER.id: 1_000_00})


@pytest.mark.parametrize(
    "form", ["{0}{1}", "{0}-{1}", "{0}\u2013{1}.", "é{0} {1}", "{0}{1}\n", "1/{0}.{1}", "x{0} {0}{1}"]
)
def test_another_reference_counts_wherever_it_stands(form: str) -> None:
    words = form.format(OTHER.reference[:4], OTHER.reference[4:])
    for written in (words, words.lower()):
        found = one(line(1_500_00, NEW.reference, words=f"{NEW.reference} {written}"))
        assert (found.verdict, parts(found)) == ("sure", {NEW.id: 500_00, OTHER.id: 1_000_00})


@settings(max_examples=300)
@given(st.lists(st.sampled_from(["ABCD", "EFGH", "JKLM", "efgh", "ABCDEFGH", "-", " ", ".", "/", "\u2013", "ß", "1"])))
def test_a_reference_is_alone_only_where_no_other_stands(words: list[str]) -> None:
    class Every:
        def __contains__(self, _: object) -> bool:
            return True

    rest = f" {''.join(words)} "
    if is_alone("ABCDEFGH", rest):
        assert references_in("ABCDEFGH" + rest, Every()) == ["ABCDEFGH"]
    assert not is_alone("ABCDEFGH", f"{rest}/ABCD EFGH JKLM ")
    assert not is_alone("ABCDEFGH", f"{rest}/EFGHJKLM ")


def test_of_two_dues_with_one_reference_the_later_is_paid() -> None:
    again = Due(UUID(int=30), BARAKA.member_id, NEW.reference, 500_00, NEW.due_on.replace(day=20))
    for dues in ((NEW, again), (again, NEW)):
        assert parts(one(line(500_00, NEW.reference), Known(dues))) == {again.id: 500_00}


def test_lines_come_by_day_bank_id_and_id() -> None:
    lines = [line(1_00, n=n, code=code) for n, code in ((3, "B"), (2, "B"), (1, "C"), (4, "A"))]
    lines += [Line(UUID(int=99), DAY.replace(day=1), 1_00, "Z", "", "", "")]
    assert [one.line_id.int for one in match_lines(lines, KNOWN)] == [99, 104, 102, 103, 101]


def test_many_lines_for_one_due_and_then_one_too_many() -> None:
    lines = [line(250_00, NEW.reference, n=n) for n in (1, 2, 3)]
    found = match_lines(lines, KNOWN)
    assert [one.verdict for one in found] == ["under", "sure", "duplicate"]
    assert [parts(one) for one in found] == [{NEW.id: 250_00}, {NEW.id: 250_00}, {}]
    assert found[2].best is not None
    assert found[2].best.credit_minor == 250_00


@given(at=st.integers(0, 7), symbol=st.sampled_from(ALPHABET), swap=st.booleans())
def test_a_slip_in_a_reference_is_suggested_and_never_sure(at: int, symbol: str, swap: bool) -> None:
    right = NEW.reference
    typed = right[:at] + symbol + right[at + 1 :]
    if swap:
        at = min(at, 6)
        typed = right[:at] + right[at + 1] + right[at] + right[at + 2 :]
    found = one(line(500_00, typed))
    if typed == right:
        assert found.verdict == "sure"
    elif not is_code(typed, 7):  # all single slips; MOD 37,36 misses one swap in five hundred
        assert (found.verdict, found.rule, parts(found)) == ("likely", "typo", {NEW.id: 500_00})


@pytest.mark.parametrize("change", [lambda r: r[:3] + r[4:], lambda r: r[:3] + r[2:], lambda r: r[:-1]])
def test_a_symbol_missing_or_too_many_is_suggested(change) -> None:
    found = one(line(500_00, change(NEW.reference)))
    assert (found.verdict, found.rule, parts(found)) == ("likely", "typo", {NEW.id: 500_00})


def test_a_reference_of_somebody_else_is_nobodys_slip() -> None:
    stranger = new_payment_reference()
    assert references_in(f"x {stranger} y", REFERENCES) == []
    assert one(line(500_00, stranger)).verdict == "unknown"
    assert Neighbours(REFERENCES).of(stranger) == set()


def test_a_submission_is_joined_by_its_code() -> None:
    sent = Sent(UUID(int=50), AKINYI.member_id, "TKL4X81QZ1", 500_00, (NEW.id,))
    known = Known((OLD, Due(NEW.id, NEW.member_id, NEW.reference, 0, NEW.due_on)), KNOWN.payers, (sent,))
    found = one(line(500_00), known)
    assert found.best is not None
    assert (found.verdict, found.rule, found.best.payment_id) == ("sure", "submission", sent.payment_id)
    assert one(line(400_00), known).verdict == "under"
    assert one(line(600_00), known).verdict == "over"
    by_reference = one(line(500_00, NEW.reference, n=2), known)
    assert by_reference.best is not None
    assert (by_reference.verdict, by_reference.best.payment_id) == ("likely", sent.payment_id)


def test_a_code_that_was_paid_before_is_a_duplicate() -> None:
    paid = Sent(UUID(int=50), AKINYI.member_id, "TKL4X81QZ1", 500_00, is_confirmed=True)
    assert one(line(500_00, NEW.reference), Known(KNOWN.dues, KNOWN.payers, (paid,))).verdict == "duplicate"


def test_a_utr_that_a_bank_padded_is_the_same_code() -> None:
    sent = Sent(UUID(int=50), AKINYI.member_id, "412345678901", 500_00)
    assert one(line(500_00, code="0000412345678901"), Known((), (), (sent,))).verdict == "sure"


@pytest.mark.parametrize("phone", ["254722000102", "0722000102", "+254722000102", "254722***102"])
def test_amount_with_phone_and_name_is_likely_not_sure(phone: str) -> None:
    found = one(line(1_000_00, payer=f"{phone} - MWANGI BARAKA"))
    assert (found.verdict, found.rule, parts(found)) == ("likely", "payer", {OTHER.id: 1_000_00})
    assert found.best is not None
    assert {"amount", "near", "name"} < {reason.key for reason in found.best.reasons}


def test_a_name_alone_is_nothing() -> None:
    found = one(line(333_00, payer="BARAKA MWANGI"))
    assert (found.verdict, found.candidates) == ("unmatched", ())


def test_names_that_are_near_are_both_shown() -> None:
    """A wrong name may be 84.6 like, the right one 87.5."""
    third = Due(THIRD.id, THIRD.member_id, THIRD.reference, 1_000_00, THIRD.due_on)
    found = one(line(1_000_00, payer="B MWANGI"), Known((OTHER, third), KNOWN.payers))
    assert found.verdict == "ambiguous"
    assert [dict(one.parts) for one in found.candidates] == [{OTHER.id: 1_000_00}, {THIRD.id: 1_000_00}]


def test_two_months_at_once_by_phone() -> None:
    found = one(line(1_000_00, payer="254722000101 - AKINYI ACHIENG"))
    assert (found.verdict, parts(found)) == ("likely", {OLD.id: 500_00, NEW.id: 500_00})


def test_nobody_we_know() -> None:
    assert one(line(1_234_00, "hello", "254799999999 - ZAWADI")).verdict == "unknown"


def test_money_that_left() -> None:
    came, back = line(500_00, code="TKL9999999"), line(-500_00, n=2, code="TKL9999999", words="Reversal")
    fee, rent = line(-33_00, n=3, words="Pay Bill Charge"), line(-9_000_00, n=4, words="RENT")
    found = {one.line_id: one for one in match_lines([back, came, fee, rent], KNOWN)}
    assert found[back.id].best is not None
    assert (found[back.id].rule, found[back.id].best.pair_id) == ("reversal", came.id)
    assert found[fee.id].rule == "charge"
    assert (found[rent.id].verdict, found[rent.id].rule, found[rent.id].candidates) == ("out", "none", ())


def test_money_that_a_later_line_takes_back_pays_nothing() -> None:
    came, back = (
        line(500_00, NEW.reference, code="TKL9999999"),
        line(-500_00, n=2, words="Reversal of Pay Bill TKL9999999"),
    )
    again = line(500_00, NEW.reference, n=3, code="TKM9999999")
    found = {one.line_id: one for one in match_lines([came, back, again], KNOWN)}
    assert (found[came.id].verdict, found[came.id].candidates[0].pair_id) == ("taken_back", back.id)
    assert (found[back.id].rule, found[back.id].candidates[0].pair_id) == ("reversal", came.id)
    assert found[again.id].verdict == "sure"


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), shuffle=st.randoms(use_true_random=False))
def test_the_order_of_lines_dues_and_members_changes_nothing(seed: int, shuffle) -> None:
    month = list(Programme(seed, members=25).months(60, 3))[-1]
    lines = [one.line for one in month.lines]
    others = [list(some) for some in (lines, month.known.dues, month.known.payers, month.known.sent)]
    for some in others:
        shuffle.shuffle(some)
    again = match_lines(others[0], Known(*(tuple(some) for some in others[1:])))
    assert again == match_lines(lines, month.known)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_no_due_is_paid_twice_and_no_line_gives_more_than_it_has(seed: int) -> None:
    for month in Programme(seed, members=25).months(60, 3):
        left = {due.id: due.open_minor for due in month.known.dues}
        amounts = {one.line.id: one.line.amount_minor for one in month.lines}
        for found in match_lines([one.line for one in month.lines], month.known):
            for candidate in found.candidates:
                given_out = sum(amount for _, amount in candidate.parts) + candidate.credit_minor
                assert given_out in (0, amounts[found.line_id])
                assert 0 <= candidate.score <= 100
                for reason in candidate.reasons:
                    assert reason_words(reason)
            if found.verdict == "sure":
                for due_id, amount in parts(found).items():
                    left[due_id] -= amount
        assert min(left.values()) >= 0


SEEDS = (20261121, 7)


def test_five_thousand_labelled_lines() -> None:
    """Issue 5, shows 4: no false accept, recall 0.98 with a right reference, 0.8 of the others suggested right."""
    for seed in SEEDS:
        found = score([seed], 5_000)
        print(
            f"seed {seed}: {found.lines} lines, {len(found.wrong)} false accepts, "
            f"recall with a reference {found.recall:.4f} of {found.referred.total()}, "
            f"suggested right without one {found.suggested:.4f} of {found.silent.total()}"
        )
        for (kind, verdict, right), count in sorted(found.kinds.items()):
            print(f"  {kind:12} {verdict:10} {'right' if right else 'not right':9} {count}")
        assert found.lines >= 5_000
        assert found.wrong == []
        assert found.recall >= 0.98
        assert found.suggested >= 0.8


LOAN = Due(UUID(int=20), AKINYI.member_id, REFERENCES[4], 1_071_20, DAY.replace(day=22), 5_048_80)
"""KES 1,071.20 due next, settled by KES 5,048.80."""
WITH_LOAN = Known((OLD, NEW, OTHER, THIRD, LOAN), KNOWN.payers)


@pytest.mark.parametrize("amount", [1_071_20, 300_00, 5_048_80])
def test_a_loan_takes_under_its_reference_whatever_it_needs(amount: int) -> None:
    found = one(line(amount, LOAN.reference), WITH_LOAN)
    assert (found.verdict, found.rule, parts(found)) == ("sure", "reference", {LOAN.id: amount})


def test_more_than_settles_a_loan_is_looked_at() -> None:
    found = one(line(5_100_00, LOAN.reference), WITH_LOAN)
    assert (found.verdict, parts(found)) == ("over", {LOAN.id: 5_048_80})
    assert found.best
    assert found.best.credit_minor == 51_20


def test_two_lines_on_a_loan_take_from_each_other() -> None:
    both = match_lines([line(5_000_00, LOAN.reference), line(100_00, LOAN.reference, n=2)], WITH_LOAN)
    assert [(found.verdict, parts(found)) for found in both] == [
        ("sure", {LOAN.id: 5_000_00}),
        ("over", {LOAN.id: 48_80}),
    ]


def test_an_instalment_is_suggested_to_its_payer_and_never_sure() -> None:
    found = one(line(1_071_20, "loan", "254722000101 AKINYI"), WITH_LOAN)
    assert (found.verdict, found.rule, parts(found)) == ("likely", "payer", {LOAN.id: 1_071_20})


def test_a_paid_loan_is_owed_nothing() -> None:
    paid = Due(LOAN.id, LOAN.member_id, LOAN.reference, 0, LOAN.due_on)
    found = one(line(1_071_20, LOAN.reference), Known((paid,), KNOWN.payers))
    assert (found.verdict, parts(found)) == ("duplicate", {})


def test_a_loan_that_waits_for_a_submission_is_not_sure() -> None:
    sent = Sent(UUID(int=30), AKINYI.member_id, "TKL4X81QZX", 1_071_20, (LOAN.id,))
    waits = Due(LOAN.id, LOAN.member_id, LOAN.reference, 0, LOAN.due_on, LOAN.most_minor - 1_071_20)
    known = Known((waits,), KNOWN.payers, (sent,))
    found = one(line(1_071_20, LOAN.reference), known)
    assert found.verdict == "likely"
    assert found.best
    assert found.best.payment_id == sent.payment_id
    assert one(line(200_00, LOAN.reference), known).verdict != "sure"
