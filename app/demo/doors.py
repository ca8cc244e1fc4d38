"""The public demo's doors: one session for each role, opened before anybody comes. Whoever chooses it shares it.

A start that is no public demo ends them: visitors keep the cookie.
"""

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import timedelta

from app.demo import nashik
from app.demo.load import ADMIN_PHONE, MEMBER_PHONE, TREASURER_PHONE
from app.domain.groups import access
from app.domain.groups.members import claim_profiles
from app.domain.groups.views import MyGroup
from app.domain.identity import service as identity
from app.domain.identity.sessions import end_session, find_session, keep_session
from app.kit.actor import NOBODY, Actor
from app.kit.crypto import Keyring
from app.kit.db import Database, keyring_of, real_clock_of

OPEN = timedelta(days=3650)
"""Nothing can be noted while it serves, so its sessions don't grow idle."""


@dataclass(frozen=True, slots=True)
class Door:
    """`name` is the door's in forms and texts, `group` its group's in texts."""

    name: str
    group: str
    role: str
    phone: str


DOORS = (
    Door("welfare_member", "welfare", "member", MEMBER_PHONE),
    Door("welfare_treasurer", "welfare", "treasurer", TREASURER_PHONE),
    Door("welfare_admin", "welfare", "admin", ADMIN_PHONE),
    Door("nashik_member", "nashik", "member", nashik.MEMBER_PHONE),
    Door("nashik_treasurer", "nashik", "treasurer", nashik.TREASURER_PHONE),
)


def token_of(keyring: Keyring, door: Door) -> str:
    """The session token behind a door: known to whoever holds the installation's index key, kept nowhere."""
    return urlsafe_b64encode(keyring.blind_index(f"demo\0{door.name}")).decode().rstrip("=")


async def open_doors(database: Database) -> None:
    """Open each door's session, or put it back as it was. Raises LookupError when its group isn't there."""
    for door in DOORS:
        async with database.transaction(NOBODY) as session:
            person = await identity.get_or_create_person(session, door.phone)
        me = Actor(person_id=person.id)
        async with database.transaction(me) as session:
            await claim_profiles(session, person.id, door.phone)
            group = _group_of(door, await access.list_my_groups(session, me))
            token, until = token_of(keyring_of(session), door), real_clock_of(session).now() + OPEN
            await keep_session(session, person.id, token, group_id=group.group_id, role=door.role, until=until)


async def close_doors(database: Database) -> None:
    """End each door's session. Where none is open, nothing changes."""
    for door in DOORS:
        async with database.transaction(NOBODY) as session:
            if found := await find_session(session, token_of(keyring_of(session), door)):
                await end_session(session, found.id)


def _group_of(door: Door, groups: list[MyGroup]) -> MyGroup:
    for group in groups:
        if door.role in group.roles:
            return group
    raise LookupError(door.name)
