"""Where one is and as whom: the group and the acting role that every shell shows."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from app.domain.groups import access
from app.domain.groups.permissions import MEMBER, OFFICES, Permission, allows
from app.domain.groups.views import MyGroup
from app.domain.identity.phones import example_phone
from app.domain.reports.frame import read_frame
from app.kit.actor import Actor
from app.kit.db import Session, clock_of, is_read_only, shift_of
from app.kit.i18n import show_day, t
from app.web import session as web_session

ACTING = ("treasurer", "admin", "auditor", MEMBER)
"""The roles in which one may act, in the order of the menu."""


@dataclass(frozen=True)
class RoleRow:
    """A role in which the person may act in a group; the platform has no group."""

    group_id: str
    role: str
    word: str
    is_here: bool


@dataclass(frozen=True)
class PlaceRow:
    """A group, or the platform, with the person's roles there, the highest first."""

    group: str
    roles: tuple[RoleRow, ...]


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
    phone_hint: str = ""
    """A number as the group's country writes it, for the fields of phones."""
    to_confirm: int = 0
    to_confirm_words: str = ""
    to_sign: int = 0
    to_sign_words: str = ""
    unread: int = 0
    bell: str = ""
    """What the bell says to those who don't see its figure."""

    def _tell(self, **shown: Any) -> None:
        """Only what differs is assigned: a page that is read again is sent no more than that."""
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


def phone_hint(country: str = "KE") -> str:
    example = example_phone(country)
    return t("people.phone_hint", phone=example) if example else ""


def role_words(role: str, held: frozenset[str]) -> str:
    """As what one acts; a member who holds an office acts as its holder."""
    offices = [one for one in OFFICES if one in held] if role == MEMBER else []
    return ", ".join(t(f"role.{one}") for one in offices or [role])


async def load_place(state: rx.State) -> None:
    """`show_place` in a transaction of its own, for pages that read on in several."""
    async with web_session.transaction(state) as opened:
        await show_place(state, *opened)


async def show_place(state: rx.State, session: Session, actor: Actor) -> None:
    """Read the place of the session once per page, and again with what changed; a lost session leaves it empty."""
    current = await web_session.current(state)
    acting = frozenset({MEMBER, current.role or MEMBER})
    found = await read_frame(session, actor, acting)
    me = found.place
    (await state.get_state(web_session.OwnerState))._stand_in(me.timezone)
    place = await state.get_state(PlaceState)
    place._tell(
        notice=notice(session),
        is_demo=is_read_only(session),
        timezone=me.timezone,
        group_name=me.group_short_name,
        role=current.role or MEMBER,
        role_label=role_words(current.role or MEMBER, me.roles),
        member_no=me.member_no,
        member_name=me.name,
        initials=me.initials,
        region_word=t(f"region.{me.region_kind}"),
        regions_word=t(f"regions.{me.region_kind}"),
        ranking_word=t(f"ranking.{me.region_kind}"),
        phone_hint=phone_hint(me.country),
        has=[name for name, is_there in (("loans", found.loans), ("welfare", found.welfare)) if is_there],
        rights=[permission.value for permission in Permission if allows(acting, permission)],
        to_confirm=found.to_confirm,
        to_confirm_words=t("shell.waiting", count=found.to_confirm),
        to_answer=found.to_answer,
        to_answer_words=t("shell.waiting", count=found.to_answer),
        to_sign=found.to_sign,
        to_sign_words=t("signing.waits", count=found.to_sign),
        unread=found.unread,
        bell=t("notices.bell", count=found.unread) if found.unread else t("notices.none_new"),
        places=_places(found.groups, current),
    )


async def load_places(state: rx.State) -> None:
    """As `load_place`, for a page that is in no group."""
    async with web_session.transaction(state) as (session, actor):
        groups = await access.list_my_groups(session, actor)
    current = await web_session.current(state)
    (await state.get_state(PlaceState))._tell(
        places=_places(groups, current), role=current.role, phone_hint=phone_hint()
    )


def _places(groups: list[MyGroup], current: web_session.Current) -> list[PlaceRow]:
    """Every place of the person: each group once, by name."""
    here = (current.group_id, current.role)
    rows = [
        PlaceRow(
            group.short_name,
            tuple(
                RoleRow(
                    str(group.group_id), role, role_words(role, group.roles), is_here=(group.group_id, role) == here
                )
                for role in ACTING
                if role in group.roles
            ),
        )
        for group in groups
    ]
    if current.is_staff:
        staff = RoleRow("", "staff", t("role.staff"), is_here=current.role == "staff")
        rows.append(PlaceRow(t("shell.platform"), (staff,)))
    return rows
