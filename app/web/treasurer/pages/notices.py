"""Notifications at the desk."""

import reflex as rx

from app.kit.i18n import t
from app.web.components import heading
from app.web.components.notices import notice_list
from app.web.layouts import desk_shell


def desk_notices() -> rx.Component:
    return desk_shell(
        heading(t("notices.title")), rx.el.div(notice_list(), style={"maxWidth": "720px"}), active="/notices"
    )
