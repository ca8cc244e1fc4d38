"""Bank lines in words: what each is, what is suggested and why, what was decided."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from app.domain.reconciliation.bank.facts import Reason
from app.domain.reconciliation.bank.queue_views import (
    BookedView,
    CandidateView,
    MatchView,
    PartView,
    PayerView,
    QueueRow,
)
from app.domain.reconciliation.bank.views import LineView
from app.kit.i18n import t
from app.kit.ids import in_fours
from app.web.presenters.amounts import amount, digits, exact, tile
from app.web.presenters.dates import day

VERDICTS = ("sure", "likely", "ambiguous", "over", "under", "duplicate", "taken_back", "unmatched", "unknown", "out")
"""In the order of the filters."""
ENOUGH = 20
"""Points from which a reason speaks for a suggestion by itself."""
SURE, LIKELY = 100, 60
"""Points: of a suggestion in which nothing is guessed, and of one that is likely."""
VERDICT_TONES = {"sure": "ok", "likely": "warn"}
POSTED = ("submission", "dues", "income", "expense", "charge")
"""Kinds of decisions whose confirmation posts an entry."""


@dataclass(frozen=True)
class BankLine:
    """A line of the bank's in a list; `way` is in or out. `match_id`, `state` and `more` of one that is decided. `late`
    says when one of a closed month is booked.
    """

    id: str = ""
    day: str = ""
    who: str = ""
    code: str = ""
    words: str = ""
    figure: str = ""
    short: str = ""
    way: str = "in"
    way_words: str = ""
    account: str = ""
    verdict: str = ""
    tone: str = ""
    match_id: str = ""
    more: str = ""
    is_own: bool = False
    proof: str = ""
    proof_words: str = ""
    may_undo: bool = False
    late: str = ""


@dataclass(frozen=True)
class ReasonRow:
    words: str
    kind: str
    """for, weak or against."""


@dataclass(frozen=True)
class CandidateRow:
    """`act` says what taking it does: parts, submission, pair, charge, booked or nothing; `fit` how well it fits."""

    key: str = ""
    who: str = ""
    detail: str = ""
    parts: list[str] = field(default_factory=list)
    fit: str = ""
    reasons: list[ReasonRow] = field(default_factory=list)
    act: str = ""
    label: str = ""


@dataclass(frozen=True)
class PartRow:
    """A part of a line while it is being said: `amount` as it is typed; one just added `is_new`."""

    key: str
    member_id: str
    due_id: str
    who: str
    what: str
    amount: str
    is_new: bool = False


@dataclass(frozen=True)
class DueChoice:
    member_id: str
    due_id: str
    label: str


@dataclass(frozen=True)
class PayerRow:
    who: str
    number: str
    dues: list[DueChoice]


@dataclass(frozen=True)
class EntryChoice:
    seq: str
    label: str
    detail: str


def reason_words(reason: Reason) -> str:
    return t(f"reason.{reason.key}", **reason.params)


def bank_line(view: LineView) -> BankLine:
    is_in = view.amount_minor > 0
    is_said = view.reference in view.description
    return BankLine(
        id=str(view.id),
        day=day(view.booked_on),
        who=view.counterparty or view.description or view.bank_id or t("matching.nameless"),
        code=view.bank_id,
        words=" · ".join(filter(None, (view.description, "" if is_said else view.reference))),
        figure=amount(abs(view.amount_minor), view.currency),
        short=tile(abs(view.amount_minor), view.currency),
        way="in" if is_in else "out",
        way_words=t("matching.in" if is_in else "matching.out"),
        account=t(f"account.{view.account}"),
    )


def queue_line(row: QueueRow, closed: date | None = None) -> BankLine:
    """A line that nobody decided about. `closed`: the last day of what is."""
    return replace(
        bank_line(row.line),
        verdict=t(f"matching.verdict.{row.verdict}"),
        tone=VERDICT_TONES.get(row.verdict, ""),
        late=late_words(row.line, closed),
    )


def late_words(line: LineView, closed: date | None) -> str:
    """Empty where the books of its day are open."""
    if closed is None or line.booked_on > closed:
        return ""
    return t("matching.late", day=day(line.booked_on), booked=day(closed + timedelta(days=1)))


def candidate_rows(row: QueueRow) -> list[CandidateRow]:
    return [_candidate(number, one, row) for number, one in enumerate(row.candidates, 1)]


def _candidate(number: int, one: CandidateView, row: QueueRow) -> CandidateRow:
    act = _act(one, row)
    names = list(dict.fromkeys(part.member_name for part in one.parts)) or [one.member_name]
    numbers = list(dict.fromkeys(part.member_no for part in one.parts)) or [one.member_no]
    who, detail = ", ".join(filter(None, names)), ", ".join(filter(None, numbers))
    if act in ("pair", "charge"):
        who, detail = t(f"matching.act.{act}"), ""
    return CandidateRow(
        key=str(number),
        who=who,
        detail=detail,
        parts=[part_words(part, row.line.currency, has_name=len(names) > 1) for part in one.parts]
        or ([t("matching.own_payment")] if act == "submission" else []),
        fit=fit_words(one.score),
        reasons=[
            ReasonRow(
                reason_words(reason),
                "for" if reason.points >= ENOUGH else "weak" if reason.points else "against",
            )
            for reason in one.reasons
        ],
        act=act,
        label=t(f"matching.take.{act}") if act else "",
    )


def fit_words(score: int) -> str:
    """A word for the points: they put suggestions in order, and are no share of anything."""
    if not score:
        return ""
    if score >= SURE:
        return t("matching.fit.well")
    return t("matching.fit.likely" if score >= LIKELY else "matching.fit.possible")


def _act(one: CandidateView, row: QueueRow) -> str:
    """What taking the suggestion does; empty where it only tells."""
    if one.pair_id:
        return "pair"
    if row.rule == "charge":
        return "charge"
    if one.parts:
        return "parts"
    keys = {reason.key for reason in one.reasons}
    if one.payment_id and "code_amount" not in keys:
        return "submission"
    return "booked" if "code_paid" in keys else ""


def part_words(part: PartView, currency: str, *, has_name: bool) -> str:
    """`November 500.00`, `Kept for later 150.00`; with whose it is where several are."""
    what = part.title if part.due_id else t("matching.kept")
    words = f"{what or in_fours(part.reference)} {exact(part.amount_minor, currency)}"
    return f"{part.member_name}: {words}" if has_name else words


def in_and_out(key: str, minors: Sequence[int], currency: str) -> str:
    """How many lines, by the text of this key, and what came in with them; what went out where anything did."""
    came, left = sum(one for one in minors if one > 0), -sum(one for one in minors if one < 0)
    words = t(key, count=len(minors), amount=amount(came, currency))
    return f"{words}, {t('matching.and_out', amount=amount(left, currency))}" if left else words


def decided_line(view: MatchView, closed: date | None = None) -> BankLine:
    """A line with what was decided about it."""
    currency = view.line.currency
    owners = list(dict.fromkeys(part.member_name for part in view.parts))
    said = [part_words(part, currency, has_name=len(owners) > 1) for part in view.parts]
    if view.note:
        said.append(view.note)
    entries = [one.entry_seq for one in view.payments if one.entry_seq] + [seq for seq in (view.entry_seq,) if seq]
    receipt = next(((one.receipt_id, one.receipt_number) for one in view.payments if one.receipt_id), None)
    proof, proof_words = "", ""
    if view.state == "confirmed" and receipt and len(view.payments) == 1:
        proof, proof_words = f"/receipts?id={receipt[0]}", receipt[1] or ""
    elif entries:
        proof, proof_words = f"/books?entry={entries[0]}", t("matching.entry", seq=entries[0])
    is_back = bool(view.payments) and all(one.state == "reversed" for one in view.payments)
    return replace(
        bank_line(view.line),
        match_id=str(view.id),
        verdict=t("matching.reversed") if is_back else t(f"matching.kind.{view.kind}"),
        more=" · ".join(filter(None, (t("matching.reversed") if is_back else "", ", ".join(owners), *said))),
        is_own=view.is_own,
        proof=proof,
        proof_words=proof_words,
        may_undo=view.state == "accepted" or view.kind == "booked" or is_back,
        late=late_words(view.line, closed) if view.state == "accepted" and view.kind in POSTED else "",
    )


def payer_row(view: PayerView, currency: str) -> PayerRow:
    dues = [
        DueChoice(
            str(view.member_id),
            str(one.due_id),
            t("matching.due", title=one.title, amount=exact(one.amount_minor, currency)),
        )
        for one in view.dues
    ]
    return PayerRow(view.name, view.member_no, [*dues, DueChoice(str(view.member_id), "", t("matching.keep_for"))])


def part_row(key: str, part: PartView, currency: str) -> PartRow:
    return PartRow(
        key=key,
        member_id=str(part.member_id),
        due_id=str(part.due_id or ""),
        who=f"{part.member_name}, {part.member_no}",
        what=part.title if part.due_id else t("matching.kept"),
        amount=digits(part.amount_minor, currency),
    )


def entry_choice(view: BookedView) -> EntryChoice:
    return EntryChoice(
        str(view.seq),
        view.name or t(f"entry.{view.kind}"),
        t("matching.entry_of", kind=t(f"entry.{view.kind}"), day=day(view.on), seq=view.seq),
    )
