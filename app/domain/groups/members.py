"""Members: written singly or in bulk, read by name. At most 500 in a group, so names are sorted in memory."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.domain.audit import service as audit
from app.domain.groups import waiting
from app.domain.groups.access import HELD, LIVE, authorise
from app.domain.groups.errors import GroupFull, MemberNumberTaken, PhoneTaken
from app.domain.groups.models import Member, RoleGrant, Seat
from app.domain.groups.permissions import Permission
from app.domain.groups.store import group_key, new_member, open_text, seal_text
from app.domain.groups.views import Acting, MemberCard, MemberContact, MemberData, MemberPage, MemberRef, MemberView
from app.domain.identity import phones
from app.domain.identity import service as identity
from app.kit.actor import Actor
from app.kit.db import Session, keyring_of, set_tenant
from app.kit.errors import InvalidInput, NotFound
from app.kit.ids import new_id
from app.kit.text import tidy

LIMIT = 500
PAGE = 50


def check_member_no(text: str, *, field: str = "member_no") -> str:
    number = tidy(text)
    if not number:
        raise InvalidInput(field, "member_no_empty")
    if len(number) > 20:
        raise InvalidInput(field, "member_no_long", limit=20)
    return number


def check_name(text: str, *, field: str = "name") -> str:
    name = tidy(text)
    if not name:
        raise InvalidInput(field, "name_empty")
    if len(name) > 120:
        raise InvalidInput(field, "name_long", limit=120)
    return name


async def lock_members(session: Session, group_id: UUID) -> None:
    """One writer of many members at a time in a group, until the transaction ends."""
    await session.execute(select(func.pg_advisory_xact_lock(group_id.int & (2**63 - 1))))


async def add_members(session: Session, group_id: UUID, rows: Sequence[MemberData]) -> list[UUID]:
    """Write new members in one go; the caller has authorised and checked the values.

    Locks the group, so that the limit of 500 holds. Raises GroupFull, MemberNumberTaken, PhoneTaken.
    """
    await lock_members(session, group_id)
    await require_room(session, group_id, len(rows))
    key = await group_key(session, group_id)
    made = [new_member(session, key, group_id, data) for data in rows]
    session.add_all(made)
    await flush_members(session)
    await identity.list_phones(session, [member.phone_index for member in made if member.phone_index])
    return [member.id for member in made]


async def require_room(session: Session, group_id: UUID, more: int) -> None:
    """The members are locked. Raises GroupFull."""
    count = select(func.count()).where(Member.group_id == group_id, Member.state == "active")
    if (await session.execute(count)).scalar_one() + more > LIMIT:
        raise GroupFull(limit=LIMIT)


async def update_members(session: Session, group_id: UUID, changes: Sequence[tuple[UUID, MemberData]]) -> None:
    """Replace the profile of known members; the caller has authorised and checked. Phones are kept as they are."""
    if not changes:
        return
    key = await group_key(session, group_id)
    found = await session.execute(
        select(Member)
        .where(Member.group_id == group_id, Member.id.in_([member_id for member_id, _ in changes]))
        .order_by(Member.id)
        .with_for_update()
    )
    by_id = {member.id: member for member in found.scalars()}
    for member_id, data in changes:
        member = by_id[member_id]
        member.region, member.gender, member.joined_on = data.region, data.gender, data.joined_on
        seal_text(session, key, member, "name_enc", data.name)
        seal_text(session, key, member, "remarks_enc", data.remarks)
    await flush_members(session)


async def flush_members(session: Session) -> None:
    try:
        await session.flush()
    except IntegrityError as error:
        text = str(error.orig)
        if "members_no" in text:
            raise MemberNumberTaken(field="member_no") from None
        if "members_phone" in text:
            raise PhoneTaken(field="phone") from None
        raise


async def find_by_phone(session: Session, group_id: UUID, phone: str) -> Member | None:
    index = keyring_of(session).blind_index(phone)
    statement = select(Member).where(Member.group_id == group_id, Member.phone_index == index)
    return (await session.execute(statement)).scalar_one_or_none()


async def claim_profiles(session: Session, person_id: UUID, phone: str) -> int:
    """At sign-in, the phone proved: profiles that wait for it become the person's. Returns how many were new.

    What the group told them meanwhile is handed over. Goes group by group; the transaction then acts as the person, in
    no group. One profile per person and group.
    """
    index = keyring_of(session).blind_index(phone)
    rows = (
        await session.execute(select(func.lookup.profiles_to_claim(index).table_valued("group_id", "member_id")))
    ).all()
    connection = await session.connection()
    claimed = 0
    for group_id, member_id in rows:
        await set_tenant(connection, Actor(person_id=person_id, group_id=group_id))
        own = aliased(Member)
        statement = (
            update(Member)
            .where(Member.group_id == group_id, Member.id == member_id, col(Member.person_id).is_(None))
            .where(~exists().where(own.group_id == group_id, own.person_id == person_id))
            .values(person_id=person_id)
            .returning(Member.id)
        )
        for (claimed_id,) in (await session.execute(statement)).all():
            await waiting.hand_over(session, group_id, claimed_id, person_id)
            claimed += 1
    await set_tenant(connection, Actor(person_id=person_id))
    return claimed


def active_ids(group_id: UUID) -> Select[tuple[UUID]]:
    """The ids of everyone who can be charged, as a query."""
    return select(Member.id).where(Member.group_id == group_id, Member.state == "active")


async def active_members(session: Session, group_id: UUID) -> list[MemberRef]:
    """Everyone who can be charged, by member number; the caller has authorised."""
    statement = (
        select(Member.id, Member.member_no, Member.region)
        .where(Member.group_id == group_id, Member.state == "active")
        .order_by(Member.member_no)
    )
    return [
        MemberRef(id=row.id, member_no=row.member_no, region=row.region) for row in await session.execute(statement)
    ]


async def member_cards(session: Session, group_id: UUID, ids: Sequence[UUID] | None = None) -> dict[UUID, MemberCard]:
    """Members by id, with names, those who left too; two queries. The caller has authorised."""
    key = await group_key(session, group_id)
    statement = select(Member).where(Member.group_id == group_id)
    if ids is not None:
        statement = statement.where(Member.id.in_(ids))
    return {
        member.id: MemberCard(
            id=member.id,
            member_no=member.member_no,
            name=open_text(session, key, member, "name_enc") or "",
            region=member.region,
        )
        for member in (await session.execute(statement)).scalars()
    }


async def member_contacts(session: Session, group_id: UUID) -> list[MemberContact]:
    """Active members with name and phone, by member number; two queries. The caller has authorised."""
    key = await group_key(session, group_id)
    statement = select(Member).where(Member.group_id == group_id, Member.state == "active").order_by(Member.member_no)
    return [
        MemberContact(
            id=member.id,
            member_no=member.member_no,
            name=open_text(session, key, member, "name_enc") or "",
            phone=open_text(session, key, member, "phone_enc") or "",
        )
        for member in (await session.execute(statement)).scalars()
    ]


async def name_of_actor(session: Session, group_id: UUID, actor_id: UUID) -> str:
    """The name of a member; "staff" or "system" for a seat. The caller has authorised."""
    card = (await member_cards(session, group_id, [actor_id])).get(actor_id)
    if card is not None:
        return card.name
    seat = await session.get(Seat, (group_id, actor_id))
    return seat.kind if seat else ""


async def system_seat(session: Session, group_id: UUID) -> UUID:
    """As what the product itself acts in the group; made at the first need. The tenant is set."""
    new = insert(Seat).values(group_id=group_id, id=new_id(), kind="system", person_id=None)
    await session.execute(new.on_conflict_do_nothing())
    statement = select(Seat.id).where(Seat.group_id == group_id, Seat.kind == "system")
    return (await session.execute(statement)).scalar_one()


async def staff_seats(session: Session, group_id: UUID) -> dict[UUID, str]:
    """Those who act without being members, by id: "staff" or "system". The caller has authorised."""
    statement = select(Seat.id, Seat.kind).where(Seat.group_id == group_id)
    return {row.id: row.kind for row in await session.execute(statement)}


async def list_members(
    session: Session, actor: Actor, *, search: str = "", page: int = 0, left: bool = False
) -> MemberPage:
    """Pages of 50 by name; `search` looks into name, number and region; `left` lists former members. Three queries."""
    acting = await authorise(session, actor, Permission.READ_GROUP)
    views = await _views(session, acting.group_id, Member.state == ("left" if left else "active"))
    wanted = search.casefold().strip()
    found = [v for v in views if wanted in f"{v.name} {v.member_no} {v.region or ''}".casefold()]
    start = max(page, 0) * PAGE
    return MemberPage(
        total=len(found),
        everyone=len(views),
        rows=tuple(found[start : start + PAGE]),
        has_next=len(found) > start + PAGE,
    )


async def list_everyone(session: Session, actor: Actor) -> list[MemberView]:
    """Every active member by name. Three queries."""
    acting = await authorise(session, actor, Permission.READ_GROUP)
    return await current_members(session, acting.group_id)


async def get_member(session: Session, actor: Actor, member_id: UUID) -> MemberView:
    """One member, one who left too, for those who read the group; NotFound for another group's."""
    acting = await authorise(session, actor, Permission.READ_GROUP)
    for view in await _views(session, acting.group_id, Member.id == member_id):
        return view
    raise NotFound


async def get_myself(session: Session, acting: Acting) -> MemberView:
    """The member who acts; the caller has authorised."""
    (view,) = await _views(session, acting.group_id, Member.id == acting.member_id)
    return view


async def current_members(session: Session, group_id: UUID) -> list[MemberView]:
    """Everyone who is a member now, by name. Three queries; the caller has authorised."""
    return await _views(session, group_id, Member.state == "active")


async def _views(session: Session, group_id: UUID, which: ColumnElement[bool]) -> list[MemberView]:
    key = await group_key(session, group_id)
    statement = (
        select(Member, HELD)
        .outerjoin(RoleGrant, LIVE)
        .where(Member.group_id == group_id, which)
        .group_by(col(Member.group_id), col(Member.id))
    )

    def text(member: Member, column: str) -> str | None:
        return open_text(session, key, member, column)

    views = []
    for member, roles in (await session.execute(statement)).all():
        views.append(
            MemberView(
                id=member.id,
                member_no=member.member_no,
                name=text(member, "name_enc") or "",
                phone=phones.shown_phone(session, text(member, "phone_enc")),
                region=member.region,
                gender=member.gender,
                joined_on=member.joined_on,
                remarks=text(member, "remarks_enc"),
                person_id=member.person_id,
                roles=frozenset(roles or ()),
                left_at=member.left_at,
            )
        )
    return sorted(views, key=lambda view: (view.name.casefold(), view.member_no))


async def record_change(session: Session, acting: Acting, action: str, member_id: UUID, **facts: str | int) -> None:
    """An audit event about a member; `facts` are codes and counts."""
    await audit.record(
        session,
        group_id=acting.group_id,
        actor_id=acting.member_id,
        action=action,
        subject="member",
        subject_id=member_id,
        facts=facts,
    )


async def live_roles(session: Session, group_id: UUID) -> dict[UUID, set[str]]:
    found: dict[UUID, set[str]] = defaultdict(set)
    statement = select(RoleGrant.member_id, RoleGrant.role).where(
        RoleGrant.group_id == group_id, col(RoleGrant.ended_at).is_(None)
    )
    for member_id, role in (await session.execute(statement)).all():
        found[member_id].add(role)
    return found
