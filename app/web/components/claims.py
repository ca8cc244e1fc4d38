"""A welfare claim as a card, the same on a phone and at the desk."""

from typing import Any

import reflex as rx

from app.kit.i18n import t
from app.web.components.basics import PlainForm, choice, fault, field, leave_link
from app.web.components.decisions import circle
from app.web.components.icons import icon
from app.web.components.parts import disclosure
from app.web.presenters.claims import ClaimRow, PaperRow, ReasonRow
from app.web.presenters.welfare import Offer

CAUSE_OPTIONS = ("natural", "accident")


def status(row: ClaimRow) -> rx.Component:
    tone = rx.cond(row.tone != "", rx.Var.create("pill pill--") + row.tone, "pill")
    sign = rx.match(row.sign, ("clock", icon("clock")), ("check", icon("check")), icon("cross"))
    return rx.el.span(sign, row.state, class_name=tone)


def _reason(one: ReasonRow) -> rx.Component:
    sign = rx.match(
        one.verdict,
        ("yes", icon("check", size="m")),
        ("no", icon("cross", size="m")),
        icon("warn", size="m"),
    )
    return rx.el.li(
        sign,
        rx.el.span(one.says, ": ", class_name="vh"),
        rx.el.span(one.words),
        class_name=rx.Var.create("gate__one gate__one--") + one.verdict,
    )


def _paper(one: PaperRow) -> rx.Component:
    return rx.el.li(leave_link(one.name, rx.Var.create("/documents/welfare/") + one.id))


def _signers(row: ClaimRow) -> rx.Component:
    return rx.cond(
        row.signing != "",
        rx.el.div(
            rx.el.h3(t("welfare.payout"), ": ", row.signing),
            rx.cond(row.signing_reason != "", rx.el.p(row.signing_reason, class_name="small")),
            rx.el.ul(rx.foreach(row.circles, circle), class_name="signers"),
            class_name="stack stack--8",
        ),
    )


def claim_card(row: ClaimRow, *acts: rx.Component) -> rx.Component:
    """`acts` are what can be done about it here."""
    return rx.el.li(
        rx.el.div(rx.el.h2(row.title, class_name="decision__title"), status(row), class_name="decision__head"),
        rx.el.p(row.whom),
        rx.cond(row.amount != "", rx.el.p(row.amount, class_name="decision__amount amount")),
        rx.cond(row.late != "", rx.el.p(row.late, class_name="small")),
        rx.cond(row.payee != "", rx.el.p(row.payee, class_name="small muted")),
        rx.el.p(row.detail, class_name="small muted"),
        rx.cond(row.decided != "", rx.el.p(row.decided, class_name="small muted")),
        rx.cond(row.refusal != "", rx.el.p(icon("warn", size="s"), row.refusal, class_name="small warned")),
        rx.cond(row.note != "", rx.el.p(row.note, class_name="decision__note")),
        rx.cond(row.same != "", rx.el.p(row.same, class_name="small")),
        rx.el.h3(row.why),
        rx.el.ul(rx.foreach(row.reasons, _reason), class_name="gate"),
        rx.cond(
            row.steps.length() > 0,
            disclosure(t("welfare.how"), rx.el.ul(rx.foreach(row.steps, rx.el.li), class_name="steps-of")),
        ),
        rx.cond(row.called != "", rx.el.p(icon("coins", size="s"), rx.el.span(row.called), class_name="called small")),
        rx.cond(
            row.papers.length() > 0,
            rx.el.div(rx.el.h3(t("welfare.documents")), rx.el.ul(rx.foreach(row.papers, _paper))),
        ),
        _signers(row),
        *acts,
        class_name="card decision claim",
        id=rx.Var.create("claim-") + row.number,
    )


def attach_form(row: ClaimRow) -> rx.Component:
    """A document for a claim that is not decided: sent by the browser itself."""
    return rx.cond(
        row.may_attach,
        disclosure(
            t("welfare.file"),
            PlainForm.create(
                rx.el.input(type="hidden", name="claim", value=row.id, read_only=True),
                rx.el.p(t("welfare.file_hint"), class_name="small muted"),
                rx.el.input(
                    type="file",
                    name="file",
                    accept=".pdf,.jpg,.jpeg,.png",
                    custom_attrs={"aria-label": t("welfare.file")},
                ),
                rx.el.button(t("welfare.attach"), type="submit", class_name="btn btn--secondary"),
                action="/documents/welfare",
                method="post",
                enc_type="multipart/form-data",
                class_name="stack stack--8",
            ),
        ),
    )


def _options(prefix: str, words: tuple[str, ...]) -> list[rx.Component]:
    return [rx.el.option(t(prefix + one), value=one) for one in words]


def _offer(one: Offer) -> rx.Component:
    return rx.el.option(one.label, value=one.value, custom_attrs={"data-single": one.single})


def choose() -> rx.Component:
    """First in a list of which nothing is chosen yet."""
    return rx.el.option(t("welfare.choose"), value="", disabled=True)


def report_fields(state: Any) -> list[rx.Component]:
    """The form of an event. `state` is a Reporting. What its kind does not need is hidden (`assets/welfare.css`)."""
    single = {"unknown": "", "yes": "yes", "no": "no"}
    return [
        choice(
            t("welfare.what_happened"),
            "event",
            choose(),
            rx.foreach(state.events, _offer),
            default_value="",
            **fault(state.problems, "event"),
        ),
        choice(
            t("welfare.to_whom"),
            "relation",
            choose(),
            rx.foreach(state.relations, _offer),
            default_value="",
            **fault(state.problems, "relation"),
        ),
        field(
            t("welfare.person"),
            "person",
            class_name="if-another",
            auto_complete="off",
            default_value=state.typed["person"],
            **fault(state.problems, "person"),
        ),
        field(
            t("welfare.happened_on"),
            "happened_on",
            type="date",
            max=state.today,
            default_value=state.typed["happened_on"],
            **fault(state.problems, "happened_on"),
        ),
        choice(
            t("welfare.cause"), "cause", *_options("welfare.cause.", CAUSE_OPTIONS), **fault(state.problems, "cause")
        ),
        field(
            t("welfare.born_on"),
            "born_on",
            type="date",
            max=state.today,
            default_value=state.typed["born_on"],
            **fault(state.problems, "born_on"),
        ),
        choice(
            t("welfare.single"),
            "single",
            *[rx.el.option(t(f"welfare.single.{name}"), value=value) for name, value in single.items()],
            class_name="if-single",
        ),
        field(
            t("welfare.note"),
            "note",
            auto_complete="off",
            default_value=state.typed["note"],
            **fault(state.problems, "note"),
        ),
    ]


def welfare_styles() -> rx.Component:
    """Of these pages alone."""
    return rx.el.link(rel="stylesheet", href="/welfare.css")
