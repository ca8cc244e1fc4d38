"""To sign, on a phone: for officers who act as members."""

import reflex as rx

from app.kit.i18n import t
from app.web.components.signing import signing_page
from app.web.layouts import phone_shell
from app.web.member.states.signing import SigningState


def sign() -> rx.Component:
    return phone_shell(
        rx.el.h1(t("signing.title")),
        rx.el.p(t("decision.rule.own"), class_name="muted small"),
        signing_page(SigningState.load, loan="/loan?id=", claim="/welfare?claim="),
        active="/sign",
        back="/home",
    )
