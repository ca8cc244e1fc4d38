"""Whom a line may be assigned to: members by name, number or phone, with what they owe."""

from collections import defaultdict
from uuid import UUID

from app.domain.groups.access import authorise
from app.domain.groups.permissions import Permission
from app.domain.groups.views import MemberContact
from app.domain.reconciliation.bank.knowing import due_part, kept_part, look_around
from app.domain.reconciliation.bank.queue_views import PartView, PayerView
from app.kit.actor import Actor
from app.kit.db import Session
from app.kit.errors import NotFound

MOST = 6


async def find_payers(session: Session, actor: Actor, search: str) -> list[PayerView]:
    """The first six members in whom every word of `search` is found, each with her dues that have room, oldest first.

    For those who read the books. Eight queries, whatever is found.
    """
    acting = await authorise(session, actor, Permission.READ_BOOKS)
    words = search.casefold().split()[:6]
    if not words:
        return []
    around = await look_around(session, acting.group_id)
    found = sorted((one for one in around.members.values() if _fits(one, words)), key=lambda one: one.name)[:MOST]
    ids = {one.id for one in found}
    dues: dict[UUID, list[PartView]] = defaultdict(list)
    for due in around.known.dues:
        if due.member_id in ids and due.open_minor > 0:
            dues[due.member_id].append(due_part(around, due.id, due.open_minor))
    return [
        PayerView(one.id, one.member_no, one.name, tuple(dues[one.id]), is_own=one.id == acting.member_id)
        for one in found
    ]


async def find_part(session: Session, actor: Actor, member_id: UUID, due_id: UUID | None) -> PartView:
    """A due of the member with the room that it has, or (None) nothing yet that is kept for her. Raises NotFound."""
    acting = await authorise(session, actor, Permission.READ_BOOKS)
    around = await look_around(session, acting.group_id)
    if member_id not in around.members:
        raise NotFound
    if due_id is None:
        return kept_part(around, member_id, 0)
    for due in around.known.dues:
        if (due.id, due.member_id) == (due_id, member_id):
            return due_part(around, due_id, due.open_minor)
    raise NotFound


def _fits(member: MemberContact, words: list[str]) -> bool:
    """A word is part of the name or the number, or the end of the phone without its leading 0."""
    text = f"{member.name} {member.member_no}".casefold()
    return all(word in text or _is_phone(word, member.phone) for word in words)


def _is_phone(word: str, phone: str) -> bool:
    digits = "".join(one for one in word if one.isdecimal())
    return len(digits) >= 3 and len(digits) == len(word.lstrip("+")) and phone.endswith(digits.lstrip("0"))
