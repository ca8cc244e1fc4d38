"""Each line of a sheet against the rules and against the members that are here, pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from app.domain.groups.importing.parsing import FIELDS, SheetRow
from app.domain.groups.regions import find_region, suggest_region
from app.domain.identity.phones import parse_phone
from app.kit.errors import InvalidInput

FLAGGED = ("error", "duplicate")
_GENDERS = {
    "f": "F", "female": "F", "mke": "F", "mwanamke": "F", "k": "F",
    "m": "M", "male": "M", "mme": "M", "mwanaume": "M",
}  # fmt: skip
_DATE = re.compile(r"(\d{1,4})[/.\-](\d{1,2})[/.\-](\d{1,4})")


@dataclass(frozen=True, slots=True)
class Known:
    """A member that is here already."""

    member_id: UUID
    member_no: str


@dataclass(frozen=True, slots=True)
class Checked:
    """`status` is new, already, error, duplicate, empty or left_out.

    `values` are normalised, by field; `written` as in the file. `wrong` is the field at fault, `why` a message key's
    end with `params`. `suggestion` may replace the wrong value.
    """

    line: int
    status: str
    written: Mapping[str, str]
    values: Mapping[str, str]
    wrong: str = ""
    why: str = ""
    params: Mapping[str, str | int] = field(default_factory=dict)
    suggestion: str = ""
    known: Known | None = None

    @property
    def changed(self) -> tuple[str, ...]:
        """The fields that were read otherwise than written."""
        return tuple(name for name, value in self.values.items() if value and value != self.written.get(name, ""))


def tidy_name(text: str) -> str:
    """`OWUOR, GRACE` as `Grace Owuor`; words all in capitals or all small get capitals at their start."""
    parts = [part.strip() for part in text.split(",")]
    if len(parts) == 2 and all(parts):
        text = f"{parts[1]} {parts[0]}"
    words = []
    for word in text.split():
        plain = word.isupper() or word.islower()
        words.append(re.sub(r"[^\W\d_]+", lambda m: m[0].capitalize(), word) if plain and len(word) > 1 else word)
    return " ".join(words)


def day_first(texts: list[str]) -> bool:
    """Whether the column writes the day before the month; it does unless only the other order makes sense."""
    found = [(int(m[1]), int(m[2])) for m in (_DATE.fullmatch(text) for text in texts) if m and len(m[1]) <= 2]
    return not (any(second > 12 for _, second in found) and all(first <= 12 for first, _ in found))


def parse_civil(text: str, *, is_day_first: bool) -> date:
    """`22/01/2025`, `2025-01-22`. Raises ValueError."""
    match = _DATE.fullmatch(text)
    if match is None:
        raise ValueError(text)
    if len(match[1]) == 4:
        return date(int(match[1]), int(match[2]), int(match[3]))
    one, two, year = int(match[1]), int(match[2]), int(match[3])
    year += 2000 if year < 100 else 0
    return date(year, two, one) if is_day_first else date(year, one, two)


@dataclass
class Checker:
    """Goes through the lines in order, remembering phones and numbers already seen."""

    columns: Mapping[str, int]
    fixes: Mapping[int, Mapping[str, str]]
    left_out: frozenset[int]
    country: str
    known_phone: Callable[[str], Known | None]
    known_no: Callable[[str], Known | None]
    today: date
    is_day_first: bool = True
    _phones: dict[str, int] = field(default_factory=dict)
    _numbers: dict[str, int] = field(default_factory=dict)

    def check_all(self, rows: tuple[SheetRow, ...]) -> list[Checked]:
        column = self.columns.get("joined_on")
        texts = [row.cells[column] for row in rows if column is not None and column < len(row.cells)]
        self.is_day_first = day_first(texts)
        return [self._check(row) for row in rows]

    def _written(self, row: SheetRow) -> dict[str, str]:
        written = {}
        for name in FIELDS:
            index = self.columns.get(name)
            cell = row.cells[index] if index is not None and index < len(row.cells) else ""
            written[name] = self.fixes.get(row.line, {}).get(name, cell).strip()
        return written

    def _check(self, row: SheetRow) -> Checked:
        written = self._written(row)
        if not any(written.values()):
            return Checked(row.line, "empty", written, {})
        if row.line in self.left_out:
            return Checked(row.line, "left_out", written, {})
        try:
            values = self._values(written)
        except _Wrong as wrong:
            return Checked(row.line, "error", written, {}, wrong.field, wrong.why, wrong.params, wrong.suggestion)
        return self._against_others(row.line, written, values)

    def _values(self, written: dict[str, str]) -> dict[str, str]:
        if not written["member_no"]:
            raise _Wrong("member_no", "import_no_empty")
        if len(written["member_no"]) > 20:
            raise _Wrong("member_no", "import_no_long")
        if not written["name"] or not any(c.isalpha() for c in written["name"]):
            raise _Wrong("name", "import_name_empty")
        if len(written["name"]) > 120:
            raise _Wrong("name", "import_name_long")
        values = {"member_no": written["member_no"], "name": tidy_name(written["name"]), "remarks": written["remarks"]}
        values["phone"] = self._phone(written["phone"])
        values["region"] = self._region(written["region"]) if "region" in self.columns else ""
        values["gender"] = self._gender(written["gender"])
        values["joined_on"] = self._joined(written["joined_on"])
        return values

    def _phone(self, text: str) -> str:
        if not text:
            return ""
        try:
            return parse_phone(text, self.country)
        except InvalidInput as error:
            raise _Wrong("phone", f"import_{error.why}", dict(error.params)) from None

    def _region(self, text: str) -> str:
        if not text:
            raise _Wrong("region", "import_region_empty")
        found = find_region(text, self.country)
        if found is None:
            suggestion = suggest_region(text, self.country) or ""
            why = "import_region_suggested" if suggestion else "import_region_unknown"
            raise _Wrong("region", why, {"value": text, "suggestion": suggestion}, suggestion)
        return found

    def _gender(self, text: str) -> str:
        if not text:
            return ""
        code = _GENDERS.get(text.casefold().rstrip("."))
        if code is None:
            raise _Wrong("gender", "import_gender", {"value": text})
        return code

    def _joined(self, text: str) -> str:
        if not text:
            return ""
        try:
            joined = parse_civil(text, is_day_first=self.is_day_first)
        except ValueError:
            raise _Wrong("joined_on", "import_date", {"value": text}) from None
        if not date(1950, 1, 1) <= joined <= self.today:
            raise _Wrong("joined_on", "import_date_range", {"value": text})
        return joined.isoformat()

    def _against_others(self, line: int, written: dict[str, str], values: dict[str, str]) -> Checked:
        phone, number = values["phone"], values["member_no"].upper()
        if phone and phone in self._phones:
            params = {"line": self._phones[phone]}
            return Checked(line, "duplicate", written, values, "phone", "import_same_phone", params)
        if number in self._numbers:
            params = {"line": self._numbers[number]}
            return Checked(line, "duplicate", written, values, "member_no", "import_same_no", params)
        known = self.known_phone(phone) if phone else None
        holder = self.known_no(number)
        if known is None and holder is not None:
            return Checked(line, "error", written, values, "member_no", "import_no_taken", {"number": holder.member_no})
        self._numbers[number] = line
        if phone:
            self._phones[phone] = line
        return Checked(line, "already" if known else "new", written, values, known=known)


class _Wrong(Exception):
    def __init__(
        self, field_: str, why: str, params: Mapping[str, str | int] | None = None, suggestion: str = ""
    ) -> None:
        super().__init__(why)
        self.field, self.why, self.params, self.suggestion = field_, why, params or {}, suggestion
