"""What was paid on a loan, each payment with its receipt."""

import reflex as rx

from app.kit.i18n import t
from app.web.components.icons import icon
from app.web.components.parts import disclosure
from app.web.presenters.loan_payments import PaidRow


def payments(rows: rx.Var[list[PaidRow]], earlier: rx.Var[list[PaidRow]], address: str) -> tuple[rx.Component, ...]:
    """What was paid, newest first; the earlier ones stand folded. `address` is that of a receipt, up to its id."""

    def lines(some: rx.Var[list[PaidRow]]) -> rx.Component:
        return rx.el.ul(rx.foreach(some, lambda row: _payment(row, address)))

    return lines(rows), rx.cond(earlier.length() > 0, disclosure(t("loan.earlier"), lines(earlier)))


def _payment(row: PaidRow, address: str) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.span(
                rx.el.span(
                    rx.cond(
                        row.receipt != "",
                        rx.el.a(row.title, href=rx.Var.create(address) + row.receipt),
                        row.title,
                    ),
                    class_name="row__title",
                ),
                rx.el.span(row.detail, class_name="row__sub"),
                class_name="row__main",
            ),
            rx.el.span(
                rx.el.span(row.figure, class_name="amount"),
                rx.cond(
                    row.is_reversed, rx.el.span(icon("cross"), t("paper.loan_reversed"), class_name="pill pill--bad")
                ),
                class_name="row__end",
            ),
            class_name="row",
        )
    )
