"""Proposals as people read them: what, how much, who has signed and who is missing."""

from dataclasses import dataclass
from datetime import date

from app.domain.governance.views import ProposalView, SignatureView
from app.domain.loans.views import SignedTerms
from app.domain.reports.vouchers import KINDS
from app.kit.i18n import t
from app.web.presenters.amounts import amount
from app.web.presenters.dates import day, day_of, moment
from app.web.presenters.loan_terms import signed_rows
from app.web.presenters.loans import Told


@dataclass(frozen=True)
class Circle:
    """One person's word: `kind` is approved, refused, me (hers is awaited) or waits; `words` say it to all."""

    initials: str
    name: str
    office: str
    kind: str
    when: str
    words: str


@dataclass(frozen=True)
class DecisionRow:
    """`tone` is warn, ok, bad or nothing, `sign` its icon. `note` stands where it is not the title itself.

    `short` says that fewer can still sign than must. `loan` or `claim` is what it is about, `terms` what is signed
    for.
    """

    id: str = ""
    title: str = ""
    detail: str = ""
    amount: str = ""
    note: str = ""
    state: str = ""
    tone: str = ""
    sign: str = ""
    until: str = ""
    short: str = ""
    reason: str = ""
    entry: str = ""
    loan: str = ""
    claim: str = ""
    sign_label: str = ""
    terms: tuple[Told, ...] = ()
    circles: tuple[Circle, ...] = ()
    may_sign: bool = False
    may_withdraw: bool = False
    may_write_code: bool = False
    is_open: bool = False
    has_voucher: bool = False


LOANS = ("loan", "loan_reschedule", "loan_write_off")
"""Decisions about a loan."""
TONES = {
    "open": ("warn", "clock"),
    "carried": ("ok", "check"),
    "refused": ("bad", "cross"),
    "withdrawn": ("", "cross"),
    "expired": ("", "clock"),
}


def decision_row(view: ProposalView, terms: SignedTerms | None = None) -> DecisionRow:
    figure = amount(view.amount_minor, view.currency)
    tone, sign = TONES[view.state]
    is_open = view.state == "open"
    signed = t("signing.signed", count=view.approved, needed=view.needed)
    refusals = [one for one in view.signatures if one.choice == "refused"]
    return DecisionRow(
        id=str(view.id),
        title=title_of(view),
        detail=detail_of(view),
        amount=figure,
        note="" if view.kind == "expense" else view.note,
        state=signed
        if is_open
        else t(f"signing.state.{'alone' if view.state == 'carried' and not view.needed else view.state}"),
        tone=tone,
        sign=sign,
        until=t("signing.until", day=day_of(view.expires_at)) if is_open else "",
        short=_short(view) if is_open else "",
        reason=" ".join(f"{one.name}: {one.reason}" for one in refusals),
        entry=f"{view.entry_seq}" if view.entry_seq else "",
        loan=str(view.subject_id) if view.kind in LOANS else "",
        claim=str(view.subject_id) if view.kind == "welfare_payout" else "",
        sign_label=t("signing.sign", amount=figure),
        terms=tuple(signed_rows(terms, view.currency)) if terms else (),
        circles=tuple(circle(one) for one in view.signatures),
        may_sign=view.may_sign,
        may_withdraw=is_open and view.is_mine,
        may_write_code=_wants_code(view),
        is_open=is_open,
        has_voucher=view.kind in KINDS and view.entry_seq is not None,
    )


def _short(view: ProposalView) -> str:
    """Empty while there are people enough."""
    missing, there = view.needed - view.approved, sum(not one.choice for one in view.signatures)
    return t("signing.short", missing=missing, there=there) if there < missing else ""


def _wants_code(view: ProposalView) -> bool:
    """Sent by a provider, whose code nobody has written down yet."""
    return view.state == "carried" and view.terms.get("method", "cash") != "cash" and not view.provider_code


def title_of(view: ProposalView, lang: str = "") -> str:
    """What it is, in a line: whom it pays, what it buys, from where to where."""
    if view.kind == "expense":
        return view.note
    terms = view.terms
    return t(
        f"signing.title.{'loan_refinance' if 'replaces' in terms else view.kind}",
        lang,
        name=view.member_name,
        title=terms.get("title", ""),
        receipt=terms.get("receipt", ""),
        no=terms.get("no", ""),
        replaces=terms.get("replaces", ""),
        count=int(terms.get("repayments", "0")),
        first=day(date.fromisoformat(terms["first_on"])) if "first_on" in terms else "",
        source=t(f"account.{terms['source']}", lang) if "source" in terms else "",
        target=t(f"account.{terms['target']}", lang) if "target" in terms else "",
    )


def detail_of(view: ProposalView) -> str:
    """How it is paid, who proposed it and when."""
    how = (
        " ".join(filter(None, (t(f"method.{view.terms['method']}"), view.provider_code or "")))
        if "method" in view.terms
        else ""
    )
    by = t("signing.by", name=view.proposed_by, day=day_of(view.proposed_at))
    return ". ".join(filter(None, (t(f"decision.kind.{view.kind}") if view.kind == "expense" else "", how, by)))


def circle(one: SignatureView) -> Circle:
    kind = one.choice or ("me" if one.is_me else "waits")
    name = t("signing.you") if one.is_me else one.name
    office = t(f"role.{one.office}")
    said = t(f"signing.choice.{kind}")
    when = moment(one.at) if one.at else said
    return Circle(
        initials="".join(word[0] for word in one.name.split()[:2]).upper(),
        name=name,
        office=office,
        kind=kind,
        when=when,
        words=f"{name}, {office}: {said}",
    )
