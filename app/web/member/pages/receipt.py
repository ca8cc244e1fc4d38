"""One receipt with its proof."""

import reflex as rx

from app.kit.i18n import t
from app.web.components import phases
from app.web.components.parts import qr
from app.web.components.receipt import check_links, downloads, proof_lines, receipt_card
from app.web.layouts import phone_shell
from app.web.member.states.receipt import ReceiptState


def receipt() -> rx.Component:
    return phone_shell(
        rx.el.h1(t("receipt.title"), class_name="vh"),
        phases(ReceiptState.phase, ReceiptState.problem, ReceiptState.load, ready=_ready()),
        active="",
        back="/home",
    )


def _ready() -> rx.Component:
    sheet = ReceiptState.sheet
    return rx.el.div(
        receipt_card(sheet, ReceiptState.parts, _proof()),
        downloads(sheet),
        check_links(sheet),
        class_name="stack",
    )


def _proof() -> rx.Component:
    sheet = ReceiptState.sheet
    return rx.el.section(
        rx.el.h2(t("receipt.proof")),
        rx.el.div(
            qr(ReceiptState.qr, ReceiptState.qr_box),
            rx.el.div(
                rx.el.p(t("receipt.scan")),
                rx.el.p(sheet.check_code, class_name="mono strong"),
                rx.el.p(sheet.check_place, class_name="muted"),
                class_name="small",
            ),
            class_name="proof__top",
        ),
        rx.el.p(t("receipt.same_seal"), class_name="small"),
        proof_lines(sheet),
        class_name="proof stack",
    )
