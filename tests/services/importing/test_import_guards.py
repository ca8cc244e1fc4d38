"""Who may, whose list, what is kept in the clear, and two at once."""

import asyncio
from collections.abc import Awaitable, Callable

import psycopg
import pytest

from app.domain.groups.errors import GroupFull
from app.domain.groups.importing import service
from app.domain.groups.importing.views import ImportView
from app.kit.actor import NOBODY, Actor
from app.kit.db import Session
from app.kit.errors import InvalidInput, NotFound, NotPermitted
from tests.services.importing.programme import Programme, csv_of, open_programme, sign_in

Command = Callable[[Session, Actor], Awaitable[object]]


def commands(view: ImportView) -> dict[str, Command]:
    mapping = {"member_no": 0, "name": 1}
    return {
        "upload": lambda session, actor: service.upload_import(session, actor, "a.csv", csv_of("X/1,Grace,,Busia")),
        "get": lambda session, actor: service.get_import(session, actor, view.id),
        "columns": lambda session, actor: service.set_columns(session, actor, view.id, mapping),
        "mend": lambda session, actor: service.mend_row(session, actor, view.id, 21, {"phone": "0700000175"}),
        "leave out": lambda session, actor: service.leave_out_row(session, actor, view.id, 21),
        "leave all out": lambda session, actor: service.leave_out_flagged(session, actor, view.id),
        "put back": lambda session, actor: service.put_back_row(session, actor, view.id, 21),
        "commit": lambda session, actor: service.commit_import(session, actor, view.id, "k"),
        "discard": lambda session, actor: service.discard_import(session, actor, view.id),
    }


async def refused(programme: Programme, command: Command, actor: Actor, error: type[Exception]) -> None:
    with pytest.raises(error):
        async with programme.database.transaction(actor) as session:
            await command(session, actor)


async def test_only_treasurer_and_admin_import(programme: Programme):
    view = await programme.upload(csv_of("X/1,Grace,0711000001,Busia"))
    await programme.commit(view.id)
    member = await sign_in(programme.database, "+254711000001", programme.group_id)
    view = await programme.upload()
    for command in commands(view).values():
        await refused(programme, command, member, NotPermitted)
        await refused(programme, command, NOBODY, NotFound)
        await refused(programme, command, Actor(person_id=member.person_id), NotFound)
    async with programme.database.transaction(programme.admin) as session:
        assert await service.get_import(session, programme.admin, view.id) == view


async def test_another_groups_list_is_not_there(programme: Programme):
    view = await programme.upload()
    other = await open_programme(programme.database)
    for name, command in commands(view).items():
        if name != "upload":
            await refused(programme, command, other.treasurer, NotFound)
    stranger = Actor(person_id=other.treasurer.person_id, group_id=programme.group_id)
    async with programme.database.transaction(stranger) as session:
        # the same phone is treasurer in both groups here
        assert await service.get_import(session, stranger, view.id) == view


async def test_the_database_sees_no_name_phone_or_file_name(programme: Programme, owner_url: str):
    view = await programme.upload(name="secret-name.csv")
    with psycopg.connect(owner_url) as connection:
        connection.execute("SELECT set_config('app.group_id', %s, false)", (str(programme.group_id),))

        def kept() -> tuple[str, bytes]:
            row = connection.execute(
                "SELECT member_imports::text, content_enc FROM member_imports WHERE id = %s", (view.id,)
            ).fetchone()
            assert row
            return row

        text, waiting = kept()
        for secret in (b"secret-name", b"Grace", b"700000172", b"Kiambu"):
            assert secret not in waiting
            assert secret.hex() not in text
        await programme.leave_out_flagged(view)
        await programme.commit(view.id)
        _, done = kept()
    assert len(done) < 1_000 < len(waiting)


async def test_a_refused_file_leaves_nothing(programme: Programme, owner_url: str):
    for data in (b"", b"\x00\x01", b"a,b\n" * 500_001, csv_of('X/1,"Grace,0711000001,Busia')):
        with pytest.raises(InvalidInput):
            await programme.upload(data)
    with psycopg.connect(owner_url) as connection:
        connection.execute("SELECT set_config('app.group_id', %s, false)", (str(programme.group_id),))
        assert connection.execute("SELECT count(*) FROM member_imports").fetchone() == (0,)


async def test_a_list_larger_than_a_group_brings_nobody(programme: Programme):
    view = await programme.upload(csv_of(*[f"X/{n},Grace {n},0711{n:06d},Busia" for n in range(499)]))
    assert view.count("new") == 499
    with pytest.raises(GroupFull):
        await programme.commit(view.id)
    assert len(await programme.members()) == 2
    async with programme.database.transaction(programme.treasurer) as session:
        await service.leave_out_row(session, programme.treasurer, view.id, 2)
    assert (await programme.commit(view.id)).added == 498


async def test_committed_twice_at_once_it_is_done_once(programme: Programme):
    view = await programme.leave_out_flagged(await programme.upload())
    done = await asyncio.gather(*[programme.commit(view.id, key) for key in "abcd"])
    assert {(one.state, one.added, one.already_here) for one in done} == {("done", 72, 2)}
    assert len(await programme.members()) == 74


async def test_two_lists_of_the_same_people_at_once(programme: Programme):
    rows = [f"X/{n},Grace {n},0711{n:06d},Busia" for n in range(40)]
    views = [await programme.upload(csv_of(*some)) for some in (rows, rows[::-1])]
    done = await asyncio.gather(*[programme.commit(view.id) for view in views])
    assert sorted((one.added, one.already_here) for one in done) == [(0, 40), (40, 0)]


async def test_uploaded_twice_at_once_it_is_one_list(programme: Programme):
    views = await asyncio.gather(*[programme.upload() for _ in range(4)])
    assert len({view.id for view in views}) == 1


async def test_lines_changed_at_once_are_all_kept(programme: Programme):
    view = await programme.upload()
    treasurer = programme.treasurer

    async def leave_out(line: int) -> None:
        async with programme.database.transaction(treasurer) as session:
            await service.leave_out_row(session, treasurer, view.id, line)

    await asyncio.gather(*[leave_out(line) for line in (2, 3, 4, 21, 49, 65)])
    assert (await programme.view(view.id)).count("left_out") == 6
