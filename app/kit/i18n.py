"""Message catalogues: `app/locales/<language>/*.json`, merged; `{name}` and `{n, plural, one {# due} other {# dues}}`.

Plural categories are Unicode's (Babel). A missing key or parameter is a KeyError: it is a defect, never shown raw.
"""

import json
import os
import re
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import date
from functools import cache, lru_cache
from pathlib import Path

from babel import Locale, negotiate_locale
from babel.dates import format_date
from babel.plural import PluralRule

FOLDER = Path(__file__).parent.parent / "locales"
LANGUAGES = {"en": "English", "sw": "Kiswahili"}
"""What can be chosen, by its own name; the first is what everyone else gets."""
DEFAULT = "en"
LANGUAGE_COOKIE = "sanduk-language"
KEYS = "keys"
"""Not a language: `t` answers with `@@key@@`, which the build of the pages replaces, once per language."""
MARKED = re.compile(r"@@([A-Za-z0-9_.]+)@@")

_FIRST = os.environ.get("SANDUK_LANGUAGE", DEFAULT)
language: ContextVar[str] = ContextVar("language", default=_FIRST)
"""The reader's language during a request or an event."""

_PLURAL = re.compile(r"\{(\w+), plural,((?:\s*\w+ \{(?:[^{}]|\{\w+\})*\})+)\s*\}")
_BRANCH = re.compile(r"(\w+) \{((?:[^{}]|\{\w+\})*)\}")
_NAME = re.compile(r"\{(\w+)\}")


@cache
def catalogue(locale: str) -> Mapping[str, str]:
    """Every message of one language. Raises ValueError when two files define one key."""
    merged: dict[str, str] = {}
    for path in sorted((FOLDER / locale).glob("*.json")):
        for key, text in json.loads(path.read_text("utf-8")).items():
            if key in merged:
                msg = f"{path.name} defines {key!r} again"
                raise ValueError(msg)
            merged[key] = text
    return merged


def choose(chosen: str, accepted: str) -> str:
    """One of LANGUAGES: what was chosen, else the best of a browser's `Accept-Language`."""
    if chosen in LANGUAGES:
        return chosen
    wanted: list[tuple[float, str]] = []
    for part in accepted[:200].split(","):
        tag, _, quality = part.partition(";q=")
        try:
            wanted.append((-float(quality or 1), tag.strip()))
        except ValueError:
            continue
    tags = [tag for _, tag in sorted(wanted, key=lambda one: one[0])]
    return negotiate_locale(tags, list(LANGUAGES), sep="-") or DEFAULT


def show_day(on: date, locale: str = "") -> str:
    """`21 Nov 2026`, in the reader's language or that of `locale`."""
    return _written(on, locale or language.get())


@lru_cache(4096)
def _written(on: date, locale: str) -> str:
    return format_date(on, "d MMM y", locale=locale)


@cache
def _plural_of(locale: str) -> PluralRule:
    return Locale(locale).plural_form


def t(key: str, locale: str = "", **params: str | int | date) -> str:
    """The message in the reader's language, or that of `locale`, filled; dates as `show_day` has them."""
    locale = locale or language.get()
    if locale == KEYS:
        assert key in catalogue(DEFAULT), key
        return f"@@{key}@@"
    text = catalogue(locale)[key]

    def plural(match: re.Match[str]) -> str:
        count = int(str(params[match[1]]))
        branches = dict(_BRANCH.findall(match[2]))
        chosen = branches.get(_plural_of(locale)(count), branches["other"])
        return chosen.replace("#", f"{count:,}")

    def named(match: re.Match[str]) -> str:
        value = params[match[1]]
        return show_day(value, locale) if isinstance(value, date) else str(value)

    return _NAME.sub(named, _PLURAL.sub(plural, text))
