"""The front page, prerendered: what Sanduk is for, and the door to checks and sign-in."""

import reflex as rx

from app.kit.i18n import t
from app.web.components import amount, icon, mark
from app.web.components.basics import PlainForm, language_switch, leave_link
from app.web.components.parts import chain, pairs
from app.web.components.receipt import seal
from app.web.presenters.seal import seal_path

SAMPLE = "9f3c71ab04de5aa0"


def landing() -> rx.Component:
    return rx.el.div(_top(), rx.el.main(_hero(), _whom(), _proof(), id="main"), _foot(), class_name="pub")


def _sign_in(kind: str, key: str) -> rx.Component:
    return leave_link(t(key), "/sign-in", class_name=f"btn btn--{kind}")


def _top() -> rx.Component:
    return rx.el.header(
        rx.el.div(
            rx.el.a(mark(), "Sanduk", href="/", class_name="brand"),
            rx.el.nav(
                leave_link(t("landing.nav.whom"), "#whom", class_name=""),
                leave_link(t("landing.nav.proof"), "#proof", class_name=""),
                class_name="pub__nav",
                custom_attrs={"aria-label": t("shell.places")},
            ),
            _sign_in("secondary", "landing.sign_in"),
            class_name="pub__wrap",
        ),
        class_name="pub__top",
    )


def _hero() -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.div(
                rx.el.h1(t("landing.title")),
                rx.el.p(t("landing.lead"), class_name="lead"),
                rx.el.p(
                    icon("lock"),
                    rx.el.span(rx.el.b(t("landing.never")), " ", t("landing.never_note")),
                    class_name="never",
                ),
                rx.el.div(_sign_in("primary", "landing.sign_in_phone"), class_name="cta"),
                PlainForm.create(
                    rx.el.div(
                        rx.el.label(t("landing.check"), html_for="code"),
                        rx.el.div(
                            rx.el.input(
                                id="code", name="code", class_name="input", auto_complete="off", max_length=24,
                                placeholder="7Q4M-K9TD-2HXW-6",
                            ),
                            rx.el.button(t("landing.check_now"), type="submit", class_name="btn btn--secondary"),
                            class_name="line",
                        ),
                        class_name="field",
                    ),
                    action="/c",
                    method="get",
                    class_name="checkform",
                ),
            ),
            _sample(),
            class_name="pub__wrap hero__grid",
        ),
        class_name="hero",
    )  # fmt: skip


def _sample() -> rx.Component:
    """A receipt as it looks, marked as a sample."""
    return rx.el.article(
        rx.el.header(
            rx.el.p(t("landing.sample.group"), class_name="receipt__group"),
            rx.el.p(t("landing.sample"), class_name="receipt__no"),
            class_name="receipt__head",
        ),
        rx.el.div(
            rx.el.p(
                seal(seal_path(SAMPLE)),
                t("receipt.in_book"),
                class_name="receipt__seal",
            ),
            amount("KES", "500.00"),
            rx.el.p(t("landing.sample.member"), class_name="receipt__words"),
            class_name="receipt__sum",
        ),
        rx.el.div(
            pairs(
                (t(f"landing.sample.{label}"), t(f"landing.sample.{value}"))
                for label, value in (("for", "title"), ("by", "method"), ("on", "date"))
            ),
            class_name="receipt__part",
        ),
        rx.el.div(
            chain(("8,430", "60E2"), ("8,431", SAMPLE[:4].upper()), ("8,432", "C41D")),
            rx.el.p(t("landing.sample.chain"), class_name="tiny muted"),
            class_name="receipt__part stack stack--8",
        ),
        class_name="receipt sample",
        custom_attrs={"aria-label": t("landing.sample")},
    )


def _cards(key: str, names: tuple[str, ...], extra: str = "") -> rx.Component:
    return rx.el.div(
        *[
            rx.el.article(rx.el.h3(t(f"landing.{key}.{name}")), rx.el.p(t(f"landing.{key}.{name}.note")))
            for name in names
        ],
        class_name=f"g3 {extra}".strip(),
    )


def _whom() -> rx.Component:
    return rx.el.section(
        rx.el.h2(t("landing.whom")),
        _cards("whom", ("savings", "welfare", "selfhelp")),
        class_name="pub__wrap part",
        id="whom",
    )


def _proof() -> rx.Component:
    return rx.el.div(
        rx.el.section(
            rx.el.h2(t("landing.proof")),
            _cards("proof", ("entry", "chain", "receipt", "check"), "g3--4"),
            class_name="pub__wrap part",
            id="proof",
        ),
        class_name="band",
    )


def _foot() -> rx.Component:
    return rx.el.footer(
        rx.el.div(rx.el.span(t("landing.foot")), language_switch(), class_name="pub__wrap"), class_name="foot"
    )
