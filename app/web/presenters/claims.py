"""Welfare claims as people read them: what happened, what the rules say, what stands and who signed."""

from dataclasses import dataclass

from app.domain.welfare.rules import Reason, Step
from app.domain.welfare.scheme import MEMBER
from app.domain.welfare.views import ClaimView, FundView
from app.kit.i18n import t
from app.web.presenters.amounts import amount
from app.web.presenters.dates import day, day_of
from app.web.presenters.decisions import Circle, decision_row
from app.web.presenters.welfare import percent, relation_word


@dataclass(frozen=True)
class ReasonRow:
    """`verdict` is yes, no or check, `says` its word for those who don't see the sign."""

    code: str
    verdict: str
    words: str
    says: str


@dataclass(frozen=True)
class PaperRow:
    id: str
    name: str


@dataclass(frozen=True)
class OtherRow:
    id: str
    label: str


@dataclass(frozen=True)
class ClaimRow:
    """`tone` is warn, ok, bad or nothing, `sign` its icon. `signing` says how far the payout is, with its `circles`."""

    id: str = ""
    number: str = ""
    title: str = ""
    whom: str = ""
    detail: str = ""
    state: str = ""
    tone: str = ""
    sign: str = ""
    amount: str = ""
    late: str = ""
    """What came in after it was paid, in a sentence."""
    to_pay: str = ""
    payee: str = ""
    note: str = ""
    refusal: str = ""
    decided: str = ""
    same: str = ""
    called: str = ""
    why: str = ""
    levy: str = ""
    signing: str = ""
    signing_reason: str = ""
    entry: str = ""
    reasons: tuple[ReasonRow, ...] = ()
    steps: tuple[str, ...] = ()
    papers: tuple[PaperRow, ...] = ()
    alike: tuple[OtherRow, ...] = ()
    circles: tuple[Circle, ...] = ()
    own_words: str = ""
    may_withdraw: bool = False
    may_attach: bool = False
    may_refuse: bool = False
    may_accept: bool = False
    may_call: bool = False
    may_pay: bool = False


TONES = {
    "reported": ("warn", "clock"),
    "accepted": ("ok", "check"),
    "refused": ("bad", "cross"),
    "withdrawn": ("", "cross"),
    "paid": ("ok", "check"),
}
NEVER_PAID = ("refused", "withdrawn")


def claim_row(view: ClaimView, own_words: str = "") -> ClaimRow:
    """`own_words` say who accepts what the reader may not."""
    tone, sign = TONES[view.state]
    is_open, is_accepted = view.state == "reported", view.state == "accepted"
    state = t(f"welfare.state.{view.state}")
    decision = decision_row(view.decision) if view.decision else None
    is_signing = decision is not None and decision.is_open
    to_pay, figure = amount(view.left_minor, view.currency), _amount(view)
    who_decided = view.decided_by and view.state != "withdrawn"
    return ClaimRow(
        id=str(view.id),
        number=str(view.number),
        title=title_of(view),
        whom=f"{view.person}, {day(view.happened_on)}",
        detail=". ".join(
            (
                t("welfare.claim", number=view.number),
                t(f"welfare.cause.{view.cause}"),
                t("welfare.by", name=view.reported_by, day=day_of(view.reported_at)),
            )
        ),
        state=state,
        tone=tone,
        sign=sign,
        amount=figure,
        late=t("welfare.late", amount=to_pay) if view.state == "paid" and view.left_minor else "",
        to_pay=to_pay,
        payee=_payee(view),
        note=view.note,
        refusal=view.refusal,
        decided=t("welfare.decided", state=state, name=view.decided_by, day=day_of(view.decided_at))
        if who_decided and view.decided_at and view.state != "paid"
        else "",
        same=t("welfare.same", numbers=", ".join(str(one) for one in view.same_event)) if view.same_event else "",
        called=_called(view),
        why=t("welfare.why", version=view.rules_version),
        levy=amount(view.levy.amount_minor, view.currency) if view.levy.amount_minor else "",
        signing=decision.state if decision else "",
        signing_reason=decision.reason if decision else "",
        entry=f"{view.entry_seq}" if view.entry_seq else "",
        reasons=tuple(reason_row(one, view) for one in view.reasons),
        steps=tuple(step_line(one, view.currency) for one in view.steps) if figure and view.amount_minor else (),
        papers=tuple(PaperRow(str(one.id), one.name) for one in view.documents),
        alike=tuple(
            OtherRow(str(one), t("welfare.join_one", number=number, name=name)) for one, number, name in view.alike
        ),
        circles=decision.circles if decision else (),
        own_words=own_words if is_open and view.is_own else "",
        may_withdraw=is_open and (view.is_own or view.is_mine),
        may_attach=is_open,
        may_refuse=(is_open or (is_accepted and not is_signing)) and not view.is_own,
        may_accept=is_open and not view.is_own and view.verdict != "no",
        may_call=is_accepted and not view.is_own and view.call is None and view.levy.amount_minor > 0,
        may_pay=view.left_minor > 0 and not is_signing,
    )


def fund_parts(view: FundView) -> str:
    """`Cash in the box KES 500.00, Mobile money KES 6,000.00, less kept for members KES 260.70`."""
    parts = []
    for code, minor in view.parts:
        place, figure = t(f"account.{code}"), amount(abs(minor), view.currency)
        less = place[:1].lower() + place[1:]
        part = t("welfare.fund_part", place=place, amount=figure)
        parts.append(t("welfare.fund_less", place=less, amount=figure) if minor < 0 else part)
    return ", ".join(parts)


def _payee(view: ClaimView) -> str:
    if view.state in NEVER_PAID:
        return ""
    return t("welfare.payee" if view.state == "paid" else "welfare.payee_later", name=view.payee)


def _amount(view: ClaimView) -> str:
    """Nothing where the rules don't cover it; before the call has brought anything, that it will."""
    if view.state in NEVER_PAID:
        return ""
    if view.amount_minor or not view.steps:
        return amount(view.amount_minor, view.currency) if view.amount_minor else ""
    return t("welfare.open") if view.verdict != "no" else ""


def title_of(view: ClaimView) -> str:
    """`Death: parent of Akinyi Achieng`."""
    event = t(f"welfare.event.{view.event}")
    if view.relation == MEMBER:
        return f"{event}: {view.member_name}"
    return t("welfare.what", event=event, relation=relation_word(view.relation), name=view.member_name)


def reason_row(one: Reason, view: ClaimView) -> ReasonRow:
    """What had to be looked at speaks for an accepted claim, and says who looked."""
    words = t(
        f"welfare.reason.{one.code}.{one.verdict}",
        days=one.days,
        on=day(one.on) if one.on else "",
        amount=amount(one.amount_minor, view.currency),
        count=one.count,
    )
    if one.verdict == "check" and view.state in ("accepted", "paid"):
        seen = t("welfare.seen", words=words, name=view.decided_by)
        return ReasonRow(one.code, "yes", seen, t("welfare.says.yes"))
    return ReasonRow(one.code, one.verdict, words, t(f"welfare.says.{one.verdict}"))


def step_line(one: Step, currency: str) -> str:
    figure = amount(one.amount_minor, currency)
    return t(f"welfare.step.{one.kind}", amount=figure, percent=percent(one.percent_ppm), count=one.count)


def _called(view: ClaimView) -> str:
    call = view.call
    if call is None:
        return ""
    said = t(
        "welfare.called",
        title=call.title,
        each=amount(call.amount_minor, call.currency),
        paid=call.confirmed,
        dues=call.dues,
        sum=amount(call.paid_minor, call.currency),
    )
    return " ".join((said + ".", t("welfare.pay_later"))) if view.state == "accepted" and not call.paid_minor else said
