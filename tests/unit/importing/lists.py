"""Lists and their check, without a database."""

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

from app.domain.groups.importing.checking import Checked, Here, Known, check_rows
from app.domain.groups.importing.columns import guess_columns
from app.domain.groups.importing.parsing import parse

SHIPPED = Path(__file__).parents[3] / "app" / "demo" / "bss-members.csv"
TODAY = date(2026, 11, 21)
HEADER = "Member No,Full Name,Phone,County,Gender,Joined,Remarks"
NOBODY = Here(by_phone=lambda _: None, by_no=lambda _: None)


def here(*members: tuple[str, str | None], empty: Iterable[str] = ()) -> Here:
    """Members as (number, phone)."""
    known = [(phone, Known(uuid4(), number, frozenset(empty))) for number, phone in members]
    by_phone = {phone: one for phone, one in known if phone}
    by_no = {one.member_no: one for _, one in known}
    return Here(by_phone=by_phone.get, by_no=by_no.get)


def check(
    data: bytes | str,
    members: Here = NOBODY,
    *,
    fixes: Mapping[int, Mapping[str, str]] | None = None,
    left_out: Iterable[int] = (),
    columns: Mapping[str, int] | None = None,
) -> list[Checked]:
    sheet = parse(data if isinstance(data, bytes) else data.encode())
    guessed = guess_columns(sheet.columns, [row.cells for row in sheet.rows])
    return check_rows(
        sheet.rows,
        columns if columns is not None else {name: guess.column for name, guess in guessed.items()},
        members,
        country="KE",
        today=TODAY,
        width=len(sheet.columns),
        fixes=fixes,
        left_out=left_out,
    )


def lines(*rows: str) -> str:
    """A list with the usual header; the first row is line 2."""
    return "\n".join([HEADER, *rows]) + "\n"


def one(row: str, members: Here = NOBODY) -> Checked:
    (checked,) = check(lines(row), members)
    return checked


def member_id(members: Here, number: str) -> UUID:
    known = members.by_no(number)
    assert known
    return known.member_id
