"""The demo's people."""

from uuid import UUID

from app.domain.groups import roles
from app.domain.groups.members import claim_profiles
from app.domain.groups.views import AssignRole
from app.domain.identity import codes
from app.domain.identity import service as identity
from app.domain.identity.views import CodeChecked
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


async def give_role(database: Database, admin: Actor, phone: str, role: str, member_no: str, name: str) -> None:
    """With the code that a change of roles takes, as if just typed right."""
    assert admin.person_id is not None
    async with database.transaction(admin) as session:
        own_phone = await identity.person_phone(session, admin.person_id)
        proof = await codes.confirm_step_up(session, admin.person_id, CodeChecked(phone=own_phone))
        await roles.assign_role(session, admin, AssignRole(phone, role, member_no, name, proof))


async def proof_of(database: Database, who: Actor) -> UUID:
    """Of a one-time code, as if just typed right."""
    assert who.person_id is not None
    async with database.transaction(who) as session:
        own_phone = await identity.person_phone(session, who.person_id)
        return await codes.confirm_step_up(session, who.person_id, CodeChecked(phone=own_phone))
