"""`./sanduk demo`, and the demo that the first `up` loads. A file in the data folder remembers what was chosen."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import psycopg

from app import embedded, migrate
from app.kit.actor import NOBODY, Actor
from app.launch.paths import Refusal, say
from app.launch.place import (
    Place,
    bring_up_to_date,
    folder_of,
    is_running,
    open_place,
    opened_services,
    set_environment,
    settings_now,
)

if TYPE_CHECKING:
    from app.kit.db import Database

LOADED, EMPTY, PRODUCTION = "loaded", "empty", "production"


def chosen(place: Place) -> str:
    """`loaded`, `empty`, `production`, or nothing when this data folder has not been asked yet."""
    mark = _mark(place)
    return mark.read_text(encoding="utf-8").strip() if mark.exists() else ""


def load_at_first_start(place: Place) -> None:
    """In development, on our own database, unless `demo --empty` said otherwise. A folder that has served production
    is marked, and never takes the demo again. Sessions that a public demo opened to everybody end with any other start.
    """
    settings = settings_now()
    if settings.is_demo:
        _open_to_public(place)
        return
    asyncio.run(_close_to_public())
    if settings.is_production:
        _choose(place, PRODUCTION)
    elif place.server and not chosen(place):
        say("Loading the demo ...")
        _load(place)


async def _close_to_public() -> None:
    from app.demo.doors import close_doors

    async with opened_services() as services:
        await close_doors(services.database)


async def _only_the_demos(database: "Database") -> set[str]:
    """The demo's groups that the database holds. Raises Refusal, and writes nothing, where it holds anything else."""
    from app import demo
    from app.domain.groups import service
    from app.domain.identity import service as identity

    async with database.transaction(NOBODY) as session:
        others = {person.phone for person in await identity.list_staff(session)} - {demo.STAFF_PHONE}
        staff = Actor(person_id=(await identity.add_staff(session, demo.STAFF_PHONE)).id)
        names = {group.name for group in await service.list_groups(session, staff)}
        if others or names - set(demo.NAMES):
            msg = "The database holds groups or staff besides the demo's: the public demo needs one of its own."
            raise Refusal(msg, 2)
    return names


def _open_to_public(place: Place) -> None:
    """Bring the demo into a database of its own and open a session for each role. Raises Refusal for any other."""
    from app import demo
    from app.demo.doors import open_doors

    if chosen(place) == PRODUCTION:
        msg = f"{place.data} has served production: the public demo needs a data folder of its own."
        raise Refusal(msg, 2)

    async def open_it() -> None:
        async with opened_services() as services:
            database = services.database
            names = await _only_the_demos(database)
            if chosen(place) != LOADED and names != set(demo.NAMES):
                say("Loading the demo ...")
                await demo.load(database)
            await open_doors(database)

    asyncio.run(open_it())
    _choose(place, LOADED)


def run(data: Path | None, *, reset: bool, empty: bool, yes: bool) -> None:
    """Load the demo, or begin again with it (`reset`), or choose an empty start. Raises Refusal.

    `reset` erases nothing while another command works on the folder, nor groups besides the demo's without `yes`.
    """
    if settings_now().is_production:
        raise _for_development()
    if reset and is_running(folder_of(data)):
        address = embedded.running_address(folder_of(data))
        msg = f"{folder_of(data)} is in use{f' at {address}' if address else ''}: end that first. Nothing was erased."
        raise Refusal(msg, 2)
    with open_place(data, may_begin=empty and not reset) as place:
        set_environment(place)
        if chosen(place) == PRODUCTION:
            raise _for_development()
        if reset:
            _clear(place, yes=yes)
        elif empty and chosen(place) == LOADED:
            msg = "The demo is loaded already. To begin again without it, losing everything: demo --reset --empty"
            raise Refusal(msg, 2)
        bring_up_to_date(place)
        if empty:
            _choose(place, EMPTY)
            say(f"The next start with the data in {place.data} is without the demo.")
        else:
            _load(place)
            say(f"The demo is loaded in {place.data if place.is_embedded else 'the database of DATABASE_URL'}.")


def _for_development() -> Refusal:
    return Refusal("The demo is for development; this is a production installation.", 2)


def sign_ins(place: Place) -> list[str]:
    """Who can sign in to the demo that the data folder holds, a line each: an older folder may lack a group."""
    from app import demo

    here = _opened(place)
    people = (
        (demo.KEYS[0], "treasurer", demo.TREASURER_PHONE),
        (demo.KEYS[0], "member", demo.MEMBER_PHONE),
        (demo.KEYS[0], "admin", demo.ADMIN_PHONE),
        *((demo.KEYS[0], office, phone) for office, phone in demo.OFFICERS.items()),
        (demo.KEYS[0], "staff", demo.STAFF_PHONE),
        (demo.nashik.KEY, "Nashik: treasurer", demo.nashik.TREASURER_PHONE),
        (demo.nashik.KEY, "Nashik: member", demo.nashik.MEMBER_PHONE),
    )
    return [f"  {who:<18} {phone}" for key, who, phone in people if key in here]


def _opened(place: Place) -> frozenset[str]:
    """The keys under which the demo's groups of this folder were opened."""
    from app import demo

    with psycopg.connect(embedded.url(place.data, embedded.SUPERUSER)) as connection:
        rows = connection.execute(
            "SELECT key FROM idempotent_commands WHERE group_id = %s AND key = ANY(%s)", (UUID(int=0), list(demo.KEYS))
        )
        return frozenset(key for (key,) in rows)


@dataclass(frozen=True, slots=True)
class Held:
    """What a database holds. `others` are groups besides the demo's."""

    groups: int
    others: int
    members: int

    def __str__(self) -> str:
        return f"{_count(self.groups, 'group')}, {_count(self.members, 'member')}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _clear(place: Place, *, yes: bool) -> None:
    """Everything in the database is lost; keys stay. Says what it was. Raises Refusal."""
    if not place.is_embedded:
        msg = "demo --reset works on the embedded database only, never on the one in DATABASE_URL."
        raise Refusal(msg, 2)
    bring_up_to_date(place)
    held = _held(place)
    if held.others and not yes:
        msg = (
            f"{place.data} holds {held}; {held.others} of the groups "
            f"{'is' if held.others == 1 else 'are'} not the demo's. "
            "Nothing was erased. To erase everything, add --yes."
        )
        raise Refusal(msg, 2)
    migrate.downgrade(place.owner)
    _mark(place).unlink(missing_ok=True)
    say(f"erased: {held}")


def _held(place: Place) -> Held:
    """Counted across all groups, which only the cluster's superuser may."""
    from app import demo

    with psycopg.connect(embedded.url(place.data, embedded.SUPERUSER)) as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM groups), (SELECT count(*) FROM members),"
            " (SELECT count(*) FROM groups WHERE id::text NOT IN"
            " (SELECT result ->> 'group_id' FROM idempotent_commands WHERE group_id = %s AND key = ANY(%s)))",
            (UUID(int=0), list(demo.KEYS)),
        ).fetchone()
    assert row is not None
    groups, members, others = row
    return Held(groups, others, members)


def _load(place: Place) -> None:
    from app import demo

    async def load() -> None:
        async with opened_services() as services:
            await demo.load(services.database)

    asyncio.run(load())
    _choose(place, LOADED)


def _choose(place: Place, what: str) -> None:
    if place.is_embedded:
        _mark(place).write_text(f"{what}\n", encoding="utf-8")


def _mark(place: Place) -> Path:
    return place.data / "demo"
