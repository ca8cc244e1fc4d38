"""Who may act in a group: looked up in the transaction that acts."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, bindparam, func, literal_column, select
from sqlmodel import col

from app.domain.groups.models import Group, Member, RoleGrant
from app.domain.groups.permissions import MEMBER, READING, Permission
from app.domain.groups.store import open_key, open_text
from app.domain.groups.templates import TEMPLATES, region_kind
from app.domain.groups.views import Acting, GroupView, MyGroup, MyPlace
from app.domain.groups.ways import way_of
from app.domain.ledger.errors import GroupCleared
from app.kit.actor import Actor
from app.kit.db import Session
from app.kit.errors import NotFound
from app.kit.hints import has_written

LIVE = and_(
    col(RoleGrant.group_id) == Member.group_id,
    col(RoleGrant.member_id) == Member.id,
    col(RoleGrant.ended_at).is_(None),
)
"""Joins the roles that a member holds now."""
HELD = func.array_agg(RoleGrant.role).filter(col(RoleGrant.role).is_not(None))


ACTING = (
    select(
        Group.id,
        Group.code,
        Group.name,
        Group.template,
        Group.currency,
        Group.timezone,
        Group.country,
        Group.cleared_at,
        col(Member.id).label("member_id"),
        Member.person_id,
        HELD.label("roles"),
    )
    .join(Member, Member.group_id == Group.id)
    .outerjoin(RoleGrant, LIVE)
    .where(Group.id == bindparam("group_id"), Member.person_id == bindparam("person_id"), Member.state == "active")
    .group_by(Group.id, Member.group_id, Member.id)
)
_KNOWN = "acting"
"""In a session's info: an actor, and the row that says what it may."""
MY_PLACE = ACTING.add_columns(Group.short_name, Group.wrapped_key, Member)
MY_GROUPS = (
    select(func.jsonb_agg(func.to_jsonb(literal_column("places"))))
    .select_from(func.lookup.my_places().alias("places"))
    .scalar_subquery()
)
"""For a statement that asks for more besides: `groups_of` reads it."""


async def authorise(session: Session, actor: Actor, permission: Permission) -> Acting:
    """The live member that the actor is in the group, with the right to act. One query; none for one who reads, where
    this very transaction has asked before and written nothing since.

    Raises NotFound for anyone who is not a live member of the group, NotPermitted for a member without the right,
    GroupCleared for more than reading in a practice group that was closed.
    """
    who, row = session.info.get(_KNOWN, (None, None))
    if row is None or who != actor or permission not in READING or has_written(session.info):
        row = await _look_up(session, actor, ACTING)
    acting = _acting(row)
    acting.require(permission)
    if row.cleared_at is not None and permission not in READING:
        raise GroupCleared
    return acting


async def _look_up(session: Session, actor: Actor, statement: Select[Any]) -> Row[Any]:
    if actor.group_id is None or actor.person_id is None:
        raise NotFound
    asked = {"group_id": actor.group_id, "person_id": actor.person_id}
    row = (await session.execute(statement, asked)).one_or_none()
    if row is None:
        raise NotFound
    session.info[_KNOWN] = actor, row
    return row


def _acting(row: Row[Any]) -> Acting:
    return Acting(
        group_id=row.id,
        group_code=row.code,
        group_name=row.name,
        member_id=row.member_id,
        person_id=row.person_id,
        roles=frozenset({MEMBER, *(row.roles or ())}),
        currency=row.currency,
        timezone=row.timezone,
        country=row.country,
        purpose=TEMPLATES[row.template].purpose,
        template=row.template,
    )


async def get_group(session: Session, actor: Actor) -> GroupView:
    """The group in which the actor is a member."""
    acting = await authorise(session, actor, Permission.READ_OWN)
    group = await session.get_one(Group, acting.group_id)
    return view_of(group)


async def find_group_by_code(session: Session, code: str) -> UUID | None:
    """For the command line, whose operator answers for it; needs no tenant. None for an unknown code."""
    return await session.scalar(select(func.lookup.group_by_code(code)))


async def read_group(session: Session, group_id: UUID) -> GroupView:
    """The tenant's group without an actor, for what the public may see; the caller answers for that."""
    return view_of(await session.get_one(Group, group_id))


def view_of(group: Group) -> GroupView:
    return GroupView(
        id=group.id,
        code=group.code,
        name=group.name,
        short_name=group.short_name,
        template=group.template,
        currency=group.currency,
        timezone=group.timezone,
        country=group.country,
        pay_to=group.pay_to,
        way=way_of(group.country),
        region_kind=region_kind(group.country),
    )


async def my_place(session: Session, actor: Actor) -> MyPlace:
    """The group and oneself. One query."""
    return (await look_up_place(session, actor, MY_PLACE))[0]


async def look_up_place(session: Session, actor: Actor, statement: Select[Any]) -> tuple[MyPlace, Row[Any]]:
    """The group and oneself, and the whole row of a statement that is MY_PLACE with columns added."""
    row = await _look_up(session, actor, statement)
    return _place(session, row), row


def _place(session: Session, row: Row[Any]) -> MyPlace:
    name = open_text(session, open_key(session, row.id, row.wrapped_key), row.Member, "name_enc") or ""
    return MyPlace(
        group_short_name=row.short_name,
        member_no=row.Member.member_no,
        name=name,
        initials="".join(word[0] for word in name.split()[:2]).upper(),
        roles=_acting(row).roles,
        region_kind=region_kind(row.country),
        timezone=row.timezone,
        country=row.country,
    )


async def list_my_groups(session: Session, actor: Actor) -> list[MyGroup]:
    """The groups in which the person who acts is a live member, by name. One query."""
    if actor.person_id is None:
        return []
    return groups_of(await session.scalar(select(MY_GROUPS)))


def groups_of(rows: list[dict[str, Any]] | None) -> list[MyGroup]:
    """What MY_GROUPS found; none for nobody."""
    return [
        MyGroup(
            group_id=UUID(row["group_id"]),
            name=row["name"],
            short_name=row["short_name"],
            code=row["code"],
            roles=frozenset({MEMBER, *row["roles"]}),
            member_id=UUID(row["member_id"]),
            is_practice=row["is_practice"],
        )
        for row in rows or ()
    ]
