"""To sign, at the desk."""

import reflex as rx

from app.kit.i18n import t
from app.web.components import heading
from app.web.components.signing import signing_page
from app.web.layouts import desk_shell
from app.web.treasurer.states.signing import DeskSigningState


def to_sign() -> rx.Component:
    return desk_shell(
        heading(t("signing.title"), t("decision.rule.own")),
        signing_page(DeskSigningState.load, loan="/lending/loan?id=", claim="/claims?id="),
        active="/to-sign",
    )
