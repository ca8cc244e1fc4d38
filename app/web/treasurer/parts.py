"""Parts that several pages of the treasurer show."""

from typing import Any

import reflex as rx

from app.kit.i18n import t
from app.web.components import card, icon, row_link


def waiting_lists(drafts: rx.Var[list[Any]]) -> rx.Component:
    """Members' lists that were read and not imported; each opens its check."""
    return card(
        rx.el.div(rx.el.h2(t("imports.drafts")), class_name="card-h"),
        rx.foreach(drafts, lambda row: row_link(row.label, row.note, icon("chevron", size="m"), row.href)),
    )
