"""The four states of every screen."""

from typing import Any

import reflex as rx

from app.kit.i18n import t
from app.web.components.basics import banner, button, card, skeleton
from app.web.components.basics import empty as missing


def phases(
    phase: rx.Var[str], problem: rx.Var[str], reload: Any, *, ready: rx.Component, empty: rx.Component | None = None
) -> rx.Component:
    """Loading, error, missing, empty, ready."""
    return rx.fragment(
        rx.match(
            phase,
            ("ready", ready),
            ("empty", empty if empty is not None else ready),
            (
                "error",
                rx.el.div(
                    banner(rx.el.strong(t("screen.error_title")), rx.el.p(problem), kind="bad", sign="warn"),
                    button(t("screen.try_again"), on_click=reload),
                    class_name="stack",
                ),
            ),
            ("missing", card(missing(t("screen.missing_title"), problem))),
            skeleton(5),
        )
    )
