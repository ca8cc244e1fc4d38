"""Persons and staff."""

from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from app.domain.audit import service as audit
from app.domain.identity.models import ListedPhone, Person, Staff
from app.domain.identity.views import PersonView
from app.kit.actor import Actor
from app.kit.crypto import NIL, decrypt, encrypt, place
from app.kit.db import Session, keyring_of, real_clock_of, set_tenant
from app.kit.errors import NotFound
from app.kit.ids import new_id


async def list_phone(session: Session, index: bytes) -> None:
    """A group lists this phone: its owner may sign in. Idempotent."""
    await list_phones(session, [index])


async def list_phones(session: Session, indexes: list[bytes]) -> None:
    if indexes:
        rows = [{"phone_index": index} for index in sorted(set(indexes))]
        await session.execute(insert(ListedPhone).values(rows).on_conflict_do_nothing())


async def find_person(session: Session, index: bytes) -> UUID | None:
    """The person whose phone has this blind index."""
    return (await session.execute(select(func.lookup.person_by_phone(index)))).scalar_one()


async def get_or_create_person(session: Session, phone: str) -> PersonView:
    """The person of an E.164 phone; made when new. Two at once make one. The transaction then acts as that person."""
    keyring = keyring_of(session)
    index = keyring.blind_index(phone)
    found = await find_person(session, index)
    if found is None:
        new = new_id()
        key = keyring.new_data_key(place("persons", "wrapped_key", NIL, new))
        values = {
            "id": new,
            "wrapped_key": key.wrapped,
            "phone_enc": encrypt(key.plain, phone, place("persons", "phone_enc", NIL, new)),
            "phone_index": index,
            "created_at": real_clock_of(session).now(),
        }
        await session.execute(insert(Person).values(values).on_conflict_do_nothing())
        found = await find_person(session, index)
    assert found is not None
    return PersonView(id=found, phone=phone)


async def person_phone(session: Session, person_id: UUID) -> str:
    """The phone of the person who acts. NotFound for anybody else's."""
    person = (await session.execute(select(Person).where(col(Person.id) == person_id))).scalar_one_or_none()
    if person is None:
        raise NotFound
    return _open_phone(session, person.id, person.wrapped_key, person.phone_enc)


def _open_phone(session: Session, person_id: UUID, wrapped_key: bytes, phone_enc: bytes) -> str:
    key = keyring_of(session).unwrap(wrapped_key, place("persons", "wrapped_key", NIL, person_id))
    return decrypt(key, phone_enc, place("persons", "phone_enc", NIL, person_id))


async def add_staff(session: Session, phone: str) -> PersonView:
    """Make the owner of the phone a platform operator, who may then sign in. Idempotent."""
    person = await get_or_create_person(session, phone)
    await set_tenant(await session.connection(), Actor(person_id=person.id))
    values = {"person_id": person.id, "added_at": real_clock_of(session).now()}
    new = insert(Staff).values(values).on_conflict_do_nothing().returning(col(Staff.person_id))
    if (await session.execute(new)).scalar_one_or_none() is not None:
        await _record(session, "staff.added", person.id)
    await list_phone(session, keyring_of(session).blind_index(phone))
    return person


async def remove_staff(session: Session, phone: str) -> PersonView:
    """The owner of the phone is a platform operator no more; her sessions end with their next event.

    The phone may still sign in. Raises NotFound for a phone that is no operator's.
    """
    person_id = await find_person(session, keyring_of(session).blind_index(phone))
    if person_id is None:
        raise NotFound
    await set_tenant(await session.connection(), Actor(person_id=person_id))
    gone = delete(Staff).where(col(Staff.person_id) == person_id).returning(col(Staff.person_id))
    if (await session.execute(gone)).scalar_one_or_none() is None:
        raise NotFound
    await _record(session, "staff.removed", person_id)
    return PersonView(id=person_id, phone=phone)


async def _record(session: Session, action: str, person_id: UUID) -> None:
    """Nobody is the actor: whoever has the installation's shell decides who is staff."""
    await audit.record(session, group_id=None, actor_id=None, action=action, subject="person", subject_id=person_id)


async def list_staff(session: Session) -> list[PersonView]:
    """The platform's operators, the first named first. For the command line: no page shows it."""
    found = func.lookup.staff_persons().table_valued("id", "wrapped_key", "phone_enc")
    return [
        PersonView(id=row.id, phone=_open_phone(session, row.id, row.wrapped_key, row.phone_enc))
        for row in await session.execute(select(found))
    ]


async def is_staff(session: Session, person_id: UUID) -> bool:
    """Whether the person who acts is a platform operator; False for anybody else."""
    statement = select(col(Staff.person_id)).where(col(Staff.person_id) == person_id)
    return (await session.execute(statement)).scalar_one_or_none() is not None
