"""Text that people type, before it is kept."""

import unicodedata

JOINERS = ("\u200c", "\u200d")
"""Zero-width joiners, which several scripts need inside words."""


def tidy(text: str) -> str:
    """One blank between words, none around; nothing that controls or hides."""
    kept = (c for c in text if c.isspace() or c in JOINERS or unicodedata.category(c) not in ("Cc", "Cf", "Cs"))
    return " ".join("".join(kept).split())
