"""What stands at an address that isn't there."""

import reflex as rx

from app.kit.i18n import t


def missing() -> rx.Component:
    return rx.el.main(
        rx.el.h1(t("missing.title")),
        rx.el.p(t("missing.note")),
        rx.el.a(t("missing.home"), href="/", class_name="btn btn--secondary"),
        class_name="page",
        id="main",
    )
