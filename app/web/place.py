"""Where one is and as whom: the group and the acting role that every shell shows."""

import reflex as rx

from app.domain.groups import access
from app.domain.groups.permissions import MEMBER, Permission, allows
from app.domain.payments import reading as payments
from app.kit.i18n import t
from app.web import session as web_session

OFFICE = ("treasurer", "admin")


class PlaceState(rx.State):
    """Filled by every page's `load`; read by the shells."""

    group_name: str = ""
    role: str = "member"
    role_label: str = ""
    member_no: str = ""
    member_name: str = ""
    initials: str = ""
    other_role: str = ""
    other_role_label: str = ""
    rights: list[str] = []
    region_word: str = ""
    regions_word: str = ""
    ranking_word: str = ""
    to_confirm: int = 0
    to_confirm_words: str = ""

    def _wait(self, count: int) -> None:
        self.to_confirm, self.to_confirm_words = count, t("shell.waiting", count=count)


def may(permission: Permission) -> rx.Var[bool]:
    """Whether the acting role has the right: what it has not is not offered. Services ask again."""
    return PlaceState.rights.contains(permission.value)  # pyright: ignore[reportAttributeAccessIssue]


def if_may(permission: Permission, shown: rx.Component) -> rx.Component:
    return rx.cond(may(permission), shown)


async def load_place(state: rx.State) -> None:
    """Read the place of the session once per page; a lost session leaves it empty."""
    place = await state.get_state(PlaceState)
    async with web_session.transaction(state) as (session, actor):
        me = await access.my_place(session, actor)
        role = (await web_session.current(state)).role or "member"
        acting = frozenset({MEMBER, role})
        reads = allows(acting, Permission.READ_GROUP)
        place._wait(await payments.count_to_confirm(session, actor) if reads else 0)
    place.group_name, place.role, place.role_label = me.group_short_name, role, t(f"role.{role}")
    place.member_no, place.member_name, place.initials = me.member_no, me.name, me.initials
    kind = me.region_kind
    place.region_word, place.regions_word = t(f"region.{kind}"), t(f"regions.{kind}")
    place.ranking_word = t(f"ranking.{kind}")
    place.rights = [permission.value for permission in Permission if allows(acting, permission)]
    offices = [office for office in OFFICE if office in me.roles]
    other = "member" if role in OFFICE else (offices[0] if offices else "")
    place.other_role, place.other_role_label = other, t(f"role.{other}") if other else ""


async def show_waiting(state: rx.State, count: int) -> None:
    """The number beside "To confirm", after a decision."""
    (await state.get_state(PlaceState))._wait(count)
