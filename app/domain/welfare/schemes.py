"""A group's welfare rules. Each change is a new version; the old ones stay, and claims keep the one they began with."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from app.domain.audit import service as audit
from app.domain.groups import inbox
from app.domain.groups.access import authorise
from app.domain.groups.errors import RulesChanged
from app.domain.groups.members import lock_members
from app.domain.groups.permissions import Permission
from app.domain.groups.taking_over import Give
from app.domain.groups.views import Acting
from app.domain.welfare import store
from app.domain.welfare.models import WelfareRules
from app.domain.welfare.scheme import check_scheme, terms_of
from app.domain.welfare.views import SchemeView, SetScheme
from app.kit.actor import Actor
from app.kit.clock import today_in
from app.kit.db import Session, clock_of


async def get_scheme(session: Session, actor: Actor) -> SchemeView:
    """The rules in force; for every member."""
    return await _view(session, await authorise(session, actor, Permission.READ_OWN))


async def set_scheme(session: Session, actor: Actor, command: SetScheme) -> SchemeView:
    """A new version, by an admin; every member is told. What was reported already keeps the rules it had.

    The same again changes nothing. Raises RulesChanged when `scheme.version` is not the one in force; InvalidInput with
    every fault, by the names of the scheme's fields.
    """
    acting = await authorise(session, actor, Permission.MANAGE_GROUP)
    asked = check_scheme(command.scheme)
    await lock_members(session, acting.group_id)
    now = await store.scheme_in_force(session, acting.group_id)
    if replace(asked, version=now.version) == now and now.version:
        return await _view(session, acting)
    if asked.version != now.version:
        raise RulesChanged
    version = now.version + 1
    session.add(
        WelfareRules(
            group_id=acting.group_id,
            version=version,
            terms=terms_of(asked),
            set_by=acting.member_id,
            set_at=clock_of(session).now(),
        )
    )
    await session.flush()
    await audit.record(
        session,
        group_id=acting.group_id,
        actor_id=acting.member_id,
        action="welfare.rules_set",
        subject="welfare",
        subject_id=acting.group_id,
        facts={"version": version},
    )
    await inbox.tell_members(session, acting.group_id, "welfare_rules_set", {}, but=acting.member_id)
    return await _view(session, acting)


async def take_scheme(session: Session, group_id: UUID) -> Give:
    """For a group that succeeds this one: the rules in force, as its first version."""
    scheme = await store.scheme_in_force(session, group_id)

    async def give(session: Session, group_id: UUID, seat_id: UUID) -> None:
        if scheme.version:
            set_at = clock_of(session).now()
            session.add(
                WelfareRules(group_id=group_id, version=1, terms=terms_of(scheme), set_by=seat_id, set_at=set_at)
            )
            await session.flush()

    return give


async def _view(session: Session, acting: Acting) -> SchemeView:
    scheme = await store.scheme_in_force(session, acting.group_id)
    newest = select(WelfareRules.set_at).where(WelfareRules.group_id == acting.group_id)
    set_at = (await session.execute(newest.order_by(col(WelfareRules.version).desc()).limit(1))).scalar_one_or_none()
    return SchemeView(scheme, acting.currency, set_at, today_in(acting.timezone, clock_of(session).now()))
