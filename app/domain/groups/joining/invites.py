"""Invitations: made and revoked by those who manage members; whoever holds the code may ask to join."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select

from app.domain.audit import service as audit
from app.domain.groups.access import authorise
from app.domain.groups.joining.errors import InviteExpired, InviteRevoked, InviteUnknown, InviteUsedUp
from app.domain.groups.joining.models import Invite
from app.domain.groups.joining.views import InviteSeen, InviteView, MakeInvite
from app.domain.groups.members import member_cards
from app.domain.groups.permissions import Permission
from app.domain.groups.store import group_key
from app.domain.groups.views import Acting
from app.kit import idempotency
from app.kit.actor import Actor
from app.kit.crypto import decrypt, encrypt, place
from app.kit.db import Session, clock_of, keyring_of
from app.kit.errors import DomainError, InvalidInput, NotFound
from app.kit.ids import is_code, new_check_code, new_id, normalise_code

DAYS, USES = 90, 500
SYMBOLS = 12
SHOWN = 50
REFUSALS: dict[str, type[DomainError]] = {
    "expired": InviteExpired,
    "used_up": InviteUsedUp,
    "revoked": InviteRevoked,
}


async def make_invite(session: Session, actor: Actor, command: MakeInvite) -> InviteView:
    """A new code of 60 random bits. Idempotent by `key`. Raises InvalidInput for days and uses out of range."""
    acting = await authorise(session, actor, Permission.MANAGE_MEMBERS)
    if not 1 <= command.days <= DAYS:
        raise InvalidInput("days", "invite_days", limit=DAYS)
    if not 1 <= command.uses <= USES:
        raise InvalidInput("uses", "invite_uses", limit=USES)
    invite_id = new_id()
    earlier = await idempotency.claim(
        session,
        group_id=acting.group_id,
        key=command.key,
        content={"make_invite": command.days, "uses": command.uses},
        result={"invite_id": str(invite_id)},
    )
    if earlier is not None:
        return await _view(session, acting, UUID(str(earlier["invite_id"])))
    now, code = clock_of(session).now(), new_check_code()
    session.add(
        Invite(
            group_id=acting.group_id,
            id=invite_id,
            code_index=keyring_of(session).blind_index(code),
            code_enc=encrypt(await group_key(session, acting.group_id), code, _place(acting.group_id, invite_id)),
            uses_allowed=command.uses,
            created_by=acting.member_id,
            created_at=now,
            expires_at=now + timedelta(days=command.days),
        )
    )
    await session.flush()
    await _record(session, acting, "invite.made", invite_id, days=command.days, uses=command.uses)
    return await _view(session, acting, invite_id)


async def revoke_invite(session: Session, actor: Actor, invite_id: UUID) -> InviteView:
    """The code opens nothing from now on; who asked with it is still answered. Twice changes nothing."""
    acting = await authorise(session, actor, Permission.MANAGE_MEMBERS)
    invite = await lock_invite(session, acting.group_id, invite_id)
    if invite is None:
        raise NotFound
    if invite.revoked_at is None:
        invite.revoked_by, invite.revoked_at = acting.member_id, clock_of(session).now()
        await session.flush()
        await _record(session, acting, "invite.revoked", invite_id)
    return await _view(session, acting, invite_id)


async def list_invites(session: Session, actor: Actor) -> list[InviteView]:
    """The newest 50, with their codes: for those who manage members."""
    acting = await authorise(session, actor, Permission.MANAGE_MEMBERS)
    return await _views(session, acting)


async def find_invite(session: Session, code: str) -> InviteSeen:
    """The invitation that a typed code names, live or not; the tenant need not be set. Raises InviteUnknown."""
    typed = normalise_code(code[:60])
    if not is_code(typed, SYMBOLS):
        raise InviteUnknown(field="invite")
    columns = ("group_id", "invite_id", "name", "short_name", "uses_left", "expires_at", "is_revoked")
    found = func.lookup.group_by_invite(keyring_of(session).blind_index(typed)).table_valued(*columns)
    row = (await session.execute(select(found))).one_or_none()
    if row is None:
        raise InviteUnknown(field="invite")
    state = state_of(
        is_revoked=row.is_revoked, expires_at=row.expires_at, uses_left=row.uses_left, now=clock_of(session).now()
    )
    return InviteSeen(
        group_id=row.group_id, invite_id=row.invite_id, group_name=row.name, short_name=row.short_name, state=state
    )


async def is_live(session: Session, code: str) -> bool:
    """Whether a typed code counts as invited at sign-in."""
    try:
        return (await find_invite(session, code)).state == "live"
    except InviteUnknown:
        return False


def require_live(state: str) -> None:
    if state in REFUSALS:
        raise REFUSALS[state](field="invite")


def state_of(*, is_revoked: bool, expires_at: datetime, uses_left: int, now: datetime) -> str:
    if is_revoked:
        return "revoked"
    if now >= expires_at:
        return "expired"
    return "live" if uses_left > 0 else "used_up"


async def lock_invite(session: Session, group_id: UUID, invite_id: UUID) -> Invite | None:
    statement = (
        select(Invite)
        .where(Invite.group_id == group_id, Invite.id == invite_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return (await session.execute(statement)).scalar_one_or_none()


def _place(group_id: UUID, invite_id: UUID) -> str:
    return place("invites", "code_enc", group_id, invite_id)


async def _view(session: Session, acting: Acting, invite_id: UUID) -> InviteView:
    (view,) = await _views(session, acting, only=invite_id)
    return view


async def _views(session: Session, acting: Acting, *, only: UUID | None = None) -> list[InviteView]:
    statement = select(Invite).where(Invite.group_id == acting.group_id).order_by(Invite.id.desc()).limit(SHOWN)
    if only is not None:
        statement = statement.where(Invite.id == only)
    invites = list((await session.execute(statement)).scalars())
    key, now = await group_key(session, acting.group_id), clock_of(session).now()
    cards = await member_cards(session, acting.group_id, [invite.created_by for invite in invites])
    return [
        InviteView(
            id=invite.id,
            code=decrypt(key, invite.code_enc, _place(acting.group_id, invite.id)),
            state=state_of(
                is_revoked=invite.revoked_at is not None,
                expires_at=invite.expires_at,
                uses_left=invite.uses_allowed - invite.uses,
                now=now,
            ),
            uses=invite.uses,
            uses_allowed=invite.uses_allowed,
            created_by=cards[invite.created_by].name,
            created_at=invite.created_at,
            expires_at=invite.expires_at,
        )
        for invite in invites
    ]


async def _record(session: Session, acting: Acting, action: str, invite_id: UUID, **facts: int) -> None:
    await audit.record(
        session,
        group_id=acting.group_id,
        actor_id=acting.member_id,
        action=action,
        subject="invite",
        subject_id=invite_id,
        facts=facts,
    )
