"""A programme with its admin BSS/001 and treasurer BSS/002, as the story has it before the import."""

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

from app.domain.groups import members, roles
from app.domain.groups.importing import service
from app.domain.groups.importing.views import ImportView
from app.domain.groups.service import create_group
from app.domain.groups.views import AssignRole, CreateGroup, MemberPage, MemberView
from app.domain.identity import service as identity
from app.kit.actor import NOBODY, Actor
from app.kit.db import Database
from tests.factories.groups import prove

SHIPPED = Path(__file__).parents[3] / "app" / "demo" / "bss-members.csv"
ADMIN_PHONE, TREASURER_PHONE = "+254700000101", "+254700000102"


@dataclass(frozen=True)
class Programme:
    database: Database
    group_id: UUID
    admin: Actor
    treasurer: Actor

    async def upload(self, data: bytes | None = None, name: str = "members.csv") -> ImportView:
        async with self.database.transaction(self.treasurer) as session:
            content = SHIPPED.read_bytes() if data is None else data
            return await service.upload_import(session, self.treasurer, name, content)

    async def view(self, import_id: UUID) -> ImportView:
        async with self.database.transaction(self.treasurer) as session:
            return await service.get_import(session, self.treasurer, import_id)

    async def leave_out_flagged(self, view: ImportView) -> ImportView:
        async with self.database.transaction(self.treasurer) as session:
            return await service.leave_out_flagged(session, self.treasurer, view.id)

    async def commit(self, import_id: UUID, key: str = "once") -> ImportView:
        async with self.database.transaction(self.treasurer) as session:
            return await service.commit_import(session, self.treasurer, import_id, key)

    async def members(self) -> dict[str, MemberView]:
        found: dict[str, MemberView] = {}
        page, has_next = 0, True
        while has_next:
            async with self.database.transaction(self.treasurer) as session:
                read: MemberPage = await members.list_members(session, self.treasurer, page=page)
            found |= {view.member_no: view for view in read.rows}
            page, has_next = page + 1, read.has_next
        return found


async def sign_in(database: Database, phone: str, group_id: UUID) -> Actor:
    """The person of the phone after a first sign-in."""
    async with database.transaction(NOBODY) as session:
        person = await identity.get_or_create_person(session, phone)
    me = Actor(person_id=person.id)
    async with database.transaction(me) as session:
        await members.claim_profiles(session, person.id, phone)
    return me.within(group_id)


async def open_programme(database: Database) -> Programme:
    async with database.transaction(NOBODY) as session:
        staff = Actor(person_id=(await identity.add_staff(session, "+254700000001")).id)
    command = CreateGroup(
        name="BSS Welfare Programme",
        short_name="BSS Welfare",
        template="welfare",
        currency="KES",
        timezone="Africa/Nairobi",
        country="KE",
        pay_to="522533",
        admin_phone=ADMIN_PHONE,
        admin_member_no="BSS/001",
        admin_name="Hassan Owuor",
        idempotency_key=str(uuid4()),
    )
    async with database.transaction(staff) as session:
        group = await create_group(session, staff, command)
    admin = await sign_in(database, ADMIN_PHONE, group.id)
    async with database.transaction(admin) as session:
        proof = await prove(session, admin)
        named = AssignRole(TREASURER_PHONE, "treasurer", "BSS/002", "Njeri Kariuki", proof)
        await roles.assign_role(session, admin, named)
    return Programme(database, group.id, admin, await sign_in(database, TREASURER_PHONE, group.id))


def csv_of(*rows: str) -> bytes:
    return "\n".join(["Member No,Full Name,Phone,County,Gender,Joined,Remarks", *rows, ""]).encode()
