"""Keys and sealed columns of members, for the modules of this package."""

from uuid import UUID

from sqlalchemy import select

from app.domain.groups.models import Group, Member
from app.domain.groups.views import MemberData
from app.kit.crypto import decrypt, encrypt, place
from app.kit.db import Session, clock_of, keyring_of
from app.kit.ids import new_id


async def group_key(session: Session, group_id: UUID) -> bytes:
    """The group's key in the clear; its tenant must be set."""
    wrapped = (await session.execute(select(Group.wrapped_key).where(Group.id == group_id))).scalar_one()
    return open_key(session, group_id, wrapped)


def open_key(session: Session, group_id: UUID, wrapped: bytes) -> bytes:
    """A group's key in the clear."""
    return keyring_of(session).unwrap(wrapped, place("groups", "wrapped_key", group_id, group_id))


def member_key(session: Session, key: bytes, member: Member) -> bytes:
    where = place("members", "wrapped_key", member.group_id, member.id)
    return keyring_of(session).unwrap_under(key, member.wrapped_key, where)


def open_text(session: Session, key: bytes, member: Member, column: str) -> str | None:
    """One sealed column of a member, None when empty."""
    sealed = getattr(member, column)
    if sealed is None:
        return None
    return decrypt(member_key(session, key, member), sealed, place("members", column, member.group_id, member.id))


def seal_text(session: Session, key: bytes, member: Member, column: str, text: str | None) -> None:
    """Write one sealed column; an empty text is NULL."""
    where = place("members", column, member.group_id, member.id)
    setattr(member, column, encrypt(member_key(session, key, member), text, where) if text else None)


def new_member(session: Session, key: bytes, group_id: UUID, data: MemberData) -> Member:
    """An unsaved row with its own key."""
    keyring = keyring_of(session)
    member_id = new_id()
    own = keyring.new_key_under(key, place("members", "wrapped_key", group_id, member_id))
    member = Member(
        group_id=group_id,
        id=member_id,
        member_no=data.member_no,
        wrapped_key=own.wrapped,
        name_enc=b"",
        region=data.region,
        gender=data.gender,
        joined_on=data.joined_on,
        created_at=clock_of(session).now(),
    )
    seal_text(session, key, member, "name_enc", data.name)
    seal_text(session, key, member, "remarks_enc", data.remarks)
    set_phone(session, key, member, data.phone)
    return member


def set_phone(session: Session, key: bytes, member: Member, phone: str | None) -> None:
    seal_text(session, key, member, "phone_enc", phone)
    member.phone_index = keyring_of(session).blind_index(phone) if phone else None
