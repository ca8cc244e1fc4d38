"""Each line of a sheet against the rules and against the members that are here, pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

from app.domain.groups.importing.columns import FIELDS, REQUIRED
from app.domain.groups.importing.names import tidy_name
from app.domain.groups.importing.parsing import SheetRow
from app.domain.groups.regions import find_region, suggest_region
from app.domain.identity.phones import parse_phone
from app.kit.civil_dates import day_first, parse_civil
from app.kit.errors import InvalidInput
from app.kit.formulas import is_formula, unprotected
from app.kit.text import tidy

FLAGGED = ("error", "duplicate")
REMARKS_LIMIT = 500
EARLIEST = date(1950, 1, 1)
_TOTALS = frozenset({"total", "totals", "grand total", "sum", "jumla", "jumla kuu"})
_SHEET_ERRORS = frozenset({"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#SPILL!", "#CALC!"})
_GENDERS = {
    "f": "F", "female": "F", "woman": "F", "w": "F", "mke": "F", "mwanamke": "F", "kike": "F", "k": "F",
    "m": "M", "male": "M", "man": "M", "mme": "M", "mume": "M", "mwanaume": "M", "kiume": "M",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """A member that is here already; `empty` are the fields that a list may fill."""

    member_id: UUID
    member_no: str
    empty: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Here:
    """Who is here: look-ups by E.164 phone and by member number (any case)."""

    by_phone: Callable[[str], Known | None]
    by_no: Callable[[str], Known | None]


@dataclass(frozen=True, slots=True)
class Checked:
    """`status` is new, already, error, duplicate, empty or left_out.

    `values` are normalised, by field; `written` as in the file or as mended. `wrong` is the field at fault, `why` a
    message key's end with `params`. `suggestion` may replace the wrong value. `formulas` are fields that a spreadsheet
    would run: text here.
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
    formulas: tuple[str, ...] = ()

    @property
    def changed(self) -> tuple[str, ...]:
        """The fields that were read otherwise than written."""
        return tuple(name for name, value in self.values.items() if value and value != self.written.get(name, ""))

    @property
    def fills(self) -> tuple[str, ...]:
        """The fields of the member here that this line fills, because they are empty."""
        empty = self.known.empty if self.known else frozenset()
        return tuple(name for name, value in self.values.items() if value and name in empty)


def check_rows(
    rows: tuple[SheetRow, ...],
    columns: Mapping[str, int],
    here: Here,
    *,
    country: str,
    today: date,
    width: int,
    fixes: Mapping[int, Mapping[str, str]] | None = None,
    left_out: Iterable[int] = (),
) -> list[Checked]:
    """Every line in order. `width` is the header's number of cells; `fixes` (line to field to text) stand in the place
    of what is written. One of two lines for the same person is a duplicate only while the other is to come in."""
    fixes = fixes or {}
    index = columns.get("joined_on", -1)
    texts = [row.cells[index].strip() for row in rows if 0 <= index < len(row.cells)]
    reader = _Reader(columns, country, today, width, is_day_first=day_first(texts))
    seen = _Seen(here)
    out = frozenset(left_out)
    found = []
    for row in rows:
        checked = reader.read(row, fixes.get(row.line, {}))
        if row.line in out and checked.status != "empty":
            checked = Checked(row.line, "left_out", checked.written, {}, formulas=checked.formulas)
        found.append(seen.compare(checked) if checked.status == "new" else checked)
    return found


class _Wrong(Exception):
    def __init__(self, name: str, why: str, suggestion: str = "", **params: str | int) -> None:
        super().__init__(why)
        self.field, self.why, self.suggestion, self.params = name, why, suggestion, params


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one line by itself: new, error or empty."""

    columns: Mapping[str, int]
    country: str
    today: date
    width: int
    is_day_first: bool

    def read(self, row: SheetRow, fixes: Mapping[str, str]) -> Checked:
        written = {name: fixes.get(name, self._cell(row, name)) for name in FIELDS}
        is_matched = all(name in self.columns for name in REQUIRED)
        if is_matched and not any(text.strip() for text in written.values()):
            return Checked(row.line, "empty", written, {})
        formulas = tuple(name for name, text in written.items() if is_formula(text))
        try:
            if not fixes:
                self._require_whole(row)
            values = self._values({name: tidy(unprotected(text)) for name, text in written.items()}, formulas)
        except _Wrong as wrong:
            return Checked(
                row.line, "error", written, {}, wrong.field, wrong.why, wrong.params, wrong.suggestion, None, formulas
            )
        return Checked(row.line, "new", written, values, formulas=formulas)

    def _cell(self, row: SheetRow, name: str) -> str:
        index = self.columns.get(name, -1)
        return row.cells[index] if 0 <= index < len(row.cells) else ""

    def _require_whole(self, row: SheetRow) -> None:
        if row.is_cut:
            last = next((name for name, index in self.columns.items() if index == len(row.cells) - 1), "name")
            raise _Wrong(last, "import_cut")
        if any(cell.strip() for cell in row.cells[self.width :]):
            raise _Wrong("name", "import_cells", cells=len(row.cells), columns=self.width)

    def _values(self, texts: Mapping[str, str], formulas: tuple[str, ...]) -> dict[str, str]:
        number, name = texts["member_no"], tidy_name(texts["name"])
        if not texts["phone"] and _TOTALS & {number.casefold().rstrip(":"), name.casefold().rstrip(":")}:
            raise _Wrong("name", "import_total")
        for one, text in texts.items():
            if text in _SHEET_ERRORS:
                raise _Wrong(one, "import_sheet_error", value=text)
        for one in ("member_no", "name", "phone"):
            if one in formulas:
                raise _Wrong(one, "import_formula")
        for one in REQUIRED:
            if one not in self.columns and not texts[one]:
                raise _Wrong(one, "import_column_missing")
        if not number:
            raise _Wrong("member_no", "import_no_empty")
        if len(number) > 20:
            raise _Wrong("member_no", "import_no_long")
        if not any(c.isalpha() for c in name):
            raise _Wrong("name", "import_name_empty")
        if len(name) > 120:
            raise _Wrong("name", "import_name_long")
        if len(texts["remarks"]) > REMARKS_LIMIT:
            raise _Wrong("remarks", "import_remarks_long", limit=REMARKS_LIMIT)
        return {
            "member_no": number,
            "name": name,
            "phone": self._phone(texts["phone"]),
            "region": self._region(texts["region"]) if "region" in self.columns or texts["region"] else "",
            "gender": self._gender(texts["gender"]),
            "joined_on": self._joined(texts["joined_on"]),
            "remarks": texts["remarks"],
        }

    def _phone(self, text: str) -> str:
        if not text:
            return ""
        try:
            return parse_phone(text, self.country)
        except InvalidInput as error:
            raise _Wrong("phone", f"import_{error.why}", **error.params) from None

    def _region(self, text: str) -> str:
        if not text:
            raise _Wrong("region", "import_region_empty")
        found = find_region(text, self.country)
        if found is None:
            suggestion = suggest_region(text, self.country)
            if suggestion:
                raise _Wrong("region", "import_region_suggested", suggestion, value=text, closest=suggestion)
            raise _Wrong("region", "import_region_unknown", value=text)
        return found

    def _gender(self, text: str) -> str:
        code = _GENDERS.get(text.casefold().rstrip("."), "")
        if text and not code:
            raise _Wrong("gender", "import_gender", value=text)
        return code

    def _joined(self, text: str) -> str:
        if not text:
            return ""
        try:
            joined = parse_civil(text, is_day_first=self.is_day_first)
        except ValueError:
            raise _Wrong("joined_on", "import_date", value=text) from None
        if not EARLIEST <= joined <= self.today:
            raise _Wrong("joined_on", "import_date_range", value=text)
        return joined.isoformat()


@dataclass(slots=True)
class _Seen:
    """Compares lines with the members here and with the lines before."""

    here: Here
    _phones: dict[str, int] = field(default_factory=dict)
    _numbers: dict[str, int] = field(default_factory=dict)
    _members: dict[UUID, int] = field(default_factory=dict)

    def compare(self, row: Checked) -> Checked:
        """The line as new, already here, duplicate or error; remembered when it is to come in."""
        phone, number = row.values["phone"], row.values["member_no"].upper()
        if phone in self._phones:
            return _flag(row, "duplicate", "phone", "import_same_phone", line=self._phones[phone])
        if number in self._numbers:
            return _flag(row, "duplicate", "member_no", "import_same_no", line=self._numbers[number])
        row = self._with_members(row, phone, number)
        if row.status not in FLAGGED:
            self._numbers[number] = row.line
            if phone:
                self._phones[phone] = row.line
        return row

    def _with_members(self, row: Checked, phone: str, number: str) -> Checked:
        """Known by phone; a line without phone by number."""
        by_phone = self.here.by_phone(phone) if phone else None
        by_no = self.here.by_no(number)
        known = by_phone if phone else by_no
        if by_no and known is None:
            return _flag(row, "error", "member_no", "import_no_taken", number=by_no.member_no)
        if known is None:
            return row
        if by_no and by_no.member_id != known.member_id:
            return _flag(row, "error", "member_no", "import_two_members", number=by_no.member_no, other=known.member_no)
        if known.member_id in self._members:
            return _flag(row, "duplicate", "phone", "import_same_member", line=self._members[known.member_id])
        self._members[known.member_id] = row.line
        return replace(row, status="already", known=known)


def _flag(row: Checked, status: str, wrong: str, why: str, **params: str | int) -> Checked:
    return replace(row, status=status, wrong=wrong, why=why, params=params)
