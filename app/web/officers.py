"""Who else may do what nobody does for themselves: said by name where one's own payment is refused."""

from app.domain.groups import roles
from app.domain.groups.permissions import MEMBER, Permission, allows
from app.domain.groups.views import RoleHolder
from app.domain.payments.errors import OwnPayment
from app.kit.actor import Actor
from app.kit.db import Session
from app.kit.i18n import t
from app.web.screen import Screen


def others_with(permission: Permission, holders: list[RoleHolder]) -> str:
    """`Wanjiru Kamau, Hassan Owuor or Mary Atieno`; empty when nobody else has the right."""
    names = sorted({row.name for row in holders if not row.is_me and allows(frozenset({MEMBER, row.role}), permission)})
    if len(names) < 2:
        return "".join(names)
    return t("own.or", first=", ".join(names[:-1]), last=names[-1])


async def who_else_may(session: Session, actor: Actor, permission: Permission) -> str:
    return others_with(permission, await roles.list_role_holders(session, actor))


def own_words(names: str) -> str:
    """Where one's own cash would be recorded."""
    return t("collecting.own", names=names) if names else t("collecting.own_nobody")


async def name_who_may(state: Screen, permission: Permission) -> None:
    """After a refusal because the payment is one's own: the problem then names who can. Else nothing."""
    if state._refusal != OwnPayment.code:
        return
    async with state._work() as (session, actor):
        names = await who_else_may(session, actor, permission)
        state.problem = t("own.names", names=names) if names else t("own.nobody")
