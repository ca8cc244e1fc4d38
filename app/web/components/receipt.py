"""The receipt: the same order, words and seal for the member, the treasurer and the check page."""

import reflex as rx

from app.kit.i18n import t
from app.web.components.basics import PlainLink, amount, button, pill
from app.web.components.icons import icon
from app.web.presenters.receipts import PartRow, ReceiptSheet


def seal(path: rx.Var[str] | str, *, is_reversed: rx.Var[bool] | bool = False) -> rx.Component:
    """The rays of `presenters.seal`; a cross in the danger colour when reversed. Words stand beside it."""
    mark = rx.cond(is_reversed, "M44 44l12 12M56 44l-12 12", "M43 50.5l5 5L57.5 45")
    return rx.el.svg(
        rx.el.circle(cx="50", cy="50", r="48"),
        rx.el.path(d=path, class_name="seal__rays"),
        rx.el.path(d=mark, class_name="seal__mark"),
        view_box="0 0 100 100",
        class_name=rx.cond(is_reversed, "seal seal--bad", "seal"),
        custom_attrs={"aria-hidden": "true"},
    )


def _pair(label: str, value: rx.Var[str] | rx.Component, class_name: str = "") -> rx.Component:
    return rx.el.div(rx.el.dt(label), rx.el.dd(value, class_name=class_name))


def _part(part: PartRow) -> rx.Component:
    return rx.el.p(rx.el.span(part.title), rx.el.span(part.figure, class_name="amount"), class_name="receipt__line")


def receipt_card(sheet: ReceiptSheet, parts: rx.Var[list[PartRow]], proof: rx.Component) -> rx.Component:
    """`sheet` is a Var; `proof` stands under the tear line."""
    return rx.el.article(
        rx.el.header(
            rx.el.p(sheet.group_name, class_name="receipt__group"),
            rx.el.p(t("receipt.number"), " ", rx.el.b(sheet.number), class_name="receipt__no"),
            class_name="receipt__head",
        ),
        rx.el.div(
            rx.el.p(
                seal(sheet.seal, is_reversed=sheet.is_reversed),
                rx.cond(
                    sheet.is_reversed,
                    rx.el.span(sheet.reversed_note, style={"color": "var(--danger)"}),
                    rx.el.span(t("receipt.in_book")),
                ),
                class_name="receipt__seal",
            ),
            amount(sheet.code, sheet.figure),
            rx.el.p(
                rx.cond(
                    sheet.is_reversed,
                    pill(t("receipt.reversed"), kind="bad", sign="cross"),
                    pill(t("receipt.paid"), kind="ok", sign="check"),
                ),
                sheet.paid_on,
                class_name="receipt__when",
            ),
            class_name="receipt__sum",
        ),
        rx.cond(sheet.reversed_by != "", _why_reversed(sheet)),
        rx.el.div(
            rx.el.h2(t("receipt.from")),
            rx.el.p(sheet.payer, class_name="strong"),
            rx.el.p(sheet.member_no, class_name="small muted"),
            class_name="receipt__part",
        ),
        rx.el.div(
            rx.el.h2(t("receipt.for")),
            rx.foreach(parts, _part),
            rx.el.p(
                rx.el.span(t("receipt.total")),
                amount(sheet.code, sheet.figure),
                class_name="receipt__line receipt__line--sum",
            ),
            class_name="receipt__part",
        ),
        rx.el.dl(
            _pair(t("receipt.paid_by"), sheet.method, "strong"),
            rx.cond(sheet.provider_code != "", _pair(t("receipt.code"), sheet.provider_code, "mono strong")),
            _pair(t("receipt.reference"), sheet.reference, "mono"),
            _pair(t("receipt.issued"), sheet.issued),
            class_name="receipt__part kv",
        ),
        rx.el.div(rx.el.i(), rx.el.i(), class_name="tear", custom_attrs={"aria-hidden": "true"}),
        proof,
        class_name="receipt",
    )


def _why_reversed(sheet: ReceiptSheet) -> rx.Component:
    return rx.el.div(
        rx.el.h2(t("receipt.why_reversed")),
        rx.cond(sheet.reversed_reason != "", rx.el.p(sheet.reversed_reason, class_name="strong")),
        rx.el.p(t("receipt.reversed_by"), " ", sheet.reversed_by, class_name="small muted"),
        class_name="receipt__part",
    )


def proof_lines(sheet: ReceiptSheet, *, with_code: bool = False) -> rx.Component:
    """`with_code`: where the check code stands nowhere else."""
    return rx.el.dl(
        _pair(t("receipt.entry"), sheet.seq, "strong"),
        _pair(t("receipt.fingerprint"), sheet.fingerprint, "mono"),
        rx.cond(with_code, _pair(t("receipt.check_code"), sheet.check_code, "mono nowrap")),
        class_name="kv small",
    )


def receipt_link(receipt_id: str, number: str) -> rx.Component:
    """A receipt's file, in a row of a list; both are Vars."""
    address = rx.Var.create("/documents/receipts/") + receipt_id + ".pdf"
    return PlainLink.create(
        t("document.short"), rx.el.span(" ", number, class_name="vh"), href=address, class_name="link"
    )


def downloads(sheet: ReceiptSheet) -> rx.Component:
    """The receipt on paper, and one narrow page to share from a phone. The address works for who may read it."""

    def link(label: str, size: str) -> rx.Component:
        address = rx.Var.create("/documents/receipts/") + sheet.id + f".pdf?size={size}"
        return PlainLink.create(icon("download", size="m"), label, href=address, class_name="btn btn--secondary")

    return rx.el.div(
        link(t("document.pdf"), "a4"), link(t("document.phone"), "phone"), class_name="stack stack--8 links"
    )


def check_links(sheet: ReceiptSheet) -> rx.Component:
    """The public page, and its address to send to somebody."""
    return rx.el.div(
        rx.el.a(
            t("receipt.check_page"),
            href=sheet.check_url,
            target="_blank",
            rel="noopener",
            class_name="btn btn--secondary",
        ),
        button(
            rx.fragment(icon("copy", size="m"), t("receipt.copy_link")),
            custom_attrs={"data-copy": sheet.check_url, "data-done": t("pay.copied")},
        ),
        class_name="stack stack--8 links",
    )
