"""A dialog over the page: a sheet on phones."""

from typing import Any

import reflex as rx

from app.web.components.basics import Text


def dialog(is_open: rx.Var[bool] | Any, title: Text, *children: rx.Component) -> rx.Component:
    """Shown while `is_open`; the first field inside should have `auto_focus`. The way out is a button inside."""
    return rx.cond(
        is_open,
        rx.el.div(
            rx.el.div(
                rx.el.h2(title, id="dialog-title"),
                *children,
                class_name="dialog",
                role="dialog",
                custom_attrs={"aria-modal": "true", "aria-labelledby": "dialog-title"},
            ),
            class_name="dialog-back",
        ),
    )
