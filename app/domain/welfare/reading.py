"""Claims as people read them, and the fund."""

from uuid import UUID

from sqlalchemy import or_, select
from sqlmodel import col

from app.domain.contributions.service import call_views
from app.domain.groups.access import authorise
from app.domain.groups.permissions import Permission
from app.domain.welfare import rules, store
from app.domain.welfare.models import WelfareCall, WelfareClaim
from app.domain.welfare.scheme import FUND
from app.domain.welfare.showing import view, views
from app.domain.welfare.views import ClaimView, FundView
from app.kit.actor import Actor
from app.kit.db import Session

PAGE, CALLS = 50, 12


async def list_claims(session: Session, actor: Actor, *, limit: int = PAGE) -> list[ClaimView]:
    """The newest claims of the group, those that are not over first; for those who read the group."""
    acting = await authorise(session, actor, Permission.READ_GROUP)
    statement = (
        select(WelfareClaim)
        .where(WelfareClaim.group_id == acting.group_id)
        .order_by(col(WelfareClaim.state).in_(("reported", "accepted")).desc(), col(WelfareClaim.id).desc())
        .limit(limit)
    )
    return await views(session, acting, list((await session.execute(statement)).scalars()))


async def list_my_claims(session: Session, actor: Actor) -> list[ClaimView]:
    """What befell oneself, what one reported for others, and what pays one; newest first, at most 50."""
    acting = await authorise(session, actor, Permission.READ_OWN)
    me = acting.member_id
    statement = (
        select(WelfareClaim)
        .where(
            WelfareClaim.group_id == acting.group_id,
            or_(WelfareClaim.member_id == me, WelfareClaim.payee_id == me, WelfareClaim.reported_by == me),
        )
        .order_by(col(WelfareClaim.id).desc())
        .limit(PAGE)
    )
    return await views(session, acting, list((await session.execute(statement)).scalars()))


async def welfare_fund(session: Session, actor: Actor) -> FundView:
    """What the fund holds and what was called for; for those who read the books."""
    acting = await authorise(session, actor, Permission.READ_BOOKS)
    fund, parts = await store.fund_parts(session, acting.group_id)
    scheme = await store.scheme_in_force(session, acting.group_id)
    topup = rules.topup_of(scheme, fund) if scheme.version and scheme.source == FUND else 0
    statement = (
        select(WelfareCall.call_id, WelfareCall.kind)
        .where(WelfareCall.group_id == acting.group_id)
        .order_by(col(WelfareCall.call_id).desc())
        .limit(CALLS)
    )
    kinds = {row.call_id: row.kind for row in (await session.execute(statement)).all()}
    calls = {one.id: one for one in await call_views(session, acting.group_id, call_ids=list(kinds), limit=CALLS)}
    made = [(kind, calls[call_id]) for call_id, kind in kinds.items()]
    is_asked = any(kind == "topup" and call.unpaid + call.part_paid for kind, call in made)
    return FundView(acting.currency, fund, 0 if is_asked else topup, tuple(made), parts)


async def get_claim(session: Session, actor: Actor, claim_id: UUID) -> ClaimView:
    """One claim, for those who read the group or sign its payout, and whom it concerns; NotFound for others."""
    acting = await authorise(session, actor, Permission.READ_OWN)
    claim = await store.get_claim(session, acting.group_id, claim_id)
    await store.require_reader(session, acting, claim)
    return await view(session, acting, claim)
