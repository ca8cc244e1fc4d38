"""Rows of requests, for the modules of this package."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, func, select

from app.domain.groups.joining.models import MemberRequest
from app.domain.groups.joining.views import MyRequest, RequestView
from app.domain.groups.members import add_members, member_cards, record_change
from app.domain.groups.models import Member
from app.domain.groups.regions import find_region
from app.domain.groups.store import group_key
from app.domain.groups.views import Acting, MemberData
from app.domain.identity.phones import shown_phone
from app.kit.clock import today_in
from app.kit.crypto import decrypt, encrypt, place
from app.kit.db import Session, clock_of, keyring_of
from app.kit.errors import InvalidInput, NotFound
from app.kit.ids import new_id
from app.kit.text import tidy

ANSWERED = 20


def new_request(
    key: bytes,
    group_id: UUID,
    kind: str,
    person_id: UUID,
    name: str,
    now: datetime,
    *,
    phone: str = "",
    invite_id: UUID | None = None,
    member_id: UUID | None = None,
) -> MemberRequest:
    """An unsaved row; `key` is the group's."""
    request_id = new_id()
    return MemberRequest(
        group_id=group_id,
        id=request_id,
        kind=kind,
        person_id=person_id,
        member_id=member_id,
        invite_id=invite_id,
        name_enc=encrypt(key, name, place("member_requests", "name_enc", group_id, request_id)),
        phone_enc=encrypt(key, phone, place("member_requests", "phone_enc", group_id, request_id)) if phone else None,
        asked_at=now,
    )


def name_of(key: bytes, request: MemberRequest) -> str:
    return decrypt(key, request.name_enc, place("member_requests", "name_enc", request.group_id, request.id))


def phone_of(key: bytes, request: MemberRequest) -> str:
    """E.164; empty for a request that has none."""
    if request.phone_enc is None:
        return ""
    return decrypt(key, request.phone_enc, place("member_requests", "phone_enc", request.group_id, request.id))


async def lock_request(session: Session, group_id: UUID, request_id: UUID) -> MemberRequest:
    statement = (
        select(MemberRequest)
        .where(MemberRequest.group_id == group_id, MemberRequest.id == request_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    request = (await session.execute(statement)).scalar_one_or_none()
    if request is None:
        raise NotFound
    return request


async def my_view(session: Session, request: MemberRequest, group_name: str) -> MyRequest:
    """The tenant is the request's group."""
    return MyRequest(
        id=request.id,
        group_id=request.group_id,
        invite_id=request.invite_id,
        group_name=group_name,
        kind=request.kind,
        state=request.state,
        name=name_of(await group_key(session, request.group_id), request),
        reason=request.reason,
        asked_at=request.asked_at,
    )


async def add_joined(
    session: Session, acting: Acting, request: MemberRequest, member_no: str, region_text: str
) -> UUID:
    """A new member from a request; she joined today. The members are locked."""
    key = await group_key(session, acting.group_id)
    region = find_region(tidy(region_text)[:80], acting.country) if region_text.strip() else None
    if region_text.strip() and region is None:
        raise InvalidInput("region", "region")
    data = MemberData(
        member_no=member_no,
        name=name_of(key, request),
        phone=phone_of(key, request),
        region=region,
        joined_on=today_in(acting.timezone, clock_of(session).now()),
    )
    (member_id,) = await add_members(session, acting.group_id, [data])
    member = await session.get_one(Member, (acting.group_id, member_id))
    member.person_id = request.person_id
    await session.flush()
    await record_change(session, acting, "member.added", member_id)
    return member_id


TO_ANSWER = select(func.count()).where(
    MemberRequest.group_id == bindparam("group_id"), MemberRequest.state == "waiting"
)
"""How many wait for an answer, within a statement that asks for more besides."""


async def request_view(session: Session, acting: Acting, request: MemberRequest) -> RequestView:
    (view,) = await _views(session, acting, [request])
    return view


async def request_views(session: Session, acting: Acting) -> list[RequestView]:
    """Waiting ones, oldest first, then the newest answers."""
    of_group = select(MemberRequest).where(MemberRequest.group_id == acting.group_id)
    waiting = of_group.where(MemberRequest.state == "waiting").order_by(MemberRequest.id).limit(500)
    answered = of_group.where(MemberRequest.state.in_(("approved", "denied")))
    rows = list((await session.execute(waiting)).scalars())
    rows += (await session.execute(answered.order_by(MemberRequest.id.desc()).limit(ANSWERED))).scalars()
    return await _views(session, acting, rows)


async def _views(session: Session, acting: Acting, requests: list[MemberRequest]) -> list[RequestView]:
    if not requests:
        return []
    key = await group_key(session, acting.group_id)
    cards = await member_cards(session, acting.group_id)
    left = await _left_phones(session, acting.group_id)
    found = []
    for request in requests:
        phone = phone_of(key, request)
        card = cards.get(request.member_id) if request.member_id else None
        decider = cards.get(request.decided_by) if request.decided_by else None
        found.append(
            RequestView(
                id=request.id,
                kind=request.kind,
                state=request.state,
                name=name_of(key, request),
                phone=shown_phone(session, phone) or "",
                former_name=card.name if card and request.kind == "name" else "",
                member_no=card.member_no if card else "",
                is_back=bool(phone) and keyring_of(session).blind_index(phone) in left,
                reason=request.reason,
                asked_at=request.asked_at,
                decided_at=request.decided_at,
                decided_by=decider.name if decider else "",
            )
        )
    return found


async def _left_phones(session: Session, group_id: UUID) -> set[bytes]:
    statement = select(Member.phone_index).where(Member.group_id == group_id, Member.state == "left")
    return {index for index in (await session.execute(statement)).scalars() if index}
