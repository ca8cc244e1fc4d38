"""Names as people write them in lists, put in order; pure."""

import re

from app.kit.text import tidy

_APOSTROPHES = "'’ʼ`"
_RUN = re.compile(rf"[^\W\d_]+(?:[{_APOSTROPHES}][^\W\d_]*)*")
_PARTICLES = frozenset({"arap", "ole", "bin", "binti", "wa"})
_SUFFIXES = frozenset({"jr", "sr", "jnr", "snr", "ii", "iii", "iv"})
_NUMERALS = frozenset({"ii", "iii", "iv"})


def tidy_name(text: str) -> str:
    """`OWUOR, GRACE` as `Grace Owuor`. Words all in capitals or all small get a capital at their start.

    `NG'ANG'A` becomes `Ng'ang'a`, `O'BRIEN` `O'Brien`, `MCDONALD` `McDonald` (but `MCHARO` `Mcharo`),
    `ARAP` inside a name `arap`; words in both kinds of letters stay.
    """
    text = tidy(text)
    parts = [part.strip() for part in text.split(",")]
    if len(parts) == 2 and all(parts):
        is_suffix = parts[1].casefold().rstrip(".") in _SUFFIXES
        text = " ".join(parts if is_suffix else reversed(parts))
    return " ".join(_word(word, is_first=index == 0) for index, word in enumerate(text.split()))


def _word(word: str, *, is_first: bool) -> str:
    if not (word.isupper() or word.islower()):
        return word
    small = word.lower()
    if small in _PARTICLES and not is_first:
        return small
    if small in _NUMERALS and not is_first:
        return word.upper()
    if len(word) == 2 and word.isupper() and not set(small) & set("aeiouy"):
        return word  # initials written together
    return _RUN.sub(lambda match: _run(match[0].lower()), word)


def _run(run: str) -> str:
    if len(run) > 2 and run[0] in "od" and run[1] in _APOSTROPHES:
        return run[0].upper() + run[1] + run[2].upper() + run[3:]
    if len(run) > 4 and run.startswith("mc") and run[2] != "h":
        return "Mc" + run[2].upper() + run[3:]
    return run[0].upper() + run[1:]
