"""The front page, prerendered: what Sanduk is for, and the door to checks and sign-in."""

import reflex as rx

from app.kit.i18n import t
from app.web.components import icon, mark
from app.web.components.basics import PlainForm
from app.web.components.receipt import seal
from app.web.presenters.seal import seal_path

SAMPLE = "9f3c71ab04de5aa0"


def landing() -> rx.Component:
    return rx.el.div(_top(), rx.el.main(_hero(), _whom(), _proof(), id="main"), _foot(), class_name="pub")


def _sign_in(kind: str, key: str) -> rx.Component:
    return PlainForm.create(
        rx.el.button(t(key), type="submit", class_name=f"btn btn--{kind}"), action="/sign-in", method="get"
    )


def _top() -> rx.Component:
    return rx.el.header(
        rx.el.div(
            rx.el.a(mark(), "Sanduk", href="/", class_name="brand"),
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
            rx.el.p("Umoja Welfare Programme", class_name="receipt__group"),
            rx.el.p(t("landing.sample"), class_name="receipt__no"),
            class_name="receipt__head",
        ),
        rx.el.div(
            rx.el.p(
                seal(rx.Var.create(seal_path(SAMPLE)), is_reversed=rx.Var("false", _var_type=bool)),
                t("receipt.in_book"),
                class_name="receipt__seal",
            ),
            rx.el.span(rx.el.span("KES", class_name="c"), "\u00a0500.00", class_name="amount"),
            rx.el.p("Salome Nyambura Gathecha-Muthoni", class_name="receipt__words"),
            class_name="receipt__sum",
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
        class_name=f"g3 {extra}",
    )


def _whom() -> rx.Component:
    return rx.el.section(
        rx.el.h2(t("landing.whom")),
        _cards("whom", ("savings", "welfare", "selfhelp")),
        class_name="pub__wrap part",
    )


def _proof() -> rx.Component:
    return rx.el.div(
        rx.el.section(
            rx.el.h2(t("landing.proof")),
            _cards("proof", ("entry", "chain", "receipt", "check"), "g3--4"),
            class_name="pub__wrap part",
        ),
        class_name="band",
    )


def _foot() -> rx.Component:
    return rx.el.footer(rx.el.div(rx.el.span(t("landing.foot")), class_name="pub__wrap"), class_name="foot")
