"""Notifications on the phone."""

import reflex as rx

from app.kit.i18n import t
from app.web.components.notices import notice_list
from app.web.layouts import phone_shell


def notices() -> rx.Component:
    return phone_shell(rx.el.h1(t("notices.title")), notice_list(), active="", back="/home")
