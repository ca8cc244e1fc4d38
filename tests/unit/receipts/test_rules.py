"""What the public sees of a name and a code, and how a typed code is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.receipts import rules
from app.kit.ids import ALPHABET, in_fours, new_check_code


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Akinyi Beatrice Odhiambo-Wekesa", "A. B. O.-W."),
        ("wanjiku", "W."),
        ("  Otieno   P. Juma ", "O. P. J."),
        ("Ng'ang'a (Mama) Kamau", "N. M. K."),
        ("सावित्री पाटील", "सा. पा."),
        ("Élodie N’Guessan", "É. N."),
        ("E\u0301lodie", "E\u0301."),
        ("12 --", ""),
        ("", ""),
    ],
)
def test_initials(name: str, expected: str):
    assert rules.initials(name) == expected


@given(st.text(max_size=80))
def test_initials_hide_every_longer_word(name: str):
    shown = rules.initials(name)
    assert all(len(word.rstrip(".")) < len(word) for word in shown.replace("-", " ").split())


@pytest.mark.parametrize(
    ("code", "expected"),
    [("UKL7X4P9QD", "UKL7 ••• 9QD"), ("ABCD", "A ••• D"), ("ABCDEFGH", "ABC ••• GH"), ("A", "•••"), ("AB", "•••")],
)
def test_the_middle_of_a_code_is_hidden(code: str, expected: str):
    assert rules.hide_middle(code) == expected


@given(st.text(ALPHABET, min_size=1, max_size=35))
def test_at_least_three_of_ten_symbols_are_hidden(code: str):
    shown = rules.hide_middle(code).replace("•", "").replace(" ", "")
    assert len(shown) <= 7
    assert len(code) - len(shown) >= min(3, (len(code) * 3 + 9) // 10)


@pytest.mark.parametrize("spell", [str, str.lower, in_fours, lambda c: f"  {in_fours(c).lower()}\n", " ".join])
def test_a_code_is_read_in_any_spelling(spell):
    code = new_check_code()
    assert rules.read_typed(spell(code)) == rules.Typed(code)


@pytest.mark.parametrize("tail", ["", "?x=1", "#top", ".json"])
def test_the_whole_address_will_do(tail: str):
    code = new_check_code()
    assert rules.read_typed(f"https://sanduk.example/c/{code}{tail}") == rules.Typed(code)


def test_a_token_is_read_over_line_breaks():
    assert rules.read_typed(" abc.def\n.ghi ") == rules.Typed("abc.def.ghi", is_token=True)


def test_what_is_wrong_is_named():
    assert rules.read_typed("7Q4M-K9TD-2HX") == rules.Typed("7Q4MK9TD2HX", why="length")
    assert rules.read_typed("") == rules.Typed("", why="length")
    assert rules.read_typed("7Q4M-K9TD-2HX0-O") == rules.Typed("7Q4MK9TD2HX0O", why="symbol", wrong_symbols="0O")
    assert len(rules.read_typed("é" * 5000).text) <= 40


@given(st.randoms(use_true_random=False))
def test_every_single_error_is_noticed(random):
    code = new_check_code()
    place = random.randrange(len(code))
    other = random.choice([c for c in ALPHABET if c != code[place]])
    typed = rules.read_typed(code[:place] + other + code[place + 1 :])
    assert typed.why == "typing"
    assert typed.suggestion in ("", *_neighbours(typed.text))


def _neighbours(code: str) -> list[str]:
    return [code[:i] + c + code[i + 1 :] for i in range(len(code)) for c in ALPHABET if c != code[i]]


@pytest.mark.parametrize("typed", ["36SJNG-000001", " 36sjng 000001", "36SJNG–000001"])
def test_a_receipt_number_is_told_from_a_code(typed: str):
    assert rules.read_typed(typed) == rules.Typed("36SJNG-000001", why="number")
    assert rules.read_typed(rules.receipt_number("36SJNG", 1)).why == "number"
    assert rules.read_typed(rules.receipt_number("36SJNG", 1_000_000)).why == "number"
    assert rules.read_typed("36SJNG-00001").why == "symbol"


def test_a_right_code_that_looks_like_a_number_is_a_code():
    code = next(
        c
        for n in range(2222222, 10**7)
        if "0" not in str(n) and "1" not in str(n) and rules.is_code(c := f"36SJNG{n}", rules.CODE_SYMBOLS)
    )
    assert rules.read_typed(code) == rules.Typed(code)


def test_a_misread_symbol_is_suggested():
    suggested = 0
    for _ in range(200):
        code = new_check_code()
        for wrong in {code.replace("8", "B", 1), code.replace("5", "S", 1)} - {code}:
            typed = rules.read_typed(wrong)
            assert typed.why == "typing"
            suggested += typed.suggestion == code
    assert suggested > 30
