"""Groups, members and persons made through the services. Every phone is new, so tests may share a database."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from uuid import UUID, uuid4

from app.domain.groups import access, members, roles, service
from app.domain.groups.views import AssignRole, CreateGroup, GroupView, MemberData
from app.domain.identity import codes
from app.domain.identity import service as identity
from app.domain.identity.views import CodeChecked
from app.kit.actor import NOBODY, Actor
from app.kit.db import Database, Session

_numbers = count(uuid4().int % 4_000_000)
GIVEN = ("Akinyi", "Baraka", "Chebet", "Daudi", "Esther", "Farida", "Gitau", "Halima", "Imani", "Juma")
FAMILY = ("Achieng", "Barasa", "Cherono", "Dalmas", "Ekai", "Farah", "Gathoni", "Hamisi", "Ireri", "Jepkosgei")


@dataclass(frozen=True, slots=True)
class MadeGroup:
    """A group with its first admin, who has signed in, and the staff person who opened it (without a group)."""

    view: GroupView
    admin: Actor
    admin_phone: str
    staff: Actor

    @property
    def id(self) -> UUID:
        return self.view.id


def new_phone() -> str:
    """A Kenyan mobile number in E.164 that no test has used."""
    return f"+25471{next(_numbers) % 10_000_000:07d}"


def a_name(number: int) -> str:
    """The same name for the same number; a hundred different ones."""
    return f"{GIVEN[number % 10]} {FAMILY[number // 10 % 10]}"


async def make_person(database: Database, phone: str | None = None) -> Actor:
    """The person of the phone as after a sign-in: profiles that wait for the phone are theirs. In no group."""
    phone = phone or new_phone()
    async with database.transaction(NOBODY) as session:
        person = await identity.get_or_create_person(session, phone)
    me = Actor(person_id=person.id)
    async with database.transaction(me) as session:
        await members.claim_profiles(session, person.id, phone)
    return me


async def make_staff(database: Database) -> Actor:
    async with database.transaction(NOBODY) as session:
        return Actor(person_id=(await identity.add_staff(session, new_phone())).id)


def group_command(**changes: str) -> CreateGroup:
    """What staff send to open a group; a new key and a new admin's phone unless given."""
    values = {
        "name": "BSS Welfare Programme",
        "short_name": "BSS Welfare",
        "template": "welfare",
        "currency": "KES",
        "timezone": "Africa/Nairobi",
        "country": "KE",
        "pay_to": "522533",
        "admin_phone": new_phone(),
        "admin_member_no": "BSS/001",
        "admin_name": "Hassan Owuor",
        "idempotency_key": str(uuid4()),
    }
    return CreateGroup(**{**values, **changes})


async def make_group(database: Database, *, staff: Actor | None = None, **changes: str) -> MadeGroup:
    """A new welfare group; `changes` are fields of CreateGroup."""
    staff = staff or await make_staff(database)
    command = group_command(**changes)
    async with database.transaction(staff) as session:
        view = await service.create_group(session, staff, command)
    admin = await make_person(database, command.admin_phone)
    return MadeGroup(view, admin.within(view.id), command.admin_phone, staff)


async def make_members(
    database: Database,
    group: MadeGroup,
    how_many: int = 1,
    *,
    phones: Sequence[str | None] = (),
    region: str = "Kisumu",
) -> list[UUID]:
    """Members `M0001`... with the given phones, the rest with new ones; a None is a member without a phone."""
    given = [*phones, *(new_phone() for _ in range(how_many - len(phones)))]
    async with database.transaction(group.admin) as session:
        first = len(await members.active_members(session, group.id))
        rows = [
            MemberData(member_no=f"M{first + n:04d}", name=a_name(first + n), phone=phone, region=region)
            for n, phone in enumerate(given)
        ]
        return await members.add_members(session, group.id, rows)


async def make_member(database: Database, group: MadeGroup) -> Actor:
    """A member without a role, who has signed in."""
    phone = new_phone()
    await make_members(database, group, phones=[phone])
    return (await make_person(database, phone)).within(group.id)


async def prove(session: Session, actor: Actor) -> UUID:
    """What a fresh one-time code, typed right, leaves to whoever acts."""
    assert actor.person_id is not None
    phone = await identity.person_phone(session, actor.person_id)
    return await codes.confirm_step_up(session, actor.person_id, CodeChecked(phone=phone))


async def make_officer(database: Database, group: MadeGroup, role: str, phone: str = "") -> Actor:
    """The owner of the phone, a new member unless she is one, with the role, given by the first admin; signed in."""
    phone = phone or new_phone()
    async with database.transaction(group.admin) as session:
        proof = await prove(session, group.admin)
        command = AssignRole(phone, role, f"O-{phone[-7:]}", a_name(int(phone[-2:])), proof)
        await roles.assign_role(session, group.admin, command)
    return (await make_person(database, phone)).within(group.id)


async def id_of(database: Database, actor: Actor) -> UUID:
    """The member that the actor is in the actor's group."""
    async with database.transaction(actor) as session:
        groups = await access.list_my_groups(session, actor)
    return next(one.member_id for one in groups if one.group_id == actor.group_id)
