"""The member's frame: the group and the role on top, two or three places below."""

import reflex as rx

from app.kit.i18n import t
from app.web.components import icon, language_switch, post_form
from app.web.components.basics import leave_link
from app.web.components.notices import bell
from app.web.place import PlaceRow, PlaceState, RoleRow
from app.web.session import OwnerState

NAV = (("home", "/home", "home.title"), ("pay", "/pay", "pay.title"), ("book", "/passbook", "passbook.title"))


def _place(row: PlaceRow) -> rx.Component:
    """A group, said once, and each role to act in there."""
    return rx.el.div(
        rx.el.p(row.group, class_name="places__group"),
        rx.foreach(row.roles, _role),
        role="group",
        custom_attrs={"aria-label": row.group},
    )


def _role(row: RoleRow) -> rx.Component:
    """A real form, because it needs a fresh page."""
    words = rx.el.span(row.word, class_name="place__role")
    return rx.cond(
        row.is_here,
        rx.el.div(
            words,
            icon("check", size="m"),
            rx.el.span(t("shell.here"), class_name="vh"),
            class_name="place",
            custom_attrs={"aria-current": "true"},
        ),
        post_form(
            rx.el.input(type="hidden", name="group", value=row.group_id, read_only=True),
            rx.el.input(type="hidden", name="role", value=row.role, read_only=True),
            rx.el.button(words, type="submit", class_name="place"),
            action="/session/place",
        ),
    )


def places() -> rx.Component:
    """Every group and role of the person; the way to one more."""
    return rx.el.div(
        rx.el.h2(t("shell.where"), class_name="places__head"),
        rx.foreach(PlaceState.places, _place),
        leave_link(t("shell.join"), "/join", class_name="place place--more"),
        class_name="places",
    )


def profile_link() -> rx.Component:
    """One's own page, in the frame of the acting role."""
    address = rx.match(PlaceState.role, ("member", "/profile"), ("staff", "/staff/account"), "/account")
    return rx.el.a(t("profile.title"), href=address, class_name="linkbtn")


def sign_out() -> rx.Component:
    return post_form(rx.el.button(t("signout"), type="submit", class_name="linkbtn"), action="/session/end")


def account_menu() -> rx.Component:
    """The places, one's own page, the language, and sign-out."""
    return rx.el.details(
        rx.el.summary(icon("switch"), rx.el.span(t("shell.account"), class_name="vh")),
        rx.el.div(places(), profile_link(), language_switch(), sign_out(), class_name="menu__wide"),
        class_name="menu",
    )


def answered() -> rx.Component:
    """Changes with every answer of the server: what waits for one stops waiting (`assets/sanduk.js`).

    Holds the words over a page that is read without a connection, and the zone in which they tell the time
    (`assets/seen.js`).
    """
    told = {"data-as-of": t("offline.as_of"), "data-zone": PlaceState.timezone}
    return rx.el.span(hidden=True, custom_attrs={"data-answers": OwnerState.answers, **told})


def notice() -> rx.Component:
    """On top of a page whose installation is not for real: a demo, or a moved clock."""
    again = rx.cond(PlaceState.is_demo, leave_link(t("demo.again"), "/sign-in", class_name=""))
    return rx.cond(PlaceState.notice != "", rx.el.p(rx.el.span(PlaceState.notice), again, class_name="notice"))


def app_bar(back: str = "") -> rx.Component:
    return rx.el.header(
        rx.el.a(icon("back"), href=back, class_name="appbar__icon", custom_attrs={"aria-label": t("shell.back")})
        if back
        else rx.el.span(PlaceState.initials, class_name="mark", custom_attrs={"aria-hidden": "true"}),
        rx.el.div(
            rx.el.p(PlaceState.group_name, class_name="appbar__group"),
            rx.el.p(
                rx.el.span(t("shell.acting"), class_name="appbar__acting"), " ",
                rx.el.span(PlaceState.role_label, class_name="role"), " ", PlaceState.member_no,
                class_name="appbar__role",
            ),
            class_name="appbar__who",
        ),
        bell("/notifications"),
        account_menu(),
        class_name="appbar appbar--back" if back else "appbar",
    )  # fmt: skip


def phone_shell(*content: rx.Component, active: str, back: str = "") -> rx.Component:
    """`active` is the address of the current place in the bar."""
    return rx.el.div(
        rx.el.a(t("shell.skip"), href="#main", class_name="skip"),
        answered(),
        app_bar(back),
        rx.el.main(notice(), *content, class_name="page", id="main"),
        rx.el.nav(
            *[
                rx.el.a(
                    rx.el.span(icon(sign)),
                    t(key),
                    href=href,
                    custom_attrs={"aria-current": "page"} if href == active else {},
                )
                for sign, href, key in NAV
            ],
            class_name="nav nav--3",
            custom_attrs={"aria-label": t("shell.places")},
        ),
        class_name="is-member",
        custom_attrs={"data-hides": t("privacy.hidden"), "data-hides-here": t("privacy.hidden_here")},
        style={"minHeight": "100vh", "display": "flex", "flexDirection": "column"},
    )
