"""Every service by every role, and with another group's ids: the answer is the one that the permission gives."""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import is_dataclass, replace
from inspect import get_annotations, signature
from typing import Any, get_args, get_type_hints
from uuid import UUID

import psycopg
import pytest
import pytest_asyncio
from psycopg.sql import SQL, Identifier
from sqlalchemy import text

from app import embedded
from app.domain.contributions.reading import dues_of_member, list_unpaid
from app.domain.identity.errors import StepUpNeeded
from app.domain.receipts.service import list_group_receipts
from app.kit.actor import Actor
from app.kit.db import Database, psycopg_url
from app.kit.errors import DomainError, NotFound
from tests.invariants import roles_table
from tests.invariants.service_table import (
    COLUMNS,
    INSIDERS,
    ROWS,
    Row,
    Service,
    expected,
    find_services,
    foreign_fields,
    name_of,
)
from tests.invariants.two_groups import World, make_world

WHO = {
    "nobody": "nobody",
    "nobody with the group's id": "nobody",
    "member": "member",
    "former treasurer": "member",
    "treasurer": "treasurer",
    "auditor": "auditor",
    "admin": "admin",
    "staff": "staff",
    "staff with the group's id": "staff",
    "member of another group": "outsider",
    "treasurer of another group": "outsider",
    "admin of another group": "outsider",
    "a person of no group": "outsider",
    "a person of no group with the group's id": "outsider",
}
"""The column of each actor of the world."""
SERVICES = find_services()


def id_of(row: Row) -> str:
    return row.name.replace(" · ", "-")


SWEEP = [pytest.param(row, who, id=f"{id_of(row)}-{who}") for row in ROWS for who in WHO]
FOREIGN = [
    pytest.param(row, field, who, id=f"{id_of(row)}-{field}-{who}")
    for row in ROWS
    for field in foreign_fields(row)
    for who in ("member", "treasurer", "auditor", "admin")
    if expected(row, who) is None
]
WALLS = pytest.mark.parametrize("base", ["both walls", "services alone"], indirect=True)
"""Services must keep the groups apart by themselves; row-level security is the second wall, not the first."""
EMPTY = {dues_of_member, list_unpaid, list_group_receipts}
"""Lists: what another group's id finds is nothing."""


@pytest.fixture(scope="module")
def everything(server: embedded.Server, database_name: str) -> Iterator[psycopg.Connection]:
    """The module's database as one who sees all groups."""
    with psycopg.connect(server.url(embedded.SUPERUSER, database_name), autocommit=True) as connection:
        yield connection


def digest(everything: psycopg.Connection, group_id: UUID) -> dict[str, tuple[int, str]]:
    """Of each table that has groups: how many rows are the group's, and a hash of all that stands in them."""
    tables = everything.execute(
        """SELECT c.oid::regclass::text, n.nspname, c.relname, a.attname
           FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
           JOIN pg_attribute a ON a.attrelid = c.oid
             AND a.attname = CASE c.relname WHEN 'groups' THEN 'id' ELSE 'group_id' END
           WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')"""
    ).fetchall()
    found = {}
    for name, schema, table, column in tables:
        statement = SQL("SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {} t WHERE {} = %s")
        row = everything.execute(statement.format(Identifier(schema, table), Identifier(column)), [group_id]).fetchone()
        assert row is not None
        found[name] = row
    return found


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(database: Database, everything: psycopg.Connection) -> AsyncIterator[World]:
    made = await make_world(database)
    before = [digest(everything, side.id) for side in (made.a, made.b)]
    yield made
    assert [digest(everything, side.id) for side in (made.a, made.b)] == before, "a test left something behind"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def unwalled(server: embedded.Server, database_name: str, tools: dict[str, object]) -> AsyncIterator[Database]:
    """The module's database without row-level security, as a mistaken policy would leave it."""
    made = Database(psycopg_url(server.url(embedded.SUPERUSER, database_name)), tools=tools)
    yield made
    await made.close()


@pytest.fixture
def base(request: pytest.FixtureRequest, database: Database, unwalled: Database) -> Database:
    return database if request.param == "both walls" else unwalled


class Kept(Exception):
    """Ends a transaction that is not to be committed."""


async def ask(
    base: Database, actor: Actor, service: Service, arguments: dict[str, Any], *, commit: bool
) -> tuple[type[DomainError] | None, Any]:
    """What the actor runs into, and the answer. Without `commit` the world stays as it was; COMMIT's checks run."""
    answer = None
    try:
        async with base.transaction(actor) as session:
            answer = await service(session, actor, **arguments)
            await session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
            if not commit:
                raise Kept
    except Kept:
        return None, answer
    except DomainError as error:
        return type(error), None
    return None, answer


def words(answer: Any) -> list[str]:
    """What stands in an answer, in any order, but for ids, instants, waits and codes: those that are new differ."""
    new = r"UUID\('[^']+'\)|datetime\.datetime\([^)]+\)|\bwaited_s=\d+|\bcode='\w{13}'"
    return sorted(re.findall(r"[\w.+-]+", re.sub(new, "", repr(answer))))


def ids_in(hint: Any) -> int:
    """How many ids an argument holds."""
    if is_dataclass(hint):
        return sum(ids_in(inner) for inner in get_type_hints(hint).values())
    return int(hint is UUID) + sum(ids_in(inner) for inner in get_args(hint))


def test_every_service_has_a_row() -> None:
    known = {name_of(row.service) for row in ROWS}
    where = "tests/invariants/service_table.py"
    assert not SERVICES.keys() - known, f"give these a row in {where}: {sorted(SERVICES.keys() - known)}"
    assert not known - SERVICES.keys(), f"rows of {where} without a service: {sorted(known - SERVICES.keys())}"
    assert len({row.name for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("name", SERVICES)
def test_every_id_of_a_service_is_tried(name: str) -> None:
    service = SERVICES[name]
    hints = get_annotations(service, eval_str=True)
    ids = sum(ids_in(hints[parameter]) for parameter in list(signature(service).parameters)[2:])
    tried = {field for row in ROWS if row.service is service for field in foreign_fields(row)}
    assert len(tried) >= ids, f"{name} takes {ids} ids, its rows name {sorted(tried)}"


async def test_the_world_has_everyone(world: World) -> None:
    assert world.actors.keys() == WHO.keys()
    assert set(WHO.values()) == set(COLUMNS)
    assert max(one.seq for one in world.a.things.values()) < world.b.things["peer"].seq
    assert world.a.things["peer"].line < world.b.things["peer"].line


@pytest.mark.parametrize(("row", "who"), SWEEP)
async def test_the_sweep(database: Database, unwalled: Database, world: World, row: Row, who: str) -> None:
    """The right answer, with nothing of another group, and the same one without row-level security."""
    arguments = row.arguments(world.a.for_row(row, who))
    error, answer = await ask(database, world.actors[who], row.service, arguments, commit=False)
    alone, same = await ask(unwalled, world.actors[who], row.service, arguments, commit=False)
    assert error is expected(row, WHO[who])
    assert alone is error
    if row.needs != "staff":
        assert words(same) == words(answer)
        others = world.b if WHO[who] in INSIDERS else world.a
        assert not [mark for mark in others.marks if mark in repr(answer) + repr(same)]


@WALLS
@pytest.mark.parametrize(("row", "field", "who"), FOREIGN)
async def test_another_groups_ids_are_missing_ones(
    base: Database, world: World, everything: psycopg.Connection, row: Row, field: str, who: str
) -> None:
    """Each id alone is exchanged; what the call does is committed, if it does anything."""
    before = digest(everything, world.a.id), digest(everything, world.b.id)
    things = replace(world.a.for_row(row, who), **{field: getattr(world.b.things["peer"], field)})
    error, answer = await ask(base, world.actors[who], row.service, row.arguments(things), commit=True)
    wanted = StepUpNeeded if field == "proof" else None if row.service in EMPTY else NotFound
    assert error is wanted
    assert not answer
    assert (digest(everything, world.a.id), digest(everything, world.b.id)) == before


async def test_the_digest_sees_the_group(world: World, everything: psycopg.Connection) -> None:
    """Else it would be the same for want of rows."""
    seen = digest(everything, world.b.id)
    assert len(seen) >= 15
    empty = {name for name, (count, _) in seen.items() if not count}
    assert not {"payments", "contributions", "ledger.journal_entry", "member_imports", "receipts"} & empty


def test_the_document_is_the_table() -> None:
    written = roles_table.FILE.read_text(encoding="utf-8")
    assert written == roles_table.text(), f"docs/roles.md is old: run {roles_table.COMMAND}"
