"""Our references inside whatever a payer typed; pure."""

import re
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator

from app.kit.ids import ALPHABET, is_code

SYMBOLS = 7
_SHOWN = re.compile(rf"(?<![A-Z0-9])([{ALPHABET}]{{4}})[-\u2010-\u2015 .]?([{ALPHABET}]{{4}})(?![A-Z0-9])")
_KINDS = bytes(ord("A" if chr(n) in ALPHABET else "O" if chr(n) in "01IO" else "-") for n in range(256))
"""Of each character whether it may be in a reference, is another letter or digit, or parts words."""
_SHAPES = (b"-AAAAAAAA-", b"-AAAA-AAAA-")
_PIECE = re.compile(r"[A-Z0-9]+")
_CONFUSED = str.maketrans({"0": "Q", "O": "Q", "1": "L", "I": "L"})
"""Symbols that no reference has, as the one that each is likeliest meant for."""


def words_in(text: str) -> Iterator[str]:
    """Every run of letters and digits in capitals, and each two that a dash, dot or blank parts."""
    pieces = [(match[0], match.start(), match.end()) for match in _PIECE.finditer(text.upper())]
    for index, (word, _, end) in enumerate(pieces):
        yield word
        if index + 1 < len(pieces):
            other, start, _ = pieces[index + 1]
            if start - end == 1 and len(word) + len(other) <= SYMBOLS + 2:
                yield word + other


def references_in(text: str, known: Container[str]) -> list[str]:
    """Those of the `known` references that stand in the text, in order, each once.

    Most stand as we show them, in one piece or two fours; only where none does is every pair of words looked at.
    """
    found = [word for one, two in _SHOWN.findall(text.upper()) if (word := one + two) in known]
    found = found or [word for word in words_in(text) if word in known]
    return found if len(found) < 2 else list(dict.fromkeys(found))


def is_alone(cell: str, rest: str) -> bool:
    """Whether the cell is a reference as ours are, and nothing like another stands in the rest of a line's words.

    A blank begins and ends the `rest`. Never true where `references_in` finds more than the cell; whatever else has the
    shape of a reference, known or not, is enough to say no.
    """
    if len(cell) != SYMBOLS + 1 or cell.strip(ALPHABET):
        return False
    text = rest.upper()
    kinds = text.encode("ascii", "replace").translate(_KINDS)
    for shape in _SHAPES:
        at = kinds.find(shape)
        while at >= 0:
            end = at + len(shape) - 1
            if text[at + 1 : at + 5] + text[end - 4 : end] != cell:
                return False
            at = kinds.find(shape, at + 1)
    return True


class Neighbours:
    """Finds the reference that a mistyped word was meant for: one symbol wrong, missing, too many, or two swapped."""

    def __init__(self, references: Iterable[str]) -> None:
        self._exact = frozenset(references)
        self._without: dict[str, set[str]] = defaultdict(set)
        for reference in self._exact:
            for less in _deletions(reference):
                self._without[less].add(reference)

    def of(self, word: str) -> set[str]:
        """Those one slip away; empty for a word that is right, whether we know it or not."""
        if not SYMBOLS <= len(word) <= SYMBOLS + 2 or (len(word) == SYMBOLS + 1 and is_code(word, SYMBOLS)):
            return set()
        found = {one for form in {word, word.translate(_CONFUSED)} for one in self._near(form)}
        return found if any(c.isdigit() for c in word) or len(found) == 1 else set()

    def _near(self, word: str) -> Iterator[str]:
        if word in self._exact:
            yield word
        yield from self._without.get(word, ())
        for less in _deletions(word):
            if less in self._exact:
                yield less
            for one in self._without.get(less, ()):
                if len(one) == len(word) and _is_slip(one, word):
                    yield one


def _deletions(word: str) -> set[str]:
    return {word[:at] + word[at + 1 :] for at in range(len(word))}


def _is_slip(one: str, other: str) -> bool:
    """Of words of one length: one symbol differs, or two neighbours are swapped."""
    at = [n for n, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
    swapped = len(at) == 2 and at[1] == at[0] + 1 and one[at[0]] == other[at[1]] and one[at[1]] == other[at[0]]
    return len(at) == 1 or swapped
