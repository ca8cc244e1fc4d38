"""Every component in every state, at `/gallery`, for those who build pages: development only, in English alone."""

from dataclasses import replace

import reflex as rx

from app.web.components import (
    amount,
    banner,
    button,
    card,
    empty,
    field,
    heading,
    icon,
    lid,
    linkbutton,
    mark,
    pill,
    row_link,
    skeleton,
)
from app.web.components.icons import PATHS
from app.web.components.parts import (
    chain,
    copy_row,
    disclosure,
    legend,
    pairs,
    qr,
    shares,
    steps,
    swatch,
    tabs,
    tile,
    tiles,
)
from app.web.components.receipt import proof_lines, receipt_card, seal
from app.web.presenters.qr import qr_path
from app.web.presenters.receipts import PartRow, ReceiptSheet
from app.web.presenters.seal import seal_path
from app.web.theme.tokens import LIGHT

HASHES = ("9f3c71ab04de", "c47a1f086b2e", "08d9e3b75be1")
ADDRESS = "https://sanduk.example/c/7Q4MK9TD2HXW6"
SHEET = ReceiptSheet(
    number="K7M2Q9-000041",
    code="KES",
    figure="500.00",
    payer="Salome Nyambura Gathecha-Muthoni",
    member_no="Member no. BSS/031",
    group_name="Umoja Welfare Programme",
    paid_on="21 Nov 2026",
    issued="21 Nov 2026, 14:05",
    method="M-Pesa",
    provider_code="UKL7X4P9QD",
    reference="7KM4-147Q",
    seq="8,431",
    fingerprint="9F3C 71AB 04DE 5AA0",
    seal=seal_path(HASHES[0]),
)
REVERSED = replace(SHEET, is_reversed=True, reversed_note="Reversed on 22 Nov 2026, 09:12")


def gallery() -> rx.Component:
    return rx.el.div(
        rx.el.main(
            heading("Components", "One set for all screens. Dark follows the system."),
            rx.el.div(
                _part("Buttons", _buttons()),
                _part("Pills: an icon and a word", _pills()),
                _part("Banners", _banners()),
                _part("Fields", _fields()),
                _part("Amounts and label lines", _lines()),
                _part("Figures and shares", _figures()),
                _part("Rows", _rows()),
                _part("The box", _box()),
                _part("Copy", copy_row("Business number", "522 533", "522533", "Type it as it stands.")),
                _part("Tabs and steps", _steps()),
                _part("The seal, the chain, the code", _proof()),
                _part("Empty", empty("No payments yet", "They appear here when members send them.", button("Import"))),
                _part("Loading", rx.el.div(skeleton(3), class_name="card-b")),
                _part("Icons", _icons()),
                _part("Roles", _roles()),
                _part("Colours", _colours()),
                class_name="cols cols--gallery",
            ),
            _part("A table, cards on a phone", _table()),
            rx.el.div(
                receipt_card(_var(SHEET), _parts(), _receipt_proof(SHEET)),
                receipt_card(_var(REVERSED), _parts(), _receipt_proof(REVERSED)),
                class_name="cols cols--gallery",
            ),
            class_name="main",
            id="main",
        ),
        class_name="desk desk--bare is-treasurer",
    )


def _var(sheet: ReceiptSheet) -> ReceiptSheet:
    """The sheet as pages have it: a Var."""
    return rx.Var.create(sheet)  # type: ignore[return-value]


def _parts() -> rx.Var[list[PartRow]]:
    return rx.Var.create([PartRow("November welfare contribution", "500.00")])


def _part(title: str, content: rx.Component) -> rx.Component:
    return card(rx.el.div(rx.el.h2(title), class_name="card-h"), content)


def _row(*content: rx.Component) -> rx.Component:
    return rx.el.div(*content, class_name="acts card-b")


def _buttons() -> rx.Component:
    return _row(
        button("Confirm 28 payments", kind="primary"),
        button("Print"),
        button("Go back", kind="quiet"),
        button("Reverse it", kind="danger"),
        button("Needs one more", disabled=True),
        linkbutton("Confirm"),
        linkbutton("Reject", is_danger=True),
    )


def _pills() -> rx.Component:
    return _row(
        pill("Paid", kind="ok", sign="check"),
        pill("To pay", kind="warn", sign="clock"),
        pill("2 days late", kind="bad", sign="warn"),
        pill("Sent, to be confirmed", sign="clock"),
        pill("Reversed", kind="bad", sign="cross"),
    )


def _banners() -> rx.Component:
    return rx.el.div(
        banner(rx.el.strong("Confirmed"), "Receipt K7M2Q9-000041.", kind="ok", sign="check"),
        banner(rx.el.strong("No connection"), "What was recorded stays recorded.", kind="warn", sign="warn"),
        banner(rx.el.strong("Not recorded"), "Nothing was written. Try again.", kind="bad", sign="warn"),
        banner("A calm explanation."),
        class_name="card-b stack stack--8",
    )


def _fields() -> rx.Component:
    wrong = {"problem": rx.Var.create("One digit is missing."), "problem_field": rx.Var.create("phone")}
    return rx.el.div(
        field("Full name", "name", hint="As in the members' list", default_value="Achieng Odhiambo"),
        field("Phone number", "phone", default_value="0722 41 903", **wrong),
        rx.el.label(
            rx.el.input(type="checkbox", class_name="tick", default_checked=True), "Ticked", class_name="small"
        ),
        rx.el.label(rx.el.input(type="checkbox", class_name="tick"), "Not ticked", class_name="small"),
        class_name="form-grid",
    )


def _lines() -> rx.Component:
    rows = [
        ("An amount", amount("KES", "37,000.00")),
        ("Came in", rx.el.span("500.00", class_name="amount amount--in")),
        ("Went out", rx.el.span("300.00", class_name="amount amount--out")),
        ("Reversed", rx.el.span("500.00", class_name="amount amount--void")),
        ("Opens to its entries", rx.el.button("35,500.00", type="button", class_name="ev")),
    ]
    more = disclosure("How it is added up", rx.el.p("74 members, KES 500 each.", class_name="small muted"))
    return rx.el.div(pairs(rows), more, class_name="card-b stack stack--8")


def _figures() -> rx.Component:
    return rx.el.div(
        tiles(
            tile("Members", "74", "in the group"),
            tile("Counties", "14", "with members"),
            tile("Confirmed", "1,500", "3 of 74", sign=swatch("f-ok")),
            tile("Pending", "35,500", "2 to confirm", sign=swatch("f-wait")),
        ),
        rx.el.div(
            shares("40%", "25%", words="40 % confirmed, 25 % sent, 35 % not paid"),
            legend("Confirmed", "Sent, to confirm", "Not paid"),
            class_name="card-b stack stack--8",
        ),
    )


def _rows() -> rx.Component:
    due = rx.fragment(amount("KES", "500.00"), pill("To pay", kind="warn", sign="clock"))
    paid = rx.fragment(amount("KES", "500.00"), pill("Paid", kind="ok", sign="check"))
    lead = rx.el.span(icon("receipt", size="m"), class_name="dot dot--ok")
    return rx.el.ul(
        rx.el.li(row_link("November contribution", "By 30 Nov 2026, in 9 days", due, "#main")),
        rx.el.li(row_link("October contribution", "9 Oct 2026, M-Pesa", paid, "#main", lead=lead)),
    )


def _box() -> rx.Component:
    label = rx.el.span("I have paid, 2026", class_name="figure__label")
    figure = rx.el.div(lid(), label, amount("KES", "14,000.00"), class_name="figure box")
    return rx.el.div(figure, class_name="card-b figures")


def _steps() -> rx.Component:
    return rx.el.div(
        tabs(("Trial balance", True, None), ("Journal", False, None)),
        rx.el.div(steps(["Upload", "Check lines", "Done"], 1), style={"padding": "16px"}),
    )


def _proof() -> rx.Component:
    path, box = qr_path(ADDRESS)
    return rx.el.div(
        rx.el.div(
            *[seal(seal_path(hash_), is_reversed=place == 2) for place, hash_ in enumerate(HASHES)], class_name="acts"
        ),
        chain(("8,430", "60E2"), ("8,431", "9F3C"), ("8,432", "C41D")),
        rx.el.div(qr(path, box), style={"width": "132px"}),
        class_name="card-b stack",
    )


def _receipt_proof(sheet: ReceiptSheet) -> rx.Component:
    return rx.el.section(rx.el.h2("Proof"), proof_lines(sheet), class_name="proof stack")


def _icons() -> rx.Component:
    signs = [rx.el.span(icon(name, size="m"), name, class_name="pill") for name in PATHS]
    return _row(rx.el.span(mark(), "mark", class_name="pill"), *signs)


def _roles() -> rx.Component:
    roles = ("member", "treasurer", "auditor", "admin", "staff")
    return _row(*[rx.el.span(rx.el.span(role, class_name="role"), class_name=f"is-{role}") for role in roles])


def _colours() -> rx.Component:
    return _row(
        *[
            rx.el.span(rx.el.i(class_name="sw", style={"background": f"var(--{name})"}), name, class_name="pill")
            for name in LIGHT
        ]
    )


def _table() -> rx.Component:
    def line(name: str, county: str, sum_: str, sign: rx.Component, class_name: str = "") -> rx.Component:
        tick = rx.el.input(type="checkbox", class_name="tick", default_checked=class_name == "sel")
        return rx.el.tr(
            rx.el.td(rx.el.label(tick, rx.el.span(f"Tick {name}", class_name="vh"), class_name="ticker")),
            rx.el.td(rx.el.span(name, class_name="strong"), rx.el.span(county, class_name="sub")),
            rx.el.td(sum_, class_name="num"),
            rx.el.td(sign),
            class_name=class_name,
        )

    names = [rx.el.th(name, class_name="num" if name == "KES" else "") for name in ("Tick", "Member", "KES", "State")]
    return rx.el.table(
        rx.el.thead(rx.el.tr(*names)),
        rx.el.tbody(
            line("Achieng Odhiambo", "Kisumu", "500.00", pill("Paid", kind="ok", sign="check")),
            line("Salome Nyambura Gathecha-Muthoni", "Kiambu", "500.00", pill("Sent", sign="clock"), "sel"),
            line("Peter Kiplagat Cheruiyot", "Uasin Gishu", "500.00", pill("Late", kind="bad", sign="warn")),
        ),
        class_name="tbl stackable",
    )
