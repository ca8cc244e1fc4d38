"""Which column of a sheet is which field, guessed by header in English and Swahili, then by content; pure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from app.domain.groups.regions import find_region, region_names

HEADERS: dict[str, tuple[str, ...]] = {
    "member_no": (
        "member no", "member number", "member id", "membership no", "membership number", "memberno", "reg no",
        "namba ya mwanachama", "nambari ya mwanachama", "namba ya uanachama", "nambari ya uanachama",
    ),
    "name": ("full name", "full names", "name", "names", "member name", "jina", "jina kamili", "majina",
             "jina la mwanachama"),
    "phone": (
        "phone", "phone number", "phone no", "mobile", "mobile number", "mobile no", "telephone", "tel", "tel no",
        "cell", "cellphone", "mpesa", "mpesa number", "m pesa number", "simu", "namba ya simu", "nambari ya simu",
    ),
    "region": ("county", "home county", "region", "district", "kaunti", "mkoa", "wilaya"),
    "gender": ("gender", "sex", "jinsia"),
    "joined_on": (
        "joined", "joined on", "date joined", "join date", "joining date", "date of joining", "member since",
        "registration date", "alijiunga", "tarehe ya kujiunga", "tarehe ya kujiandikisha",
    ),
    "remarks": ("remarks", "remark", "notes", "note", "comments", "comment", "maoni", "maelezo"),
}  # fmt: skip
WEAK: dict[str, str] = {
    "no": "member_no", "number": "member_no", "id": "member_no", "namba": "member_no", "nambari": "member_no",
    "member": "name", "mwanachama": "name", "contact": "phone", "contacts": "phone", "date": "joined_on",
    "tarehe": "joined_on",
}  # fmt: skip
"""Headers that mean the field only when no better column is there."""

FIELDS = tuple(HEADERS)
REQUIRED = ("member_no", "name")
SURE, LIKELY, FAINT = 100, 70, 60
_SPELLINGS = {spelling: field for field, spellings in HEADERS.items() for spelling in spellings}
_NUMBER = re.compile(r"\+?[\d\s().\-]{9,20}")
SAMPLE = 50


@dataclass(frozen=True, slots=True)
class Guess:
    """`confidence` of 100: 100 the header says it, from 85 misspelt, 70 the header is vague, 60 only the content."""

    column: int
    confidence: int


def header_field(cell: str) -> tuple[str, int] | None:
    """The field that a header names, and how surely."""
    plain = "".join(c if c.isalnum() else " " for c in (cell.split("(", maxsplit=1)[0].strip() or cell).casefold())
    words = " ".join(plain.split())
    if words in _SPELLINGS:
        return _SPELLINGS[words], SURE
    if words in WEAK:
        return WEAK[words], LIKELY
    close = process.extractOne(words, _SPELLINGS.keys(), scorer=fuzz.ratio, score_cutoff=85) if len(words) > 4 else None
    return (_SPELLINGS[close[0]], min(int(close[1]), SURE - 1)) if close else None


def count_fields(cells: Iterable[str]) -> int:
    """How many fields the cells name, were they headers."""
    return len({found[0] for cell in cells if (found := header_field(cell))})


def guess_columns(
    headers: tuple[str, ...], rows: Iterable[tuple[str, ...]], *, country: str = "KE"
) -> dict[str, Guess]:
    """Field to column: the surest first, each column once; what nothing speaks for is missing."""
    sample = [row for _, row in zip(range(SAMPLE), rows, strict=False)]
    found = [(found[1], index, found[0]) for index, cell in enumerate(headers) if (found := header_field(cell))]
    found += _by_content(len(headers), sample, country)
    guesses: dict[str, Guess] = {}
    taken: set[int] = set()
    for confidence, index, field in sorted(found, key=lambda one: (-one[0], one[1])):
        if field not in guesses and index not in taken:
            guesses[field] = Guess(index, confidence)
            taken.add(index)
    return guesses


def _by_content(width: int, sample: list[tuple[str, ...]], country: str) -> Iterator[tuple[int, int, str]]:
    for index in range(width):
        cells = [cell for row in sample if index < len(row) and (cell := row[index].strip())]
        if not cells:
            continue
        if sum(bool(_NUMBER.fullmatch(cell)) for cell in cells) > 0.7 * len(cells):
            yield FAINT, index, "phone"
        elif region_names(country) and sum(bool(find_region(cell, country)) for cell in cells) > 0.7 * len(cells):
            yield FAINT, index, "region"
