"""Which language a reader gets, and the built pages in each."""

import gzip
from pathlib import Path

import brotli
import pytest

from app.kit.i18n import KEYS, LANGUAGES, choose, language, t
from app.launch.languages import translated, write_out


@pytest.mark.parametrize(
    ("chosen", "accepted", "expected"),
    [
        ("", "", "en"),
        ("sw", "en", "sw"),
        ("xx", "sw-KE,sw;q=0.9,en;q=0.8", "sw"),
        ("", "en;q=0.5,sw-TZ;q=0.9", "sw"),
        ("", "fr,de;q=0.5", "en"),
        ("", "*;q=x,,;q=;", "en"),
    ],
)
def test_the_choice_comes_before_the_browsers_wish(chosen: str, accepted: str, expected: str) -> None:
    assert choose(chosen, accepted) == expected


def test_a_build_holds_keys() -> None:
    before = language.set(KEYS)
    try:
        assert t("pay.title") == "@@pay.title@@"
        with pytest.raises(AssertionError):
            t("no.such.key")
    finally:
        language.reset(before)


def test_texts_are_quoted_for_where_they_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.launch.languages.t", lambda _key, _code: "a\"b'c`d${e}<f>\\")
    script = translated("x(`@@some.key@@`)", "en", ".js")
    assert not set("\"'<").intersection(script)
    assert script.count("`") == 2
    assert "${" not in script
    assert translated("@@country.KE@@", "en", ".js") == script[3:-2]
    assert translated("<p>@@some.key@@</p>", "en", ".html") == "<p>a&quot;b&#x27;c`d${e}&lt;f&gt;\\</p>"


def test_every_language_loads_scripts_of_its_own(tmp_path: Path) -> None:
    client = tmp_path / "client"
    (client / "assets").mkdir(parents=True)
    page = '<script src="/assets/a.js"></script><link href="/assets/a.css">@@pay.title@@'
    (client / "index.html").write_text(page, "utf-8")
    script = 'import"./b.js";go(["assets/b.js","assets/a.css"],`@@pay.title@@`)'
    (client / "assets" / "a.js").write_text(script, "utf-8")
    (client / "assets" / "a.js.gz").write_bytes(b"old")
    (client / "assets" / "a.css").write_text("p{}", "utf-8")
    write_out(client)
    for code in LANGUAGES:
        folder = client if code == "en" else client / code
        prefix = "" if code == "en" else f"{code}/"
        assert f'src="/{prefix}assets/a.js"' in (folder / "index.html").read_text("utf-8")
        assert 'href="/assets/a.css"' in (folder / "index.html").read_text("utf-8")
        script = (folder / "assets" / "a.js").read_text("utf-8")
        assert script == f'import"./b.js";go(["{prefix}assets/b.js","assets/a.css"],`{t("pay.title", code)}`)'
        assert gzip.decompress((folder / "assets" / "a.js.gz").read_bytes()).decode() == script
        assert brotli.decompress((folder / "assets" / "a.js.br").read_bytes()).decode() == script
    assert brotli.decompress((client / "assets" / "a.css.br").read_bytes()) == b"p{}"
    assert not (tmp_path / "marked").exists()
