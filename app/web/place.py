"""Where one is and as whom: the group and the acting role that every shell shows."""

from dataclasses import dataclass

import reflex as rx

from app.domain.governance import reading as decisions
from app.domain.groups import access, inbox
from app.domain.groups.joining import requests
from app.domain.groups.permissions import MEMBER, OFFICES, Permission, allows
from app.domain.groups.views import MyGroup
from app.domain.payments import reading as payments
from app.domain.reports.offered import offered
from app.kit.actor import Actor
from app.kit.db import Session, clock_of, is_read_only, shift_of
from app.kit.i18n import show_day, t
from app.web import session as web_session

ACTING = ("treasurer", "admin", "auditor", MEMBER)
"""The roles in which one may act, in the order of the menu."""


@dataclass(frozen=True)
class PlaceRow:
    """A group and a role in which the person may act; the platform has no group."""

    group_id: str
    role: str
    group: str
    role_word: str
    is_here: bool


class PlaceState(rx.State):
    """Filled by every page's `load`; read by the shells."""

    group_name: str = ""
    timezone: str = ""
    """Of the group, such as Africa/Nairobi: for the scripts that tell an instant."""
    role: str = "member"
    role_label: str = ""
    member_no: str = ""
    member_name: str = ""
    initials: str = ""
    notice: str = ""
    is_demo: bool = False
    places: list[PlaceRow] = []
    to_answer: int = 0
    to_answer_words: str = ""
    rights: list[str] = []
    has: list[str] = []
    """What the group has set rules for: loans, welfare."""
    region_word: str = ""
    regions_word: str = ""
    ranking_word: str = ""
    to_confirm: int = 0
    to_confirm_words: str = ""
    to_sign: int = 0
    to_sign_words: str = ""
    unread: int = 0
    bell: str = ""
    """What the bell says to those who don't see its figure."""

    def _count(self, *, to_confirm: int, to_answer: int, to_sign: int, unread: int) -> None:
        """Only what differs is assigned: a page that is read again is sent no more than that."""
        shown = {
            "to_confirm": to_confirm,
            "to_confirm_words": t("shell.waiting", count=to_confirm),
            "to_answer": to_answer,
            "to_answer_words": t("shell.waiting", count=to_answer),
            "to_sign": to_sign,
            "to_sign_words": t("signing.waits", count=to_sign),
            "unread": unread,
            "bell": t("notices.bell", count=unread) if unread else t("notices.none_new"),
        }
        for name, value in shown.items():
            if getattr(self, name) != value:
                setattr(self, name, value)


def may(permission: Permission) -> rx.Var[bool]:
    """Whether the acting role has the right: what it has not is not offered. Services ask again."""
    return PlaceState.rights.contains(permission.value)  # pyright: ignore[reportAttributeAccessIssue]


def if_may(permission: Permission, shown: rx.Component) -> rx.Component:
    return rx.cond(may(permission), shown)


def notice(session: Session) -> str:
    """What every page says of an installation that is not for real; empty where it is."""
    if is_read_only(session):
        return t("demo.line")
    if not shift_of(session):
        return ""
    return t("clock.line", date=show_day(clock_of(session).now().date()))


def role_words(role: str, held: frozenset[str]) -> str:
    """As what one acts; a member who holds an office acts as its holder."""
    offices = [one for one in OFFICES if one in held] if role == MEMBER else []
    return ", ".join(t(f"role.{one}") for one in offices or [role])


async def load_place(state: rx.State) -> None:
    """`show_place` in a transaction of its own, for pages that read on in several."""
    async with web_session.transaction(state) as opened:
        await show_place(state, *opened)


async def show_place(state: rx.State, session: Session, actor: Actor) -> None:
    """Read the place of the session once per page; a lost session leaves it empty."""
    me = await access.my_place(session, actor)
    groups = await access.list_my_groups(session, actor)
    await show_counts(state, session, actor)
    role = (await web_session.current(state)).role or "member"
    acting = frozenset({MEMBER, role})
    place = await state.get_state(PlaceState)
    (await state.get_state(web_session.OwnerState))._stand_in(me.timezone)
    place.notice, place.is_demo = notice(session), is_read_only(session)
    place.timezone = me.timezone
    place.group_name, place.role, place.role_label = me.group_short_name, role, role_words(role, me.roles)
    place.member_no, place.member_name, place.initials = me.member_no, me.name, me.initials
    kind = me.region_kind
    place.region_word, place.regions_word = t(f"region.{kind}"), t(f"regions.{kind}")
    place.ranking_word = t(f"ranking.{kind}")
    found = await offered(session, actor)
    place.has = [name for name, is_there in (("loans", found.loans), ("welfare", found.welfare)) if is_there]
    place.rights = [permission.value for permission in Permission if allows(acting, permission)]
    await _show_places(state, groups)


async def load_places(state: rx.State) -> None:
    """As `load_place`, for a page that is in no group."""
    async with web_session.transaction(state) as (session, actor):
        groups = await access.list_my_groups(session, actor)
    await _show_places(state, groups)


async def _show_places(state: rx.State, groups: list[MyGroup]) -> None:
    """Every place of the person, in whatever group: the groups by name, in each the offices first."""
    current = await web_session.current(state)
    here = (current.group_id, current.role)
    rows = [
        PlaceRow(
            group_id=str(group.group_id),
            role=role,
            group=group.short_name,
            role_word=role_words(role, group.roles),
            is_here=(group.group_id, role) == here,
        )
        for group in groups
        for role in ACTING
        if role in group.roles
    ]
    if current.is_staff:
        rows.append(PlaceRow("", "staff", t("shell.platform"), t("role.staff"), current.role == "staff"))
    place = await state.get_state(PlaceState)
    place.places, place.role = rows, current.role


async def show_counts(state: rx.State, session: Session, actor: Actor) -> None:
    """The numbers of the shell: what the person has not read, and what waits for those who see it."""
    role = (await web_session.current(state)).role or "member"
    acting = frozenset({MEMBER, role})
    reads, answers = allows(acting, Permission.READ_GROUP), allows(acting, Permission.MANAGE_MEMBERS)
    (await state.get_state(PlaceState))._count(
        to_confirm=await payments.count_to_confirm(session, actor) if reads else 0,
        to_answer=await requests.count_requests(session, actor) if answers else 0,
        to_sign=await decisions.count_to_sign(session, actor),
        unread=await inbox.count_my_unread(session, actor),
    )
