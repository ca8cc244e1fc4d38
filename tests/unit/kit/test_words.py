"""Figures in words: chosen cases by hand, and properties over many numbers."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.words import LIMIT, english, money, swahili

ENGLISH = {
    0: "zero",
    1: "one",
    10: "ten",
    13: "thirteen",
    20: "twenty",
    21: "twenty-one",
    99: "ninety-nine",
    100: "one hundred",
    101: "one hundred and one",
    110: "one hundred and ten",
    342: "three hundred and forty-two",
    500: "five hundred",
    999: "nine hundred and ninety-nine",
    1000: "one thousand",
    1001: "one thousand and one",
    1100: "one thousand one hundred",
    1234: "one thousand two hundred and thirty-four",
    14_500: "fourteen thousand five hundred",
    37_000: "thirty-seven thousand",
    100_000: "one hundred thousand",
    142_350: "one hundred and forty-two thousand three hundred and fifty",
    1_000_000: "one million",
    1_000_001: "one million and one",
    1_002_000: "one million two thousand",
    2_500_050: "two million five hundred thousand and fifty",
    10**9: "one billion",
    10**12 + 7: "one trillion and seven",
    10**15: "one quadrillion",
}
LAKH = {
    0: "zero",
    99: "ninety-nine",
    1000: "one thousand",
    99_999: "ninety-nine thousand nine hundred and ninety-nine",
    100_000: "one lakh",
    142_350: "one lakh forty-two thousand three hundred and fifty",
    10_000_000: "one crore",
    12_345_678: "one crore twenty-three lakh forty-five thousand six hundred and seventy-eight",
    10**7 + 5: "one crore and five",
    10**12: "one lakh crore",
}
SWAHILI = {
    0: "sifuri",
    1: "moja",
    5: "tano",
    10: "kumi",
    11: "kumi na moja",
    15: "kumi na tano",
    20: "ishirini",
    21: "ishirini na moja",
    30: "thelathini",
    48: "arobaini na nane",
    56: "hamsini na sita",
    67: "sitini na saba",
    79: "sabini na tisa",
    82: "themanini na mbili",
    99: "tisini na tisa",
    100: "mia moja",
    105: "mia moja na tano",
    120: "mia moja na ishirini",
    125: "mia moja ishirini na tano",
    500: "mia tano",
    999: "mia tisa tisini na tisa",
    1000: "elfu moja",
    1005: "elfu moja na tano",
    1020: "elfu moja na ishirini",
    1234: "elfu moja mia mbili thelathini na nne",
    2000: "elfu mbili",
    10_005: "elfu kumi, na tano",
    15_000: "elfu kumi na tano",
    14_500: "elfu kumi na nne, mia tano",
    20_001: "elfu ishirini, na moja",
    21_000: "elfu ishirini na moja",
    21_001: "elfu ishirini na moja, na moja",
    37_000: "elfu thelathini na saba",
    100_000: "laki moja",
    100_001: "laki moja na moja",
    101_000: "laki moja elfu moja",
    142_350: "laki moja elfu arobaini na mbili, mia tatu na hamsini",
    1_000_000: "milioni moja",
    1_500_000: "milioni moja laki tano",
    12_000_000: "milioni kumi na mbili",
    200_005_000: "milioni mia mbili, elfu tano",
    10**9: "bilioni moja",
    10**12: "trilioni moja",
    10**15: "kwadrilioni moja",
}
MONEY = [
    (50_000, "KES", "en", "Five hundred Kenyan shillings only"),
    (80_000, "KES", "en", "Eight hundred Kenyan shillings only"),
    (100, "KES", "en", "One Kenyan shilling only"),
    (101, "KES", "en", "One Kenyan shilling and one cent only"),
    (50_050, "KES", "en", "Five hundred Kenyan shillings and fifty cents only"),
    (0, "KES", "en", "Zero Kenyan shillings only"),
    (-50_000, "KES", "en", "Minus five hundred Kenyan shillings only"),
    (14_235_000, "INR", "en", "One lakh forty-two thousand three hundred and fifty Indian rupees only"),
    (5000, "UGX", "en", "Five thousand Ugandan shillings only"),
    (1250, "USD", "en", "Twelve USD and fifty only"),
    (50_000, "KES", "sw", "Shilingi za Kenya mia tano tu"),
    (3_700_000, "KES", "sw", "Shilingi za Kenya elfu thelathini na saba tu"),
    (50_050, "KES", "sw", "Shilingi za Kenya mia tano na senti hamsini tu"),
    (0, "KES", "sw", "Shilingi za Kenya sifuri tu"),
    (-100, "KES", "sw", "Kasoro shilingi za Kenya moja tu"),
    (14_235_000, "INR", "sw", "Rupia za India laki moja elfu arobaini na mbili, mia tatu na hamsini tu"),
    (5000, "UGX", "sw", "Shilingi za Uganda elfu tano tu"),
]


@pytest.mark.parametrize(("number", "words"), ENGLISH.items())
def test_english(number: int, words: str) -> None:
    assert english(number) == words


@pytest.mark.parametrize(("number", "words"), LAKH.items())
def test_english_in_lakhs(number: int, words: str) -> None:
    assert english(number, lakh=True) == words


@pytest.mark.parametrize(("number", "words"), SWAHILI.items())
def test_swahili(number: int, words: str) -> None:
    assert swahili(number) == words


@pytest.mark.parametrize(("minor", "currency", "locale", "words"), MONEY)
def test_money(minor: int, currency: str, locale: str, words: str) -> None:
    assert money(minor, currency, locale) == words


def test_no_two_numbers_read_the_same() -> None:
    numbers = {*range(125_000), *range(10**6, 10**6 + 3000), *(n * 1000 for n in range(125, 3000))}
    for read in (english, lambda n: english(n, lakh=True), swahili):
        assert len({read(n) for n in numbers}) == len(numbers)


ONES = ["sifuri", "moja", "mbili", "tatu", "nne", "tano", "sita", "saba", "nane", "tisa"]
TENS = ["kumi", "ishirini", "thelathini", "arobaini", "hamsini", "sitini", "sabini", "themanini", "tisini"]
VALUES = {word: n for n, word in enumerate(ONES)} | {word: 10 * n for n, word in enumerate(TENS, start=1)}
SCALES = {"elfu": 10**3, "laki": 10**5, "milioni": 10**6, "bilioni": 10**9, "trilioni": 10**12, "kwadrilioni": 10**15}


def heard(words: str) -> int:
    """The number that somebody would write down: written apart from the code under test."""
    total = 0
    for part in re.findall(r"(?:[a-z]+ ?)+", words):
        scale, count, is_hundred = 1, 0, False
        for word in part.split():
            if word in SCALES:
                total += scale * count
                scale, count = SCALES[word], 0
            elif word == "mia":
                # a hundred after a one-digit count of a scale begins what follows it
                if scale > 1 and 0 < count < 10:
                    total, scale, count = total + scale * count, 1, 0
                is_hundred = True
            elif word != "na":
                value = VALUES[word] * (100 if is_hundred else 1)
                is_hundred = False
                if scale > 1 and 0 < count < 10:
                    total, scale, count = total + scale * count, 1, 0
                count += value
        total += scale * count
    return total


@given(st.integers(0, LIMIT - 1))
def test_swahili_is_heard_as_it_was_meant(number: int) -> None:
    assert heard(swahili(number)) == number


@pytest.mark.parametrize("number", [-1, LIMIT])
def test_what_has_no_words(number: int) -> None:
    for read in (english, swahili):
        with pytest.raises(ValueError, match="no words"):
            read(number)
