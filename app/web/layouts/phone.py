"""The member's frame: the group and the role on top, two or three places below."""

import reflex as rx

from app.kit.i18n import t
from app.web.components import icon, language_switch, post_form
from app.web.place import PlaceState
from app.web.session import OwnerState

NAV = (("home", "/home", "home.title"), ("pay", "/pay", "pay.title"), ("book", "/passbook", "passbook.title"))


def role_change() -> rx.Component:
    """Change of role: a real form, because it needs a fresh page."""
    return rx.cond(
        PlaceState.other_role != "",
        post_form(
            rx.el.input(type="hidden", name="role", value=PlaceState.other_role, read_only=True),
            rx.el.button(t("shell.act_as"), " ", PlaceState.other_role_label, type="submit", class_name="linkbtn"),
            action="/session/place",
        ),
    )


def sign_out() -> rx.Component:
    return post_form(rx.el.button(t("signout"), type="submit", class_name="linkbtn"), action="/session/end")


def account_menu() -> rx.Component:
    """The change of role or language, and sign-out."""
    return rx.el.details(
        rx.el.summary(icon("switch"), rx.el.span(t("shell.account"), class_name="vh")),
        rx.el.div(role_change(), language_switch(), sign_out()),
        class_name="menu",
    )


def answered() -> rx.Component:
    """Changes with every answer of the server: what waits for one stops waiting (`assets/sanduk.js`).

    Holds the words over a page that is read without a connection (`assets/seen.js`).
    """
    return rx.el.span(hidden=True, custom_attrs={"data-answers": OwnerState.answers, "data-as-of": t("offline.as_of")})


def app_bar(back: str = "") -> rx.Component:
    return rx.el.header(
        rx.el.a(icon("back"), href=back, class_name="appbar__icon", custom_attrs={"aria-label": t("shell.back")})
        if back
        else rx.el.span(PlaceState.initials, class_name="mark", custom_attrs={"aria-hidden": "true"}),
        rx.el.div(
            rx.el.p(PlaceState.group_name, class_name="appbar__group"),
            rx.el.p(
                t("shell.acting"), " ", rx.el.span(PlaceState.role_label, class_name="role"), " ", PlaceState.member_no,
                class_name="appbar__role",
            ),
            class_name="appbar__who",
        ),
        account_menu(),
        class_name="appbar appbar--back" if back else "appbar",
    )  # fmt: skip


def phone_shell(*content: rx.Component, active: str, back: str = "") -> rx.Component:
    """`active` is the address of the current place in the bar."""
    return rx.el.div(
        rx.el.a(t("shell.skip"), href="#main", class_name="skip"),
        answered(),
        app_bar(back),
        rx.el.main(*content, class_name="page", id="main"),
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
        style={"minHeight": "100vh", "display": "flex", "flexDirection": "column"},
    )
