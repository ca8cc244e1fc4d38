"""The frame of those who work: a sidebar on a desk, a bar on a phone, tinted by the acting role."""

from typing import Any

import reflex as rx

from app.domain.groups.permissions import Permission
from app.kit.i18n import t
from app.web.components import icon, language_switch, mark
from app.web.components.notices import bell, bell_words
from app.web.layouts.phone import account_menu, answered, notice, places, profile_link, sign_out
from app.web.place import PlaceState, if_may

MONEY = (
    ("today", "/today", "today.title"),
    ("check", "/payments", "shell.confirm"),
    ("coins", "/collections", "collections.title"),
    ("bank", "/matching", "matching.title"),
    ("loan", "/lending", "loans.title"),
    ("heart", "/claims", "welfare.title"),
    ("out", "/money-out", "out.title"),
    ("sign", "/to-sign", "signing.title"),
)
RECORD = (
    ("receipt", "/receipts", "receipts.title"),
    ("books", "/books", "books.title"),
    ("chart", "/reports", "report.title"),
    ("log", "/audit", "audit.title"),
)
PEOPLE = (("people", "/members", "members.title"), ("link", "/joining", "joining.title"))
WORK = (MONEY, RECORD, PEOPLE)
"""The money that moves, its record, the people; the admin's own places come after."""
ADMIN = (("key", "/admin/people", "people.title"), ("settings", "/settings", "settings.title"))
STAFF = (("people", "/staff", "groups.title"), ("clock", "/staff/jobs", "jobs.title"))
ON_PHONE = ("/today", "/payments", "/collections", "/receipts")
IF_SET = {"/lending": "loans", "/claims": "welfare"}
"""Places of what not every group does: shown where its rules have it."""


def _link(sign: str, href: str, key: str, active: str) -> rx.Component:
    here = {"aria-current": "page"} if href == active else {}
    waiting = {
        "/payments": (PlaceState.to_confirm, PlaceState.to_confirm_words),
        "/to-sign": (PlaceState.to_sign, PlaceState.to_sign_words),
        "/joining": (PlaceState.to_answer, PlaceState.to_answer_words),
    }
    count = [_waiting(*waiting[href])] if href in waiting else []
    link = rx.el.a(rx.el.span(icon(sign)), t(key), *count, href=href, custom_attrs=here)
    if href in IF_SET and href != active:
        return rx.cond(PlaceState.has.contains(IF_SET[href]), link)  # pyright: ignore[reportAttributeAccessIssue]
    return if_may(Permission.MANAGE_MEMBERS, link) if href == "/joining" else link


def _waiting(count: Any, words: Any) -> rx.Component:
    """How many payments or people wait; nothing when none does."""
    return rx.cond(
        count > 0,
        rx.el.b(
            rx.el.span(count, custom_attrs={"aria-hidden": "true"}),
            rx.el.span(words, class_name="vh"),
            class_name="waits",
        ),
    )


def _bell_link(active: str) -> rx.Component:
    here = {"aria-current": "page"} if active == "/notices" else {}
    return rx.el.nav(
        rx.el.a(
            rx.el.span(icon("bell")),
            rx.el.span(t("notices.title"), custom_attrs={"aria-hidden": "true"}),
            bell_words(),
            href="/notices",
            custom_attrs=here,
        ),
        class_name="side__nav",
        custom_attrs={"aria-label": t("notices.title")},
    )


def _if_admin(links: list[rx.Component]) -> rx.Component:
    return rx.cond(PlaceState.role == "admin", rx.fragment(*links))


def _side_place(*, is_staff: bool) -> rx.Component:
    """Where one is; opens to every other place."""
    return rx.el.details(
        rx.el.summary(
            rx.el.span(
                rx.el.b(t("shell.platform") if is_staff else PlaceState.group_name),
                rx.el.span(
                    t("shell.acting"), " ", t("role.staff") if is_staff else PlaceState.role_label, class_name="role"
                ),
            ),
            icon("switch", size="m"),
            rx.el.span(t("shell.switch"), class_name="vh"),
            class_name="side__place",
        ),
        places(),
        class_name="menu menu--side",
    )


def _sidebar(active: str, *, is_staff: bool) -> rx.Component:
    groups = [[_link(*place, active) for place in group] for group in ((STAFF,) if is_staff else WORK)]
    admin = [] if is_staff else [_if_admin([rx.el.div(*[_link(*one, active) for one in ADMIN])])]
    return rx.el.aside(
        rx.el.a(mark(), "Sanduk", href="/", class_name="brand"),
        _side_place(is_staff=is_staff),
        *([] if is_staff else [_bell_link(active)]),
        rx.el.nav(
            *[rx.el.div(*group) for group in groups],
            *admin,
            class_name="side__nav",
            custom_attrs={"aria-label": t("shell.places")},
        ),
        rx.el.div(
            rx.cond(
                PlaceState.member_name != "",
                rx.el.div(
                    rx.el.span(PlaceState.initials, class_name="av", custom_attrs={"aria-hidden": "true"}),
                    rx.el.b(PlaceState.member_name),
                    class_name="side__me",
                ),
            ),
            rx.el.div(profile_link(), language_switch(), sign_out(), class_name="side__acts"),
            class_name="side__foot",
        ),
        class_name="side",
    )


def _top_bar(*, is_staff: bool) -> rx.Component:
    return rx.el.header(
        rx.el.div(
            rx.el.p(t("shell.platform") if is_staff else PlaceState.group_name, class_name="appbar__group"),
            rx.el.p(
                t("shell.acting"),
                " ",
                rx.el.span(t("role.staff") if is_staff else PlaceState.role_label, class_name="role"),
                class_name="appbar__role",
            ),
            class_name="appbar__who",
        ),
        *([] if is_staff else [bell("/notices")]),
        account_menu(),
        class_name="appbar",
    )


def _bottom_bar(active: str) -> rx.Component:
    places = [place for group in WORK for place in group]
    shown = [place for place in places if place[1] in ON_PHONE]
    rest = [place for place in places if place[1] not in ON_PHONE]
    here = {"aria-current": "true"} if active in [place[1] for place in (*rest, *ADMIN)] else {}
    return rx.el.nav(
        *[_link(*place, active) for place in shown],
        rx.el.details(
            rx.el.summary(rx.el.span(icon("more")), t("shell.more"), custom_attrs=here),
            rx.el.div(
                *[_link(*place, active) for place in rest],
                _if_admin([_link(*place, active) for place in ADMIN]),
            ),
            class_name="menu",
        ),
        class_name="nav nav--5",
        custom_attrs={"aria-label": t("shell.main_places")},
    )


def _staff_bar(active: str) -> rx.Component:
    return rx.el.nav(
        *[_link(*place, active) for place in STAFF],
        class_name="nav",
        style={"gridTemplateColumns": f"repeat({len(STAFF)}, 1fr)"},
        custom_attrs={"aria-label": t("shell.main_places")},
    )


def desk_shell(*content: rx.Component, active: str, is_staff: bool = False) -> rx.Component:
    """`active` is the address of the current place."""
    role_class = "desk is-staff" if is_staff else rx.Var.create("desk is-") + PlaceState.role
    return rx.el.div(
        rx.el.a(t("shell.skip"), href="#main", class_name="skip"),
        answered(),
        _sidebar(active, is_staff=is_staff),
        _top_bar(is_staff=is_staff),
        rx.el.main(notice(), *content, class_name="main", id="main"),
        _staff_bar(active) if is_staff else _bottom_bar(active),
        class_name=role_class,
    )
