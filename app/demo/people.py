"""The demo's people."""

from uuid import UUID

from app.domain.groups.members import claim_profiles
from app.domain.identity import service as identity
from app.kit.actor import NOBODY, Actor
from app.kit.db import Database


async def signed_in(database: Database, phone: str, group_id: UUID) -> Actor:
    """The person of the phone, as after a first sign-in: the profiles with that phone are theirs."""
    async with database.transaction(NOBODY) as session:
        person = await identity.get_or_create_person(session, phone)
    me = Actor(person_id=person.id)
    async with database.transaction(me) as session:
        await claim_profiles(session, person.id, phone)
    return me.within(group_id)
