"""Regions of a country: official names, and a table of the spellings that people use."""

import json
import unicodedata
from functools import cache
from pathlib import Path

from rapidfuzz import fuzz, process

DATA = Path(__file__).parent / "data"
FILES = {"KE": "kenya_counties.json"}
NOISE = ("county", "city", "district", "town", "kaunti", "ya", "of")
LETTERS = ("Ll", "Lo")
CLOSE = 78


def _bare(text: str) -> str:
    """Letters alone, without accents, apostrophes, hyphens and words such as county."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = (c if unicodedata.category(c) in LETTERS else " " if c.isspace() or c in "-–/" else "" for c in plain)
    words = "".join(letters).split()
    kept = [word for word in words if word not in NOISE]
    return "".join(kept or words)


@cache
def _table(country: str) -> tuple[tuple[str, ...], dict[str, str]]:
    if country not in FILES:
        return (), {}
    regions = json.loads((DATA / FILES[country]).read_text("utf-8"))["regions"]
    spellings = {_bare(text): one["name"] for one in regions for text in (one["name"], *one["aliases"])}
    return tuple(sorted(one["name"] for one in regions)), spellings


def region_names(country: str) -> tuple[str, ...]:
    """The official names by alphabet; empty for a country without a table."""
    return _table(country)[0]


def find_region(text: str, country: str) -> str | None:
    """The official name of what was written, None when the table doesn't know it."""
    names, spellings = _table(country)
    if not names:
        return " ".join(text.split()) or None
    return spellings.get(_bare(text))


def suggest_region(text: str, country: str) -> str | None:
    """The name that looks most like it, if any is close: to be offered, never taken."""
    names, _ = _table(country)
    found = process.extractOne(
        _bare(text), {name: _bare(name) for name in names}, scorer=fuzz.ratio, score_cutoff=CLOSE
    )
    return str(found[2]) if found else None
