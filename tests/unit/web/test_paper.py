"""Documents before they are printed: languages, words, heights, and what text can't do to their styles."""

import json
from pathlib import Path

import pytest

from app.kit import i18n
from app.launch.verify import amounts
from app.web.paper.rendering import css_string, in_words, language


def test_a_language_counts_when_every_text_of_documents_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    english = dict(i18n.catalogue("en"))
    monkeypatch.setattr(i18n, "FOLDER", tmp_path)
    i18n.catalogue.cache_clear()
    try:
        for lang, texts in (("en", english), ("sw", {"paper.total": "Jumla"})):
            (tmp_path / lang).mkdir()
            (tmp_path / lang / "all.json").write_text(json.dumps(texts))
        assert [language(one) for one in ("en", "sw", "hi", "../x")] == ["en"] * 4
        (tmp_path / "sw" / "all.json").write_text(json.dumps(english))
        i18n.catalogue.cache_clear()
        assert language("sw") == "sw"
    finally:
        i18n.catalogue.cache_clear()


def test_amounts_in_words_in_the_languages_of_the_money() -> None:
    assert in_words(50_000, "KES", "en") == [
        ("en", "Five hundred Kenyan shillings only"),
        ("sw", "Shilingi za Kenya mia tano tu"),
    ]
    assert [lang for lang, _ in in_words(50_000, "KES", "sw")] == ["sw", "en"]
    assert in_words(14_235_000, "INR", "en") == [
        ("en", "One lakh forty-two thousand three hundred and fifty Indian rupees only")
    ]


def test_no_text_leaves_its_quotes_in_a_style() -> None:
    said = css_string('a" } </style><script> \\ é')
    assert set("<>{}'") & set(said) == set()
    assert said[0] == said[-1] == '"'
    assert '"' not in said[1:-1]


def test_amounts_are_read_from_a_papers_words() -> None:
    text = "Confirmed INR 1 Apr 2025 INR 12,34,567.50 and KES 5.00, + INR\u00a02,000.00"
    assert {str(one) for one in amounts(text, "INR", 2)} == {"1234567.50", "2000.00"}
    assert {str(one) for one in amounts("Balance UGX 1 Apr 2025 UGX 37,000 Scan", "UGX", 0)} == {"37000"}
