"""Requests: a person asks to join, a member to have her name mended; those who manage members answer.

Order of locks: the group's members, then the request. Asking locks the invitation alone.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from app.domain.audit import service as audit
from app.domain.groups import waiting
from app.domain.groups.access import authorise, read_group
from app.domain.groups.joining import store
from app.domain.groups.joining.errors import AlreadyMember, OwnRequest, RequestDecided, RequestDenied
from app.domain.groups.joining.invites import find_invite, lock_invite, require_live, state_of
from app.domain.groups.joining.models import MemberRequest
from app.domain.groups.joining.views import ApproveRequest, AskToJoin, DenyRequest, MyRequest, RequestView
from app.domain.groups.members import check_member_no, check_name, lock_members, record_change
from app.domain.groups.models import Member
from app.domain.groups.permissions import Permission
from app.domain.groups.profiles import find_former, take_back_row
from app.domain.groups.store import group_key, open_text, seal_text
from app.domain.groups.views import Acting
from app.domain.identity import service as identity
from app.kit.actor import Actor
from app.kit.db import Session, clock_of, set_tenant
from app.kit.errors import InvalidInput, NotFound
from app.kit.text import tidy

REASON_LIMIT = 500


async def ask_to_join(session: Session, actor: Actor, command: AskToJoin) -> MyRequest:
    """A signed-in person asks to be a member; one use of the invitation. Asking again while waiting changes nothing.

    Raises InviteUnknown and its kin, InvalidInput for the name, AlreadyMember, RequestDenied when this invitation
    was answered with no. The transaction then acts as `actor` again.
    """
    seen = await find_invite(session, command.code)
    require_live(seen.state)
    name = check_name(command.name)
    if actor.person_id is None:
        raise NotFound
    connection = await session.connection()
    phone = await identity.person_phone(session, actor.person_id)
    await set_tenant(connection, actor.within(seen.group_id))
    request = await _ask(session, seen.group_id, seen.invite_id, actor.person_id, name, phone)
    group = await read_group(session, seen.group_id)
    view = await store.my_view(session, request, group.name)
    await set_tenant(connection, actor)
    return view


async def _ask(
    session: Session, group_id: UUID, invite_id: UUID, person_id: UUID, name: str, phone: str
) -> MemberRequest:
    invite = await lock_invite(session, group_id, invite_id)
    assert invite is not None
    mine = select(Member.id).where(Member.group_id == group_id, Member.person_id == person_id, Member.state == "active")
    if (await session.execute(mine)).scalar_one_or_none() is not None:
        raise AlreadyMember
    statement = (
        select(MemberRequest)
        .where(MemberRequest.group_id == group_id, MemberRequest.person_id == person_id, MemberRequest.kind == "join")
        .order_by(MemberRequest.id.desc())
        .limit(20)
    )
    earlier = list((await session.execute(statement)).scalars())
    if earlier and earlier[0].state == "waiting":
        return earlier[0]
    if any(one.state == "denied" and one.invite_id == invite_id for one in earlier):
        raise RequestDenied
    now = clock_of(session).now()
    require_live(
        state_of(
            is_revoked=invite.revoked_at is not None,
            expires_at=invite.expires_at,
            uses_left=invite.uses_allowed - invite.uses,
            now=now,
        )
    )
    invite.uses += 1
    key = await group_key(session, group_id)
    request = store.new_request(key, group_id, "join", person_id, name, now, phone=phone, invite_id=invite_id)
    return await _insert(session, request)


async def ask_name_change(session: Session, actor: Actor, name: str) -> MyRequest:
    """A member asks to have her name mended; a request that waits is replaced. Raises InvalidInput.

    The same name again changes nothing. Locks the waiting request.
    """
    acting = await authorise(session, actor, Permission.READ_OWN)
    wanted = check_name(name)
    member = await session.get_one(Member, (acting.group_id, acting.member_id))
    key = await group_key(session, acting.group_id)
    if wanted == open_text(session, key, member, "name_enc"):
        raise InvalidInput("name", "name_same")
    statement = (
        select(MemberRequest)
        .where(
            MemberRequest.group_id == acting.group_id,
            MemberRequest.person_id == acting.person_id,
            MemberRequest.kind == "name",
            MemberRequest.state == "waiting",
        )
        .with_for_update()
    )
    former, now = (await session.execute(statement)).scalar_one_or_none(), clock_of(session).now()
    if former is not None:
        if store.name_of(key, former) == wanted:
            return await store.my_view(session, former, acting.group_name)
        former.state, former.decided_at = "withdrawn", now
        await session.flush()
    request = store.new_request(key, acting.group_id, "name", acting.person_id, wanted, now, member_id=acting.member_id)
    return await store.my_view(session, await _insert(session, request), acting.group_name)


async def _insert(session: Session, request: MemberRequest) -> MemberRequest:
    """Two at once: the second meets the first, and hears that it is there."""
    session.add(request)
    try:
        await session.flush()
    except IntegrityError as error:
        if "member_requests_once" in str(error.orig):
            raise RequestDecided from None
        raise
    await audit.record(
        session,
        group_id=request.group_id,
        actor_id=request.member_id,
        action=f"request.{request.kind}",
        subject="request",
        subject_id=request.id,
    )
    return request


async def withdraw_request(session: Session, actor: Actor, request_id: UUID) -> None:
    """Take one's own request back. Raises NotFound for another's, RequestDecided. Twice changes nothing."""
    if actor.person_id is None:
        raise NotFound
    mine = select(MemberRequest).where(MemberRequest.id == request_id, MemberRequest.person_id == actor.person_id)
    known = (await session.execute(mine)).scalar_one_or_none()
    if known is None:
        raise NotFound
    connection = await session.connection()
    await set_tenant(connection, actor.within(known.group_id))
    request = await store.lock_request(session, known.group_id, request_id)
    if request.state not in ("waiting", "withdrawn"):
        raise RequestDecided
    if request.state == "waiting":
        request.state, request.decided_at = "withdrawn", clock_of(session).now()
        await session.flush()
    await set_tenant(connection, actor)


async def list_my_requests(session: Session, actor: Actor) -> list[MyRequest]:
    """One's own, of all groups, newest first, at most 20. The transaction then acts as `actor` again."""
    if actor.person_id is None:
        return []
    statement = (
        select(MemberRequest)
        .where(MemberRequest.person_id == actor.person_id)
        .order_by(MemberRequest.id.desc())
        .limit(20)
    )
    connection = await session.connection()
    found = []
    for request in list((await session.execute(statement)).scalars()):
        await set_tenant(connection, actor.within(request.group_id))
        group = await read_group(session, request.group_id)
        found.append(await store.my_view(session, request, group.name))
    await set_tenant(connection, actor)
    return found


async def list_requests(session: Session, actor: Actor) -> list[RequestView]:
    """What waits, oldest first, then the last 20 answers: for those who manage members."""
    acting = await authorise(session, actor, Permission.MANAGE_MEMBERS)
    return await store.request_views(session, acting)


async def ids_of_member(session: Session, group_id: UUID, member_id: UUID) -> list[UUID]:
    """The newest requests that are about a member; the caller has authorised."""
    statement = select(MemberRequest.id).where(MemberRequest.group_id == group_id, MemberRequest.member_id == member_id)
    return list((await session.execute(statement.order_by(MemberRequest.id.desc()).limit(50))).scalars())


async def members_of(session: Session, group_id: UUID, ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Whom each request is about, by its id; none for who never came in. The caller has authorised."""
    if not ids:
        return {}
    statement = select(MemberRequest.id, MemberRequest.member_id).where(
        MemberRequest.group_id == group_id, MemberRequest.id.in_(ids), col(MemberRequest.member_id).is_not(None)
    )
    return {row.id: row.member_id for row in await session.execute(statement)}


async def approve_request(session: Session, actor: Actor, command: ApproveRequest) -> RequestView:
    """Yes: the person is a member at once, or the name is mended. Locks the members and the request.

    A profile of the group that has her phone becomes hers, a former one is taken back with its history. Raises
    NotFound, RequestDecided, OwnRequest, InvalidInput, MemberNumberTaken, PhoneTaken, GroupFull. The same answer
    twice changes nothing.
    """
    acting = await authorise(session, actor, Permission.MANAGE_MEMBERS)
    await lock_members(session, acting.group_id)
    acting = await authorise(session, actor, Permission.MANAGE_MEMBERS)
    request = await _lock_others(session, acting, command.request_id)
    if request.state == "waiting":
        if request.kind == "join":
            request.member_id = await _let_in(session, acting, request, command)
        else:
            await _mend_name(session, acting, request)
        await _decide(session, acting, request, "approved")
    elif (request.state, request.decided_by) != ("approved", acting.member_id):
        raise RequestDecided
    return await store.request_view(session, acting, request)


async def deny_request(session: Session, actor: Actor, command: DenyRequest) -> RequestView:
    """No, with a reason that the person reads. Raises NotFound, RequestDecided, OwnRequest, InvalidInput."""
    acting = await authorise(session, actor, Permission.MANAGE_MEMBERS)
    reason = tidy(command.reason)
    if not reason:
        raise InvalidInput("reason", "reason_empty")
    if len(reason) > REASON_LIMIT:
        raise InvalidInput("reason", "reason_too_long", limit=REASON_LIMIT)
    request = await _lock_others(session, acting, command.request_id)
    if request.state == "waiting":
        request.reason = reason
        await _decide(session, acting, request, "denied")
    elif (request.state, request.decided_by) != ("denied", acting.member_id):
        raise RequestDecided
    return await store.request_view(session, acting, request)


async def _lock_others(session: Session, acting: Acting, request_id: UUID) -> MemberRequest:
    request = await store.lock_request(session, acting.group_id, request_id)
    if request.person_id == acting.person_id:
        raise OwnRequest
    return request


async def _decide(session: Session, acting: Acting, request: MemberRequest, state: str) -> None:
    request.state, request.decided_by = state, acting.member_id
    request.decided_at = clock_of(session).now()
    await session.flush()
    await audit.record(
        session,
        group_id=acting.group_id,
        actor_id=acting.member_id,
        action=f"request.{state}",
        subject="request",
        subject_id=request.id,
        facts={"kind": request.kind},
    )


async def _let_in(session: Session, acting: Acting, request: MemberRequest, command: ApproveRequest) -> UUID:
    """The member that the person is from now on."""
    key = await group_key(session, acting.group_id)
    phone = store.phone_of(key, request)
    former = await find_former(session, acting.group_id, request.person_id, phone)
    if former is None:
        return await store.add_joined(session, acting, request, check_member_no(command.member_no), command.region)
    if former.state == "left":
        await take_back_row(session, acting, former)
    former.person_id = request.person_id
    await session.flush()
    await waiting.hand_over(session, acting.group_id, former.id, request.person_id)
    return former.id


async def _mend_name(session: Session, acting: Acting, request: MemberRequest) -> None:
    """On the member's row, whatever else of it changed meanwhile. NotFound when she has left."""
    statement = (
        select(Member)
        .where(Member.group_id == acting.group_id, Member.id == request.member_id, Member.state == "active")
        .with_for_update()
    )
    member = (await session.execute(statement)).scalar_one_or_none()
    if member is None:
        raise NotFound
    key = await group_key(session, acting.group_id)
    seal_text(session, key, member, "name_enc", store.name_of(key, request))
    await session.flush()
    await record_change(session, acting, "member.changed", member.id, fields="name")
