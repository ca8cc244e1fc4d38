"""The programme's own list comes in: 72 new, 2 already here, 74 in 14 counties; and all over again."""

from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import event

from app.domain.audit import service as audit
from app.domain.groups.importing import service
from app.domain.groups.importing.errors import ColumnsMissing, ImportFinished, LinesFlagged, NothingToImport
from app.kit.db import Database
from app.kit.errors import InvalidInput, NotFound
from tests.services.importing.programme import Programme, csv_of


async def test_the_list_as_it_is_uploaded(programme: Programme):
    view = await programme.upload(name="  our   list.csv ")
    assert (view.state, view.file_name, view.header_line, view.empty_lines) == ("draft", "our list.csv", 1, 2)
    counts = {name: view.count(name) for name in ("new", "already", "error", "duplicate", "left_out")}
    assert counts == {"new": 72, "already": 2, "error": 2, "duplicate": 1, "left_out": 0}
    assert view.flagged_lines == (21, 49, 65)
    known = {row.known.member_no: row.fills for row in view.rows if row.known}
    assert known == dict.fromkeys(("BSS/001", "BSS/002"), ("region", "gender", "joined_on"))
    assert view.updated == 2
    assert set(view.confidence.values()) == {100}
    assert len(await programme.members()) == 2
    assert await programme.view(view.id) == view


async def test_nothing_comes_in_before_each_flagged_line_is_mended_or_left_out(programme: Programme):
    view = await programme.upload()
    treasurer = programme.treasurer
    for left in (3, 2, 1):
        with pytest.raises(LinesFlagged) as caught:
            await programme.commit(view.id)
        assert caught.value.params["count"] == left
        assert len(await programme.members()) == 2
        async with programme.database.transaction(treasurer) as session:
            view = await service.leave_out_row(session, treasurer, view.id, view.flagged_lines[0])
    done = await programme.commit(view.id)
    assert (done.state, done.added, done.already_here, done.rows) == ("done", 72, 2, ())
    found = await programme.members()
    assert len(found) == 74
    assert len({member.region for member in found.values()}) == 14


async def test_what_stands_in_the_register_afterwards(programme: Programme):
    view = await programme.leave_out_flagged(await programme.upload())
    await programme.commit(view.id)
    found = await programme.members()
    new = found["BSS/072"]
    assert (new.name, new.phone, new.region, new.gender) == ("Grace Wanjiru Owuor", "+254 700 000172", "Kiambu", "M")
    assert new.joined_on == date(2025, 8, 1)
    assert found["BSS/046"].remarks == '=HYPERLINK("http://example.com","paid")'
    admin, treasurer = found["BSS/001"], found["BSS/002"]
    # their own names stay, what was empty is filled
    assert (admin.name, admin.region, admin.gender, admin.joined_on) == (
        "Hassan Owuor", "Kisumu", "M", date(2025, 6, 12),
    )  # fmt: skip
    assert (treasurer.name, treasurer.region) == ("Njeri Kariuki", "Kisumu")
    assert (admin.roles, treasurer.roles) == ({"admin"}, {"treasurer"})
    async with programme.database.transaction(programme.treasurer) as session:
        events = await audit.list_events(session, programme.group_id)
    (imported,) = [one for one in events if one.action == "members.imported"]
    assert imported.facts == {"new": 72, "already": 2, "updated": 2, "left_out": 3}


async def test_mending_brings_all_77(programme: Programme):
    view = await programme.upload()
    treasurer = programme.treasurer
    mends = {
        21: {"phone": "0700 000 175"},
        49: {"region": "Muranga"},
        65: {"phone": "0700000177", "name": "ZAWADI ABDI"},
    }
    async with programme.database.transaction(treasurer) as session:
        for line, values in mends.items():
            view = await service.mend_row(session, treasurer, view.id, line, values)
    assert view.flagged_lines == ()
    done = await programme.commit(view.id)
    assert (done.added, done.already_here) == (75, 2)
    found = await programme.members()
    assert found["BSS/077"].name == "Zawadi Abdi"
    assert found["BSS/076"].region == "Murang'a"


async def test_a_line_left_out_can_be_put_back(programme: Programme):
    view = await programme.leave_out_flagged(await programme.upload())
    assert view.count("left_out") == 3
    async with programme.database.transaction(programme.treasurer) as session:
        view = await service.put_back_row(session, programme.treasurer, view.id, 65)
    assert view.flagged_lines == (65,)


async def test_the_same_list_again_changes_nothing(programme: Programme):
    first = await programme.leave_out_flagged(await programme.upload())
    await programme.commit(first.id)
    before = await programme.members()
    second = await programme.upload()
    assert second.id != first.id
    assert (second.count("new"), second.count("already"), second.updated) == (0, 74, 0)
    second = await programme.leave_out_flagged(second)
    done = await programme.commit(second.id)
    assert (done.added, done.already_here) == (0, 74)
    assert await programme.members() == before


async def test_committing_again_tells_what_was_done(programme: Programme):
    view = await programme.leave_out_flagged(await programme.upload())
    done = await programme.commit(view.id, "one")
    assert await programme.commit(view.id, "one") == done
    assert await programme.commit(view.id, "another") == done
    assert await programme.view(view.id) == done


async def test_the_same_file_while_it_waits_is_the_same_list(programme: Programme):
    view = await programme.leave_out_flagged(await programme.upload())
    assert await programme.upload() == view
    other = await programme.upload(csv_of("X/1,Grace,0711000001,Busia"))
    assert other.id != view.id


async def test_a_finished_list_is_not_changed_and_keeps_no_people(programme: Programme):
    view = await programme.leave_out_flagged(await programme.upload())
    done = await programme.commit(view.id)
    assert (done.file_name, done.columns) == (view.file_name, view.columns)
    treasurer = programme.treasurer
    for command in (service.leave_out_row, service.put_back_row):
        with pytest.raises(ImportFinished):
            async with programme.database.transaction(treasurer) as session:
                await command(session, treasurer, view.id, 21)
    with pytest.raises(ImportFinished):
        async with programme.database.transaction(treasurer) as session:
            await service.discard_import(session, treasurer, view.id)


async def test_discarding(programme: Programme):
    view = await programme.upload()
    treasurer = programme.treasurer
    async with programme.database.transaction(treasurer) as session:
        await service.discard_import(session, treasurer, view.id)
    with pytest.raises(NotFound):
        await programme.view(view.id)
    with pytest.raises(NotFound):
        await programme.commit(view.id)
    assert len(await programme.members()) == 2
    assert (await programme.upload()).id != view.id


async def test_columns_by_hand(programme: Programme):
    view = await programme.upload(b"Code,Who,Where,Line\nX/1,Grace,Busia,0711000001\nX/2,Were,Kisumu,0711000002\n")
    assert view.mapping == {"phone": 3, "region": 2}
    assert view.confidence == {"phone": 60, "region": 60}
    assert view.count("error") == 2
    treasurer = programme.treasurer
    wrong: list[tuple[dict[str, int], type[Exception]]] = [
        ({"name": 1}, ColumnsMissing),
        ({"member_no": 0, "name": 0}, InvalidInput),
        ({"member_no": 0, "name": 4}, InvalidInput),
        ({"member_no": -1, "name": 1}, InvalidInput),
        ({"member_no": 0, "name": 1, "wealth": 2}, InvalidInput),
    ]
    for mapping, error in wrong:
        with pytest.raises(error):
            async with programme.database.transaction(treasurer) as session:
                await service.set_columns(session, treasurer, view.id, mapping)
    async with programme.database.transaction(treasurer) as session:
        view = await service.set_columns(
            session, treasurer, view.id, {"member_no": 0, "name": 1, "region": 2, "phone": 3}
        )
    assert view.count("new") == 2
    assert set(view.confidence.values()) == {100}
    await programme.commit(view.id)
    assert (await programme.members())["X/2"].region == "Kisumu"


async def test_lines_that_are_not_there_and_values_that_are_too_long(programme: Programme):
    view = await programme.upload()
    treasurer = programme.treasurer
    for line in (0, 1, 80, -1, 10**9):
        with pytest.raises(NotFound):
            async with programme.database.transaction(treasurer) as session:
                await service.leave_out_row(session, treasurer, view.id, line)
    with pytest.raises(InvalidInput) as caught:
        async with programme.database.transaction(treasurer) as session:
            await service.mend_row(session, treasurer, view.id, 21, {"name": "x" * 1_001})
    assert caught.value.field == "name"
    with pytest.raises(NotFound):
        await programme.view(uuid4())


async def test_a_list_of_which_nothing_is_left(programme: Programme):
    view = await programme.upload(csv_of("X/1,Grace,07,Busia"))
    with pytest.raises(NothingToImport):
        await programme.commit((await programme.leave_out_flagged(view)).id)


async def test_members_without_phone_are_not_doubled(programme: Programme):
    data = csv_of("X/1,Grace,,Busia", "X/2,Were,,Kisumu")
    assert (await programme.commit((await programme.upload(data)).id)).added == 2
    again = await programme.upload(data)
    assert again.count("already") == 2


async def test_the_number_of_queries_does_not_grow_with_the_list(programme: Programme, database: Database):
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    def rows(letter: str, count: int) -> bytes:
        return csv_of(*[f"{letter}/{n},Grace {letter},07{ord(letter)}{n:06d},Busia" for n in range(count)])

    counted = []
    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    try:
        for letter, count in (("A", 2), ("B", 200)):
            view = await programme.upload(rows(letter, count))
            assert view.flagged_lines == ()
            statements.clear()
            await programme.commit(view.id)
            counted.append(len(statements))
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)
    assert counted[0] == counted[1] < 20


async def test_lists_that_wait(programme: Programme, database: Database):
    treasurer = programme.treasurer

    async def waiting() -> list[tuple[str, int]]:
        async with database.transaction(treasurer) as session:
            return [(one.file_name, one.lines) for one in await service.list_drafts(session, treasurer)]

    assert await waiting() == []
    first = await programme.upload(csv_of("X/1,Grace,0711000001,Busia"), name="first.csv")
    second = await programme.upload(csv_of("X/2,Ann,0711000002,Busia", "X/3,Jo,0711000003,Busia"), name="second.csv")
    assert await waiting() == [("second.csv", 2), ("first.csv", 1)]
    await programme.commit(first.id)
    assert await waiting() == [("second.csv", 2)]
    async with database.transaction(treasurer) as session:
        await service.discard_import(session, treasurer, second.id)
        (newest, *_) = await audit.list_events(session, programme.group_id)
    assert await waiting() == []
    assert (newest.action, newest.facts) == ("members.import_discarded", {"lines": 2})
    for number in range(6):
        await programme.upload(csv_of(f"Y/{number},Grace,071200000{number},Busia"), name=f"{number}.csv")
    assert [name for name, _ in await waiting()] == [f"{number}.csv" for number in (5, 4, 3, 2, 1)]
