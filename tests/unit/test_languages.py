"""Every language says all that English says: the same files, keys and parameters, in its own words."""

import json
import re
from dataclasses import dataclass, field
from datetime import date
from itertools import product

import pytest
from babel import Locale

from app.domain.ledger.errors import PeriodClosed
from app.domain.payments.errors import PaymentAlreadyDecided
from app.kit.errors import DomainError
from app.kit.i18n import FOLDER, catalogue, t

LANGUAGES = sorted(folder.name for folder in FOLDER.iterdir() if folder.is_dir())
OTHERS = [language for language in LANGUAGES if language != "en"]
COUNTS = (0, 1, 2, 3, 5, 11, 21, 100, 1_000_000)

SAME = frozenset(
    {
        "landing.sample.date",
        "landing.sample.group",
        "landing.sample.member",
        "landing.sample.method",
        "method.mpesa",
        "method.upi",
        "payments.stopped",
        "welfare.fund_part",
    }
)
"""Names, and what has no word in it: the only texts that may read as in English."""

KEPT = ("Sanduk", "M-Pesa", "KES", "SMS", "PIN", "UPI", "CSV", "MB", "BSS")
"""Words that no language translates."""

QUOTED = {"check.number_note": "receipt.scan", "imports.first_mend": "imports.flagged"}
"""A text that quotes what stands on another page, and the key of that."""


@dataclass
class Shape:
    """What a text is filled with: `names` in it, and of each plural its branches (category to words)."""

    names: set[str] = field(default_factory=set)
    plurals: dict[str, dict[str, str]] = field(default_factory=dict)
    plain: str = ""


def shape(text: str) -> Shape:
    """Read by braces alone. Raises ValueError when they do not close or hold something else."""
    found = Shape()
    rest = text
    while "{" in rest:
        before, _, rest = rest.partition("{")
        inside, rest = _closed(rest)
        found.plain += before
        name, comma, more = inside.partition(", plural, ")
        if not re.fullmatch(r"\w+", name):
            msg = f"{{{inside}}} is neither a name nor a plural"
            raise ValueError(msg)
        found.names.add(name)
        if comma:
            found.plurals[name] = _branches(more)
            found.names |= {inner for words in found.plurals[name].values() for inner in shape(words).names}
    found.plain += rest
    if "}" in found.plain:
        msg = f"{text!r} closes what was never opened"
        raise ValueError(msg)
    return found


def _closed(text: str) -> tuple[str, str]:
    """What stands before the brace that closes, and what stands after it."""
    depth = 1
    for place, sign in enumerate(text):
        depth += {"{": 1, "}": -1}.get(sign, 0)
        if depth == 0:
            return text[:place], text[place + 1 :]
    msg = f"{{{text} is never closed"
    raise ValueError(msg)


def _branches(text: str) -> dict[str, str]:
    branches: dict[str, str] = {}
    while text.strip():
        category, _, rest = text.partition("{")
        words, text = _closed(rest)
        branches[category.strip()] = words
    return branches


def files(language: str) -> dict[str, dict[str, str]]:
    return {path.name: json.loads(path.read_text("utf-8")) for path in (FOLDER / language).glob("*.json")}


def texts(language: str) -> list[tuple[str, str, str]]:
    """Key, English, and the same in `language`."""
    own = catalogue(language)
    return [(key, english, own[key]) for key, english in catalogue("en").items() if key in own]


def test_swahili_is_there() -> None:
    assert {"en", "sw"} <= set(LANGUAGES)


@pytest.mark.parametrize("language", OTHERS)
def test_every_file_has_the_keys_of_english_in_its_order(language: str) -> None:
    english, own = files("en"), files(language)
    assert sorted(own) == sorted(english)
    for name, wanted in english.items():
        assert list(own[name]) == list(wanted), name


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_is_filled_with_what_english_is_filled_with(language: str) -> None:
    for key, english, own in texts(language):
        assert shape(own).names == shape(english).names, key
        assert shape(own).plurals.keys() == shape(english).plurals.keys(), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_plural_has_the_categories_of_its_language(language: str) -> None:
    needed = Locale(language).plural_form.tags | {"other"}
    for key, text in catalogue(language).items():
        for branches in shape(text).plurals.values():
            assert set(branches) == needed, key


@pytest.mark.parametrize("language", OTHERS)
def test_every_branch_names_what_the_branch_of_english_names(language: str) -> None:
    for key, english, own in texts(language):
        for name, branches in shape(own).plurals.items():
            other = shape(english).plurals[name]["other"]
            for words in branches.values():
                assert shape(words).names == shape(other).names, key
            assert ("#" in branches["other"]) == ("#" in other), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_can_be_filled_with_any_count(language: str) -> None:
    for key, text in catalogue(language).items():
        found = shape(text)
        for count in COUNTS if found.plurals else (7,):
            shown = t(key, language, **dict.fromkeys(found.names, count))
            assert not set("{}#") & set(shown), (key, shown)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_one_line_of_plain_words(language: str) -> None:
    for key, text in catalogue(language).items():
        assert text == text.strip() != "", key
        assert not re.search(r"[<>\n\t]|&\w+;|  ", text), key
        assert "#" not in shape(text).plain, key


@pytest.mark.parametrize("language", OTHERS)
def test_no_text_is_left_in_english(language: str) -> None:
    assert {key for key, english, own in texts(language) if own == english} <= SAME


def test_what_may_stay_english_exists() -> None:
    assert catalogue("en").keys() >= SAME


@pytest.mark.parametrize(("language", "word"), list(product(OTHERS, KEPT)))
def test_names_are_not_translated(language: str, word: str) -> None:
    standing = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")
    for key, english, own in texts(language):
        if standing.search(english.replace("\u2011", "-")):
            assert standing.search(own.replace("\u2011", "-")), key


@pytest.mark.parametrize(("language", "key"), list(product(LANGUAGES, QUOTED)))
def test_what_is_quoted_reads_as_on_its_page(language: str, key: str) -> None:
    assert f"“{t(QUOTED[key], language)}”" in catalogue(language)[key]


def test_swahili_counts_its_nouns() -> None:
    assert t("members.count", "sw", count=1) == "Mwanachama 1"
    assert t("members.count", "sw", count=1_074) == "Wanachama 1,074"
    assert t("payments.count", "sw", count=2, amount="KES\u00a01,000.00") == "Malipo 2, KES\u00a01,000.00"
    assert t("date.days_late", "sw", count=1) == "siku 1 imepita"


def say(error: DomainError, language: str) -> str:
    return t(error.message_key, language, **error.params)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_way_to_decide_a_payment_has_its_sentence(language: str) -> None:
    states = ("withdrawn", "rejected", "confirmed", "reversed")
    assert len({say(PaymentAlreadyDecided(state), language) for state in states}) == len(states)
    assert "yameshathibitishwa" in say(PaymentAlreadyDecided("confirmed"), "sw")


@pytest.mark.parametrize(("language", "day"), [("en", " 1 Mar 2026."), ("sw", " 1 Mac 2026.")])
def test_a_refusal_names_a_day_as_its_reader_does(language: str, day: str) -> None:
    assert day in say(PeriodClosed(through=date(2026, 3, 1)), language)


def test_one_word_for_a_receipt_and_a_brand_that_never_breaks():
    """docs/swahili.md has risiti. In a sentence the hyphen of M-Pesa is one at which no line ends."""
    assert [key for key, text in catalogue("sw").items() if "stakabadhi" in text.casefold()] == []
    for language in LANGUAGES:
        assert [key for key, text in catalogue(language).items() if "M-Pesa" in text and len(text.split()) > 4] == []
