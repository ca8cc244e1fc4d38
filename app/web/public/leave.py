"""The way from the pages to what the HTTP side serves: the router would take such an address for a page of its own."""

import reflex as rx

from app.kit.i18n import t


def leave() -> rx.Component:
    """`assets/sanduk.js` loads the address that `?to=` names; the link is there for those who wait in vain."""
    return rx.el.main(
        rx.el.h1(t("leave.title")),
        rx.el.p(t("leave.note"), class_name="muted"),
        custom_attrs={"data-leave": ""},
        class_name="page",
        id="main",
    )
