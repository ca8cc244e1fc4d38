"""Message catalogues: `app/locales/<language>/*.json`, merged; `{name}` and `{n, plural, one {# due} other {# dues}}`.

Plural categories are Unicode's (Babel). A missing key or parameter is a KeyError: it is a defect, never shown raw.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from babel import Locale

FOLDER = Path(__file__).parent.parent / "locales"

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


def t(key: str, locale: str = "en", **params: str | int) -> str:
    """The message in the reader's language, filled."""
    text = catalogue(locale)[key]

    def plural(match: re.Match[str]) -> str:
        count = int(params[match[1]])
        branches = dict(_BRANCH.findall(match[2]))
        chosen = branches.get(Locale(locale).plural_form(count), branches["other"])
        return chosen.replace("#", f"{count:,}")

    return _NAME.sub(lambda match: str(params[match[1]]), _PLURAL.sub(plural, text))
