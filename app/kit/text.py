"""Text that people type, before it is kept."""

import unicodedata

JOINERS = ("\u200c", "\u200d")
"""Zero-width joiners, which several scripts need inside words."""
BLANKS = frozenset("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | {chr(one) for one in range(0xFE00, 0xFE10)}
"""Letters and marks by name that show nothing: fillers, the empty braille cell, variation selectors."""
VIRAMA = 9
"""The combining class of what makes a half letter."""


def tidy(text: str) -> str:
    """One blank between words, none around; nothing that controls or hides; empty when nothing of it can be seen."""
    kept: list[str] = []
    for at, symbol in enumerate(text):
        if symbol in JOINERS:
            if kept and _joins(kept[-1], text[at + 1 : at + 2]):
                kept.append(symbol)
        elif symbol.isspace() or (symbol not in BLANKS and unicodedata.category(symbol) not in ("Cc", "Cf", "Cs")):
            kept.append(symbol)
    once = " ".join("".join(kept).split())
    return once if any(unicodedata.category(symbol)[0] in "LNPS" for symbol in once) else ""


def _joins(before: str, after: str) -> bool:
    """Where a joiner means something (RFC 5892, A.1 and A.2): after a half letter, and between Arabic ones."""
    return unicodedata.combining(before) == VIRAMA or (_is_arabic(before) and _is_arabic(after))


def _is_arabic(symbol: str) -> bool:
    return symbol.isalpha() and unicodedata.name(symbol, "").startswith("ARABIC")
