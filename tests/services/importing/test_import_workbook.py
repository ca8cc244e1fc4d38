"""The same list as a workbook: the same check, the same members; and a workbook with two lists."""

import csv
from dataclasses import replace

import pytest

from app.domain.groups.importing import service
from app.domain.groups.importing.errors import ImportFinished
from app.domain.groups.importing.views import ImportView
from app.kit.db import Database
from app.kit.errors import InvalidInput
from app.kit.sheets import Cell, to_xlsx
from tests.services.importing.programme import SHIPPED, Programme, open_programme
from tests.unit.importing.books import HEADER, line, packed, parts_of, sheet


def shipped_rows() -> list[list[Cell]]:
    with SHIPPED.open(encoding="utf-8-sig", newline="") as file:
        return [list(row) for row in csv.reader(file)]


def shipped() -> bytes:
    """The demo's list as a workbook, each value as the CSV has it."""
    return to_xlsx(shipped_rows(), name="Members", heads=[0], widths=[12, 30])


def content(view: ImportView) -> dict[int, object]:
    """What the check says of each line, whoever's list it is."""
    return {row.line: replace(row, known=None) for row in view.rows}


async def test_the_workbook_is_checked_and_imported_as_the_csv_is(programme: Programme, database: Database):
    view = await programme.upload(shipped(), "members.xlsx")
    as_csv = await (other := await open_programme(database)).upload()
    assert content(view) == content(as_csv)
    assert len([row for row in view.rows if row.status != "empty"]) == len(as_csv.rows) == 77
    assert (view.columns, view.mapping, view.confidence) == (as_csv.columns, as_csv.mapping, as_csv.confidence)
    assert (view.sheet, view.other_sheets) == ("Members", ())
    for one, waiting in ((programme, view), (other, as_csv)):
        done = await one.commit((await one.leave_out_flagged(waiting)).id)
        assert (done.added, done.already_here) == (72, 2)
    mine, others = await programme.members(), await other.members()
    assert mine.keys() == others.keys()
    for number, member in mine.items():
        assert replace(member, id=others[number].id, person_id=others[number].person_id) == others[number]


async def test_the_workbook_after_the_csv_changes_nothing(programme: Programme):
    first = await programme.leave_out_flagged(await programme.upload())
    await programme.commit(first.id)
    before = await programme.members()
    workbook = shipped()  # packed once: another packing differs in its times
    again = await programme.upload(workbook, "members.xlsx")
    assert await programme.upload(workbook, "members.xlsx") == again
    assert (again.count("new"), again.count("already"), again.updated) == (0, 74, 0)
    done = await programme.commit((await programme.leave_out_flagged(again)).id)
    assert (done.added, done.already_here) == (0, 74)
    assert await programme.members() == before


async def test_another_sheet_is_chosen(programme: Programme):
    now = sheet(line(1, *HEADER), line(2, "Z/1", "Grace Wanjiru", "0719000001", "Kisumu"))
    old = sheet(line(1, "Name", "Member No"), line(2, "Ann Were", "Z/9"), line(3, "#N/A", "Z/10"))
    view = await programme.upload(packed(parts_of({"Now": now, "Old": old})), "two.xlsx")
    assert (view.sheet, view.other_sheets, view.rows[0].values["name"]) == ("Now", ("Old",), "Grace Wanjiru")
    treasurer = programme.treasurer
    async with programme.database.transaction(treasurer) as session:
        await service.mend_row(session, treasurer, view.id, 2, {"name": "Grace Were"})
        other = await service.choose_sheet(session, treasurer, view.id, "Old")
    assert (other.sheet, other.other_sheets, other.mapping) == ("Old", ("Now",), {"name": 0, "member_no": 1})
    assert [(row.status, row.values.get("name")) for row in other.rows] == [("new", "Ann Were"), ("error", None)]
    assert (other.rows[1].wrong, other.rows[1].why, other.rows[1].params) == (
        "name", "import_sheet_error", {"value": "#N/A"},
    )  # fmt: skip
    async with programme.database.transaction(treasurer) as session:
        assert await service.choose_sheet(session, treasurer, view.id, "Old") == other
    with pytest.raises(InvalidInput) as caught:
        async with programme.database.transaction(treasurer) as session:
            await service.choose_sheet(session, treasurer, view.id, "None such")
    assert (caught.value.field, caught.value.why) == ("sheet", "import_sheet")
    async with programme.database.transaction(treasurer) as session:
        back = await service.choose_sheet(session, treasurer, view.id, "Now")
    assert back.rows == view.rows
    await programme.commit(view.id)
    with pytest.raises(ImportFinished):
        async with programme.database.transaction(treasurer) as session:
            await service.choose_sheet(session, treasurer, view.id, "Old")
